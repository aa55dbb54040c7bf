"""The tables of the timing report: numbers with three digits that count, and a mark where a row is unreliable."""

import math
from collections.abc import Iterable, Sequence

from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import NONE, escape, framework_name, model_name
from benchmarks.timing.measuring.cold_start import STEPS
from benchmarks.timing.measuring.subjects import ONE, PARALLEL, WIDE
from benchmarks.timing.reporting.bars import Verdict, throughput
from benchmarks.timing.reporting.results import Results, Row

MARK = "†"


def significant(value: float) -> str:
    """Write a number with three digits that count."""
    decimals = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{decimals}f}"


def plural(number: int, noun: str) -> str:
    """Count something: ``1 core``, ``2 cores``, ``2 processes``."""
    return f"{number} {noun if number == 1 else noun + ('es' if noun.endswith('s') else 's')}"


def threads_words(results: Results, threads: str) -> str:
    """Say on how many threads: ``one thread``, ``all 2 cores``."""
    if threads == "1":
        return "one thread"
    row = results.find("training", threads_asked=threads)
    return f"all {plural(row.info['threads'], 'core')}" if row else "all cores"


def bars_table(results: Results, judged: Sequence[Verdict]) -> str:
    """Show every bar beside what was measured."""
    return markdown(
        [
            {
                "Bar": it.what,
                "On": threads_words(results, it.threads),
                "Measured": f"{significant(it.value)}{it.unit}{'' if it.reliable else f' {MARK}'}",
                "Asked": f"{'at most' if it.at_most else 'at least'} {significant(it.bar)}{it.unit}",
                "": "met" if it.met else "not met",
            }
            for it in judged
        ],
        left=2,
    )


def training_table(results: Results) -> str:
    """Show the time of an epoch, a row an implementation and number of threads."""
    rows, shown = [], []
    for threads in results.threads():
        for architecture, framework in results.implementations("training"):
            stock, tuned = _pair(results, "training", architecture, framework, threads_asked=threads)
            limit = tuned.info["limit_seconds"] if tuned else None
            rows.append(
                {
                    **_implementation(architecture, framework),
                    "Threads": _threads(tuned or stock),
                    "Stock (s)": _cell(stock),
                    "Tuned (s)": _cell(tuned),
                    "Stock / tuned<br>(lowest to highest round)": _ratios(stock, tuned),
                    "Limit (s)": NONE if limit is None else significant(limit),
                    "Tuned / limit": NONE if limit is None or tuned is None else significant(tuned.median / limit),
                    "Share, stock": _share(stock),
                    "Share, tuned": _share(tuned),
                }
            )
            shown += [stock, tuned]
    return _noted(markdown(rows, left=2), shown)


def batches_table(results: Results, groups: Sequence[str]) -> str:
    """Show tracks a second, stock and tuned, and the tuned one's share of the limit, by batch size and threads."""
    rows, shown = [], []
    for architecture, framework in results.implementations(groups[0]):
        sizes = {
            row.info["batch_size"]
            for group in groups
            for row in results.group(group)
            if (row.info["architecture"], row.info["framework"]) == (architecture, framework)
        }
        for size in sorted(sizes):
            cells = {}
            for threads in results.threads():
                facts = {"architecture": architecture, "framework": framework, "threads_asked": threads}
                words = threads_words(results, threads)
                for variant in ("stock", "tuned"):
                    found = (results.find(group, **facts, variant=variant, batch_size=size) for group in groups)
                    row = next(filter(None, found), None)
                    cells[f"{variant.capitalize()},<br>{words}"] = _speed(row)
                    shown.append(row)
                # the last one is the tuned one, which there always is
                cells[f"Share of the limit,<br>{words}"] = _share(row)
            rows.append({**_implementation(architecture, framework), "Batch size": str(size), **cells})
    return _noted(markdown(rows, left=2), shown)


def cold_start_table(results: Results) -> str:
    """Show the seconds of every step of a cold start."""
    rows, shown = [], []
    for architecture, framework in results.implementations("cold start"):
        facts = {"architecture": architecture, "framework": framework}
        steps = [results.find("cold start", **facts, step=step) for step in STEPS]
        cells = {f"{step.capitalize()} (s)": _cell(row) for step, row in zip(STEPS, steps, strict=True)}
        rows.append(
            {
                **_implementation(architecture, framework),
                **cells,
                "All three (s)": significant(sum(row.median for row in steps if row)),
            }
        )
        shown += steps
    return _noted(markdown(rows, left=2), shown)


