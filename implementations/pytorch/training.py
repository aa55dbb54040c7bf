"""What all PyTorch implementations share: set-up of the process, prediction, and training with Adam."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils import deterministic

from implementations.architectures import Weights
from implementations.interface import Classifier, EpochScore, Inputs, Labels, Probabilities, Schedule, Training
from implementations.pytorch import weights as canonical


class KerasAdam(torch.optim.Adam):
    """Adam with epsilon added to the square root of the *uncorrected* second moment.

    PyTorch adds it after the bias correction: sqrt(v / c) + eps with c = 1 - beta_2**t. With eps / sqrt(c) in its
    place the step is Keras's, which is section 2 of Kingma and Ba (2015) with the correction in the step size.
    """

    def __init__(self, parameters: list[nn.Parameter], schedule: Schedule) -> None:
        super().__init__(parameters, lr=schedule.learning_rate, betas=(schedule.beta_1, schedule.beta_2))
        self._epsilon = schedule.epsilon
        self._steps = 0

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Change the parameters by one step."""
        self._steps += 1
        for group in self.param_groups:
            group["eps"] = self._epsilon / (1 - group["betas"][1] ** self._steps) ** 0.5
        return super().step(closure)


class PyTorchTraining(Training):
    """A training in progress on the CPU."""

    def __init__(self, module: nn.Module, inputs: Inputs, labels: Labels, schedule: Schedule) -> None:
        self._module = module
        self._inputs = torch.from_numpy(np.array(inputs))
        self._labels = torch.from_numpy(labels)
        self._batch_size = schedule.batch_size
        self._optimizer = KerasAdam([p for p in module.parameters() if p.requires_grad], schedule)

    def epoch(self, order: NDArray[np.int64]) -> EpochScore:
        """Train one epoch on the tracks in this order."""
        self._module.train()
        loss_sum = 0.0
        correct = 0
        for batch in torch.split(torch.from_numpy(order), self._batch_size):
            logits, loss = self._step(self._inputs[batch], self._labels[batch])
            # weighted by the size of the batch: the last one may be short
            loss_sum += loss.item() * len(batch)
            correct += int((logits.argmax(1) == self._labels[batch]).sum())
        return EpochScore(loss_sum / len(order), correct / len(order))

    def _step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        self._optimizer.zero_grad()
        logits = self._module(inputs)
        loss = functional.cross_entropy(logits, labels)
        torch.autograd.backward(loss)
        self._optimizer.step()
        return logits.detach(), loss.detach()


class PyTorchClassifier(Classifier):
    """A classifier around a module that maps inputs of shape (batch, *input_shape) to logits."""

    framework = "pytorch"

    @staticmethod
    def configure(threads: int) -> None:
        """Set the number of threads and deterministic kernels for the whole process."""
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        # not needed for that, and costs one more pass over every fresh tensor
        deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]

    @abstractmethod
    def _network(self) -> nn.Module:
        """Build the layers."""

    def _build(self) -> None:
        self._module = self._network()

    def _get_weights(self) -> Weights:
        return canonical.get_weights(self._module)

    def _set_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        canonical.set_weights(self._module, weights)

    def _predict(self, inputs: Inputs, batch_size: int) -> Probabilities:
        self._module.eval()
        with torch.inference_mode():
            batches = (
                torch.from_numpy(np.array(inputs[i : i + batch_size])) for i in range(0, len(inputs), batch_size)
            )
            return torch.cat([functional.softmax(self._module(batch), dim=1) for batch in batches]).numpy()

    def _start_training(self, inputs: Inputs, labels: Labels, schedule: Schedule) -> Training:
        return PyTorchTraining(self._module, inputs, labels, schedule)
