"""Layers as the study's Keras version had them."""

import keras
import tensorflow as tf

from implementations.architectures import Architecture
from implementations.randomness import framework_seed


class Dropout(keras.layers.Layer):
    """Inverted dropout whose mask is drawn as random bytes from a generator of its own.

    Keras's own layer draws a float for every value, which takes longer than the convolution before it. A random
    byte is exact for rates that are multiples of 1/256, as the study's are.

    Parameters
    ----------
    rate : float
        Share of the values set to zero, a multiple of 1/256.
    seed : int
        The seed of the run.
    name : str
        Name of the layer; every layer draws masks of its own.
    """

    def __init__(self, rate: float, seed: int, name: str) -> None:
        super().__init__(name=name)
        if not (rate * 256).is_integer():
            raise ValueError(f"dropout rate {rate} is not a multiple of 1/256")
        self.threshold = int(rate * 256)
        self.scale = 1 / (1 - rate)
        self.generator = tf.random.Generator.from_seed(framework_seed(seed, f"dropout/{name}"))

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drop and rescale values while training; return `x` as it is in evaluation."""
        if not training:
            return x
        shape = tf.shape(x)
        size = tf.reduce_prod(shape)
        words = self.generator.uniform_full_int([(size + 7) // 8], dtype=tf.uint64)
        random_bytes = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:size], shape)
        return x * (tf.cast(random_bytes >= self.threshold, x.dtype) * self.scale)


def batch_norm(architecture: Architecture, name: str) -> keras.layers.BatchNormalization:
    """Return a batch normalisation over the last axis with the momentum and epsilon of the architecture."""
    return keras.layers.BatchNormalization(
        momentum=architecture.norm_momentum, epsilon=architecture.norm_epsilon, name=name
    )


def lstm_states(layer: keras.layers.LSTM, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return hidden and cell state of a layer after every time step, each of shape (batch, time, units)."""
    # the same layer, told to return every step
    whole = keras.layers.LSTM.from_config({**layer.get_config(), "return_sequences": True})
    whole.build(x.shape)
    whole.set_weights(layer.get_weights())
    # Keras tells the last cell state only
    state = layer.get_initial_state(x.shape[0])
    cells = []
    for step in tf.unstack(x, axis=1):
        _, state = layer.cell(step, state)
        cells.append(state[1])
    return whole(x), tf.stack(cells, axis=1)
