"""How long whole studies take, by hand."""

import pytest

from benchmarks.execution.forecast import Rate, Work, reported_rate
from benchmarks.runs import Implementation
from benchmarks.timing.measuring.cold_start import WHOLE
from benchmarks.timing.measuring.subjects import PARALLEL
from benchmarks.timing.reporting.estimates import Estimate
from benchmarks.timing.reporting.studies import Study, elapsed, planned_studies, predict
from benchmarks.timing.reporting.tables import duration, studies_table
from tests.builders import STUDY, plain_params, settings_of
from tests.timing.results import epoch, results, row

MADE = Implementation("cnn_lstm", "pytorch")


def rows_of(made=MADE, jobs=2):
    """A track trains in 10 ms with an interval of 10%, is predicted in a fifth of that, and a process starts in 4 s."""
    facts = {"architecture": made.architecture, "framework": made.framework}
    share = (0.1, 0.9, 1, 1, 1, 1, 1, 1.1, 10)
    return [
        epoch((made.architecture, made.framework), "tuned", [4.0] * 9, tracks=800),
        row("inference", f"test_inference[{made}-32]", [0.032] * 6, tracks=32, **facts),
        row(
            "jobs",
            f"test_jobs[{made}]",
            [3.2 * it for it in share],
            tracks=320,
            jobs=jobs,
            way=PARALLEL,
            **facts,
        ),
        row("cold start", f"test_cold_start[{made}]", [4.0] * 6, step=WHOLE, **facts),
        row("features", "test_features[mfcc_15s]", [0.2] * 9, feature_set="mfcc_15s", tracks=1),
    ]


def test_a_run_starts_once_and_trains_and_predicts_every_epoch():
    assert Rate(4.0, 0.01, 0.2).seconds(Work(MADE, 100, 80, 20)) == pytest.approx(4 + 100 * 0.01 * (80 + 4))


def test_runs_share_the_workers_and_no_more_than_there_are():
    rates = {MADE: Rate(10.0, 0.0, 0.0)}
    works = [Work(MADE, 1, 1, 0)] * 3
    assert elapsed(works, rates, 2) == 15
    assert elapsed(works, rates, 8) == 10


def test_the_rate_is_that_of_a_run_on_every_core_and_of_all_that_comes_before_it():
    rate = reported_rate(rows_of(), MADE)
    assert (rate.start, rate.trained, rate.predicted) == pytest.approx((4.0, 0.01, 0.2))
    assert reported_rate(rows_of(), MADE, min).trained == pytest.approx(0.001)
    with pytest.raises(KeyError):
        reported_rate(rows_of()[1:], MADE)


def test_a_study_takes_its_features_and_its_runs(tmp_path):
    study = Study("a", 100, ("mfcc_15s",), (Work(MADE, 100, 80, 20),) * 4, (Work(MADE, 100, 80, 20),) * 2)
    runs, ladder = predict(results(tmp_path, rows_of()), study)
    middle, low, high = (4 + share * 84 for share in (1, 0.9, 1.1))
    # 100 tracks at 0.2 s on two cores, four runs two at a time
    assert (runs.middle, runs.low, runs.high) == pytest.approx((10 + 2 * middle, 10 + 2 * low, 10 + 2 * high))
    assert ladder.middle == pytest.approx(middle)


@pytest.mark.parametrize("missing", ["test_jobs", "test_inference", "test_features"])
def test_nothing_is_predicted_without_its_rows(tmp_path, missing):
    study = Study("a", 100, ("mfcc_15s",), (Work(MADE, 100, 80, 20),), ())
    timed = results(tmp_path, [it for it in rows_of() if not it["name"].startswith(missing)])
    assert predict(timed, study) is None
    assert studies_table(timed, [study]) is None


def test_every_dataset_whose_tracks_are_known_is_planned_as_params_say():
    params = plain_params()
    params["subsets"] = {"five": {"of": "gtzan", "genres": ["blues", "classical", "jazz", "pop", "rock"]}}
    params["folders"] = {"mine": "somewhere"}
    for name in ("five", "mine"):
        params["reports"][name] = {"study": STUDY.name, "dataset": name}
    found = {study.dataset: study for study in planned_studies(settings_of(params))}
    assert {name: study.tracks for name, study in found.items()} == {
        "gtzan": 1000,
        "five": 500,
        "gtzan-mini": 100,
        "synthetic": 150,
    }
    assert {(len(study.runs), len(study.ladder)) for study in found.values()} == {(24, 42)}
    # the study's split and the fault-filtered partition, of which the test tracks are not watched
    assert {(it.trained, it.watched) for it in found["gtzan"].runs} == {(750, 250), (443, 197)}
    assert {(it.trained, it.watched) for it in found["gtzan-mini"].runs} == {(75, 25), (60, 20)}
    assert {it.epochs for it in found["gtzan"].ladder} == {60}


def test_a_study_without_an_end_of_the_ladder_is_planned_all_the_same():
    params = plain_params()
    params["reports"]["gtzan"]["protocols"] = ["published"]
    (study, *_) = planned_studies(settings_of(params))
    assert (len(study.runs), study.ladder) == (12, ())


def test_windows_that_are_split_are_no_part_of_the_study():
    params = plain_params()
    (expected, *_) = planned_studies(settings_of(params))
    assert "mfcc_15s" in expected.features
    params["ablation"]["windows_split"] = {"published": {"windows": {"samples": 330_750, "hop": 1000, "count": 3}}}
    with_windows = settings_of(params)
    assert any("_windows_" in name for name in with_windows.features)
    (study, *_) = planned_studies(with_windows)
    assert study == expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [((80, 70, 90), "80 s [70, 90]"), ((600, 570, 660), "10 min [10, 11]"), ((9000, 8280, 9720), "2.5 h [2.3, 2.7]")],
)
def test_times_have_a_unit_that_suits_them(seconds, words):
    assert duration(Estimate(*seconds)) == words
