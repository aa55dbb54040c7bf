import io
from pathlib import Path

import grimp
import numpy as np
import pytest
import soundfile

from benchmarks.datasets.manifest import Manifest, Track
from benchmarks.errors import GenrebenchError
from benchmarks.features.cache import make_features, open_features
from benchmarks.features.code import feature_code
from benchmarks.features.feature_set import FeatureSet
from benchmarks.features.sets import feature_set, feature_sets
from implementations.architectures import ARCHITECTURES
from tests.builders import STUDY, folder_bytes

NAMES = tuple(sorted(feature_sets()))
RATES = {"a.0": (22050, 1), "a.1": (44100, 2), "b.0": (16000, 1), "b.1": (22050, 1)}


def write_tracks(folder: Path, seconds: float = 30.0) -> Manifest:
    tracks = []
    for number, (track_id, (rate, channels)) in enumerate(RATES.items()):
        samples = np.random.default_rng(number).normal(0, 0.1, (int(seconds * rate), channels))
        soundfile.write(folder / f"{track_id}.wav", samples, rate)
        facts = {"duration": seconds, "sample_rate": rate, "channels": channels, "pcm_md5": f"{number:032x}"}
        left_out = {"status": "left_out", "reason": "a test"} if track_id == "a.1" else {}
        tracks.append(Track(id=track_id, genre=track_id[0], path=f"{track_id}.wav", **facts, **left_out))
    return Manifest(dataset="tiny", kind="folder", source="a test", tracks=tuple(tracks))


def test_rows_are_the_used_tracks_whatever_the_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = write_tracks(tmp_path)
    for workers in ("1", "2"):
        monkeypatch.setenv("GENREBENCH_WORKERS", workers)
        make_features(manifest, tmp_path, NAMES, tmp_path / workers)
    assert folder_bytes(tmp_path / "1") == folder_bytes(tmp_path / "2")
    for name in NAMES:
        array = open_features(tmp_path / "1", name, manifest)
        file = io.BytesIO()
        np.save(file, array)
        assert (tmp_path / "1" / f"{name}.npy").read_bytes() == file.getvalue()
        assert array.shape == (3, *feature_sets()[name].shape)
        assert array.dtype == np.float32
        assert isinstance(array, np.memmap)
        for row, track in zip(array, manifest.used, strict=True):
            # here libraries use as many threads as they like, in the workers one
            np.testing.assert_array_equal(row, feature_sets()[name].of(tmp_path / track.path))


@pytest.mark.parametrize("name", NAMES)
def test_too_short_a_track_is_named(tmp_path: Path, name: str) -> None:
    seconds = feature_sets()[name].seconds
    write_tracks(tmp_path, seconds - 0.5)
    for track_id in RATES:
        words = rf"{track_id}\.wav: {seconds - 0.5:.2f} s long, {name} needs {seconds:g} s"
        with pytest.raises(GenrebenchError, match=words):
            feature_sets()[name].of(tmp_path / f"{track_id}.wav")


def test_too_short_a_track_leaves_nothing(tmp_path: Path) -> None:
    manifest = write_tracks(tmp_path, 2.5)
    with pytest.raises(GenrebenchError, match=r"[ab]\.[01]\.wav: 2\.50 s long, mfcc_3s needs 3 s"):
        make_features(manifest, tmp_path, ("mfcc_3s",), tmp_path / "features")
    assert not list(tmp_path.glob("*features*"))


@pytest.mark.parametrize("content", [None, b"no audio"])
def test_a_track_that_cannot_be_read_any_more_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.0.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GenrebenchError, match=r"a\.0\.wav: cannot be read any more .* fetch the dataset again"):
        feature_sets()["mfcc_15s"].of(path)


def test_features_of_other_tracks_are_refused(tmp_path: Path) -> None:
    manifest = write_tracks(tmp_path)
    make_features(manifest, tmp_path, ("mfcc_backwards_15s",), tmp_path / "features")
    fewer = manifest.model_copy(update={"tracks": manifest.tracks[:-1]})
    with pytest.raises(GenrebenchError, match="made from other tracks than the manifest lists"):
        open_features(tmp_path / "features", "mfcc_backwards_15s", fewer)


