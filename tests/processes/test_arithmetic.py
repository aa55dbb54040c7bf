"""Portable arithmetic: every library is asked whether it obeys, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command_line
from benchmarks.processes import arithmetic
from benchmarks.processes.arithmetic import PORTABLE
from implementations.registry import frameworks

pytestmark = pytest.mark.skipif(
    arithmetic.incapable() is not None, reason=f"no portable arithmetic here: {arithmetic.incapable()}"
)


def ask(code: str, **variables: str) -> str:
    """Run code in a process with portable arithmetic; return what it and its libraries say."""
    environment = {**os.environ, **arithmetic.portable_settings(), "TF_ENABLE_ONEDNN_OPTS": "1", **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def needs(framework: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(framework not in frameworks(), reason=f"{framework} is not registered")


def test_numpy_knows_every_name_and_has_nothing_wider_that_is_not_named() -> None:
    # whatever the processor: a name that NumPy does not know would be ignored in silence
    found = ask(
        "from numpy._core import _multiarray_umath as m; print(*m.__cpu_dispatch__);"
        "print(*(name for name, on in m.__cpu_features__.items() if on))"
    )
    dispatched, active = (set(line.split()) for line in found.splitlines())
    disabled = set(PORTABLE["NPY_DISABLE_CPU_FEATURES"].split())
    assert disabled <= dispatched
    assert dispatched - disabled == {"X86_V3"}
    assert not disabled & active


def test_openblas_takes_the_core_that_is_named() -> None:
    found = ask(
        "import numpy, scipy.linalg, threadpoolctl\n"
        "for it in threadpoolctl.threadpool_info():\n"
        "    if it['internal_api'] == 'openblas': print(it['architecture'])"
    )
    # NumPy's and SciPy's
    assert found.split() == [PORTABLE["OPENBLAS_CORETYPE"]] * 2


def test_numba_compiles_for_the_processor_that_is_named() -> None:
    found = ask(
        "from numba.core.registry import cpu_target; print(cpu_target.target_context.codegen().magic_tuple()[1:])"
    )
    assert found.strip() == f"('{PORTABLE['NUMBA_CPU_NAME']}', '')"


def test_opencv_leaves_wider_vectors_and_intel_s_library() -> None:
    found = ask("import cv2; print(cv2.getCPUFeaturesLine()); print(cv2.ipp.useIPP())")
    line, ipp = found.strip().splitlines()
    # a question mark: not used; names of later versions would be seen here
    assert [name for name in line.split() if "AVX512" in name or "AVX10" in name] == ["*AVX512-SKX?"]
    assert ipp == "False"


@needs("pytorch")
def test_pytorch_s_own_kernels_onednn_and_mkl_obey() -> None:
    found = ask(
        "import torch; torch.set_num_threads(1); print('kernels', torch.backends.cpu.get_cpu_capability());"
        "torch.nn.Conv2d(3, 32, 3)(torch.zeros(8, 3, 128, 128)); torch.ones(64, 64) @ torch.ones(64, 64)",
        ONEDNN_VERBOSE="1",
        MKL_VERBOSE="1",
    )
    assert "kernels AVX2" in found
    assert "cpu,isa:Intel AVX2\n" in found
    assert f"CNR:{PORTABLE['MKL_CBWR']}" in found


# without AVX-512 a library is at AVX2 even if it knows the name no longer: so it is asked with lower caps, too
LOWER = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"}


@needs("pytorch")
def test_pytorch_and_onednn_know_the_names_whatever_the_processor() -> None:
    found = ask(
        "import torch; torch.set_num_threads(1); print('kernels', torch.backends.cpu.get_cpu_capability());"
        "torch.nn.Conv2d(3, 32, 3)(torch.zeros(8, 3, 128, 128))",
        ONEDNN_VERBOSE="1",
        **LOWER,
    )
    assert "kernels AVX2" not in found
    assert "cpu,isa:Intel SSE4.1\n" in found


_CONVOLVE = "import tensorflow as tf; tf.nn.conv2d(tf.zeros([1, 16, 16, 3]), tf.zeros([3, 3, 3, 8]), 1, 'SAME')"


@needs("tensorflow")
def test_tensorflow_s_onednn_knows_the_name_whatever_the_processor() -> None:
    found = ask(
        _CONVOLVE,
        ONEDNN_VERBOSE="1",
        CUDA_VISIBLE_DEVICES="-1",
        **LOWER,
    )
    assert "cpu,isa:Intel SSE4.1\n" in found


def test_opencv_knows_the_names_whatever_the_processor() -> None:
    assert "*AVX2?" in ask("import cv2; print(cv2.getCPUFeaturesLine())", OPENCV_CPU_DISABLE="AVX2")


def test_variables_that_would_change_it_are_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    disturbing = dict.fromkeys(("ONEDNN_DEFAULT_FPMATH_MODE", "XLA_FLAGS", "NPY_ENABLE_CPU_FEATURES"), "x")
    monkeypatch.setattr(os, "environ", {**os.environ, **disturbing})
    assert arithmetic.prepare("portable") is None
    assert not disturbing.keys() & os.environ.keys()


@needs("tensorflow")
def test_tensorflow_s_onednn_obeys() -> None:
    found = ask(
        _CONVOLVE,
        ONEDNN_VERBOSE="1",
        CUDA_VISIBLE_DEVICES="-1",
    )
    assert "cpu,isa:Intel AVX2\n" in found


def test_native_takes_the_variables_away_and_leaves_those_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert arithmetic.prepare("portable") is None
    assert arithmetic.in_effect() == "portable"
    os.environ["MKL_CBWR"] = "AUTO"
    assert arithmetic.in_effect() == "native"
    assert arithmetic.prepare("native") is None
    assert arithmetic.in_effect() == "native"
    assert os.environ["MKL_CBWR"] == "AUTO"
    assert "OPENBLAS_CORETYPE" not in os.environ


@pytest.mark.parametrize(
    ("machine", "flags", "reason"),
    [
        ("arm64", "", "the processor is arm64, not x86-64"),
        ("x86_64", "sse2 avx", "the processor lacks avx2, bmi1"),
    ],
)
def test_a_processor_that_cannot_goes_on_as_native_and_says_why(
    monkeypatch: pytest.MonkeyPatch, machine: str, flags: str, reason: str
) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(arithmetic.platform, "machine", lambda: machine)
    monkeypatch.setattr(arithmetic, "_processor_flags", lambda: frozenset(flags.split()))
    found = arithmetic.prepare("portable")
    assert found is not None
    assert found.startswith(reason)
    assert arithmetic.in_effect() == "native"


def test_the_command_line_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(Path("params.yaml").read_bytes())
    code = (
        "import platform, sys; platform.machine = lambda: 'arm64'\n"
        "sys.argv = ['benchmarks', 'score', '--dataset', 'synthetic']\n"
        "from benchmarks.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    first = done.stderr.splitlines()[0]
    assert first.startswith("arithmetic: native, not portable as params.yaml asks, because the processor is arm64")


def test_every_command_whose_output_is_a_result_settles_it_first() -> None:
    # those that do not: they print names, or prepare themselves or their processes, each in its own way
    assert {it.__name__ for it in command_line._WITHOUT_RESULTS} == {
        "_dataset",
        "_runs",
        "_recorded",
        "_timing",
        "_run",
        "_reference",
    }
