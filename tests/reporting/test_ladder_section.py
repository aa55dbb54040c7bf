"""What the page says of the ladder of flaws."""

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.ablation.record import Ladder
from benchmarks.ladder import make_ladder
from benchmarks.reporting.ladder_section import effects_table, ladder_figure, ladder_section, step_words
from benchmarks.reporting.notation import NONE
from benchmarks.style import figure_style
from tests.builders import FAKE_EFFECTS, fake_ladder, fake_manifest, fake_runs, plain_params, settings_of, windowed

SPLIT = {"kind": "random", "test_share": 0.3, "validation_share": 0, "random_state": 1}
RUNS = fake_runs(fake_manifest(), protocols=("published", "corrected"), seeds=(0, 1))


def section(ladder: Ladder | None, kind: Any = "gtzan-mini") -> str:
    return "\n\n".join(ladder_section(kind, "gtzan-mini", ladder))


def cells(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if not line.startswith("| :")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_a_ladder_that_was_not_climbed_says_how():
    text = section(None)
    assert text.startswith("## The ladder of flaws")
    assert "was not measured here: `python -m nox -s ablation -- --dataset gtzan-mini` does it." in text


def test_the_ladder_of_other_runs_is_marked():
    text = section(replace(fake_ladder(RUNS), current=False))
    assert "**Of older runs.** It was measured with other runs or steps than those of this page" in text
    assert "`python -m nox -s ablation -- --dataset gtzan-mini`" in text
    # what it measured stays
    assert "![Effect of each step of the ladder on accuracy](figures/ladder-of-flaws.png)" in text
    assert "Of older runs" not in section(fake_ladder(RUNS))


def test_the_section_shows_table_figure_words_and_where_it_comes_from():
    text = section(fake_ladder(RUNS))
    assert "From `published` to `corrected`, one factor at a time" in text
    assert "![Effect of each step of the ladder on accuracy](figures/ladder-of-flaws.png)" in text
    assert "[ablation.csv](ablation.csv)" in text
    assert "18 runs were made for the steps; where and when: [provenance](provenance.md)." in text
    assert not re.search(r"\b(nan|None)\b", text)


def test_generated_audio_is_marked():
    text = section(fake_ladder(RUNS), kind="synthetic")
    assert text.startswith("## SYNTHETIC: the ladder of flaws")
    assert "![SYNTHETIC: " in text


def test_every_step_has_its_row_and_every_implementation_its_column():
    header, *rows = cells(effects_table(fake_ladder(RUNS)))
    assert header == [
        "Step",
        "2D CNN, PyTorch",
        "2D CNN, TensorFlow",
        "1D CNN - LSTM, PyTorch",
        "1D CNN - LSTM, TensorFlow",
    ]
    assert [row[0] for row in rows] == ["`log_mel`", "`standardised`", "`corrected`: split", "**all steps**"]
    assert rows[0][1:] == ["+4.0 [-1.0, 9.0]"] * 2 + [NONE] * 2
    assert rows[1][1:] == ["+10.0 [2.0, 18.0]"] * 4
    # other test tracks
    assert rows[2][1:] == ["-25.0 [-40.0, -10.0]*"] * 4
    assert rows[3][1:] == ["-11.0 [-30.0, 8.0]*"] * 4


def test_only_steps_whose_interval_leaves_0_out_change_the_accuracy():
    words, changes = section(fake_ladder(RUNS)).split("What the steps change:")
    assert "- `standardised`: inputs standardised by the training tracks" in changes
    assert [line for line in words.splitlines() if line.startswith("- ")] == [
        f"- {name}: after `standardised` the accuracy is higher, +10.0 [2.0, 18.0] points; "
        "after `corrected`: split the accuracy is lower, -25.0 [-40.0, -10.0]* points, on other tracks. "
        "All steps together: -11.0 [-30.0, 8.0]* points, on other tracks."
        for name in (
            "2D CNN, PyTorch",
            "2D CNN, TensorFlow",
            "1D CNN - LSTM, PyTorch",
            "1D CNN - LSTM, TensorFlow",
        )
    ]


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.2), (-0.2, 0.0), (float("nan"), float("nan"))])
def test_an_interval_that_holds_0_shows_nothing(low: float, high: float):
    ladder = fake_ladder(RUNS)
    changed = ladder.table["kind"].isin(["paired", "unpaired"])
    ladder.table.loc[changed, ["accuracy_effect_low", "accuracy_effect_high"]] = low, high
    text = section(ladder)
    assert text.count("no single step is shown to change the accuracy.") == 4
    assert not re.search("is (higher|lower)", text)


