"""Growth: what is measured, what the record refuses, and what the section says of made-up points."""

import json
import math
from functools import partial

import numpy as np
import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.settings import Settings
from benchmarks.timing.growth import measuring
from benchmarks.timing.growth.measuring import Network, Sizes, measure_growth, networks_of
from benchmarks.timing.growth.points import training_point
from benchmarks.timing.growth.record import Growth
from benchmarks.timing.growth.report import (
    FIGURE,
    exponent,
    growth_section,
    is_close_to_linear,
    training_series,
    write_figure,
)
from benchmarks.timing.measuring.child import peak_memory
from implementations import registry
from tests import fake_project
from tests.builders import plain_params

MACHINE = {"cpu": "A CPU @ 2.0 GHz", "cores": 2, "memory_gib": 23.5, "system": "Linux 6.1 x86_64"}
TINY = Sizes(features=(3, 6), training=(2, 4), more_training=(3,), together=2, warm_up=2, timed=4, files_per_genre=2)


def feature_point(tracks, seconds):
    return {
        "tracks": tracks,
        "repeats": 1,
        "seconds": seconds,
        "start_up_s": 1.0,
        "process_s": 2.0,
        "peak_mib": 50.0,
        "worker_peak_mib": 300.0,
    }


def training(tracks, seconds, implementation=("cnn_lstm", "pytorch"), features="mfcc_15s", **more):
    architecture, framework = implementation
    return {
        "architecture": architecture,
        "framework": framework,
        "features": features,
        "tracks": tracks,
        "watched": tracks // 4,
        "repeats": 1,
        "seconds": seconds,
        "predict_s": 0.001 * (tracks // 4),
        "start_up_s": 5.0,
        "process_s": 3.0,
        "peak_mib": 400.0 + tracks,
        **more,
    }


def record(folder, **changes):
    """Write a record of made-up points: features 10 ms a track, networks 1 ms a track."""
    content = {
        "workers": 2,
        "at_once": 2,
        "files": 20,
        "sets": ["mel_picture_5s", "mfcc_reshaped_15s", "mfcc_15s"],
        "features": [feature_point(n, 0.01 * n) for n in (100, 1000)],
        "training": [training(80, 0.08, beside_s=[0.088, 0.104]), training(800, 0.8)],
        "provenance": {
            "started": "2026-11-22T11:00:00Z",
            "wall_time_s": 600.0,
            "git": {"commit": "0123456789abcdef0123456789abcdef01234567", "dirty": False},
            "versions": {"python": "3.11.7"},
            "machine": MACHINE,
        },
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "growth.json").write_text(json.dumps(content))
    return Growth.read(folder)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_exponent_is_the_power(power):
    tracks = [100, 300, 1000]
    assert exponent(tracks, [0.02 * n**power for n in tracks]) == pytest.approx(power)


def test_exponent_is_fitted_by_least_squares():
    # logarithms 0, 1, 2 against 0, 2, 1 have the slope 1/2
    assert exponent([1, 10, 100], [1, 100, 10]) == pytest.approx(0.5)


def test_there_is_no_exponent_of_one_point_or_of_no_time():
    assert math.isnan(exponent([100], [1.0]))
    assert math.isnan(exponent([100, 200], [0.0, 1.0]))
    assert not is_close_to_linear(math.nan)


@pytest.mark.parametrize(("slope", "close"), [(0.89, False), (0.9, True), (1.1, True), (1.11, False)])
def test_close_to_linear_is_a_stated_range(slope, close):
    assert is_close_to_linear(slope) is close


def test_contention_is_the_mean_beside_others_over_alone(tmp_path):
    beside, alone = record(tmp_path).training
    assert beside.contention == pytest.approx(1.2)
    assert math.isnan(alone.contention)


def test_memory_of_more_tracks_is_the_slope(tmp_path):
    (series,) = training_series(record(tmp_path))
    assert series.memory_each == pytest.approx(1000)


def test_section_says_linear_of_what_is(tmp_path):
    record(tmp_path)
    section = growth_section(tmp_path)
    assert section.startswith("## Growth with the number of tracks\n")
    assert "All of the times below are close to linear." in section
    assert "between 0.9 and 1.1" in section
    assert "the files repeat" in section
    assert "growth.png" not in section


def test_section_names_what_is_not_linear(tmp_path):
    record(tmp_path, training=[training(n, 1e-5 * n**2) for n in (80, 800)])
    section = growth_section(tmp_path)
    assert "1 of the 2 times below are; not: 1D CNN - LSTM, PyTorch, mfcc\\_15s." in section
    assert "| 80 to 800    |               2.00 |                no |" in section


def test_section_shows_the_figure_once_it_is_drawn(tmp_path):
    record(tmp_path)
    write_figure(tmp_path)
    assert (tmp_path / FIGURE).read_bytes().startswith(b"\x89PNG")
    assert "](figures/growth.png)" in growth_section(tmp_path)


def test_nothing_measured_is_no_section(tmp_path):
    assert growth_section(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a valid record"),
        ("{}", r"not a valid record \(workers: Field required\)"),
        (None, "no record"),
    ],
)
def test_a_record_that_cannot_be_read_says_what_where_and_how(tmp_path, text, words):
    if text is not None:
        (tmp_path / "growth.json").write_text(text)
    with pytest.raises(GenrebenchError, match=rf"growth\.json: {words}.*; measure again with: python -m .* growth$"):
        Growth.read(tmp_path)


