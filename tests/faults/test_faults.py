"""A few of the faults of `tests.faults.harness`, one of each kind and each stage disturbed once."""

from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from tests.faults.harness import FAULTS, World, make_world, try_fault
from tests.faults.project import STAGES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc, as Linux has it"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize(("stage", "fault"), list(zip(STAGES, cycle(FAULTS), strict=False)))
def test_a_disturbed_stage_ends_as_an_undisturbed_one_when_it_is_run_again(
    stage: str, fault: str, world: World, tmp_path: Path
) -> None:
    told = try_fault(world, stage, fault, np.random.default_rng(STAGES.index(stage)), tmp_path / "place")
    assert not told["problem"]
