"""The section of a dataset's page about the ladder of flaws: what each choice of the study's protocol is worth."""

from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.ablation.effects import ALL_STEPS
from benchmarks.ablation.record import TABLE, Ladder
from benchmarks.datasets.manifest import DatasetKind
from benchmarks.reporting.notation import (
    NONE,
    escape,
    features_words,
    framework_name,
    implementation_name,
    interval,
    listing,
    marked,
    model_name,
    selection_words,
)
from benchmarks.reporting.tables import markdown
from benchmarks.style import framework_colours

FIGURE: Final = "ladder-of-flaws.png"

_READING = (
    "Points of accuracy, mean over the seeds [95% interval], after the step minus before it. *: on other training and "
    "test tracks, so not the worth of the split alone. "
    f"{NONE}: not touched. [How to read it](../../docs/reading-a-report.md#the-ladder-of-flaws)."
)
_KEPT = {
    "fault-filtered partition": "the fault-filtered partition: no artist in two parts, no faulty track",
    "artists and duplicates": "split by genre; an artist's tracks and copies in one part",
    "duplicates": "split by genre, the same share of each in every part; copies in one part",
}
_OTHERWISE = {"windows": "other windows of the tracks", "augmentation": "another augmentation of what trains"}
_SCALING = {"none": "inputs not scaled", "standardise": "inputs standardised by the training tracks"}


def ladder_section(kind: DatasetKind, dataset: str, ladder: Ladder | None) -> list[str]:
    """Return the section as markdown blocks, to be joined by empty lines.

    Parameters
    ----------
    kind : {"gtzan", "gtzan-mini", "synthetic", "folder"}
        Where the audio comes from.
    dataset : str
        Its name.
    ladder : Ladder, optional
        What was measured; None where the ladder was not climbed.
    """
    heading = f"## {marked(kind, 'the ladder of flaws')}"
    command = f"`python -m nox -s ablation -- --dataset {dataset}`"
    if ladder is None:
        return [heading, f"What each choice of the study's protocol is worth was not measured here: {command} does it."]
    older = f"**Of older runs.** It was measured with other runs or steps than those of this page; again: {command}."
    name = marked(kind, "effect of each step of the ladder on accuracy")
    return [
        heading,
        *([] if ladder.current else [older]),
        (
            f"From `{ladder.facts['rungs'][0]['name']}` to `{ladder.facts['rungs'][-1]['name']}`, one factor at a "
            "time: what each choice of the study's protocol is worth."
        ),
        f"![{name}](figures/{FIGURE})",
        effects_table(ladder),
        _READING,
        "\n".join(f"- {line}" for line in _shown_effects(ladder)),
        "What the steps change:",
        "\n".join(f"- {_step_name(step, ladder.facts['rungs'])}: {words}" for step, words in changes(ladder).items()),
        f"Accuracy at every step, and the same for the loss: [{TABLE}]({TABLE}).",
        f"{ladder.facts['runs']} runs were made for the steps; where and when: [provenance](provenance.md).",
    ]


def effects_table(ladder: Ladder) -> str:
    """Show the effect of every step on accuracy, a row a step, a column an implementation."""
    rungs = ladder.facts["rungs"]
    rows: dict[str, dict[str, str]] = {
        name: {"Step": f"**{name}**" if name == ALL_STEPS else _step_name(name, rungs)}
        for name in (*(rung["name"] for rung in rungs[1:]), ALL_STEPS)
    }
    for it in ladder.table.to_dict("records"):
        if it["rung"] in rows:
            column = escape(implementation_name(it["architecture"], it["framework"]))
            rows[it["rung"]][column] = _effect(it)
    return markdown(list(rows.values()))


def changes(ladder: Ladder) -> dict[str, str]:
    """Say of every step, by its name, what it changes."""
    return {after["name"]: step_words(before["protocol"], after) for before, after in pairwise(ladder.facts["rungs"])}


def step_words(before: dict[str, Any], rung: dict[str, Any]) -> str:
    """Say what a step changes, from the protocol before it and the facts of its rung."""
    after = rung["protocol"]
    match rung["factor"]:
        case "split":
            return _split_words(before["split"], after["split"], rung["kept_together"])
        case "features":
            changed = [it for it in after["features"] if after["features"][it] != before["features"].get(it)]
            return "; ".join(f"{escape(model_name(it))} sees {features_words(after['features'][it])}" for it in changed)
        case "scaling":
            return _SCALING[after["scaling"]]
        case "schedule":
            return f"another training schedule ({listing(_changed_keys(before['schedule'], after['schedule']))})"
        case "windows" | "augmentation":
            return _OTHERWISE[rung["factor"]]
        case _:
            return f"the {selection_words(rung['selection'])} is scored"


