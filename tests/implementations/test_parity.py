"""Nothing but the framework differs: the same steps from the same weights over the same batches."""

import numpy as np
import pytest

from implementations.interface import Adam
from tests.frameworks import FRAMEWORKS, InFramework
from tests.implementations import checks

ADAM = Adam(learning_rate=0.00025, beta_1=0.9, beta_2=0.999, epsilon=1e-7)

needs_pytorch = pytest.mark.skipif("pytorch" not in FRAMEWORKS, reason="PyTorch is not registered")


@needs_pytorch
def test_pytorch_s_adam_takes_the_steps_of_keras(in_framework: InFramework) -> None:
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


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_dropout_drops_its_share_and_rescales_the_rest(framework: str, rate: float, in_framework: InFramework) -> None:
    *outputs, evaluated = in_framework(framework, checks.dropped, framework, rate, (64, 50, 33), 0, "block1", 2)
    np.testing.assert_array_equal(evaluated, 1)
    for output in outputs:
        assert set(np.unique(output)) == {np.float32(0), np.float32(1 / (1 - rate))}
        # 5 standard deviations of a share of 105,600 independent draws
        assert (output == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / output.size))
        # neighbours along each axis are dropped independently
        kept = (output > 0) - (1 - rate)
        for axis in range(3):
            ahead, behind = np.delete(kept, 0, axis), np.delete(kept, -1, axis)
            assert abs((ahead * behind).mean()) < 5 * rate * (1 - rate) / np.sqrt(ahead.size)
    assert not np.array_equal(*outputs)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_dropout_masks_follow_the_seed_and_the_layer(framework: str, in_framework: InFramework) -> None:
    def first_mask(seed: int, layer: str) -> bytes:
        return in_framework(framework, checks.dropped, framework, 0.5, (8, 100), seed, layer, 1)[0].tobytes()

    assert first_mask(0, "block1") == first_mask(0, "block1")
    assert len({first_mask(0, "block1"), first_mask(1, "block1"), first_mask(0, "block2")}) == 3


@needs_pytorch
def test_pytorch_s_dropout_takes_any_memory_order(in_framework: InFramework) -> None:
    for output in in_framework("pytorch", checks.dropped_views, (20, 30, 40)):
        assert output.shape == (20, 30, 40)
        assert (output == 0).mean() == pytest.approx(0.5, abs=0.02)
        assert len({row.tobytes() for row in output}) == 20
