"""What all TensorFlow implementations share: set-up of the process, prediction, and training with Adam."""

from abc import abstractmethod
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from implementations.architectures import Weights
from implementations.interface import Classifier, EpochScore, Inputs, Labels, Probabilities, Schedule, Training
from implementations.tensorflow import weights as canonical


class TensorFlowTraining(Training):
    """A training in progress: the data as tensors and one compiled step over them."""

    def __init__(self, model: keras.Model, inputs: Inputs, labels: Labels, schedule: Schedule) -> None:
        self._model = model
        self._inputs = tf.constant(inputs)
        self._labels = tf.constant(labels)
        self._batch_size = schedule.batch_size
        self._optimizer = keras.optimizers.Adam(
            schedule.learning_rate, beta_1=schedule.beta_1, beta_2=schedule.beta_2, epsilon=schedule.epsilon
        )
        self._optimizer.build(model.trainable_variables)
        # a batch of any size fits this signature, so that a short last batch does not compile the step again
        self._step = tf.function(self._train_batch, input_signature=[tf.TensorSpec([None], tf.int64)])

    def epoch(self, order: NDArray[np.int64]) -> EpochScore:
        """Train one epoch on the tracks in this order."""
        loss_sum = 0.0
        correct = 0
        for start in range(0, len(order), self._batch_size):
            batch = order[start : start + self._batch_size]
            loss, batch_correct = self._step(batch)
            # weighted by the size of the batch: the last one may be short
            loss_sum += float(loss) * len(batch)
            correct += int(batch_correct)
        return EpochScore(loss_sum / len(order), correct / len(order))

    def _train_batch(self, batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        labels = tf.gather(self._labels, batch)
        with tf.GradientTape() as tape:
            logits = self._model(tf.gather(self._inputs, batch), training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))
        variables = self._model.trainable_variables
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss, tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1) == labels, tf.int32))


class TensorFlowClassifier(Classifier):
    """A classifier around a Keras model that maps inputs of shape (batch, *input_shape) to logits."""

    framework = "tensorflow"

    @staticmethod
    def configure(threads: int) -> None:
        """Set the number of threads and deterministic kernels for the whole process."""
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        tf.config.experimental.enable_op_determinism()

    @abstractmethod
    def _network(self) -> keras.Model:
        """Build the layers."""

    def _build(self) -> None:
        self._model = self._network()
        inputs = tf.TensorSpec([None, *self.architecture.input_shape], tf.float32)
        self._probabilities = tf.function(lambda batch: tf.nn.softmax(self._model(batch)), input_signature=[inputs])

    def _get_weights(self) -> Weights:
        return canonical.get_weights(self._model)

    def _set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        canonical.set_weights(self._model, weights)

    def _predict(self, inputs: Inputs, batch_size: int) -> Probabilities:
        batches = (tf.constant(inputs[start : start + batch_size]) for start in range(0, len(inputs), batch_size))
        return np.concatenate([self._probabilities(batch).numpy() for batch in batches])

    def _start_training(self, inputs: Inputs, labels: Labels, schedule: Schedule) -> Training:
        return TensorFlowTraining(self._model, inputs, labels, schedule)
