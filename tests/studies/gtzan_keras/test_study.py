"""Every fact of the study that a test can hold."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from librosa import feature

from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.execution.batches import order_of, watched_batches
from benchmarks.execution.examples import Examples
from benchmarks.execution.learning_rate import steered
from benchmarks.features.sets import feature_set, require_feature_sets
from benchmarks.ladder import make_ladder, with_windows_split
from benchmarks.protocols import Split, make_split
from benchmarks.settings import load_settings
from benchmarks.studies.study import defined_in, load_study, study_folders
from benchmarks.verification.reference import file_of, read_reference
from implementations.architectures import ARCHITECTURES, CNN2DDeep, parameter_count
from tests.builders import REPOSITORY

STUDY = load_study("gtzan-keras")
PUBLISHED, CORRECTED = (STUDY.protocols[name] for name in ("published", "corrected"))


def published_split() -> Split:
    return make_split(undecoded_gtzan(), PUBLISHED.split, genre_order=STUDY.genre_order, windows=39)


def test_claims_are_those_that_are_printed() -> None:
    printed = [*STUDY.claim.results, *STUDY.other_results]
    assert [(it.unit, it.accuracy, it.loss) for it in printed] == [
        ("vote", 0.832, None),
        ("window", 0.722, 0.964),
        ("vote", 0.82, None),
    ]
    # 0.820 of 300 tracks is a number of tracks, 0.832 is none
    assert {round(tracks / 300, 3) for tracks in range(301)} & {0.82, 0.832} == {0.82}


def test_the_split_of_gtzan_is_of_700_and_300_tracks_30_a_genre_and_of_their_windows() -> None:
    split = published_split()
    assert (len(split.train), len(split.validation), len(split.test)) == (700, 0, 300)
    assert (len(split.examples("train", 39)), len(split.examples("test", 39))) == (27_300, 11_700)
    manifest = undecoded_gtzan()
    genres = [manifest.used[row].genre for row in split.test]
    assert {genres.count(genre) for genre in STUDY.genre_order} == {30}


def test_windows_are_39_of_5_percent_of_the_signal_half_over_each_other() -> None:
    windows = PUBLISHED.windows
    assert windows is not None
    assert (windows.count, windows.covered, windows.samples) == (39, 660_000, 0.05 * 660_000)
    assert windows.hop == windows.samples / 2
    # the next one would not fit
    assert windows.covered + windows.hop > 660_000
    assert feature_set(PUBLISHED.seen_by("cnn2d_deep")).shape == (39, 128, 129, 1)


def test_the_network_has_the_printed_number_of_parameters() -> None:
    assert parameter_count(ARCHITECTURES["cnn2d_deep"], 10) == 2_495_114


def test_an_epoch_has_214_steps_of_the_427_batches_and_on_gtzan_mini_22_of_43() -> None:
    schedule = PUBLISHED.schedule
    for windows, steps, batches in ((27_300, 214, 427), (2_730, 22, 43)):
        assert len(order_of(schedule, windows, 0, 1)) == steps
        assert -(-windows // schedule.batch_size) == batches
    assert len(order_of(CORRECTED.schedule, 27_300, 0, 1)) == 427
    # the last batch of a pass holds the 36 windows that are left
    first_pass = [*order_of(schedule, 27_300, 0, 1), *order_of(schedule, 27_300, 0, 2)[:213]]
    assert sorted(len(it) for it in first_pass) == [36] + 426 * [64]


def test_the_learning_rate_is_steered_by_the_first_half_of_the_test_windows() -> None:
    numbers = np.arange(11_700)
    seen = Examples(np.zeros((11_700, 1, 1, 1), dtype=np.float32), numbers, numbers)
    plain = PUBLISHED.model_copy(update={"augmentation": None})
    watched = np.concatenate([it.labels for it in watched_batches(seen, plain, seed=0, epoch=1)])
    # the notebook's val_accuracy are whole numbers of 5888ths
    assert watched.tolist() == list(range(5_888))


def test_the_printed_reductions_of_the_learning_rate_follow_from_the_printed_losses() -> None:
    # the notebook's output: the watched loss of each of the 150 epochs, and when it printed that the rate was reduced
    losses = [float(it) for it in Path(__file__).with_name("printed_losses.txt").read_text().split()]
    reduced = [39, 47, 52, 56, 64, 70, 74, 80, 86, 95, 99, 103, 109, 114, 118, 124, 128, 132, 136, 143, 147]
    steering = PUBLISHED.schedule.steering
    assert steering is not None
    rates = [steered(0.001, steering, losses[:epoch]) for epoch in range(151)]
    assert [epoch for epoch in range(1, 151) if rates[epoch] != rates[epoch - 1]] == reduced
    # printed by Keras, in float32
    assert rates[-1] == pytest.approx(0.00034056155709549785, rel=1e-6)


def test_a_published_batch_holds_the_windows_of_one_to_three_tracks() -> None:
    tracks = published_split().examples("train", 39) // 39
    batches = order_of(PUBLISHED.schedule, 27_300, 0, 1) + order_of(PUBLISHED.schedule, 27_300, 0, 2)
    assert {len(set(tracks[it])) for it in batches} <= {1, 2, 3}
    shuffled = order_of(CORRECTED.schedule, 27_300, 0, 1)
    assert min(len(set(tracks[it])) for it in shuffled[:-1]) > 40


@pytest.mark.parametrize("name", ["mel_power_1s5", "mel_decibels_1s5"])
def test_windows_are_librosa_s_with_mirrored_edges(name: str) -> None:
    signal = np.random.default_rng(0).normal(size=33_000).astype(np.float32)
    power = feature.melspectrogram(y=signal, sr=22_050, n_fft=1024, hop_length=256, n_mels=128, pad_mode="reflect")
    found = feature_set(name)
    array = found.compute(signal)[..., 0]
    assert array.shape == (128, 129)
    if name == "mel_power_1s5":
        np.testing.assert_allclose(array, power, rtol=1e-3, atol=1e-5 * power.max())
    else:
        decibels = 10 * np.log10(np.maximum(power, 1e-10) / power.max())
        np.testing.assert_allclose(array, np.maximum(decibels, -80), atol=1e-2)
        assert array.max() == 0


def test_the_stock_loop_computes_the_same_windows(tmp_path: Path) -> None:
    signal = 0.1 * np.random.default_rng(0).normal(size=661_794)
    soundfile.write(tmp_path / "track.wav", signal, 22_050, subtype="PCM_16")
    [(name, stock)] = defined_in(study_folders()[STUDY.name] / "stock.py", "STOCK").items()
    assert name == PUBLISHED.seen_by("cnn2d_deep")
    expected, found = stock(tmp_path / "track.wav"), feature_set(name).of(tmp_path / "track.wav")
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * expected.max())


def test_a_window_of_silence_is_finite_in_decibels() -> None:
    found = feature_set("mel_decibels_1s5").compute(np.zeros(33_000, dtype=np.float32))
    assert np.isfinite(found).all()


def test_the_ladder_changes_one_thing_at_a_time() -> None:
    settings = load_settings(REPOSITORY / "params.yaml", report="gtzan-keras-mini")
    require_feature_sets(settings)
    rungs = make_ladder(settings)
    assert [(it.name, it.factor) for it in rungs] == [
        ("published", None),
        ("decibels", "features"),
        ("standardised", "scaling"),
        ("whole_epochs", "schedule"),
        ("validation_part", "split"),
        ("steered_by_validation", "schedule"),
        ("corrected", "split"),
    ]


@pytest.mark.parametrize("name", ["published", "corrected"])
def test_the_leak_differs_in_the_split_alone(name: str) -> None:
    protocol = STUDY.protocols[name]
    flawed = with_windows_split(protocol)
    assert flawed.model_copy(update={"split": protocol.split}) == protocol
    assert flawed.split.kind == "windows"


def test_its_own_feature_sets_have_their_digests() -> None:
    # two of them, of two tracks
    assert len(read_reference(file_of(STUDY.name))[STUDY.name]) == 2 * 2


def test_augmentation_and_optimiser_are_those_of_the_notebook() -> None:
    given = PUBLISHED.augmentation
    assert given is not None
    assert (given.flip, given.mask, given.bands, given.frames, given.value) == (0.5, 0.5, 3, 4, -80)
    schedule = PUBLISHED.schedule
    assert (schedule.epochs, schedule.batch_size, schedule.learning_rate) == (150, 64, 0.001)
    # Keras's defaults
    assert (schedule.beta_1, schedule.beta_2, schedule.epsilon) == (0.9, 0.999, 1e-7)
    steering = schedule.steering
    assert steering is not None
    assert (steering.watched, steering.augmented) == ("test", True)
    assert (steering.factor, steering.patience, steering.cooldown) == (0.95, 3, 2)
    assert (steering.min_delta, steering.lowest) == (1e-4, 1e-5)
    assert (PUBLISHED.scaling, PUBLISHED.selections) == ("none", ("last_epoch",))


def test_the_network_has_the_notebook_s_filters_dropout_and_penalties() -> None:
    network = ARCHITECTURES["cnn2d_deep"]
    assert isinstance(network, CNN2DDeep)
    assert network.filters == (16, 32, 64, 128, 256)
    assert (network.block_dropout, network.flat_dropout, network.dense_dropout) == (0.25, 0.5, 0.25)
    penalties = {weight.name: weight.penalty for weight in network.weights(10) if weight.penalty}
    assert penalties == {"dense1/kernel": 0.02, "dense2/kernel": 0.02}
