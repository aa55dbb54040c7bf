"""The figure of the timing report."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator

from benchmarks.reporting.notation import framework_name, model_name
from benchmarks.style import framework_colours
from benchmarks.timing.reporting.estimates import Estimate, ratio
from benchmarks.timing.reporting.results import Results, Row, names, times_as_fast

# a column a group of rows; training in the study's batches is timed with the epoch
COLUMNS: Final = {
    "Training": ("training by batch size", "training"),
    "Inference": ("inference",),
}
_MARKERS: Final = "os^D"
# so that the intervals of one batch size stand beside each other
_APART: Final = 1.12

Rows = tuple[Row | None, Row | None]
Value = Callable[[Row | None, Row | None], Estimate | None]


def stock_speed(stock: Row | None, _: Row | None) -> Estimate | None:
    """Return the tracks a second of stock code."""
    return stock.speed if stock else None


def own_speed(_: Row | None, tuned: Row | None) -> Estimate | None:
    """Return the tracks a second of this project."""
    return tuned.speed if tuned else None


def share_of_limit(_: Row | None, tuned: Row | None) -> Estimate | None:
    """Return how much of the time, in percent, the arithmetic alone would take."""
    if tuned is None or tuned.limits is None:
        return None
    return ratio([100 * it for it in tuned.limits], tuned.seconds)


def series(results: Results, groups: Sequence[str], made: tuple[str, str]) -> dict[int, Rows]:
    """Return the rows of stock code and of this project by batch size."""
    sizes = {
        row.info["batch_size"]
        for group in groups
        for row in results.group(group)
        if names(made).items() <= row.info.items()
    }
    found = {}
    for size in sorted(sizes):
        pairs = [results.pair(group, **names(made), batch_size=size) for group in groups]
        found[size] = next(rows for rows in pairs if any(rows))
    return found


def batch_sizes_figure(results: Results) -> Figure:
    """Draw speed, the ratio to stock code and the share of the limit against the batch size."""
    columns = {title: groups for title, groups in COLUMNS.items() if results.group(groups[0])}
    made = list(dict.fromkeys(it for groups in columns.values() for it in results.implementations(groups[0])))
    figure = Figure(figsize=(1.2 + 3.9 * len(columns), 8.6))
    grid = figure.subplots(3, len(columns), sharex=True, sharey="row", squeeze=False)
    for column, (title, groups) in enumerate(columns.items()):
        speed, stock, limit = grid[:, column]
        for place, it in enumerate(made):
            rows = series(results, groups, it)
            look = {"color": framework_colours([it[1]])[it[1]], "marker": _marker(made, it)}
            shift = _APART ** (place - (len(made) - 1) / 2)
            _draw(speed, rows, own_speed, shift, linestyle="-", **look)
            _draw(speed, rows, stock_speed, shift, linestyle="--", markerfacecolor="white", **look)
            _draw(stock, rows, times_as_fast, shift, linestyle="-", **look)
            _draw(limit, rows, share_of_limit, shift, linestyle="-", **look)
        speed.set_title(title)
        limit.set_xlabel("Batch size")
        _axes(grid[:, column], sorted({size for it in made for size in series(results, groups, it)}))
    for axes, words in zip(
        grid[:, 0], ("Tracks a second", "Times as fast as stock", "Share of the limit (%)"), strict=True
    ):
        axes.set_ylabel(words)
    # the axes of a row share their scale: only now all is drawn
    grid[-1, 0].set_ylim(0)
    figure.suptitle(f"Batch sizes on {results.cores} cores: medians with their intervals")
    figure.legend(handles=_legend(made), loc="outside lower center", ncols=3)
    return figure


def _marker(made: Sequence[tuple[str, str]], one: tuple[str, str]) -> str:
    architectures = list(dict.fromkeys(architecture for architecture, _ in made))
    return _MARKERS[architectures.index(one[0]) % len(_MARKERS)]


def _draw(axes: Axes, rows: dict[int, Rows], value: Value, shift: float, **look: Any) -> None:
    found = {size: it for size, pair_of in rows.items() if (it := value(*pair_of))}
    if not found:
        return
    middles = [it.middle for it in found.values()]
    below = [it.middle - it.low for it in found.values()]
    above = [it.high - it.middle for it in found.values()]
    axes.errorbar(
        [size * shift for size in found], middles, (below, above), markersize=4, linewidth=1, capsize=2, **look
    )


def _axes(column: Iterable[Axes], sizes: Sequence[int]) -> None:
    speed, stock, limit = column
    for axes in (speed, stock, limit):
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
    for axes in (speed, stock):
        axes.set_yscale("log")
        # the default writes powers in TeX
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    stock.axhline(1, color="black", linewidth=0.8)


def _legend(made: Sequence[tuple[str, str]]) -> list[Line2D]:
    architectures = list(dict.fromkeys(architecture for architecture, _ in made))
    frameworks = list(dict.fromkeys(framework for _, framework in made))
    colours = framework_colours(frameworks)
    return [
        *(Line2D([], [], color=colours[it], label=framework_name(it)) for it in frameworks),
        *(
            Line2D([], [], color="black", linestyle="", marker=_marker(made, (it, "")), label=model_name(it))
            for it in architectures
        ),
        Line2D([], [], color="black", linestyle="-", label="ours"),
        Line2D([], [], color="black", linestyle="--", label="stock"),
    ]
