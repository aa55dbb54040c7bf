"""What a timing left behind, read from pytest-benchmark's file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.errors import GenrebenchError
from benchmarks.timing import FORMAT
from benchmarks.timing.reporting.estimates import Estimate, ratio


@dataclass(frozen=True)
class Row:
    """What was timed: a benchmark, or what took turns beside it.

    Attributes
    ----------
    name, group : str
        As pytest-benchmark calls the benchmark; of what stood beside it the name with that of the companion.
    info : dict
        What the row says about itself (``extra_info``).
    seconds : tuple of float
        Its rounds, in the order they were taken.
    """

    name: str
    group: str
    info: dict[str, Any]
    seconds: tuple[float, ...]

    @property
    def estimate(self) -> Estimate:
        """What the rounds say, in s."""
        return Estimate.of(self.seconds)

    @property
    def speed(self) -> Estimate:
        """The tracks that all jobs of the row, or its one, get through in a second."""
        return Estimate.of([self.info.get("jobs", 1) * self.info["tracks"] / it for it in self.seconds])

    @property
    def limits(self) -> tuple[float, ...] | None:
        """For every round, how long the arithmetic takes at the speed of a matrix product, in s; None if not known."""
        gflop = self.info.get("gflop")
        return tuple(gflop / rate for rate in self.info["matrix_product_gflops"]) if gflop else None


@dataclass(frozen=True)
class Results:
    """All rows of one occasion, and what pytest-benchmark says of the occasion.

    Attributes
    ----------
    rows : tuple of Row
        In the order of the file, behind every benchmark what stood beside it.
    content : tuple of dict
        The benchmarks as the file has them.
    machine, commit : dict
        pytest-benchmark's ``machine_info`` and ``commit_info``.
    finished : str
        When, in ISO 8601.
    """

    rows: tuple[Row, ...]
    content: tuple[dict[str, Any], ...]
    machine: dict[str, Any]
    commit: dict[str, Any]
    finished: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of pytest-benchmark.

        Raises
        ------
        GenrebenchError
            If it cannot be read, is something else, or is of a format that is no longer read.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            rows = tuple(row for it in content["benchmarks"] for row in _rows(it))
            found = cls(
                rows, tuple(content["benchmarks"]), content["machine_info"], content["commit_info"], content["datetime"]
            )
        except OSError as error:
            raise GenrebenchError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise GenrebenchError(
                f"{path}: not a file of pytest-benchmark with every round in it, as `nox -s timing` writes"
            ) from None
        # the first format had no number
        if (written_in := content.get("format", 1)) != FORMAT:
            raise GenrebenchError(
                f"{path}: its format is {written_in}, this version of genrebench reads {FORMAT}; time again with: "
                "python -m nox -s timing"
            )
        return found

    def group(self, name: str) -> list[Row]:
        """Return the rows of a group."""
        return [row for row in self.rows if row.group == name]

    def find(self, group: str, **facts: object) -> Row | None:
        """Return the row of a group that says these things of itself; None if there is none."""
        for row in self.group(group):
            if facts.items() <= row.info.items():
                return row
        return None

    def pair(self, group: str, **facts: object) -> tuple[Row | None, Row | None]:
        """Return the rows of a group, of stock code and of this project, that say these things of themselves."""
        return self.find(group, **facts, variant="stock"), self.find(group, **facts, variant="tuned")

    def implementations(self, group: str) -> list[tuple[str, str]]:
        """Return each (architecture, framework) of a group once."""
        return list(dict.fromkeys((row.info["architecture"], row.info["framework"]) for row in self.group(group)))

    @property
    def cores(self) -> int:
        """How many threads training was timed on, and what else takes all cores."""
        return int(self.group("training")[0].info["threads"])


def _rows(benchmark: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the row of a benchmark, then those of what was timed beside it."""
    info = {**benchmark["extra_info"]}
    beside = info.pop("beside", {})
    yield Row(benchmark["name"], benchmark["group"], info, tuple(benchmark["stats"]["data"]))
    for name, told in beside.items():
        facts = {"matrix_product_gflops": info.get("matrix_product_gflops"), **told}
        yield Row(f"{benchmark['name']} {name}", benchmark["group"], facts, tuple(facts.pop("seconds")))


def names(made: tuple[str, str]) -> dict[str, str]:
    """Return what every row of an implementation says of itself."""
    return dict(zip(("architecture", "framework"), made, strict=True))


def times_as_fast(stock: Row | None, tuned: Row | None) -> Estimate | None:
    """Return how many times as fast as stock code this project is; None where one of them was not timed."""
    return ratio(stock.seconds, tuned.seconds) if stock and tuned else None


def times_the_limit(row: Row | None) -> Estimate | None:
    """Return how many times as long as its arithmetic something takes; None where that is not known."""
    return ratio(row.seconds, row.limits) if row and row.limits else None
