"""gan_keras: generative adversarial networks in Keras 3, a door of eight files and four rooms.

The names, in the order in which to read the files.
"""

import sys

from gan_keras.course.environment import environment  # first: it asks Keras's version
from gan_keras.gan import GAN
from gan_keras.wgan_gp import WGANGP
from gan_keras.discriminator import DiscriminatorOnly
from gan_keras import losses, penalties, layers, networks, data
from gan_keras.data import load_images
from gan_keras.engine import autodiff
from gan_keras.models import recipes
from gan_keras.models.relativistic import RelativisticGAN
from gan_keras.models.conditional import ConditionalGAN
from gan_keras.models.semi_supervised import SemiSupervisedGAN
from gan_keras.models.pix2pix import Pix2Pix
from gan_keras.models.cycle_gan import CycleGAN
from gan_keras.models.vae import VAE
from gan_keras.measure import judges, metrics
from gan_keras.measure.doctor import Doctor
from gan_keras.course import toy, plots, callbacks
from gan_keras.course.exercises import exercise
from gan_keras.course.playground import playground
from gan_keras.course.latent_walk import latent_walk

__version__ = "0.1.0"

# `from gan_keras.metrics import report` finds a module in its room, as `gk.metrics` does.
for _module in (autodiff, recipes, judges, metrics, toy, plots, callbacks):
    sys.modules[f"gan_keras.{_module.__name__.rpartition('.')[2]}"] = _module
