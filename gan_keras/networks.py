"""Builders of the networks that the course trains. Each returns a built `keras.Model`.

Generators map latent vectors (batch, latent_dim) to samples; discriminators map samples to one
logit, (batch, 1), without a sigmoid.
"""

import math

import keras
import numpy as np
from keras import layers, ops

from gan_keras.engine import inputs


def mlp_generator(latent_dim, output_shape, hidden=(128, 128), activation="tanh"):
    """Fully connected generator.

    Args:
        latent_dim: Length of the latent vector, at least 1.
        output_shape: Shape of one sample: (28, 28, 1) for a digit, (2,) for a point.
        hidden: Widths of the hidden layers.
        activation: Last activation: "tanh" for pixels in [-1, 1], None for points.

    Raises:
        ValueError: If a size is not a positive integer.
    """
    inputs.check_counts(latent_dim=latent_dim)
    _check_sizes(output_shape=output_shape, hidden=hidden)
    _check_any(output_shape=output_shape)
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *_dense_stack(hidden),
            layers.Dense(math.prod(output_shape), activation=activation),
            layers.Reshape(output_shape),
        ],
        name="generator",
    )


def mlp_discriminator(input_shape, hidden=(128, 128)):
    """Fully connected discriminator. See `mlp_generator` for the arguments."""
    _check_sizes(input_shape=input_shape, hidden=hidden)
    _check_any(input_shape=input_shape)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Flatten(),
            *_dense_stack(hidden),
            layers.Dense(1),
        ],
        name="discriminator",
    )


