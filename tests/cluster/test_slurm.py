"""Which jobs of SLURM are given up, without SLURM."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.cluster import slurm


@pytest.fixture
def cluster() -> Any:
    """Three jobs: one whose worker is there, one of two workers of which one is there, one that nothing is known of."""
    jobs = {name: SimpleNamespace(job_id=number) for number, name in enumerate(("single", "pair", "silent"))}
    return SimpleNamespace(
        workers=jobs, worker_spec={"pair": {"group": ["-0", "-1"]}, "silent": {}}, observed={"single", "pair-1"}
    )


def look(cluster: Any, monkeypatch: pytest.MonkeyPatch, *queued: set[str] | None) -> set[str]:
    """Look once for each answer of SLURM; returns the jobs that Dask is still told of."""
    answers = iter(queued)

    async def answer() -> set[str] | None:
        return next(answers)

    monkeypatch.setattr(slurm, "_queued", answer)
    jobs = slurm._Jobs(cluster)
    for _ in queued:
        asyncio.run(jobs.look())
    return set(cluster.workers)


@pytest.mark.parametrize(
    ("queued", "left"),
    [
        pytest.param((set(),), {"single", "pair", "silent"}, id="gone for the first time"),
        pytest.param((set(), set()), {"single", "pair"}, id="gone twice, no worker of it known"),
        pytest.param((set(), {"2"}, set()), {"single", "pair", "silent"}, id="back in between"),
        pytest.param((set(), None), {"single", "pair", "silent"}, id="no answer"),
        pytest.param(({"2"}, {"2"}), {"single", "pair", "silent"}, id="waits for a node"),
    ],
)
def test_a_job_is_given_up_that_ended_before_its_worker_was_there(
    queued: tuple[set[str] | None, ...], left: set[str], cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(cluster, monkeypatch, *queued) == left


def test_without_squeue_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "_JOBS", ("no-such-program",))
    assert asyncio.run(slurm._queued()) is None


def test_a_squeue_that_fails_gives_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "_JOBS", ("false",))
    assert asyncio.run(slurm._queued()) is None


def test_numbers_are_read_as_squeue_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "_JOBS", ("printf", "4\n17\n"))
    assert asyncio.run(slurm._queued()) == {"4", "17"}
