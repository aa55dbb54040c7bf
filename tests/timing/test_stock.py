"""The stock baselines are the same networks, and train and predict."""

import math

import numpy as np
import pytest

from benchmarks.features.sets import feature_sets
from benchmarks.studies.study import study_folders
from benchmarks.timing.measuring import tasks
from benchmarks.timing.measuring.subjects import variants
from benchmarks.timing.stock import features as stock_code
from benchmarks.timing.suites import features as suite_features
from implementations.architectures import ARCHITECTURES, CNNLSTM
from implementations.registry import registered
from tests.builders import STUDY
from tests.timing.stock_checks import probabilities, steps, trained_values, use

BASELINES = [(architecture, framework) for architecture, framework in registered() if "stock" in variants(framework)]


@pytest.mark.parametrize(("architecture", "framework"), BASELINES)
def test_a_baseline_is_the_same_network(in_framework, architecture, framework):
    sizes = ARCHITECTURES[architecture]
    ours = sum(math.prod(weight.shape) for weight in sizes.weights(tasks.CLASSES) if weight.trainable)
    # PyTorch's own LSTM adds up two biases
    second = 4 * sum(sizes.lstm_units) if isinstance(sizes, CNNLSTM) and framework == "pytorch" else 0
    assert in_framework(framework, trained_values, architecture, framework) == ours + second


@pytest.mark.parametrize(("architecture", "framework"), BASELINES)
def test_a_baseline_with_the_same_weights_predicts_the_same(in_framework, architecture, framework):
    ours, stock = in_framework(framework, probabilities, architecture, framework)
    # it would show little where a network is sure of one class
    assert ours.max() < 0.99
    np.testing.assert_allclose(stock, ours, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("architecture", "framework"), BASELINES)
def test_a_baseline_takes_the_same_steps(in_framework, architecture, framework):
    ours, stock = in_framework(framework, steps, architecture, framework)
    assert np.linalg.norm(stock - ours) < 0.02 * np.linalg.norm(ours)


@pytest.mark.parametrize(("architecture", "framework"), BASELINES)
@pytest.mark.parametrize("batch_size", [1, 2])
def test_a_baseline_trains_and_predicts_or_says_why_not(in_framework, architecture, framework, batch_size):
    refused = (architecture, framework, batch_size) == ("cnn2d", "pytorch", 1)
    words = "PyTorch's BatchNorm1d refuses to train on a batch of one" if refused else ""
    assert in_framework(framework, use, architecture, framework, batch_size) == words


def test_a_framework_without_a_file_has_no_baseline():
    assert variants("another") == ["tuned"]


def test_a_list_of_tracks_is_timed_where_there_is_stock_code(monkeypatch):
    folders = study_folders()
    monkeypatch.setattr(stock_code, "study_folders", lambda: {STUDY.name: folders[STUDY.name]})
    monkeypatch.setattr(suite_features, "stock_features", stock_code.stock_features.__wrapped__)
    assert set(suite_features._names(40)) == {"mel_in_colour_5s", "mfcc_backwards_15s"}
    assert set(suite_features._names(1)) == feature_sets().keys()
    monkeypatch.setattr(stock_code, "study_folders", dict)
    assert not suite_features._names(40)


def test_a_round_of_features_computes_every_track(monkeypatch):
    seen = []
    monkeypatch.setattr(tasks, "stock_features", lambda: {"a_set": seen.append})
    loop, _ = tasks.features("a_set", "stock", "track.wav", 3, None)
    loop()
    assert [path.name for path in seen] == ["track.wav"] * 3
