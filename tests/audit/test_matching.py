"""The comparison itself, on random bits instead of music."""

import itertools

import numpy as np
import pytest

from benchmarks.audit.fingerprint import BITS, HOP_SECONDS
from benchmarks.audit.matching import MAX_OFFSET, MIN_FRAMES, THRESHOLD, best_matches


def random_bits(count, frames=150, seed=0):
    return list(np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (count, frames, BITS)))


def by_hand(first, second):
    """The best score and lag, frame by frame."""
    best = (0.0, 0)
    for lag in range(-60, 61):
        pairs = [(first[n + lag], second[n]) for n in range(len(second)) if 0 <= n + lag < len(first)]
        pairs = [(one, other) for one, other in pairs if one.any() and other.any()]
        if len(pairs) >= MIN_FRAMES and abs(lag) * HOP_SECONDS < MAX_OFFSET + 0.15:
            score = float(np.mean([0.5 + 0.5 * np.mean(one * other.astype(float)) for one, other in pairs]))
            best = max(best, (score, lag), key=lambda found: (round(found[0], 9), -abs(found[1])))
    return best


def test_scores_are_those_counted_by_hand():
    one, other, third = random_bits(3)
    late = np.concatenate([third[:20], one[:130]])
    late[::7] *= -1
    third[:30] = 0
    prints = [one, other[:120], third, late]
    found = best_matches(prints, "")
    assert (found[0].first, found[0].second) == (0, 3)
    for it in found:
        score, lag = by_hand(prints[it.first], prints[it.second])
        assert it.score == pytest.approx(score, abs=1e-9)
        assert it.offset == pytest.approx(lag * HOP_SECONDS)
    assert found[0].offset == pytest.approx(-20 * HOP_SECONDS)
    scores = [by_hand(a, b)[0] for a, b in itertools.combinations(prints, 2)]
    assert found[1].score == pytest.approx(sorted(scores)[-2])
    assert len(found) == 2


def test_tracks_are_found_wherever_they_stand():
    prints = random_bits(130)
    for first, second in ((3, 7), (10, 129), (60, 70), (61, 101)):
        prints[second] = prints[first].copy()
        prints[second][:30] *= -1
    *copies, closest = best_matches(prints, "")
    assert [(it.first, it.second) for it in copies] == [(3, 7), (10, 129), (60, 70), (61, 101)]
    assert {(round(it.score, 3), it.offset) for it in copies} == {(0.8, 0.0)}
    assert 0.5 < closest.score < THRESHOLD


def test_unknown_bits_neither_agree_nor_differ():
    one, other = random_bits(2)
    other = one.copy()
    other[:, ::2] = 0
    (found,) = best_matches([one, other], "")
    assert found.score == 0.75


def test_the_smallest_offset_is_told_where_several_are_equally_good():
    loop = np.tile(random_bits(1, frames=10)[0], (15, 1))
    (found,) = best_matches([loop, loop], "")
    assert (found.score, found.offset) == (1, 0)
