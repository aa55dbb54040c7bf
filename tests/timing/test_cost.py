"""Predicted costs by hand, and what the cost page says of finished runs."""

import re
from dataclasses import replace

import pytest

from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.errors import GenrebenchError
from benchmarks.files import write_json
from benchmarks.paths import manifest_path
from benchmarks.runs import Implementation, RunKey, fingerprint, write_run
from benchmarks.settings import Settings
from benchmarks.timing.cost.checking import Compared, TimedRun, compare, elapsed
from benchmarks.timing.cost.prediction import predict_study
from benchmarks.timing.cost.rates import Line, feature_rate, fit_line, training_rate
from benchmarks.timing.cost.report import duration, write_cost
from tests.builders import GTZAN_GENRES, fake_making, fake_manifest, fake_run, plain_params
from tests.timing.test_growth import MACHINE, record

MADE = Implementation("cnn_lstm", "pytorch")


def settings(seeds=(0, 1, 2), **study):
    """One implementation under one protocol of 10 epochs: 20% of the tracks test, and are watched."""
    params = plain_params()
    params["study"] |= {
        "datasets": ["synthetic"],
        "protocols": ["published"],
        "architectures": ["cnn_lstm"],
        "frameworks": ["pytorch"],
        "features": ["mel_picture_5s", "mfcc_reshaped_15s", "mfcc_15s"],
        "seeds": list(seeds),
        **study,
    }
    params["protocols"]["published"]["schedule"]["epochs"] = 10
    return Settings.model_validate(params)


def test_line_goes_through_points_that_lie_on_one():
    line = fit_line([80, 800, 3200], [0.5 + 0.01 * n for n in (80, 800, 3200)])
    assert (line.fixed, line.each) == (pytest.approx(0.5), pytest.approx(0.01))
    assert line.at(1000) == pytest.approx(10.5)


def test_line_has_no_negative_part():
    assert fit_line([1, 2], [1.0, 3.0]).fixed == 0
    assert fit_line([1, 2], [3.0, 1.0]).each == 0
    assert fit_line([1, 2], [0.0, 0.0]) == Line(0.0, 0.0)


def test_a_study_by_hand(tmp_path):
    # 100 tracks: 80 train, 20 are watched; 1 ms a track for both, start-up 5 s, contention 1.2, 3 s a process
    growth = record(tmp_path)
    study = predict_study(growth, settings(), fake_manifest(genres=GTZAN_GENRES, per_genre=10), ())
    (part,) = study.parts
    assert (part.tracks, part.watched, part.seeds) == (80, 20, 3)
    assert part.run_s == pytest.approx(5 + 10 * (0.080 + 0.020))
    assert part.seconds == pytest.approx(3 * (6 * 1.2 + 3))
    assert study.at_once == 2
    assert study.training_s == pytest.approx(part.seconds / 2)
    assert study.features_s == pytest.approx(1 + 100 * 0.01 + 2)
    assert study.features_mib == pytest.approx(50 + 2 * 300)
    # the two largest runs
    assert study.memory_mib == pytest.approx(2 * 480)


def test_no_more_runs_are_at_once_than_there_are(tmp_path):
    manifest = fake_manifest(genres=GTZAN_GENRES, per_genre=10)
    study = predict_study(record(tmp_path, workers=8), settings(), manifest, ())
    assert study.at_once == 3
    # eight workers made the features
    assert study.memory_mib == study.features_mib == pytest.approx(50 + 8 * 300)


def test_full_gtzan_is_split_without_its_audio(tmp_path):
    sets = plain_params()["study"]["features"]
    growth = record(tmp_path, sets=sets)
    study = predict_study(growth, settings(protocols=["published", "corrected"], features=sets), undecoded_gtzan(), ())
    assert study.tracks == 1000
    assert [(it.tracks, it.watched) for it in study.parts] == [(800, 200), (443, 197)]


def test_a_network_or_feature_set_that_was_not_measured_is_named(tmp_path):
    growth = record(tmp_path)
    remedy = "measure again with: python -m benchmarks growth"
    with pytest.raises(GenrebenchError, match=f"no training of cnn2d-pytorch on mel_picture_5s.*{remedy}"):
        training_rate(growth, Implementation("cnn2d", "pytorch"), "mel_picture_5s", 2)
    with pytest.raises(GenrebenchError, match=f"other features than params.yaml's log_mel_5s.*{remedy}"):
        feature_rate(growth, ("log_mel_5s",))


