"""The command line that dvc.yaml and nox call."""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.errors import GenrebenchError, StaleError
from benchmarks.paths import FIRST_LOOK, QUICK, REPORTS, audit_path, features_folder, report_folder
from benchmarks.processes import arithmetic
from benchmarks.processes.environment import WORKER_ENVIRONMENT
from benchmarks.processes.lifeline import end_with_parent
from benchmarks.timing import DEFAULT_TOLERANCE

if TYPE_CHECKING:
    from benchmarks.settings import Settings

Command = Callable[[argparse.Namespace], None]


def _settings(arguments: argparse.Namespace | None = None) -> "Settings":
    """Return the settings of the report that arguments ask for; without any, of the first one."""
    # imported when a command runs: Pydantic takes longer to load than --help to answer
    from benchmarks.settings import load_settings, report_name

    if arguments is None:
        return load_settings()
    return load_settings(report=report_name(arguments.dataset, getattr(arguments, "study", None)))


def _dataset(arguments: argparse.Namespace) -> None:
    from benchmarks.settings import add_folder, report_name

    if arguments.audio_dir is not None:
        from benchmarks.datasets import folder

        audio = Path(arguments.audio_dir)
        print(add_folder(audio, arguments.name, study=arguments.study, inspect=folder.provide))
    else:
        print(report_name(arguments.dataset, arguments.study))


def _remove(arguments: argparse.Namespace) -> None:
    from benchmarks.removal import remove_dataset
    from benchmarks.reporting.index import update_index
    from benchmarks.reporting.records import FACTS

    gone = remove_dataset(arguments.dataset)
    if any(REPORTS.glob(f"*/{FACTS}")):
        update_index(_settings().studies, REPORTS)
    print("\n".join([f"{arguments.dataset} is no dataset of params.yaml any more", *(f"deleted {it}" for it in gone)]))


def _runs(arguments: argparse.Namespace) -> None:
    from benchmarks.housekeeping import listing, prune, require_whole, shelves

    reports = _settings().reports
    print(listing(shelves(reports)))
    if arguments.prune:
        print(prune(shelves(reports)))
    if arguments.verify:
        require_whole(shelves(reports))


def _fetch(arguments: argparse.Namespace) -> None:
    from benchmarks.datasets.fetch import fetch

    settings = _settings()
    report = settings.reports.get(arguments.dataset)
    manifest = fetch(report.dataset if report else arguments.dataset, settings)
    for track in manifest.left_out:
        print(f"left out: {track.id}: {track.reason}")
    print(f"{manifest.dataset}: {len(manifest.used)} tracks of {len(manifest.genres)} genres; {manifest.source}")


def _features(arguments: argparse.Namespace) -> None:
    from benchmarks.datasets.fetch import audio_root
    from benchmarks.datasets.tracks import tracks_of
    from benchmarks.execution.cluster_features import rows_anywhere
    from benchmarks.features.cache import make_features
    from benchmarks.features.sets import require_feature_sets

    settings = _settings(arguments)
    require_feature_sets(settings)
    audio = audio_root(settings.report.dataset, settings)
    with rows_anywhere() as rows:
        folder = features_folder(settings.name)
        make_features(tracks_of(settings, settings.name), audio, settings.features, folder, rows)


def _feature_rows(arguments: argparse.Namespace) -> None:
    from benchmarks.execution.cluster_features import write_rows

    write_rows(arguments.sets.split(","), arguments.fingerprint)


