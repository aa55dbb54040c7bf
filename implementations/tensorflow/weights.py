"""Canonical weights in and out of Keras models whose layers carry the canonical layer names."""

from collections.abc import Iterator, Mapping

import keras
import numpy as np

from implementations.architectures import Floats, Weights


def _variables(model: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    """Yield canonical names and variables; the canonical layout is Keras's own."""
    for layer in model.layers:
        for variable in layer.weights:
            yield f"{layer.name}/{variable.name}", variable


def get_weights(model: keras.Model) -> Weights:
    """Return copies of all weights in canonical form."""
    return {name: np.array(variable) for name, variable in _variables(model)}


def trained_names(model: keras.Model) -> list[str]:
    """Return the canonical names of the variables that the optimiser changes, in the model's order."""
    return [name for name, variable in _variables(model) if variable.trainable]


def set_weights(model: keras.Model, weights: Mapping[str, Floats]) -> None:
    """Copy canonical weights into the model."""
    for name, variable in _variables(model):
        variable.assign(weights[name])
