"""Inversion finds the latent vectors of a generator's own images, whole or damaged."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk


@pytest.fixture(scope="module")
def generator():
    """Images of 64 pixels, sums of three waves whose heights are z, squashed."""
    network = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(64, "tanh"), keras.layers.Reshape((8, 8, 1))]
    )
    t = np.linspace(0, 1, 64)
    waves = np.stack([np.sin(2 * np.pi * k * t + k) for k in (1, 2, 3)])
    network.set_weights([0.5 * waves.astype("float32"), np.zeros(64, "float32")])
    return network


@pytest.fixture(scope="module")
def z():
    return np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def test_own_images_are_rebuilt(generator, z):
    images = np.asarray(ops.convert_to_numpy(generator(z)))
    found = gk.invert(generator, images, steps=150, starts=2)
    rebuilt = np.asarray(ops.convert_to_numpy(generator(found)))
    assert np.square(rebuilt - images).mean() < 1e-4
    np.testing.assert_allclose(found, z, atol=0.1)


def test_the_hidden_half_is_filled_in(generator, z):
    images = np.asarray(ops.convert_to_numpy(generator(z)))
    found = gk.invert(generator, images[:, :4], lambda x: x[:, :4], steps=150, starts=4)
    rebuilt = np.asarray(ops.convert_to_numpy(generator(found)))
    assert np.square(rebuilt - images).mean() < 1e-3


def test_more_starts_are_never_worse(generator, z):
    images = np.asarray(ops.convert_to_numpy(generator(z)))

    def error(starts):
        found = gk.invert(generator, images, steps=3, starts=starts)
        return np.square(ops.convert_to_numpy(generator(found)) - images).mean(axis=(1, 2, 3))

    assert error(starts=8).mean() < error(starts=1).mean()


def test_the_prior_pulls_towards_zero(generator, z):
    images = np.asarray(ops.convert_to_numpy(generator(z)))
    free, held = (gk.invert(generator, images, steps=80, prior_weight=w) for w in (0.0, 0.3))
    assert np.square(held).mean() < 0.7 * np.square(free).mean()


def test_the_generator_is_left_alone(generator, z):
    before = generator.get_weights()
    gk.invert(generator, np.zeros((1, 8, 8, 1), "float32"), steps=3)
    assert all(np.array_equal(a, b) for a, b in zip(before, generator.get_weights(), strict=True))
