"""What the study's file says, and what the committed params.yaml says of it."""

import subprocess
from collections import Counter

import pytest
from ruamel.yaml import YAML

from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.features.sets import feature_set, require_feature_sets
from benchmarks.ladder import make_ladder, twins
from benchmarks.protocols import make_split
from benchmarks.published_weights.files import sizes_of
from benchmarks.published_weights.labels import compare_test_labels, split_labels
from benchmarks.settings import load_settings
from benchmarks.studies.study import load_study
from benchmarks.verification.reference import file_of, part_names, read_reference
from implementations.architectures import parameter_count
from tests.builders import GTZAN_GENRES, REPOSITORY

STUDY = load_study("lee_cnn_lstm")
WEIGHTS = STUDY.weights
# y_test.npy of the study, columns in alphabetical order
COUNTS = [13, 27, 13, 25, 23, 20, 21, 21, 15, 22]
# for each class, the column that answers for it in the study's 2D CNN; found by hand
MAPPED = (5, 0, 1, 6, 8, 9, 3, 2, 4, 7)


def test_published_results_are_those_of_the_study():
    printed = [*STUDY.claim.results, *STUDY.other_results]
    assert [(it.model, it.loss, it.accuracy) for it in printed] == [
        ("2D CNN", 1.36, 0.59),
        ("1D CNN - LSTM", 1.11, 0.63),
        ("2D CNN", 1.38, 0.575),
        ("1D CNN - LSTM", 1.21, 0.58),
        ("2D CNN", 1.34, 0.55),
        ("1D CNN - LSTM", 1.12, 0.59),
    ]


def test_published_split_of_gtzan_has_the_published_class_counts():
    manifest = undecoded_gtzan()
    split = make_split(manifest, STUDY.protocols["published"].split, genre_order=STUDY.genre_order)
    assert (len(split.train), len(split.test)) == (STUDY.claim.train_tracks, STUDY.claim.test_tracks) == (800, 200)
    counts = Counter(manifest.used[row].genre for row in split.test)
    assert [counts[genre] for genre in GTZAN_GENRES] == COUNTS


def test_the_study_s_labels_agree():
    found = compare_test_labels(STUDY, WEIGHTS, split_labels(STUDY, GTZAN_GENRES))
    assert found["agrees"] is True
    assert (found["tracks"], found["equal"]) == (200, 200)
    assert list(found["counts"].values()) == COUNTS


def test_classes_are_the_genres_of_gtzan_in_alphabetical_order():
    assert WEIGHTS.genres == tuple(WEIGHTS.test_labels.counts) == GTZAN_GENRES


def test_mapped_columns_are_those_found_by_hand():
    (model, _) = WEIGHTS.models
    assert tuple(GTZAN_GENRES.index(genre) for genre in model.labels["mapped"]) == MAPPED


def test_the_files_are_the_study_s():
    assert [parameter_count(sizes_of(model), 10) for model in WEIGHTS.models] == [246_298, 232_208]
    assert [file.path for file in (*WEIGHTS.models, WEIGHTS.test_labels)] == [
        "model/2d_cnn_model.h5",
        "model/cnn_lstm_sequence.h5",
        "data/y_test.npy",
    ]


def test_the_ladder_changes_one_factor_at_a_time():
    assert [(it.name, it.factor, it.selection) for it in make_ladder(load_settings(REPOSITORY / "params.yaml"))] == [
        ("published", None, "lowest_test_loss"),
        ("mfcc_in_time_order", "features", "lowest_test_loss"),
        ("log_mel", "features", "lowest_test_loss"),
        ("same_seconds", "features", "lowest_test_loss"),
        ("standardised", "scaling", "lowest_test_loss"),
        ("validation_part", "split", "lowest_test_loss"),
        ("chosen_by_validation", "selection", "lowest_validation_loss"),
        ("corrected", "split", "lowest_validation_loss"),
    ]


def test_windows_that_are_split_are_those_of_the_seconds_that_the_protocols_show():
    found = twins(load_settings(REPOSITORY / "params.yaml"))
    assert [it.of for it in found] == ["published", "corrected"]
    for it in found:
        assert it.protocol.windows is not None
        for architecture in STUDY.architectures:
            assert feature_set(it.protocol.seen_by(architecture)).seconds == feature_set("mfcc_15s").seconds
            # the same kind of array
            own, cut = (given.features[architecture] for given in (STUDY.protocols[it.of], it.protocol))
            assert cut.rsplit("_", 1)[0] == own.rsplit("_", 1)[0]


def test_the_committed_protocols_are_the_study_s():
    # the commit's, not the working tree's: an experiment may have changed that
    shown = subprocess.run(
        ["git", "show", "HEAD:params.yaml"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if shown.returncode:
        pytest.skip("needs the git repository")
    assert YAML(typ="safe").load(shown.stdout)["protocols"] == {}


def test_every_report_of_params_yaml_can_be_made():
    for name in load_settings(REPOSITORY / "params.yaml").reports:
        settings = load_settings(REPOSITORY / "params.yaml", report=name)
        require_feature_sets(settings)
        # what the stages of dvc.yaml depend on
        assert (REPOSITORY / "benchmarks" / "studies" / settings.report.study).is_dir()


def test_its_own_feature_sets_have_their_digests():
    assert STUDY.name in part_names()
    # four of them, of two tracks
    assert len(read_reference(file_of(STUDY.name))[STUDY.name]) == 4 * 2
