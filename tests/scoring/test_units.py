"""What is counted: windows, votes of windows, means of windows."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.runs import FinishedRun, Implementation
from benchmarks.scoring.intervals import FRACTION, mean_interval
from benchmarks.scoring.metrics import score
from benchmarks.scoring.units import count_answers, units_table
from tests.builders import fake_manifest, fake_run

MADE = Implementation("cnn2d", "pytorch")


def cut(run: FinishedRun, windows: list[list[int]], probabilities: np.ndarray) -> FinishedRun:
    """A run of the same tracks whose windows got these probabilities."""
    return dataclasses.replace(
        run,
        test_windows=tuple(map(tuple, windows)),
        probabilities={"last_epoch": probabilities.astype(np.float32)},
        epochs={"last_epoch": run.epochs["last_epoch"]},
    )


def random_run(counts: list[int], seed: int = 0) -> FinishedRun:
    whole = fake_run(fake_manifest(per_genre=len(counts)), MADE, seed, test_share=1 / 3)
    assert len(whole.test_tracks) == len(counts)
    drawn = np.random.default_rng(seed).dirichlet(np.ones(3), sum(counts))
    return cut(whole, [list(range(count)) for count in counts], drawn)


def test_votes_and_means_can_differ_and_a_tie_goes_to_the_first_genre() -> None:
    whole = fake_run(fake_manifest(per_genre=4), MADE, test_share=0.25)
    run = dataclasses.replace(whole, test_labels=np.array([1, 0, 2]))
    windows = np.array(
        [
            # two of three weakly for genre 1, one surely for genre 2: vote 1, mean 2
            *([0.2, 0.41, 0.39], [0.2, 0.41, 0.39], [0.0, 0.0, 1.0]),
            # one each for 1 and 0: a tie, vote 0; mean 1
            *([0.0, 0.9, 0.1], [0.5, 0.4, 0.1]),
            [0.1, 0.1, 0.8],
        ]
    )
    run = cut(run, [[0, 1, 2], [0, 1], [5]], windows)
    assert count_answers([run], "last_epoch", "vote").accuracy.tolist() == [[1, 1, 1]]
    assert count_answers([run], "last_epoch", "track").accuracy.tolist() == [[0, 0, 1]]
    assert count_answers([run], "last_epoch", "window").accuracy.mean() == pytest.approx(4 / 6)


@given(counts=st.lists(st.integers(1, 8), min_size=2, max_size=12), seed=st.integers(0, 50))
def test_windows_are_scored_as_one_score_of_all_of_them(counts: list[int], seed: int) -> None:
    run = random_run(counts, seed)
    labels = np.repeat(run.test_labels, counts)
    expected = score(labels, run.probabilities["last_epoch"])
    counted = count_answers([run], "last_epoch", "window")
    assert counted.accuracy.shape == (1, len(counts))
    assert counted.n == sum(counts)
    assert counted.accuracy.mean() == pytest.approx(expected.accuracy)
    assert counted.loss is not None
    assert counted.loss.mean() == pytest.approx(expected.loss)


def test_tracks_seen_as_a_whole_are_the_same_in_every_unit() -> None:
    run = fake_run(fake_manifest(per_genre=20), MADE)
    found = [count_answers([run], "last_epoch", unit).accuracy for unit in ("window", "vote", "track")]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[1], found[2])


def test_an_interval_over_windows_is_as_wide_as_one_over_tracks_where_windows_say_the_same() -> None:
    whole = fake_run(fake_manifest(per_genre=40), MADE)
    answers = whole.probabilities["last_epoch"]
    for count in (1, 39):
        run = cut(whole, [list(range(count))] * len(answers), np.repeat(answers, count, axis=0))
        found = mean_interval(count_answers([run], "last_epoch", "window").accuracy, FRACTION)
        if count == 1:
            expected = found
    assert found == pytest.approx(expected)


def test_the_table_has_a_row_a_unit_and_none_of_runs_that_saw_whole_tracks() -> None:
    runs = [random_run([4, 4, 4, 4, 4, 4], seed) for seed in (0, 1)]
    table = units_table(runs)
    assert table["unit"].tolist() == ["window", "vote", "track"]
    assert table["n"].tolist() == [24, 6, 6]
    assert (table["tracks"] == 6).all()
    assert np.isnan(table["loss"][1])
    assert not len(units_table([fake_run(fake_manifest(), MADE)]))
