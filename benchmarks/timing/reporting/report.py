"""From pytest-benchmark's file to the timing report: numbers here, words in ``templates/timing.md.jinja``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.files import write_text
from benchmarks.reporting.facts import git_words, machine_words, versions_table
from benchmarks.reporting.rendering import render
from benchmarks.settings import Settings
from benchmarks.studies.study import Bars
from benchmarks.style import figure_style, save
from benchmarks.timing import RESULTS
from benchmarks.timing.reporting.bars import CORES, verdicts
from benchmarks.timing.reporting.estimates import coverage, rank
from benchmarks.timing.reporting.figures import COLUMNS, batch_sizes_figure
from benchmarks.timing.reporting.results import Results, names, times_as_fast, times_the_limit
from benchmarks.timing.reporting.studies import planned_studies, predict
from benchmarks.timing.reporting.tables import (
    bars_table,
    cold_start_table,
    duration,
    features_table,
    jobs_table,
    memory_table,
    range_words,
    significant,
    studies_table,
    training_table,
)

FIGURE: Final = "figures/batch_sizes.png"

# by the group of rows that each is about
_TABLES: Final[dict[str, Callable[[Results], str]]] = {
    "training": training_table,
    "jobs": jobs_table,
    "features": features_table,
    "memory": memory_table,
    "cold start": cold_start_table,
}


def write_report(folder: Path, settings: Settings) -> None:
    """Write ``README.md`` and the figure from the results in the same folder.

    Parameters
    ----------
    folder : Path
        Holds pytest-benchmark's file.
    settings : Settings
        The content of params.yaml: whose studies are predicted.
    """
    results = Results.read(folder / RESULTS)
    has_figure = any(results.group(groups[0]) for groups in COLUMNS.values())
    if has_figure:
        with figure_style():
            (folder / FIGURE).parent.mkdir(exist_ok=True)
            save(batch_sizes_figure(results), folder / FIGURE)
    page = render(
        "timing.md.jinja",
        "timing.reporting",
        figure=FIGURE if has_figure else None,
        **_summary(results, settings),
        **_sections(results, settings),
        **_made(results),
    )
    write_text(folder / "README.md", page)


def print_summary(results: Results, settings: Settings) -> None:
    """Print the first table of the report, and the bars."""
    print(training_table(results), bars_table(verdicts(results, _bars(settings))), sep="\n\n")


def _summary(results: Results, settings: Settings) -> dict[str, Any]:
    """Return what one reads first."""
    pairs = [results.pair("training", **names(it)) for it in results.implementations("training")]
    studies = planned_studies(settings)
    largest = max(studies, key=lambda study: study.tracks, default=None)
    predicted = predict(results, largest) if largest else None
    return {
        "cores": results.cores,
        "stock_range": range_words([times_as_fast(*it) for it in pairs]),
        "limit_range": range_words([times_the_limit(tuned) for _, tuned in pairs]),
        "largest": largest,
        "largest_takes": duration(predicted[0]) if predicted else None,
        "studies": studies_table(results, studies),
        **{key: results.group("training")[0].info[key] for key in ("tracks", "batch_size")},
        "intervals": _intervals(results),
    }


def _intervals(results: Results) -> list[dict[str, Any]]:
    """Return what an interval is, for every number of rounds on the page, the most first."""
    counts = sorted({len(row.seconds) for row in results.rows if len(row.seconds) > 1}, reverse=True)
    return [
        {"rounds": it, "place": _place(rank(it)), "coverage": f"{100 * coverage(it, rank(it)):.0f}"} for it in counts
    ]


def _place(rank: int) -> str:
    """Return what stands before lowest or highest: nothing for the first."""
    return {1: "", 2: "second-", 3: "third-"}.get(rank, f"{rank}th-")


def _bars(settings: Settings) -> Bars:
    """Return the bars of every study: what is timed is of all of them."""
    first, *others = settings.studies
    return first.bars.joined(study.bars for study in others)


def _sections(results: Results, settings: Settings) -> dict[str, Any]:
    """Return the tables, None for what was not timed."""
    tables = {
        f"{group.replace(' ', '_')}_table": table(results) if results.group(group) else None
        for group, table in _TABLES.items()
    }
    judged = verdicts(results, _bars(settings))
    product = results.group("training")[0].info["matrix_product_gflops"]
    return {
        **tables,
        "cold_start_tracks": next((row.info["tracks"] for row in results.group("cold start")), None),
        "jobs_tracks": next((row.info["tracks"] for row in results.group("jobs")), None),
        "list_tracks": next((row.info["tracks"] for row in results.group("features of a list")), None),
        "bars": bars_table(judged) if judged else None,
        # the epoch that the bars are set at
        "bar_tracks": settings.original.claim.train_tracks,
        "bar_cores": CORES,
        "product": significant(sorted(product)[len(product) // 2]),
    }


def _made(results: Results) -> dict[str, Any]:
    """Return where, when and with what code it was timed."""
    versions = {name: [number] for row in results.rows for name, number in row.info["versions"].items()}
    return {
        "machine": machine_words(results.machine),
        "date": f"{results.finished[:16].replace('T', ' ')} UTC",
        "git": git_words({"commit": results.commit["id"], "dirty": results.commit["dirty"]}),
        "versions": versions_table(versions),
        "results": RESULTS,
    }
