"""The two recipes for 28x28 images that Keras documents: what ours are measured against.

`GuideGAN` is the example that closes Keras's guide to custom training steps, `ExampleWGANGP` its
code example of that name. Nets, rates, batches and noise on the labels are theirs; the steps are
those of `usual.py`.
"""

import keras
import tensorflow as tf
from keras import layers

from tests.benchmarks import nets
from tests.benchmarks.usual import UsualGAN, UsualWGANGP


class Ranged:
    """Takes images in [-1, 1], and draws such, whatever range the recipe wants."""

    low = -1.0  # pixels of the recipe lie in [low, 1]

    def prepared(self, images):
        """Images in [-1, 1] as the recipe wants them."""
        return 1 - (1 - images) * (1 - self.low) / 2

    def draw(self, n, seed):
        """Samples in [-1, 1]: float32 array (n, 28, 28, 1)."""
        z = keras.random.normal((n, nets.LATENT_DIM), seed=seed)
        samples = self.generator.predict(z, batch_size=256, verbose=0)
        return 1 - (1 - samples) * 2 / (1 - self.low)


class GuideGAN(Ranged, UsualGAN):
    """Images in [0, 1], and noise on the targets."""

    batch_size, low = 64, 0.0

    def __init__(self):
        generator = nets.generator()
        generator.layers[-1].activation = keras.activations.sigmoid
        super().__init__(generator, nets.discriminator())

    def compile(self):
        super().compile()
        self.g_optimizer, self.d_optimizer = (keras.optimizers.Adam(3e-4) for _ in range(2))

    def labels(self, n):
        # The guide calls fakes 1 and raises targets; with fakes 0 that is to lower them.
        return super().labels(n) - 0.05 * tf.random.uniform((2 * n, 1))


class ExampleWGANGP(Ranged, UsualWGANGP):
    """Three critic steps to one of the generator's, on one batch of 512."""

    batch_size, critic_steps = 512, 3

    def __init__(self):
        super().__init__(_generator(), _critic())

    def compile(self):
        super().compile()
        self.g_optimizer, self.d_optimizer = (
            keras.optimizers.Adam(2e-4, beta_1=0.5, beta_2=0.9) for _ in range(2)
        )


def _generator():
    """128 numbers to 32x32, doubled three times before a convolution; cut to 28x28."""
    blocks = [
        layers.Dense(4 * 4 * 256, use_bias=False),
        layers.BatchNormalization(),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Reshape((4, 4, 256)),
    ]
    for channels in (128, 64, 1):
        blocks += [
            layers.UpSampling2D(),
            layers.Conv2D(channels, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.2) if channels > 1 else layers.Activation("tanh"),
        ]
    return keras.Sequential([keras.Input((nets.LATENT_DIM,)), *blocks, layers.Cropping2D(2)])


def _critic():
    """28x28, padded to 32x32, to one score: four strided convolutions and Dropout."""
    blocks = []
    for channels, rate in ((64, 0), (128, 0.3), (256, 0.3), (512, 0)):
        blocks += [
            layers.Conv2D(channels, 5, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
        ] + [layers.Dropout(rate)] * bool(rate)
    return keras.Sequential(
        [
            keras.Input(nets.IMAGE_SHAPE),
            layers.ZeroPadding2D(2),
            *blocks,
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(1),
        ]
    )
