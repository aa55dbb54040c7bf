"""Paired differences, exact tests and equivalence against values computed by hand."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from benchmarks.errors import GenrebenchError
from benchmarks.runs import Implementation
from benchmarks.scoring.answers import collect_answers
from benchmarks.scoring.comparisons import compare, comparisons_table, holm, mcnemar
from benchmarks.scoring.intervals import DIFFERENCE, mean_interval
from benchmarks.scoring.metrics import score_run
from tests.builders import fake_manifest, fake_runs

CNN = Implementation("cnn2d", "pytorch")
OTHER = Implementation("cnn2d", "tensorflow")


def answers(right, implementation=CNN):
    first = collect_answers(fake_runs(fake_manifest(), architectures=("cnn2d",), seeds=(0,)))[0]
    right = np.asarray(right, dtype=bool)
    tracks = tuple(f"t{place}" for place in range(right.shape[1]))
    losses = np.where(right, 0.5, 2.0)
    return replace(
        first,
        implementation=implementation,
        seeds=tuple(range(len(right))),
        tracks=tracks,
        right=right,
        losses=losses,
    )


def test_answers_agree_with_the_metrics():
    runs = fake_runs(fake_manifest(), seeds=(4, 7))
    found = collect_answers(runs)
    assert len(found) == 4 * 2
    for it in found:
        assert it.seeds == (4, 7)
        group = [run for run in runs if run.implementation == it.implementation]
        for run, right, losses in zip(group, it.right, it.losses, strict=True):
            scores = score_run(run, it.selection)
            assert right.mean() == pytest.approx(scores.accuracy, abs=1e-12)
            assert losses.mean() == pytest.approx(scores.loss, abs=1e-12)


def test_a_sure_and_wrong_answer_costs_the_same_as_in_the_metrics():
    (run,) = fake_runs(fake_manifest(), architectures=("cnn2d",), frameworks=("pytorch",), seeds=(0,))
    sure = np.eye(3, dtype=np.float32)[(run.test_labels + 1) % 3]
    run = replace(run, probabilities={"last_epoch": sure})
    assert collect_answers([run])[0].losses.mean() == pytest.approx(score_run(run, "last_epoch").loss)


def test_differences_equal_hand_computation():
    first = answers([[1, 0, 0, 0], [1, 1, 0, 0]])
    second = answers([[1, 1, 1, 0], [1, 1, 0, 1]], OTHER)
    found = compare(first, second)
    assert found.accuracy == 3 / 8
    assert found.loss == pytest.approx(-1.5 * 3 / 8)
    assert found.accuracy_interval == mean_interval(second.right.astype(float) - first.right, DIFFERENCE)
    # seed 0: 2 tracks that only the second gets right, so 2 x 1/4; seed 1: one
    np.testing.assert_allclose(found.mcnemar, [0.5, 1])
    back = compare(second, first)
    assert back.accuracy == -found.accuracy
    np.testing.assert_array_equal(back.mcnemar, found.mcnemar)


def test_mcnemar_equals_hand_computation():
    first = np.array([True] * 9 + [False] * 3 + [True] * 5)
    second = np.array([False] * 8 + [True] + [True] * 2 + [False] + [True] * 5)
    # 8 tracks against 2: 2 x (1 + 10 + 45) / 1024
    assert mcnemar(first, second) == pytest.approx(2 * 56 / 1024)
    assert mcnemar(first, first) == 1


@settings(deadline=None)
@given(arrays(np.bool_, (2, 30)))
def test_mcnemar_is_twice_the_smaller_tail_of_the_unlike_answers(right):
    first, second = right
    only, unlike = int((first & ~second).sum()), int((first != second).sum())
    expected = 2 * stats.binom.cdf(min(only, unlike - only), unlike, 0.5) if unlike else 1.0
    assert mcnemar(first, second) == pytest.approx(min(expected, 1))


def test_holm_equals_hand_computation():
    # sorted: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.5 x 1, each at least as high as the one before
    first, second = holm([np.array([0.02, 0.5]), np.array([0.01, 0.03])])
    np.testing.assert_allclose(first, [0.06, 0.5])
    np.testing.assert_allclose(second, [0.04, 0.06])


@settings(deadline=None)
@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_never_lowers_a_p_value(values):
    (corrected,) = holm([values])
    assert (corrected >= values).all()
    assert (corrected <= 1).all()
    assert min(corrected) == pytest.approx(min(1, len(values) * min(values)))


def noisy_pair(n, unlike, seeds=3):
    """Two implementations of which each alone gets right the same number of tracks in every seed."""
    rng = np.random.default_rng(3)
    first = rng.random((seeds, n)) < 0.6
    second = first.copy()
    for row in range(seeds):
        for value in (True, False):
            places = np.flatnonzero(first[row] == value)[: unlike // 2]
            second[row, places] = not value
    return answers(first), answers(second, OTHER)


def test_equivalence_needs_enough_tracks():
    many = compare(*noisy_pair(1000, 20))
    few = compare(*noisy_pair(20, 4))
    assert many.accuracy == few.accuracy == 0
    assert many.equivalent
    assert not few.equivalent
    assert few.accuracy_interval.low < few.equivalence_interval.low < 0 < few.equivalence_interval.high


def test_equal_answers_of_few_tracks_are_not_called_equivalent():
    same = np.ones((3, 20), dtype=bool)
    assert not compare(answers(same), answers(same, OTHER)).equivalent
    many = np.ones((3, 200), dtype=bool)
    assert compare(answers(many), answers(many, OTHER)).equivalent


def test_a_shown_difference_outside_the_margin_is_not_equivalent():
    right = np.random.default_rng(0).random((3, 400)) < 0.4
    better = right.copy()
    better[:, :60] = True
    found = compare(answers(right), answers(better, OTHER))
    assert found.accuracy_interval.low > 0
    assert not found.equivalent


@pytest.mark.parametrize(("what", "other"), [("tracks", ("x", "b", "c")), ("seeds", (0, 2))])
def test_what_is_not_paired_is_refused(what, other):
    first = answers(np.ones((2, 3)))
    second = replace(answers(np.ones((2, 3)), OTHER), **{what: other})
    with pytest.raises(
        GenrebenchError, match=f"cnn2d-pytorch and cnn2d-tensorflow were not measured on the same {what}"
    ):
        compare(first, second)


def test_every_pair_has_a_row_and_all_its_tests_are_one_family():
    runs = fake_runs(fake_manifest(), architectures=("a", "b", "c"), frameworks=("x", "y"), protocols=("p", "q"))
    table = comparisons_table(collect_answers(runs))
    # for each protocol and selection: 3 pairs of architectures in 2 frameworks, 1 of frameworks in 3 architectures
    assert len(table) == 4 * (3 * 2 + 3)
    one = table[(table["protocol"] == "q") & (table["selection"] == "last_epoch")]
    assert [tuple(it) for it in one[one["kind"] == "framework"][["within", "first", "second"]].to_numpy()] == [
        ("a", "x", "y"),
        ("b", "x", "y"),
        ("c", "x", "y"),
    ]
    assert one[one["kind"] == "architecture"]["equivalent"].isna().all()
    assert set(one[one["kind"] == "framework"]["equivalent"]) <= {"yes", "no"}
    found = {
        it.implementation: it for it in collect_answers(runs) if (it.protocol, it.selection) == ("q", "last_epoch")
    }
    tests = []
    for first, second in itertools.combinations(found.values(), 2):
        if (first.implementation.architecture == second.implementation.architecture) != (
            first.implementation.framework == second.implementation.framework
        ):
            tests += [mcnemar(a, b) for a, b in zip(first.right, second.right, strict=True)]
    assert len(tests) == 9 * 3
    assert one["mcnemar_p_lowest"].min() == pytest.approx(min(1, len(tests) * min(tests)))


def test_one_implementation_has_nothing_to_be_compared_with():
    table = comparisons_table(
        collect_answers(fake_runs(fake_manifest(), architectures=("a",), frameworks=("x",), seeds=(0,)))
    )
    assert len(table) == 0
    assert "equivalent" in table.columns
