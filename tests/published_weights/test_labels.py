import numpy as np

from benchmarks.published_weights import labels
from benchmarks.published_weights.labels import compare_test_labels, split_labels
from tests.builders import GTZAN_GENRES, STUDY

COUNTS = [30, 24, 34, 23, 20, 23, 26, 21, 27, 22]


def compare(given):
    return compare_test_labels(STUDY, STUDY.weights, given)


def test_the_study_s_labels_agree():
    found = compare(split_labels(STUDY, GTZAN_GENRES))
    assert found["agrees"] is True
    assert (found["tracks"], found["equal"]) == (250, 250)
    assert list(found["counts"].values()) == COUNTS
    assert found["split"] == found["counts"]


def test_the_same_counts_in_another_order_do_not_agree():
    found = compare(np.sort(split_labels(STUDY, GTZAN_GENRES)))
    assert found["agrees"] is False
    assert found["equal"] < 250
    assert found["split"] == found["counts"]


def test_other_labels_are_counted_beside_those_of_the_split():
    found = compare(np.zeros(250, dtype=np.int64))
    assert found["agrees"] is False
    assert found["counts"] == dict.fromkeys(GTZAN_GENRES, 0) | {"blues": 250}
    assert list(found["split"].values()) == COUNTS


def test_a_split_of_other_tracks_does_not_agree(monkeypatch):
    other = np.zeros(250, dtype=np.int64)
    monkeypatch.setattr(labels, "split_labels", lambda *_: other)
    # agrees with the labels, but these are not the study's
    assert compare(other)["agrees"] is False


def test_the_study_lists_its_genres_in_another_order():
    changed = STUDY.model_copy(update={"genre_order": tuple(sorted(GTZAN_GENRES))})
    assert (split_labels(changed, GTZAN_GENRES) != split_labels(STUDY, GTZAN_GENRES)).any()
