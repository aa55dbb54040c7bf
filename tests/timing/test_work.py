"""The arithmetic of an epoch, by hand."""

import pytest

from benchmarks.timing.measuring.facts import product_limit
from benchmarks.timing.measuring.tasks import CLASSES
from benchmarks.timing.measuring.work import inference_flops, multiplications, training_flops
from implementations.architectures import CNN2D, CNNLSTM, Architecture


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


def test_the_study_s_networks():
    assert training_flops(CNN2D(), 10) == pytest.approx(305e6, rel=0.01)
    assert training_flops(CNNLSTM(), 10) == pytest.approx(121e6, rel=0.01)


def test_an_unknown_kind_has_no_limit():
    class Another(Architecture):
        def weights(self, n_classes):
            return []

    assert training_flops(Another("another", "Another", (3,)), 2) is None
    assert inference_flops(Another("another", "Another", (3,)), 2) is None


def test_limit_is_the_work_at_the_median_rate():
    flops = 800 * training_flops(CNN2D(), CLASSES)
    assert product_limit("cnn2d", "training", 800, (50.0, 100.0, 400.0)) == pytest.approx(flops / 100e9)
    flops = 2 * sum(multiplications(CNN2D(), CLASSES))
    assert product_limit("cnn2d", "inference", 1, (50.0, 100.0, 400.0)) == pytest.approx(flops / 100e9)
