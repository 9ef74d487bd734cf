"""What every model shares: optimizers, `fit` on checked data in a repeatable order, and its file."""

import random

import keras
import numpy as np
from keras import ops

from gan_keras.engine import autodiff, checks
from gan_keras.engine.batches import Epochs, Passing

EMPTY = "The data set is empty: the epoch had no batch."
OPTIONS = ("run_eagerly", "steps_per_execution", "jit_compile")  # what else `compile` takes


class Optimizers:
    """Several optimizers where Keras expects one.

    Trainers and callbacks ask a model's `optimizer` for `variables` and `built`, and learning-rate
    callbacks look for `optimizers`.
    """

    built = True

    def __init__(self, *optimizers):
        self.optimizers = optimizers

    @property
    def variables(self):
        return [variable for optimizer in self.optimizers for variable in optimizer.variables]

    @property
    def iterations(self):
        """Steps that the last optimizer, the discriminator's, has taken."""
        return self.optimizers[-1].iterations


class Watch(keras.callbacks.Callback):
    """Orders the data of each epoch, and stops a run that sees no data or loses its losses.

    `keras.callbacks.TerminateOnNaN` reads only a log named "loss", which a GAN does not have.
    """

    def __init__(self, data):
        super().__init__()
        self.data = data
        self.steps = 0  # done

    def on_epoch_begin(self, epoch, logs=None):
        if isinstance(self.data, Epochs):
            self.data.shuffle(int(ops.convert_to_numpy(self.model.optimizer.iterations)))

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


