"""Weights from elsewhere, ``.h5`` and ``.safetensors``, and test labels, that are damaged or mean harm."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.published_weights.files import read_test_labels, read_weights
from benchmarks.runs import read_weights as read_run_weights
from tests.bad_inputs.audio import NOISE
from tests.bad_inputs.case import Case, Group, changes, cut, patched, writes
from tests.bad_inputs.project_files import header, saved
from tests.builders import STUDY
from tests.published_weights.fakes import PICTURE, constant_weights, write_keras_file

KERNEL = "model_weights/z_conv1/conv1/cell/kernel:0"
HDF5, TENSORS, LABELS = "model.h5", "last_epoch.safetensors", "labels.npy"
READ = {
    HDF5: lambda: read_weights(Path(HDF5), PICTURE, 10),
    TENSORS: lambda: read_run_weights(Path(), "last_epoch"),
    LABELS: lambda: read_test_labels(Path(LABELS), STUDY.weights.test_labels),
}
NOT_THE_STUDY_S = r"model\.h5: not the study's weights of 2D CNN: .+; delete the file and get it again"
NOT_FINISHED = r"not a finished run \(.+\)"
NO_LABELS = r"labels\.npy: .+; delete the file and get it again"


def start(folder: Path) -> None:
    """A file of each kind that is whole."""
    write_keras_file(folder / HDF5, constant_weights(PICTURE))
    (folder / TENSORS).write_bytes(tensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)))
    (folder / LABELS).write_bytes(saved(np.eye(10, dtype=np.float32)[np.arange(250) % 10]))


def tensors(described: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = described if isinstance(described, bytes) else json.dumps(described).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def one(shape: list[int], place: tuple[int, int], kind: str = "F32", length: int = 8) -> bytes:
    return tensors({"a": {"dtype": kind, "shape": shape, "data_offsets": [*place]}}, bytes(length))


def hdf5(name: str, change: Callable[[Any], object]) -> Case:
    def spoil(folder: Path) -> None:
        with h5py.File(folder / HDF5, "a") as file:
            change(file)

    return Case(f"h5, {name}", NOT_THE_STUDY_S, spoil, READ[HDF5])


def in_place_of_the_kernel(make: Callable[[Any], object]) -> Callable[[Any], object]:
    def change(file: Any) -> None:
        del file[KERNEL]
        make(file)

    return change


def links_to(link: object) -> Callable[[Any], object]:
    def make(file: Any) -> None:
        file[KERNEL] = link

    return in_place_of_the_kernel(make)


def has(**how: Any) -> Callable[[Any], object]:
    return in_place_of_the_kernel(lambda file: file.create_dataset(KERNEL, **how))


def virtual(file: Any) -> None:
    """A data set whose values lie in another file."""
    layout = h5py.VirtualLayout((3, 3, 1, 2), "f8")
    layout[...] = h5py.VirtualSource("/etc/hostname", "x", shape=(3, 3, 1, 2))
    file.create_virtual_dataset(KERNEL, layout)


def names(value: object) -> Callable[[Any], object]:
    def change(file: Any) -> None:
        file["model_weights"].attrs["layer_names"] = value

    return change


def deletes(name: str) -> Callable[[Any], object]:
    def change(file: Any) -> None:
        del file[name]

    return change


def many_groups(file: Any) -> None:
    for number in range(5000):
        file["model_weights"].create_group(f"x{number}")
    names(np.array([f"x{number}".encode() for number in range(2000)]))(file)


def bytes_of(name: str, change: Callable[[bytes], bytes]) -> Case:
    return Case(f"h5, {name}", NOT_THE_STUDY_S, changes(HDF5, change), READ[HDF5])


def safe(name: str, content: bytes) -> Case:
    return Case(f"safetensors, {name}", NOT_FINISHED, writes(TENSORS, content), READ[TENSORS])


def labels(name: str, content: bytes) -> Case:
    return Case(f"labels, {name}", NO_LABELS, writes(LABELS, content), READ[LABELS])


CASES = [
    bytes_of("nothing", lambda _: b""),
    bytes_of("noise", lambda _: NOISE),
    bytes_of("an error page", lambda _: b"<!DOCTYPE html>"),
    *(bytes_of(f"cut at {share:.0%}", cut(share)) for share in (0.01, 0.1, 0.5, 0.9, 0.999)),
    bytes_of("a signature alone", lambda it: it[:8]),
    bytes_of("a size of its own that lies", patched(40, b"\xff" * 8)),
    bytes_of("a root that lies elsewhere", patched(72, b"\xff" * 16)),
    hdf5("no layers", deletes("model_weights")),
    hdf5("no layer of a name", names(np.array([b"nothing"]))),
    hdf5("names that are numbers", names(7)),
    hdf5("names that are text", names("conv1")),
    hdf5("names with no letters", names(np.array([b"", b"\xff"]))),
    hdf5("a name that leads up", names(np.array([b"../../x"]))),
    hdf5("five thousand layers", many_groups),
    hdf5("a link to another file", links_to(h5py.ExternalLink("/etc/hostname", "/x"))),
    hdf5("a link to itself", links_to(h5py.SoftLink(f"/{KERNEL}"))),
    hdf5("a link to nothing", links_to(h5py.SoftLink("/nothing"))),
    hdf5("a link to its own group", links_to(h5py.SoftLink("/model_weights"))),
    hdf5("values in another file", in_place_of_the_kernel(virtual)),
    hdf5("4 TiB declared", has(shape=(1 << 40,), dtype="f4", chunks=(1 << 20,))),
    hdf5("no values at all", has(data=h5py.Empty("f4"))),
    hdf5("words", has(data=["one", "two"])),
    hdf5("float64", has(data=np.zeros((3, 3, 1, 2)))),
    hdf5("another shape", has(data=np.zeros((3, 3, 2, 1), np.float32))),
    hdf5("references", has(shape=(3, 3, 1, 2), dtype=h5py.ref_dtype)),
    hdf5("a group", in_place_of_the_kernel(lambda file: file.create_group(KERNEL))),
    safe("nothing", b""),
    safe("noise", NOISE),
    safe("eight bytes", bytes(8)),
    safe("a header longer than the file", tensors({}, length=1 << 20)),
    safe("a header of 2^60 bytes", tensors({}, length=1 << 60)),
    safe("a header of 2^64 - 1 bytes", tensors({}, length=(1 << 64) - 1)),
    safe("a header that is no JSON", tensors(b"{" * 100)),
    safe("a header 100,000 deep", tensors(b'{"a":' * 100_000)),
    safe("a header in Latin-1", tensors(b'{"caf\xe9": 1}')),
    safe("a header that is a list", tensors([1, 2])),
    safe("more values than bytes", one([1 << 40], (0, 1 << 42))),
    safe("a shape that is not its bytes", one([3], (0, 8))),
    safe("a shape that overflows", one([1 << 62, 16], (0, 8))),
    safe("a place below 0", one([2], (-8, 0))),
    safe("a place that ends before it begins", one([2], (8, 0))),
    safe("a hole", one([1], (4, 8))),
    safe("bytes that nobody names", one([1], (0, 4))),
    safe("an unknown kind", one([2], (0, 8), kind="F128")),
    safe(
        "two in one place",
        tensors({name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in "ab"}, bytes(8)),
    ),
    Case("safetensors, cut", NOT_FINISHED, changes(TENSORS, cut(0.9)), READ[TENSORS]),
    Case("safetensors, missing", NOT_FINISHED, lambda it: (it / TENSORS).unlink(), READ[TENSORS]),
    labels("nothing", b""),
    labels("noise", NOISE),
    labels("pickled objects", saved(np.array([{}]), allow_pickle=True)),
    labels("4 TiB declared", header((1 << 40, 10))),
    labels("another shape", saved(np.zeros((10, 250), np.float32))),
    labels("float64", saved(np.zeros((250, 10)))),
    labels("no genre", saved(np.zeros((250, 10), np.float32))),
    labels("two genres", saved(np.ones((250, 10), np.float32))),
    labels("not a number", saved(np.full((250, 10), np.nan, np.float32))),
    Case("labels, cut", NO_LABELS, changes(LABELS, cut(0.9)), READ[LABELS]),
]
GROUP = Group(start, CASES)
