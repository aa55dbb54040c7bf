"""Which protocols the rungs are, and which runs stand for them."""

from typing import Any

import pytest

from benchmarks.errors import GenrebenchError
from benchmarks.ladder import STEPS, find_protocol, make_ladder, runs_of_rungs, store_of, twins
from benchmarks.paths import RUNS
from benchmarks.runs import Implementation
from benchmarks.settings import Settings
from tests.builders import plain_params, settings_of


def settings(steps: dict[str, Any] | None = None, **report: Any) -> Settings:
    """The made-up study on every dataset, with other steps where they are given."""
    content = plain_params()
    content["reports"]["gtzan"].update(report)
    if steps is not None:
        content["ablation"]["steps"] = steps
    return settings_of(content)


def trained_for(found: dict[tuple[str, Implementation], Any], architecture: str) -> dict[str, str]:
    """For every rung the protocol whose runs stand for it."""
    return {rung: keys[0].protocol for (rung, made), keys in found.items() if made.architecture == architecture}


def test_the_study_s_ladder_changes_one_factor_at_a_time():
    rungs = make_ladder(settings())
    assert [(it.name, it.factor, it.selection) for it in rungs] == [
        ("published", None, "lowest_test_loss"),
        ("forwards", "features", "lowest_test_loss"),
        ("log_mel", "features", "lowest_test_loss"),
        ("more_seconds", "features", "lowest_test_loss"),
        ("standardised", "scaling", "lowest_test_loss"),
        ("validation_part", "split", "lowest_test_loss"),
        ("epoch_by_validation", "selection", "lowest_validation_loss"),
        ("corrected", "split", "lowest_validation_loss"),
    ]
    ours = settings().protocols
    assert (rungs[0].protocol, rungs[-1].protocol) == (ours["published"], ours["corrected"])
    # a step keeps what it does not name
    assert rungs[3].protocol.features == {"cnn2d": "log_mel_15s", "cnn_lstm": "mfcc_15s"}
    assert rungs[5].protocol.split.model_dump() == {
        "kind": "random",
        "test_share": 0.25,
        "validation_share": 0.25,
        "random_state": 7,
    }


FEATURES = {"features": {"cnn2d": "log_mel_15s", "cnn_lstm": "mfcc_15s"}}


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({"nothing": {}}, r"from published to nothing 0 factors change \(none\); legal: one of split, windows, f"),
        ({"same": {"scaling": "none"}}, "from published to same 0 factors change"),
        # one more epoch beside the one that stands first is no change
        ({"fewer": {"selections": ["lowest_test_loss"]}}, "from published to fewer 0 factors change"),
        ({"two": {**FEATURES, "scaling": "standardise"}}, r"from published to two 2 factors change \(features, scal"),
        ({}, "from published to corrected 4 factors change"),
        ({"odd": {"colour": "blue"}}, "ablation.steps.odd makes no legal protocol: colour: there is no such key"),
        ({"odd": {"schedule": {"epochs": 0}}}, "steps.odd makes no legal protocol: schedule.epochs: .*equal to 1"),
        ({"odd": {"selections": ["lowest_validation_loss"]}}, "steps.odd makes .* needs a split with validation_share"),
        ({"odd": {"split": {"validation_share": 0.9}}}, "steps.odd makes no legal protocol: split: .*nothing to train"),
    ],
)
def test_a_step_that_is_none_is_one_error(steps: dict[str, Any], message: str):
    with pytest.raises(GenrebenchError, match=message):
        make_ladder(settings(steps))


def test_the_features_of_steps_are_made_where_the_ladder_is_climbed():
    assert "log_mel_5s" in settings().features
    assert "log_mel_5s" not in settings(protocols=["published"]).features


@pytest.mark.parametrize("protocols", [["published"], ["corrected"]])
def test_the_study_trains_both_ends(protocols: list[str]):
    (other,) = {"published", "corrected"} - {*protocols}
    with pytest.raises(GenrebenchError, match=rf"the ladder of flaws needs {other} in reports\.gtzan\.protocols"):
        make_ladder(settings(protocols=protocols))


