"""The 2D CNN in TensorFlow."""

import keras
from keras import layers

from implementations.architectures import CNN2D
from implementations.tensorflow.layers import BatchNorm, Conv2D, Dropout
from implementations.tensorflow.training import TensorFlowClassifier


class TensorFlowCNN2D(TensorFlowClassifier):
    """The 2D CNN: inputs of shape (batch, 128, 128, 3)."""

    architecture = CNN2D()

    def _network(self) -> keras.Model:
        sizes = self.architecture
        model = keras.Sequential([keras.Input(sizes.input_shape)])
        for block, filters in enumerate(sizes.filters, start=1):
            model.add(Conv2D(filters, sizes.kernel_size, name=f"conv{block}"))
            model.add(BatchNorm(sizes, name=f"norm{block}"))
            model.add(layers.ReLU(name=f"relu{block}"))
            model.add(Dropout(sizes.block_dropout, self.seed, name=f"dropout{block}"))
            model.add(layers.AveragePooling2D(sizes.pool_size, name=f"pool{block}"))
        model.add(layers.Flatten(name="flatten"))
        model.add(BatchNorm(sizes, name=f"norm{len(sizes.filters) + 1}"))
        for number, units in enumerate(sizes.dense_units, start=1):
            model.add(layers.Dense(units, activation="relu", name=f"dense{number}"))
            model.add(Dropout(sizes.dense_dropout, self.seed, name=f"dense{number}_dropout"))
        model.add(layers.Dense(self.n_classes, name=f"dense{len(sizes.dense_units) + 1}"))
        return model
