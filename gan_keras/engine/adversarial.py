"""What every model shares that draws samples from noise: the players, the noise, `generate`."""

from functools import partial

import keras
from keras import ops

from gan_keras import networks
from gan_keras.engine import autodiff, inputs
from gan_keras.engine.two_player import TwoPlayerModel
from gan_keras.measure import metrics


class AdversarialModel(TwoPlayerModel):
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
        super().__init__(seed, **kwargs)
        _check_players(generator, discriminator)
        if averaging is not None and not (inputs.is_number(averaging) and 0.0 <= averaging < 1.0):
            raise ValueError(f"averaging={averaging!r} must lie in [0, 1), or be None.")
        self.averaging = averaging
        self.averaged_generator = None
        if averaging is not None:
            self.averaged_generator = keras.models.clone_model(generator)
            self.averaged_generator.trainable = False  # no optimizer moves it
            self.averaged_generator.set_weights(generator.get_weights())
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = generator.input_shape[-1]
        self.noise_seed = keras.random.SeedGenerator(self.seed)

    @property
    def checks(self):
        return (self.check_samples,)

    @property
    def check_samples(self):
        """The check of real samples: `inputs.check_array` for these players."""
        return partial(
            inputs.check_array,
            sample_shape=self.discriminator.input_shape[1:],
            allowed=inputs.value_range(self.generator),
        )

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
        return self.samples_of(self.draw_noise(n, seed), batch_size)

    def draw_noise(self, n, seed):
        """Latent vectors for `n` samples outside training: float32 array (n, latent_dim)."""
        return networks.draw_latents(n, self.latent_dim, self.noise_seed if seed is None else seed)

    def samples_of(self, z, batch_size=256):
        """G(z) in inference mode, with averaged weights if kept: float32 array (n, ...)."""
        return networks.run_in_batches(self.averaged_generator or self.generator, z, batch_size)

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
        real = self.check_samples(x)
        if extractor is None and real.ndim > 2:
            raise ValueError(
                "Images are compared by features. Give an extractor, such as "
                "gan_keras.judges.load('digits')."
            )
        fake = self.generate(max(len(real) // 2, 1) if n is None else n, seed=seed)
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
            "averaging": self.averaging,
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
