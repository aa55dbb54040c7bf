"""What all PyTorch implementations share: set-up of the process, prediction, and training."""

import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils import deterministic

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
from implementations.pytorch import weights as canonical
from implementations.pytorch.layers import Dropout

# what PyTorch's Adam keeps of a parameter, beside the number of steps
_MOMENTS = ("exp_avg", "exp_avg_sq")


class KerasAdam(torch.optim.Adam):
    """Adam as Keras computes it: in two places other than PyTorch does.

    Epsilon is added to the square root of the *uncorrected* second moment. PyTorch adds it after the bias correction:
    sqrt(v / c) + eps with c = 1 - beta_2**t. With eps / sqrt(c) in its place the step is Keras's, which is section 2
    of Kingma and Ba (2015) with the correction in the step size.

    The decay rates in the corrections are rounded to float32, whatever the precision: Keras makes tensors of Python's
    numbers before it casts them (`keras/src/optimizers/adam.py`). At the first step this is 6e-6 of the step.
    """

    def __init__(self, parameters: list[nn.Parameter], given: Adam) -> None:
        # fused, for its root is PyTorch's own and correctly rounded. `torch.sqrt` is MKL's, which starts from the
        # processor's approximation, and Intel's and AMD's differ (docs/arithmetic.md)
        super().__init__(parameters, lr=given.learning_rate, betas=(given.beta_1, given.beta_2), fused=True)
        self._given = given
        self.learning_rate = given.learning_rate
        self._steps = 0

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Change the parameters by one step."""
        self._steps += 1
        first, second = (1 - beta**self._steps for beta in (self._given.beta_1, self._given.beta_2))
        keras_first, keras_second = (
            1 - float(np.float32(beta)) ** self._steps for beta in (self._given.beta_1, self._given.beta_2)
        )
        for group in self.param_groups:
            group["lr"] = self.learning_rate * (keras_second / second) ** 0.5 * (first / keras_first)
            group["eps"] = self._given.epsilon / second**0.5
        return super().step(closure)

    def get_state(self) -> State:
        """Return copies of the number of steps and of both moments of every parameter."""
        found = {"steps": np.array(self._steps)}
        for number, parameter in enumerate(self._parameters()):
            found |= {f"{name}/{number}": self.state[parameter][name].cpu().numpy().copy() for name in _MOMENTS}
        return found

    def set_state(self, state: State) -> None:
        """Take over what `get_state` returned."""
        self._steps = int(state["steps"])
        for number, parameter in enumerate(self._parameters()):
            # as PyTorch begins them; in the memory order of the parameter
            moments = {
                name: torch.zeros_like(parameter).copy_(on_device(state[f"{name}/{number}"])) for name in _MOMENTS
            }
            steps = torch.tensor(float(self._steps), dtype=torch.float32, device=parameter.device)
            self.state[parameter] = {"step": steps, **moments}

    def _parameters(self) -> list[nn.Parameter]:
        return [parameter for group in self.param_groups for parameter in group["params"]]


def make_optimizer(module: nn.Module, given: Adam | SGD) -> torch.optim.Optimizer:
    """Return PyTorch's optimiser over the trained parameters of a module."""
    parameters = canonical.trained_parameters(module)
    if isinstance(given, Adam):
        return KerasAdam(parameters, given)
    return torch.optim.SGD(parameters, lr=given.learning_rate)


