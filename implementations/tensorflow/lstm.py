"""Keras's LSTM with a backward pass of its own."""

from typing import Any

import keras
import tensorflow as tf


class LSTM(keras.layers.LSTM):
    """Keras's layer over (batch, time, features), from a state of zeros; it knows no masks and no dropout.

    The backward pass that TensorFlow derives from Keras's loop keeps every value of every step, and adds up the
    gradients of the weights step by step. Here a step leaves its gates and states, and whatever need not wait for the
    step before is done for all steps at once.
    """

    def inner_loop(
        self, sequences: tf.Tensor, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Return last and all hidden states, and no final states, which only `return_state` asks for."""
        if tf.config.get_visible_devices("GPU"):
            # cuDNN's kernel
            return super().inner_loop(sequences, initial_state, mask, training)  # type: ignore[no-any-return]
        cell = self.cell
        weights = (tf.convert_to_tensor(weight) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias))
        hidden = _hidden_states(tf.transpose(sequences, [1, 0, 2]), *weights)
        return hidden[-1], tf.transpose(hidden, [1, 0, 2]), []


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _hidden_states(x: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor) -> Any:
    """Return the hidden state after every step, shape (time, batch, units), for `x`, shape (time, batch, features).

    Equations: Hochreiter and Schmidhuber (1997), with the forget gate of Gers, Schmidhuber and Cummins (2000).
    """
    steps, features = x.shape[0], x.shape[2]
    units = recurrent.shape[0]
    start = tf.zeros([tf.shape(x)[1], units], x.dtype)
    # one product for all steps; of three-dimensional tensors, TensorFlow would make one a step
    rows = tf.reshape(x, [-1, features])
    projected = _by_step(tf.reshape(tf.matmul(rows, kernel) + bias, [steps, -1, 4 * units]))

    def forward(step: tf.Tensor, h: tf.Tensor, c: tf.Tensor, *kept: tf.TensorArray) -> tuple[Any, ...]:
        i, f, g, o = tf.split(projected.read(step) + tf.matmul(h, recurrent), 4, axis=1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        c = f * c + i * g
        squashed = tf.tanh(c)
        h = o * squashed
        found = (h, c, i, f, g, o, squashed)
        return step + 1, h, c, *(array.write(step, value) for array, value in zip(kept, found, strict=True))

    empty = [_array(x, units) for _ in range(7)]
    _, _, _, *kept = tf.while_loop(lambda step, *_: step < steps, forward, (0, start, start, *empty))
    hidden, cells, *gates = (array.stack() for array in kept)

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
        def before(states: tf.Tensor) -> tf.Tensor:
            return tf.concat([start[tf.newaxis], states[:-1]], axis=0)

        i, f, g, o, squashed = gates
        # what a step multiplies the gradient of the cell (or, with o, of the hidden state) by
        to_i, to_f, to_g = g * i * (1 - i), before(cells) * f * (1 - f), i * (1 - g * g)
        to_o, to_c = squashed * o * (1 - o), o * (1 - squashed * squashed)
        given = [_by_step(values) for values in (upstream, to_i, to_f, to_g, to_o, to_c, f)]
        transposed = tf.transpose(recurrent)

        def backward(step: tf.Tensor, dh: tf.Tensor, dc: tf.Tensor, kept: tf.TensorArray) -> tuple[Any, ...]:
            from_above, to_i, to_f, to_g, to_o, to_c, f = (array.read(step) for array in given)
            dh += from_above
            dc += dh * to_c
            d_gates = tf.concat([dc * to_i, dc * to_f, dc * to_g, dh * to_o], axis=1)
            return step - 1, tf.matmul(d_gates, transposed), dc * f, kept.write(step, d_gates)

        last = (steps - 1, start, start, _array(x, 4 * units))
        *_, found = tf.while_loop(lambda step, *_: step >= 0, backward, last)
        d_projected = tf.reshape(found.stack(), [-1, 4 * units])
        return (
            tf.reshape(tf.matmul(d_projected, kernel, transpose_b=True), tf.shape(x)),
            tf.matmul(rows, d_projected, transpose_a=True),
            tf.matmul(tf.reshape(before(hidden), [-1, units]), d_projected, transpose_a=True),
            tf.reduce_sum(d_projected, axis=0),
        )

    return hidden, gradient


def _array(like: tf.Tensor, size: int) -> tf.TensorArray:
    """Return room for one array of shape (batch, size) a step."""
    return tf.TensorArray(like.dtype, like.shape[0], element_shape=[None, size])


def _by_step(values: tf.Tensor) -> tf.TensorArray:
    """Return values of shape (time, batch, size) as one array a step."""
    return _array(values, values.shape[2]).unstack(values)
