"""What the record says: fitted exponents, a section of the timing report, a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.reporting.facts import git_words, machine_words
from benchmarks.reporting.style import figure_style, framework_colours, save
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import escape, framework_name, implementation_name, listing, model_name, number
from benchmarks.timing.growth.record import RECORD, Growth, Point

FIGURE: Final = Path("figures") / "growth.png"
# Between these exponents growth is called close to linear.
CLOSE_TO_LINEAR: Final = (0.9, 1.1)
_LINES = ("-", "--", "-.", ":")
_MARKERS = "os^D"


@dataclass(frozen=True)
class Series:
    """Points that differ in the number of tracks alone, in ascending order."""

    name: str
    points: Sequence[Point]

    @property
    def tracks(self) -> list[int]:
        """Numbers of tracks."""
        return [it.tracks for it in self.points]

    @property
    def seconds(self) -> list[float]:
        """Times without the start-up."""
        return [it.seconds for it in self.points]

    @property
    def memory(self) -> list[float]:
        """Highest resident memory, MiB."""
        return [it.peak_mib for it in self.points]

    @property
    def exponent(self) -> float:
        """The exponent of time."""
        return exponent(self.tracks, self.seconds)

    @property
    def memory_each(self) -> float:
        """Memory that 1000 tracks more take, MiB, by least squares; NaN for one point."""
        return float(1000 * np.polyfit(self.tracks, self.memory, 1)[0]) if len(self.points) > 1 else float("nan")


def exponent(tracks: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the exponent of time against tracks: the slope of the logarithms by least squares.

    Returns
    -------
    float
        1 for linear growth; NaN for fewer than two points, or where a time is not positive.
    """
    if len(tracks) < 2 or min(seconds) <= 0:
        return float("nan")
    return float(np.polyfit(np.log(tracks), np.log(seconds), 1)[0])


def is_close_to_linear(slope: float) -> bool:
    """Return whether an exponent lies in the range that is called close to linear."""
    return CLOSE_TO_LINEAR[0] <= slope <= CLOSE_TO_LINEAR[1]


def training_series(growth: Growth) -> list[Series]:
    """Return a series for each network."""
    grouped = groupby(growth.training, lambda it: (it.architecture, it.framework, it.features))
    return [Series(f"{implementation_name(*key[:2])}, {key[2]}", list(points)) for key, points in grouped]


def growth_section(folder: Path) -> str | None:
    """Write the section of the timing report.

    Parameters
    ----------
    folder : Path
        Holds ``growth.json``, and the figure where `write_figure` has drawn it.

    Returns
    -------
    str or None
        Markdown that begins with a heading of the second level; None where nothing was measured.

    Raises
    ------
    GenrebenchError
        If the record is not valid.
    """
    if not (folder / RECORD).is_file():
        return None
    growth = Growth.read(folder)
    every = [Series("Features", growth.features), *training_series(growth)]
    made = growth.provenance
    picture = [f"![Time and memory against the number of tracks]({FIGURE.as_posix()})"] * (folder / FIGURE).is_file()
    parts = [
        "## Growth with the number of tracks",
        (
            "Time is called close to linear where its exponent, the slope of log time against log tracks by least "
            f"squares, is between {CLOSE_TO_LINEAR[0]} and {CLOSE_TO_LINEAR[1]}. {_verdict(every)}"
        ),
        _exponents_table(every),
        *picture,
        "### Growth: features",
        (
            f"The stage's own code with {growth.workers} workers, which make "
            f"{listing([f'`{name}`' for name in growth.sets])} together. {growth.files} generated tracks of 30 s stand "
            "in for all: the files repeat, and are read from the operating system's cache, not from a disk. The "
            "start-up, measured with one track a worker (two at least), is not part of the time. A worker's memory is "
            "that of the largest."
        ),
        _features_table(growth),
        "### Growth: training",
        (
            "A fresh process a row, one thread of the CPU, alone: the median epoch after a short one that is not "
            "counted, and the prediction of a quarter as many tracks. Inputs are random and in memory, copied and "
            "scaled as in a run. The start-up is all before that: framework, network, data and compilation. "
            f"Contention is the time of an epoch while {growth.at_once} such processes work at once, divided by its "
            "time alone."
        ),
        _training_table(growth),
        (
            f"Measured {made['started'][:16].replace('T', ' ')} UTC in {made['wall_time_s'] / 60:.0f} min on: "
            f"{machine_words(made['machine'])} {git_words(made['git'])} Every point: [{RECORD}]({RECORD}). "
            "Measure again: `python -m benchmarks growth`."
        ),
    ]
    return "\n\n".join(parts)


def _verdict(every: Sequence[Series]) -> str:
    far = [it.name for it in every if not is_close_to_linear(it.exponent)]
    if not far:
        return "All of the times below are close to linear."
    return f"{len(every) - len(far)} of the {len(every)} times below are; not: {escape('; '.join(far))}."