def run_batch(module: nn.Module, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Run one batch forward and backward; return logits and mean loss, and leave the gradients at the parameters."""
    module.zero_grad()
    logits = module(inputs)
    loss = functional.cross_entropy(logits, labels)
    torch.autograd.backward(loss)
    return logits.detach(), loss.detach()


def to_tensor(inputs: Inputs, precision: Precision) -> Tensor:
    """Hand inputs to the device of the process; on the CPU a copy is made only of what PyTorch cannot use."""
    return on_device(np.require(inputs, dtype=precision, requirements=["C", "W"]))


def on_device(values: NDArray[Any]) -> Tensor:
    """Hand an array to the device that the process was configured for; on the CPU without a copy."""
    return torch.from_numpy(values).to(torch.get_default_device())


class PyTorchTraining(Training):
    """A training in progress, on the device of the process."""

    def __init__(self, module: nn.Module, optimizer: Adam | SGD, precision: Precision) -> None:
        self._module = module
        self._precision = precision
        self._optimizer = make_optimizer(module, optimizer)

    def step(self, batch: Batch) -> tuple[float, int]:
        """Make one step of the optimiser."""
        labels = on_device(batch.labels)
        logits, loss = run_batch(self._module.train(), to_tensor(batch.inputs, self._precision), labels)
        self._optimizer.step()
        # both wait for the device
        return loss.item(), int((logits.argmax(1) == labels).sum())

    def set_learning_rate(self, rate: float) -> None:
        """Make the steps from the next one on with this learning rate."""
        if isinstance(self._optimizer, KerasAdam):
            self._optimizer.learning_rate = rate
        else:
            for group in self._optimizer.param_groups:
                group["lr"] = rate

    def get_state(self) -> State:
        """Return copies of what the optimiser keeps and of where each dropout's generator is."""
        found = {f"dropout/{name}": it.get_state().numpy().copy() for name, it in self._generators()}
        if isinstance(self._optimizer, KerasAdam):
            found |= {f"optimizer/{name}": values for name, values in self._optimizer.get_state().items()}
        return found

    def set_state(self, state: State) -> None:
        """Go on from where `get_state` was called."""
        for name, generator in self._generators():
            generator.set_state(torch.from_numpy(state[f"dropout/{name}"].copy()).cpu())
        if isinstance(self._optimizer, KerasAdam):
            prefix = "optimizer/"
            kept = {name.removeprefix(prefix): it for name, it in state.items() if name.startswith(prefix)}
            self._optimizer.set_state(kept)

    def _generators(self) -> list[tuple[str, torch.Generator]]:
        return [(name, it.generator) for name, it in self._module.named_modules() if isinstance(it, Dropout)]


def _use_cuda() -> None:
    """Let new tensors be on CUDA's first device, with the same bits at every run and float32 in full."""
    if not torch.cuda.is_available():
        raise ValueError(
            "device is 'cuda', but PyTorch sees no CUDA device; legal here: 'cpu', or 'auto' for what there is. "
            "For CUDA, install a CUDA build of PyTorch and its driver, and unset CUDA_VISIBLE_DEVICES=-1"
        )
    # cuBLAS reads it when it starts: the workspaces with which it gives the same bits
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.backends.cudnn.benchmark = False
    # TF32 would round the factors of every product to 10 bits
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    # for CUDA only: for the CPU, which is the default, it would cost time at every call
    torch.set_default_device("cuda")


class PyTorchClassifier(Classifier):
    """A classifier around a module that maps inputs of shape (batch, *input_shape) to logits."""

    framework = "pytorch"

    @staticmethod
    def _configure(threads: int, device: Device) -> str:
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda":
            _use_cuda()
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        # not needed for that, and costs one more pass over every fresh tensor
        deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        return device

    @abstractmethod
    def _network(self) -> nn.Module:
        """Build the layers."""

    def _build(self) -> None:
        self.module = self._network().to(getattr(torch, self.precision))

    def _get_weights(self) -> Weights:
        return canonical.get_weights(self.module)

    def _set_weights(self, weights: Mapping[str, Floats]) -> None:
        canonical.set_weights(self.module, weights)

    def _predict(self, inputs: Inputs, batch_size: int) -> Floats:
        self.module.eval()
        with torch.inference_mode():
            batches = (to_tensor(inputs[i : i + batch_size], self.precision) for i in range(0, len(inputs), batch_size))
            probabilities = [functional.softmax(self.module(batch), dim=1).cpu() for batch in batches]
        found: Floats = torch.cat(probabilities).numpy()
        return found

    def start_training(self, optimizer: Adam | SGD) -> Training:
        """Set up PyTorch's optimiser."""
        return PyTorchTraining(self.module, optimizer, self.precision)
