"""Our two layers against what they must equal."""

import keras
import numpy as np
import pytest
from keras import ops

from gan_keras import layers
from gan_keras.engine import autodiff


def inputs(shape, seed=0):
    return np.random.default_rng(seed).normal(2.0, 3.0, size=shape).astype("float32")


@pytest.mark.parametrize("shape", [(4, 7), (4, 3, 3, 5)])
def test_layer_normalization_equals_keras_going_forward(shape):
    x = inputs(shape)
    ours, theirs = layers.LayerNormalization(), keras.layers.LayerNormalization()
    for layer in (ours, theirs):
        layer.build(shape)
        layer.set_weights([inputs(shape[-1:], seed=1), inputs(shape[-1:], seed=2)])
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(x)), ops.convert_to_numpy(theirs(x)), atol=1e-5
    )


def spectral_dense(units=4, size=6):
    layer = layers.SpectralNormalization(keras.layers.Dense(units))
    layer.build((None, size))
    return layer


def test_spectral_normalization_divides_by_the_largest_singular_value():
    layer = spectral_dense()
    x = inputs((5, 6))
    for _ in range(50):  # power iteration
        layer(x, training=True)
    kernel = ops.convert_to_numpy(layer.layer.kernel)
    sigma = np.linalg.svd(kernel, compute_uv=False)[0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x)), x @ kernel / sigma, rtol=1e-3, atol=1e-4
    )


def test_spectral_normalization_leaves_kernel_alone_and_moves_u_in_training_only():
    layer = spectral_dense()
    kernel, u = (ops.convert_to_numpy(v).copy() for v in (layer.layer.kernel, layer.u))
    layer(inputs((5, 6)))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.u), u)
    layer(inputs((5, 6)), training=True)
    assert np.abs(ops.convert_to_numpy(layer.u) - u).max() > 0
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.layer.kernel), kernel)
    assert not any(variable is layer.u for variable in layer.trainable_variables)


def test_spectral_normalization_differentiates_sigma_with_its_vectors_held_fixed():
    """Of sum(x W / sigma), sigma = v W u: x^T 1 / sigma - sum(x W) / sigma^2 v^T u, in float64."""
    layer = spectral_dense()
    x, kernel = inputs((5, 6)), np.float64(ops.convert_to_numpy(layer.layer.kernel))
    v = np.float64(ops.convert_to_numpy(layer.u)) @ kernel.T
    v /= np.linalg.norm(v)
    u = v @ kernel / np.linalg.norm(v @ kernel)
    sigma = (v @ kernel * u).sum()
    expected = x.sum(0)[:, None] / sigma - (x @ kernel).sum() / sigma**2 * v.T @ u
    _, (gradient,) = autodiff.value_and_gradients(lambda: ops.sum(layer(x)), [layer.layer.kernel])
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), expected, rtol=1e-3, atol=1e-3)


def test_spectral_normalization_of_a_convolution():
    layer = layers.SpectralNormalization(keras.layers.Conv2D(3, 3))
    assert layer(inputs((2, 8, 8, 1)), training=True).shape == (2, 6, 6, 3)


def test_layers_survive_saving(tmp_path):
    network = keras.Sequential(
        [
            keras.Input((6,)),
            layers.SpectralNormalization(keras.layers.Dense(4)),
            layers.LayerNormalization(epsilon=1e-5),
        ]
    )
    network.save(tmp_path / "network.keras")
    restored = keras.models.load_model(tmp_path / "network.keras")
    x = inputs((3, 6))
    np.testing.assert_array_equal(network.predict(x, verbose=0), restored.predict(x, verbose=0))
    assert restored.layers[-1].epsilon == 1e-5