def test_the_study_s_steps_are_told_in_words():
    rungs = [
        {
            "name": it.name,
            "factor": it.factor,
            "selection": it.selection,
            "kept_together": "duplicates",
            "protocol": it.protocol.model_dump(),
        }
        for it in make_ladder(settings_of(plain_params()))
    ]
    words = [step_words(before["protocol"], after) for before, after in itertools.pairwise(rungs)]
    assert words == [
        "1D CNN - LSTM sees the MFCC of the first 15 s, in the order of time, `mfcc_15s`",
        "2D CNN sees the log-mel spectrogram of the first 5 s, one channel, `log_mel_5s`",
        "2D CNN sees the log-mel spectrogram of the first 15 s, one channel, `log_mel_15s`",
        "inputs standardised by the training tracks",
        "25% of the tracks validate and do not train",
        "the epoch of lowest validation loss is scored",
        "split by genre, the same share of each in every part; copies in one part",
    ]


@pytest.mark.parametrize(
    ("factor", "change", "words"),
    [
        (
            "schedule",
            {"schedule": {"steps_for": None, "epochs": 3}},
            "another training schedule (epochs and steps for)",
        ),
        ("windows", {"windows": {"count": 4}}, "other windows of the tracks"),
        ("augmentation", {"augmentation": {"flip": 0.1}}, "another augmentation of what trains"),
        ("split", {"split": {"kind": "windows", "tracks": SPLIT}}, "the windows are split, whatever track they are of"),
    ],
)
def test_a_step_of_windows_says_what_it_changes(factor: str, change: dict[str, Any], words: str):
    schedule = {"steps_for": 50}
    augmentation = {"flip": 0.5, "mask": 0.5, "bands": 3, "frames": 4, "value": -80}
    before = windowed(schedule=schedule, augmentation=augmentation)
    after = before.changed(change).model_dump(mode="json")
    rung = {"factor": factor, "protocol": after, "kept_together": "tracks", "selection": "last_epoch"}
    assert step_words(before.model_dump(mode="json"), rung) == words


def test_the_figure_draws_effects_with_their_intervals_and_says_what_is_not_touched():
    with figure_style():
        figure = ladder_figure(fake_ladder(RUNS).table, "a title")
    assert figure.get_suptitle() == "a title"
    assert [axes.get_title() for axes in figure.axes] == ["2D CNN", "1D CNN - LSTM"]
    cnn, lstm = figure.axes
    assert [it.get_text() for it in cnn.get_yticklabels()] == [
        "log mel",
        "standardised",
        "corrected: split",
        "all steps",
    ]
    for axes, steps in ((cnn, [*FAKE_EFFECTS]), (lstm, [*FAKE_EFFECTS][1:])):
        points = [line for line in axes.lines if line.get_marker() in {"o", "D"}]
        # two frameworks
        effects = [FAKE_EFFECTS[step] for step in steps for _ in range(2)]
        assert [line.get_xdata()[0] for line in points] == pytest.approx([100 * effect for _, effect, _, _ in effects])
        assert [line.get_marker() for line in points] == ["o" if kind == "paired" else "D" for kind, *_ in effects]
        bars = [
            tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 2 and len(line.get_xdata()) == 2
        ]
        assert bars == [pytest.approx((100 * low, 100 * high)) for *_, low, high in effects]
    assert [text.get_text().strip() for text in lstm.texts] == ["not touched"]
    assert not cnn.texts
