"""Recipes: networks, losses and rates that train well together on two CPU cores.

Each function returns a compiled model for `fit` with the stated `batch_size`; `seed` is that of
weights, noise and order. All average the generator's weights. The learning rates fall along a half
cosine, to a twentieth after `steps` steps. What the models reach, with the protocol:
`python -m tests.benchmarks.quality`.
"""

import keras

from gan_keras import networks
from gan_keras.gan import GAN
from gan_keras.models.relativistic import RelativisticGAN
from gan_keras.wgan_gp import WGANGP

LATENT_DIM = 64


def dcgan(image_shape, width=32, steps=5000, seed=0):
    """DCGAN for small images, `batch_size=32`: BatchNorm in both players.

    Against Radford et al. (2015), it takes steps fifteen times as large on smaller batches, whose
    noise the averaged weights take out, and its generator bends the latent space by one dense layer
    first. Each was a gain on MNIST within 90 CPU seconds; chapter 05 finds none for the dense layer
    on `shapes`.

    Args:
        image_shape: (height, width, channels), both sides divisible by 4.
        width: Channels of the generator's last hidden map and of the discriminator's first.
    """
    players = _players(image_shape, width, seed, batch_norm=True)
    model = GAN(*players, seed=seed, averaging=0.997)
    return _compiled(model, 3e-3, steps, 0.5, 0.99)


def wgan_gp(image_shape, width=32, steps=4000, seed=0):
    """WGAN-GP for small images, `batch_size=32`: two critic steps to one of the generator's.

    The penalty's weight, 10, is that of the paper and fits pixels in [-1, 1]; data of a smaller
    scale want less (chapter 06).
    """
    players = _players(image_shape, width, seed)
    model = WGANGP(*players, critic_steps=2, seed=seed, averaging=0.997)
    return _compiled(model, 2e-3, steps, 0.0, 0.9, critic_steps=2)


def r3gan(image_shape, width=32, steps=2500, seed=0):
    """R3GAN's loss for small images, `batch_size=64`: relativistic pairs under R1 and R2.

    Batches of 32 are ahead at first, and behind after 300 CPU seconds (MNIST, one seed: a Fréchet
    distance of 4.2 against 3.3). Huang et al. (2024) train residual nets without normalization for
    days; within minutes these stay far behind (100 CPU seconds: 134 against 9), so the generator
    keeps its BatchNorm; the discriminator, which the penalties act on, has none. Of the penalty
    weights 0.1, 1, 10 and 30 this was the best there.
    """
    players = _players(image_shape, width, seed)
    model = RelativisticGAN(*players, penalty_weight=10.0, seed=seed, averaging=0.995)
    return _compiled(model, 2e-3, steps, 0.0, 0.99)


def points(steps=8000, seed=0):
    """Finds every mode of a mixture in the plane, `batch_size=256`: weak penalties."""
    keras.utils.set_random_seed(int(seed))
    hidden = (256, 256, 256, 256)
    generator = networks.mlp_generator(2, (2,), hidden, activation=None)
    players = generator, networks.mlp_discriminator((2,), hidden)
    model = RelativisticGAN(*players, penalty_weight=0.01, seed=seed, averaging=0.995)
    return _compiled(model, 1e-3, steps, 0.0, 0.99)


def _players(image_shape, width, seed, batch_norm=False):
    keras.utils.set_random_seed(int(seed))
    generator = networks.dcgan_generator(LATENT_DIM, image_shape, width, hidden=(256,))
    return generator, networks.dcgan_discriminator(image_shape, width, 3, batch_norm)


def _compiled(model, rate, steps, beta_1, beta_2, critic_steps=1):
    def adam(steps):
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.05)
        return keras.optimizers.Adam(schedule, beta_1=beta_1, beta_2=beta_2)

    model.compile(adam(steps), adam(critic_steps * steps))
    return model