def dcgan_generator(latent_dim, image_shape, width=32, hidden=()):
    """Convolutional generator after DCGAN (Radford et al., 2015).

    Two transposed convolutions of stride 2 enlarge a quarter-size map to the image; BatchNorm and
    ReLU between, tanh at the end. Kernel 4 divides by stride 2, so every pixel is reached by as
    many taps: no checkerboard (Odena et al., 2016).

    Args:
        latent_dim: Length of the latent vector.
        image_shape: (height, width, channels); height and width divisible by 4.
        width: Channels of the last hidden map; the one before has twice as many.
        hidden: Widths of dense layers before the first map. They are cheap and bend the latent
            space, which a single layer leaves straight.

    Raises:
        ValueError: If a size is not a positive integer, or a side is not divisible by 4.
    """
    inputs.check_counts(latent_dim=latent_dim, width=width)
    _check_sizes(image_shape=image_shape, hidden=hidden)
    rows, columns, channels = _check_sides(image_shape)
    start = (rows // 4, columns // 4, 2 * width)
    dense = []
    for size in (*hidden, math.prod(start)):
        dense += [layers.Dense(size, use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    return keras.Sequential(
        [
            keras.Input((latent_dim,)),
            *dense,
            layers.Reshape(start),
            layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh"),
        ],
        name="generator",
    )


def dcgan_discriminator(image_shape, width=32, depth=2, batch_norm=False, outputs=1):
    """Convolutional discriminator or critic: strides instead of pooling, LeakyReLU(0.2).

    Args:
        image_shape: (height, width, channels); height and width divisible by 4.
        width: Channels of the first map; every further map has twice as many.
        depth: Convolutions, each of stride 2.
        batch_norm: Whether to normalise all maps but the first, as DCGAN does. Not under a gradient
            penalty, which is why the default is off.
        outputs: Logits: one, or one for each class (`ConditionalGAN`, `SemiSupervisedGAN`).

    Raises:
        ValueError: If a size is not a positive integer, or a side is not divisible by 4.
    """
    inputs.check_counts(width=width, depth=depth, outputs=outputs)
    _check_sizes(image_shape=image_shape)
    _check_sides(image_shape)
    stack = []
    for i in range(depth):
        normalised = batch_norm and i > 0
        stack.append(
            layers.Conv2D(width * 2**i, 4, strides=2, padding="same", use_bias=not normalised)
        )
        if normalised:
            stack.append(layers.BatchNormalization())
        stack.append(layers.LeakyReLU(negative_slope=0.2))
    return keras.Sequential(
        [keras.Input(image_shape), *stack, layers.Flatten(), layers.Dense(outputs)],
        name="discriminator",
    )


def unet(image_shape, channels=3, width=32, depth=3):
    """Image to image of the same size: down by strides, up again, with a short cut at each size.

    The short cuts carry edges past the narrow middle, so that what is translated stays in place
    (Ronneberger et al., 2015; as the generator of Isola et al., 2017).

    Args:
        image_shape: (height, width, channels) of the input; both sides divisible by 2 ** depth.
        channels: Channels of the output, tanh.
        width: Channels of the largest maps; each smaller map has twice as many, up to 4 times.
        depth: How often the sides are halved.

    Raises:
        ValueError: If a size is not a positive integer, or a side cannot be halved so often.
    """
    inputs.check_counts(channels=channels, width=width, depth=depth)
    _check_sizes(image_shape=image_shape)
    _check_sides(image_shape, 2**depth)
    x = image = keras.Input(image_shape)
    short_cuts = []
    for i in range(depth):
        short_cuts.append(x)
        x = layers.Conv2D(width * min(2**i, 4), 4, strides=2, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU(negative_slope=0.2)(layers.BatchNormalization()(x))
    for i, short_cut in reversed(list(enumerate(short_cuts))):
        x = layers.Conv2DTranspose(
            width * min(2 ** max(i - 1, 0), 4), 4, strides=2, padding="same", use_bias=False
        )(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Concatenate()([x, short_cut])
    x = layers.Conv2D(channels, 3, padding="same", activation="tanh")(x)
    return keras.Model(image, x, name="generator")


def patch_discriminator(image_shape, width=32, depth=2):
    """Discriminator of patches: a map of logits, each for the part of the image that it sees.

    With depth 2 a logit sees 22 x 22 pixels; what is farther apart is left to the L1 or cycle term
    (Isola et al., 2017).

    Args:
        image_shape: (height, width, channels), both sides divisible by 2 ** depth.
        width: Channels of the first map; every further map has twice as many.
        depth: Convolutions of stride 2 before the one that scores.

    Raises:
        ValueError: If a size is not a positive integer, or a side cannot be halved so often.
    """
    inputs.check_counts(width=width, depth=depth)
    _check_sizes(image_shape=image_shape)
    _check_sides(image_shape, 2**depth)
    stack = []
    for i in range(depth):
        stack.append(layers.Conv2D(width * 2**i, 4, strides=2, padding="same", use_bias=i == 0))
        if i:
            stack.append(layers.BatchNormalization())
        stack.append(layers.LeakyReLU(negative_slope=0.2))
    return keras.Sequential(
        [keras.Input(image_shape), *stack, layers.Conv2D(1, 4, padding="same")],
        name="discriminator",
    )


def draw_latents(n, latent_dim, seed):
    """Latent vectors z ~ N(0, I) outside training: a float32 array (n, latent_dim).

    Args:
        n: How many, at least 1.
        latent_dim: Numbers in each.
        seed: Integer for the same vectors at every call, or a `keras.random.SeedGenerator`, which
            goes on from call to call.

    Raises:
        ValueError: If a number is out of range.
    """
    inputs.check_counts(n=n, latent_dim=latent_dim)
    if not isinstance(seed, keras.random.SeedGenerator):
        inputs.check_counts(0, seed=seed)
        seed = keras.random.SeedGenerator(seed)
    return ops.convert_to_numpy(keras.random.normal((n, latent_dim), seed=seed))


def run_in_batches(network, samples, batch_size=256):
    """The network's output for many samples, in inference mode: a float32 array (n, ...).

    Raises:
        ValueError: If `samples` is no array, or holds no sample.
    """
    inputs.check_counts(batch_size=batch_size)
    if not inputs.shape_of(samples):
        raise ValueError(f"Expected samples (n, ...), got {type(samples).__name__}.")
    if not len(samples):
        raise ValueError(f"There are no samples: the array has the shape {tuple(samples.shape)}.")
    parts = [network(samples[i : i + batch_size]) for i in range(0, len(samples), batch_size)]
    return np.concatenate([np.asarray(ops.convert_to_numpy(part), "float32") for part in parts])


def _dense_stack(widths):
    for width in widths:
        yield layers.Dense(width)
        yield layers.LeakyReLU(negative_slope=0.2)


def _check_sizes(**sizes):
    for name, size in sizes.items():
        if not isinstance(size, (tuple, list)):
            raise ValueError(f"{name}={size!r} must be a tuple of positive integers.")
        for part in size:
            inputs.check_counts(**{f"an entry of {name}": part})


def _check_any(**shapes):
    for name, shape in shapes.items():
        if not shape:
            raise ValueError(f"{name}={shape} must have at least one axis.")


def _check_sides(image_shape, divisor=4):
    if len(image_shape) != 3 or image_shape[0] % divisor or image_shape[1] % divisor:
        raise ValueError(
            f"image_shape={image_shape} must be (height, width, channels) with both sides "
            f"divisible by {divisor}: so often are they halved. Pad or crop the images."
        )
    return image_shape
