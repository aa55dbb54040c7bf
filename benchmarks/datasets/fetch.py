"""From a dataset's name to its audio and its manifest."""

from importlib import import_module
from pathlib import Path

from benchmarks.datasets.kinds import KINDS
from benchmarks.datasets.manifest import Manifest
from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing
from benchmarks.paths import audio_folder, manifest_path
from benchmarks.settings import Settings


def fetch(name: str, settings: Settings) -> Manifest:
    """Make ``data/<name>/audio`` and ``data/<name>/manifest.json``, or leave what was there before.

    A folder of the user's own audio is read where it is: it gets a manifest only.

    Parameters
    ----------
    name : str
        A dataset: ``gtzan``, ``gtzan-mini``, ``synthetic``, or a name in `settings.subsets` or `settings.folders`.
    settings : Settings
        The content of params.yaml.

    Returns
    -------
    Manifest
        The manifest as written.

    Raises
    ------
    GenrebenchError
        If there is no such dataset, or its audio cannot be had or used.
    """
    _require_dataset(name, settings)
    if name in settings.folders:
        from benchmarks.datasets import folder

        manifest = folder.provide(name, audio_root(name, settings))
        manifest.write(manifest_path(name))
        return manifest
    with replacing(manifest_path(name)) as new_manifest, replacing(audio_folder(name)) as new_audio:
        new_audio.mkdir()
        manifest = _provide(name, settings, new_audio)
        manifest.write(new_manifest)
    return manifest


def audio_root(name: str, settings: Settings) -> Path:
    """Return the folder that the paths in a dataset's manifest are relative to.

    Raises
    ------
    GenrebenchError
        If there is no such dataset.
    """
    _require_dataset(name, settings)
    return Path(settings.folders[name]) if name in settings.folders else audio_folder(name)


def _provide(name: str, settings: Settings, audio: Path) -> Manifest:
    subset = settings.subsets.get(name)
    kind = subset.of if subset else name
    # imported when it is asked for: it may load audio and network libraries
    provide = import_module(str(KINDS[kind].module)).provide
    manifest: Manifest = provide(name, audio, settings, subset.genres if subset else None)
    return manifest


def _require_dataset(name: str, settings: Settings) -> None:
    if name not in settings.datasets:
        raise GenrebenchError(
            f"{name!r} is no dataset; legal: {', '.join(settings.datasets)}; subsets and folders are added in "
            "params.yaml"
        )
