"""What every model shares: optimizers, `fit` on checked data in a repeatable order, a file."""

import inspect
import numbers
import os
import random
from pathlib import Path

import keras
import numpy as np
from keras import ops

from gan_keras.engine import autodiff, checks
from gan_keras.engine.batches import Epochs, Passing

EMPTY = "The data set is empty: the epoch had no batch."
OPTIONS = ("run_eagerly", "steps_per_execution", "jit_compile")  # what else `compile` takes


class Optimizers:
    """Several optimizers where Keras expects one: these are the attributes that it asks for."""

    built = True

    def __init__(self, *pairs):
        self.pairs = pairs  # of an optimizer and its variables
        self.optimizers = [optimizer for optimizer, _ in pairs]

    @property
    def variables(self):
        return [variable for optimizer in self.optimizers for variable in optimizer.variables]

    @property
    def iterations(self):
        """Steps that the last optimizer, the discriminator's, has taken."""
        return self.optimizers[-1].iterations

    def _rate(self, *_):
        raise AttributeError("Each player has one: model.g_optimizer and model.d_optimizer.")

    learning_rate = property(_rate, _rate)


class Watch(keras.callbacks.Callback):
    """Orders the data of each epoch, and stops a run that sees no data or loses its losses."""

    def __init__(self, data):
        super().__init__()
        self.data, self.steps = data, 0

    def on_epoch_begin(self, epoch, logs=None):
        if isinstance(self.data, Epochs):
            self.data.shuffle(int(ops.convert_to_numpy(self.model.optimizer.iterations)), epoch)

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1

    def on_epoch_end(self, epoch, logs=None):
        if not logs:
            raise ValueError(EMPTY)
        lost = [name for name, value in logs.items() if not np.isfinite(value)]
        if lost:
            raise FloatingPointError(
                f"{' and '.join(lost)} became NaN or infinite in epoch {epoch + 1}, so the weights "
                "are lost. Lower the learning rates, or go back to a checkpoint."
            )

    def on_train_end(self, logs=None):
        # As Keras does with one optimizer: under `use_ema` averages take the place of the weights.
        for optimizer, variables in getattr(self.model.optimizer, "pairs", ()):
            optimizer.finalize_variable_values(variables)


