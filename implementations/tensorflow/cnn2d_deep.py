"""The 2D CNN of five blocks in TensorFlow."""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

from implementations.architectures import CNN2DDeep
from implementations.tensorflow.layers import Conv2D, Dropout, add_bias
from implementations.tensorflow.training import TensorFlowClassifier


def squares(factor: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the L2 penalty of this factor; Keras's own rounds it to float32 in float64, too."""
    return lambda kernel: factor * tf.reduce_sum(tf.square(kernel))


class ConvPoolReLU2D(Conv2D):
    """A "same" convolution, max pooling, bias and ReLU in one.

    A bias is the same for all values of a square, and rounding keeps their order: added to the largest one it gives the
    same value as before pooling, and so does ReLU, a quarter of the work each.

    Parameters
    ----------
    filters : int
        Channels that go out.
    kernel_size, pool_size : int
        Sides of the squares that the convolution and the pooling cover.
    name : str
        Name of the layer.
    """

    def __init__(self, filters: int, kernel_size: int, pool_size: int, name: str) -> None:
        super().__init__(filters, kernel_size, padding="same", name=name)
        self.pool_size = pool_size

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Convolve, pool, add the bias and apply ReLU."""
        convolved = self.convolution_op(x, self.kernel)
        pooled = tf.nn.max_pool2d(convolved, self.pool_size, self.pool_size, "VALID")
        return tf.nn.relu(add_bias(pooled, tf.convert_to_tensor(self.bias)))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape that pooling leaves; it drops an odd row or column."""
        batch, height, width, channels = super().compute_output_shape(input_shape)
        return batch, height // self.pool_size, width // self.pool_size, channels


class TensorFlowCNN2DDeep(TensorFlowClassifier):
    """The 2D CNN of five blocks: inputs of shape (batch, 128, 129, 1)."""

    architecture = CNN2DDeep()

    def _network(self) -> keras.Model:
        sizes = self.architecture
        penalty = squares(sizes.dense_penalty)
        model = keras.Sequential([keras.Input(sizes.input_shape)])
        for block, filters in enumerate(sizes.filters, start=1):
            model.add(ConvPoolReLU2D(filters, sizes.kernel_size, sizes.pool_size, name=f"conv{block}"))
            model.add(Dropout(sizes.block_dropout, self.seed, name=f"dropout{block}"))
        model.add(layers.Flatten(name="flatten"))
        model.add(Dropout(sizes.flat_dropout, self.seed, name="flat_dropout"))
        model.add(layers.Dense(sizes.dense_units, activation="relu", kernel_regularizer=penalty, name="dense1"))
        model.add(Dropout(sizes.dense_dropout, self.seed, name="dense1_dropout"))
        model.add(layers.Dense(self.n_classes, kernel_regularizer=penalty, name="dense2"))
        return model
