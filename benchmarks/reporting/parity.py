"""The page ``parity.md``: the ladder and the study's own weights."""

import json
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from benchmarks.errors import GenrebenchError
from benchmarks.files import write_text
from benchmarks.parity.results import RESULTS
from benchmarks.parity.rungs import BY_KEY
from benchmarks.published.evaluation import FILE as PUBLISHED_WEIGHTS
from benchmarks.reporting.facts import versions_table
from benchmarks.reporting.provenance import PARITY_PAGE
from benchmarks.reporting.published_weights import published_weights_section
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import NONE, framework_name, listing, model_name
from benchmarks.verification.record import RECORD as DIGESTS
from benchmarks.verification.record import parse_record

PAGE: Final = "parity.md"

_WHAT = """\
Each framework ran in a process of its own and saved arrays; this page compares the arrays. All of them start from the
same weights and see the same inputs in the same order. The weights are the initial ones of a run, with every bias,
scale and running statistic stirred, so that nothing out of place can hide behind zeros and ones. Dropout is off: each
framework draws its own masks. Tests check their rates, their scaling and their independence.

float64 is what proves it: there, two programs that do the same differ in the last digits only, and two that do not,
by an epsilon in another place for instance, differ by far more than the bound. float32 is what the study's runs use."""

_READING = """\
- **Difference** is the largest difference of two values, divided by the largest value of its layer or array. Changes
  of weights are compared, not weights: what training did, not where it began.
- **0** means that every value is the same.
- Biases in front of a BatchNorm are apart and their differences absolute: BatchNorm takes them away again, so their
  gradient is 0, and what a framework computes for it is rounding.
- **float32 against its own float64** says how much rounding changes this number inside one framework. It says nothing
  about whether a kernel for float32 is right: the bounds of rungs 2, 3 and 7 do.
- A dash for a bound: measured, and not bounded."""

_AGAIN = """\
```sh
python -m nox -s parity                               # the ladder, from a fresh checkout
python -m benchmarks parity                           # the same, inside a ready environment
python -m benchmarks published --dataset gtzan-mini   # the study's own weights, once the features are made
```"""


def write_parity(reports: Path) -> None:
    """Write ``parity.md`` from ``parity.json`` and every dataset's ``published-weights.json``.

    Parameters
    ----------
    reports : Path
        The folder of reports.

    Raises
    ------
    GenrebenchError
        If there is no ``parity.json``.
    """
    try:
        record = json.loads((reports / RESULTS).read_text(encoding="utf-8"))
        record["rows"], record["values"], record["ladder"], record["versions"], record["arithmetic"]
    except FileNotFoundError:
        raise GenrebenchError(f"{reports / RESULTS}: no such file; make it with: python -m nox -s parity") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GenrebenchError(
            f"{reports / RESULTS}: damaged, or of an earlier version ({error}); make it with: python -m nox -s parity"
        ) from None
    weights = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(reports.glob(f"*/{PUBLISHED_WEIGHTS}"))]
    parts = [
        "# Parity",
        parity_summary(record),
        "## What is compared",
        _WHAT,
        _ladder_words(record["ladder"]),
        *_tables(record["rows"]),
        "## How to read it",
        _READING,
        "## Why the bounds of float32 are what they are",
        _reasons(record["rows"]),
        "## What a framework holds besides",
        *_values(record["values"]),
        *published_weights_section(weights, _features_now(reports)),
        "## How it was made",
        *_made(record),
    ]
    write_text(reports / PAGE, "\n\n".join(parts) + "\n")


def _features_now(reports: Path) -> dict[str, dict[str, str]]:
    """Return the digests of every dataset's feature sets that its record holds now."""
    paths = sorted(reports.glob(f"*/{DIGESTS}"))
    records = (parse_record(path.read_text(encoding="utf-8", errors="replace"), str(path)) for path in paths)
    return {record["dataset"]: record["features"] for record in records}


def update_parity(reports: Path) -> None:
    """Write the page again where the ladder has been climbed: the study's own weights have been run."""
    if (reports / RESULTS).is_file():
        # a report does not need the parity ladder to be whole; the command that makes it says what is wrong with it
        with suppress(GenrebenchError):
            write_parity(reports)


def parity_summary(record: dict[str, Any]) -> str:
    """Say in a sentence or two whether the frameworks train the same model.

    Parameters
    ----------
    record : dict
        The content of ``parity.json``.
    """
    rows = record["rows"]
    names = listing([framework_name(name) for name in dict.fromkeys(it[k] for it in rows for k in ("first", "second"))])
    beyond = [it for it in rows if not it["within"]]
    if beyond:
        return (
            f"**Not proven: {len(beyond)} of {len(rows)} comparisons of {names} are beyond their bound:** "
            f"{listing(failures(record))}."
        )
    exact = [it for it in rows if it["precision"] == "float64"]
    worst = max(it["difference"] for it in exact)
    bound = max(it["bound"] for it in exact)
    single = [it for it in rows if it["precision"] == "float32"]
    measured = sum(it["bound"] is None for it in single)
    return (
        f"**In float64, {names} train the same model:** every rung agrees to {_scientific(worst)} or better, through "
        f"{record['ladder']['steps']} steps of Adam (bound {_scientific(bound)}). In float32, {len(single) - measured} "
        f"comparisons are within their bounds, and {measured}, after training for many steps, are measured only."
    )


