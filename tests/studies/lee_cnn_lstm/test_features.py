"""What the study's networks see: the picture against the study's way of plotting it, and the reshaped MFCC."""

import librosa
import librosa.display
import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmarks.studies.lee_cnn_lstm.features import draw, mel_picture, mfcc_reshaped
from benchmarks.studies.lee_cnn_lstm.stock import plotted


def chirp(seconds: float) -> np.ndarray:
    tone = librosa.chirp(fmin=100, fmax=8000, sr=22050, duration=seconds)
    noise = np.random.default_rng(0).normal(0, 0.01, tone.size)
    return (0.5 * tone + noise).astype(np.float32)


@pytest.mark.parametrize("seconds", [5.0, 1.7])
def test_equals_the_plot(seconds: float) -> None:
    power = librosa.feature.melspectrogram(y=chirp(seconds), sr=22050)
    decibels = librosa.power_to_db(power, ref=np.max)
    with mpl.rc_context(mpl.rcParamsDefault):
        expected = plotted(decibels)
    difference = np.abs(draw(decibels) - expected)
    # of 255; cells are not whole pixels wide, and the plot rounds their edges its own way
    assert difference.mean() < 1
    assert np.quantile(difference, 0.99) < 25


def test_orientation_margins_and_colour_order() -> None:
    decibels = np.zeros((128, 216), dtype=np.float32)
    decibels[100:, :108] = -80  # high frequencies in the first half are silent
    decibels[:20, 108:] = -40  # low frequencies in the second half are half as loud, in dB
    picture = draw(decibels)
    assert (picture[:14] == 255).all()
    assert (picture[115:] == 255).all()
    assert (picture[:, :15] == 255).all()
    assert (picture[:, 116:] == 255).all()
    # magma's dark end, its middle and its bright end, as blue, green, red
    np.testing.assert_allclose(picture[20, 30], [4, 0, 0], atol=2)
    np.testing.assert_allclose(picture[110, 100], [121, 55, 183], atol=2)
    np.testing.assert_allclose(picture[20, 100], [191, 253, 252], atol=2)
    np.testing.assert_allclose(picture[110, 30], [191, 253, 252], atol=2)


@given(
    decibels=arrays(
        np.float32,
        st.tuples(st.just(128), st.integers(1, 300)),
        elements=st.floats(-80, 0, width=32),
    )
)
@settings(max_examples=25, deadline=None)
def test_any_spectrogram_gives_a_picture(decibels: np.ndarray) -> None:
    picture = draw(decibels)
    assert picture.shape == (128, 128, 3)
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert picture.max() <= 255


def test_silence_at_both_ends_is_cut_off() -> None:
    sound = chirp(2.0)
    silence = np.zeros(22050, dtype=np.float32)
    padded = np.concatenate([silence, sound, silence])
    untrimmed = draw(librosa.power_to_db(librosa.feature.melspectrogram(y=padded, sr=22050), ref=np.max))
    difference = np.abs(mel_picture(padded) - mel_picture(sound)).mean()
    # librosa cuts at whole frames, so a little silence stays
    assert difference < 0.5 * np.abs(untrimmed - mel_picture(sound)).mean()


def test_digital_silence_gives_a_picture() -> None:
    assert np.isfinite(mel_picture(np.zeros(5 * 22050, dtype=np.float32))).all()


def test_the_mfcc_are_reshaped_and_not_transposed() -> None:
    signal = np.random.default_rng(0).normal(0, 0.1, 15 * 22050).astype(np.float32)
    coefficients = librosa.feature.mfcc(y=signal, sr=22050)
    rows = mfcc_reshaped(signal)
    assert rows.shape == (646, 20)
    # a row holds 20 consecutive frames of one coefficient; up to the last bits: the loudest is some hundreds
    np.testing.assert_allclose(rows[0], coefficients[0, :20], rtol=1e-5, atol=2e-3)
    np.testing.assert_allclose(rows[1], coefficients[0, 20:40], rtol=1e-5, atol=2e-3)
    assert not np.allclose(rows, coefficients.T)
