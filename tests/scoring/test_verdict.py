"""Verdicts: only for the study's protocol on all of GTZAN, and from the prediction interval."""

from dataclasses import replace

import pytest

from benchmarks.runs import Implementation
from benchmarks.scoring.answers import collect_answers
from benchmarks.scoring.intervals import FRACTION, Interval, prediction_interval
from benchmarks.scoring.verdict import Verdict, about_claim, verdicts, why_not
from tests.builders import GTZAN_GENRES, STUDY, fake_manifest, fake_runs


def runs(**combinations):
    return fake_runs(fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100), **combinations)


def test_every_claimed_number_has_its_verdict():
    ours = runs()
    found = verdicts(STUDY, "gtzan", 1000, ours)
    assert why_not(STUDY, "gtzan", 1000, ours) == ""
    assert [(str(it.implementation), it.metric, it.claimed) for it in found] == [
        ("cnn2d-pytorch", "accuracy", 0.52),
        ("cnn2d-pytorch", "loss", 1.5),
        ("cnn2d-tensorflow", "accuracy", 0.52),
        ("cnn2d-tensorflow", "loss", 1.5),
        ("cnn_lstm-pytorch", "accuracy", 0.66),
        ("cnn_lstm-pytorch", "loss", 1.05),
        ("cnn_lstm-tensorflow", "accuracy", 0.66),
        ("cnn_lstm-tensorflow", "loss", 1.05),
    ]
    (answers,) = (it for it in collect_answers(ours[:3]) if it.selection == "lowest_test_loss")
    assert found[0].predicted == prediction_interval(answers.right.astype(float), STUDY.claim.test_tracks, FRACTION)


@pytest.mark.parametrize(("claimed", "inside"), [(0.4, True), (0.5, True), (0.6, True), (0.39, False), (0.61, False)])
def test_inside_counts_the_ends(claimed, inside):
    assert (
        Verdict(Implementation("cnn2d", "pytorch"), "accuracy", "track", claimed, Interval(0.4, 0.6)).inside is inside
    )


@pytest.mark.parametrize(
    ("kind", "tracks"), [("gtzan", 999), ("gtzan", 1001), ("gtzan-mini", 1000), ("folder", 1000), ("synthetic", 1000)]
)
def test_other_datasets_have_no_verdict(kind, tracks):
    ours = runs(seeds=(0, 1))
    assert not about_claim(STUDY.claim, kind, tracks)
    assert why_not(STUDY, kind, tracks, ours) == "it is about all 1000 tracks of GTZAN"
    assert verdicts(STUDY, kind, tracks, ours) == []


def changed(run):
    protocol = {**run.decided_by["protocol"], "schedule": {"epochs": 5}}
    return replace(run, decided_by={**run.decided_by, "protocol": protocol})


@pytest.mark.parametrize(
    ("ours", "reason"),
    [
        (runs(seeds=(0, 1), protocols=("corrected",)), "no run follows the study's protocol"),
        ([changed(run) for run in runs(seeds=(0, 1))], "protocol `published` was changed"),
        (runs(seeds=(0,)), "one seed does not show how far runs differ"),
    ],
)
def test_other_runs_have_no_verdict(ours, reason):
    assert reason in why_not(STUDY, "gtzan", 1000, ours)
    assert verdicts(STUDY, "gtzan", 1000, ours) == []


def test_runs_of_another_protocol_and_unclaimed_architectures_are_passed_over():
    ours = runs(architectures=("cnn2d", "transformer"), protocols=("corrected", "published"), frameworks=("pytorch",))
    assert {it.implementation.architecture for it in verdicts(STUDY, "gtzan", 1000, ours)} == {"cnn2d"}
    assert verdicts(STUDY, "gtzan", 1000, ours) == verdicts(
        STUDY, "gtzan", 1000, [it for it in ours if it.protocol == "published"]
    )
