"""Disturb every stage at random moments, run the same command again, and compare with what it leaves undisturbed.

``python -m tests.faults.harness COUNT SEED LOG`` writes a line of JSON a fault; the last line counts. A fault is drawn
from the seed and its number, the moment from the time that the stage takes here.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count as count_up
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.files import file_digest
from tests.faults.project import STAGES, command, commit, environment, make_code, make_project

# of a file that the disk has room for
LARGEST_BYTES: Final = 300_000
_PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class World:
    """The project before every stage, what it holds after it, and how long that takes.

    Attributes
    ----------
    code : Path
        What all processes run.
    before : dict of str to Path
        A folder a stage.
    after : dict of str to dict
        What `results` finds when the stage was not disturbed.
    seconds : dict of str to float
        How long the stage takes.
    """

    code: Path
    before: dict[str, Path]
    after: dict[str, dict[str, str]]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Struck:
    """What a fault left.

    Attributes
    ----------
    place : Path
        Where the command is run again.
    at_work : bool
        Whether it hit the command: that was at work still, or ended with an error.
    """

    place: Path
    at_work: bool


def make_world(folder: Path) -> World:
    """Run every stage once, undisturbed."""
    code, place = folder / "code", folder / "project"
    make_code(code)
    make_project(place)
    world = World(code, {}, {}, {})
    for stage in STAGES:
        if stage == "verify":
            commit(place)
        world.before[stage] = folder / f"before-{stage}"
        shutil.copytree(place, world.before[stage], symlinks=True)
        started = time.monotonic()
        run(world, stage, place)
        world.seconds[stage] = time.monotonic() - started
        world.after[stage] = results(place)
    return world


def run(world: World, stage: str, place: Path) -> None:
    """Run a stage to its end."""
    done = subprocess.run(
        command(stage), cwd=place, env=environment(world.code), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{stage}: {done.stderr}")


def results(place: Path) -> dict[str, str]:
    """Return the digest of every file that a stage writes, but of those that say when and where it was."""
    files = (path for name in ("data", "runs", "reports") for path in (place / name).rglob("*") if path.is_file())
    return {
        str(path.relative_to(place)): file_digest(path)
        for path in files
        if "provenance" not in str(path.relative_to(place)) and path.name != "reproductions.csv"
    }


def start(world: World, stage: str, place: Path, **how: Any) -> subprocess.Popen[bytes]:
    """Start a stage in a session of its own, in which all of its processes are found again."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(
        command(stage), cwd=place, env=environment(world.code), start_new_session=True, **quiet, **how
    )


