"""How arrays are compared."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from benchmarks.errors import GenrebenchError
from benchmarks.parity import results
from benchmarks.parity.ladder import arrays_path
from benchmarks.parity.rungs import BY_KEY, FIXED_VALUES, RUNGS, array_name, difference
from implementations import registry

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
    assert found is not None
    assert (found.value, found.group) == (0.5, "dense2")


def test_exact_and_absolute_rungs_have_no_scale() -> None:
    one, other = np.array([1e9, 5.0]), np.array([1e9, 7.0])
    for key in ("round_trip", "adam_cancelled"):
        found = difference(BY_KEY[key], {array_name(key, "x"): one}, {array_name(key, "x"): other})
        assert found is not None
        assert found.value == 2


def test_what_is_not_a_number_is_beyond_every_bound() -> None:
    broken = arrays(dense1=[[math.nan], [0.0]], dense2=[[9.0], [0.0]])
    for pair in ((broken, arrays(dense1=[[1.0], [0.0]], dense2=[[1.0], [0.0]])), (broken, broken)):
        found = difference(WEIGHTS, *pair)
        assert found is not None
        assert math.isnan(found.value)
        assert found.group == "dense1"


def test_other_arrays_are_refused() -> None:
    whole = arrays(dense1=[[1.0, 2.0], [0.0]])
    with pytest.raises(GenrebenchError, match="adam_weights:dense1:dense1/kernel"):
        difference(WEIGHTS, whole, arrays(dense1=[[1.0], [0.0]]))
    with pytest.raises(GenrebenchError, match="adam_weights:dense1:dense1/bias"):
        difference(WEIGHTS, whole, {name: values for name, values in whole.items() if "kernel" in name})


def test_a_rung_without_arrays_gives_nothing() -> None:
    assert difference(BY_KEY["hidden"], arrays(dense1=[[1.0], [0.0]]), arrays(dense1=[[1.0], [0.0]])) is None


def test_what_a_framework_keeps_for_itself_is_not_compared() -> None:
    first, second = ({array_name("values", "trained"): np.array([5]), FIXED_VALUES: np.array([n])} for n in (0, 9))
    found = difference(BY_KEY["values"], first, second)
    assert found is not None
    assert found.value == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.floats(1e-3, 1e3))
def test_relative_differences_do_not_depend_on_the_unit(values: list[float], unit: float) -> None:
    base = np.array(values)
    pairs = [(base * scale, (base + 1) * scale) for scale in (1.0, unit)]
    found = [difference(BY_KEY["hidden"], {"hidden:l:l": a}, {"hidden:l:l": b}) for a, b in pairs]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].value == pytest.approx(found[1].value, rel=1e-6)


def test_float64_is_bounded_by_1e_8_everywhere_and_float32_has_a_reason() -> None:
    for rung in RUNGS:
        assert rung.bound("float64") <= 1e-8
        assert (rung.scale == "exact") == (rung.float32 is None)
        assert rung.bound("float32") >= rung.bound("float64")


def test_rows_tell_what_is_beyond_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CLASSES", {("net", "one"): "a:A", ("net", "two"): "a:B", ("other", "one"): "a:C"})
    for framework, by_precision in {"one": (1.0, 1.0), "two": (1.000001, math.nan)}.items():
        for precision, value in zip(("float32", "float64"), by_precision, strict=True):
            save_file({"evaluation:p:p": np.array([value])}, arrays_path(tmp_path, "net", framework, precision))
    single, double = results.compared_rows(tmp_path)
    assert (single["precision"], single["within"]) == ("float32", True)
    assert single["difference"] == pytest.approx(1e-6, rel=1e-3)
    assert (double["precision"], double["within"], double["difference"]) == ("float64", False, None)


def test_missing_and_broken_arrays_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CLASSES", {("net", "one"): "a:A", ("net", "two"): "a:B"})
    path = arrays_path(tmp_path, "net", "one", "float32")
    with pytest.raises(GenrebenchError, match=path.name):
        list(results.compared_rows(tmp_path))
    path.write_bytes(b"not safetensors")
    with pytest.raises(GenrebenchError, match="python -m benchmarks parity"):
        list(results.compared_rows(tmp_path))


def test_one_framework_alone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CLASSES", {("net", "one"): "a:A"})
    with pytest.raises(GenrebenchError, match="two frameworks; registered: one"):
        results.run_ladder(tmp_path)
    assert not list(tmp_path.iterdir())
