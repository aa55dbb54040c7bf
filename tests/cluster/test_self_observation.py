"""What Dask is told of itself, without a cluster."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.builders import REPOSITORY

dask_config: Any = pytest.importorskip("dask.config", reason="Dask is not installed")
distributed: Any = pytest.importorskip("distributed", reason="Dask is not installed")

from benchmarks.cluster import self_observation, slurm  # noqa: E402 -- only where Dask is


@pytest.fixture
def config() -> Iterator[Any]:
    """Dask's configuration, which is one for all, as it was afterwards."""
    before = deepcopy(dask_config.config)
    yield dask_config
    dask_config.config.clear()
    dask_config.config.update(before)


def test_every_name_is_one_of_dask_s(config: Any) -> None:
    defaults = config.merge(*config.defaults)
    for name in self_observation._SELDOM:
        config.get(name, config=defaults)


def test_the_guide_asks_for_the_same(config: Any) -> None:
    guide = (REPOSITORY / "docs" / "cluster.md").read_text(encoding="utf-8")
    (block,) = (it for it in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL) if "profile" in it)
    asked = YAML(typ="safe").load(block)
    for name, value in self_observation._SELDOM.items():
        assert config.get(name, config=asked) == value


def test_workers_look_at_themselves_seldom(config: Any) -> None:
    self_observation.observe_seldom()
    for name, value in self_observation._SELDOM.items():
        assert config.get(name) == value


def test_what_a_person_set_stays(config: Any) -> None:
    config.set({"distributed.admin.tick.interval": "3ms"})
    for _ in range(2):
        self_observation.observe_seldom()
        assert config.get("distributed.admin.tick.interval") == "3ms"


def test_variables_tell_another_process_the_same(config: Any) -> None:
    self_observation.observe_seldom()
    elsewhere = config.collect_env(self_observation.observation_variables())
    for name in self_observation._SELDOM:
        assert config.get(name, config=elsewhere) == config.get(name)


@pytest.mark.parametrize("name", ["job-script-prologue", "env-extra"])
def test_a_job_does_last_what_a_person_wants_of_it(name: str, config: Any) -> None:
    defaults = {"job-script-prologue": [], "env-extra": None}
    config.set({"jobqueue.slurm": defaults | {name: ["module load python"]}})
    *ours, theirs = slurm._prologue()
    assert theirs == "module load python"
    assert "export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=True" in ours
