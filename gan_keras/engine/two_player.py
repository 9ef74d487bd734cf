"""What every game of two players shares: two optimizers, two running losses, `fit` and saving."""

import random

import keras

from gan_keras import losses
from gan_keras.engine import fitting, inputs
from gan_keras.engine.saving import RestorableModel


class Optimizers:
    """Two optimizers where Keras expects one.

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


class TwoPlayerModel(RestorableModel):
    """Base of all models in which a generator learns from a discriminator. It has no `train_step`.

    A subclass sets `generator` and `discriminator`, or says in `g_variables` and `d_variables` what
    each side learns; and it says in `checks` what its data must be.

    Args:
        seed: Integer seed of noise and of the order of the data; drawn at random if None
            (`keras.utils.set_random_seed` fixes it).
    """

    fit_takes = "fit(samples)"  # for the message when an array is missing

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        if seed is not None:
            inputs.check_counts(0, seed=seed)
        self.seed = random.randint(1, 10**9) if seed is None else seed
        self.d_tracker = keras.metrics.Mean("d_loss")
        self.g_tracker = keras.metrics.Mean("g_loss")
        self.built = True  # the players are

    @property
    def g_variables(self):
        """What the generator's side learns."""
        return self.generator.trainable_variables

    @property
    def d_variables(self):
        """What the discriminator's side learns."""
        return self.discriminator.trainable_variables

    @property
    def checks(self):
        """One function for each array of a batch: it returns the array, or raises ValueError."""
        raise NotImplementedError

    def compile(self, g_optimizer=None, d_optimizer=None, loss="non_saturating", **kwargs):
        """Give each player its optimizer, and both their losses.

        Args:
            g_optimizer, d_optimizer: Keras optimizers or their names, two distinct objects. Default
                Adam(2e-4, beta_1=0.5) (Radford et al., 2015).
            loss: Name in `losses.LOSSES`, or an `AdversarialLoss`.
            **kwargs: `run_eagerly`, `steps_per_execution`, `jit_compile`, as in Keras.

        Raises:
            ValueError: If the loss is unknown, an option too, a learning rate is negative, or both
                players share one optimizer.
        """
        fitting.check_options(kwargs)
        loss_pair = losses.get(loss)
        optimizers = [
            keras.optimizers.get(
                keras.optimizers.Adam(2e-4, beta_1=0.5) if optimizer is None else optimizer
            )
            for optimizer in (g_optimizer, d_optimizer)
        ]
        if optimizers[0] is optimizers[1]:
            raise ValueError("Both players share one optimizer object. Make two: its state is one.")
        fitting.check_optimizers(g_optimizer=optimizers[0], d_optimizer=optimizers[1])
        # With an optimizer Keras would build a third one, for all weights, that nobody uses.
        super().compile(optimizer=None, **kwargs)
        self.loss_pair = loss_pair
        self.g_optimizer, self.d_optimizer = optimizers
        # Built now, so that a checkpoint finds their moments to fill.
        self.g_optimizer.build(self.g_variables)
        self.d_optimizer.build(self.d_variables)
        self.optimizer = Optimizers(self.g_optimizer, self.d_optimizer)
        self._compile_options = kwargs

    def fit(self, x=None, y=None, batch_size=64, shuffle=True, callbacks=None, **kwargs):
        """Train as `keras.Model.fit` does, on data that are checked before the first step.

        Args:
            x: Samples: an array, or a data set that yields batches of what `train_step` takes, all
                of one size (`drop_remainder=True`).
            y: What stands beside an array: labels, targets, the other set. A model that needs none
                drops it.
            batch_size: Samples a step, for arrays. An incomplete last batch is left out.
            shuffle: Whether arrays are shuffled: a new order every epoch, the same after a resume.
            callbacks, **kwargs: As in Keras. `validation_data` is refused: the losses of a game on
                held-out samples say nothing of its quality.

        Returns:
            A `History` with "d_loss" and "g_loss".

        Raises:
            ValueError: If the model is not compiled, or the data do not fit: see `inputs`.
            FloatingPointError: If a loss became NaN or infinite.
        """
        if kwargs.pop("validation_data", None) is not None or kwargs.pop("validation_split", 0.0):
            raise ValueError(
                "A GAN has no validation loss: its losses do not measure quality. Give held-out "
                "samples to evaluate() instead."
            )
        inputs.check_counts(batch_size=batch_size)
        if hasattr(x, "shape"):
            arrays = self.checked_arrays(x, y)
            x = self.ordered(
                arrays, self.samples_a_step(batch_size), self.seed if shuffle else None
            )
        else:
            x = inputs.checked(x, *self.checks)
        return fitting.run(super().fit, self, x, callbacks, **kwargs)

    def checked_arrays(self, x, y):
        """The arrays that `checks` names, checked."""
        checks = self.checks
        if y is None and len(checks) > 1:
            raise ValueError(f"{type(self).__name__} learns from two arrays: {self.fit_takes}.")
        return [check(array) for check, array in zip(checks, (x, y), strict=False)]

    def ordered(self, arrays, batch_size, seed):
        """The data set of an epoch: rows of all arrays together, in a new order each time."""
        return inputs.EpochOrder(arrays, batch_size, seed)

    def samples_a_step(self, batch_size):
        """How many samples one `train_step` takes."""
        return batch_size

    def log(self, d_loss, g_loss):
        """Update the running means of the losses, scalars, and return them by name."""
        inputs.check_scalars(d_loss=d_loss, g_loss=g_loss)
        self.d_tracker.update_state(d_loss)
        self.g_tracker.update_state(g_loss)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return [self.d_tracker, self.g_tracker]

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}

    def get_compile_config(self):
        if not self.compiled:
            return {}
        return {
            "g_optimizer": keras.saving.serialize_keras_object(self.g_optimizer),
            "d_optimizer": keras.saving.serialize_keras_object(self.d_optimizer),
            "loss": self.loss_pair.name,
            **self._compile_options,
        }
