"""How arrays are compared."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from benchmarks.errors import GenrebenchError
from benchmarks.parity import results
from benchmarks.parity.checks import BY_KEY, CHECKS, FIXED_VALUES, array_name, checks_of, difference
from benchmarks.parity.recording import PRECISIONS, arrays_path
from implementations import registry
from implementations.architectures import CNN2D, CNNLSTM, Architecture
from implementations.interface import Precision
from tests.builders import STUDY

WEIGHTS = BY_KEY["adam_weights"]


def arrays(**layers: list[list[float]]) -> dict[str, np.ndarray]:
    """Weights of layers: two arrays each, kernel and bias."""
    return {
        array_name("adam_weights", f"{layer}/{name}", group=layer): np.array(values)
        for layer, both in layers.items()
        for name, values in zip(("kernel", "bias"), both, strict=True)
    }


def test_the_worst_layer_counts_on_its_own_scale() -> None:
    first = arrays(dense1=[[1000.0, 10.0], [0.0]], dense2=[[1.0], [0.0]])
    second = arrays(dense1=[[1000.0, 11.0], [0.0]], dense2=[[1.0], [0.5]])
    found = difference(WEIGHTS, first, second)
    assert (found.value, found.group) == (0.5, "dense2")


def test_exact_and_absolute_checks_have_no_scale() -> None:
    one, other = np.array([1e9, 5.0]), np.array([1e9, 7.0])
    for key in ("values", "adam_cancelled"):
        found = difference(BY_KEY[key], {array_name(key, "x"): one}, {array_name(key, "x"): other})
        assert found.value == 2


def test_what_is_not_a_number_is_beyond_every_bound() -> None:
    broken = arrays(dense1=[[math.nan], [0.0]], dense2=[[9.0], [0.0]])
    for pair in ((broken, arrays(dense1=[[1.0], [0.0]], dense2=[[1.0], [0.0]])), (broken, broken)):
        found = difference(WEIGHTS, *pair)
        assert math.isnan(found.value)
        assert found.group == "dense1"


def test_other_arrays_are_refused() -> None:
    whole = arrays(dense1=[[1.0, 2.0], [0.0]])
    with pytest.raises(GenrebenchError, match="adam_weights:dense1:dense1/kernel"):
        difference(WEIGHTS, whole, arrays(dense1=[[1.0], [0.0]]))
    with pytest.raises(GenrebenchError, match="adam_weights:dense1:dense1/bias"):
        difference(WEIGHTS, whole, {name: values for name, values in whole.items() if "kernel" in name})


def test_a_check_without_arrays_is_refused() -> None:
    with pytest.raises(GenrebenchError, match="check hidden: no arrays were saved"):
        difference(BY_KEY["hidden"], arrays(dense1=[[1.0], [0.0]]), arrays(dense1=[[1.0], [0.0]]))


def test_an_architecture_has_the_checks_of_its_layers() -> None:
    everything = {check.key for check in CHECKS}
    assert {check.key for check in checks_of(CNNLSTM())} == everything
    assert {check.key for check in checks_of(CNN2D())} == everything - {"hidden", "cell"}


def test_what_must_not_change_is_compared_with_zero() -> None:
    moved = {array_name("round_trip", "dense1/kernel"): np.array([0.0, 1e-9])}
    # both frameworks lose the same: still a loss
    assert difference(BY_KEY["round_trip"], moved, moved).value == 1e-9


def test_what_a_framework_keeps_for_itself_is_not_compared() -> None:
    first, second = ({array_name("values", "trained"): np.array([5]), FIXED_VALUES: np.array([n])} for n in (0, 9))
    found = difference(BY_KEY["values"], first, second)
    assert found.value == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.floats(1e-3, 1e3))
def test_relative_differences_do_not_depend_on_the_unit(values: list[float], unit: float) -> None:
    base = np.array(values)
    pairs = [(base * scale, (base + 1) * scale) for scale in (1.0, unit)]
    found = [difference(BY_KEY["hidden"], {"hidden:l:l": a}, {"hidden:l:l": b}) for a, b in pairs]
    assert found[0].value == pytest.approx(found[1].value, rel=1e-6)


def test_float64_is_bounded_by_1e_8_everywhere_and_float32_has_a_reason() -> None:
    for check in CHECKS:
        bounds = check.bound("float64"), check.bound("float32")
        assert (check.scale in {"exact", "zero"}) == (check.float32 is None) == (bounds == (0, 0))
        if check.float32:
            assert bounds[0] == 1e-8
            assert check.float32.reason


@pytest.fixture
def two_frameworks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Architecture]:
    """An architecture in two frameworks that can be looked into, and in a third."""
    monkeypatch.setattr(registry, "_CLASSES", {("net", name): "a:A" for name in ("one", "two", "three")})
    # the third cannot be looked into
    monkeypatch.setattr(registry, "_INSPECTORS", {"one": "a:I", "two": "a:J"})
    monkeypatch.setattr(results, "checks_of", lambda _: [BY_KEY["evaluation"], BY_KEY["adam_weights"]])
    return {"net": CNN2D()}


def save(folder: Path, framework: str, precision: Precision, value: float) -> None:
    values = np.array([value])
    path = arrays_path(folder, "net", framework, precision)
    save_file({"evaluation:p:p": values, "adam_weights:l:l/kernel": values}, path)


def test_rows_tell_what_is_beyond_its_bound(tmp_path: Path, two_frameworks: dict[str, Architecture]) -> None:
    for framework, values in {"one": (1.0, 1.0), "two": (1.000001, math.nan)}.items():
        for precision, value in zip(PRECISIONS, values, strict=True):
            save(tmp_path, framework, precision, value)
    rows = {(row["check"], row["precision"]): row for row in results.compared_rows(tmp_path, two_frameworks)}
    single, double = rows["evaluation", "float32"], rows["evaluation", "float64"]
    assert single["within"]
    assert single["difference"] == pytest.approx(1e-6, rel=1e-3)
    assert (double["within"], double["difference"]) == (False, None)
    # a framework whose float64 is no number has no distance to it
    assert single["rounding"] == {"one": 0.0, "two": None}
    measured = rows["adam_weights", "float32"]
    assert (measured["within"], measured["bound"]) == (True, None)
    assert json.loads(json.dumps(list(rows.values()), allow_nan=False))


def test_missing_and_broken_arrays_are_named(tmp_path: Path, two_frameworks: dict[str, Architecture]) -> None:
    path = arrays_path(tmp_path, "net", "one", "float32")
    with pytest.raises(GenrebenchError, match=path.name):
        list(results.compared_rows(tmp_path, two_frameworks))
    path.write_bytes(b"not safetensors")
    with pytest.raises(GenrebenchError, match="python -m benchmarks parity"):
        list(results.compared_rows(tmp_path, two_frameworks))


@pytest.mark.parametrize("other", ["one", "two"])
def test_without_an_architecture_in_two_frameworks_there_is_no_parity(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_CLASSES", {("net", "one"): "a:A", ("another", other): "a:B"})
    monkeypatch.setattr(registry, "_INSPECTORS", {"one": "a:I", "two": "a:J"})
    with pytest.raises(GenrebenchError, match=r"an architecture in two frameworks that have inspectors .* one"):
        results.run_checks(tmp_path, STUDY)
    assert not list(tmp_path.iterdir())
