"""The variational autoencoder of Kingma and Welling (2014)."""

import math

import keras
from keras import ops

from gan_keras.engine import autodiff, checks
from gan_keras.engine.model import Model, draw_latents, run_in_batches


@keras.saving.register_keras_serializable("gan_keras")
class VAE(Model):
    """An encoder and a decoder that together maximize a lower bound of the log likelihood.

        ELBO(x) = E_q[log p(x | z)] - KL(q(z | x) || p(z))  <=  log p(x)

        q(z | x) = N(mu(x), s(x)^2),   p(z) = N(0, I),   p(x | z) = N(decoder(z), noise_std^2 I)

    The first term is the squared error over 2 noise_std^2, up to a constant; the second keeps the
    codes where the prior draws. `fit` gives "loss" (minus the ELBO), "reconstruction" and "kl", in
    nats per sample.

    Example:

        model = VAE(encoder, decoder, noise_std=0.3)
        model.compile("adam")
        model.fit(images, batch_size=64, epochs=20)
        samples, rebuilt = model.generate(16), model.reconstruct(images[:16])

    Args:
        encoder: Built `keras.Model`, samples to (batch, 2 latent_dim): mu and log s^2, side by side
            (`networks.dcgan_discriminator(image_shape, outputs=2 * latent_dim)`).
        decoder: Built `keras.Model`, latent vectors to samples: any generator.
        noise_std: Standard deviation of p(x | z), in units of the data, positive.
        seed: Integer seed of the noise and of the order of the data.

    Source: Kingma, Welling (2014), Auto-Encoding Variational Bayes.
    """

    def __init__(self, encoder, decoder, noise_std=0.3, seed=0, **kwargs):
        super().__init__(seed, **kwargs)
        checks.players(encoder=encoder, decoder=decoder)
        checks.weights(least=1e-6, noise_std=noise_std)
        code, latent_dim = encoder.output_shape[1:], decoder.input_shape[-1]
        read, made = encoder.input_shape[1:], decoder.output_shape[1:]
        if code != (2 * latent_dim,) or not checks.fits(read, made):
            wanted = f"{made} into {2 * latent_dim}, twice as many numbers as the decoder takes"
            raise ValueError(f"The encoder turns {read} into {code}: it must turn {wanted}.")
        self.hold(encoder=encoder, decoder=decoder)
        self.noise_std, self.latent_dim = noise_std, latent_dim
        self.noise_seed = keras.random.SeedGenerator(self.seed)
        self.trackers = [keras.metrics.Mean(name) for name in ("loss", "reconstruction", "kl")]

    def compile(self, optimizer="adam", **options):
        """Give it its optimizer; the loss is minus the mean ELBO."""
        self.set_up(options, optimizer=(optimizer, self.trainable_variables))

    @autodiff.train_step
    def train_step(self, data):
        """One step up the ELBO of one batch."""
        (x,) = self.batch(data)
        (loss, parts), gradients = autodiff.value_and_gradients(
            lambda: self.loss_and_parts(x, training=True), self.trainable_variables, has_aux=True
        )
        self.optimizer.apply(gradients, self.trainable_variables)
        return self.log(loss, *parts)

    @autodiff.test_step
    def test_step(self, data):
        """Minus the ELBO of samples that may be new: unlike a GAN's losses, it measures the fit."""
        (x,) = self.batch(data)
        loss, parts = self.loss_and_parts(x, training=False)
        return self.log(loss, *parts)

    def loss_and_parts(self, x, training):
        """Minus the ELBO, and its parts: -E_q[log p(x | z)] and KL; means over the batch."""
        mu, log_variance = self.code(x, training)
        s = ops.exp(log_variance / 2)
        # The noise stands outside the weights, so that a gradient reaches mu and s.
        z = mu + s * autodiff.normal((ops.shape(x)[0], self.latent_dim), self.noise_seed)
        made = ops.cast(self.decoder(z, training=training), "float32")

        error = ops.sum(ops.square(x - made), axis=tuple(range(1, len(x.shape))))
        constant = math.prod(x.shape[1:]) * math.log(self.noise_std * math.sqrt(2 * math.pi))
        minus_log_p = ops.mean(error / (2 * self.noise_std**2) + constant)
        kl = ops.mean(ops.sum(ops.square(mu) + ops.square(s) - 1 - log_variance, axis=1) / 2)
        return minus_log_p + kl, (minus_log_p, kl)

    def code(self, x, training=False):
        """mu and log s^2 of q(z | x), two tensors (batch, latent_dim)."""
        return ops.split(ops.cast(self.encoder(x, training=training), "float32"), 2, axis=1)

    def log(self, *values):
        """Update the running means of the loss and its two parts, and return them by name."""
        for tracker, value in zip(self.trackers, values, strict=True):
            tracker.update_state(value)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return self.trackers

    @property
    def checks(self):
        return [checks.Samples(self.encoder.input_shape[1:], checks.value_range(self.decoder))]

    def call(self, x, training=False):
        """Samples rebuilt from the means of their codes."""
        return self.decoder(self.code(x, training)[0], training=training)

    def encode(self, x, batch_size=256):
        """Means mu(x) of the codes: float32 array (n, latent_dim)."""
        return run_in_batches(self.encoder, self.checks[0](x), batch_size)[:, : self.latent_dim]

    def reconstruct(self, x, batch_size=256):
        """decoder(mu(x)): float32 array of the shape of x."""
        return run_in_batches(self.decoder, self.encode(x, batch_size), batch_size)

    def generate(self, n, seed=None, batch_size=256):
        """Draw `n` samples: the decoder's means at z ~ N(0, I), as `GAN.generate`."""
        z = draw_latents(n, self.latent_dim, self.noise_seed if seed is None else seed)
        return run_in_batches(self.decoder, z, batch_size)
