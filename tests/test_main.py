"""The command line answers at once: what it needs for a command is imported when the command runs."""

import subprocess
import sys

import pytest

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
