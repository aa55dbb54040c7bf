"""Nothing but the framework differs: the same steps from the same weights over the same batches."""

import itertools
from importlib.util import find_spec

import numpy as np
import pytest

from implementations.architectures import initial_weights
from implementations.registry import registered
from tests.frameworks import ARCHITECTURES, FRAMEWORKS, InFramework
from tests.implementations import checks

# frameworks with a dropout layer of their own: another one may have none
WITH_DROPOUT = [name for name in FRAMEWORKS if find_spec(f"implementations.{name}.layers")]
DROPOUT_PAIRS = [
    (architecture, *pair)
    for architecture in ARCHITECTURES
    for pair in itertools.combinations([f for f in WITH_DROPOUT if (architecture, f) in registered()], 2)
]


@pytest.mark.parametrize("framework", WITH_DROPOUT)
@pytest.mark.parametrize("rate", [0.25, 0.5, 0.6875])
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


@pytest.mark.parametrize("framework", WITH_DROPOUT)
def test_dropout_masks_follow_the_seed_and_the_layer(framework: str, in_framework: InFramework) -> None:
    def first_mask(seed: int, layer: str) -> bytes:
        return in_framework(framework, checks.dropped, framework, 0.5, (8, 100), seed, layer, 1)[0].tobytes()

    assert first_mask(0, "block1") == first_mask(0, "block1")
    assert len({first_mask(0, "block1"), first_mask(1, "block1"), first_mask(0, "block2")}) == 3


@pytest.mark.parametrize(("architecture", "first", "second"), DROPOUT_PAIRS)
def test_dropout_stands_in_the_same_places_at_the_same_rates(
    architecture: str, first: str, second: str, in_framework: InFramework
) -> None:
    inputs, labels = checks.separable(architecture, 6, 3)
    # a part without sound: of values that are equal, pooling gives one the gradient
    inputs[:, 20:40] = 0.5
    weights = initial_weights(checks.small(architecture), 3, 0)
    (found, built), (other, other_built) = (
        in_framework(name, checks.masked_pass, architecture, name, weights, inputs, labels) for name in (first, second)
    )
    # the same masks in both frameworks: one at another place, or of another rate, gives another result
    np.testing.assert_allclose(found.probabilities, other.probabilities, rtol=1e-8)
    for name, gradient in found.gradients.items():
        scale = np.abs(found.gradients[f"{name.rpartition('/')[0]}/{'gamma' if 'norm' in name else 'kernel'}"]).max()
        np.testing.assert_allclose(gradient, other.gradients[name], atol=1e-8 * scale, err_msg=name)
    assert [rate for rate, _, _ in built] == [rate for rate, _, _ in other_built]
    for layers in (built, other_built):
        assert {seed for _, seed, _ in layers} == {7}
        assert len({layer for _, _, layer in layers}) == len(layers)


@pytest.mark.parametrize(("architecture", "framework"), [it for it in registered() if it[1] in WITH_DROPOUT])
def test_with_equal_weights_only_the_seed_s_masks_differ(
    architecture: str, framework: str, in_framework: InFramework
) -> None:
    inputs, labels = checks.separable(architecture, 6, 3)
    weights = initial_weights(checks.small(architecture), 3, 0)
    first, again, other = (
        in_framework(framework, checks.seeded_pass, architecture, framework, weights, inputs, labels, seed)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
