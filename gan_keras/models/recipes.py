"""Recipes: networks, losses and rates that train well together on two CPU cores.

Each function returns a compiled model. Its figures, with their protocol, come from
`python -m tests.benchmarks.quality`.
"""

import keras

from gan_keras import networks
from gan_keras.gan import GAN
from gan_keras.models.relativistic import RelativisticGAN
from gan_keras.wgan_gp import WGANGP

LATENT_DIM = 64


def dcgan(image_shape, width=32, steps=5000, seed=0):
    """DCGAN for small images: BatchNorm in both players, Adam, averaged weights.

    Train it with `fit(images, batch_size=32, epochs=...)`. Against Radford et al. (2015), it takes
    steps fifteen times as large on smaller batches, whose noise the averaged weights take out, and
    its generator bends the latent space by one dense layer first. Each of the three was a gain on
    MNIST within 90 CPU seconds; chapter 05 finds none for the dense layer on `shapes`.

    Args:
        image_shape: (height, width, channels), both sides divisible by 4.
        width: Channels of the generator's last hidden map and of the discriminator's first.
        steps: Steps until the learning rates, which fall along a half cosine, are at a twentieth.
        seed: Seed of weights, noise and order.

    Returns:
        A compiled `GAN`.
    """
    keras.utils.set_random_seed(seed)
    generator = networks.dcgan_generator(LATENT_DIM, image_shape, width, hidden=(256,))
    discriminator = networks.dcgan_discriminator(image_shape, width, depth=3, batch_norm=True)
    model = GAN(generator, discriminator, seed=seed, averaging=0.997)
    rate = _falling(3e-3, steps)
    model.compile(_adam(rate, 0.5, 0.99), _adam(rate, 0.5, 0.99))
    return model


def wgan_gp(image_shape, width=32, steps=4000, seed=0):
    """WGAN-GP for small images: two critic steps to one of the generator's, averaged weights.

    Train it with `fit(images, batch_size=32, epochs=...)`. The penalty's weight, 10, is that of the
    paper and fits pixels in [-1, 1]; data of a smaller scale want less (chapter 06).

    Args:
        image_shape, width, steps, seed: As for `dcgan`; the critic takes two to each of `steps`.

    Returns:
        A compiled `WGANGP`.
    """
    keras.utils.set_random_seed(seed)
    generator = networks.dcgan_generator(LATENT_DIM, image_shape, width, hidden=(256,))
    critic = networks.dcgan_discriminator(image_shape, width, depth=3)
    model = WGANGP(generator, critic, critic_steps=2, seed=seed, averaging=0.997)
    model.compile(
        _adam(_falling(2e-3, steps), 0.0, 0.9), _adam(_falling(2e-3, 2 * steps), 0.0, 0.9)
    )
    return model


def r3gan(image_shape, width=32, steps=2500, seed=0):
    """R3GAN's loss for small images: relativistic pairs under R1 and R2, averaged weights.

    Train it with `fit(images, batch_size=64, epochs=...)`. With 32 it is ahead at first, and behind
    after 300 CPU seconds (MNIST, one seed: a Fréchet distance of 4.2 against 3.3).

    Huang et al. (2024) use residual nets without any normalisation and train them for days. Within
    minutes such nets stay far behind (MNIST, 100 CPU seconds, one seed: 134 against 9), so the
    generator keeps its BatchNorm; the discriminator, which the penalties act on, has none. Of the
    penalty weights 0.1, 1, 10 and 30 this was the best there.

    Args:
        image_shape, width, steps, seed: As for `dcgan`.

    Returns:
        A compiled `RelativisticGAN`.
    """
    keras.utils.set_random_seed(seed)
    generator = networks.dcgan_generator(LATENT_DIM, image_shape, width, hidden=(256,))
    discriminator = networks.dcgan_discriminator(image_shape, width, depth=3)
    model = RelativisticGAN(
        generator, discriminator, penalty_weight=10.0, seed=seed, averaging=0.995
    )
    rate = _falling(2e-3, steps)
    model.compile(_adam(rate, 0.0, 0.99), _adam(rate, 0.0, 0.99))
    return model


def points(steps=8000, seed=0):
    """A relativistic GAN with weak penalties that finds every mode of a mixture in the plane.

    Train it with `fit(points, batch_size=256, epochs=...)`.

    Args:
        steps: As for `dcgan`.
        seed: Seed of weights, noise and order.

    Returns:
        A compiled `RelativisticGAN`.
    """
    keras.utils.set_random_seed(seed)
    hidden = (256, 256, 256, 256)
    generator = networks.mlp_generator(2, (2,), hidden, activation=None)
    discriminator = networks.mlp_discriminator((2,), hidden)
    model = RelativisticGAN(
        generator, discriminator, penalty_weight=0.01, seed=seed, averaging=0.995
    )
    rate = _falling(1e-3, steps)
    model.compile(_adam(rate, 0.0, 0.99), _adam(rate, 0.0, 0.99))
    return model


def _falling(rate, steps):
    return keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.05)


def _adam(rate, beta_1, beta_2):
    return keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2)