def test_each_network_is_listed_with_the_first_protocol_that_needs_its_shape():
    found = networks_of(Settings.model_validate(plain_params()), TINY)
    assert [(it.architecture, it.framework, it.features, it.scaling, numbers) for it, numbers in found] == [
        ("cnn2d", "pytorch", "mel_picture_5s", "none", (2, 4)),
        ("cnn2d", "tensorflow", "mel_picture_5s", "none", (2, 4)),
        ("cnn_lstm", "pytorch", "mfcc_reshaped_15s", "none", (2, 4)),
        ("cnn_lstm", "tensorflow", "mfcc_reshaped_15s", "none", (2, 4)),
        # the MFCC have the same shape in both protocols
        ("cnn2d", "pytorch", "log_mel_15s", "standardise", (3,)),
        ("cnn2d", "tensorflow", "log_mel_15s", "standardise", (3,)),
    ]


def test_every_point_is_measured(tmp_path, monkeypatch):
    asked = []

    def fake(function, case, number, environment):
        asked.append((function, case["tracks"], number, environment.get("OMP_NUM_THREADS")))
        if function == "features_point":
            return [feature_point(case["tracks"], 2.0)]
        made = (case["architecture"], case["framework"])
        return [training(case["tracks"], 1.0, made, case["features"], watched=1, predict_s=0.1)] * number

    monkeypatch.setenv("GENREBENCH_WORKERS", "2")
    monkeypatch.setattr(measuring, "in_processes", fake)
    monkeypatch.setattr(measuring, "_audio", lambda *_: ["a/1.wav", "b/1.wav"])
    measured = measure_growth(tmp_path, Settings.model_validate(plain_params()), TINY)
    assert Growth.read(tmp_path) == measured
    assert measured.at_once == 2
    # the features stage runs in the user's own environment
    assert asked[:2] == [("features_point", 3, 1, None), ("features_point", 6, 1, None)]
    networks = [tuple(it) for name, *it in asked[2:] if name == "training_point"]
    # four networks of the first protocol, then two more of the second
    assert networks == [(2, 1, "1"), (2, 2, "1"), (4, 1, "1")] * 4 + [(3, 1, "1")] * 2
    assert [it.beside_s for it in measured.training] == [(1.0, 1.0), ()] * 4 + [()] * 2


def test_what_is_not_implemented_is_named_before_anything_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "_audio", lambda *_: pytest.fail("measured"))
    params = plain_params()
    params["study"]["frameworks"] = ["torch"]
    with pytest.raises(GenrebenchError, match=r"params\.yaml: study: no implementation of cnn2d in torch; there are:"):
        measure_growth(tmp_path, Settings.model_validate(params), TINY)


def test_a_process_that_fails_leaves_the_former_record_and_its_words(tmp_path, monkeypatch):
    monkeypatch.setattr(measuring, "_audio", lambda *_: [])
    network = Network("cnn_lstm", "nothing", "mfcc_15s", "none")
    monkeypatch.setattr(measuring, "networks_of", lambda *_: [(network, (2,))])
    (tmp_path / "growth.json").write_text("former")
    with pytest.raises(GenrebenchError, match=r"(?s)training_point of architecture cnn_lstm, .*no implementation of"):
        measure_growth(tmp_path, Settings.model_validate(plain_params()), Sizes(features=()))
    assert (tmp_path / "growth.json").read_text() == "former"


def test_a_network_is_measured_as_a_run_trains_it(monkeypatch):
    path = f"{fake_project.__name__}:{fake_project.SoftmaxRegression.__name__}"
    monkeypatch.setitem(registry._CLASSES, ("cnn_lstm", "numpy"), path)
    case = {"architecture": "cnn_lstm", "framework": "numpy", "features": "mfcc_15s", "scaling": "standardise"}
    warm = []
    point = training_point({**case, "tracks": 12, "warm_up": 5, "repeats": 2}, partial(warm.append, "warm"))
    assert warm == ["warm"]
    assert (point["tracks"], point["watched"], point["repeats"]) == (12, 3, 2)
    assert point["clocked_s"] >= 2 * point["seconds"] > 0
    # the NumPy array of a process's own is resident
    assert point["peak_mib"] > 1


def test_resident_memory_counts_what_was_touched():
    before = peak_memory()
    held = np.ones(int((before + 64) * 2**20 / 8))
    assert peak_memory() >= before + 32
    del held


@pytest.mark.slow
def test_a_real_study_is_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("GENREBENCH_WORKERS", "2")
    params = plain_params()
    params["study"] |= {"architectures": ["cnn_lstm"], "frameworks": ["pytorch"], "protocols": ["published"]}
    measured = measure_growth(tmp_path, Settings.model_validate(params), TINY)
    assert [(point.tracks, point.repeats) for point in measured.features] == [(3, 1), (6, 1)]
    assert [(point.tracks, len(point.beside_s)) for point in measured.training] == [(2, 2), (4, 0)]
    assert growth_section(tmp_path)
