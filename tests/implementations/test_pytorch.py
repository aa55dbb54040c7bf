"""What PyTorch computes in another way than stock PyTorch does, and the choice of its device."""

import numpy as np
import pytest

from implementations.interface import Adam
from implementations.registry import registered
from tests.frameworks import FRAMEWORKS, InFramework
from tests.implementations import checks

pytestmark = pytest.mark.skipif("pytorch" not in FRAMEWORKS, reason="PyTorch is not registered")

ADAM = Adam(learning_rate=0.00025, beta_1=0.9, beta_2=0.999, epsilon=1e-7)


def test_adam_takes_the_steps_of_keras(in_framework: InFramework) -> None:
    # as small as epsilon, where its place matters
    gradients = 1e-7 * np.array([1.0, -2.0, 0.5, 3.0, 1.0])
    m = v = parameter = 0.0
    expected = []
    for step, gradient in enumerate(gradients, start=1):
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        # Keras rounds the rates to float32 in the corrections, not in the moments
        second, first = (1 - float(np.float32(beta)) ** step for beta in (0.999, 0.9))
        rate = ADAM.learning_rate * np.sqrt(second) / first
        parameter -= rate * m / (np.sqrt(v) + 1e-7)
        expected.append(parameter)
    np.testing.assert_allclose(in_framework("pytorch", checks.adam_steps, gradients, ADAM), expected, rtol=1e-10)


@pytest.mark.parametrize("architecture", [it for it, framework in registered() if framework == "pytorch"])
def test_a_training_calls_no_root_of_intel_s_library(architecture: str, in_framework: InFramework) -> None:
    # it starts from an approximation of the processor, which is not the same for every vendor (docs/arithmetic.md)
    called = in_framework("pytorch", checks.kernels_of_training, architecture)
    assert "mm" in called or "addmm" in called
    assert not called & {"sqrt", "sqrt_", "_foreach_sqrt"}


def test_dropout_takes_any_memory_order(in_framework: InFramework) -> None:
    for output in in_framework("pytorch", checks.dropped_views, (20, 30, 40)):
        assert output.shape == (20, 30, 40)
        assert (output == 0).mean() == pytest.approx(0.5, abs=0.02)
        assert len({row.tobytes() for row in output}) == 20


def test_tuned_layers_give_what_its_own_do(in_framework: InFramework) -> None:
    for tuned, stock in in_framework("pytorch", checks.tuned_and_stock):
        np.testing.assert_allclose(tuned, stock, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("part", [1, 2, 5])
def test_block_in_parts_gives_what_its_layers_give(part: int, in_framework: InFramework) -> None:
    found, expected = in_framework("pytorch", checks.block_and_layers, part)
    assert (expected[1] == 0).mean() > 0.5
    for values, separate in zip(found, expected, strict=True):
        np.testing.assert_allclose(values, separate, rtol=1e-12, atol=1e-14)


def test_takes_the_cpu_where_there_is_no_other_device(in_framework: InFramework) -> None:
    default, chosen, refusal = in_framework("pytorch", checks.devices)
    assert default == chosen == "cpu"
    assert "device is 'cuda', but PyTorch sees no CUDA device" in refusal