def _audit(arguments: argparse.Namespace) -> None:
    from benchmarks.audit.duplicates import audit_tracks
    from benchmarks.datasets.fetch import audio_root
    from benchmarks.datasets.tracks import tracks_of
    from benchmarks.protocols import make_split

    settings = _settings(arguments)
    manifest = tracks_of(settings, settings.name)
    audit = audit_tracks(manifest, audio_root(settings.report.dataset, settings))
    for protocol in settings.report.protocols:
        # a dataset that cannot be split is refused before anything is trained on it
        asked = settings.protocols[protocol]
        copies = [group.tracks for group in audit.groups]
        make_split(
            manifest,
            asked.split,
            copies,
            genre_order=settings.original.genre_order,
            windows=asked.windows_of_track,
        )
    audit.write(audit_path(settings.name))
    for group in audit.groups:
        print(f"{group.kind} duplicates: {', '.join(group.tracks)}")
    print(f"{manifest.dataset}: {len(manifest.used)} tracks, {len(audit.groups)} groups of duplicates")


def _train(arguments: argparse.Namespace) -> None:
    from benchmarks.execution.training_runs import train
    from benchmarks.runs import set_others_aside, study_keys

    settings = _settings(arguments)
    asked = {name: getattr(arguments, name) for name in ("protocol", "architecture", "framework")}
    keys = study_keys(settings, settings.name, **{name: it for name, it in asked.items() if it is not None})
    if not any(asked.values()):
        set_others_aside(settings.name, keys)
    what = " ".join([settings.name, *filter(None, asked.values())])
    train(settings, keys, what, first_look=not any(asked.values()))


def _run(arguments: argparse.Namespace) -> None:
    # before anything numerical is imported: a worker of a cluster was told nothing by whoever started it
    try:
        _prepare(quiet=True)
    except GenrebenchError as error:
        # it could be planned when the study was started
        raise _changed(arguments, f" ({error})") if arguments.fingerprint else error from None

    from benchmarks.execution.plan import Plan, make_plan
    from benchmarks.execution.progress_board import print_progress
    from benchmarks.execution.run import Progress, execute
    from benchmarks.ladder import store_of
    from benchmarks.runs import Implementation, RunKey

    made = Implementation(arguments.architecture, arguments.framework)

    def plan_now() -> Plan:
        settings = _settings(arguments)
        store = store_of(settings, arguments.protocol)
        return make_plan(settings, RunKey(settings.name, arguments.protocol, made, arguments.seed, store))

    checked: list[int] = []

    def after_epoch(at: Progress) -> None:
        # by now all code is loaded and all data read: if nothing differs still, they are what was planned
        if not checked and plan_now().fingerprint != plan.fingerprint:
            raise _changed(arguments)
        checked.append(at.epoch)
        print_progress(at)

    # standard output belongs to the progress, which another process may read
    with redirect_stdout(sys.stderr):
        try:
            plan = plan_now()
        except GenrebenchError as error:
            raise _changed(arguments, f" ({error})") if arguments.fingerprint else error from None
        if arguments.fingerprint not in {None, plan.fingerprint}:
            raise _changed(arguments)
        execute(plan, after_epoch)


def _changed(arguments: argparse.Namespace, reason: str = "") -> StaleError:
    run = f"{arguments.dataset} {arguments.protocol} {arguments.architecture}-{arguments.framework}"
    return StaleError(
        f"run {run} seed {arguments.seed}: params.yaml, data, code or environment changed after the study was "
        f"started{reason}, so the runs that were waiting are not made; start the same command again: finished runs "
        "that still belong are kept"
    )


def _transfer(arguments: argparse.Namespace) -> None:
    from benchmarks.runs import Implementation, RunKey
    from benchmarks.transfer import require_agreement, transfer

    made = Implementation(arguments.architecture, arguments.framework)
    settings = _settings(arguments)
    key = RunKey(settings.name, arguments.protocol, made, arguments.seed)
    found = transfer(settings, key, arguments.to)
    print("\n".join(map(str, found)))
    require_agreement(found, arguments.to)


def _score(arguments: argparse.Namespace) -> None:
    settings = _settings(arguments)
    _write_scores(settings, report_folder(settings.name))


