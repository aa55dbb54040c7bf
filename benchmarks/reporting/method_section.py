"""The parts of a page that say how its runs were made: method, data, versions, arithmetic."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks.audit.straddling import artists_of
from benchmarks.datasets.manifest import Manifest
from benchmarks.reporting.facts import versions_table
from benchmarks.reporting.notation import (
    RULES,
    escape,
    features_words,
    kind_words,
    listing,
    marked,
    model_name,
    selection_words,
)
from benchmarks.reporting.tables import tracks_table
from benchmarks.runs import FinishedRun

_SCALING = {
    "none": "Inputs are not scaled.",
    "standardise": (
        "Inputs are standardised: mean 0 and standard deviation 1 of each channel or coefficient over the training "
        "tracks."
    ),
}
_ARITHMETIC = {
    "portable": (
        "Arithmetic: portable. The same inputs give the same bits on every x86-64 processor with AVX2: "
        "`python -m nox -s verify` says whether a rerun did."
    ),
    "native": "Arithmetic: native. Another processor may give other numbers.",
    "device": "Arithmetic: that of the device that trained. Another may give other numbers.",
}
_KEPT = {
    "duplicates": "Copies of the same audio stay in one part",
    "artists and duplicates": "Copies of the same audio, and all tracks of an artist, stay in one part",
}


def method(manifest: Manifest, runs: Sequence[FinishedRun]) -> list[str]:
    """Write the section that says what was done under each protocol."""
    return [
        f"## {marked(manifest.kind, 'method')}",
        (
            "The networks, their initial weights, the order of the batches and the optimiser are the same in both "
            "frameworks; how that is proved: [parity report](../parity.md). What is held equal, what may differ, and "
            f"how each number is computed: [{RULES}](../../docs/rules.md)."
        ),
        *_protocols(runs, artists_known=bool(artists_of(manifest))),
    ]


def how_it_was_made(manifest: Manifest, runs: Sequence[FinishedRun]) -> list[str]:
    """Write the paragraphs and tables of the section, from the manifest and what decided the runs.

    Nothing of where and when they were made: that is in `benchmarks.reporting.provenance`.

    Raises
    ------
    GenrebenchError
        If a run used a track that the manifest does not hold.
    """
    return [
        f"## {marked(manifest.kind, 'how it was made')}",
        "### Data",
        *_data(manifest, runs),
        "### Versions and arithmetic",
        _versions(runs),
        _arithmetic(runs),
        "On which machines, when and with which commit the runs were made: [provenance](provenance.md).",
        "### Make it again",
        _commands(manifest),
    ]


def _data(manifest: Manifest, runs: Sequence[FinishedRun]) -> list[str]:
    used, left_out = len(manifest.used), len(manifest.left_out)
    what = kind_words(manifest.kind, len(manifest.genres))
    parts = [
        f"Dataset `{manifest.dataset}`: {what}. Source: {escape(manifest.source.rstrip('.'))}.",
        (
            f"{used} tracks of {len(manifest.genres)} genres are used, {left_out} left out. "
            "Digests of every track, feature set and run: [digests.json](digests.json)."
        ),
    ]
    if left_out:
        ids_of: dict[str, list[str]] = {}
        for track in manifest.left_out:
            ids_of.setdefault(track.reason, []).append(escape(track.id))
        lines = [f"- {escape(reason)} ({len(ids)}): {', '.join(ids)}" for reason, ids in ids_of.items()]
        parts += ["Left out, and why:", "\n".join(lines)]
    caption = marked(manifest.kind, "tracks of every genre on both sides of the split")
    return [*parts, f"**{caption}**", tracks_table(manifest, runs)]


def _protocols(runs: Sequence[FinishedRun], *, artists_known: bool) -> list[str]:
    parts = []
    for protocol in dict.fromkeys(run.protocol for run in runs):
        group = [run for run in runs if run.protocol == protocol]
        features = _distinct(
            group,
            lambda run: (
                f"{escape(model_name(run.implementation.architecture))} sees "
                f"{features_words(run.decided_by['features']['name'])} "
                f"(sha256 `{run.decided_by['features']['sha256'][:12]}`)"
            ),
        )
        selections = [f"the {selection_words(name)}" for name in sorted(group[0].probabilities)]
        seeds = sorted({run.seed for run in group})
        lines = [
            *_distinct(
                group,
                lambda run: _split_words(
                    run.decided_by["protocol"]["split"], run.decided_by["split"]["kept_together"], artists_known
                ),
            ),
            *_distinct(group, lambda run: _windows_words(run.decided_by["protocol"])),
            *_distinct(group, lambda run: _schedule_words(run.decided_by["protocol"])),
            f"Input: {listing(features)}.",
            *_distinct(group, lambda run: _SCALING[run.decided_by["protocol"]["scaling"]]),
            *_distinct(group, lambda run: _augmentation_words(run.decided_by["protocol"])),
            f"Scored: {listing(selections)}.",
            f"{'Seed' if len(seeds) == 1 else 'Seeds'}: {listing([str(seed) for seed in seeds])}.",
        ]
        parts += [f"Protocol `{protocol}`:", "\n".join(f"- {line}" for line in lines)]
    return parts


def _split_words(split: dict[str, Any], kept: str, artists_known: bool) -> str:
    if split["kind"] == "windows":
        return (
            "**The flaw of windows of one track on both sides**: one random split of the windows, stratified by genre "
            f"(random state {split['tracks']['random_state']}), of as many a part as a {split['tracks']['kind']} split "
            "of the tracks has."
        )
    if split["kind"] == "random":
        validation = "There is no validation part."
        if split["validation_share"]:
            validation = f"{100 * split['validation_share']:g}% validate."
        stratified = "" if split.get("stratified") else "not "
        return (
            f"One random split of the tracks, {stratified}stratified: {100 * split['test_share']:g}% are test tracks, "
            f"the others train (random state {split['random_state']}). {validation}"
        )
    if kept == "fault-filtered partition":
        return (
            "The fault-filtered partition of GTZAN (Kereliuk, Sturm and Larsen 2015): no artist is in two parts, and "
            "faulty tracks are in none."
        )
    if kept == "own partition":
        return (
            "The partition of `split.csv` beside the audio. The data audit counts the copies and artists that it has "
            "on two sides."
        )
    return (
        "Grouped split, stratified by genre: about 60% train, 20% validate, 20% test "
        f"(random state {split['random_state']}). {_KEPT[kept]}.{_artists_words(kept, artists_known)}"
    )


def _artists_words(kept: str, known: bool) -> str:
    if kept != "duplicates":
        return ""
    if not known:
        return " Tracks of one artist need not: no artist is known."
    return (
        " Tracks of one artist need not: keeping them together would leave a part without a genre. The data audit "
        "counts the artists in two parts."
    )


def _windows_words(protocol: dict[str, Any]) -> str:
    windows = protocol.get("windows")
    if windows is None:
        return ""
    return (
        f"A track is cut into {windows['count']} windows of {windows['samples']} samples at 22050 Hz, "
        f"{windows['hop']} from one to the next; the network sees one at a time."
    )


def _augmentation_words(protocol: dict[str, Any]) -> str:
    given = protocol.get("augmentation")
    if given is None:
        return ""
    first = f" of the first {given['frames_below']}" if "frames_below" in given else ""
    return (
        f"While training, each window is turned round in time with probability {given['flip']:g}, and with probability "
        f"{given['mask']:g} {given['bands']} bands and {given['frames']} frames{first}, drawn anew, are set to "
        f"{given['value']:g}."
    )


def _schedule_words(protocol: dict[str, Any]) -> str:
    schedule = protocol["schedule"]
    told_apart = {"epochs", "batch_size", "steps_for", "steering"}
    adam = _settings_words({name: value for name, value in schedule.items() if name not in told_apart})
    seen = "windows" if "windows" in protocol else "tracks"
    words = f"{schedule['epochs']} epochs in batches of {schedule['batch_size']} {seen}. Adam: {adam}."
    if "steps_for" in schedule:
        words += (
            f" **An epoch has as many steps as there are batches of {schedule['steps_for']}**, and the next goes on "
            "with the batches that follow; a batch holds neighbours, always the same ones."
        )
    if "steering" in schedule:
        words += f" {_steering_words(schedule['steering'])}"
    return words


def _steering_words(steering: dict[str, Any]) -> str:
    watched = f"{steering['watched']} part" + (", augmented like what trains," if steering["augmented"] else "")
    words = (
        f"The learning rate is multiplied by {steering['factor']:g} where the loss of the {watched} has not fallen by "
        f"{steering['min_delta']:g} for {steering['patience']} epochs (cooldown {steering['cooldown']}, not below "
        f"{steering['lowest']:g})."
    )
    return f"**{words}**" if steering["watched"] == "test" else words


def _settings_words(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} = {value}" for name, value in settings.items())


def _versions(runs: Sequence[FinishedRun]) -> str:
    found: dict[str, list[str]] = {}
    for run in runs:
        for library, version in run.decided_by["versions"].items():
            if version not in found.setdefault(library, []):
                found[library].append(version)
    return versions_table(found)


def _arithmetic(runs: Sequence[FinishedRun]) -> str:
    return " ".join(_distinct(runs, lambda run: _ARITHMETIC[_own_or_portable(run)]))


def _own_or_portable(run: FinishedRun) -> str:
    # on a GPU, or where there may be one, the features alone are portable
    return str(run.decided_by["arithmetic"]) if run.decided_by["device"] == "cpu" else "device"


def _commands(manifest: Manifest) -> str:
    dataset = manifest.dataset
    choice = f"--audio-dir FOLDER --name {dataset}" if manifest.kind == "folder" else f"--dataset {dataset}"
    return "\n".join(
        (
            "```sh",
            f"python -m nox -s benchmark -- {choice}   # everything, from a fresh checkout",
            f"dvc repro report@{dataset}                          # the same, inside a ready environment",
            f"python -m nox -s ablation -- --dataset {dataset}    # the ladder of flaws",
            f"python -m nox -s verify -- --dataset {dataset}      # make it again and compare, run by run",
            "```",
        )
    )


def _distinct(runs: Iterable[FinishedRun], fact: Callable[[FinishedRun], str]) -> list[str]:
    return [words for words in dict.fromkeys(fact(run) for run in runs) if words]
