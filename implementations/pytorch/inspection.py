"""A look into the modules of PyTorch."""

import torch
from torch.nn import functional

from implementations.inspection import Inspector, LSTMStates, TrainingPass, ValueCount
from implementations.interface import Inputs, Labels
from implementations.pytorch import weights as canonical
from implementations.pytorch.layers import BatchNorm
from implementations.pytorch.lstm import LSTM
from implementations.pytorch.training import PyTorchClassifier, on_device, run_batch, to_tensor


class PyTorchInspector(Inspector):
    """Looks into any classifier in PyTorch."""

    classifier: PyTorchClassifier

    def _training_pass(self, inputs: Inputs, labels: Labels) -> TrainingPass:
        module = self.classifier.module.train()
        logits, loss = run_batch(module, to_tensor(inputs, self.classifier.precision), on_device(labels))
        probabilities = functional.softmax(logits, dim=1).cpu().numpy()
        return TrainingPass(probabilities, loss.item(), canonical.get_gradients(module))

    def _lstm_states(self, inputs: Inputs) -> dict[str, LSTMStates]:
        module = self.classifier.module.eval()
        found = {}
        with torch.inference_mode():
            values = to_tensor(inputs, self.classifier.precision)
            for name, layer in module.named_children():
                if isinstance(layer, LSTM):
                    values, cell = layer.every_state(values)
                    found[name] = LSTMStates(values.cpu().numpy(), cell.cpu().numpy())
                else:
                    values = layer(values)
        return found

    def count_values(self) -> ValueCount:
        """Count the values in the module's parameters and buffers."""
        module = self.classifier.module
        norms = [layer for layer in module.modules() if isinstance(layer, BatchNorm)]
        trained = sum(parameter.numel() for parameter in canonical.trained_parameters(module))
        running = sum(2 * norm.num_features for norm in norms)
        held = sum(tensor.numel() for tensor in (*module.parameters(), *module.buffers()))
        # left: the second bias of each LSTM, which stays 0, and a counter of each BatchNorm, which is not used
        return ValueCount(trained, running, fixed=held - trained - running)
