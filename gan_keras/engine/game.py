"""What every game shares: two players, their noise and steps, averaged weights, and `generate`."""

import keras
from keras import ops

from gan_keras.engine import autodiff, checks
from gan_keras.engine.model import Model, draw_latents, run_in_batches


class Game(Model):
    """Base of the models with a generator and a discriminator; `metrics` gives it `evaluate`.

    Args:
        generator: Built `keras.Model`, latent vectors (batch, latent_dim) to samples.
        discriminator: Built `keras.Model`, samples to logits.
        seed: Integer seed of the noise and of the order of the data; drawn at random if None
            (`keras.utils.set_random_seed` fixes it).
        averaging: Momentum m in [0, 1) of an average of the generator's weights over its steps,

                averaged <- m averaged + (1 - m) weights,

            from which `generate` and `evaluate` then draw (Yazıcı et al., 2019): 0.995 averages
            the last few hundred steps. The first steps take a smaller m. None for no average.
    """

    def __init__(self, generator, discriminator, seed=None, averaging=None, **kwargs):
        super().__init__(seed, **kwargs)
        checks.players(generator=generator, discriminator=discriminator)
        checks.logits(discriminator)
        read, judged = generator.input_shape[1:], discriminator.input_shape[1:]
        made = self.made_shape(generator)
        # Pix2Pix draws no noise, and reads images.
        images = len(read) != 1 and type(self).noise is Game.noise
        if images or not checks.fits(made, judged):
            raise ValueError(
                f"The generator turns {read} into {made}, but must turn latent vectors "
                f"(latent_dim,) into what the discriminator judges, {judged}."
            )
        if averaging is not None and not 0.0 <= averaging < 1.0:
            raise ValueError(f"averaging={averaging!r} must lie in [0, 1), or be None.")
        self.d_tracker, self.g_tracker = keras.metrics.Mean("d_loss"), keras.metrics.Mean("g_loss")
        self.averaging, self.averaged_generator = averaging, None
        if averaging is not None:
            self.averaged_generator = keras.models.clone_model(generator)
            self.averaged_generator.trainable = False  # no optimizer moves it
            self.averaged_generator.set_weights(generator.get_weights())
        self.hold(generator=generator, discriminator=discriminator)
        if len(read) == 1:
            self.noise_seed = keras.random.SeedGenerator(self.seed)

    def compile(self, g_optimizer=None, d_optimizer=None, loss=None, **options):
        """Give each player its optimizer, and both an `AdversarialLoss`."""
        g, d = (g_optimizer, self.g_variables), (d_optimizer, self.d_variables)
        self.set_up(options, loss, g_optimizer=g, d_optimizer=d)

    @property
    def g_variables(self):
        return self.generator.trainable_variables

    @property
    def d_variables(self):
        return self.discriminator.trainable_variables

    @property
    def latent_dim(self):
        return self.generator.input_shape[-1]

    @property
    def checks(self):
        shape, allowed = self.discriminator.input_shape[1:], checks.value_range(self.generator)
        return [checks.Samples(shape, allowed)]

    def made_shape(self, generator):
        """Shape of what the discriminator is to judge."""
        return generator.output_shape[1:]

    # The pieces of a training step.

    def noise(self, batch_size):
        """Latent vectors z ~ N(0, I), shape (batch_size, latent_dim)."""
        return autodiff.normal((batch_size, self.latent_dim), self.noise_seed)

    def fakes(self, z):
        """G(z) in training mode, as float32 whatever the dtype policy."""
        return ops.cast(self.generator(z, training=True), "float32")

    def scores(self, samples):
        """Logits D(x) in training mode, as float32 whatever the dtype policy."""
        return ops.cast(self.discriminator(samples, training=True), "float32")

    def step_discriminator(self, gradients):
        """Let the optimizer move the discriminator."""
        self.d_optimizer.apply(gradients, self.d_variables)

    def step_generator(self, gradients):
        """Let the optimizer move the generator, and its averaged weights follow."""
        self.g_optimizer.apply(gradients, self.g_variables)
        if self.averaging is None:
            return
        # While there is little to average, the initial weights must not weigh too much.
        steps = ops.cast(self.g_optimizer.iterations, "float32")
        momentum = ops.minimum(self.averaging, (1.0 + steps) / (10.0 + steps))
        pairs = zip(self.averaged_generator.weights, self.generator.weights, strict=True)
        for averaged, weight in pairs:
            averaged.assign(weight + ops.cast(momentum, weight.dtype) * (averaged - weight))

    def log(self, d_loss, g_loss):
        """Update the running means of the losses, scalars, and return them by name."""
        checks.scalars(d_loss=d_loss, g_loss=g_loss)
        self.d_tracker.update_state(d_loss)
        self.g_tracker.update_state(g_loss)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return [self.d_tracker, self.g_tracker]

    def call(self, z, training=False):
        """Samples from latent vectors z (batch, latent_dim), from the weights of `generate`."""
        network = self.generator if training else self.averaged_generator or self.generator
        return network(z, training=training)

    def generate(self, n, seed=None, batch_size=256):
        """Draw `n` samples, in inference mode, with averaged weights if kept: float32 (n, ...).

        An integer as `seed` gives the same samples at every call, None continues the model's noise.
        """
        return self.samples_of(self.draw_noise(n, seed), batch_size)

    def draw_noise(self, n, seed):
        """Latent vectors for `n` samples outside training: float32 array (n, latent_dim)."""
        return draw_latents(n, self.latent_dim, self.noise_seed if seed is None else seed)

    def samples_of(self, z, batch_size=256):
        """G(z) in inference mode, with averaged weights if kept: float32 array (n, ...)."""
        return run_in_batches(self.averaged_generator or self.generator, z, batch_size)
