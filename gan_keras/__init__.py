"""gan_keras: generative adversarial networks in Keras 3, small enough to read in an evening.

Each model, from `GAN` to `CycleGAN`, is one short class that reads like the chapter that explains
it. `plots` and `callbacks` are imported on their own, since matplotlib is slow to load:
`from gan_keras import plots`.
"""

from gan_keras import (
    autodiff,
    data,
    judges,
    layers,
    losses,
    metrics,
    networks,
    penalties,
    recipes,
    toy,
)
from gan_keras.autoencoder import VAE
from gan_keras.backup import Backup
from gan_keras.conditional import ConditionalGAN, SemiSupervisedGAN
from gan_keras.data import load_images
from gan_keras.discriminator import DiscriminatorOnly
from gan_keras.doctor import Doctor
from gan_keras.environment import environment
from gan_keras.exercises import exercise
from gan_keras.gan import GAN
from gan_keras.inversion import invert
from gan_keras.relativistic import RelativisticGAN
from gan_keras.translation import CycleGAN, Pix2Pix
from gan_keras.wgan_gp import WGANGP

__version__ = "0.1.0"

__all__ = [
    "GAN",
    "VAE",
    "WGANGP",
    "Backup",
    "ConditionalGAN",
    "CycleGAN",
    "DiscriminatorOnly",
    "Doctor",
    "Pix2Pix",
    "RelativisticGAN",
    "SemiSupervisedGAN",
    "autodiff",
    "data",
    "environment",
    "exercise",
    "invert",
    "judges",
    "layers",
    "load_images",
    "losses",
    "metrics",
    "networks",
    "penalties",
    "recipes",
    "toy",
]
