"""The feature sets that there are: those of everybody, one entry here each, and those that a study brings."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import GenrebenchError
from benchmarks.features.feature_set import FeatureSet, read_excerpt
from benchmarks.features.log_mel import log_mel
from benchmarks.features.mfcc import mfcc
from benchmarks.features.windows import of_windows
from benchmarks.settings import Settings
from benchmarks.studies.protocol import Windows
from benchmarks.studies.study import defined_in, study_folders

_LOG_MEL: Final = "the log-mel spectrogram of the first {} s, one channel"
_MFCC: Final = "the MFCC of the first {} s, in the order of time"
# those of everybody
SHARED: Final = (
    FeatureSet("log_mel_3s", 3.0, (128, 128, 1), log_mel, _LOG_MEL.format(3)),
    FeatureSet("log_mel_5s", 5.0, (128, 128, 1), log_mel, _LOG_MEL.format(5)),
    FeatureSet("log_mel_15s", 15.0, (128, 128, 1), log_mel, _LOG_MEL.format(15)),
    FeatureSet("log_mel_29s", 29.0, (128, 128, 1), log_mel, _LOG_MEL.format(29)),
    FeatureSet("mfcc_3s", 3.0, (130, 20), mfcc, _MFCC.format(3)),
    FeatureSet("mfcc_15s", 15.0, (646, 20), mfcc, _MFCC.format(15)),
    FeatureSet("mfcc_29s", 29.0, (1249, 20), mfcc, _MFCC.format(29)),
)
# what a study's folder may hold: a module with FEATURE_SETS, a tuple of FeatureSet
MODULE: Final = "features.py"


def feature_sets() -> Mapping[str, FeatureSet]:
    """Return every feature set by its name.

    Raises
    ------
    GenrebenchError
        If a study's module cannot be loaded, or brings a name that there is already.
    """
    return _all(tuple(study_folders().values()))


@lru_cache(maxsize=4)
def _all(studies: tuple[Path, ...]) -> Mapping[str, FeatureSet]:
    found = {one.name: one for one in SHARED}
    for folder in studies:
        for one in sets_of_study(folder):
            if one.name in found:
                raise GenrebenchError(
                    f"{folder / MODULE}: there is a feature set {one.name!r} already; choose another name"
                )
            found[one.name] = one
    return found


def sets_of_study(folder: Path) -> tuple[FeatureSet, ...]:
    """Return the feature sets that a study brings in its folder.

    Raises
    ------
    GenrebenchError
        If its module cannot be loaded.
    """
    path = folder / MODULE
    sets: tuple[FeatureSet, ...] = defined_in(path, "FEATURE_SETS") if path.is_file() else ()
    return sets


def require_feature_sets(settings: Settings) -> None:
    """Check that there is every feature set that protocols of a study and of params.yaml name.

    Raises
    ------
    GenrebenchError
        If there is none of a name; the message says where it stands.
    """
    known = feature_sets()
    ladder = settings.ablation
    asked: dict[str, Any] = {f"protocols.{key}": it.features for key, it in settings.protocols.items()}
    asked |= {f"ablation.steps.{key}": change.get("features") for key, change in ladder.steps.items()}
    asked |= {f"ablation.windows_split.{key}": change.get("features") for key, change in ladder.windows_split.items()}
    for place, features in asked.items():
        # what is no mapping is told where the step is made
        for architecture, name in features.items() if isinstance(features, Mapping) else ():
            if name not in known:
                raise GenrebenchError(
                    f"study {settings.report.study}: {place}.features.{architecture}: no feature set {name!r}; there "
                    f"are: {', '.join(known)}"
                )


def track_features(path: Path, names: tuple[str, ...]) -> list[NDArray[np.float32]]:
    """Return the arrays of one track, one a name; sets of as many seconds share one reading of the file.

    Raises
    ------
    GenrebenchError
        If a feature set does not exist, or the track cannot be read or is too short for one.
    """
    sets = [feature_set(name) for name in names]
    signals = {seconds: read_excerpt(path, seconds) for seconds in {one.seconds for one in sets}}
    return [one.of_signal(signals[one.seconds], path) for one in sets]


def feature_set(name: str) -> FeatureSet:
    """Return a feature set by its name.

    Parameters
    ----------
    name : str
        Of one of `feature_sets`, or of the windows of one, see `benchmarks.studies.protocol.Windows.of`.

    Raises
    ------
    GenrebenchError
        If there is none; the message lists those that there are.
    """
    sets = feature_sets()
    if name in sets:
        return sets[name]
    if cut := Windows.named(name):
        return of_windows(feature_set(cut[0]), cut[1])
    raise GenrebenchError(f"no feature set {name!r}; there are: {', '.join(sets)}")
