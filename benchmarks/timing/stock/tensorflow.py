"""The networks as an average user of Keras writes them: a Sequential model, `compile`, `fit` and `predict`."""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers, regularizers

from implementations.architectures import CNN2D, CNNLSTM, Architecture, CNN2DDeep
from implementations.interface import Inputs, Labels


def configure(threads: int) -> None:
    """Set the number of threads, and nothing else."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def make_epoch(
    architecture: Architecture, n_classes: int, inputs: Inputs, labels: Labels, batch_size: int
) -> Callable[[], None]:
    """Return a function that trains one epoch."""
    model = _network(architecture, n_classes)
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )

    def epoch() -> None:
        model.fit(inputs, labels, batch_size=batch_size, epochs=1, verbose=0, shuffle=False)

    return epoch


def make_prediction(architecture: Architecture, n_classes: int, inputs: Inputs, batch_size: int) -> Callable[[], None]:
    """Return a function that computes the probabilities of all inputs."""
    model = _network(architecture, n_classes)

    def predict() -> None:
        model.predict(inputs, batch_size=batch_size, verbose=0)

    return predict


def _network(architecture: Architecture, n_classes: int) -> keras.Model:
    if isinstance(architecture, CNN2D):
        hidden = _cnn2d(architecture)
    elif isinstance(architecture, CNNLSTM):
        hidden = _cnn_lstm(architecture)
    elif isinstance(architecture, CNN2DDeep):
        hidden = _cnn2d_deep(architecture)
    else:
        raise NotImplementedError(f"no stock baseline of {architecture.name}")
    penalty = regularizers.L2(architecture.dense_penalty) if isinstance(architecture, CNN2DDeep) else None
    last = layers.Dense(n_classes, activation="softmax", kernel_regularizer=penalty)
    return keras.Sequential([keras.Input(architecture.input_shape), *hidden, last])


def _cnn2d(sizes: CNN2D) -> list[keras.Layer]:
    found = []
    for filters in sizes.filters:
        found += [
            layers.Conv2D(filters, sizes.kernel_size),
            layers.BatchNormalization(momentum=sizes.norm_momentum, epsilon=sizes.norm_epsilon),
            layers.Activation("relu"),
            layers.Dropout(sizes.block_dropout),
            layers.AveragePooling2D(sizes.pool_size),
        ]
    found += [
        layers.Flatten(),
        layers.BatchNormalization(momentum=sizes.norm_momentum, epsilon=sizes.norm_epsilon),
    ]
    for units in sizes.dense_units:
        found += [layers.Dense(units, activation="relu"), layers.Dropout(sizes.dense_dropout)]
    return found


def _cnn2d_deep(sizes: CNN2DDeep) -> list[keras.Layer]:
    found = []
    for filters in sizes.filters:
        found += [
            layers.Conv2D(filters, sizes.kernel_size, padding="same", activation="relu"),
            layers.MaxPooling2D(sizes.pool_size),
            layers.Dropout(sizes.block_dropout),
        ]
    penalty = regularizers.L2(sizes.dense_penalty)
    return [
        *found,
        layers.Flatten(),
        layers.Dropout(sizes.flat_dropout),
        layers.Dense(sizes.dense_units, activation="relu", kernel_regularizer=penalty),
        layers.Dropout(sizes.dense_dropout),
    ]


def _cnn_lstm(sizes: CNNLSTM) -> list[keras.Layer]:
    found = []
    for filters in sizes.filters:
        found += [
            layers.Conv1D(filters, sizes.kernel_size, padding="same"),
            layers.BatchNormalization(momentum=sizes.norm_momentum, epsilon=sizes.norm_epsilon),
            layers.Activation("relu"),
            layers.Dropout(sizes.block_dropout),
            layers.AveragePooling1D(sizes.pool_size),
        ]
    *before, last = sizes.lstm_units
    found += [layers.LSTM(units, return_sequences=True) for units in before]
    return [
        *found,
        layers.LSTM(last),
        layers.Dropout(sizes.lstm_dropout),
        layers.Dense(sizes.dense_units, activation="relu"),
        layers.Dropout(sizes.dense_dropout),
    ]