def test_overlaps_and_pauses_are_not_counted():
    assert elapsed([(0, 10), (5, 12), (6, 7), (20, 25)]) == 17


@pytest.mark.parametrize(("measured", "close"), [(100, True), (84, True), (82, False), (126, False)])
def test_close_is_within_a_fifth_of_what_was_measured(measured, close):
    assert Compared("all runs", 1, 100.0, measured).is_close is close


def finished(seed, start, seconds, machine=MACHINE):
    """A run of 70 training tracks, 30 watched, 5 epochs, which began at a second of one minute."""
    run = fake_run(fake_manifest(genres=GTZAN_GENRES, per_genre=10), MADE, seed)
    run = replace(run, decided_by={**run.decided_by, "features": {"name": "mfcc_15s", "sha256": "ab" * 32}})
    made = {"started": f"2026-11-22T11:00:{start:02}Z", "wall_time_s": seconds, "machine": machine}
    return TimedRun(run, {**fake_making(run), **made})


def test_runs_are_compared_by_hand(tmp_path):
    runs = [finished(0, 0, 7.0), finished(1, 0, 7.0), finished(2, 8, 5.0)]
    each, total, busy = compare(record(tmp_path), runs)
    run_s = 1.2 * (5 + 5 * (0.070 + 0.030))
    assert (each.what, each.runs) == ("cnn_lstm-pytorch", 3)
    assert each.predicted == total.predicted == pytest.approx(3 * run_s)
    assert each.measured == total.measured == 19
    assert busy.predicted == pytest.approx(3 * (run_s + 3) / 2)
    assert busy.measured == 12


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a manifest and a record; returns a function that stores a run and one that gives the page."""
    monkeypatch.chdir(tmp_path)
    fake_manifest(genres=GTZAN_GENRES, per_genre=10).write(manifest_path("synthetic"))
    record(tmp_path / "reports")

    def store(timed):
        run = timed.run
        key = RunKey("synthetic", "published", MADE, run.seed)
        weights = {selection: {"dense2/bias": run.probabilities[selection][0]} for selection in run.epochs}
        write_run(key.folder, run, weights)
        write_json(key.provenance, {**timed.made, "fingerprint": fingerprint(run.decided_by)})

    return store, lambda **study: write_cost(tmp_path / "reports", settings(**study)).read_text(encoding="utf-8")


def test_page_predicts_and_says_where_the_rates_are_from(project):
    _, page = project
    text = page()
    (row,) = [line for line in text.splitlines() if line.startswith("| synthetic ")]
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "synthetic",
        "100",
        "4 s",
        "3",
        "2",
        "15 s",
        "19 s",
        "0.9 GiB",
    ]
    assert "There is nothing to compare on this machine: no finished runs." in text
    assert "All from [growth.json](growth.json)" in text
    assert "within 20%" not in text


def test_page_compares_runs_of_the_same_processor_only(project):
    store, page = project
    store(finished(0, 0, 5.5, {**MACHINE, "cpu": "Another CPU"}))
    text = page()
    assert "nothing to compare on this machine: 1 run made on another processor." in text
    store(finished(1, 0, 7.7))
    text = page()
    assert re.search(r"- synthetic: 1 run, predicted . s, measured 8 s: \+10%, within 20%\.", text)
    assert "Not compared: 1 run of another machine." in text


def test_page_does_not_call_close_what_is_not(project):
    store, page = project
    store(finished(0, 0, 17.0))
    text = page()
    assert "off by -50%." in text
    assert "within 20%" not in text


def test_a_dataset_without_a_manifest_is_refused_when_named_and_skipped_else(project, tmp_path):
    _, page = project
    with pytest.raises(GenrebenchError, match="no manifest; make it with"):
        write_cost(tmp_path / "reports", settings(), "gtzan-mini")
    assert "gtzan-mini" not in page(datasets=["gtzan-mini", "synthetic"])


def test_a_missing_record_is_one_clear_error(project, tmp_path):
    (tmp_path / "reports" / "growth.json").unlink()
    with pytest.raises(GenrebenchError, match=r"growth\.json: no record.*python -m benchmarks growth"):
        project[1]()


@pytest.mark.parametrize(("seconds", "words"), [(4.6, "5 s"), (119, "119 s"), (180, "3 min"), (7200, "2.0 h")])
def test_durations_have_a_unit_that_suits_them(seconds, words):
    assert duration(seconds) == words


def test_same_record_and_runs_give_the_same_page(project):
    assert project[1]() == project[1]()
