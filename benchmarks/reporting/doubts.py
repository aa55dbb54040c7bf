"""What makes a number one of a network that has not learned, or that had little to learn from."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from benchmarks.scoring.baselines import MAJORITY

# fewer batches an epoch are too few for the running statistics of BatchNorm, and for an optimiser of this schedule
FEW_BATCHES: Final = 10

_NETWORK: Final = ("protocol", "architecture", "framework", "selection")


@dataclass(frozen=True, eq=False)
class Doubts:
    """What casts doubt on the accuracies of a dataset.

    Attributes
    ----------
    differences : DataFrame
        As `benchmarks.scoring.baselines.Baselines`.
    genres : int
        How many genres the dataset has.
    """

    differences: pd.DataFrame
    genres: int

    def at_chance(self, row: Mapping[Hashable, Any]) -> bool:
        """Tell whether a network is not shown to be right more often than chance.

        Chance is the most frequent genre, and one in so many genres: the most frequent one of the training tracks may
        be rare among the test tracks.

        Parameters
        ----------
        row : mapping
            A row of `benchmarks.scoring.results.ScoreTables.results`.
        """
        same = self.differences["baseline"] == MAJORITY
        for name in _NETWORK:
            same &= self.differences[name] == row[name]
        not_above = (self.differences[same]["accuracy_low"] <= 0).any()
        return bool(not_above or row["accuracy_low"] <= 1 / self.genres)

    def words(self, row: Mapping[Hashable, Any]) -> list[str]:
        """Return the marks of a number: ``chance``, ``3 batches``."""
        batches = row["batches"]
        few = [f"{batches} {'batch' if batches == 1 else 'batches'}"] if batches < FEW_BATCHES else []
        return [*(["chance"] if self.at_chance(row) else []), *few]

    def kinds(self, results: pd.DataFrame) -> dict[str, bool]:
        """Return which kinds of mark the rows of a table have: ``chance``, ``batches``."""
        rows = results.to_dict("records")
        few = any(row["batches"] < FEW_BATCHES for row in rows)
        return {"chance": any(map(self.at_chance, rows)), "batches": few}
