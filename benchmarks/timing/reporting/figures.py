"""The figure of the timing report."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from benchmarks.reporting.style import framework_colours
from benchmarks.reporting.wording import framework_name, implementation_name
from benchmarks.timing.reporting.results import Results
from benchmarks.timing.reporting.tables import MARK, significant, threads_words

_STOCK_COLOUR = "#BBBBBB"
_HEIGHT = 0.36


def epoch_figure(results: Results) -> Figure:
    """Draw the time of an epoch: stock, tuned and limit for every implementation, a panel a number of threads."""
    made = results.implementations("training")
    choices = results.threads()
    tracks = results.group("training")[0].info["tracks"]
    figure = Figure(figsize=(2.6 + 3.6 * len(choices), 1.4 + 0.75 * len(made)))
    panels = figure.subplots(1, len(choices), sharex=True, sharey=True, squeeze=False)[0]
    for axes, threads in zip(panels, choices, strict=True):
        _panel(axes, results, made, threads)
        axes.set_title(threads_words(results, threads))
        axes.set_xlabel("Time of an epoch (s)")
        axes.grid(visible=False, axis="y")
    panels[0].set_yticks([-place for place in range(len(made))], [implementation_name(*it) for it in made])
    # room for the numbers at the ends of the bars
    panels[0].set_xlim(0, 1.15 * panels[0].get_xlim()[1])
    figure.suptitle(f"A training epoch of {tracks} tracks: median of the rounds")
    frameworks = dict.fromkeys(framework for _, framework in made)
    colours = framework_colours([*frameworks])
    handles = [
        Patch(color=_STOCK_COLOUR, label="stock"),
        *(Patch(color=colours[it], label=f"tuned, {framework_name(it)}") for it in frameworks),
        Line2D([], [], color="black", marker="|", markersize=11, markeredgewidth=2, linestyle="", label="limit"),
    ]
    if any(row.doubts for row in results.group("training")):
        handles.append(Line2D([], [], linestyle="", label=f"{MARK} unreliable"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _panel(axes: Axes, results: Results, made: list[tuple[str, str]], threads: str) -> None:
    colours = framework_colours([framework for _, framework in made])
    for place, (architecture, framework) in enumerate(made):
        for variant, shift in (("stock", _HEIGHT / 2), ("tuned", -_HEIGHT / 2)):
            row = results.find(
                "training", architecture=architecture, framework=framework, variant=variant, threads_asked=threads
            )
            if row is None:
                continue
            height = shift - place
            axes.barh(height, row.median, _HEIGHT, color=_STOCK_COLOUR if variant == "stock" else colours[framework])
            words = significant(row.median) + (f" {MARK}" if row.doubts else "")
            axes.annotate(words, (row.median, height), (3, 0), textcoords="offset points", va="center", fontsize=8)
            if row.info["limit_seconds"] is not None:
                ends = (-place - _HEIGHT, -place + _HEIGHT)
                axes.plot([row.info["limit_seconds"]] * 2, ends, color="black", linewidth=2)