def test_steps_that_leave_an_architecture_alone_reuse_earlier_runs():
    ours = settings()
    found = runs_of_rungs(ours, "gtzan", make_ladder(ours))
    assert trained_for(found, "cnn2d") == {
        "published": "published",
        "forwards": "published",
        "log_mel": "log_mel",
        "more_seconds": "more_seconds",
        "standardised": "standardised",
        "validation_part": "validation_part",
        # the same training, another of its epochs
        "epoch_by_validation": "validation_part",
        "corrected": "corrected",
    }
    assert trained_for(found, "cnn_lstm") == {
        "published": "published",
        "forwards": "forwards",
        "log_mel": "forwards",
        "more_seconds": "forwards",
        "standardised": "standardised",
        "validation_part": "validation_part",
        "epoch_by_validation": "validation_part",
        "corrected": "corrected",
    }
    assert len({key.folder for keys in found.values() for key in keys if key.store == STEPS}) == (4 + 3) * 2 * 3


def test_a_run_without_the_epoch_that_is_wanted_does_not_stand_for_a_rung():
    steps = plain_params()["ablation"]["steps"]
    steps["validation_part"]["selections"] = ["lowest_test_loss"]
    ours = settings(steps)
    found = trained_for(runs_of_rungs(ours, "gtzan", make_ladder(ours)), "cnn2d")
    assert found["epoch_by_validation"] == "epoch_by_validation"


def test_every_seed_and_implementation_has_its_run_in_the_right_store():
    content = plain_params()
    content["study"]["seeds"] = [0, 7]
    ours = settings_of(content)
    found = runs_of_rungs(ours, "gtzan", make_ladder(ours))
    made = Implementation("cnn_lstm", "tensorflow")
    assert [str(key.folder) for key in found["log_mel", made]] == [
        f"runs/ablation/gtzan/forwards/cnn_lstm-tensorflow/seed-{seed}" for seed in (0, 7)
    ]
    assert [str(key.folder) for key in found["corrected", made]] == [
        f"runs/gtzan/corrected/cnn_lstm-tensorflow/seed-{seed}" for seed in (0, 7)
    ]
    assert len(found) == 8 * 4


WINDOWS = {"windows": {"samples": 66_150, "hop": 66_150, "count": 5}, "features": {"cnn2d": "log_mel_3s"}}


def with_split(given: dict[str, Any], **report: Any) -> Settings:
    content = plain_params()
    content["ablation"]["windows_split"] = given
    content["reports"]["gtzan"].update(report)
    return settings_of(content)


def test_windows_are_split_beside_a_protocol_that_differs_in_that_alone():
    ours = with_split({"corrected": WINDOWS})
    (found,) = twins(ours)
    assert (found.of, found.beside, found.name) == ("corrected", "corrected-windows", "corrected-windows-split")
    honest, flawed = (find_protocol(ours, name) for name in (found.beside, found.name))
    assert flawed.model_copy(update={"split": honest.split}) == honest == found.protocol
    assert flawed.split.kind == "windows"
    # the same copies are kept together before windows are drawn
    assert flawed.groups_tracks
    assert honest.groups_tracks
    # what it cuts, and what networks see of that, is all that makes it another than the study's
    own = ours.protocols["corrected"]
    assert honest.features == {"cnn2d": "log_mel_3s", "cnn_lstm": "mfcc_15s"}
    assert honest.model_copy(update={"windows": own.windows, "features": own.features}) == own
    assert store_of(ours, found.beside) == store_of(ours, found.name) == STEPS
    assert "log_mel_3s_windows_66150_66150_5" in ours.features


def test_windows_of_a_step_that_are_not_legal_are_one_error():
    ours = settings({"odd": {"windows": {"samples": 0, "hop": 1, "count": 2}}})
    with pytest.raises(GenrebenchError, match=r"ablation: a step's windows are not legal: samples: .*greater than"):
        _ = ours.features
    assert settings({"whole": {"windows": None}}).features


def test_windows_of_a_protocol_that_a_report_does_not_run_are_not_split():
    ours = with_split({"corrected": WINDOWS}, protocols=["published"])
    assert twins(ours) == []
    assert "log_mel_3s_windows_66150_66150_5" not in ours.features


def test_protocols_and_steps_are_found_by_name():
    ours = settings()
    assert find_protocol(ours, "corrected") == ours.protocols["corrected"]
    assert find_protocol(ours, "standardised").scaling == "standardise"
    assert (store_of(ours, "corrected"), store_of(ours, "standardised")) == (RUNS, STEPS)
    with pytest.raises(GenrebenchError, match=r"no protocol 'perfect'.* published, corrected, forwards"):
        find_protocol(ours, "perfect")


def test_a_broken_ladder_does_not_keep_the_study_s_own_protocols_from_running():
    assert find_protocol(settings({"nothing": {}}), "published").scaling == "none"
