"""The published results, as data: what the study claims and the numbers its authors printed elsewhere.

Source: README and notebook of the repository named in `REPOSITORY`. Losses are categorical cross-entropies (natural
logarithm), accuracies fractions of the test tracks, both of one run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True)
class PublishedResult:
    """One printed result of one model.

    Attributes
    ----------
    architecture : str
        The architecture's name in this project.
    model : str
        The model's name as the study prints it.
    loss : float
        Cross-entropy on the test tracks.
    accuracy : float
        Fraction of the test tracks, 0 to 1.
    source : str
        Where it is printed.
    """

    architecture: str
    model: str
    loss: float
    accuracy: float
    source: str


REPOSITORY: Final = "https://github.com/dannylee1020/music-genre-classification"
# The dataset the results are about, and the sizes of its one random split.
DATASET: Final = "gtzan"
# The protocol of params.yaml that does what the study did.
PROTOCOL: Final = "published"
TRAIN_TRACKS: Final = 800
TEST_TRACKS: Final = 200
# the published test labels, y_test.npy, counted
TEST_TRACKS_BY_GENRE: Final = {
    "blues": 13,
    "classical": 27,
    "country": 13,
    "disco": 25,
    "hiphop": 23,
    "jazz": 20,
    "metal": 21,
    "pop": 21,
    "reggae": 15,
    "rock": 22,
}

# What the study's runs were made with, under the keys of params.yaml.
PARAMETERS: Final[dict[str, Any]] = {
    "split": {"kind": "random", "test_share": 0.2, "validation_share": 0, "random_state": 42},
    "features": {"cnn2d": "mel_picture_5s", "cnn_lstm": "mfcc_reshaped_15s"},
    "scaling": "none",
    "schedule": {
        "epochs": 100,
        "batch_size": 32,
        "learning_rate": 0.00025,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
    },
}

_CLAIM_SOURCE = "README, the claim"
_NOTEBOOK = "notebook, last epoch"
_LATER_README = "later README"

CLAIMS: Final = {
    claim.architecture: claim
    for claim in (
        PublishedResult("cnn2d", "2D CNN", 1.36, 0.59, _CLAIM_SOURCE),
        PublishedResult("cnn_lstm", "1D CNN - LSTM", 1.11, 0.63, _CLAIM_SOURCE),
    )
}

# The authors' other runs of the same code: how far one run lies from the next.
OTHER_RESULTS: Final = (
    PublishedResult("cnn2d", "2D CNN", 1.38, 0.575, _NOTEBOOK),
    PublishedResult("cnn_lstm", "1D CNN - LSTM", 1.21, 0.58, _NOTEBOOK),
    PublishedResult("cnn2d", "2D CNN", 1.34, 0.55, _LATER_README),
    PublishedResult("cnn_lstm", "1D CNN - LSTM", 1.12, 0.59, _LATER_README),
)


def deviations(parameters: Mapping[str, Any]) -> list[str]:
    """Say in which settings a run differs from the study's.

    Parameters
    ----------
    parameters : mapping
        The protocol of a run as it is recorded; settings that the study does not have are passed over.
    """
    return [
        f"{key.replace('_', ' ')} {given} instead of {value}"
        for section, settings in PARAMETERS.items()
        for key, value, given in _pairs(section, settings, parameters.get(section, settings))
        if given != value
    ]


def _pairs(section: str, settings: Any, given: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the settings of a section with their names, and what stands in their place."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield key, value, given.get(key, value)
    else:
        yield section, settings, given
