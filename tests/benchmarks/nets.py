"""The nets that all steps are measured on: those of Keras's documented DCGAN, 28x28."""

import keras
from keras import layers

LATENT_DIM, IMAGE_SHAPE = 128, (28, 28, 1)


def generator():
    """128 numbers to 28x28: two transposed convolutions of 128 channels."""
    return keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 128),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(1, 7, padding="same", activation="tanh"),
        ]
    )


def discriminator():
    """28x28 to one logit: two strided convolutions of 64 and 128 channels."""
    return keras.Sequential(
        [
            keras.Input(IMAGE_SHAPE),
            layers.Conv2D(64, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(128, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )


def multiplications(network):
    """Multiplications of one forward pass of one sample, in convolutions and dense layers."""
    total = 0
    for layer in network.layers:
        if isinstance(layer, layers.Conv2DTranspose):
            total += layer.kernel.shape.num_elements() * _places(layer.input)
        elif isinstance(layer, layers.Conv2D):
            total += layer.kernel.shape.num_elements() * _places(layer.output)
        elif isinstance(layer, layers.Dense):
            total += layer.kernel.shape.num_elements()
    return total


def _places(tensor):
    return tensor.shape[1] * tensor.shape[2]
