"""The 2D CNN of five blocks in TensorFlow."""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

from implementations.architectures import CNN2DDeep
from implementations.tensorflow.layers import Conv2D, Dropout
from implementations.tensorflow.training import TensorFlowClassifier


def squares(factor: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the L2 penalty of this factor; Keras's own rounds it to float32 in float64, too."""
    return lambda kernel: factor * tf.reduce_sum(tf.square(kernel))


class TensorFlowCNN2DDeep(TensorFlowClassifier):
    """The 2D CNN of five blocks: inputs of shape (batch, 128, 129, 1)."""

    architecture = CNN2DDeep()

    def _network(self) -> keras.Model:
        sizes = self.architecture
        penalty = squares(sizes.dense_penalty)
        model = keras.Sequential([keras.Input(sizes.input_shape)])
        for block, filters in enumerate(sizes.filters, start=1):
            model.add(Conv2D(filters, sizes.kernel_size, padding="same", name=f"conv{block}"))
            # the largest value first gives the same values as ReLU first, and leaves ReLU a quarter of them
            model.add(layers.MaxPooling2D(sizes.pool_size, name=f"pool{block}"))
            model.add(layers.ReLU(name=f"relu{block}"))
            model.add(Dropout(sizes.block_dropout, self.seed, name=f"dropout{block}"))
        model.add(layers.Flatten(name="flatten"))
        model.add(Dropout(sizes.flat_dropout, self.seed, name="flat_dropout"))
        model.add(layers.Dense(sizes.dense_units, activation="relu", kernel_regularizer=penalty, name="dense1"))
        model.add(Dropout(sizes.dense_dropout, self.seed, name="dense1_dropout"))
        model.add(layers.Dense(self.n_classes, kernel_regularizer=penalty, name="dense2"))
        return model
