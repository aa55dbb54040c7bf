"""The study's feature sets of files, against the study's way to make them."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.features.sets import feature_sets
from benchmarks.studies.lee_cnn_lstm.stock import plain_mfcc, study_picture
from tests.formats import FORMATS, write_track


@pytest.fixture(scope="module", params=FORMATS)
def track(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_track(tmp_path_factory.mktemp("audio"), request.param)


def test_mfcc(track: Path) -> None:
    expected = plain_mfcc(track)
    assert (expected.shape, expected.dtype) == ((20, 646), np.float32)
    reshaped = feature_sets()["mfcc_reshaped_15s"].of(track)
    # the loudest coefficient is some hundreds
    np.testing.assert_allclose(reshaped, expected.reshape(646, 20), rtol=1e-5, atol=2e-3)


def test_picture(track: Path) -> None:
    expected = study_picture(track)
    assert (expected.shape, expected.dtype) == ((128, 128, 3), np.float32)
    difference = np.abs(feature_sets()["mel_picture_5s"].of(track) - expected)
    # of 255; cells are not whole pixels wide, and the plot rounds their edges its own way
    assert difference.mean() < 1
    assert np.quantile(difference, 0.99) < 25