class Model(keras.Model):
    """Base of all models. A subclass holds networks, and says in `checks` what its data must be.

    Its `train_step(self, data)`, decorated with `autodiff.train_step`, begins with `batch(data)`.

    Args:
        seed: Integer seed of noise and of the order of the data; drawn at random if None
            (`keras.utils.set_random_seed` fixes it).
    """

    takes = "fit(samples)"  # for the message when an array is missing

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        if seed is not None:
            checks.counts(0, seed=seed)
        self.seed = random.randint(1, 10**9) if seed is None else int(seed)

    def hold(self, **networks):
        """Keep the networks under their names, and save them with the model."""
        for name, network in networks.items():
            setattr(self, name, network)
        self.network_names = tuple(networks)
        self.built = True  # the networks are

    @property
    def checks(self):
        """What each array of a batch must be: `checks.Samples` or `checks.Labels`."""
        raise NotImplementedError

    def set_up(self, options, loss=None, **optimizers):
        """`compile`, for each optimizer by its name with the variables that it moves.

        Args:
            options: What else `compile` was given: see `OPTIONS`.
            loss: A `losses.AdversarialLoss`, kept as `loss_pair`.
            **optimizers: name=(optimizer, variables).

        Raises:
            ValueError: If an option is unknown, one optimizer serves two sides, a learning rate is
                negative, or an optimizer divides by a scale that no loss here is multiplied by.
        """
        if unknown := set(options) - set(OPTIONS):
            raise ValueError(
                f"compile() does not take {', '.join(sorted(unknown))}. Besides optimizers and "
                f"loss it takes {', '.join(OPTIONS)}."
            )
        made = {name: keras.optimizers.get(given) for name, (given, _) in optimizers.items()}
        if len({*map(id, made.values())}) < len(made):
            raise ValueError("Both players share one optimizer object. Make two: its state is one.")
        for name, optimizer in made.items():
            _check_optimizer(name, optimizer)
        # With an optimizer Keras would build another one, for all weights, that nobody uses.
        super().compile(optimizer=None, **options)
        for name, optimizer in made.items():
            setattr(self, name, optimizer)
            optimizer.build(optimizers[name][1])  # now: a checkpoint finds its moments to fill
        self.optimizer_names, self.compiled_with = tuple(made), dict(options)
        if loss is not None:
            self.loss_pair, self.compiled_with["loss"] = loss, loss.name
        self.optimizer = Optimizers(*made.values()) if len(made) > 1 else optimizer

    def fit(
        self,
        x=None,
        y=None,
        batch_size=64,
        epochs=1,
        shuffle=True,
        callbacks=None,
        validation_data=None,
        **kwargs,
    ):
        """Train as `keras.Model.fit` does, on data that are checked before a step sees them.

        Args:
            x: Samples: an array, or a data set that yields batches of what `train_step` takes, all
                of one size (`drop_remainder=True`).
            y: What stands beside an array: labels, targets, fakes, the other set. A model that
                needs none drops it.
            batch_size: Samples a step, for arrays. An incomplete last batch is left out.
            epochs, callbacks, **kwargs: As in Keras.
            shuffle: Whether arrays are shuffled: a new order every epoch, the same after a resume.
            validation_data: For the models whose loss measures the fit, `VAE` and
                `DiscriminatorOnly`. The losses of a game do not.

        Returns:
            A `History`.

        Raises:
            ValueError: If the model is not compiled, or the data do not fit: see `engine.checks`.
            FloatingPointError: If a loss became NaN or infinite.
        """
        if not self.compiled:
            raise ValueError("Call compile() before fit().")
        callbacks = keras.tree.flatten(callbacks or [])
        _check_habits(callbacks, **kwargs)
        checks.counts(batch_size=batch_size, epochs=epochs)
        if validation_data is not None:
            validation_data = self._checked_validation(validation_data)
        if hasattr(x, "shape"):
            size, seed = self.samples_a_step(batch_size), self.seed if shuffle else None
            x = source = Epochs(self.sets(x, y), size, seed)
        else:
            x = Passing(x, self.checks)
            source = x.source()
        # First, so that no checkpoint is written of weights that are already lost.
        watch = Watch(x)
        kwargs.update(callbacks=[watch, *callbacks], validation_data=validation_data)
        put_back = autodiff.keep_state(self)
        try:
            return super().fit(source, epochs=epochs, shuffle=False, **kwargs)
        except BaseException as error:  # an interrupted kernel too
            put_back(watch.steps)
            if getattr(x, "refusal", None):
                raise x.refusal from None
            if isinstance(error, UnboundLocalError) and not watch.steps:  # of Keras, on JAX
                raise ValueError(EMPTY) from None
            raise
        finally:
            if isinstance(x, Epochs):
                x.release()

    def sets(self, x, y):
        """The arrays of `fit`, checked, in lists: rows of the arrays of one list stay together."""
        if y is None and len(self.checks) > 1:
            raise ValueError(f"{type(self).__name__} learns from two arrays: {self.takes}.")
        return [[check.whole(a) for check, a in zip(self.checks, (x, y), strict=False)]]

    def samples_a_step(self, batch_size):
        """How many samples one `train_step` takes."""
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

    def checked(self, x, y=None, *_):
        """Arrays with their values checked, equally many samples in each."""
        arrays = [check(a) for check, a in zip(self.checks, (x, y), strict=False)]
        checks.same_length(**{f"array {i}": array for i, array in enumerate(arrays)})
        return arrays

    def _checked_validation(self, data):
        if type(self).test_step is keras.Model.test_step:
            raise ValueError(
                "A GAN has no validation loss: its losses do not measure quality. Give held-out "
                "samples to evaluate() instead."
            )
        if hasattr(data, "shape"):
            data = (data,)
        if isinstance(data, (tuple, list)):
            return tuple(self.checked(*data))
        return Passing(data, self.checks).source()

    # Saving. Keras saves no seed generator, neither the model's own nor those of Dropout: a run
    # that is resumed would draw other noise.

    @classmethod
    def from_config(cls, config):
        return cls(**keras.saving.deserialize_keras_object(config))

    def get_config(self):
        networks = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in self.network_names
        }
        return {**super().get_config(), **networks, "seed": self.seed}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def get_compile_config(self):
        if not self.compiled:
            return {}
        optimizers = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in self.optimizer_names
        }
        return {**optimizers, **self.compiled_with}

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
    """Latent vectors z ~ N(0, I) outside training: a float32 array (n, latent_dim).

    Args:
        n: How many, at least 1.
        latent_dim: Numbers in each.
        seed: Integer for the same vectors at every call, or a `keras.random.SeedGenerator`, which
            goes on from call to call.
    """
    checks.counts(n=n)
    if not isinstance(seed, keras.random.SeedGenerator):
        checks.counts(0, seed=seed)
        seed = keras.random.SeedGenerator(int(seed))
    return ops.convert_to_numpy(keras.random.normal((n, latent_dim), seed=seed))


def run_in_batches(network, samples, batch_size=256):
    """The network's output for many samples, in inference mode: a float32 array (n, ...)."""
    parts = [network(samples[i : i + batch_size]) for i in range(0, len(samples), batch_size)]
    return np.concatenate([np.asarray(ops.convert_to_numpy(part), "float32") for part in parts])


def _check_optimizer(name, optimizer):
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            f"{name} is a LossScaleOptimizer, but these models do not scale their losses: its "
            "steps would be far too small. Give the optimizer inside it; for speed take the "
            "policy mixed_bfloat16, which needs no scale."
        )
    rate = float(ops.convert_to_numpy(optimizer.learning_rate))  # of a schedule, where it begins
    if not rate >= 0:
        raise ValueError(f"The learning rate of {name} is {rate:g}: it must not be negative.")


def _check_habits(callbacks, sample_weight=None, class_weight=None, **_):
    for callback in callbacks:
        if getattr(callback, "save_freq", "epoch") != "epoch" and isinstance(
            callback, keras.callbacks.BackupAndRestore
        ):
            raise ValueError(
                "BackupAndRestore with save_freq in batches begins an epoch anew with weights from "
                'its middle. Take save_freq="epoch", and shorter epochs.'
            )
    if sample_weight is not None or class_weight is not None:
        raise ValueError(
            "sample_weight and class_weight have no place here: all samples weigh the same. Leave "
            "out samples, or repeat them."
        )