def _write_scores(settings: "Settings", folder: Path) -> None:
    from benchmarks.audit.record import Audit
    from benchmarks.datasets.tracks import tracks_of
    from benchmarks.execution.plan import load_runs
    from benchmarks.scoring.baselines import measure_baselines, write_baselines
    from benchmarks.scoring.results import write_scores
    from benchmarks.scoring.units import units_table, write_units
    from benchmarks.scoring.window_leak import measure_window_leak, write_window_leak
    from benchmarks.verification.record import make_record, write_record

    runs = load_runs(settings, settings.name)
    manifest = tracks_of(settings, settings.name)
    write_scores(runs, folder)
    write_units(units_table(runs), folder)
    features = features_folder(settings.name)
    write_baselines(measure_baselines(runs, manifest, features), folder)
    copies = [group.tracks for group in Audit.read(audit_path(settings.name), manifest).groups]
    write_window_leak(measure_window_leak(manifest, features, copies), folder)
    write_record(make_record(manifest, runs), folder)


def _report(arguments: argparse.Namespace) -> None:
    from benchmarks.files import remove
    from benchmarks.reporting.index import write_index
    from benchmarks.reporting.notation import marking
    from benchmarks.reporting.published_weights_page import write_published_weights

    settings = _settings(arguments)
    folder = report_folder(settings.name)
    with marking("QUICK" if settings.study.quick else None):
        _write_pages(settings, folder)
        # says where the weights saw other features than the report's
        write_published_weights(settings.original, REPORTS)
        write_index(settings.studies, REPORTS)
    remove(FIRST_LOOK / settings.name)
    print(f"wrote {folder / 'README.md'}")


def _write_pages(settings: "Settings", folder: Path) -> None:
    from benchmarks.ablation.record import read_ladder
    from benchmarks.ablation.windows_split import read_windows_split
    from benchmarks.audit.record import Audit
    from benchmarks.datasets.tracks import tracks_of
    from benchmarks.execution.plan import load_runs
    from benchmarks.ladder import twins
    from benchmarks.reporting.dataset_page import Findings, write_report
    from benchmarks.reporting.provenance import LADDER, WINDOWS_SPLIT, write_provenance
    from benchmarks.scoring.baselines import read_baselines
    from benchmarks.scoring.window_leak import read_window_leak

    runs = load_runs(settings, settings.name)
    manifest = tracks_of(settings, settings.name)
    audit = Audit.read(audit_path(settings.name), manifest)
    ladder = read_ladder(folder, settings, runs)
    leak = read_window_leak(folder)
    pairs = twins(settings)
    flawed = read_windows_split(folder, pairs, runs)
    found = Findings(manifest, audit, runs, read_baselines(folder), leak, ladder, flawed, settings.original)
    write_report(found, folder)
    split = {name for it in pairs for name in (it.beside, it.name)}
    beside = {LADDER: settings.ablation.steps, WINDOWS_SPLIT: split - {*settings.report.protocols}}
    write_provenance(settings.name, runs, beside, folder)


def _first_look(arguments: argparse.Namespace) -> None:
    from benchmarks.quick import copy_linked_pages
    from benchmarks.reporting.notation import marking

    settings = _settings(arguments).of_first_seed
    folder = FIRST_LOOK / settings.name
    with marking("PRELIMINARY"):
        _write_scores(settings, folder)
        _write_pages(settings, folder)
    copy_linked_pages(FIRST_LOOK)
    print(f"a first look, seed {settings.report.seeds[0]} alone: read {folder / 'README.md'}")


def _quick(arguments: argparse.Namespace) -> None:
    from benchmarks.quick import EPOCHS, make_workplace

    epochs = EPOCHS if arguments.epochs is None else arguments.epochs
    audio = None if arguments.audio_dir is None else Path(arguments.audio_dir)
    settings = _settings()
    report = settings.reports.get(arguments.dataset)
    if report is not None and arguments.study in {None, report.study}:
        study, dataset = report.study, report.dataset
    else:
        study, dataset = arguments.study or settings.report.study, arguments.dataset
    given = {"audio": audio, "name": arguments.name, "seeds": arguments.seeds, "epochs": epochs}
    name = make_workplace(settings, study=study, dataset=dataset, **given)
    print(f"{QUICK}: a study of {name}, seeds: {arguments.seeds}, epochs: {epochs}", file=sys.stderr)
    print(name)


