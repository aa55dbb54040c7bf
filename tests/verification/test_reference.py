"""The committed digests of small examples, on the machine that runs the tests."""

import os
import subprocess
import sys

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.features.sets import SHARED
from benchmarks.processes import arithmetic
from benchmarks.verification.reference import compare, file_of, part_names, read_reference, reference_digests
from tests.builders import REPOSITORY


@pytest.mark.skipif(arithmetic.incapable() is not None, reason=f"no portable arithmetic: {arithmetic.incapable()}")
@pytest.mark.parametrize("part", part_names())
def test_this_machine_gives_the_committed_bits(part: str) -> None:
    # in a process of its own, as results are made
    command = [sys.executable, "-m", "benchmarks", "reference", "--part", part]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    count = len(read_reference(file_of(part))[part])
    assert done.stdout.strip() == f"{part}: {count} of {count} digests are those of reference.json"


def test_what_differs_or_is_new_or_gone_is_named() -> None:
    expected = read_reference()["weights"]
    assert compare("weights", expected) == []
    other = {**expected, "cnn2d": "0" * 64, "cnn9d": "1" * 64}
    other.pop("cnn_lstm")
    assert compare("weights", other) == ["cnn2d", "cnn_lstm", "cnn9d"]


def test_every_part_and_feature_set_has_its_digests() -> None:
    assert {part for path in map(file_of, part_names()) for part in read_reference(path)} == set(part_names())
    # of two tracks every shared feature set, the audio and the fingerprint
    assert len(read_reference()["features"]) == 2 * (len(SHARED) + 2)


def test_an_unknown_part_lists_the_known() -> None:
    with pytest.raises(GenrebenchError, match="--part jax: no such part; legal: features, weights, scores"):
        reference_digests("jax")
