"""Three training steps from given weights and given noise, on the backend of the environment.

    KERAS_BACKEND=jax python -m tests.parity weights.npz

`test_backends` runs this once a backend and compares the files.
"""

import sys

import keras
import numpy as np
from keras import ops

import gan_keras as gk

SHAPE, LATENT_DIM, BATCH, STEPS = (8, 8, 1), 4, 8, 3


def given(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


class GivenNoise:
    """Noise that is the same on every backend: their random numbers are not."""

    def noise(self, batch_size):
        return ops.convert_to_tensor(given((BATCH, self.latent_dim), seed=1))


class GAN(GivenNoise, gk.GAN):
    pass


class GANWithR1(GivenNoise, gk.GAN):
    def discriminator_loss(self, real, fake):
        return super().discriminator_loss(real, fake) + 5.0 * gk.penalties.r1(self.scores, real)


class WGANGP(GivenNoise, gk.WGANGP):
    def critic_loss(self, real, fake):
        alpha = ops.full((BATCH, 1, 1, 1), 0.3)
        return gk.losses.wasserstein_discriminator_loss(
            self.scores(real), self.scores(fake)
        ) + 10.0 * gk.penalties.gradient_penalty(self.scores, real, fake, alpha)


class RelativisticGAN(GivenNoise, gk.RelativisticGAN):
    pass


def discriminator(*normalisation):
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            gk.layers.SpectralNormalization(
                keras.layers.Conv2D(4, 4, strides=2, padding="same", use_bias=False)
            ),
            *normalisation,
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(1, use_bias=False),
        ]
    )


def models():
    generator = lambda: gk.networks.dcgan_generator(LATENT_DIM, SHAPE, width=4)  # noqa: E731
    adam = lambda: keras.optimizers.Adam(1e-3, beta_1=0.5)  # noqa: E731
    batchnorm, layernorm = keras.layers.BatchNormalization, gk.layers.LayerNormalization
    for name, model, batch in (
        ("gan", GAN(generator(), discriminator(batchnorm())), BATCH),
        ("gan_r1", GANWithR1(generator(), discriminator(layernorm())), BATCH),
        (
            "relativistic",
            RelativisticGAN(generator(), discriminator(layernorm()), averaging=0.5),
            BATCH,
        ),
        ("wgan_gp", WGANGP(generator(), discriminator(layernorm()), critic_steps=3), 3 * BATCH),
    ):
        model.compile(adam(), adam())
        yield name, model, (np.tanh(given((batch, *SHAPE), seed=2)),)
    judge = gk.DiscriminatorOnly(discriminator(batchnorm()))
    judge.compile(adam())
    yield "discriminator_only", judge, tuple(np.tanh(given((BATCH, *SHAPE), s)) for s in (2, 3))


def main(path):
    result = {}
    for name, model, batch in models():
        drawn = [*model.trainable_variables, model.discriminator.layers[0].u]
        for i, variable in enumerate(drawn):
            variable.assign(0.5 * given(tuple(variable.shape), seed=[4, i]))
        for _ in range(STEPS):
            model.train_on_batch(*batch)
        for i, variable in enumerate(model.weights):
            result[f"{name}/{i:02d}"] = ops.convert_to_numpy(variable)
    np.savez(path, **result)


if __name__ == "__main__":
    main(sys.argv[1])
