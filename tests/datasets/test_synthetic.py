from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.datasets.synthetic import GENRES, generate, track_generator
from benchmarks.datasets.synthetic.audio import SAMPLE_RATE, SAMPLES
from benchmarks.datasets.synthetic.composition import compose
from benchmarks.datasets.synthetic.drums import DRUMS, render_drum
from benchmarks.datasets.synthetic.harmony import SCALES, chord_classes, voiced
from benchmarks.datasets.synthetic.instruments import INSTRUMENTS, render_note
from benchmarks.datasets.synthetic.patterns import BEATS, FIGURES, STEPS
from benchmarks.datasets.synthetic.productions import PRODUCTIONS
from benchmarks.datasets.synthetic.recording import record
from benchmarks.processes.workers import WORKERS_VARIABLE
from benchmarks.settings import PARAMS, Synthetic, load_settings

REPOSITORY = Path(__file__).parents[2]
GTZAN_GENRES = ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"]
A_GENRE = st.sampled_from(range(len(GENRES)))
A_SEED = st.integers(0, 2**64)


def contents(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.wav"))}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    root = tmp_path_factory.mktemp("synthetic")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WORKERS_VARIABLE, "2")
        tracks = generate(root, Synthetic(seed=7, tracks_per_genre=2))
    return root, tracks


def test_layout_is_that_of_gtzan(dataset):
    root, tracks = dataset
    assert tracks == [
        (f"{genre}.{number:05d}", genre, f"{genre}/{genre}.{number:05d}.wav")
        for genre in GTZAN_GENRES
        for number in range(2)
    ]
    assert list(contents(root)) == [path for _, _, path in tracks]


def test_every_file_is_30_s_of_16_bit_mono_at_22050_hz(dataset):
    root, tracks = dataset
    for _, _, path in tracks:
        info = soundfile.info(root / path)
        described = (info.format, info.subtype, info.samplerate, info.channels, info.frames)
        assert described == ("WAV", "PCM_16", 22050, 1, 30 * 22050)


def test_no_track_clips_or_is_silent(dataset):
    root, tracks = dataset
    for _, _, path in tracks:
        samples, _ = soundfile.read(root / path)
        assert np.abs(samples).max() < 0.99
        assert np.sqrt(np.mean(samples**2)) > 0.01
        # two seconds without any sound would leave a piece of the track without a feature
        assert np.abs(samples.reshape(15, -1)).max(axis=1).min() > 0


def test_all_tracks_differ(dataset):
    root, tracks = dataset
    assert len(set(contents(root).values())) == len(tracks)


def test_bytes_depend_neither_on_workers_nor_on_the_number_of_tracks(dataset, tmp_path, monkeypatch):
    root, _ = dataset
    monkeypatch.setenv(WORKERS_VARIABLE, "1")
    generate(tmp_path, Synthetic(seed=7, tracks_per_genre=3))
    again = contents(tmp_path)
    assert {path: again[path] for path in contents(root)} == contents(root)


def test_seeds_genres_and_numbers_give_different_random_numbers():
    drawn = {
        track_generator(seed, genre, number).integers(2**63)
        for seed in (0, 1, 2**32, 2**32 + 1)
        for genre in range(10)
        for number in range(5)
    }
    assert len(drawn) == 200


def test_another_seed_gives_another_track():
    first, second = (record(GENRES[0], track_generator(seed, 0, 0)) for seed in (0, 1))
    assert not np.array_equal(first, second)


@settings(max_examples=8, deadline=None)
@given(seed=A_SEED, genre=A_GENRE)
def test_any_seed_renders_any_genre(seed, genre):
    samples = record(GENRES[genre], track_generator(seed, genre, 0))
    assert samples.dtype == np.int16
    assert samples.shape == (SAMPLES,)
    assert 1000 < np.abs(samples.astype(int)).max() < 32500


@settings(max_examples=60, deadline=None)
@given(seed=A_SEED, genre=A_GENRE)
def test_any_piece_is_playable(seed, genre):
    piece = compose(GENRES[genre], track_generator(seed, genre, 0))
    for part in (piece.bass, piece.comp, piece.lead):
        assert part
        for note in part:
            assert note.onset >= 0
            assert note.duration > 0
            assert 0 < note.velocity <= 1
            assert 28 <= note.pitch <= 100
    assert max(note.onset for note in piece.bass) > 25


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(INSTRUMENTS)),
    pitch=st.integers(28, 100),
    duration=st.floats(0.02, 2.0),
    seed=A_SEED,
)
def test_any_instrument_plays_any_note(name, pitch, duration, seed):
    note = render_note(INSTRUMENTS[name], pitch, duration, np.random.default_rng(seed))
    assert np.isfinite(note).all()
    assert note[: int(duration * SAMPLE_RATE)].std() > 0
    assert len(note) >= int(duration * SAMPLE_RATE)