def _recorded(arguments: argparse.Namespace) -> None:
    from benchmarks.verification.screen import recorded

    _, commit = recorded(report_folder(_settings(arguments).name), arguments.against)
    print(commit)


def _verify(arguments: argparse.Namespace) -> None:
    from benchmarks.datasets.tracks import tracks_of
    from benchmarks.execution.plan import make_plans
    from benchmarks.reporting.index import update_index
    from benchmarks.verification.compare import verify
    from benchmarks.verification.screen import headline_words, keep, recorded, recorded_at, show

    settings = _settings(arguments)
    folder = report_folder(settings.name)
    record, commit = recorded(folder, arguments.against)
    since = recorded_at(folder, commit)
    found = verify(record, tracks_of(settings, settings.name), make_plans(settings, settings.name), since)
    show(found, commit)
    if arguments.keep and not found.made_here:
        raise GenrebenchError(
            "--keep: none of these runs was made in this checkout after the record, so nothing was reproduced here; "
            "make them in a fresh clone, without dvc pull: "
            f"python -m nox -s verify -- --dataset {settings.name} --keep"
        )
    if arguments.keep:
        print(f"added a row to {keep(found, commit, REPORTS)}")
        update_index(settings.studies, REPORTS)
    if found.verdict == "differs":
        raise GenrebenchError(headline_words(found, commit))


def _reference(arguments: argparse.Namespace) -> None:
    os.environ.update(WORKER_ENVIRONMENT)
    # whatever params.yaml asks for
    reason = arithmetic.prepare("portable")
    from benchmarks.files import write_json
    from benchmarks.verification.reference import compare, file_of, part_names, read_reference, reference_digests

    part = arguments.part
    if part is None:
        print("\n".join(part_names()))
        return
    if reason:
        raise GenrebenchError(f"the reference digests are of portable arithmetic, but {reason}")
    found = reference_digests(part)
    path = file_of(part)
    if arguments.write:
        write_json(path, {**(read_reference(path) if path.exists() else {}), part: found})
        print(f"{part}: {len(found)} digests written to {path.name}")
    elif wrong := compare(part, found):
        raise GenrebenchError(
            f"{part}: other bits than {path.name} says: {', '.join(wrong)}; docs/arithmetic.md says what to look "
            "for. If the bits are meant to change: python -m benchmarks reference --write, for each part"
        )
    else:
        print(f"{part}: {len(found)} of {len(found)} digests are those of {path.name}")


def _ladder(arguments: argparse.Namespace) -> None:
    from benchmarks.ladder import make_ladder

    for rung in make_ladder(_settings(arguments)):
        print(f"{rung.name}: {rung.factor or 'start'}")


def _ablation(arguments: argparse.Namespace) -> None:
    from benchmarks.ablation import climb, record, windows_split

    settings = _settings(arguments)
    folder = report_folder(settings.name)
    if arguments.protocol and not arguments.windows_split:
        raise GenrebenchError("--protocol goes with --windows-split; a ladder has both of its ends")
    if arguments.windows_split:
        climb.price_windows_split(settings, settings.name, folder, arguments.protocol)
        table = windows_split.TABLE
    else:
        climb.climb(settings, settings.name, folder)
        table = record.TABLE
    print(f"wrote {folder / table}; the report shows it: python -m benchmarks report")


