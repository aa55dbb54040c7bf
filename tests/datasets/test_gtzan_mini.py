import pytest

from benchmarks.datasets import gtzan_mini
from benchmarks.datasets.fetch import fetch
from benchmarks.datasets.gtzan_tracks import known_tracks
from benchmarks.errors import GenrebenchError


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")


def test_the_real_archive_decodes_to_the_known_samples(shared, monkeypatch, settings_with):
    monkeypatch.setenv("GENREBENCH_MIRROR", str(shared))
    manifest = fetch("gtzan-mini", settings_with())
    known = known_tracks()
    assert len(manifest.used) == 100
    assert all(track.pcm_md5 == known[track.id].pcm_md5 for track in manifest.used)
    assert {(track.sample_rate, track.channels) for track in manifest.used} == {(22050, 1)}
    jazz = [track.id for track in manifest.used if track.genre == "jazz"]
    assert jazz == [f"jazz.{number:05}" for number in (0, 1, 2, 4, 5, 6, 7, 8, 11, 12)]
    assert manifest.source == (
        "gtzan_mini-main.zip, sha256 94f7d74294b052c0bdc4d466b7e3b6309a6469cb0f61fe3ca47ccb265c6da4bf; "
        "100 of the 100 tracks with a known digest equal the original"
    )


def test_the_samples_of_every_track_are_known():
    assert len(gtzan_mini.tracks()) == 100
    assert all(track.pcm_md5 for track in gtzan_mini.tracks().values())


def test_another_archive_of_that_name_is_refused(tmp_path, monkeypatch, settings_with):
    (tmp_path / "gtzan_mini-main.zip").write_bytes(b"PK and so on")
    monkeypatch.setenv("GENREBENCH_MIRROR", str(tmp_path))
    with pytest.raises(GenrebenchError, match=r"gtzan_mini-main\.zip: sha256 is \w{64}, expected 94f7d7"):
        fetch("gtzan-mini", settings_with())