def _exponents_table(every: Sequence[Series]) -> str:
    rows = [
        {
            "What": escape(it.name),
            "Tracks": f"{it.tracks[0]:,} to {it.tracks[-1]:,}",
            "Exponent of time": number(it.exponent, 2),
            "Close to linear": "yes" if is_close_to_linear(it.exponent) else "no",
            "Memory of 1000 tracks more (MiB)": number(it.memory_each, 0),
        }
        for it in every
    ]
    return markdown(rows, left=2)


def _features_table(growth: Growth) -> str:
    rows = [
        {
            "Tracks": f"{it.tracks:,}",
            "Time (s)": number(it.seconds, 1),
            "Times measured": str(it.repeats),
            "A track (ms)": number(1000 * it.seconds / it.tracks, 1),
            "Start-up (s)": number(it.start_up_s, 1),
            "Peak memory (MiB)": number(it.peak_mib, 0),
            "Peak of a worker (MiB)": number(it.worker_peak_mib, 0),
        }
        for it in growth.features
    ]
    return markdown(rows, left=0)


def _training_table(growth: Growth) -> str:
    rows = [
        {
            "Model": escape(model_name(it.architecture)),
            "Framework": framework_name(it.framework),
            "Features": f"`{it.features}`",
            "Tracks": f"{it.tracks:,}",
            "Epoch (s)": number(it.seconds, 2),
            "Epochs": str(it.repeats),
            "A track (ms)": number(1000 * it.seconds / it.tracks, 2),
            "Prediction, a track (ms)": number(1000 * it.predict_s / it.watched, 2),
            "Start-up (s)": number(it.start_up_s, 1),
            "Peak memory (MiB)": number(it.peak_mib, 0),
            "Contention": number(it.contention, 2),
        }
        for it in growth.training
    ]
    return markdown(rows, left=3)


def write_figure(folder: Path) -> None:
    """Draw the record of a folder."""
    growth = Growth.read(folder)
    with figure_style():
        save(growth_figure(growth), folder / FIGURE)


def growth_figure(growth: Growth) -> Figure:
    """Draw time (above, logarithmic) and memory (below) against tracks: features left, training right."""
    figure = Figure(figsize=(9.6, 8.8))
    grid = figure.subplots(2, 2)
    firsts = {(it.architecture, it.framework, it.features): it for it in growth.training}
    colours = framework_colours([it.framework for it in firsts.values()])
    # one line and marker for each architecture and what it sees, whatever the framework
    kinds = list(dict.fromkeys((it.architecture, it.features) for it in firsts.values()))
    looks = [(colours[it.framework], kinds.index((it.architecture, it.features))) for it in firsts.values()]
    _column(grid[:, 0], "Features, start-up not counted", [Series("All feature sets", growth.features)], [("black", 0)])
    _column(grid[:, 1], "Training, one epoch", training_series(growth), looks)
    grid[0, 0].set_ylabel("Time (s)")
    grid[1, 0].set_ylabel("Peak memory (MiB)")
    figure.suptitle(f"Time and memory against the number of tracks; features by {growth.workers} workers")
    return figure


def _column(axes: Sequence[Axes], title: str, every: Sequence[Series], looks: Sequence[tuple[str, int]]) -> None:
    time_axes, memory_axes = axes
    for it, (colour, kind) in zip(every, looks, strict=True):
        look: dict[str, Any] = {
            "color": colour,
            "linestyle": _LINES[kind % 4],
            "marker": _MARKERS[kind % 4],
            "markersize": 4,
        }
        time_axes.plot(it.tracks, it.seconds, label=it.name, **look)
        memory_axes.plot(it.tracks, it.memory, **look)
    _linear(time_axes, every)
    time_axes.set_title(title)
    counts = sorted({tracks for it in every for tracks in it.tracks})
    time_axes.set_xscale("log")
    time_axes.set_xticks(counts, [f"{count:,}" for count in counts])
    time_axes.set_yscale("log")
    # the default writes powers in TeX
    time_axes.yaxis.set_major_formatter("{x:,g}")
    for axis in (time_axes.xaxis, time_axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    # linear: a fixed part and a part for each track make a straight line here, and a curve on a logarithmic axis
    memory_axes.xaxis.set_major_formatter("{x:,.0f}")
    memory_axes.set_xlim(left=0)
    memory_axes.set_ylim(0, 1.1 * max(max(it.memory) for it in every))
    memory_axes.set_xlabel("Tracks")
    memory_axes.legend(
        *time_axes.get_legend_handles_labels(), fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16)
    )


def _linear(axes: Axes, every: Sequence[Series]) -> None:
    """Draw linear growth below the series that begins lowest, for the eye."""
    if rising := [it for it in every if not isnan(it.exponent)]:
        each = 0.7 * min(it.seconds[0] / it.tracks[0] for it in rising)
        ends = (min(it.tracks[0] for it in rising), max(it.tracks[-1] for it in rising))
        axes.plot(ends, [each * end for end in ends], color="#999999", linewidth=1, label="linear growth")
