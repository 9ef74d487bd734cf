"""Models that come back from a file as they were, the states of their random numbers included."""

import keras
from keras import ops


class RestorableModel(keras.Model):
    """A model whose configuration holds its networks, and whose file holds its seed states.

    Keras saves no seed generator, neither the model's own nor those of Dropout: a run that is
    resumed would draw other noise. A subclass adds its networks to `get_config`, and what its
    `compile` takes to `get_compile_config`.
    """

    @classmethod
    def from_config(cls, config):
        return cls(**keras.saving.deserialize_keras_object(config))

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

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
