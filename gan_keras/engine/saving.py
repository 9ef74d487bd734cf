"""Models that come back from a file as they were, the states of their random numbers included."""

import contextlib
import os
from pathlib import Path

import keras
import numpy as np
from keras import ops


class RestorableModel(keras.Model):
    """A model whose configuration holds its networks, and whose file holds its seed states.

    Keras saves no seed generator, neither the model's own nor those of Dropout: a run that is
    resumed would draw other noise. A subclass adds its networks to `get_config`, and what its
    `compile` takes to `get_compile_config`.
    """

    @classmethod
    def from_config(cls, config):
        try:
            arguments = dict(keras.saving.deserialize_keras_object(config))
        except Exception as error:  # Keras raises many kinds on a damaged configuration
            raise ValueError(f"This is no configuration of a {cls.__name__}: {error}.") from error
        return cls(**arguments)

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def save(self, filepath, overwrite=True, **kwargs):
        """As `keras.Model.save`; a file of that name gives way to a whole one only."""
        if not overwrite or not _is_local(filepath, ".keras"):
            return super().save(filepath, overwrite, **kwargs)  # Keras asks, or refuses
        with _in_place_of(filepath) as new:
            super().save(new, **kwargs)

    def save_weights(self, filepath, overwrite=True, **kwargs):
        """As `keras.Model.save_weights`; a file of that name gives way to a whole one only."""
        if not overwrite or not _is_local(filepath, ".weights.h5"):
            return super().save_weights(filepath, overwrite, **kwargs)
        with _in_place_of(filepath) as new:
            super().save_weights(new, **kwargs)

    def load_weights(self, filepath, **kwargs):
        """As `keras.Model.load_weights`; a file that cannot be used leaves the model as it is.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is damaged, or holds the weights of other networks.
        """
        if not Path(filepath).exists():
            raise FileNotFoundError(f"There is no file {filepath}.")
        variables = [*self.variables, *(self.optimizer.variables if self.compiled else ())]
        values = [np.array(ops.convert_to_numpy(variable)) for variable in variables]
        try:
            super().load_weights(filepath, **kwargs)
        except Exception as error:  # h5py, zipfile and Keras raise many kinds
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            raise ValueError(
                f"{filepath} cannot be loaded into this {type(self).__name__}: it is damaged, or "
                f"holds the weights of other networks. The weights stay as they were. ({error})"
            ) from error

    def save_own_variables(self, store):
        super().save_own_variables(store)
        for i, state in enumerate(self._seed_states()):
            store[f"seed_{i}"] = ops.convert_to_numpy(state)

    def load_own_variables(self, store):
        for i, state in enumerate(self._seed_states()):
            state.assign(store[f"seed_{i}"])

    def _seed_states(self):
        weights = {id(variable) for variable in self.weights}
        return [variable for variable in self.variables if id(variable) not in weights]


def _is_local(filepath, ending):
    return str(filepath).endswith(ending) and "://" not in str(filepath)


@contextlib.contextmanager
def _in_place_of(filepath):
    """A path to write to, beside `filepath`, that takes its place once all is written."""
    path = Path(filepath)
    new = path.with_name(f"new-{path.name}")
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
