"""Try the cases of one group, in a process with little memory and disk.

``python -m tests.bad_inputs.runner GROUP DIR FILE`` works in an empty folder and writes to the file, as JSON, what came
of each case: exit status, what was said, what changed in the folder, seconds.
"""

import hashlib
import importlib
import json
import os
import resource
import shutil
import signal
import stat
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.processes import arithmetic

arithmetic.prepare("portable")

from benchmarks import __main__ as command_line  # noqa: E402
from benchmarks.errors import GenrebenchError  # noqa: E402
from tests.bad_inputs.case import Case, Group  # noqa: E402

MEMORY_BYTES = 1 << 30
FILE_BYTES = 64 << 20
SECONDS = 30


def one_after_the_other(function: Any, items: Iterable[Any], _: str) -> Iterator[Any]:
    """Stand for `parallel_map`: a process for every case would take most of the time."""
    return map(function, items)


def snapshot(folder: Path) -> dict[str, str]:
    """Say of everything below a folder, but folders, what it is and holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = str(stat.S_IFMT(facts.st_mode))
        if path.is_symlink():
            content += str(path.readlink())
        elif stat.S_ISREG(facts.st_mode):
            content += hashlib.sha256(path.read_bytes()).hexdigest()
        if stat.S_ISDIR(facts.st_mode):
            continue
        found[os.fsdecode(os.fsencode(path.relative_to(folder))).encode("utf-8", "backslashreplace").decode()] = content
    return found


@contextmanager
def settings_of(case: Case, folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        with mock.patch.dict(os.environ, case.environment):
            yield
    finally:
        os.chdir(before)


def call(case: Case) -> int:
    if not callable(case.command):
        with mock.patch.object(sys, "argv", ["benchmarks", *case.command]):
            return command_line.main()
    try:
        case.command()
    except GenrebenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def attempt(case: Case, start: Path, folder: Path) -> dict[str, Any]:
    """Spoil a copy of the folder that all cases start from, and see what comes of it."""
    shutil.copytree(start, folder, symlinks=True)
    case.spoil(folder)
    before = snapshot(folder)
    said = StringIO()
    status: int | str | None
    started = time.monotonic()
    signal.alarm(SECONDS)
    try:
        with settings_of(case, folder), redirect_stderr(said), redirect_stdout(StringIO()):
            status = call(case)
    except SystemExit as ended:
        status = ended.code
    except BaseException:  # noqa: BLE001 -- whatever it is, it is told
        status = traceback.format_exc()
    signal.alarm(0)
    seconds = time.monotonic() - started
    after = snapshot(folder)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {"status": status, "said": said.getvalue(), "changed": changed, "seconds": seconds}


class TooLongError(BaseException):
    """What an alarm raises: no error that anything takes for its own."""


def too_long(*_: object) -> None:
    raise TooLongError


def limit() -> None:
    """Let this process take 1 GiB more than it has, and write no file of more than 64 MiB."""
    held = int(
        next(it for it in Path("/proc/self/status").read_text().splitlines() if it.startswith("VmData")).split()[1]
    )
    resource.setrlimit(resource.RLIMIT_DATA, (held * 1024 + MEMORY_BYTES,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))


def main(name: str, folder: Path, target: Path) -> None:
    """Try every case of a group."""
    group: Group = importlib.import_module(f"tests.bad_inputs.{name}").GROUP
    start = folder / "start"
    start.mkdir()
    patches: dict[str, Any] = {
        f"benchmarks.{module}.parallel_map": one_after_the_other
        for module in ("datasets.inspection", "features.cache", "audit.duplicates", "audit.matching")
    }
    # so that what unpacks without an end takes a moment
    patches |= {"benchmarks.datasets.archives.MAX_BYTES": 200 << 20}
    for place, stand_in in patches.items():
        mock.patch(place, stand_in).start()
    group.start(start)
    signal.signal(signal.SIGALRM, too_long)
    limit()
    results = {}
    for number, case in enumerate(group.cases):
        results[case.name] = attempt(case, start, folder / str(number))
        shutil.rmtree(folder / str(number))
    target.write_text(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve(), Path(sys.argv[3]))
