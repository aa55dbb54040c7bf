"""The published results, as data: what the study claims and the numbers its authors printed elsewhere.

Source: README and notebook of the repository named in `REPOSITORY`. Losses are categorical cross-entropies (natural
logarithm), accuracies fractions of the test tracks, both of one run.
"""

from dataclasses import dataclass
from typing import Final


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
TRAIN_TRACKS: Final = 800
TEST_TRACKS: Final = 200

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
