"""Effects of steps against values computed by hand."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.ablation.effects import ALL_STEPS, ladder_table
from benchmarks.ladder import Rung, make_ladder
from benchmarks.runs import Implementation
from benchmarks.scoring.answers import Answers
from benchmarks.scoring.comparisons import compare
from benchmarks.scoring.intervals import DIFFERENCE, LOSS, accuracy_interval, mean_interval, unpaired_difference
from tests.builders import plain_params, settings_of

CNN = Implementation("cnn2d", "pytorch")
LSTM = Implementation("cnn_lstm", "pytorch")
FIRST = [[1, 0, 0, 0], [1, 1, 0, 0]]
SECOND = [[1, 1, 1, 0], [1, 1, 0, 1]]
# other tracks, more of them
THIRD = [[0, 1, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0]]


def answers(protocol: str, right: Any, tracks: str = "t", made: Implementation = CNN, **changes: Any) -> Answers:
    right = np.array(right, dtype=bool)
    n = right.shape[1]
    found = Answers(
        protocol=protocol,
        selection="lowest_test_loss",
        implementation=made,
        genres=("a", "b"),
        seeds=tuple(range(len(right))),
        tracks=tuple(f"{tracks}{place}" for place in range(n)),
        labels=np.zeros(n, dtype=np.int64),
        right=right,
        losses=np.where(right, 0.5, 2.0) + 0.01 * np.arange(n),
    )
    return replace(found, **changes)


@pytest.fixture(scope="module")
def rungs() -> list[Rung]:
    """`published`, the CNN-LSTM's own step, and the protocol that the ladder ends with."""
    found = make_ladder(settings_of(plain_params()))
    return [found[0], found[1], found[-1]]


def row(table: Any, rung: str, made: Implementation = CNN) -> dict[str, Any]:
    (found,) = table[(table["rung"] == rung) & (table["architecture"] == made.architecture)].to_dict("records")
    return found


@pytest.fixture(scope="module")
def table(rungs: list[Rung]) -> Any:
    names = [rung.name for rung in rungs]
    published = answers("published", FIRST)
    return ladder_table(
        rungs,
        {
            (names[0], CNN): published,
            (names[0], LSTM): answers("published", FIRST, made=LSTM),
            # not touched: the same runs stand for it
            (names[1], CNN): published,
            (names[1], LSTM): answers(names[1], SECOND, made=LSTM),
            (names[2], CNN): answers("corrected", THIRD, "u"),
            (names[2], LSTM): answers("corrected", THIRD, "u", LSTM),
        },
    )


def test_every_rung_is_measured(table: Any):
    assert list(table["rung"]) == [
        *["published"] * 2,
        *["forwards"] * 2,
        *["corrected"] * 2,
        *[ALL_STEPS] * 2,
    ]
    found = row(table, "forwards", LSTM)
    second = answers("", SECOND)
    assert (found["factor"], found["framework"], found["n_test"], found["seeds"]) == ("features", "pytorch", 4, 2)
    # 6 of 8 answers are right
    assert found["accuracy"] == 0.75
    assert found["loss"] == pytest.approx((6 * 0.5 + 2 * 2.0) / 8 + 0.015)
    assert (found["accuracy_low"], found["accuracy_high"]) == accuracy_interval(second.right)
    assert (found["loss_low"], found["loss_high"]) == mean_interval(second.losses, LOSS)


def test_the_first_rung_has_no_effect(table: Any):
    found = row(table, "published")
    assert (found["kind"], found["factor"]) == ("", "")
    assert math.isnan(found["accuracy_effect"])


def test_a_step_that_leaves_the_test_tracks_alone_is_paired(table: Any):
    found = row(table, "forwards", LSTM)
    assert found["kind"] == "paired"
    # from 3 to 6 of 8
    assert found["accuracy_effect"] == 3 / 8
    assert found["loss_effect"] == pytest.approx(-1.5 * 3 / 8)
    pairs = compare(answers("published", FIRST), answers("", SECOND))
    assert (found["accuracy_effect_low"], found["accuracy_effect_high"]) == pairs.accuracy_interval
    assert (found["loss_effect_low"], found["loss_effect_high"]) == pairs.loss_interval


def test_a_step_that_does_not_touch_a_network_has_no_effect_on_it(table: Any):
    found = row(table, "forwards", CNN)
    assert found["kind"] == "none"
    assert math.isnan(found["accuracy_effect"])
    assert math.isnan(found["loss_effect_high"])
    assert found["accuracy"] == row(table, "published")["accuracy"]


def test_other_test_tracks_make_an_unpaired_effect(table: Any):
    found = row(table, "corrected", LSTM)
    assert (found["kind"], found["n_test"]) == ("unpaired", 6)
    # from 6 of 8 to 3 of 12
    assert found["accuracy_effect"] == -0.5
    before, after = (np.array(it, dtype=float) for it in (SECOND, THIRD))
    expected = unpaired_difference(before, after, DIFFERENCE)
    assert (found["accuracy_effect_low"], found["accuracy_effect_high"]) == expected
    losses = [answers("", it).losses for it in (SECOND, THIRD)]
    assert found["loss_effect"] == pytest.approx(losses[1].mean() - losses[0].mean())
    assert found["loss_effect_low"] < found["loss_effect"] < found["loss_effect_high"]


def test_the_last_rows_go_from_the_first_rung_to_the_last(table: Any):
    for made in (CNN, LSTM):
        found = row(table, ALL_STEPS, made)
        # from 3 of 8 to 3 of 12
        assert (found["kind"], found["accuracy_effect"]) == ("unpaired", pytest.approx(-1 / 8))
        assert found["accuracy"] == 0.25


def test_another_epoch_of_the_same_runs_is_a_paired_step(rungs: list[Rung]):
    after = answers("published", SECOND, selection="lowest_validation_loss")
    found = row(
        ladder_table(rungs[:2], {("published", CNN): answers("published", FIRST), (rungs[1].name, CNN): after}),
        rungs[1].name,
    )
    assert (found["kind"], found["accuracy_effect"]) == ("paired", 3 / 8)