def test_missing_and_damaged_features_say_how_to_make_them(tmp_path: Path) -> None:
    manifest = write_tracks(tmp_path)
    with pytest.raises(GenrebenchError, match="python -m benchmarks features --dataset tiny"):
        open_features(tmp_path / "features", "mfcc_backwards_15s", manifest)
    make_features(manifest, tmp_path, ("mfcc_backwards_15s",), tmp_path / "features")
    path = tmp_path / "features" / "mfcc_backwards_15s.npy"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(GenrebenchError, match="cannot be opened"):
        open_features(tmp_path / "features", "mfcc_backwards_15s", manifest)


def test_unknown_feature_set_lists_the_known() -> None:
    with pytest.raises(GenrebenchError, match=f"no feature set 'chroma'; there are: {', '.join(feature_sets())}"):
        feature_set("chroma")


def test_every_architecture_of_the_study_has_a_feature_set_of_its_input_shape() -> None:
    shapes = {one.shape for one in feature_sets().values()}
    assert {ARCHITECTURES[name].input_shape for name in STUDY.architectures} <= shapes


def loudest(path: Path, value: float, channels: int = 1) -> Path:
    """Write quiet noise with one sample of a value, or one in each channel."""
    samples = np.random.default_rng(0).normal(0, 0.1, (30 * 22050, channels)).astype(np.float32)
    samples[5000] = value
    soundfile.write(path, samples, 22050, subtype="FLOAT")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_features_that_are_no_finite_numbers_are_refused(tmp_path: Path, name: str) -> None:
    for value in (3e25, -3e38):
        path = loudest(tmp_path / "a.wav", value)
        words = rf"{path}: values of {name} are no finite numbers; the loudest sample is 3e\+"
        with pytest.raises(GenrebenchError, match=words):
            feature_sets()[name].of(path)


def test_one_such_track_leaves_no_features(tmp_path: Path) -> None:
    manifest = write_tracks(tmp_path)
    loudest(tmp_path / "b.0.wav", 3e25)
    with pytest.raises(GenrebenchError, match=r"b\.0\.wav: values of mfcc_15s are no finite numbers"):
        make_features(manifest, tmp_path, ("mfcc_15s",), tmp_path / "features")
    assert not list(tmp_path.glob("*features*"))


def test_a_mean_of_channels_that_is_no_finite_number_is_named(tmp_path: Path) -> None:
    path = loudest(tmp_path / "a.wav", 3e38, channels=2)
    with pytest.raises(GenrebenchError, match=rf"{path}: holds samples that are no numbers, or too large to compute"):
        feature_sets()["mfcc_15s"].of(path)


def test_a_feature_set_of_one_s_own_is_checked_too(tmp_path: Path) -> None:
    def loudness(signal: np.ndarray) -> np.ndarray:
        return np.log(np.abs(signal[:10]))

    with pytest.raises(GenrebenchError, match=r"silence: values of loudness are no finite numbers"):
        FeatureSet("loudness", 1.0, (10,), loudness, "a test").of_signal(np.zeros(22050, np.float32), Path("silence"))


def test_all_code_that_features_go_through_is_known() -> None:
    graph = grimp.build_graph("benchmarks", "implementations", exclude_type_checking_imports=True)
    # say how a feature set is named, kept or asked for, and change none
    without = ("errors", "settings", "paths", "files", "arrays", "configuration", "studies", "processes.parallel_map")
    seen: set[str] = set()
    ahead = {"benchmarks.features.sets", "benchmarks.processes.environment"}
    while ahead:
        module = ahead.pop()
        seen.add(module)
        found = {it for it in graph.find_modules_directly_imported_by(module) if it.startswith("benchmarks.")}
        ahead |= {it for it in found - seen if not it.removeprefix("benchmarks.").startswith(without)}
    files = {f"{module.replace('.', '/')}.py" for module in seen}
    assert files <= feature_code().keys()
