"""Feature sets of the windows of a track."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.features.audio import SAMPLE_RATE, Signal
from benchmarks.features.feature_set import FeatureSet, read_excerpt
from benchmarks.features.sets import feature_set
from benchmarks.features.windows import of_windows
from benchmarks.studies.protocol import Windows

WINDOWS = Windows(samples=1000, hop=400, count=4)


def ends(signal: Signal) -> NDArray[np.float32]:
    """First and last sample."""
    return np.array([[signal[0], signal[-1]]], dtype=np.float32)


ENDS = FeatureSet("ends", 1000 / SAMPLE_RATE, (1, 2), ends, "the first and the last sample")


def test_windows_start_a_hop_apart_and_are_computed_one_by_one(tmp_path: Path) -> None:
    cut = of_windows(ENDS, WINDOWS)
    signal = np.arange(2200, dtype=np.float32)
    found = cut.of_signal(signal, tmp_path)
    assert found.shape == cut.shape == (4, 1, 2)
    assert found[:, 0].tolist() == [[0, 999], [400, 1399], [800, 1799], [1200, 2199]]
    assert cut.seconds * SAMPLE_RATE == pytest.approx(WINDOWS.covered) == 2200


def test_a_track_that_does_not_hold_all_windows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GenrebenchError, match="ends_windows_1000_400_4 needs"):
        of_windows(ENDS, WINDOWS).of_signal(np.zeros(2199, dtype=np.float32), tmp_path)


def test_a_number_of_samples_that_seconds_do_not_give_back_exactly_is_read_and_taken(tmp_path: Path) -> None:
    # more and fewer than the samples that they stand for
    above, below = (
        next(n for n in range(200_000, 300_000) if sign * (n / SAMPLE_RATE * SAMPLE_RATE - n) > 0) for sign in (1, -1)
    )
    soundfile.write(tmp_path / "track.wav", np.zeros(300_000), SAMPLE_RATE, subtype="PCM_16")
    for samples in (above, below):
        whole = FeatureSet("ends", samples / SAMPLE_RATE, (1, 2), ends, "the first and the last sample")
        assert len(read_excerpt(tmp_path / "track.wav", whole.seconds)) == samples
        assert whole.of(tmp_path / "track.wav").shape == (1, 2)


def test_windows_of_another_length_than_the_feature_set_s_are_refused() -> None:
    with pytest.raises(GenrebenchError, match=r"windows\.samples is 999, but ends is made of 1000 samples"):
        of_windows(ENDS, WINDOWS.model_copy(update={"samples": 999}))


def test_the_windows_of_a_feature_set_are_found_by_their_name() -> None:
    cut = feature_set("mel_power_1s5_windows_33000_16500_39")
    assert cut.shape == (39, 128, 129, 1)
    assert cut.seconds * SAMPLE_RATE == 660_000
    with pytest.raises(GenrebenchError, match="no feature set 'no_such'"):
        feature_set("no_such_windows_1_1_2")
