"""The 1D CNN-LSTM in TensorFlow."""

import keras
from keras import layers

from implementations.architectures import CNNLSTM
from implementations.tensorflow.layers import BatchNorm, Conv1D, Dropout
from implementations.tensorflow.lstm import LSTM
from implementations.tensorflow.training import TensorFlowClassifier


class TensorFlowCNNLSTM(TensorFlowClassifier):
    """The 1D CNN-LSTM: inputs of shape (batch, 646 time steps, 20 coefficients)."""

    architecture = CNNLSTM()

    def _network(self) -> keras.Model:
        sizes = self.architecture
        model = keras.Sequential([keras.Input(sizes.input_shape)])
        for block, filters in enumerate(sizes.filters, start=1):
            model.add(Conv1D(filters, sizes.kernel_size, padding="same", name=f"conv{block}"))
            model.add(BatchNorm(sizes, name=f"norm{block}"))
            model.add(layers.ReLU(name=f"relu{block}"))
            model.add(Dropout(sizes.block_dropout, self.seed, name=f"dropout{block}"))
            model.add(layers.AveragePooling1D(sizes.pool_size, name=f"pool{block}"))
        for number, units in enumerate(sizes.lstm_units, start=1):
            last = number == len(sizes.lstm_units)
            model.add(LSTM(units, return_sequences=not last, name=f"lstm{number}"))
        model.add(Dropout(sizes.lstm_dropout, self.seed, name="lstm_dropout"))
        model.add(layers.Dense(sizes.dense_units, activation="relu", name="dense1"))
        model.add(Dropout(sizes.dense_dropout, self.seed, name="dense1_dropout"))
        model.add(layers.Dense(self.n_classes, name="dense2"))
        return model