class Model(keras.Model):
    """Base of all models. A subclass holds networks, and has a `train_step` on `batch(data)`.

    Its property `checks` says what each array of a batch must be: `checks.Samples`, `Labels`.

    Args:
        seed: Integer seed of noise and of the order of the data; drawn at random if None
            (`keras.utils.set_random_seed` fixes it).
    """

    takes = "fit(samples)"  # for the message when an array is missing
    trained = None  # paths of the variables that `compile` found trainable

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        seed = random.randint(1, 10**9) if seed is None else seed
        checks.counts(0, seed=seed)
        self.seed = int(seed)

    def hold(self, **networks):
        """Keep the networks under their names, and save them with the model."""
        for name, network in networks.items():
            setattr(self, name, network)
        self.network_names = tuple(networks)
        autodiff.check_scope(self.variables)
        self.built = True  # the networks are

    def set_up(self, options, loss=None, **optimizers):
        """`compile`, with a `losses.AdversarialLoss`, and name=(optimizer, variables) of each."""
        if unknown := set(options) - set(OPTIONS):
            raise ValueError(
                f"compile() does not take {', '.join(sorted(unknown))}, but "
                f"{', '.join(optimizers)}, loss, {', '.join(OPTIONS)}."
            )
        given = {name: optimizer for name, (optimizer, _) in optimizers.items()}
        if not any(given.values()):
            given = {name: self.default_optimizer() for name in given}
        if None in given.values():
            told = f"compile({'=..., '.join(given)}=...)"
            raise ValueError(f"Give each player an optimizer of its own, {told}, or none at all.")
        made = {name: keras.optimizers.get(optimizer) for name, optimizer in given.items()}
        checks.optimizers(**made)
        checks.players(**{name: getattr(self, name) for name in self.network_names})  # not frozen
        # With an optimizer Keras would build another one, for all weights, that nobody uses.
        super().compile(optimizer=None, **options)
        for name, optimizer in made.items():
            setattr(self, name, optimizer)
            optimizer.build(optimizers[name][1])  # now: a checkpoint finds its moments to fill
        pairs = [(optimizer, optimizers[name][1]) for name, optimizer in made.items()]
        self.optimizer = Optimizers(*pairs) if len(made) > 1 else optimizer
        self.optimizer_names, self.compiled_with = tuple(made), dict(options)
        self.trained = [v.path for v in self.trainable_variables]
        if loss is not None:
            self.loss_pair, self.compiled_with["loss"] = loss, loss.name

    def default_optimizer(self):
        """A player's (Radford et al., 2015)."""
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def fit(self, x=None, y=None, batch_size=64, *, shuffle=True, callbacks=None, **kwargs):
        """Train as `keras.Model.fit` does, on data that are checked before a step sees them.

        Args:
            x: Samples: an array, or a data set that yields what `train_step` takes, in batches of
                one size (`drop_remainder=True`).
            y: What stands beside an array: labels, targets, fakes, the other set; or dropped.
            batch_size: Samples a step, for arrays. An incomplete last batch is left out.
            shuffle: Whether arrays are shuffled: a new order every epoch, the same after a resume.
            callbacks, **kwargs: As in Keras; `validation_data` for `VAE` and `DiscriminatorOnly`.
                Of arrays, an epoch of `steps_per_epoch` goes on where the last one stopped.

        Raises ValueError for data that do not fit, FloatingPointError for a loss that is lost.
        """
        callbacks = keras.tree.flatten(callbacks or [])
        checks.habits(self, callbacks, **kwargs)
        if kwargs.get("validation_data") is not None:
            kwargs["validation_data"] = self.checked_validation(kwargs["validation_data"])
        if hasattr(x, "shape"):
            self.check_given(x, y)
            size, seed = self.samples_a_step(batch_size), self.seed if shuffle else None
            steps, pace = kwargs.pop("steps_per_epoch", None), self.samples_a_step(1)
            x = source = Epochs(self.sets(x, y), size, seed, steps, pace)
        else:
            x = Passing(x, self.checks, self.samples_a_step(1))
            source = x.source(endless=kwargs.get("steps_per_epoch"))
        watch, put_back = Watch(x), autodiff.keep_state(self)
        try:
            # First, so that no checkpoint is written of weights that are already lost.
            return super().fit(source, callbacks=[watch, *callbacks], shuffle=False, **kwargs)
        except BaseException as error:  # an interrupted kernel too
            put_back(watch.steps)
            if getattr(x, "refusal", None):
                raise x.refusal from None
            if isinstance(error, UnboundLocalError) and not watch.steps:  # of Keras, on JAX
                raise ValueError(EMPTY) from None
            raise
        finally:
            x.sets = ()  # TensorFlow keeps every data set it was ever given: not the arrays in it

    def check_given(self, x, y=None):
        if isinstance(y, numbers.Integral):
            raise ValueError(f"The second argument is no batch size: fit(..., batch_size={y}).")
        if y is None and len(self.checks) > 1:
            raise ValueError(f"{type(self).__name__} learns from two arrays: {self.takes}.")

    def sets(self, x, y):
        """The arrays of `fit`, checked, in lists: rows of the arrays of one list stay together."""
        return [[check.whole(a) for check, a in zip(self.checks, (x, y), strict=False)]]

    def samples_a_step(self, batch_size):
        return batch_size

    def batch(self, data):
        """What `fit` hands to a step: a tensor for each of `checks`."""
        parts = keras.utils.unpack_x_y_sample_weight(data)
        return [check.batch(part) for check, part in zip(self.checks, parts, strict=False)]

    def evaluate(self, x=None, y=None, **kwargs):
        """As `keras.Model.evaluate`; arrays are checked first."""
        if hasattr(x, "shape"):
            x, y = (*self.checked(x, y), None)[:2]
        return super().evaluate(x, y, **kwargs)

    def checked(self, *arrays):
        """Arrays with their values checked, equally many samples in each."""
        self.check_given(*arrays)
        arrays = [check(array) for check, array in zip(self.checks, arrays, strict=False)]
        checks.same_length(*arrays)
        return arrays

    def checked_validation(self, data):
        """The `validation_data` of `fit`, checked as its other data are."""
        if hasattr(data, "shape"):
            data = (data,)
        if isinstance(data, (tuple, list)):
            return tuple(self.checked(*data))
        return Passing(data, self.checks).source()

    # Keras saves no seed generator: a run that is resumed would draw other noise.
    @classmethod
    def from_config(cls, config):
        return cls(**keras.saving.deserialize_keras_object(config))

    def get_config(self):
        """The arguments of the constructor, a subclass's too, that are kept under their names."""
        names = set()
        for kind in type(self).__mro__[: type(self).__mro__.index(Model) + 1]:
            arguments = inspect.signature(kind.__init__).parameters
            # PyTorch keeps networks out of `vars`; methods and properties are no arguments.
            names |= {name for name in arguments if hasattr(self, name)} - set(dir(type(self)))
            if all(argument.kind != argument.VAR_KEYWORD for argument in arguments.values()):
                return self._serialized(names)  # what its parents take, it gives them
        return super().get_config() | self._serialized(names)

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def get_compile_config(self):
        if not self.compiled:
            return {}
        return {**self._serialized(self.optimizer_names), **self.compiled_with}

    def _serialized(self, names):
        return {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in names}

    def save(self, filepath, *args, **kwargs):
        """As Keras's, into a `.keras` file: the old format holds no such model."""
        if str(filepath).endswith((".h5", ".hdf5")):
            raise ValueError(
                f"An .h5 file cannot hold this model: save {Path(filepath).stem}.keras"
            )
        super().save(filepath, *args, **kwargs)

    def export(self, filepath, *args, **kwargs):
        """As Keras's: what `call` does in inference mode, without the package."""
        shape = getattr(self, self.network_names[0]).input_shape
        kwargs.setdefault("input_signature", [keras.InputSpec(shape=shape, dtype="float32")])
        super().export(filepath, *args, **kwargs)

    def save_weights(self, filepath, overwrite=True, **kwargs):
        """As Keras's; an old file gives way to a whole one only, since a run may be killed here."""
        if not overwrite or kwargs or "://" in str(filepath):
            return super().save_weights(filepath, overwrite, **kwargs)
        new = Path(filepath).with_name(f"new-{Path(filepath).name}")
        super().save_weights(new)
        os.replace(new, filepath)

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


def draw_latents(n, latent_dim, seed):
    """Latent vectors z ~ N(0, I), float32 (n, latent_dim), of an integer or a `SeedGenerator`."""
    checks.counts(n=n)
    if not isinstance(seed, keras.random.SeedGenerator):
        checks.counts(0, seed=seed)
        seed = keras.random.SeedGenerator(int(seed))
    return ops.convert_to_numpy(keras.random.normal((n, latent_dim), dtype="float32", seed=seed))


def run_in_batches(network, samples, batch_size=256):
    """The network's output for many samples, in inference mode: a float32 array (n, ...)."""
    parts = [network(samples[i : i + batch_size]) for i in range(0, len(samples), batch_size)]
    return np.concatenate([np.asarray(ops.convert_to_numpy(part), "float32") for part in parts])
