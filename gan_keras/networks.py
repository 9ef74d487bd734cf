"""Builders of the networks that the course trains. Each returns a built `keras.Model`.

Generators map latent vectors (batch, latent_dim) to samples; discriminators samples to a logit.
"""

import math
from operator import index  # of a whole number, also of NumPy's, which `Dense` does not take

import keras
from keras import layers

from gan_keras.engine.model import draw_latents as draw_latents
from gan_keras.engine.model import run_in_batches as run_in_batches

LAST = {"data_format": "channels_last"}  # whatever keras.json says
STRIDED = {"kernel_size": 4, "strides": 2, "padding": "same", **LAST}


def mlp_generator(latent_dim, output_shape, hidden=(128, 128), activation="tanh"):
    """Fully connected generator.

    Args:
        latent_dim, hidden: Length of the latent vector, and widths of the hidden layers.
        output_shape: Shape of one sample: (28, 28, 1) for a digit, (2,) for a point.
        activation: Last activation: "tanh" for pixels in [-1, 1], None for points.
    """
    stack = [*_dense(hidden), layers.Dense(index(math.prod(output_shape)), activation=activation)]
    stack += [layers.Reshape(output_shape)]
    return keras.Sequential([keras.Input((latent_dim,)), *stack], name="generator")


def mlp_discriminator(input_shape, hidden=(128, 128)):
    """Fully connected discriminator. See `mlp_generator` for the arguments."""
    return keras.Sequential(
        [keras.Input(input_shape), layers.Flatten(**LAST), *_dense(hidden), layers.Dense(1)],
        name="discriminator",
    )


def dcgan_generator(latent_dim, image_shape, width=32, hidden=()):
    """Convolutional generator after DCGAN (Radford et al., 2015).

    Two transposed convolutions of stride 2, tanh at the end. Kernel 4 divides by stride 2, so every
    pixel is reached by as many taps: no checkerboard (Odena et al., 2016).

    Args:
        latent_dim, hidden: Length of the latent vector, and widths of dense layers that bend it.
        image_shape: (height, width, channels); height and width divisible by 4.
        width: Channels of the last hidden map; the one before has twice as many.
    """
    rows, columns, channels = _halved(image_shape, 2)
    start = (rows // 4, columns // 4, 2 * width)
    stack = []
    for units in (*hidden, math.prod(start)):
        stack += [layers.Dense(index(units), use_bias=False)]
        stack += [layers.BatchNormalization(), layers.ReLU()]
    stack += [layers.Reshape(start), layers.Conv2DTranspose(width, use_bias=False, **STRIDED)]
    stack += [layers.BatchNormalization(), layers.ReLU()]
    stack += [layers.Conv2DTranspose(channels, activation="tanh", **STRIDED)]
    return keras.Sequential([keras.Input((latent_dim,)), *stack], name="generator")


def dcgan_discriminator(image_shape, width=32, depth=2, batch_norm=False, outputs=1):
    """Convolutional discriminator or critic: strides instead of pooling, LeakyReLU(0.2).

    Args:
        image_shape: (height, width, channels); height and width divisible by 4.
        width, depth: Channels of the first map, doubled in each further one; how many maps.
        batch_norm: Whether to normalize all maps but the first, as DCGAN does; not under a penalty.
        outputs: Logits: one, or one for each class (`ConditionalGAN`, `SemiSupervisedGAN`).
    """
    _halved(image_shape, 2)
    maps = _strided_maps(width, depth, batch_norm)
    score = [layers.Flatten(**LAST), layers.Dense(index(outputs))]
    return keras.Sequential([keras.Input(image_shape), *maps, *score], name="discriminator")


def unet(image_shape, channels=3, width=32, depth=3):
    """Image to image of the same size: down by strides, up again, with a short cut at each size.

    The short cuts keep what is translated in place (Ronneberger et al., 2015; Isola et al., 2017).

    Args:
        image_shape: (height, width, channels) of the input; both sides divisible by 2 ** depth.
        channels: Channels of the output, tanh.
        width: Channels of the largest maps; each smaller map has twice as many, up to 4 times.
        depth: How often the sides are halved.
    """
    x = image = keras.Input(_halved(image_shape, depth))
    short_cuts = []
    for i in range(depth):
        short_cuts.append(x)
        x = layers.Conv2D(width * min(2**i, 4), use_bias=False, **STRIDED)(x)
        x = layers.LeakyReLU(negative_slope=0.2)(layers.BatchNormalization()(x))
    for i, short_cut in reversed(list(enumerate(short_cuts))):
        maps = width * min(2 ** max(i - 1, 0), 4)
        x = layers.Conv2DTranspose(maps, use_bias=False, **STRIDED)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Concatenate()([x, short_cut])
    x = layers.Conv2D(channels, 3, padding="same", activation="tanh", **LAST)(x)
    return keras.Model(image, x, name="generator")


def patch_discriminator(image_shape, width=32, depth=2):
    """Discriminator of patches: a map of logits, each for the part of the image that it sees.

    With depth 2, as many strides as halve the sides, a logit sees 22 x 22 pixels; what is farther
    apart is left to the L1 or cycle term (Isola et al., 2017).
    """
    _halved(image_shape, depth)
    maps = _strided_maps(width, depth, batch_norm=True)
    score = layers.Conv2D(1, 4, padding="same", **LAST)
    return keras.Sequential([keras.Input(image_shape), *maps, score], name="discriminator")


def _dense(widths):
    for width in widths:
        yield layers.Dense(index(width))
        yield layers.LeakyReLU(negative_slope=0.2)


def _strided_maps(width, depth, batch_norm):
    """Layers that halve the sides and double the maps; all maps but the first are normalized."""
    made = []
    for i in range(depth):
        normalized = batch_norm and i > 0
        made.append(layers.Conv2D(width * 2**i, use_bias=not normalized, **STRIDED))
        made += [layers.BatchNormalization()] if normalized else []
        made.append(layers.LeakyReLU(negative_slope=0.2))
    return made


def _halved(image_shape, times):
    """The shape, of sides that can be halved so often: others would come back with another size."""
    divisor = 2**times
    if len(image_shape) != 3 or image_shape[0] % divisor or image_shape[1] % divisor:
        raise ValueError(
            f"image_shape={image_shape} must be (height, width, channels) with both sides "
            f"divisible by {divisor}: so often are they halved. Pad or crop the images."
        )
    return image_shape
