"""What the table of findings says, in both directions, and only where an interval allows."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.datasets.manifest import DatasetKind
from benchmarks.reporting.findings import (
    all_findings,
    architecture_findings,
    artists_findings,
    baseline_findings,
    claim_findings,
    copies_findings,
    framework_findings,
    parity_findings,
)
from benchmarks.reporting.flaw_findings import flaw_findings, leak_findings, step_findings, windows_split_findings
from benchmarks.reporting.index import evidence
from benchmarks.reporting.records import Records, best_evidence
from benchmarks.reporting.rendering import render
from benchmarks.scoring.baselines import LINEAR, MAJORITY
from tests.builders import STUDY

FRAMEWORKS = ("pytorch", "tensorflow")
SHOWN = {"higher": (0.2, 0.1, 0.3), "lower": (-0.2, -0.3, -0.1), "open": (0.1, -0.1, 0.3)}


def results(protocol: str = "published", **accuracy_low: float) -> pd.DataFrame:
    """The 2D CNN of each framework under a protocol, with the lower end of its accuracy."""
    row = {"protocol": protocol, "architecture": "cnn2d", "selection": "lowest_test_loss", "n_test": 20, "batches": 3}
    return pd.DataFrame([{**row, "framework": it, "accuracy_low": low} for it, low in accuracy_low.items()])


def above_chance(protocol: str) -> pd.DataFrame:
    return results(protocol, **dict.fromkeys(FRAMEWORKS, 0.3))


def records(kind: DatasetKind = "gtzan-mini", tracks: int = 100, **tables: Any) -> Records:
    facts = {"dataset": kind, "kind": kind, "tracks": tracks, "genres": 10, "ladder_current": True, "verdicts": []}
    results = pd.concat([above_chance("published"), above_chance("corrected")])
    given = {
        "results": results,
        "units": None,
        "baselines": None,
        "differences": None,
        "comparisons": None,
        "leak": None,
        "ladder": None,
        "windows_split": None,
    }
    extra = tables.pop("facts", {})
    return Records(facts={**facts, **extra}, weights=None, **{**given, **tables})


def ladder(*effects: tuple[str, str, str, tuple[float, float, float]], kind: str = "paired") -> pd.DataFrame:
    names = ("accuracy_effect", "accuracy_effect_low", "accuracy_effect_high")
    return pd.DataFrame(
        [
            {"rung": rung, "factor": "split", "architecture": made, "framework": framework, "kind": kind}
            | dict(zip(names, effect, strict=True))
            for rung, made, framework, effect in effects
        ]
    )


def differences(pytorch: str, tensorflow: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "protocol": "published",
                "architecture": "cnn2d",
                "framework": framework,
                "selection": selection,
                "baseline": baseline,
                **dict(zip(("accuracy_difference", "accuracy_low", "accuracy_high"), effect, strict=True)),
            }
            for framework, shown in zip(FRAMEWORKS, (pytorch, tensorflow), strict=True)
            # of another epoch, and of another baseline: not what the sentence is about
            for selection, baseline, effect in (
                ("lowest_test_loss", LINEAR, SHOWN[shown]),
                ("lowest_test_loss", MAJORITY, SHOWN["higher"]),
                ("last_epoch", LINEAR, SHOWN["lower"]),
            )
        ]
    )


@pytest.mark.parametrize(
    ("pytorch", "tensorflow", "words"),
    [
        ("higher", "higher", "*published*: 2D CNN beats baseline"),
        ("lower", "lower", "*published*: baseline beats 2D CNN"),
        ("open", "open", "*published*: 2D CNN vs baseline: open"),
        ("higher", "open", "*published*: 2D CNN beats baseline (1 of 2)"),
        ("open", "lower", "*published*: baseline beats 2D CNN (1 of 2)"),
    ],
)
def test_a_baseline_that_wins_is_said_as_plainly_as_one_that_loses(pytorch: str, tensorflow: str, words: str) -> None:
    (found,) = baseline_findings(records(differences=differences(pytorch, tensorflow)))
    assert found.what == words
    effects = [
        f"{100 * SHOWN[it][0]:+.0f} [{100 * SHOWN[it][1]:.0f}, {100 * SHOWN[it][2]:.0f}]"
        for it in (pytorch, tensorflow)
    ]
    assert found.number == f"PyTorch {effects[0]}, TensorFlow {effects[1]}"
    assert found.data == "gtzan-mini, n=20"


def test_frameworks_that_contradict_each_other_are_both_named() -> None:
    (found,) = baseline_findings(records(differences=differences("higher", "lower")))
    assert "2D CNN beats baseline (1 of 2); baseline beats 2D CNN (1 of 2)" in found.what


def both(rung: str, effect: tuple[float, float, float], kind: str = "paired") -> pd.DataFrame:
    return ladder(*((rung, "cnn2d", it, effect) for it in FRAMEWORKS), kind=kind)


def test_flaws_all_together_then_the_step_to_other_tracks() -> None:
    steps = {"corrected": "an artist's tracks in one part", "large": "another input"}
    table = pd.concat(
        [
            both("large", SHOWN["lower"]),
            both("corrected", SHOWN["lower"], kind="unpaired"),
            both("all steps", SHOWN["higher"], kind="unpaired"),
        ]
    )
    everything, split = flaw_findings(STUDY.ablation, records(ladder=table, facts={"ladder_steps": steps}))
    assert everything.what == "All flaws corrected: 2D CNN rises"
    assert everything.number == "PyTorch +20 [10, 30], TensorFlow +20 [10, 30] *"
    assert everything.page == "gtzan-mini/README.md#the-ladder-of-flaws"
    assert split.what == "The split corrected: 2D CNN falls"
    assert "tracks are others too" in split.notes[0]
    assert split.notes[1] == "The split corrected: an artist's tracks in one part."


def test_the_largest_step_on_the_same_tracks_is_told_with_what_it_does() -> None:
    table = pd.concat(
        [
            both("small", (0.05, 0.01, 0.09)),
            both("large", (-0.15, -0.2, -0.1)),
            # in one framework only
            ladder(("one", "cnn2d", "pytorch", SHOWN["higher"]), ("one", "cnn2d", "tensorflow", SHOWN["open"])),
            # not the worth of one flaw
            both("corrected", SHOWN["higher"], kind="unpaired"),
            both("all steps", SHOWN["higher"]),
        ]
    )
    (found,) = step_findings(STUDY.ablation, records(ladder=table, facts={"ladder_steps": {"large": "another input"}}))
    assert found.what == "Step `large`: 2D CNN falls"
    assert found.number == "PyTorch -15 [-20, -10], TensorFlow -15 [-20, -10]"
    assert found.notes[0].startswith("Step `large`: another input.")


def leak(linear: str, neighbour: str) -> pd.DataFrame:
    names = ("difference", "difference_low", "difference_high")
    return pd.DataFrame(
        [
            {"classifier": classifier, "unit": unit, "tracks": 500} | dict(zip(names, effect, strict=True))
            for classifier, shown in (("linear", linear), ("neighbour", neighbour))
            for unit, effect in (("window", SHOWN[shown]), ("track", SHOWN["lower"]))
        ]
    )


@pytest.mark.parametrize(
    ("linear", "neighbour", "words"),
    [
        ("higher", "higher", "Windows split, not tracks: accuracies rise"),
        ("open", "higher", "Windows split, not tracks: accuracies rise (1 of 2)"),
        ("open", "open", "Windows split, not tracks: open"),
    ],
)
def test_windows_of_a_track_on_both_sides_have_a_price(linear: str, neighbour: str, words: str) -> None:
    (found,) = leak_findings(records(leak=leak(linear, neighbour)))
    assert found.what == words
    assert found.number.endswith("neighbour +10 [-10, 30]" if neighbour == "open" else "neighbour +20 [10, 30]")
    assert found.page == "gtzan-mini/README.md#windows-of-one-track-on-both-sides"
    assert leak_findings(records()) == leak_findings(records(leak=leak("open", "open")[:0])) == []


def prices() -> pd.DataFrame:
    """What split windows are worth under two protocols."""
    names = ("difference", "difference_low", "difference_high")
    return pd.DataFrame(
        [
            {"protocol": protocol, "architecture": "cnn2d", "framework": framework, "unit": unit, "tracks": 30}
            | {"seconds": 3.0, **dict(zip(names, SHOWN[shown if unit == "window" else "lower"], strict=True))}
            for protocol, shown in (("published", "higher"), ("corrected", "open"))
            for framework in FRAMEWORKS
            for unit in ("window", "track")
        ]
    )


def test_windows_split_have_a_price_for_every_network_and_protocol() -> None:
    published, corrected = windows_split_findings(records(windows_split=prices()))
    assert published.what == "*published*, windows of 3 s split: 2D CNN rises"
    assert published.number == "PyTorch +20 [10, 30], TensorFlow +20 [10, 30]"
    assert published.data == "gtzan-mini, n=30"
    assert published.page == "gtzan-mini/README.md#the-networks-with-windows-of-one-track-on-both-sides"
    assert corrected.what == "*corrected*, windows of 3 s split: 2D CNN open"
    assert windows_split_findings(records()) == []


def test_a_ladder_that_shows_nothing_or_is_of_older_runs() -> None:
    table = pd.concat([both(rung, SHOWN["open"]) for rung in ("a", "all steps")])
    (everything,) = flaw_findings(STUDY.ablation, records(ladder=table))
    (single,) = step_findings(STUDY.ablation, records(ladder=table))
    assert everything.what == "All flaws corrected: 2D CNN open"
    assert single.what == "No step moves the 2D CNN in every framework"
    assert single.number == "0 of 2 exclude 0"
    for told in (records(ladder=table, facts={"ladder_current": False}), records()):
        assert flaw_findings(STUDY.ablation, told) == step_findings(STUDY.ablation, told) == []


def test_a_step_that_one_framework_alone_shows_is_counted() -> None:
    effects = (("pytorch", SHOWN["lower"]), ("tensorflow", SHOWN["open"]))
    paired = ladder(*(("a", "cnn_lstm", *effect) for effect in effects))
    table = pd.concat([paired, both("corrected", SHOWN["open"], kind="unpaired")])
    (single,) = step_findings(STUDY.ablation, records(ladder=table))
    assert single.what == "No other step moves the CNN-LSTM in every framework"
    assert single.number == "1 of 2 exclude 0, largest -20 [-30, -10]"


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ({"pytorch": 0.2, "tensorflow": 0.2}, "*published*: baseline beats 2D CNN"),
        # one of ten genres
        ({"pytorch": 0.1, "tensorflow": 0.02}, "*published*: baseline beats 2D CNN†"),
        ({"pytorch": 0.2, "tensorflow": 0.02}, "*published*: baseline beats 2D CNN†"),
    ],
)
def test_a_network_at_chance_is_not_told_as_a_mere_loser(ends: dict[str, float], words: str) -> None:
    (found,) = baseline_findings(records(differences=differences("lower", "lower"), results=results(**ends)))
    assert found.what == words


def test_a_network_that_does_not_beat_the_most_frequent_genre_is_at_chance() -> None:
    table = differences("lower", "lower")
    table.loc[table["baseline"] == MAJORITY, "accuracy_low"] = -0.01
    given = records(differences=table, results=results(pytorch=0.2, tensorflow=0.2))
    assert given.at_chance("published", "cnn2d")


@pytest.mark.parametrize(
    ("artists", "words"),
    [
        ({"published": [10, 20], "corrected": [0, 30]}, "Test tracks whose artist is trained on, too"),
        ({"published": [0, 20]}, "No artist is trained on and tested"),
    ],
)
def test_artists_on_two_sides_are_told(artists: dict[str, list[int]], words: str) -> None:
    (found,) = artists_findings(records(facts={"artists": artists}))
    assert found.what == words
    assert found.number.startswith(f"published {artists['published'][0]} of 20")
    assert artists_findings(records()) == []


def test_rounding_in_float32_is_told_beside_the_proof() -> None:
    rows = [
        {"architecture": "cnn2d", "precision": "float64", "difference": 4.2e-10, "within": True},
        {"architecture": "cnn2d", "precision": "float32", "difference": 0.26, "within": True},
    ]
    (found,) = parity_findings(STUDY, {"rows": rows, "setting": {"steps": 25}})
    assert found.number == "at most 4.2e-10 apart in 25 batches; in float32 26% ‡"


def comparisons(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """A row for each (kind, within, first, second, effect)."""
    names = ("accuracy_difference", "accuracy_low", "accuracy_high")
    return pd.DataFrame(
        [
            {"protocol": "published", "selection": "lowest_test_loss", "kind": kind, "within": within}
            | {"first": first, "second": second, "equivalent": "no"}
            | dict(zip(names, SHOWN[effect], strict=True))
            for kind, within, first, second, effect in rows
        ]
    )


@pytest.mark.parametrize(
    ("shown", "words", "number"),
    [
        ("open", "No framework shown better in 2 pairs, none equal", "+10 [-10, 30], 2D CNN"),
        # the pair that is shown, though the other one is as large
        ("lower", "Frameworks' accuracies differ in 1 of 2 pairs", "-20 [-30, -10], CNN-LSTM"),
    ],
)
def test_frameworks_differ_only_where_an_interval_says_so(shown: str, words: str, number: str) -> None:
    table = comparisons(
        ("framework", "cnn2d", "pytorch", "tensorflow", "open"),
        ("framework", "cnn_lstm", "pytorch", "tensorflow", shown),
        ("architecture", "pytorch", "cnn2d", "cnn_lstm", "higher"),
    )
    (found,) = framework_findings(records(comparisons=table))
    assert found.what == words
    assert found.number == f"largest {number}, published"


def test_frameworks_are_called_equal_only_where_all_pairs_are_shown_to_be() -> None:
    table = comparisons(*(("framework", it, "pytorch", "tensorflow", "open") for it in ("cnn2d", "cnn_lstm")))
    (found,) = framework_findings(records(comparisons=table.assign(equivalent="yes")))
    assert found.what == "Frameworks equal within 5 points, 2 pairs"
    (found,) = framework_findings(records(comparisons=table.assign(equivalent=["yes", "no"])))
    assert found.what == "No framework shown better in 2 pairs, 1 equal"


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        (("higher", "higher"), "*published*: CNN-LSTM beats 2D CNN"),
        (("lower", "lower"), "*published*: 2D CNN beats CNN-LSTM"),
        (("open", "open"), "*published*: CNN-LSTM vs 2D CNN: open"),
        (("open", "higher"), "*published*: CNN-LSTM beats 2D CNN (1 of 2)"),
    ],
)
def test_the_networks_are_compared_in_both_directions(effects: tuple[str, str], words: str) -> None:
    rows = [("architecture", it, "cnn2d", "cnn_lstm", effect) for it, effect in zip(FRAMEWORKS, effects, strict=True)]
    (found,) = architecture_findings(records(comparisons=comparisons(*rows)))
    assert found.what == words


def test_rounding_never_contradicts_the_words() -> None:
    table = differences("open", "open")
    chosen = (table["selection"] == "lowest_test_loss") & (table["baseline"] == LINEAR)
    table.loc[chosen, ["accuracy_difference", "accuracy_low", "accuracy_high"]] = (-0.2, -0.44, -0.003)
    (found,) = baseline_findings(records(differences=table))
    assert found.what == "*published*: baseline beats 2D CNN"
    assert found.number == "PyTorch -20.0 [-44.0, -0.3], TensorFlow -20.0 [-44.0, -0.3]"


def test_a_claim_that_nobody_tested_says_how_to_test_it() -> None:
    (found,) = claim_findings(STUDY.claim, None)
    assert found.what == "Not tested: 2D CNN 52% and CNN-LSTM 66% on GTZAN"
    assert found.number == "no run on all its 1000 tracks"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.5, 0.7, "52% for the 2D CNN: one run like ours can give it"),
        (0.6, 0.7, "52% for the 2D CNN: below what runs like ours give"),
        (0.4, 0.5, "52% for the 2D CNN: above what runs like ours give"),
    ],
)
def test_a_claim_that_was_tested_gets_its_verdict(low: float, high: float, words: str) -> None:
    verdict = {"architecture": "cnn2d", "metric": "accuracy", "claimed": 0.52, "low": low, "high": high}
    verdicts = [{**verdict, "framework": it} for it in FRAMEWORKS]
    whole = records("gtzan", 1000, facts={"verdicts": verdicts}, differences=differences("open", "open"))
    (found,) = claim_findings(STUDY.claim, whole)
    assert found.what == words
    interval = f"[{100 * low:.0f}, {100 * high:.0f}]%"
    assert found.number == f"one more run: PyTorch {interval}, TensorFlow {interval}"


def test_a_claim_that_was_run_without_a_verdict_is_not_called_untested() -> None:
    (found,) = claim_findings(STUDY.claim, records("gtzan", 1000))
    assert found.what.startswith("No verdict yet: 2D CNN 52%")


def test_parity_is_not_claimed_when_a_rung_is_beyond_its_bound() -> None:
    row = {"architecture": "cnn2d", "precision": "float64", "difference": 4.56e-10, "within": True}
    (found,) = parity_findings(STUDY, {"rows": [row], "setting": {"steps": 25}})
    assert (found.what, found.number) == (
        "In float64 frameworks train the same model",
        "at most 4.6e-10 apart in 25 batches ‡",
    )
    (found,) = parity_findings(STUDY, {"rows": [row, {**row, "within": False}], "setting": {"steps": 25}})
    assert found.what == "Not shown: the frameworks train the same model"
    # a study whose networks were not compared
    others = [{**row, "architecture": "transformer"}]
    assert parity_findings(STUDY, {"rows": others, "setting": {"steps": 25}}) == []


@pytest.mark.parametrize(
    ("exact", "near", "words"),
    [
        (0, 0, "No copies found"),
        (0, 1, "1 group of copies among the tracks"),
        (3, 19, "22 groups of copies among the tracks"),
    ],
)
def test_copies_are_counted(exact: int, near: int, words: str) -> None:
    (found,) = copies_findings(records(facts={"copies": {"exact": exact, "near": near, "tracks": 44}}))
    assert found.what == words


def test_the_largest_part_of_gtzan_is_the_evidence_and_generated_audio_never_is(tmp_path: Path) -> None:
    complete = {"differences": differences("open", "open")}
    mini, large = records(**complete), records("gtzan", 500, **complete)
    made, own = records("synthetic", 150, **complete), records("folder", 900, **complete)
    assert best_evidence(STUDY.claim, [large, mini, own, made]) is large
    assert best_evidence(STUDY.claim, [own, made]) is None
    (tmp_path / "parity.json").write_text(
        json.dumps(
            {
                "rows": [{"architecture": "cnn2d", "precision": "float64", "difference": 0.0, "within": True}],
                "setting": {"steps": 25},
            }
        )
    )
    found = all_findings(STUDY, [made], tmp_path)
    assert [it.what for it in found] == [
        "Not tested: 2D CNN 52% and CNN-LSTM 66% on GTZAN",
        "In float64 frameworks train the same model",
    ]


def test_the_price_of_split_windows_is_of_the_largest_dataset_that_has_one(tmp_path: Path) -> None:
    complete = {"differences": differences("open", "open")}
    large, mini = records("gtzan", 500, **complete), records(windows_split=prices(), **complete)
    found = all_findings(STUDY, [large, mini], tmp_path)
    assert {it.data for it in found if "windows of 3 s split" in it.what} == {"gtzan-mini, n=30"}
    both = [records("gtzan", 500, windows_split=prices(), **complete), mini]
    assert {it.data for it in all_findings(STUDY, both, tmp_path) if "windows of 3 s" in it.what} == {"gtzan, n=30"}


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({"results": results(pytorch=0.1, tensorflow=0.1), "differences": differences("lower", "lower")}, "†: "),
        ({"differences": differences("lower", "open")}, "(1 of 2): "),
        ({"differences": differences("lower", "lower")}, None),
    ],
)
def test_a_mark_is_explained_once_and_only_where_it_stands(given: dict[str, Any], note: str | None) -> None:
    found = baseline_findings(records(**given)) * 2
    nothing = {"protocols_note": "", "reports": "", "caveat": "", "directions": "", "evidence": "", "picture": None}
    page = render("readme-findings.md.jinja", findings=found, **nothing)
    for mark in ("†: ", "(1 of 2): "):
        assert page.count(f"\n{mark}") == (mark == note)


def test_the_evidence_is_told_with_its_accuracies_and_that_they_do_not_compare_with_the_claim() -> None:
    rows = [
        {"protocol": "published", "architecture": "cnn2d", "selection": "lowest_test_loss"}
        | {"framework": framework, "accuracy_mean": accuracy}
        for framework, accuracy in zip(FRAMEWORKS, (0.671, 0.694), strict=True)
    ]
    baselines = pd.DataFrame([{"protocol": "published", "baseline": LINEAR, "accuracy": 0.8}])
    given = records("gtzan", 500, results=pd.DataFrame(rows), baselines=baselines, facts={"genres": 5})
    assert evidence(STUDY, given) == (
        "gtzan is 500 tracks, 5 of the 10 genres of GTZAN; chance is 20%, so the claim's 52% and 66%, of all GTZAN, "
        "do not compare with it. Accuracies of our runs, PyTorch and TensorFlow: *published* 2D CNN 67 and 69%, "
        "baseline 80%."
    )
    whole = records("gtzan", 1000, results=pd.DataFrame(rows), baselines=baselines)
    assert "do not compare" not in evidence(STUDY, whole)
    assert evidence(STUDY, None) == ""
