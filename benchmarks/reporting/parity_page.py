"""The page ``parity.md``: whether two frameworks train the same model."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from benchmarks import style
from benchmarks.files import write_text
from benchmarks.parity.checks import BY_KEY
from benchmarks.parity.results import RESULTS, read_results
from benchmarks.reporting.facts import versions_table
from benchmarks.reporting.notation import NONE, framework_name, listing, model_name, scientific, short_name
from benchmarks.reporting.provenance import PARITY_PAGE
from benchmarks.reporting.rendering import render
from benchmarks.reporting.tables import markdown

PAGE: Final = "parity.md"
FIGURE: Final = "parity.png"

_COLOURS: Final = {"float64": "#0072B2", "float32": "#D55E00"}
# where a difference of 0, which no logarithm has, is drawn
_EQUAL: Final = 1e-18


def write_parity(reports: Path) -> None:
    """Write ``parity.md`` and its figure from ``parity.json``.

    Parameters
    ----------
    reports : Path
        The folder of reports.

    Raises
    ------
    GenrebenchError
        If there is no ``parity.json``, or it is damaged.
    """
    record = read_results(reports, "values", "versions", "arithmetic")
    rows = record["rows"]
    page = render(
        "parity.md.jinja",
        summary=parity_summary(record),
        figure=FIGURE,
        setting=record["setting"],
        shapes=listing(
            [
                f"{model_name(it)} {' x '.join(map(str, shape))}"
                for it, shape in record["setting"]["input_shapes"].items()
            ]
        ),
        tables=_tables(rows),
        reasons=_reasons(rows),
        values=_values(record["values"]),
        arithmetic=record["arithmetic"],
        results=RESULTS,
        provenance=PARITY_PAGE,
        versions=versions_table({name: [version] for name, version in record["versions"].items()}),
    )
    with style.figure_style():
        style.save(parity_figure(rows), reports / FIGURE)
    write_text(reports / PAGE, page)


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
        f"**In float64, {names} train the same model:** every check agrees to {_scientific(worst)} or better, through "
        f"{record['setting']['steps']} steps of Adam (bound {_scientific(bound)}). In float32, "
        f"{len(single) - measured} comparisons are within their bounds, and {measured}, after training for many steps, "
        "are measured only."
    )


def failures(record: dict[str, Any]) -> list[str]:
    """Name every comparison that is beyond its bound.

    Parameters
    ----------
    record : dict
        The content of ``parity.json``.
    """
    return [
        f"{model_name(it['architecture'])}, check {BY_KEY[it['check']].number} ({BY_KEY[it['check']].what}), "
        f"{it['precision']}"
        for it in record["rows"]
        if not it["within"]
    ]


def _tables(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "title": f"{model_name(architecture)}: {framework_name(first)} and {framework_name(second)}",
            "differences": _table(members),
            "rounding": _rounding(members),
        }
        for (architecture, first, second), members in _pairs(rows).items()
    ]


def _pairs(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["architecture"], row["first"], row["second"]), []).append(row)
    return groups


def parity_figure(rows: Sequence[dict[str, Any]]) -> Figure:
    """Draw every difference and its bound on a logarithmic scale, a panel an architecture and pair of frameworks.

    Parameters
    ----------
    rows : sequence of dict
        ``rows`` of ``parity.json``.
    """
    pairs = _pairs(rows)
    checks = list(dict.fromkeys(row["check"] for row in rows))
    figure = Figure(figsize=(4 + 3 * len(pairs), 1.6 + 0.27 * len(checks)))
    panels = figure.subplots(1, len(pairs), sharex=True, sharey=True, squeeze=False)[0]
    for axes, ((architecture, first, second), members) in zip(panels, pairs.items(), strict=True):
        for row in members:
            _draw(axes, row, -checks.index(row["check"]))
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))
        axes.set_title(f"{short_name(architecture)}: {framework_name(first)} and {framework_name(second)}")
        axes.set_xlabel("Largest difference, relative")
    panels[0].set_yticks([-place for place in range(len(checks))], [BY_KEY[it].what for it in checks])
    figure.suptitle("How far the frameworks lie apart, from the same weights and inputs")
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", label=f"{name}, difference")
        for name, colour in _COLOURS.items()
    ]
    handles += [
        Line2D([], [], color="#555555", marker="|", markersize=9, linestyle="", label="bound"),
        Line2D([], [], color="#555555", marker="<", linestyle="", label="equal in every bit"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _draw(axes: Axes, row: dict[str, Any], height: float) -> None:
    """Draw one difference, with its bound where it has one."""
    colour = _COLOURS[row["precision"]]
    place = height + (0.15 if row["precision"] == "float64" else -0.15)
    if row["bound"]:
        axes.plot(row["bound"], place, "|", color=colour, markersize=9)
    if row["difference"]:
        axes.plot(row["difference"], place, "o", color=colour, markersize=4)
    elif row["difference"] == 0:
        axes.plot(_EQUAL, place, "<", color=colour, markersize=4)


def _table(rows: Iterable[dict[str, Any]]) -> str:
    lines: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda it: it["precision"], reverse=True):
        check = BY_KEY[row["check"]]
        line = lines.setdefault(check.key, {"Check": str(check.number), "Compared": check.what})
        line[f"{row['precision']}"] = _difference(row)
        line[f"bound, {row['precision']}"] = _scientific(row["bound"])
    return markdown([*lines.values()], left=2)


def _rounding(rows: Iterable[dict[str, Any]]) -> str:
    """Show how far float32 lies from float64 inside each framework."""
    lines: dict[str, dict[str, str]] = {}
    for row in (row for row in rows if row.get("rounding")):
        check = BY_KEY[row["check"]]
        line = lines.setdefault(check.key, {"Check": str(check.number), "Compared": check.what})
        line |= {framework_name(it): _scientific(apart) for it, apart in row["rounding"].items()}
    return markdown([*lines.values()], left=2) if lines else ""


def _difference(row: dict[str, Any]) -> str:
    if row["within"]:
        return _scientific(row["difference"])
    value = "not a number" if row["difference"] is None else _scientific(row["difference"])
    return f"**{value}, beyond** (`{row['group']}`)"


def _scientific(value: float | None) -> str:
    return NONE if value is None else scientific(value)


def _reasons(rows: Iterable[dict[str, Any]]) -> str:
    expected = dict.fromkeys(BY_KEY[row["check"]].float32 for row in rows)
    ordered = sorted((it for it in expected if it), key=lambda it: math.inf if it.bound is None else it.bound)
    return "\n".join(
        f"- **{'Not bounded' if it.bound is None else _scientific(it.bound)}**: {it.reason}." for it in ordered
    )


def _values(counts: Iterable[dict[str, Any]]) -> str:
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
    return markdown(rows, left=2)
