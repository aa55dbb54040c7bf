"""The layers that TensorFlow computes in another way than Keras does, and the choice of its device."""

import numpy as np
import pytest

from tests.frameworks import FRAMEWORKS, InFramework
from tests.implementations import checks

pytestmark = pytest.mark.skipif("tensorflow" not in FRAMEWORKS, reason="TensorFlow is not registered")


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("BatchNorm", (4, 7, 5, 3)),
        ("BatchNorm", (4, 7, 3)),
        ("BatchNorm", (4, 3)),
        # a short last batch
        ("BatchNorm", (1, 3)),
        ("Conv1D", (4, 7, 3)),
        ("Conv2D", (4, 7, 6, 3)),
        ("LSTM", (4, 7, 3)),
        ("LSTM of sequences", (4, 7, 3)),
        ("LSTM of sequences", (1, 7, 3)),
    ],
)
def test_a_tuned_layer_computes_what_keras_does(layer: str, shape: tuple[int, ...], in_framework: InFramework) -> None:
    tuned, keras = in_framework("tensorflow", checks.beside_keras, layer, shape)
    for found, expected in zip(tuned, keras, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("layer", "shape"), [("Conv1D", (1, 323, 32)), ("Conv2D", (1, 63, 63, 32))])
def test_a_track_has_the_same_bits_alone_and_beside_a_copy(
    layer: str, shape: tuple[int, ...], in_framework: InFramework
) -> None:
    # alone, oneDNN would choose blocks by the processor's second cache
    alone, beside = in_framework("tensorflow", checks.alone_and_beside_a_copy, layer, shape)
    np.testing.assert_array_equal(alone, beside)


@pytest.mark.parametrize("rate", [0.0, 3 / 8, 1 / 256])
def test_dropout_takes_every_rate_that_a_byte_can_hold(rate: float, in_framework: InFramework) -> None:
    output, _ = in_framework("tensorflow", checks.dropped, "tensorflow", rate, (64, 50, 33), 0, "block1", 1)
    assert (output == 0).mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / output.size))


def test_runs_on_the_cpu_where_there_is_no_cuda(in_framework: InFramework) -> None:
    chosen, refusal = in_framework("tensorflow", checks.tensorflow_without_cuda)
    assert chosen == ["cpu", "cpu", "cpu"]
    assert refusal.startswith("device is 'cuda', but TensorFlow sees no CUDA device; legal here: 'auto', 'cpu'")