def _parity(_: argparse.Namespace) -> None:
    from benchmarks.parity.results import run_checks
    from benchmarks.reporting.index import update_index
    from benchmarks.reporting.parity_page import PAGE, failures, parity_summary, write_parity
    from benchmarks.reporting.provenance import note_parity

    record = run_checks(REPORTS, _settings().original)
    note_parity("The checks", REPORTS)
    write_parity(REPORTS)
    update_index(_settings().studies, REPORTS)
    print(f"wrote {REPORTS / PAGE}")
    if beyond := failures(record):
        raise GenrebenchError("\n".join(["the frameworks do not agree within the bound:", *beyond]))
    print(parity_summary(record).replace("**", ""))


def _timing(arguments: argparse.Namespace) -> None:
    from benchmarks.reporting.index import update_index
    from benchmarks.timing.collect import collect
    from benchmarks.timing.reporting.gate import check, read_baseline
    from benchmarks.timing.tracks import training_tracks

    folder = REPORTS / "timing"
    baseline = None if arguments.baseline is None else Path(arguments.baseline).expanduser()
    old = None if baseline is None else read_baseline(baseline, arguments.tolerance)
    results = collect(folder, _settings(), training_tracks(arguments.dataset, arguments.tracks))
    update_index(_settings().studies, REPORTS)
    print(f"wrote {folder / 'README.md'}")
    if baseline and old:
        # last: what became slower ends the command, and leaves report and index written
        print(check(results, baseline, old, arguments.tolerance))


def _published(arguments: argparse.Namespace) -> None:
    from benchmarks.files import write_json
    from benchmarks.published_weights.evaluation import FILE, evaluate, require_agreement
    from benchmarks.reporting.index import update_index
    from benchmarks.reporting.provenance import note_parity
    from benchmarks.reporting.published_weights_page import (
        differences_words,
        published_weights_table,
        split_words,
        write_published_weights,
    )
    from benchmarks.reporting.weights_findings import weights_heading

    weights = None if arguments.weights is None else Path(arguments.weights).expanduser()
    settings = _settings(arguments)
    study = settings.original
    print(f"Asking the study's own weights about {settings.name}, one process a framework", flush=True)
    record = evaluate(settings, weights)
    path = report_folder(settings.name) / FILE
    write_json(path, record)
    note_parity(f"The study's own weights on {settings.name}", REPORTS)
    title = f"**{weights_heading(record)}**"
    told = (title, published_weights_table(record), differences_words(record), split_words(study.claim, record))
    print("\n\n".join([*told, f"wrote {path}"]))
    write_published_weights(study, REPORTS)
    update_index(settings.studies, REPORTS)
    require_agreement(record)


def _words(given: str) -> str:
    """Return what is given; what is empty may be a variable of a script that was not set, and is refused as such."""
    if not given.strip():
        raise argparse.ArgumentTypeError("is empty; give it a value, or leave it out")
    return given


def _from(least: int) -> Callable[[str], int]:
    """Return what reads a whole number that is not too small."""

    def read(given: str) -> int:
        if not given.isdecimal() or int(given) < least:
            raise argparse.ArgumentTypeError(f"{given!r} is not a whole number from {least}")
        return int(given)

    return read


@dataclass(frozen=True)
class _Option:
    flag: str
    help: str
    type: Callable[[str], object] | None = _words  # None: a flag without a value
    required: bool = True
    default: object = None


