"""The cost page: predicted time and memory of whole studies, the check against runs, and the rates behind them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.audit.record import Audit
from benchmarks.datasets.manifest import Manifest
from benchmarks.datasets.undecoded import undecoded_gtzan
from benchmarks.files import write_text
from benchmarks.paths import audit_path, manifest_path
from benchmarks.protocols import features_of
from benchmarks.reporting.facts import git_words, machine_words
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import escape, framework_name, listing, model_name, number
from benchmarks.runs import RUN_FILE, Implementation, fingerprint, making_of, read_run, study_keys
from benchmarks.settings import Settings
from benchmarks.timing.cost.checking import Compared, TimedRun, compare, same_machine
from benchmarks.timing.cost.prediction import Part, Study, predict_study
from benchmarks.timing.cost.rates import feature_rate, training_rate
from benchmarks.timing.growth.record import RECORD, Growth

PAGE: Final = "cost.md"

_HOW = """\
- A run: start-up + epochs x (seconds of a training epoch + seconds of predicting the watched tracks). Each of these is
  a fixed part and a part for each track.
- Training: the sum over all runs of (seconds of the run x contention with all workers at work + the start of its
  process), divided by the workers. Idle workers at the end are not predicted.
- A study: the features, then the training.
- Memory: the largest processes that may be at work at the same time. Pages that processes share are counted for each.
- Not predicted: fetching, the audit, scores, the report, and DVC's own work."""


def write_cost(folder: Path, settings: Settings, dataset: str | None = None) -> Path:
    """Write ``cost.md`` from ``growth.json`` of the same folder.

    Parameters
    ----------
    folder : Path
        Where.
    settings : Settings
        The content of params.yaml.
    dataset : str, optional
        The only dataset to predict; by default every one whose tracks are known.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    GenrebenchError
        If the record is missing or lacks something, the dataset has no manifest, or a finished run cannot be read.
    """
    growth = Growth.read(folder)
    known = [name for name in settings.study.datasets if name == "gtzan" or manifest_path(name).is_file()]
    studies = [_study(growth, settings, name) for name in ([dataset] if dataset else known)]
    path = folder / PAGE
    write_text(path, _page(growth, settings, studies) + "\n")
    return path


def _study(growth: Growth, settings: Settings, dataset: str) -> Study:
    path = manifest_path(dataset)
    if dataset == "gtzan" and not path.is_file():
        return predict_study(growth, settings, undecoded_gtzan(), ())
    manifest = Manifest.read(path)
    audit = audit_path(dataset)
    groups = [it.tracks for it in Audit.read(audit, manifest).groups] if audit.is_file() else []
    return predict_study(growth, settings, manifest, groups)


def _page(growth: Growth, settings: Settings, studies: Sequence[Study]) -> str:
    made = growth.provenance
    parts = [
        "# What a study costs",
        (
            "Time and memory of `nox -s benchmark` from nothing, on the CPU, predicted from rates measured on one "
            f"machine: {machine_words(made['machine'])} {growth.workers} workers."
        ),
        _studies_table(studies),
        "## How it is predicted",
        _HOW,
        "## Checked against finished runs",
        *_check(growth, settings, [study.dataset for study in studies]),
        "## Training",
    ]
    for study in studies:
        parts += [f"### {study.dataset}", _parts_table(study.parts)]
    parts += [
        "## Rates",
        (
            f"All from [{RECORD}]({RECORD}), measured {made['started'][:16].replace('T', ' ')} UTC. "
            f"{git_words(made['git'])} Lines are fitted by least squares of the relative errors, without negative "
            "parts. Make it again: `python -m benchmarks growth`, then `python -m benchmarks cost`."
        ),
        _feature_words(growth, settings),
        _rates_table(growth, settings),
    ]
    return "\n\n".join(parts)


