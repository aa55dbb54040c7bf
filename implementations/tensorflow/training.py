"""What all TensorFlow implementations share: set-up of the process, prediction, and training."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from implementations.architectures import Floats, Weights
from implementations.device import Device
from implementations.interface import (
    SGD,
    Adam,
    Batch,
    Classifier,
    Inputs,
    Precision,
    State,
    Training,
)
from implementations.tensorflow import weights as canonical
from implementations.tensorflow.layers import Dropout


@contextmanager
def keras_precision(precision: Precision) -> Iterator[None]:
    """Make Keras create layers and optimisers of this precision inside the block."""
    before = keras.config.floatx()
    try:
        keras.config.set_floatx(precision)
        keras.config.set_dtype_policy(precision)
        yield
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(before)


def make_optimizer(model: keras.Model, given: Adam | SGD) -> keras.optimizers.Optimizer:
    """Return Keras's optimiser over the trained variables of a model."""
    if isinstance(given, Adam):
        optimizer = keras.optimizers.Adam(
            given.learning_rate, beta_1=given.beta_1, beta_2=given.beta_2, epsilon=given.epsilon
        )
    else:
        optimizer = keras.optimizers.SGD(given.learning_rate)
    optimizer.build(model.trainable_variables)
    return optimizer


def run_batch(model: keras.Model, inputs: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
    """Run one batch forward and backward; return logits, mean loss and the gradients of the trained variables.

    The gradients are those of the loss and the penalties of the layers.
    """
    with tf.GradientTape() as tape:
        logits = model(inputs, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))
        minimised = tf.add_n([loss, *model.losses])
    return logits, loss, tape.gradient(minimised, model.trainable_variables)


class TensorFlowTraining(Training):
    """A training in progress: one compiled step."""

    def __init__(self, model: keras.Model, optimizer: Adam | SGD, precision: Precision) -> None:
        self._model = model
        with keras_precision(precision):
            self._optimizer = make_optimizer(model, optimizer)
        # a batch of any size fits this signature, so that a short last batch does not compile the step again
        signature = [tf.TensorSpec([None, *model.input_shape[1:]], precision), tf.TensorSpec([None], tf.int64)]
        self._step = tf.function(self._train_batch, input_signature=signature)
        self._precision = precision

    def step(self, batch: Batch) -> tuple[float, int]:
        """Make one step of the optimiser."""
        loss, correct = self._step(tf.constant(batch.inputs, dtype=self._precision), tf.constant(batch.labels))
        return float(loss), int(correct)

    def set_learning_rate(self, rate: float) -> None:
        """Make the steps from the next one on with this learning rate."""
        self._optimizer.learning_rate.assign(rate)

    def get_state(self) -> State:
        """Return copies of the optimiser's variables and of where each dropout's generator is."""
        return {name: np.array(variable) for name, variable in self._variables()}

    def set_state(self, state: State) -> None:
        """Go on from where `get_state` was called."""
        for name, variable in self._variables():
            variable.assign(state[name])

    def _variables(self) -> list[tuple[str, Any]]:
        dropouts = [layer for layer in self._model.layers if isinstance(layer, Dropout)]
        kept = [(f"optimizer/{number}", it) for number, it in enumerate(self._optimizer.variables)]
        return kept + [(f"dropout/{layer.name}", layer.generator.state) for layer in dropouts]

    def _train_batch(self, inputs: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        logits, loss, gradients = run_batch(self._model, inputs, labels)
        self._optimizer.apply(gradients, self._model.trainable_variables)
        return loss, tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1) == labels, tf.int32))


class TensorFlowClassifier(Classifier):
    """A classifier around a Keras model that maps inputs of shape (batch, *input_shape) to logits."""

    framework = "tensorflow"

    @staticmethod
    def _configure(threads: int, device: Device) -> str:
        gpus = tf.config.list_physical_devices("GPU")[:1]
        if device == "cuda" and not gpus:
            raise ValueError(
                "device is 'cuda', but TensorFlow sees no CUDA device; legal here: 'auto', 'cpu'. "
                "Install tensorflow[and-cuda] and check CUDA_VISIBLE_DEVICES"
            )
        used = gpus if device != "cpu" else []
        tf.config.set_visible_devices(used, "GPU")
        for gpu in used:
            # TensorFlow otherwise takes all of its memory
            tf.config.experimental.set_memory_growth(gpu, True)
        # float32 is float32 on every device
        tf.config.experimental.enable_tensor_float_32_execution(False)
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.config.experimental.enable_op_determinism()
        # TensorFlow counts the compiled functions of all classifiers together and warns of a loop where there is none
        tf.get_logger().setLevel("ERROR")
        return "cuda" if used else "cpu"

    @abstractmethod
    def _network(self) -> keras.Model:
        """Build the layers."""

    def _build(self) -> None:
        with keras_precision(self.precision):
            self.model = self._network()
        inputs = tf.TensorSpec([None, *self.architecture.input_shape], self.precision)
        self._probabilities = tf.function(lambda batch: tf.nn.softmax(self.model(batch)), input_signature=[inputs])

    def _get_weights(self) -> Weights:
        return canonical.get_weights(self.model)

    def _set_weights(self, weights: Mapping[str, Floats]) -> None:
        canonical.set_weights(self.model, weights)

    def _predict(self, inputs: Inputs, batch_size: int) -> Floats:
        batches = (self.tensor(inputs[start : start + batch_size]) for start in range(0, len(inputs), batch_size))
        return np.concatenate([self._probabilities(batch).numpy() for batch in batches])

    def start_training(self, optimizer: Adam | SGD) -> Training:
        """Set up Keras's optimiser."""
        return TensorFlowTraining(self.model, optimizer, self.precision)

    def tensor(self, inputs: Inputs) -> tf.Tensor:
        """Hand inputs to TensorFlow in the classifier's precision."""
        return tf.constant(inputs, dtype=self.precision)