_DATASET = _Option("--dataset", "a name in params.yaml")
_STUDY = _Option("--study", "a study of params.yaml (default: the first)", required=False)
_OF_REPORT = (_STUDY, _DATASET)
_RUN = (
    *_OF_REPORT,
    _Option("--protocol", "a name in params.yaml"),
    _Option("--architecture", "such as cnn2d"),
    _Option("--framework", "such as pytorch"),
)
_TRAIN = (*_OF_REPORT, *(replace(it, required=False, help=f"{it.help} (default: all)") for it in _RUN[2:]))
_SEED = _Option("--seed", "a whole number from 0", _from(0))
_PLANNED = _Option("--fingerprint", "refuse to make another run than the one of this fingerprint", required=False)
_RUNS = (
    _Option("--verify", "read every file, and name the runs that are damaged", required=False, type=None),
    _Option("--prune", "delete the runs that no report of params.yaml asks for", required=False, type=None),
)
_TO = _Option("--to", "the framework to load the weights in, such as tensorflow")
_CHOICE = (
    _STUDY,
    _Option("--dataset", "a name in params.yaml (default: synthetic)", required=False, default="synthetic"),
    _Option("--audio-dir", "instead: a folder of your own audio with one sub-folder a genre", required=False),
    _Option("--name", "the dataset's name for --audio-dir (default: made from the folder's name)", required=False),
)

_QUICK = (
    *_CHOICE,
    _Option("--seeds", "how many seeds (default: 1)", _from(1), required=False, default=1),
    _Option("--epochs", "how many epochs (default: 20)", _from(1), required=False),
)
_ROWS = (
    _Option("--sets", "the feature sets, with commas between them"),
    _Option("--fingerprint", "of the code, versions and arithmetic that are asked for"),
)
_TIMING = (
    _Option("--dataset", "time an epoch of this dataset's training tracks under the claim's protocol", required=False),
    _Option("--tracks", "instead: tracks in the epoch that is timed (default: the study's)", int, required=False),
    _Option("--baseline", "an older timing.json: fail if something became slower", required=False),
    _Option(
        "--tolerance",
        f"by how many percent a row may be slower than in the baseline (default: {DEFAULT_TOLERANCE:g})",
        float,
        required=False,
        default=DEFAULT_TOLERANCE,
    ),
)
_RECORDED = (
    *_OF_REPORT,
    _Option("--against", "the commit whose record is compared with (default: HEAD)", required=False, default="HEAD"),
)
_VERIFY = (
    *_RECORDED,
    _Option("--keep", "add the verdict to reports/reproductions.csv", required=False, type=None),
)
_ABLATION = (
    *_OF_REPORT,
    _Option("--windows-split", "price windows split instead of tracks, and climb no ladder", required=False, type=None),
    _Option("--protocol", "of split windows, those of this protocol alone", required=False),
)
_REFERENCE = (
    _Option("--part", "features, weights, scores, a study or a framework; without it, list them", required=False),
    _Option("--write", "write what is found instead: the bits are meant to change", required=False, type=None),
)
_WEIGHTS = _Option("--weights", "a folder that holds the study's files (default: download them)", required=False)

_COMMANDS: dict[str, tuple[Command, str, tuple[_Option, ...]]] = {
    "dataset": (_dataset, "print a dataset's name; enter a folder of your own audio in params.yaml", _CHOICE),
    "remove": (_remove, "take a folder of your own audio out again, with all that was made of it", (_DATASET,)),
    "runs": (_runs, "list all finished runs by where they lie, check them, delete those that nothing asks for", _RUNS),
    "fetch": (_fetch, "get a dataset's audio and list its tracks in a manifest", (_DATASET,)),
    "feature-rows": (_feature_rows, "compute features of a few tracks, as a worker of a cluster does", _ROWS),
    "features": (_features, "compute and cache the features of all tracks", _OF_REPORT),
    "audit": (_audit, "find duplicates among a dataset's tracks", _OF_REPORT),
    "train": (_train, "make all runs of the study, or some, in parallel; finished runs are kept", _TRAIN),
    "run": (_run, "make one run in this process", (*_RUN, _SEED, _PLANNED)),
    "transfer": (_transfer, "predict with a finished run's weights in another framework", (*_RUN, _SEED, _TO)),
    "score": (_score, "compute metrics from saved probabilities", _OF_REPORT),
    "report": (_report, "write the report of a dataset and the index of all reports", _OF_REPORT),
    "first-look": (_first_look, "write a report of the first seed alone, in first-look/", _OF_REPORT),
    "quick": (_quick, "prepare a small study in quick/, as nox -s quick runs it", _QUICK),
    "recorded": (_recorded, "print the commit whose record of a dataset `verify` compares with", _RECORDED),
    "verify": (_verify, "compare the runs of a dataset with the record that was committed", _VERIFY),
    "reference": (
        _reference,
        "compute small examples and compare their bits with the committed ones",
        _REFERENCE,
    ),
    "ladder": (_ladder, "check a study's ladder of flaws and list its steps with what each changes", _OF_REPORT),
    "ablation": (_ablation, "measure what each flaw of the study's protocol is worth", _ABLATION),
    "published": (_published, "let the study's own weights predict a dataset's genres", (*_OF_REPORT, _WEIGHTS)),
    "parity": (_parity, "compare what the frameworks compute, check by check, and write reports/parity.md", ()),
    "timing": (_timing, "time features, training and inference on this machine and write a report", _TIMING),
}


