"""The arithmetic of an epoch, by hand."""

import pytest

from benchmarks.timing.measuring.facts import arithmetic_facts
from benchmarks.timing.measuring.tasks import CLASSES
from benchmarks.timing.measuring.work import inference_flops, multiplications, training_flops
from benchmarks.timing.reporting.results import Row
from implementations.architectures import CNN2D, CNNLSTM, Architecture, CNN2DDeep


def test_2d_cnn_by_hand():
    sizes = CNN2D(input_shape=(10, 10, 3), filters=(4, 5), dense_units=(7,))
    # 10 -> 8 after the convolution, 4 after pooling; 4 -> 2, 1
    assert multiplications(sizes, 2) == [8 * 8 * 9 * 3 * 4, 2 * 2 * 9 * 4 * 5, 5 * 7, 7 * 2]
    forward = 6912 + 720 + 35 + 14
    assert training_flops(sizes, 2) == 2 * (3 * forward - 6912)


def test_cnn_lstm_by_hand():
    sizes = CNNLSTM(input_shape=(9, 2), filters=(3, 4), lstm_units=(5, 6), dense_units=7)
    # 9 steps, 4 after pooling, 2 after pooling
    convolutions = [9 * 4 * 2 * 3, 4 * 4 * 3 * 4]
    lstms = [2 * (4 + 5) * 20, 2 * (5 + 6) * 24]
    assert multiplications(sizes, 2) == [*convolutions, *lstms, 6 * 7, 7 * 2]


def test_deep_2d_cnn_by_hand():
    sizes = CNN2DDeep(input_shape=(9, 10, 1), filters=(4, 5), dense_units=7)
    # 9 x 10 stay as they are in the convolution, 4 x 5 after pooling; 2 x 2
    assert multiplications(sizes, 2) == [9 * 10 * 9 * 1 * 4, 4 * 5 * 9 * 4 * 5, 2 * 2 * 5 * 7, 7 * 2]


def test_the_studies_networks():
    assert inference_flops(CNN2DDeep(), 10) == pytest.approx(2 * 78e6, rel=0.05)
    assert training_flops(CNN2D(), 10) == pytest.approx(305e6, rel=0.01)
    assert training_flops(CNNLSTM(), 10) == pytest.approx(121e6, rel=0.01)


def test_an_unknown_kind_has_no_limit():
    class Another(Architecture):
        def weights(self, n_classes):
            return []

    assert training_flops(Another("another", "Another", (3,)), 2) is None
    assert inference_flops(Another("another", "Another", (3,)), 2) is None


def test_a_row_says_how_much_arithmetic_it_is():
    told = arithmetic_facts("cnn2d", "training", 800)
    assert told["gflop"] == pytest.approx(800 * training_flops(CNN2D(), CLASSES) / 1e9)
    told = arithmetic_facts("cnn2d", "inference", 1)
    assert told["gflop"] == pytest.approx(2 * sum(multiplications(CNN2D(), CLASSES)) / 1e9)


def test_the_limit_of_a_round_is_the_work_at_the_speed_of_that_round():
    row = Row("a", "training", {"gflop": 200.0, "matrix_product_gflops": [50.0, 100.0]}, (8.0, 8.0))
    assert row.limits == (4.0, 2.0)
    assert Row("a", "training", {"gflop": None, "matrix_product_gflops": [50.0]}, (8.0,)).limits is None
    assert Row("a", "memory", {}, (8.0,)).limits is None