def members(session: int) -> Iterator[int]:
    """Yield the processes of a session that have not ended."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            yield int(status.parent.name)


def left_at_work(session: int) -> list[int]:
    """Return the processes of a session that do not end within ten seconds, and end them."""
    end = time.monotonic() + 10
    while (found := list(members(session))) and time.monotonic() < end:
        time.sleep(0.1)
    for process in found:
        os.kill(process, signal.SIGKILL)
    return found


def end(process: subprocess.Popen[bytes]) -> int:
    """Wait for a command; returns its exit status, and demands that it ends in time and all its processes with it."""
    try:
        status = process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        left_at_work(process.pid)
        raise
    if found := left_at_work(process.pid):
        raise AssertionError(f"processes left at work: {found}")
    return status


def kill(number: int, world: World, stage: str, place: Path, draw: np.random.Generator) -> Struck:
    """Send a signal to the command alone."""
    process = start(world, stage, place)
    time.sleep(draw.uniform(0, world.seconds[stage]))
    struck = process.poll() is None
    process.send_signal(number)
    end(process)
    return Struck(place, struck)


def cut_power(world: World, stage: str, place: Path, draw: np.random.Generator) -> Struck:
    """Go on with a copy of the disk as it was at a moment."""
    process = start(world, stage, place)
    time.sleep(draw.uniform(0, world.seconds[stage]))
    struck = process.poll() is None
    for member in members(process.pid):
        os.kill(member, signal.SIGSTOP)
    copy = place.with_name(f"{place.name}-copy")
    shutil.copytree(place, copy, symlinks=True)
    for member in members(process.pid):
        os.kill(member, signal.SIGKILL)
    end(process)
    return Struck(copy, struck)


def fill_disk(world: World, stage: str, place: Path, draw: np.random.Generator) -> Struck:
    """Let no file become larger than a size."""
    size = int(draw.integers(LARGEST_BYTES))
    process = start(world, stage, place, preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size)))
    return Struck(place, end(process) != 0)


def lose_a_file(world: World, stage: str, place: Path, draw: np.random.Generator) -> Struck:
    """Take a file away that was there before, and give it back when the command has ended."""
    files = sorted(path for path in world.before[stage].rglob("*") if path.is_file() and ".git" not in path.parts)
    chosen = files[draw.integers(len(files))]
    lost = place / chosen.relative_to(world.before[stage])
    process = start(world, stage, place)
    time.sleep(draw.uniform(0, world.seconds[stage]))
    struck = process.poll() is None
    lost.unlink(missing_ok=True)
    end(process)
    if not lost.exists():
        lost.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(chosen, lost)
    return Struck(place, struck)


def run_twice(world: World, stage: str, place: Path, draw: np.random.Generator) -> Struck:
    """Run the same command beside itself."""
    first = start(world, stage, place)
    time.sleep(draw.uniform(0, world.seconds[stage] / 2))
    struck = first.poll() is None
    second = start(world, stage, place)
    for process in (first, second):
        end(process)
    return Struck(place, struck)


Fault = Callable[[World, str, Path, np.random.Generator], Struck]
FAULTS: Final[Mapping[str, Fault]] = {
    "SIGKILL": partial(kill, signal.SIGKILL),
    "SIGTERM": partial(kill, signal.SIGTERM),
    "power cut": cut_power,
    "full disk": fill_disk,
    "lost file": lose_a_file,
    "twice at once": run_twice,
}
# of four faults, three end the command
_SHARES = (0.4, 0.2, 0.15, 0.1, 0.1, 0.05)


def disturb(world: World, number: int, seed: int, folder: Path) -> dict[str, Any]:
    """Draw a stage and a fault, and tell what came of it."""
    draw = np.random.default_rng([seed, number])
    stage = str(draw.choice(STAGES))
    fault = str(draw.choice([*FAULTS], p=_SHARES))
    return try_fault(world, stage, fault, draw, folder / str(number)) | {"number": number, "seed": seed}


def try_fault(world: World, stage: str, fault: str, draw: np.random.Generator, place: Path) -> dict[str, Any]:
    """Disturb a stage in a copy of the project, run its command again, and compare."""
    shutil.copytree(world.before[stage], place, symlinks=True)
    struck = False
    try:
        then = FAULTS[fault](world, stage, place, draw)
        struck = then.at_work
        run(world, stage, then.place)
        found = results(then.place)
        expected = world.after[stage]
        wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        problem = f"differ: {', '.join(wrong)}" if wrong else ""
    except (RuntimeError, AssertionError, OSError, subprocess.TimeoutExpired) as error:
        problem = f"{type(error).__name__}: {error}"
    for path in place.parent.glob(f"{place.name}*"):
        shutil.rmtree(path, ignore_errors=True)
    return {"stage": stage, "fault": fault, "struck": struck, "problem": problem}


def main(count: int, seed: int, log: Path) -> int:
    """Try many faults, and write what came of each."""
    with tempfile.TemporaryDirectory() as folder, log.open("w", encoding="utf-8") as file:
        world = make_world(Path(folder))
        told = []
        # those that came too late, or did not hinder the command, do not count
        for number in count_up():
            if sum(it["struck"] for it in told) == count:
                break
            told.append(disturb(world, number, seed, Path(folder)))
            print(json.dumps(told[-1]), file=file, flush=True)
        counts = Counter(it["fault"] for it in told if it["struck"])
        problems = sum(bool(it["problem"]) for it in told)
        print(json.dumps({"seconds": world.seconds, "faults": counts, "problems": problems}), file=file)
    return problems


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))