def duration(seconds: float) -> str:
    """Write a time with the unit that suits it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _memory(mib: float) -> str:
    return f"{mib / 1024:.1f} GiB"


def _studies_table(studies: Sequence[Study]) -> str:
    rows = [
        {
            "Dataset": study.dataset,
            "Tracks": f"{study.tracks:,}",
            "Features": duration(study.features_s),
            "Runs": str(sum(part.seeds for part in study.parts)),
            "at once": str(study.at_once),
            "Training": duration(study.training_s),
            "Both": duration(study.features_s + study.training_s),
            "Memory": _memory(study.memory_mib),
        }
        for study in studies
    ]
    return markdown(rows)


def _names(made: Implementation) -> dict[str, str]:
    return {"Model": escape(model_name(made.architecture)), "Framework": framework_name(made.framework)}


def _parts_table(parts: Sequence[Part]) -> str:
    rows = [
        {
            "Protocol": part.protocol,
            **_names(part.implementation),
            "Training tracks": str(part.tracks),
            "Watched tracks": str(part.watched),
            "A run alone": duration(part.run_s),
            "Seeds": str(part.seeds),
            "All seeds, on one worker of all": duration(part.seconds),
            "Memory of a run": _memory(part.memory_mib),
        }
        for part in parts
    ]
    return markdown(rows, left=3)


def _feature_words(growth: Growth, settings: Settings) -> str:
    rate = feature_rate(growth, settings.study.features)
    return (
        f"Features, all of {listing([f'`{name}`' for name in settings.study.features])} together: "
        f"{number(1000 * rate.seconds.each * growth.workers, 1)} ms a track and worker, and "
        f"{number(rate.seconds.fixed + rate.process, 1)} s to start. Memory of all processes: {_memory(rate.memory)}. "
        "Audio is read from the operating system's cache; from a slow disk it takes longer."
    )


def _rates_table(growth: Growth, settings: Settings) -> str:
    # the dataset does not matter here
    kinds = dict.fromkeys(
        (key.implementation, features_of(settings.protocols[key.protocol], key.implementation.architecture))
        for key in study_keys(settings, "")
    )
    rows = []
    for made, features in kinds:
        rate = training_rate(growth, made, features, growth.at_once)
        rows.append(
            {
                **_names(made),
                "Features": f"`{features}`",
                "Training, a track (ms)": number(1000 * rate.epoch.each, 2),
                "an epoch besides (ms)": number(1000 * rate.epoch.fixed, 0),
                "Prediction, a track (ms)": number(1000 * rate.predict.each, 2),
                "Start-up (s)": number(rate.start_up.fixed, 1),
                "Process (s)": number(rate.process, 1),
                "Contention": number(rate.contention, 2),
                "Memory (MiB)": number(rate.memory.fixed, 0),
                "1000 tracks (MiB)": number(1000 * rate.memory.each, 0),
            }
        )
    return markdown(rows, left=3)


def _check(growth: Growth, settings: Settings, datasets: Sequence[str]) -> list[str]:
    """Return the words and tables of the check."""
    found: list[tuple[str, list[Compared]]] = []
    commits: set[str] = set()
    others = 0
    for dataset in datasets:
        runs = _timed_runs(settings, dataset)
        mine = [run for run in runs if same_machine(run, growth)]
        others += len(runs) - len(mine)
        commits |= {git_words(run.made["git"]) for run in mine}
        if mine:
            found.append((dataset, compare(growth, mine)))
    if not found:
        why = f"{_runs(others)} made on another processor" if others else "no finished runs"
        return [f"There is nothing to compare on this machine: {why}."]
    notes = (
        "Measured are the wall times in the provenance of the finished runs, made with the same processor and number "
        f"of cores. Elapsed is the time in which at least one run was at work, predicted for {growth.workers} at once: "
        f"pauses between runs do not count. The runs' code: {' '.join(sorted(commits))} A difference may come from "
        "other work on the machine, then or while the rates were measured."
    )
    if others:
        notes += f" Not compared: {_runs(others)} of another machine."
    return ["\n".join(f"- {_verdict(dataset, rows[-1])}" for dataset, rows in found), _compared_table(found), notes]


def _timed_runs(settings: Settings, dataset: str) -> list[TimedRun]:
    """Read the finished runs of a dataset that were made in this checkout."""
    timed = []
    for key in study_keys(settings, dataset):
        made = making_of(key.provenance)
        if made and (key.folder / RUN_FILE).is_file():
            run = read_run(key.folder)
            if fingerprint(run.decided_by) == made["fingerprint"]:
                timed.append(TimedRun(run, made))
    return timed


def _runs(number_of: int) -> str:
    return f"{number_of} run{'s' * (number_of != 1)}"


def _verdict(dataset: str, row: Compared) -> str:
    told = f"{row.difference:+.0%}"
    judged = f"{told}, within 20%" if row.is_close else f"off by {told}"
    times = f"predicted {duration(row.predicted)}, measured {duration(row.measured)}"
    return f"{dataset}: {_runs(row.runs)}, {times}: {judged}."


def _compared_table(found: Sequence[tuple[str, Sequence[Compared]]]) -> str:
    rows = [
        {
            "Dataset": dataset,
            "What": escape(it.what),
            "Runs": str(it.runs),
            "Predicted (s)": number(it.predicted, 0),
            "Measured (s)": number(it.measured, 0),
            "Difference": f"{it.difference:+.0%}",
        }
        for dataset, compared in found
        for it in compared
    ]
    return markdown(rows, left=2)