@pytest.mark.parametrize("name", ["acoustic guitar", "piano", "flute", "voice", "double bass"])
@pytest.mark.parametrize("pitch", [45, 57, 69, 76])
def test_notes_are_in_tune(name, pitch):
    note = render_note(INSTRUMENTS[name], pitch, 2.0, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), 1 << 18))
    frequencies = np.fft.rfftfreq(1 << 18, 1 / SAMPLE_RATE)
    expected = 440 * 2 ** ((pitch - 69) / 12)
    near = (frequencies > expected * 0.9) & (frequencies < expected * 1.1)
    cents = 1200 * np.log2(frequencies[near][spectrum[near].argmax()] / expected)
    # vibrato spreads the peak by its own depth
    assert abs(cents) < 5 + INSTRUMENTS[name].vibrato


def test_drums_die_away():
    for drum in DRUMS.values():
        hit = render_drum(drum, np.random.default_rng(0))
        tenth = len(hit) // 10
        assert np.abs(hit[-tenth:]).max() < 0.1 * np.abs(hit[:tenth]).max()


def test_chords_and_voicings():
    assert chord_classes("Cmaj7", 0) == (0, 4, 7, 11)
    assert chord_classes("Bbm7", 2) == (0, 3, 7, 10)
    assert chord_classes("F#5", 0) == (6, 1)
    assert voiced((0, 4, 7), 52) == (60, 52, 55)


def test_patterns_are_one_bar_long():
    assert {len(figure.steps) for figure in FIGURES.values()} == {STEPS}
    assert {len(steps) for beat in BEATS.values() for steps in beat.values()} == {STEPS}
    assert {drum for beat in BEATS.values() for drum in beat} <= set(DRUMS)


def test_genres_name_only_what_exists():
    assert [genre.name for genre in GENRES] == GTZAN_GENRES
    assert list(PRODUCTIONS) == GTZAN_GENRES
    for genre in GENRES:
        assert set(genre.beats) <= set(BEATS)
        assert set(genre.scales) <= set(SCALES)
        assert {*genre.bass_figures, *genre.comp_figures} <= set(FIGURES)
        assert {*genre.bass, *genre.comp, *genre.lead} <= set(INSTRUMENTS)
        for progression in genre.progressions:
            assert all(chord_classes(symbol, 0) for symbol in progression.split())


@pytest.mark.slow
def test_a_linear_baseline_is_above_chance_and_below_perfect(tmp_path):
    """Genres overlap: a dataset on which every model scores 10 % or 100 % would compare nothing."""
    import librosa
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    tracks = generate(tmp_path, load_settings(REPOSITORY / PARAMS).synthetic)
    features = []
    for _, _, path in tracks:
        samples, rate = soundfile.read(tmp_path / path, dtype="float32", stop=15 * SAMPLE_RATE)
        mfcc = librosa.feature.mfcc(y=samples, sr=rate)
        features.append(np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)]))
    genres = [genre for _, genre, _ in tracks]
    baseline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    accuracy = cross_val_score(baseline, np.array(features), genres, cv=5).mean()
    assert 0.60 <= accuracy <= 0.90