# the timed processes of some get an environment each, others compute nothing, and a run and the reference prepare
# themselves
_WITHOUT_RESULTS = (_dataset, _runs, _recorded, _timing, _run, _reference)


_SIGNALS = (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))


def _prepare(*, quiet: bool = False) -> None:
    """Settle threads and arithmetic of this process and its children, before anything numerical is imported."""
    os.environ.update(WORKER_ENVIRONMENT)
    from benchmarks.settings import PARAMS

    # what needs params.yaml for more than this says that it is missing
    asked = _settings().study.arithmetic if PARAMS.exists() else "portable"
    if (reason := arithmetic.prepare(asked)) and not quiet:
        print(
            f"arithmetic: native, not portable as params.yaml asks, because {reason}; "
            "the results are this machine's own",
            file=sys.stderr,
        )


def _spell_out() -> None:
    """Let what the encoding of a terminal or a file lacks be spelled out, rather than end the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _stop(number: int, _: object) -> None:
    # the clean-up is not interrupted, and what is said may go to a terminal that is closed
    for other in _SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    with suppress(OSError):
        os.write(2, b"stopped\n")
    sys.exit(128 + number)


def _without_compiled(error: Exception) -> str:
    """Say what to do where numba cannot keep or read compiled functions; empty for another error."""
    told = "".join(traceback.format_exception(error))
    if str(Path("numba", "core", "caching.py")) not in told:
        return ""
    return (
        f"numba cannot keep or read the compiled functions of librosa ({type(error).__name__}: {error}); give it an "
        "empty folder that you can write to: export NUMBA_CACHE_DIR=$(mktemp -d)"
    )


def main() -> int:
    """Run one command; a mistake of the user ends in one message and status 1."""
    _spell_out()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The stages of genrebench's pipeline.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (command, words, options) in _COMMANDS.items():
        one = commands.add_parser(name, help=words, description=words)
        for option in options:
            if option.type is None:
                one.add_argument(option.flag, help=option.help, action="store_true")
                continue
            one.add_argument(
                option.flag, help=option.help, type=option.type, required=option.required, default=option.default
            )
        one.set_defaults(command=command)
    arguments = parser.parse_args()
    try:
        if arguments.command not in _WITHOUT_RESULTS:
            _prepare()
        arguments.command(arguments)
    except (GenrebenchError, OSError) as error:  # OSError: a full disk, a file without permission
        print(f"error: {error}", file=sys.stderr)
        return error.status if isinstance(error, GenrebenchError) else 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not (words := _without_compiled(error)):
            raise
        print(f"error: {words}", file=sys.stderr)
        return 1
    return 0


def _end_as_told() -> None:
    """End at the signals of other programs as at Ctrl-C, nothing half-made left and nothing at work, and with them."""
    for number in _SIGNALS:
        # nohup ignores one
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)
    end_with_parent()


if __name__ == "__main__":
    _end_as_told()
    sys.exit(main())