def memory_table(results: Results) -> str:
    """Show the peak of resident memory."""
    rows = []
    for architecture, framework in results.implementations("memory"):
        stock, tuned = _pair(results, "memory", architecture, framework)
        cells = {
            f"{name} (MiB)": NONE if row is None else significant(row.info["peak_mib"])
            for name, row in (("Stock", stock), ("Tuned", tuned))
        }
        rows.append({**_implementation(architecture, framework), **cells})
    return markdown(rows, left=2)


def jobs_table(results: Results) -> str:
    """Show the throughput of training epochs, one after the other and side by side."""
    rows, shown = [], []
    for architecture, framework in results.implementations("jobs"):
        facts = {"architecture": architecture, "framework": framework}
        one, wide, parallel = (results.find("jobs", **facts, way=way) for way in (ONE, WIDE, PARALLEL))
        rows.append(
            {
                **_implementation(architecture, framework),
                "One process,<br>one thread": _speed(one),
                "One process,<br>all threads": _speed(wide),
                "In parallel": _speed(parallel),
                "In parallel / one process, one thread": (
                    significant(throughput(parallel) / throughput(one)) if one and parallel else NONE
                ),
            }
        )
        shown += [one, wide, parallel]
    return _noted(markdown(rows, left=2), shown)


def features_table(results: Results) -> str:
    """Show the time of one track."""
    return _feature_rows(results, "features", "ms", 1000)


def list_table(results: Results) -> str:
    """Show the time of many tracks."""
    return _feature_rows(results, "features of a list", "s", 1)


def _feature_rows(results: Results, group: str, unit: str, factor: float) -> str:
    rows, shown = [], []
    for name in dict.fromkeys(row.info["feature_set"] for row in results.group(group)):
        stock, tuned = (results.find(group, feature_set=name, variant=variant) for variant in ("stock", "tuned"))
        shown += [stock, tuned]
        rows.append(
            {
                "Feature set": f"`{name}`",
                "Tracks": str(tuned.info["tracks"]) if tuned else NONE,
                f"Stock ({unit})": _cell(stock, factor),
                f"Tuned ({unit})": _cell(tuned, factor),
                "Stock / tuned<br>(lowest to highest round)": _ratios(stock, tuned),
            }
        )
    return _noted(markdown(rows), shown)


def _pair(
    results: Results, group: str, architecture: str, framework: str, **facts: object
) -> tuple[Row | None, Row | None]:
    names = {"architecture": architecture, "framework": framework, **facts}
    return results.find(group, **names, variant="stock"), results.find(group, **names, variant="tuned")


def _implementation(architecture: str, framework: str) -> dict[str, str]:
    return {"Model": escape(model_name(architecture)), "Framework": framework_name(framework)}


def _threads(row: Row | None) -> str:
    return NONE if row is None else str(row.info["threads"])


def _cell(row: Row | None, factor: float = 1) -> str:
    return NONE if row is None else significant(factor * row.median) + _mark(row)


def _speed(row: Row | None) -> str:
    return NONE if row is None else significant(throughput(row)) + _mark(row)


def _mark(row: Row) -> str:
    return f" {MARK}" if row.doubts else ""


def _share(row: Row | None) -> str:
    if row is None or row.info["limit_seconds"] is None:
        return NONE
    return f"{significant(100 * row.info['limit_seconds'] / row.median)}%"


def _ratios(stock: Row | None, tuned: Row | None) -> str:
    """Write the ratio of the medians, and the lowest and highest ratio of two turns in the same round."""
    if stock is None or tuned is None:
        return NONE
    single = [one / other for one, other in zip(stock.seconds, tuned.seconds, strict=True)]
    return f"{significant(stock.median / tuned.median)} ({significant(min(single))} to {significant(max(single))})"


def _noted(table: str, rows: Iterable[Row | None]) -> str:
    """Add the reasons for the marks of a table."""
    doubted = {row.name: row.doubts for row in rows if row and row.doubts}
    if not doubted:
        return table
    reasons = "; ".join(f"`{name}`: {words}" for name, words in doubted.items())
    return f"{table}\n\n{MARK} Unreliable. {reasons}."
