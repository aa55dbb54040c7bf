"""The batches of an epoch over windows."""

from collections.abc import Iterable
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.execution.batches import augment, epoch_batches, order_of, watched_batches
from benchmarks.execution.examples import Examples
from benchmarks.features.scaling import Scaler
from benchmarks.studies.protocol import Augmentation, Protocol, Schedule, Steering
from implementations.batch_order import batch_order
from implementations.interface import Batch
from tests.builders import windowed

CUT = windowed()
SMALL = CUT.schedule.model_copy(update={"batch_size": 4, "steps_for": 8})
NEVER = Augmentation(flip=0, mask=0, bands=0, frames=0, value=0)
STEERING = {"factor": 0.5, "patience": 1, "cooldown": 0, "min_delta": 0.0, "lowest": 1e-9}
ALWAYS = Augmentation(flip=0, mask=1, bands=2, frames=3, value=-80)


def examples(n: int, scaler: Scaler | None = None) -> Examples:
    """Spectrograms of 6 bands and 7 frames, each holding its number, and its class the same."""
    numbers = np.arange(n)
    source = np.broadcast_to(numbers[:, None, None, None].astype(np.float32), (n, 6, 7, 1)).copy()
    return Examples(source, numbers, numbers.astype(np.int64), scaler)


def protocol(schedule: Schedule, augmentation: Augmentation | None = None) -> Protocol:
    return CUT.model_copy(update={"schedule": schedule, "augmentation": augmentation})


def labels(batches: Iterable[Batch]) -> list[list[int]]:
    return [batch.labels.tolist() for batch in batches]


def test_without_the_flaw_an_epoch_is_a_permutation_cut_into_batches() -> None:
    schedule = SMALL.model_copy(update={"steps_for": None})
    found = labels(epoch_batches(examples(10), protocol(schedule), seed=3, epoch=2))
    assert [len(it) for it in found] == [4, 4, 2]
    assert list(chain(*found)) == batch_order(3, 2, 10).tolist()


@given(n=st.integers(1, 200), size=st.integers(1, 20), steps_for=st.integers(1, 40), seed=st.integers(0, 9))
def test_half_epochs_go_on_where_the_one_before_ended_and_batches_hold_the_same_neighbours(
    n: int, size: int, steps_for: int, seed: int
) -> None:
    schedule = SMALL.model_copy(update={"batch_size": size, "steps_for": steps_for})
    batches, steps = -(-n // size), -(-n // steps_for)
    epochs = [order_of(schedule, n, seed, epoch) for epoch in range(1, 6)]
    assert {len(epoch) for epoch in epochs} == {steps}
    walked = [batch.tolist() for epoch in epochs for batch in epoch]
    whole = [list(range(start, min(start + size, n))) for start in range(0, n, size)]
    for start in range(0, len(walked), batches):
        # one pass: every batch once, as far as the walk went
        a_pass = walked[start : start + batches]
        assert len({batch[0] for batch in a_pass}) == len(a_pass)
        assert all(batch in whole for batch in a_pass)


def test_the_order_of_the_batches_is_drawn_anew_for_every_pass() -> None:
    schedule = SMALL.model_copy(update={"steps_for": 4})
    first, second = (order_of(schedule, 400, 0, epoch) for epoch in (1, 2))
    assert [it[0] for it in first] != sorted(it[0] for it in first)
    assert [it[0] for it in first] != [it[0] for it in second]


def test_what_is_watched_is_the_first_half_where_an_epoch_is_half_of_its_batches() -> None:
    # of 13 batches of 4, as many as there are of 8
    found = labels(watched_batches(examples(50), protocol(SMALL), seed=0, epoch=1))
    assert list(chain(*found)) == list(range(4 * 7))


def test_what_is_watched_is_whole_and_as_it_is_where_the_protocol_says_so() -> None:
    steering = Steering(**STEERING, watched="validation", augmented=False)
    asked = protocol(SMALL.model_copy(update={"steps_for": None, "steering": steering}), ALWAYS)
    batches = list(watched_batches(examples(150), asked, seed=0, epoch=1))
    assert list(chain(*labels(batches))) == list(range(150))
    assert all((batch.inputs == batch.labels.reshape(-1, 1, 1, 1)).all() for batch in batches)


def test_augmentation_depends_on_seed_epoch_and_batch_alone_and_changes_no_source() -> None:
    seen, asked = examples(40), protocol(SMALL, ALWAYS)
    first, again = (list(epoch_batches(seen, asked, seed=1, epoch=1)) for _ in range(2))
    assert all(np.array_equal(one.inputs, other.inputs) for one, other in zip(first, again, strict=True))
    masked = [tuple(map(tuple, (batch.inputs[0, ..., 0] == -80))) for batch in first]
    assert len(set(masked)) > 1
    assert not (seen.source == -80).any()


def test_masks_are_set_before_inputs_are_scaled() -> None:
    scaler = Scaler(np.array([10], dtype=np.float32), np.array([2], dtype=np.float32))
    [batch, *_] = epoch_batches(examples(8, scaler), protocol(SMALL, ALWAYS), seed=0, epoch=1)
    expected = (batch.labels.reshape(-1, 1, 1, 1) - 10) / 2
    masked = batch.inputs == (-80 - 10) / 2
    assert masked.any()
    assert (masked | (batch.inputs == expected)).all()


def test_bands_and_frames_are_masked_whole_and_at_most_as_many_as_are_drawn() -> None:
    inputs = np.zeros((200, 6, 7, 1), dtype=np.float32)
    augment(inputs, ALWAYS, np.random.default_rng(0))
    masked = inputs[..., 0] == -80
    bands, frames = masked.all(axis=2).sum(axis=1), masked.all(axis=1).sum(axis=1)
    # drawn with repetition
    assert set(bands) == {1, 2}
    assert set(frames) == {1, 2, 3}
    assert (masked.sum(axis=(1, 2)) == 6 * 7 - (6 - bands) * (7 - frames)).all()


def test_frames_may_be_drawn_from_the_first_alone() -> None:
    inputs = np.zeros((300, 6, 7, 1), dtype=np.float32)
    augment(inputs, ALWAYS.model_copy(update={"frames_below": 6}), np.random.default_rng(0))
    assert not (inputs[..., 0] == -80).all(axis=1)[:, 6].any()


@pytest.mark.parametrize(("probability", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_windows_are_turned_round_in_time_as_often_as_is_asked(probability: float, share: float) -> None:
    ramp = np.arange(7, dtype=np.float32)
    inputs = np.broadcast_to(ramp[:, None], (1000, 6, 7, 1)).copy()
    augment(inputs, NEVER.model_copy(update={"flip": probability}), np.random.default_rng(0))
    turned = (inputs[..., 0] == ramp[::-1]).all(axis=(1, 2))
    assert (turned | (inputs[..., 0] == ramp).all(axis=(1, 2))).all()
    assert turned.mean() == pytest.approx(share, abs=0.05)
