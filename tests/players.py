"""Small nets and data that several tests share."""

import keras
import numpy as np

import gan_keras as gk

SHAPE = (8, 8, 1)
LATENT_DIM = 4


def images(n=64, seed=0):
    """Smooth images in [-1, 1]."""
    waves = np.random.default_rng(seed).uniform(0, 2 * np.pi, size=(n, 1, 1, 1))
    return np.sin(np.linspace(0, 6, 64).reshape(1, *SHAPE) + waves).astype("float32")


def generator():
    """A small DCGAN generator: it has BatchNorm."""
    return gk.networks.dcgan_generator(LATENT_DIM, SHAPE, width=4)


def discriminator():
    return gk.networks.dcgan_discriminator(SHAPE, width=4)


def noisy_discriminator():
    """A discriminator with every layer that behaves differently in training."""
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.GaussianNoise(0.1, seed=1),
            keras.layers.Conv2D(4, 3, strides=2, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Dropout(0.3, seed=2),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )


def compiled(model, **options):
    options = {
        "g_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.5),
        "d_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.5),
        **options,
    }
    model.compile(**options)
    return model


def gan(averaging=None, **options):
    model = gk.GAN(generator(), noisy_discriminator(), seed=5, averaging=averaging)
    return compiled(model, **options)


def wgan_gp(critic_steps=2, **options):
    model = gk.WGANGP(generator(), discriminator(), critic_steps=critic_steps, seed=5)
    return compiled(model, **options)


def relativistic(**options):
    """With averaged weights, so that tests of saving see them."""
    model = gk.RelativisticGAN(generator(), discriminator(), seed=5, averaging=0.9)
    return compiled(model, **options)


def values(variables):
    """NumPy copies of a model's or a list's variables."""
    variables = getattr(variables, "variables", variables)
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
