import pickle

import h5py
import numpy as np
import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.published_weights.files import find_file, read_test_labels, read_weights, sizes_of
from benchmarks.studies.study import load_study
from implementations.architectures import CNN2D
from tests.builders import STUDY
from tests.published_weights.fakes import PICTURE, SEQUENCE, constant_weights, write_keras_file

SAVED = constant_weights(PICTURE)
LABELS = STUDY.weights.test_labels


@pytest.fixture
def keras_file(tmp_path):
    path = tmp_path / "model.h5"
    write_keras_file(path, SAVED)
    return path


@pytest.mark.parametrize("architecture", [PICTURE, SEQUENCE])
def test_weights_are_read_by_the_order_of_the_layers(tmp_path, architecture):
    saved = constant_weights(architecture)
    write_keras_file(tmp_path / "model.h5", saved)
    found = read_weights(tmp_path / "model.h5", architecture, 10)
    assert list(found) == list(saved)
    for name, values in saved.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], values)


def without_a_layer(file):
    layers = file["model_weights"]
    layers.attrs["layer_names"] = layers.attrs["layer_names"][:-2]


def with_an_unknown_layer(file):
    layers = file["model_weights"]
    layers.attrs["layer_names"] = np.append(layers.attrs["layer_names"], b"no_such_layer")


def without_names(file):
    del file["model_weights"].attrs["layer_names"]


def without_weights(file):
    del file["model_weights"]


def with_an_array_for_the_weights(file):
    del file["model_weights"]
    file["model_weights"] = np.zeros(3)


def with_a_group_for_an_array(file):
    del file["model_weights/z_conv1/conv1/cell/kernel:0"]
    file.create_group("model_weights/z_conv1/conv1/cell/kernel:0")


def with_text_for_an_array(file):
    del file["model_weights/z_conv1/conv1/cell/kernel:0"]
    file["model_weights/z_conv1/conv1/cell/kernel:0"] = "text"


def with_another_shape(file):
    del file["model_weights/z_conv1/conv1/cell/kernel:0"]
    # claims 4 TB and holds nothing
    file.create_dataset("model_weights/z_conv1/conv1/cell/kernel:0", (1 << 40,), "f4", chunks=(1 << 20,))


def with_another_precision(file):
    kernel = file["model_weights/z_conv1/conv1/cell/kernel:0"][()]
    del file["model_weights/z_conv1/conv1/cell/kernel:0"]
    file["model_weights/z_conv1/conv1/cell/kernel:0"] = kernel.astype(np.float64)


def with_variables_of_one_shape_exchanged(file):
    norm = file["model_weights/y_norm1"]
    norm.attrs["weight_names"] = norm.attrs["weight_names"][[1, 0, 2, 3]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_a_layer, "it holds 12 arrays, needs 14"),
        (with_an_unknown_layer, "no_such_layer"),
        (without_names, "layer_names"),
        (without_weights, "model_weights"),
        (with_an_array_for_the_weights, ""),
        (with_a_group_for_an_array, "shape"),
        (with_text_for_an_array, "conv1/cell/kernel:0 is object of shape"),
        (with_another_shape, r"kernel:0 is float32 of shape \(1099511627776,\), needs float32 of shape \(3, 3, 1, 2\)"),
        (with_another_precision, r"kernel:0 is float64 of shape \(3, 3, 1, 2\), needs float32"),
        (with_variables_of_one_shape_exchanged, "it holds norm1/cell/beta:0 where norm1/gamma belongs"),
    ],
)
def test_other_weights_are_one_error(keras_file, change, message):
    with h5py.File(keras_file, "a") as file:
        change(file)
    with pytest.raises(
        GenrebenchError, match=rf"model\.h5: not the study's weights of 2D CNN: .*{message}.*; delete the file"
    ):
        read_weights(keras_file, PICTURE, 10)


def test_the_weights_of_other_sizes_are_one_error(keras_file):
    with pytest.raises(GenrebenchError, match="needs float32 of shape"):
        read_weights(keras_file, CNN2D(input_shape=(4, 4, 1), filters=(2,), dense_units=(4,)), 10)


@pytest.mark.parametrize("keep", [0, 7, 500, -1])
def test_a_file_that_ends_too_soon_is_one_error(keras_file, keep):
    keras_file.write_bytes(keras_file.read_bytes()[:keep])
    with pytest.raises(GenrebenchError, match=r"model\.h5: not the study's weights"):
        read_weights(keras_file, PICTURE, 10)


@pytest.mark.parametrize("content", [b"<!DOCTYPE html>", pickle.dumps({"model_weights": 1})])
def test_a_file_that_is_not_hdf5_is_one_error(tmp_path, content):
    (tmp_path / "model.h5").write_bytes(content)
    with pytest.raises(GenrebenchError, match=r"model\.h5: not the study's weights of 2D CNN: .*file signature"):
        read_weights(tmp_path / "model.h5", PICTURE, 10)


def test_labels_are_the_columns_of_the_ones(tmp_path):
    labels = np.arange(250) % 10
    np.save(tmp_path / "y.npy", np.eye(10, dtype=np.float32)[labels])
    found = read_test_labels(tmp_path / "y.npy", LABELS)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, labels)


class Trap:
    """Notes when it is unpickled."""

    sprung = False

    def __reduce__(self):
        return setattr, (Trap, "sprung", True)


def pickled_array(path):
    np.save(path, np.array([Trap()], dtype=object))


def bare_pickle(path):
    path.write_bytes(pickle.dumps(Trap()))


def zipped(path):
    with path.open("wb") as file:
        np.savez(file, np.zeros(3))


def cut(path):
    np.save(path, np.eye(10, dtype=np.float32)[[0] * 250])
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    "write",
    [
        pickled_array,
        bare_pickle,
        cut,
        lambda path: path.write_bytes(b""),
        zipped,
        lambda path: np.save(path, np.zeros((250, 10), dtype=np.float32)),
        lambda path: np.save(path, np.full((250, 10), 0.1, dtype=np.float32)),
        lambda path: np.save(path, np.eye(10, dtype=np.float32)[[0] * 249]),
        lambda path: np.save(path, np.eye(10)[[0] * 250]),
    ],
    ids=["pickled array", "pickle", "cut", "empty", "npz", "zeros", "not one-hot", "249 rows", "float64"],
)
def test_other_labels_are_one_error_and_no_pickle_is_read(tmp_path, write):
    write(tmp_path / "y.npy")
    with pytest.raises(GenrebenchError, match=r"y\.npy: .*; delete the file and get it again"):
        read_test_labels(tmp_path / "y.npy", LABELS)
    assert not Trap.sprung


@pytest.mark.parametrize("change", [{"architecture": "transformer"}, {"sizes": {"heads": 8}}])
def test_an_architecture_that_is_not_there_is_one_error(change):
    model = STUDY.weights.models[0].model_copy(update=change)
    with pytest.raises(GenrebenchError, match=r"no architecture '\w+' with sizes .*; there are: cnn2d, cnn_lstm"):
        sizes_of(model)


def test_a_file_comes_from_the_folder_or_from_a_download(project, tmp_path, monkeypatch):
    published = load_study("small").weights
    file, address = published.test_labels, published.address
    assert find_file(file, address, project).path == project / "labels.npy"
    monkeypatch.setenv("GENREBENCH_MIRROR", str(project))
    assert find_file(file, address, None).path == project / "labels.npy"
    with pytest.raises(GenrebenchError, match=r"labels\.npy: no such file; put the file there from http"):
        find_file(file, address, tmp_path)
