"""Layers as the study's Keras version had them."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from implementations.architectures import Architecture
from implementations.randomness import framework_seed


class Dropout(keras.layers.Layer):
    """Inverted dropout whose mask is drawn as random bits from a generator of its own.

    Keras's own layer draws a float for every value, which takes longer than the convolution before it. One bit is
    enough for a rate of 1/2 and two bits are for 1/4, so that a random byte serves several values.

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
        # the fewest that hold the rate exactly
        bits = next(bits for bits in (1, 2, 4, 8) if (rate * 2**bits).is_integer())
        # where the numbers of so many bits lie in a byte: a column, to be laid against a row of random bytes
        shifts = np.arange(0, 8, bits)[:, np.newaxis]
        self.fields = ((2**bits - 1) << shifts).astype(np.uint8)
        self.thresholds = (int(rate * 2**bits) << shifts).astype(np.uint8)
        self.scale = 1 / (1 - rate)
        self.generator = tf.random.Generator.from_seed(framework_seed(seed, f"dropout/{name}"))

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drop and rescale values while training; return `x` as it is in evaluation."""
        if not training:
            return x
        shape = tf.shape(x)
        size = tf.reduce_prod(shape)
        words = self.generator.uniform_full_int([size // (8 * len(self.fields)) + 1], dtype=tf.uint64)
        random_bytes = tf.reshape(tf.bitcast(words, tf.uint8), [1, -1])
        kept = tf.bitwise.bitwise_and(random_bytes, self.fields) >= self.thresholds
        kept = tf.reshape(tf.reshape(kept, [-1])[:size], shape)
        return x * (tf.cast(kept, x.dtype) * self.scale)


@tf.custom_gradient  # type: ignore[untyped-decorator]
def add_bias(x: tf.Tensor, bias: tf.Tensor) -> Any:
    """Return `x` plus a bias along its last axis."""

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        # rows: oneDNN merges the gradients of bias and kernel where they share an input, and takes twice as long
        rows = tf.reshape(upstream, [-1, upstream.shape[-1]])
        return upstream, tf.raw_ops.BiasAddGrad(out_backprop=rows)

    return tf.nn.bias_add(x, bias), gradient


class _AnyCache:
    """Makes the bits of a convolution those of every processor, for a batch of a single track, too.

    oneDNN takes the blocks of a single image by the size of the processor's second cache, those of two images not so.
    """

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Convolve; a single image beside a copy of itself."""
        convolve = super().convolution_op  # type: ignore[misc]
        return tf.cond(
            tf.equal(tf.shape(inputs)[0], 1),
            lambda: convolve(tf.concat([inputs, inputs], 0), kernel)[:1],
            lambda: convolve(inputs, kernel),
        )


class Conv1D(_AnyCache, keras.layers.Conv1D):
    """Keras's layer, with the same bits on every processor."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Convolve and add the bias; Keras's own `call` goes around `convolution_op`."""
        return self.convolution_op(x, self.kernel) + keras.ops.reshape(self.bias, (1, 1, self.filters))


class Conv2D(_AnyCache, keras.layers.Conv2D):
    """Keras's layer, with the same bits on every processor and a gradient of the bias that oneDNN leaves to itself."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Convolve and add the bias."""
        return add_bias(self.convolution_op(x, self.kernel), tf.convert_to_tensor(self.bias))


class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalisation over the last axis, with TensorFlow's fused kernel while training in float32.

    Keras's own layer composes it of a dozen operations, each of which goes through the whole tensor. The kernel knows
    no float64.

    Parameters
    ----------
    architecture : Architecture
        Gives momentum and epsilon.
    name : str
        Name of the layer.
    """

    def __init__(self, architecture: Architecture, name: str) -> None:
        super().__init__(momentum=architecture.norm_momentum, epsilon=architecture.norm_epsilon, name=name)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Normalise; while training, also move the running statistics."""
        if not training:
            return self._with_running_statistics(x)
        if x.dtype != tf.float32:
            return super().call(x, training=True)
        shape = tf.shape(x)
        images = tf.reshape(x, [shape[0], -1, 1, x.shape[-1]])
        normalised, mean, unbiased, *_ = tf.raw_ops.FusedBatchNormV3(
            x=images, scale=self.gamma, offset=self.beta, mean=[], variance=[], epsilon=self.epsilon, is_training=True
        )
        # the kernel returns n / (n - 1) times the variance of the batch (once, where n is 1), Keras averages the latter
        n = tf.cast(tf.size(x) // x.shape[-1], x.dtype)
        variance = unbiased * (tf.maximum(n - 1, 1) / n)
        for running, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign(running * self.momentum + batch * (1 - self.momentum))
        return tf.reshape(normalised, shape)

    def _with_running_statistics(self, x: tf.Tensor) -> tf.Tensor:
        # Keras's own way multiplies by tf.math.rsqrt, which starts from an approximation that Intel's and AMD's
        # processors hold in tables of their own. TensorFlow makes an rsqrt of a plain division by a root, too
        deviation = tf.sqrt(self.moving_variance + self.epsilon)
        scale = tf.math.divide_no_nan(tf.convert_to_tensor(self.gamma), deviation)
        return x * scale + (self.beta - self.moving_mean * scale)
