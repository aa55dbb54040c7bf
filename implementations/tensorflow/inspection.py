"""A look into the models of Keras."""

import keras
import numpy as np
import tensorflow as tf

from implementations.inspection import Inspector, LSTMStates, TrainingPass, ValueCount
from implementations.interface import Inputs, Labels
from implementations.tensorflow import weights as canonical
from implementations.tensorflow.lstm import LSTM
from implementations.tensorflow.training import TensorFlowClassifier, run_batch


class TensorFlowInspector(Inspector):
    """Looks into any classifier in TensorFlow."""

    classifier: TensorFlowClassifier

    def _training_pass(self, inputs: Inputs, labels: Labels) -> TrainingPass:
        model = self.classifier.model
        logits, loss, gradients = run_batch(model, self.classifier.tensor(inputs), tf.constant(labels))
        names = canonical.trained_names(model)
        by_name = {name: gradient.numpy() for name, gradient in zip(names, gradients, strict=True)}
        return TrainingPass(tf.nn.softmax(logits).numpy(), float(loss), by_name)

    def _lstm_states(self, inputs: Inputs) -> dict[str, LSTMStates]:
        found = {}
        values = self.classifier.tensor(inputs)
        for layer in self.classifier.model.layers:
            if isinstance(layer, LSTM):
                hidden, cell = layer.every_state(values)
                found[layer.name] = LSTMStates(hidden.numpy(), cell.numpy())
            values = layer(values)
        return found

    def count_values(self) -> ValueCount:
        """Count the values in the model's variables."""

        def values(variables: list[keras.Variable]) -> int:
            return sum(int(np.prod(variable.shape)) for variable in variables)

        model = self.classifier.model
        return ValueCount(
            trained=values(model.trainable_weights),
            running=values(model.non_trainable_weights),
            # the state of a random generator in each LSTM, for a dropout of its own that is not used
            fixed=values(model.variables) - values(model.weights),
        )
