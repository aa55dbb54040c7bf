"""Keras's LSTM with a backward pass of its own."""

from typing import Any

import keras
import tensorflow as tf


class LSTM(keras.layers.LSTM):
    """Keras's layer over (batch, time, features), without masks; the number of time steps must be known.

    The backward pass that TensorFlow derives from Keras's loop keeps every value of every step, and adds up the
    gradients of the weights step by step. Here a step leaves its gates and states, and whatever need not wait for the
    step before is done for all steps at once.

    Parameters
    ----------
    units : int
        Size of the states.
    return_sequences : bool
        Whether the output is the hidden state of every time step, or of the last one only.
    name : str
        Name of the layer.
    """

    def __init__(self, units: int, *, return_sequences: bool, name: str) -> None:
        super().__init__(units, return_sequences=return_sequences, name=name)

    def inner_loop(
        self, sequences: tf.Tensor, initial_state: list[tf.Tensor], mask: tf.Tensor | None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Return the last hidden state, all of them and no final states, which this layer is not asked for."""
        if mask is not None:
            raise ValueError(f"{self.name}: masks are not supported, use keras.layers.LSTM behind a masking layer")
        if tf.config.get_visible_devices("GPU"):
            # cuDNN does all steps in one kernel there
            return super().inner_loop(sequences, initial_state, mask, training)  # type: ignore[no-any-return]
        hidden = _hidden_states(*self._by_time(sequences, initial_state))
        return hidden[-1], tf.transpose(hidden, [1, 0, 2]), []

    def every_state(self, sequences: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return hidden and cell state after every time step, each of shape (batch, time, units)."""
        hidden, cells, _ = _run(*self._by_time(sequences, self.get_initial_state(sequences.shape[0])))
        return tf.transpose(hidden, [1, 0, 2]), tf.transpose(cells, [1, 0, 2])

    def _by_time(self, sequences: tf.Tensor, initial_state: list[tf.Tensor]) -> tuple[tf.Tensor, ...]:
        cell = self.cell
        weights = (tf.convert_to_tensor(weight) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias))
        return tf.transpose(sequences, [1, 0, 2]), tf.stack(initial_state), *weights


def _run(
    x: tf.Tensor, start: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
    """Return hidden states, cell states, and the four gates and tanh of the cell, each (time, batch, units).

    Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000), as in Keras.
    """
    steps, _, features = x.shape
    units = recurrent.shape[0]
    # one product for all steps; of three-dimensional tensors, TensorFlow would make one a step
    projected = tf.matmul(tf.reshape(x, [-1, features]), kernel) + bias
    given = _by_step(tf.reshape(projected, [steps, -1, 4 * units]))

    def forward(step: tf.Tensor, h: tf.Tensor, c: tf.Tensor, *kept: tf.TensorArray) -> tuple[Any, ...]:
        i, f, g, o = tf.split(given.read(step) + tf.matmul(h, recurrent), 4, axis=1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        c = f * c + i * g
        squashed = tf.tanh(c)
        h = o * squashed
        found = (h, c, i, f, g, o, squashed)
        return step + 1, h, c, *(array.write(step, value) for array, value in zip(kept, found, strict=True))

    empty = [_array(x, units) for _ in range(7)]
    _, _, _, *kept = tf.while_loop(lambda step, *_: step < steps, forward, (0, *tf.unstack(start), *empty))
    hidden, cells, *gates = (array.stack() for array in kept)
    return hidden, cells, gates


@tf.custom_gradient  # type: ignore[untyped-decorator]
def _hidden_states(x: tf.Tensor, start: tf.Tensor, kernel: tf.Tensor, recurrent: tf.Tensor, bias: tf.Tensor) -> Any:
    """Return the hidden state after every step, shape (time, batch, units), for `x`, shape (time, batch, features).

    `start` is the first hidden and cell state, shape (2, batch, units).
    """
    hidden, cells, (i, f, g, o, squashed) = _run(x, start, kernel, recurrent, bias)
    steps, _, features = x.shape
    units = recurrent.shape[0]

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
        hidden_before, cells_before = (
            tf.concat([first[tf.newaxis], states[:-1]], axis=0)
            for first, states in zip(tf.unstack(start), (hidden, cells), strict=True)
        )
        # what a step multiplies the gradient of the cell (or, with o, of the hidden state) by
        to_i, to_f, to_g = g * i * (1 - i), cells_before * f * (1 - f), i * (1 - g * g)
        to_o, to_c = squashed * o * (1 - o), o * (1 - squashed * squashed)
        given = [_by_step(values) for values in (upstream, to_i, to_f, to_g, to_o, to_c, f)]
        transposed = tf.transpose(recurrent)

        def backward(step: tf.Tensor, dh: tf.Tensor, dc: tf.Tensor, kept: tf.TensorArray) -> tuple[Any, ...]:
            from_above, to_i, to_f, to_g, to_o, to_c, f = (array.read(step) for array in given)
            dh += from_above
            dc += dh * to_c
            d_gates = tf.concat([dc * to_i, dc * to_f, dc * to_g, dh * to_o], axis=1)
            return step - 1, tf.matmul(d_gates, transposed), dc * f, kept.write(step, d_gates)

        last = (steps - 1, *tf.unstack(tf.zeros_like(start)), _array(x, 4 * units))
        _, dh, dc, found = tf.while_loop(lambda step, *_: step >= 0, backward, last)
        d_gates = tf.reshape(found.stack(), [-1, 4 * units])
        return (
            tf.reshape(tf.matmul(d_gates, kernel, transpose_b=True), tf.shape(x)),
            tf.stack([dh, dc]),
            tf.matmul(tf.reshape(x, [-1, features]), d_gates, transpose_a=True),
            tf.matmul(tf.reshape(hidden_before, [-1, units]), d_gates, transpose_a=True),
            tf.reduce_sum(d_gates, axis=0),
        )

    return hidden, gradient


def _array(like: tf.Tensor, size: int) -> tf.TensorArray:
    """Return room for one array of shape (batch, size) a step."""
    steps, batch, _ = like.shape
    return tf.TensorArray(like.dtype, steps, element_shape=[batch, size])


def _by_step(values: tf.Tensor) -> tf.TensorArray:
    """Return values of shape (time, batch, size) as one array a step."""
    return _array(values, values.shape[2]).unstack(values)
