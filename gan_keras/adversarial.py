"""What every two-player model shares: players, optimizers, noise, samples, checks and saving."""

import random

import keras
import numpy as np
from keras import ops

from gan_keras import autodiff, fitting, inputs, losses, metrics
from gan_keras.saving import RestorableModel


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


class AdversarialModel(RestorableModel):
    """Base of the models with a generator and a discriminator. It has no `train_step`.

    A subclass writes its own `train_step(self, data)`, decorated with `autodiff.train_step`, from
    `real_batch`, `noise`, `fakes`, the two losses and `log`.

    Args:
        generator: Built `keras.Model`, latent vectors (batch, latent_dim) to samples.
        discriminator: Built `keras.Model`, samples to logits.
        seed: Integer seed of the noise and of the order of the data; drawn at random if None
            (`keras.utils.set_random_seed` fixes it).
        averaging: Momentum m in [0, 1) of an average of the generator's weights over its steps,

                averaged <- m averaged + (1 - m) weights,

            from which `generate` and `evaluate` then draw (Yazıcı et al., 2019). A player that
            circles its goal has its goal in the middle: 0.995 averages the last few hundred steps.
            The first steps take a smaller m. None for no average.

    Raises:
        ValueError: If the players do not fit each other, one of them cannot learn, or `averaging`
            is out of range.
    """

    def __init__(self, generator, discriminator, seed=None, averaging=None, **kwargs):
        super().__init__(**kwargs)
        _check_players(generator, discriminator)
        if averaging is not None and not 0.0 <= averaging < 1.0:
            raise ValueError(f"averaging={averaging} must lie in [0, 1), or be None.")
        self.averaging = averaging
        self.averaged_generator = None
        if averaging is not None:
            self.averaged_generator = keras.models.clone_model(generator)
            self.averaged_generator.trainable = False  # no optimizer moves it
            self.averaged_generator.set_weights(generator.get_weights())
        self.generator = generator
        self.discriminator = discriminator
        self.seed = random.randint(1, 10**9) if seed is None else seed
        self.latent_dim = generator.input_shape[-1]
        self.noise_seed = keras.random.SeedGenerator(self.seed)
        self.d_tracker = keras.metrics.Mean("d_loss")
        self.g_tracker = keras.metrics.Mean("g_loss")
        self.built = True  # both players are

    def compile(self, g_optimizer=None, d_optimizer=None, loss="non_saturating", **kwargs):
        """Give each player its optimizer, and both their losses.

        Args:
            g_optimizer, d_optimizer: Keras optimizers or their names, two distinct objects. Default
                Adam(2e-4, beta_1=0.5) (Radford et al., 2015).
            loss: Name in `losses.LOSSES`, or an `AdversarialLoss`.
            **kwargs: `run_eagerly`, `steps_per_execution`, `jit_compile`, as in Keras.

        Raises:
            ValueError: If the loss is unknown or both players share one optimizer.
        """
        self.loss_pair = losses.get(loss)
        optimizers = [
            keras.optimizers.get(optimizer or keras.optimizers.Adam(2e-4, beta_1=0.5))
            for optimizer in (g_optimizer, d_optimizer)
        ]
        if optimizers[0] is optimizers[1]:
            raise ValueError("Both players share one optimizer object. Make two: its state is one.")
        # With an optimizer Keras would build a third one, for all weights, that nobody uses.
        super().compile(optimizer=None, **kwargs)
        self.g_optimizer, self.d_optimizer = optimizers
        # Built now, so that a checkpoint finds their moments to fill.
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.optimizer = Optimizers(self.g_optimizer, self.d_optimizer)
        self._compile_options = {
            key: kwargs[key]
            for key in ("run_eagerly", "steps_per_execution", "jit_compile")
            if key in kwargs
        }

    # The pieces of a training step.

    def real_batch(self, data):
        """The real samples of what `fit` hands to `train_step`, as float32; labels are dropped."""
        real, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return inputs.check_batch(real, self.discriminator.input_shape[1:])

    def noise(self, batch_size):
        """Latent vectors z ~ N(0, I), shape (batch_size, latent_dim)."""
        return autodiff.normal((batch_size, self.latent_dim), self.noise_seed)

    def fakes(self, z):
        """G(z) in training mode, as float32 whatever the dtype policy."""
        return ops.cast(self.generator(z, training=True), "float32")

    def scores(self, samples):
        """Logits D(x) in training mode, as float32 whatever the dtype policy."""
        return ops.cast(self.discriminator(samples, training=True), "float32")

    def generator_step(self, gradients):
        """Let the optimizer move the generator, and its averaged weights follow."""
        self.g_optimizer.apply(gradients, self.generator.trainable_variables)
        if self.averaging is None:
            return
        # While there is little to average, the initial weights must not weigh too much.
        steps = ops.cast(self.g_optimizer.iterations, "float32")
        momentum = ops.minimum(self.averaging, (1.0 + steps) / (10.0 + steps))
        for averaged, weight in zip(
            self.averaged_generator.weights, self.generator.weights, strict=True
        ):
            averaged.assign(weight + momentum * (averaged - weight))

    def log(self, d_loss, g_loss):
        """Update the running means of the losses and return them by name."""
        self.d_tracker.update_state(d_loss)
        self.g_tracker.update_state(g_loss)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return [self.d_tracker, self.g_tracker]

    # What users call.

    def call(self, z, training=False):
        """Samples from latent vectors z of shape (batch, latent_dim)."""
        return self.generator(z, training=training)

    def generate(self, n, seed=None, batch_size=256):
        """Draw `n` samples from the generator, in inference mode; with averaged weights if kept.

        Args:
            n: How many, at least 1.
            seed: Integer for the same samples at every call; None continues the model's noise.
            batch_size: Samples made at once.

        Returns:
            float32 array (n, ...).
        """
        if n < 1:
            raise ValueError(f"n={n}: at least one sample can be drawn.")
        source = self.noise_seed if seed is None else keras.random.SeedGenerator(seed)
        z = ops.convert_to_numpy(keras.random.normal((n, self.latent_dim), seed=source))
        generator = self.averaged_generator or self.generator
        parts = [generator(z[i : i + batch_size]) for i in range(0, n, batch_size)]
        return np.concatenate([np.asarray(ops.convert_to_numpy(p), "float32") for p in parts])

    def fit(self, x=None, y=None, batch_size=64, shuffle=True, callbacks=None, **kwargs):
        """Train as `keras.Model.fit` does, on data that are checked before the first step.

        Args:
            x: Real samples: an array, or a data set that yields `samples` or `(samples, labels)`,
                whose batches must all be of one size (`drop_remainder=True`).
            y: Labels beside an array. A GAN without labels drops them.
            batch_size: Samples a step, for arrays. An incomplete last batch is left out.
            shuffle: Whether arrays are shuffled: a new order every epoch, the same after a resume.
            callbacks, **kwargs: As in Keras. `validation_data` is refused: a GAN's losses on held
                out samples say nothing of its quality.

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
        shape = self.discriminator.input_shape[1:]
        allowed = inputs.value_range(self.generator)
        if hasattr(x, "shape"):
            arrays = [inputs.check_array(x, shape, allowed)]
            if y is not None:
                arrays.append(ops.convert_to_numpy(y))
            seed = self.seed if shuffle else None
            x = inputs.EpochOrder(arrays, self.samples_a_step(batch_size), seed)
        else:
            x = inputs.checked(x, shape, allowed)
        return fitting.run(super().fit, self, x, callbacks, **kwargs)

    def samples_a_step(self, batch_size):
        """How many real samples one `train_step` takes."""
        return batch_size

    def evaluate(self, x, extractor=None, n=None, seed=0, verbose=1):
        """Measure generated samples against real ones: a GAN's losses say nothing of quality.

        Args:
            x: Real samples, best not those trained on: half are compared, half give the floor.
            extractor: Function of samples that returns features (n, d), such as
                `judges.load("digits")`; needed for images. None takes points as they are.
            n: Samples to draw; by default half as many as real ones.
            seed: Integer seed of the samples.
            verbose: 1 prints the protocol and the floor beside the figures, 0 nothing.

        Returns:
            Dict of "frechet_distance", "kernel_distance", "precision", "recall", "density" and
            "coverage". `metrics.report` gives the floor and the protocol as well.

        Raises:
            ValueError: If the samples do not fit, or are too few: see `metrics.report`.
        """
        shape = self.discriminator.input_shape[1:]
        real = inputs.check_array(x, shape, inputs.value_range(self.generator))
        if extractor is None and len(shape) > 1:
            raise ValueError(
                "Images are compared by features. Give an extractor, such as "
                "gan_keras.judges.load('digits')."
            )
        fake = self.generate(n or max(len(real) // 2, 1), seed=seed)
        report = metrics.report(real, fake, extractor, seed)
        if verbose:
            print(report)
        return report.scores

    # Saving.

    def get_config(self):
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "seed": self.seed,
            "averaging": self.averaging,
        }

    def get_compile_config(self):
        if not self.compiled:
            return {}
        return {
            "g_optimizer": keras.saving.serialize_keras_object(self.g_optimizer),
            "d_optimizer": keras.saving.serialize_keras_object(self.d_optimizer),
            "loss": self.loss_pair.name,
            **self._compile_options,
        }


def _check_players(generator, discriminator):
    inputs.check_player("generator", generator)
    inputs.check_player("discriminator", discriminator)
    if len(generator.input_shape) != 2 or generator.input_shape[-1] is None:
        raise ValueError(
            "The generator must take latent vectors of shape (batch, latent_dim), not "
            f"{generator.input_shape}."
        )
    made, judged = generator.output_shape[1:], discriminator.input_shape[1:]
    if made != judged:
        raise ValueError(
            f"The generator makes samples of shape {made}, but the discriminator judges samples "
            f"of shape {judged}."
        )
    inputs.check_logits(discriminator)
