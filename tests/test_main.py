"""The command line answers at once: what it needs for a command is imported when the command runs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.datasets.download import MIRROR_VARIABLE, RemoteFile, obtain
from benchmarks.datasets.gtzan import COPY_VARIABLE, provide
from benchmarks.errors import GenrebenchError
from benchmarks.processes.workers import WORKERS_VARIABLE, worker_count
from benchmarks.studies.study import FOLDER_VARIABLE, study_folders
from tests.builders import plain_params, settings_of

NUMERICAL = ("torch", "tensorflow", "keras", "cv2", "librosa", "numba", "numpy", "pandas", "scipy", "sklearn")
HEAVY = (
    *("torch", "tensorflow", "keras"),
    *("cv2", "librosa", "matplotlib", "numba", "numpy", "pandas", "scipy", "sklearn", "soundfile"),
    *("dvc", "h5py", "pooch", "pydantic", "requests", "rich", "ruamel.yaml", "safetensors"),
)


@pytest.mark.parametrize("arguments", [["--help"], ["features", "--help"], ["no-such-command"]])
def test_what_commands_need_is_not_loaded_before_one_runs(arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "from benchmarks.__main__ import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        f"    print('loaded:', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert "usage: python -m benchmarks" in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            [command, "--dataset", "synthetic"]
            for command in ("fetch", "features", "audit", "train", "score", "report")
        ),
        [
            "run",
            "--dataset=synthetic",
            "--protocol=published",
            "--architecture=cnn2d",
            *("--framework=pytorch", "--seed=0"),
        ],
        ["feature-rows", "--sets", "mfcc_15s", "--fingerprint", "0"],
        ["reference", "--part", "scores"],
        ["verify", "--dataset", "synthetic"],
        ["parity"],
    ],
)
def test_arithmetic_is_settled_before_anything_numerical_is_loaded(arguments: list[str]) -> None:
    # loaded before, a library has chosen its code already, and says nothing
    code = (
        "import sys\n"
        "from benchmarks import __main__\n"
        "from benchmarks.processes import arithmetic\n"
        f"arithmetic.prepare = lambda _: sys.exit(str(sorted({{*{NUMERICAL}}} & sys.modules.keys())))\n"
        "__main__.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1:] == ["[]"]


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize(
    ("command", "flag"),
    [
        ("dataset", "--audio-dir"),
        ("dataset", "--dataset"),
        ("dataset", "--name"),
        ("dataset", "--study"),
        ("quick", "--audio-dir"),
        ("fetch", "--dataset"),
        ("train", "--protocol"),
        ("timing", "--baseline"),
        ("published", "--weights"),
        ("verify", "--against"),
    ],
)
def test_what_is_empty_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, flag: str, empty: str
) -> None:
    """A script whose variable is not set would get the synthetic dataset instead of its own, in silence."""
    monkeypatch.setattr(sys, "argv", ["benchmarks", command, flag, empty])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert f"error: argument {flag}: is empty; give it a value, or leave it out" in said.err
    assert not said.out


@pytest.mark.parametrize(
    ("variable", "ask"),
    [
        (MIRROR_VARIABLE, lambda folder: obtain(RemoteFile("a", b"", (), ()), folder)),
        (COPY_VARIABLE, lambda folder: provide("gtzan", folder, settings_of(plain_params()))),
        (WORKERS_VARIABLE, lambda _: worker_count()),
        (FOLDER_VARIABLE, lambda _: study_folders()),
    ],
)
@pytest.mark.parametrize("empty", ["", " "])
def test_a_variable_of_the_environment_that_is_empty_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, ask: Callable[[Path], object], empty: str
) -> None:
    monkeypatch.setenv(variable, empty)
    with pytest.raises(GenrebenchError, match=f"{variable} is set, but empty; .* unset {variable}"):
        ask(tmp_path)
