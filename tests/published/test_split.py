import numpy as np

from benchmarks.published import split
from benchmarks.published.split import compare_test_labels, split_labels
from tests.builders import GTZAN_GENRES

COUNTS = [13, 27, 13, 25, 23, 20, 21, 21, 15, 22]


def test_the_study_s_labels_agree():
    found = compare_test_labels(split_labels())
    assert found["agrees"] is True
    assert (found["tracks"], found["equal"]) == (200, 200)
    assert list(found["counts"].values()) == COUNTS
    assert found["split"] == found["counts"]


def test_the_same_counts_in_another_order_do_not_agree():
    found = compare_test_labels(np.sort(split_labels()))
    assert found["agrees"] is False
    assert found["equal"] < 200
    assert found["split"] == found["counts"]


def test_other_labels_are_counted_beside_those_of_the_split():
    found = compare_test_labels(np.zeros(200, dtype=np.int64))
    assert found["agrees"] is False
    assert found["counts"] == dict.fromkeys(GTZAN_GENRES, 0) | {"blues": 200}
    assert list(found["split"].values()) == COUNTS


def test_a_split_of_other_tracks_does_not_agree(monkeypatch):
    other = np.zeros(200, dtype=np.int64)
    monkeypatch.setattr(split, "split_labels", lambda: other)
    # agrees with the labels, but these are not the study's
    assert compare_test_labels(other)["agrees"] is False
