"""A real SLURM on this machine: a controller and two nodes, as whoever runs the tests, in a folder of their own."""

import os
import platform
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.cluster.ports import free_ports

NODES: Final = ("n1", "n2")
NEEDED: Final = ("slurmctld", "slurmd", "sbatch", "sinfo")
_PATIENCE_SECONDS: Final = 60
# where Debian puts the daemons
_PATH: Final = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])


def is_installed() -> bool:
    """Tell whether SLURM's programs are there."""
    return all(shutil.which(name, path=_PATH) for name in NEEDED)


class LocalSlurm:
    """Its daemons.

    Parameters
    ----------
    folder : Path
        Where they keep all of theirs.
    """

    def __init__(self, folder: Path) -> None:
        host = platform.node().partition(".")[0]
        controller, *ports = free_ports(1 + len(NODES))
        nodes = [
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=4000 State=UNKNOWN"
            for name, port in zip(NODES, ports, strict=True)
        ]
        for name in ("state", *NODES):
            (folder / name).mkdir()
        lines = [
            "ClusterName=tests",
            f"SlurmctldHost={host}(127.0.0.1)",
            "SlurmUser=root",
            "AuthType=auth/none",
            "CredType=cred/none",
            "MpiDefault=none",
            "ProctrackType=proctrack/pgid",
            "TaskPlugin=task/none",
            "SwitchType=switch/none",
            "ReturnToService=2",
            f"SlurmctldPort={controller}",
            f"SlurmctldPidFile={folder}/controller.pid",
            f"SlurmdPidFile={folder}/%n/node.pid",
            f"StateSaveLocation={folder}/state",
            f"SlurmdSpoolDir={folder}/%n",
            "SelectType=select/cons_tres",
            "SelectTypeParameters=CR_Core",
            *nodes,
            "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
        ]
        (folder / "slurm.conf").write_text("\n".join(lines) + "\n")
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        commands = [["slurmctld", "-D"], *(["slurmd", "-D", "-N", name] for name in NODES)]
        self._daemons = [self._start(command, folder) for command in commands]

    def wait_for_nodes(self) -> None:
        """Return when every node takes jobs."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while self._said("sinfo", "--noheader", "--Node", "--format=%t").split() != ["idle"] * len(NODES):
            assert time.monotonic() < end
            time.sleep(0.5)

    def jobs(self) -> list[str]:
        """Return the numbers of the jobs that run."""
        return self._said("squeue", "--noheader", "--states=RUNNING", "--format=%i").split()

    def cancel(self, job: str) -> None:
        """End a job at once."""
        self._said("scancel", "--signal=KILL", "--full", job)

    def close(self) -> None:
        """End all of it; whoever started jobs has ended them."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while jobs := self._said("squeue", "--noheader", "--format=%i").split():
            assert time.monotonic() < end, f"jobs are left: {jobs}"
            time.sleep(0.5)
        for daemon in self._daemons:
            # asked to end, they wait for much
            daemon.kill()
            daemon.wait()

    def _start(self, command: list[str], folder: Path) -> subprocess.Popen[bytes]:
        with (folder / f"{'-'.join(command)}.log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=self._variables())

    def _said(self, *command: str) -> str:
        return subprocess.run(command, env=self._variables(), capture_output=True, text=True, check=False).stdout

    def _variables(self) -> dict[str, str]:
        return {**os.environ, "PATH": _PATH, **self.environment}
