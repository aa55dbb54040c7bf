"""The figures of a report: accuracies, learning curves and confusion matrices, one of each for a protocol."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from benchmarks.datasets.kinds import title_of
from benchmarks.reporting.notation import (
    BASELINES,
    framework_name,
    implementation_name,
    model_name,
    selection_words,
)
from benchmarks.runs import FinishedRun
from benchmarks.scoring.results import watched_history
from benchmarks.studies.study import Claim
from benchmarks.style import TRAIN_LINE, WATCHED_LINE, framework_colours, genre_labels

# Above this many genres a number in every cell is too small to read.
_MOST_NUMBERED_GENRES = 12
# Below this many test tracks a genre, over all seeds, a share says less than the tracks counted.
_FEW_ANSWERS = 50
_GREY = "#555555"
# points of accuracy that the number of coinciding seeds takes
_ROOM = 6
_LINES = {"train": TRAIN_LINE, "watched": WATCHED_LINE}
_CURVES = {"loss": ("Cross-entropy (nats)", 1), "accuracy": ("Accuracy (%)", 100)}


def accuracy_intervals(
    results: pd.DataFrame, runs: pd.DataFrame, baselines: pd.DataFrame, title: str, *, claim: Claim | None = None
) -> Figure:
    """Draw the accuracy of every implementation with its interval, a panel a protocol.

    Parameters
    ----------
    results, runs : DataFrame
        Rows of `benchmarks.scoring.results.ScoreTables`, one selection a protocol.
    baselines : DataFrame
        As `benchmarks.scoring.baselines.baselines_table`.
    title : str
        The figure's title.
    claim : Claim, optional
        What is drawn as a line an architecture, which belongs only where the dataset is the claim's.
    """
    shown = results[["protocol", "selection"]].drop_duplicates().to_dict("records")
    colours = framework_colours(list(results["framework"].unique()))
    names = results[["architecture", "framework"]].drop_duplicates()
    # from the top down, an empty row above every architecture for its claim
    changes = (names["architecture"] != names["architecture"].shift()).cumsum()
    heights = -(np.arange(len(names)) + 0.6 * changes.to_numpy())
    places = dict(zip(BASELINES, heights[-1] - 1.4 - np.arange(len(BASELINES)), strict=True))
    lowest = min(places.values())
    figure = Figure(figsize=(max(7.2, 2.6 + 3.4 * len(shown)), 1.3 - 0.36 * lowest))
    panels = figure.subplots(1, len(shown), sharex=True, sharey=True, squeeze=False)[0]
    for axes, panel in zip(panels, shown, strict=True):
        placed, seeds = (
            table[(table["protocol"] == panel["protocol"]) & (table["selection"] == panel["selection"])].merge(
                names.assign(height=heights)
            )
            for table in (results, runs)
        )
        for row in placed.to_dict("records"):
            _accuracy_row(axes, row, colours[row["framework"]])
        for framework, group in seeds.groupby("framework"):
            _draw_seeds(axes, group, colours[str(framework)])
        for row in baselines[baselines["protocol"] == panel["protocol"]].to_dict("records"):
            _accuracy_row(axes, {**row, "accuracy_mean": row["accuracy"], "height": places[row["baseline"]]}, _GREY)
        for architecture in names["architecture"].unique():
            if claim and (claimed := claim.of(architecture)):
                rows = heights[(names["architecture"] == architecture).to_numpy()]
                _claim_line(axes, 100 * claimed.accuracy, rows)
        axes.set_title(f"{panel['protocol']}, {selection_words(panel['selection'])}")
        axes.set_xlabel("Accuracy (%)")
        axes.grid(visible=False, axis="y")
    panels[0].set_xlim(-3, 103)
    panels[0].set_ylim(lowest - 0.6, 0.1)
    labels = [implementation_name(*it) for it in names.itertuples(index=False)]
    panels[0].set_yticks([*heights, *places.values()], [*labels, *BASELINES.values()])
    figure.suptitle(title)
    handles = [
        Line2D([], [], color=_GREY, marker="o", linewidth=2, label="mean and 95% interval"),
        Line2D([], [], color=_GREY, marker="|", linestyle="", label="one seed, xn: n seeds"),
    ]
    if claim and any(map(claim.of, names["architecture"])):
        label = f"claimed on {title_of(claim.dataset)}, protocol {claim.protocol}"
        handles.append(Line2D([], [], color="black", linestyle="--", linewidth=1.2, label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def learning_curves(runs: Sequence[FinishedRun], curves: pd.DataFrame, title: str) -> Figure:
    """Draw loss and accuracy over the epochs, a column an architecture, a colour a framework.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of one protocol; each is a thin line.
    curves : DataFrame
        Rows of the same protocol of `benchmarks.scoring.results.ScoreTables.curves`; the means are thick lines.
    title : str
        The figure's title.
    """
    architectures = list(curves["architecture"].unique())
    frameworks = list(curves["framework"].unique())
    colours = framework_colours(frameworks)
    figure = Figure(figsize=(max(6.0, 1.0 + 3.8 * len(architectures)), 6.2))
    grid = figure.subplots(len(_CURVES), len(architectures), sharex=True, sharey="row", squeeze=False)
    for panels, (quantity, (label, scale)) in zip(grid, _CURVES.items(), strict=True):
        panels[0].set_ylabel(label)
        for axes, architecture in zip(panels, architectures, strict=True):
            for run in runs:
                if run.implementation.architecture == architecture:
                    _draw(axes, watched_history(run), quantity, scale, colours[run.implementation.framework], thin=True)
            for framework, mean in curves[curves["architecture"] == architecture].groupby("framework"):
                _draw(axes, mean, quantity, scale, colours[str(framework)], thin=False)
        # The same limits for all, with room for a line at the top.
        panels[0].set_ylim(0, 1.03 * (100 if quantity == "accuracy" else _highest_loss(curves)))
    for axes, architecture in zip(grid[0], architectures, strict=True):
        axes.set_title(model_name(architecture))
    for axes in grid[-1]:
        axes.set_xlabel("Epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    grid[0, 0].set_xlim(0, 1.02 * curves["epoch"].max())
    figure.suptitle(title)
    legend = _legend(frameworks, colours, str(curves["watched"].iloc[0]))
    figure.legend(handles=legend, loc="outside lower center", ncols=len(legend))
    return figure


def confusion_matrices(confusion: pd.DataFrame, genres: Sequence[str], title: str, *, counted: bool) -> Figure:
    """Draw one confusion matrix an implementation, rows architectures, columns frameworks, all on one scale.

    Parameters
    ----------
    confusion : DataFrame
        Rows of one protocol of `benchmarks.scoring.results.ScoreTables.confusion`.
    genres : sequence of str
        All genres, in the order of the classes.
    title : str
        The figure's title.
    counted : bool
        Whether the numbers are tracks, over all seeds; else the percentage of the true genre's.
    """
    groups = {(str(a), str(f)): group for (a, f), group in confusion.groupby(["architecture", "framework"], sort=False)}
    architectures = list(confusion["architecture"].unique())
    frameworks = list(confusion["framework"].unique())
    cell = 0.3 if len(genres) <= _MOST_NUMBERED_GENRES else 0.16
    side = max(2.9, 1.3 + cell * len(genres))
    figure = Figure(figsize=(0.9 + side * len(frameworks), 0.8 + side * len(architectures)))
    grid = figure.subplots(len(architectures), len(frameworks), sharex=True, sharey=True, squeeze=False)
    for architecture, panels in zip(architectures, grid, strict=True):
        for framework, axes in zip(frameworks, panels, strict=True):
            if (architecture, framework) not in groups:
                axes.set_axis_off()
                continue
            image = _matrix(axes, groups[architecture, framework], genres, counted=counted)
            axes.set_title(implementation_name(architecture, framework))
    figure.supxlabel("Predicted genre")
    figure.supylabel("True genre")
    figure.suptitle(title)
    figure.colorbar(image, ax=grid, label="Share of the true genre's tracks (%)", shrink=0.7, aspect=30)
    return figure


def counts_answers(confusion: pd.DataFrame) -> bool:
    """Return whether so few tracks test that the matrices show how many, and not their share.

    Parameters
    ----------
    confusion : DataFrame
        `benchmarks.scoring.results.ScoreTables.confusion`.
    """
    one = confusion.groupby(["protocol", "architecture", "framework"], sort=False)
    return bool((one.size() / confusion["actual"].nunique() < _FEW_ANSWERS).any())


def _accuracy_row(axes: Axes, row: dict[Hashable, Any], colour: str) -> None:
    ends = [100 * row["accuracy_low"], 100 * row["accuracy_high"]]
    axes.plot(ends, [row["height"]] * 2, color=colour, linewidth=2)
    axes.plot(100 * row["accuracy_mean"], row["height"], "o", color=colour, markersize=6)


def _draw_seeds(axes: Axes, runs: pd.DataFrame, colour: str) -> None:
    """Draw a mark for every seed under its interval, where neither hides the other, and count those that coincide."""
    places = Counter(zip(100 * runs["accuracy"], runs["height"] - 0.27, strict=True))
    for (accuracy, height), seeds in places.items():
        axes.plot(accuracy, height, "|", color=colour, markersize=5)
        if seeds > 1:
            # on the side where no other mark stands in its way
            right = not any(0 < other - accuracy < _ROOM for other, beside in places if beside == height)
            side = {"x": accuracy + 1, "ha": "left"} if right else {"x": accuracy - 1, "ha": "right"}
            axes.text(y=height, s=f"x{seeds}", va="center", fontsize=8, color=colour, **side)


def _claim_line(axes: Axes, claimed: float, heights: NDArray[np.float64]) -> None:
    axes.plot([claimed] * 2, [heights.max() + 0.4, heights.min() - 0.4], "--", color="black", linewidth=1.2)
    axes.text(claimed, heights.max() + 0.45, f"claimed {claimed:g}", ha="center", va="bottom", fontsize=7)


def _highest_loss(curves: pd.DataFrame) -> float:
    return float(curves[["train_loss_max", "watched_loss_max"]].to_numpy().max())


def _draw(axes: Axes, curves: pd.DataFrame, quantity: str, scale: float, colour: str, *, thin: bool) -> None:
    width, alpha = (0.6, 0.45) if thin else (1.8, 1.0)
    for part, line in _LINES.items():
        values = scale * curves[f"{part}_{quantity}"]
        # One epoch makes no line, so it gets a dot.
        marker = "o" if len(curves) == 1 and not thin else None
        axes.plot(curves["epoch"], values, line, color=colour, linewidth=width, alpha=alpha, marker=marker)


def _legend(frameworks: Sequence[str], colours: dict[str, str], watched: str) -> list[Line2D]:
    handles = [Line2D([], [], color=colours[name], linewidth=1.8, label=framework_name(name)) for name in frameworks]
    handles.append(Line2D([], [], color=_GREY, linestyle=WATCHED_LINE, linewidth=1.8, label=f"{watched}, mean"))
    handles.append(Line2D([], [], color=_GREY, linestyle=TRAIN_LINE, linewidth=1.8, label="train, mean"))
    handles.append(Line2D([], [], color=_GREY, linewidth=0.6, label="thin: one seed"))
    return handles


def _matrix(axes: Axes, answers: pd.DataFrame, genres: Sequence[str], *, counted: bool) -> AxesImage:
    counts = pd.crosstab(answers["actual"], answers["predicted"]).reindex(
        index=list(genres), columns=list(genres), fill_value=0
    )
    totals = counts.to_numpy(dtype=np.float64).sum(axis=1, keepdims=True)
    # A genre without test tracks has no share: NaN, drawn grey.
    shares = np.divide(100 * counts.to_numpy(), totals, where=totals > 0, out=np.full(counts.shape, np.nan))
    colours = mpl.colormaps["Blues"].with_extremes(bad="#E5E5E5")
    image = axes.imshow(shares, cmap=colours, vmin=0, vmax=100)
    numbered = len(genres) <= _MOST_NUMBERED_GENRES
    ticks, labels, size = range(len(genres)), genre_labels(genres), 9 if numbered else 7
    axes.set_xticks(ticks, labels, rotation=90, fontsize=size)
    axes.set_yticks(ticks, labels, fontsize=size)
    axes.grid(visible=False)
    if numbered:
        for (row, column), share in np.ndenumerate(shares):
            if share > 0:
                colour = "white" if share > 55 else "black"
                shown = counts.to_numpy()[row, column] if counted else share
                axes.text(column, row, f"{shown:.0f}", ha="center", va="center", color=colour, fontsize=7)
    return image
