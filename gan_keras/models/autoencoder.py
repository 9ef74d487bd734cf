"""The variational autoencoder of Kingma and Welling (2014)."""

import math
from functools import partial

import keras
from keras import ops

from gan_keras import networks
from gan_keras.engine import autodiff, fitting, inputs
from gan_keras.engine.saving import RestorableModel


@keras.saving.register_keras_serializable("gan_keras")
class VAE(RestorableModel):
    """An encoder and a decoder that together maximise a lower bound of the log likelihood.

        ELBO(x) = E_q[log p(x | z)] - KL(q(z | x) || p(z))  <=  log p(x)

        q(z | x) = N(mu(x), s(x)^2),   p(z) = N(0, I),   p(x | z) = N(decoder(z), noise_std^2 I)

    The first term is the squared reconstruction error over 2 noise_std^2, up to a constant; the
    second keeps the codes where the prior draws from. All are nats per sample, sums over pixels.

    Example:

        model = VAE(encoder, decoder, noise_std=0.3)
        model.compile("adam")
        model.fit(images, batch_size=64, epochs=20)
        samples, rebuilt = model.generate(16), model.reconstruct(images[:16])

    Args:
        encoder: Built `keras.Model`, samples to (batch, 2 latent_dim): mu and log s^2, side by side
            (`networks.dcgan_discriminator(image_shape, outputs=2 * latent_dim)`).
        decoder: Built `keras.Model`, latent vectors to samples: any generator.
        noise_std: Standard deviation of p(x | z) in each pixel, in units of the data, positive. A
            smaller one weighs reconstruction more.
        seed: Integer seed of the noise and of the order of the data.

    Raises:
        ValueError: If encoder and decoder do not fit, or `noise_std` is not positive.

    Source: Kingma, Welling (2014), Auto-Encoding Variational Bayes.
    """

    def __init__(self, encoder, decoder, noise_std=0.3, seed=0, **kwargs):
        super().__init__(**kwargs)
        inputs.check_player("encoder", encoder)
        inputs.check_player("decoder", decoder)
        inputs.check_positive(noise_std=noise_std)
        inputs.check_counts(0, seed=seed)
        if encoder.input_shape[1:] != decoder.output_shape[1:]:
            raise ValueError(
                f"The encoder reads samples of shape {encoder.input_shape[1:]}, but the decoder "
                f"makes samples of shape {decoder.output_shape[1:]}."
            )
        if encoder.output_shape[1:] != (2 * decoder.input_shape[-1],):
            raise ValueError(
                f"The decoder takes {decoder.input_shape[-1]} numbers, so the encoder must give "
                f"twice as many, means and log variances, not {encoder.output_shape[1:]}."
            )
        self.encoder, self.decoder = encoder, decoder
        self.noise_std = noise_std
        self.seed = seed
        self.latent_dim = decoder.input_shape[-1]
        self.noise_seed = keras.random.SeedGenerator(seed)
        self.trackers = [keras.metrics.Mean(name) for name in ("loss", "reconstruction", "kl")]
        self.built = True

    @property
    def check_samples(self):
        """The check of samples: `inputs.check_array` for this encoder and decoder."""
        return partial(
            inputs.check_array,
            sample_shape=self.encoder.input_shape[1:],
            allowed=inputs.value_range(self.decoder),
        )

    def compile(self, optimizer="adam", **kwargs):
        """Give it its optimizer. The loss is fixed: minus the mean ELBO.

        Raises:
            ValueError: If an option is unknown, or the learning rate negative.
        """
        fitting.check_options(kwargs)
        optimizer = keras.optimizers.get(optimizer)
        fitting.check_optimizers(optimizer=optimizer)
        # Under mixed_float16 Keras would wrap it into a LossScaleOptimizer.
        super().compile(optimizer=optimizer, auto_scale_loss=False, **kwargs)
        self._compile_options = kwargs
        self.optimizer.build(self.trainable_variables)

    @autodiff.train_step
    def train_step(self, data):
        """One step up the ELBO of one batch."""
        x = self.batch(data)
        terms, pull = autodiff.pullback(lambda: self.terms(x, True), self.trainable_variables)
        self.optimizer.apply(pull(ops.ones_like(terms)), self.trainable_variables)
        return self.log(terms)

    @autodiff.test_step
    def test_step(self, data):
        """Minus the ELBO of samples that may be new: unlike a GAN's losses, it measures the fit."""
        return self.log(self.terms(self.batch(data), False))

    def batch(self, data):
        """The samples of what `fit` hands to a step, as float32; labels are dropped."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        return inputs.check_batch(x, self.encoder.input_shape[1:])

    def terms(self, x, training):
        """The loss in two parts, means over the batch: -E_q[log p(x | z)] and KL, shape (2,)."""
        mu, log_variance = self.code(x, training)
        s = ops.exp(log_variance / 2)
        # The noise stands outside the weights, so that a gradient reaches mu and s.
        z = mu + s * autodiff.normal((ops.shape(x)[0], self.latent_dim), self.noise_seed)
        made = ops.cast(self.decoder(z, training=training), "float32")

        error = ops.sum(ops.square(x - made), axis=tuple(range(1, len(x.shape))))
        constant = math.prod(x.shape[1:]) * math.log(self.noise_std * math.sqrt(2 * math.pi))
        minus_log_p = error / (2 * self.noise_std**2) + constant
        kl = ops.sum(ops.square(mu) + ops.square(s) - 1 - log_variance, axis=1) / 2
        return ops.stack([ops.mean(minus_log_p), ops.mean(kl)])

    def code(self, x, training=False):
        """mu and log s^2 of q(z | x), two tensors (batch, latent_dim)."""
        return ops.split(ops.cast(self.encoder(x, training=training), "float32"), 2, axis=1)

    def log(self, terms):
        """Update loss = -ELBO, its reconstruction part and its KL part, and return them by name."""
        for tracker, value in zip(self.trackers, (ops.sum(terms), terms[0], terms[1]), strict=True):
            tracker.update_state(value)
        return self.get_metrics_result()

    @property
    def metrics(self):
        return self.trackers

    def call(self, x, training=False):
        """Samples rebuilt from the means of their codes."""
        return self.decoder(self.code(x, training)[0], training=training)

    def encode(self, x, batch_size=256):
        """Means mu(x) of the codes: float32 array (n, latent_dim)."""
        x = self.check_samples(x)
        return networks.run_in_batches(self.encoder, x, batch_size)[:, : self.latent_dim]

    def reconstruct(self, x, batch_size=256):
        """decoder(mu(x)): float32 array of the shape of x."""
        return networks.run_in_batches(self.decoder, self.encode(x, batch_size), batch_size)

    def generate(self, n, seed=None, batch_size=256):
        """Draw `n` samples: the decoder's means at z ~ N(0, I), as `AdversarialModel.generate`."""
        z = networks.draw_latents(n, self.latent_dim, self.noise_seed if seed is None else seed)
        return networks.run_in_batches(self.decoder, z, batch_size)

    def fit(self, x=None, y=None, batch_size=64, shuffle=True, callbacks=None, **kwargs):
        """Train as `keras.Model.fit` does, on samples that are checked before the first step.

        Args:
            x: Samples: an array, or a data set that yields them, alone or with labels.
            y: Labels, which are dropped.
            batch_size, shuffle, callbacks, **kwargs: As for `GAN.fit`; and `validation_data`, which
                a VAE has a use for.

        Returns:
            A `History` with "loss" (minus the ELBO), "reconstruction" and "kl", in nats.

        Raises:
            ValueError: If the model is not compiled, or the samples do not fit: see `inputs`.
            FloatingPointError: If the loss became NaN or infinite.
        """
        inputs.check_counts(batch_size=batch_size)
        if hasattr(x, "shape"):
            x = inputs.EpochOrder(
                [self.check_samples(x)], batch_size, self.seed if shuffle else None
            )
        else:
            x = inputs.checked(x, self.check_samples)
        return fitting.run(super().fit, self, x, callbacks, **kwargs)

    def get_config(self):
        return {
            **super().get_config(),
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "noise_std": self.noise_std,
            "seed": self.seed,
        }

    def get_compile_config(self):
        if not self.compiled:
            return {}
        return {
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
            **self._compile_options,
        }