def _changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of what differs, in words."""
    return [key.replace("_", " ") for key in {**before, **after} if before.get(key) != after.get(key)]


def _split_words(before: dict[str, Any], after: dict[str, Any], kept: str) -> str:
    if after["kind"] == "grouped":
        return _KEPT[kept]
    if after["kind"] == "windows":
        return "the windows are split, whatever track they are of"
    if after["validation_share"] == before.get("validation_share"):
        return "another random split"
    return f"{100 * after['validation_share']:g}% of the tracks validate and do not train"


def ladder_figure(table: pd.DataFrame, title: str) -> Figure:
    """Draw the effect of every step on accuracy with its interval, a panel an architecture, a colour a framework.

    Parameters
    ----------
    table : DataFrame
        As `benchmarks.ablation.effects.ladder_table`.
    title : str
        The figure's title.
    """
    steps = [rung for rung in dict.fromkeys(table["rung"]) if (table[table["rung"] == rung]["kind"] != "").all()]
    architectures = list(dict.fromkeys(table["architecture"]))
    frameworks = list(dict.fromkeys(table["framework"]))
    colours = framework_colours(frameworks)
    offsets = dict(zip(frameworks, 0.32 * (np.linspace(1, 0, len(frameworks)) - 0.5), strict=True))
    figure = Figure(figsize=(max(7.2, 2.4 + 3.2 * len(architectures)), 1.5 + 0.45 * len(steps)))
    panels = figure.subplots(1, len(architectures), sharex=True, sharey=True, squeeze=False)[0]
    for axes, architecture in zip(panels, architectures, strict=True):
        axes.axvline(0, color="black", linewidth=1)
        axes.axhline(-len(steps) + 1.5, color="#999999", linewidth=0.8)
        for place, step in enumerate(steps):
            rows = table[(table["rung"] == step) & (table["architecture"] == architecture)]
            if (rows["kind"] == "none").all():
                axes.text(0, -place, " not touched", va="center", fontsize=7, color="#555555")
            for row in rows[rows["kind"] != "none"].to_dict("records"):
                height = -place + offsets[row["framework"]]
                ends = [100 * row["accuracy_effect_low"], 100 * row["accuracy_effect_high"]]
                colour = colours[row["framework"]]
                axes.plot(ends, [height] * 2, color=colour, linewidth=2)
                marker = "o" if row["kind"] == "paired" else "D"
                axes.plot(100 * row["accuracy_effect"], height, marker, color=colour, markersize=5)
        axes.set_title(model_name(architecture))
        axes.set_xlabel("Change of accuracy (points)")
        axes.grid(visible=False, axis="y")
    last = [rung for rung in steps if rung != ALL_STEPS][-1]
    factor = table[table["rung"] == last]["factor"].iloc[0]
    labels = [f"{step}: {factor}" if step == last else step.replace("_", " ") for step in steps]
    panels[0].set_yticks([-place for place in range(len(steps))], labels)
    panels[0].set_ylim(-len(steps) + 0.4, 0.6)
    figure.suptitle(title)
    handles = [Line2D([], [], color=colours[it], linewidth=2, label=framework_name(it)) for it in frameworks]
    for marker, words in (("o", "paired, 95% interval"), ("D", "other test tracks, 95% interval")):
        handles.append(Line2D([], [], color="#555555", marker=marker, markersize=5, linestyle="", label=words))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _effect(row: dict[Hashable, Any]) -> str:
    if row["kind"] == "none":
        return NONE
    mark = "*" if row["kind"] == "unpaired" else ""
    ends = interval(100 * row["accuracy_effect_low"], 100 * row["accuracy_effect_high"], 1)
    return f"{100 * row['accuracy_effect']:+.1f} {ends}{mark}"


def _step_name(name: str, rungs: list[dict[str, Any]]) -> str:
    """Name a step; the last one has the name of a whole protocol, of which it is one factor."""
    return f"`{name}`: {rungs[-1]['factor']}" if name == rungs[-1]["name"] else f"`{name}`"


def _shown_effects(ladder: Ladder) -> list[str]:
    """Say in words after which steps the accuracy is another: those whose interval does not hold 0."""
    lines = []
    for (architecture, framework), rows in ladder.table.groupby(["architecture", "framework"], sort=False):
        measured = rows[rows["kind"].isin(["paired", "unpaired"])]
        steps = measured[measured["rung"] != ALL_STEPS]
        beyond = steps[(steps["accuracy_effect_low"] > 0) | (steps["accuracy_effect_high"] < 0)]
        found = [
            f"after {_step_name(it['rung'], ladder.facts['rungs'])} the accuracy is "
            f"{'higher' if it['accuracy_effect'] > 0 else 'lower'}, {_effect(it)} points"
            f"{', on other tracks' if it['kind'] == 'unpaired' else ''}"
            for it in beyond.to_dict("records")
        ]
        name = escape(implementation_name(str(architecture), str(framework)))
        words = "; ".join(found) or "no single step is shown to change the accuracy"
        whole = "".join(
            f" All steps together: {_effect(it)} points, on other tracks."
            for it in measured[measured["rung"] == ALL_STEPS].to_dict("records")
        )
        lines.append(f"{name}: {words}.{whole}")
    return lines