def failures(record: dict[str, Any]) -> list[str]:
    """Name every comparison that is beyond its bound.

    Parameters
    ----------
    record : dict
        The content of ``parity.json``.
    """
    return [
        f"{model_name(it['architecture'])}, rung {BY_KEY[it['rung']].number} ({BY_KEY[it['rung']].what}), "
        f"{it['precision']}"
        for it in record["rows"]
        if not it["within"]
    ]


def _ladder_words(ladder: dict[str, Any]) -> str:
    adam = ladder["adam"]
    shapes = [f"{model_name(name)} {' x '.join(map(str, shape))}" for name, shape in ladder["input_shapes"].items()]
    return (
        f"Inputs have the registered shapes: {listing(shapes)}. An epoch is {ladder['steps']} steps, as in the study, "
        f"on {ladder['tracks']} generated tracks of "
        f"{ladder['classes']} classes in batches of {ladder['batch_size']} (the study's: 32); the last batch is short. "
        f"SGD: learning rate {ladder['sgd']['learning_rate']:g}. Adam, as the study has it: learning rate "
        f"{adam['learning_rate']:g}, beta 1 {adam['beta_1']:g}, beta 2 {adam['beta_2']:g}, epsilon {adam['epsilon']:g}."
    )


def _tables(rows: Sequence[dict[str, Any]]) -> list[str]:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["architecture"], row["first"], row["second"]), []).append(row)
    parts = []
    for (architecture, first, second), members in groups.items():
        parts += [
            f"## {model_name(architecture)}: {framework_name(first)} and {framework_name(second)}",
            _table(members),
        ]
    return parts


def _table(rows: Iterable[dict[str, Any]]) -> str:
    lines: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda it: it["precision"], reverse=True):
        rung = BY_KEY[row["rung"]]
        line = lines.setdefault(rung.key, {"Rung": str(rung.number), "Compared": rung.what})
        line[f"{row['precision']}:<br>difference"] = _difference(row)
        line[f"{row['precision']}:<br>bound"] = _scientific(row["bound"])
        for framework, apart in row.get("rounding", {}).items():
            line[f"float32 against its own float64:<br>{framework_name(framework)}"] = _scientific(apart)
    return markdown([*lines.values()], left=2)


def _difference(row: dict[str, Any]) -> str:
    if row["within"]:
        return _scientific(row["difference"])
    value = "not a number" if row["difference"] is None else _scientific(row["difference"])
    return f"**{value}, beyond** (`{row['group']}`)"


def _scientific(value: float | None) -> str:
    if not value:
        return NONE if value is None else "0"
    return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-").replace("e+00", "")


def _reasons(rows: Iterable[dict[str, Any]]) -> str:
    expected = dict.fromkeys(BY_KEY[row["rung"]].float32 for row in rows)
    ordered = sorted((it for it in expected if it), key=lambda it: math.inf if it.bound is None else it.bound)
    return "\n".join(
        f"- **{'Not bounded' if it.bound is None else _scientific(it.bound)}**: {it.reason}." for it in ordered
    )


def _values(counts: Iterable[dict[str, Any]]) -> list[str]:
    rows = [
        {
            "Model": model_name(it["architecture"]),
            "Framework": framework_name(it["framework"]),
            "Trained weights": f"{it['trained']:,}",
            "Running statistics": f"{it['running']:,}",
            "Its own bookkeeping": f"{it['fixed']:,}",
        }
        for it in counts
    ]
    return [
        markdown(rows, left=2),
        (
            "Bookkeeping has no canonical weight and takes no part in the result. PyTorch's BatchNorm has a counter. "
            "PyTorch's LSTM adds up two biases: one is trained, the other stays 0. Keras's LSTM keeps the state of a "
            "random generator for a dropout of its own, which is not used."
        ),
    ]


def _made(record: dict[str, Any]) -> list[str]:
    facts = [
        f"Every number of the ladder: [{RESULTS}]({RESULTS}).",
        f"Arithmetic: {record['arithmetic']}. Each process works on one thread.",
        f"Where and when: [{PARITY_PAGE}]({PARITY_PAGE}).",
    ]
    versions = {name: [version] for name, version in record["versions"].items()}
    return ["\n".join(f"- {fact}" for fact in facts), versions_table(versions), "### Make it again", _AGAIN]
