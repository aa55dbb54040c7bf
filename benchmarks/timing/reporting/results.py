"""What a timing left behind, read from pytest-benchmark's file."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, Self

from benchmarks.errors import GenrebenchError


@dataclass(frozen=True)
class Row:
    """One benchmark.

    Attributes
    ----------
    name, group : str
        As pytest-benchmark calls them.
    info : dict
        What the row says about itself (``extra_info``).
    seconds : tuple of float
        Its rounds, in the order they were taken.
    """

    name: str
    group: str
    info: dict[str, Any]
    seconds: tuple[float, ...]

    @cached_property
    def median(self) -> float:
        """The median of the rounds, in s."""
        return median(self.seconds)

    @property
    def doubts(self) -> str | None:
        """Why the row is unreliable; None where it is not."""
        words: str | None = self.info.get("unreliable")
        return words


@dataclass(frozen=True)
class Results:
    """All rows of one occasion, and what pytest-benchmark says of the occasion.

    Attributes
    ----------
    rows : tuple of Row
        In the order of the file.
    machine, commit : dict
        pytest-benchmark's ``machine_info`` and ``commit_info``.
    finished : str
        When, in ISO 8601.
    """

    rows: tuple[Row, ...]
    machine: dict[str, Any]
    commit: dict[str, Any]
    finished: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of pytest-benchmark.

        Raises
        ------
        GenrebenchError
            If it cannot be read or is something else.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            rows = tuple(
                Row(it["name"], it["group"], it["extra_info"], tuple(it["stats"]["data"]))
                for it in content["benchmarks"]
            )
            return cls(rows, content["machine_info"], content["commit_info"], content["datetime"])
        except OSError as error:
            raise GenrebenchError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValueError, KeyError, TypeError):
            raise GenrebenchError(
                f"{path}: not a file of pytest-benchmark with every round in it, as `nox -s timing` writes"
            ) from None

    def group(self, name: str) -> list[Row]:
        """Return the rows of a group."""
        return [row for row in self.rows if row.group == name]

    def find(self, group: str, **facts: object) -> Row | None:
        """Return the row of a group that says these things of itself; None if there is none."""
        for row in self.group(group):
            if facts.items() <= row.info.items():
                return row
        return None

    def implementations(self, group: str) -> list[tuple[str, str]]:
        """Return each (architecture, framework) of a group once."""
        return list(dict.fromkeys((row.info["architecture"], row.info["framework"]) for row in self.group(group)))

    def threads(self) -> list[str]:
        """Return the choices of threads that training was timed on: ``"1"``, ``"all"``."""
        return list(dict.fromkeys(row.info["threads_asked"] for row in self.group("training")))
