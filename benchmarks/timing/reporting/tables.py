"""The tables of the timing report: numbers with three digits that count, ratios with their interval."""

import math
from collections.abc import Sequence

from benchmarks.reporting.notation import NONE, framework_name, model_name
from benchmarks.reporting.tables import markdown
from benchmarks.timing.measuring.cold_start import STEPS, WHOLE
from benchmarks.timing.measuring.subjects import ONE, PARALLEL
from benchmarks.timing.reporting.bars import Verdict, seeds_in_parallel
from benchmarks.timing.reporting.estimates import Estimate
from benchmarks.timing.reporting.results import Results, Row, names, times_as_fast, times_the_limit
from benchmarks.timing.reporting.studies import Study, predict


def significant(value: float) -> str:
    """Write a number with three digits that count."""
    decimals = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:,.{decimals}f}"


def written(estimate: Estimate | None, unit: str = "x") -> str:
    """Write a median with its interval; without one where there is one round."""
    if estimate is None:
        return NONE
    middle = f"{significant(estimate.middle)}{unit}"
    if estimate.low == estimate.high == estimate.middle:
        return middle
    return f"{middle} [{significant(estimate.low)}, {significant(estimate.high)}]"


def duration(estimate: Estimate | None) -> str:
    """Write seconds in the unit that suits them, with their interval."""
    if estimate is None:
        return NONE
    unit, seconds = next(
        (unit, seconds)
        for unit, seconds, most in (("s", 1, 90), ("min", 60, 5400), ("h", 3600, math.inf))
        if estimate.middle < most
    )
    middle, low, high = (f"{it / seconds:.{unit == 'h':d}f}" for it in (estimate.middle, estimate.low, estimate.high))
    return f"{middle} {unit} [{low}, {high}]"


def training_table(results: Results) -> str:
    """Show how fast every implementation trains, beside stock code and the limit."""
    rows = []
    for made in results.implementations("training"):
        stock, tuned = results.pair("training", **names(made))
        rows.append(
            {
                **_implementation(made),
                "Stock (tracks/s)": _speed(stock),
                "Ours (tracks/s)": _speed(tuned),
                "Times as fast as stock": written(times_as_fast(stock, tuned)),
                "Times the limit": written(times_the_limit(tuned)),
            }
        )
    return markdown(rows, left=2)


def studies_table(results: Results, studies: Sequence[Study]) -> str | None:
    """Show how long whole studies take; None where that cannot be predicted."""
    rows = []
    for study in studies:
        if predicted := predict(results, study):
            runs, ladder = predicted
            rows.append(
                {
                    "Dataset": study.dataset,
                    "Tracks": f"{study.tracks:,}",
                    "Runs": str(len(study.runs)),
                    "The study": duration(runs),
                    "Further runs": str(len(study.ladder)),
                    "The ladder of flaws": duration(ladder),
                }
            )
    return markdown(rows) if rows else None


def jobs_table(results: Results) -> str:
    """Show the throughput of training, one seed after the other and a seed a core."""
    rows = []
    for made in results.implementations("jobs"):
        one, parallel = (results.find("jobs", **names(made), way=way) for way in (ONE, PARALLEL))
        rows.append(
            {
                **_implementation(made),
                "One (tracks/s)": _speed(one),
                "One a core (tracks/s)": _speed(parallel),
                "Times as much": written(seeds_in_parallel(results, made)),
            }
        )
    return markdown(rows, left=2)


def features_table(results: Results) -> str:
    """Show the time of one track, and what stock code takes for one and for many."""
    rows = []
    for name in dict.fromkeys(row.info["feature_set"] for row in results.group("features")):
        stock, tuned = results.pair("features", feature_set=name)
        stock_list, tuned_list = results.pair("features of a list", feature_set=name)
        rows.append(
            {
                "Feature set": f"`{name}`",
                "Stock (ms)": _middle(stock, 1000),
                "Ours (ms)": _middle(tuned, 1000),
                "One track, times as fast": written(times_as_fast(stock, tuned)),
                "A list, times as fast": written(times_as_fast(stock_list, tuned_list)),
            }
        )
    return markdown(rows)


def memory_table(results: Results) -> str:
    """Show the peak of resident memory."""
    rows = []
    for made in results.implementations("memory"):
        stock, tuned = results.pair("memory", **names(made))
        cells = {
            f"{name} (MiB)": NONE if row is None else significant(row.info["peak_mib"])
            for name, row in (("Stock", stock), ("Ours", tuned))
        }
        rows.append({**_implementation(made), **cells})
    return markdown(rows, left=2)


def cold_start_table(results: Results) -> str:
    """Show the seconds of every step of a cold start."""
    rows = []
    for made in results.implementations("cold start"):
        steps = {step: results.find("cold start", **names(made), step=step) for step in STEPS}
        cells = {f"{step.capitalize()} (s)": _middle(row) for step, row in steps.items()}
        whole = results.find("cold start", **names(made), step=WHOLE)
        rows.append({**_implementation(made), **cells, "Whole process (s)": _middle(whole)})
    return markdown(rows, left=2)


def bars_table(judged: Sequence[Verdict]) -> str:
    """Show every bar beside what was measured."""
    return markdown(
        [
            {
                "Bar": it.what,
                "Measured": written(it.measured, it.unit),
                "Asked": f"{'at most' if it.at_most else 'at least'} {significant(it.bar)}{it.unit}",
                "Verdict": it.verdict,
            }
            for it in judged
        ]
    )


def range_words(of: Sequence[Estimate | None]) -> str | None:
    """Write from which to which median estimates go; None without any."""
    middles = [it.middle for it in of if it]
    return f"{significant(min(middles))} to {significant(max(middles))}" if middles else None


def _implementation(made: tuple[str, str]) -> dict[str, str]:
    return {"Model": model_name(made[0]), "Framework": framework_name(made[1])}


def _speed(row: Row | None) -> str:
    return NONE if row is None else significant(row.speed.middle)


def _middle(row: Row | None, factor: float = 1) -> str:
    return NONE if row is None else significant(factor * row.estimate.middle)
