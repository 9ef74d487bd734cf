"""Builders: shapes, ranges, and the sides that they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from gan_keras import networks

RNG = np.random.default_rng(0)


def output(network, x):
    return ops.convert_to_numpy(network(np.asarray(x, "float32")))


@settings(max_examples=8)
@given(
    latent_dim=st.integers(1, 6),
    sides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.sampled_from([1, 3]),
)
def test_generators_and_discriminators_fit_each_other_also_in_numpy_s_integers(
    latent_dim, sides, channels
):
    latent_dim, *shape = np.array([latent_dim, 4 * sides[0], 4 * sides[1], channels])
    for make_g, make_d in (
        (networks.mlp_generator, networks.mlp_discriminator),
        (networks.dcgan_generator, networks.dcgan_discriminator),
    ):
        generator = make_g(latent_dim, tuple(shape), hidden=(np.int64(4),))
        images = output(generator, 1e3 * RNG.normal(size=(2, latent_dim)))  # tanh alone bounds it
        assert images.shape == (2, *shape) and np.abs(images).max() <= 1
        scores = output(make_d(tuple(shape)), 50 * RNG.normal(size=(32, *shape)))
        assert scores.shape == (32, 1)
        assert scores.min() < 0 or scores.max() > 1, "no logits: a sigmoid would keep to (0, 1)"


def test_layers_of_dcgan():
    """Maps double with depth, all but the first are normalized; dense layers come before maps."""
    made = networks.dcgan_discriminator((28, 28, 1), np.int64(4), 3, batch_norm=True, outputs=7)
    kinds = [type(layer).__name__ for layer in made.layers]
    assert [layer.filters for layer in made.layers if hasattr(layer, "filters")] == [4, 8, 16]
    assert kinds.count("BatchNormalization") == 2 and kinds[:2] == ["Conv2D", "LeakyReLU"]
    assert made.output_shape == (None, 7)
    made = networks.dcgan_generator(3, (8, 8, 1), width=4, hidden=(16, 8))
    units = [layer.units for layer in made.layers if hasattr(layer, "units")]
    assert units == [16, 8, 2 * 2 * 8]
    kinds = [type(layer).__name__ for layer in made.layers]
    assert kinds.count("BatchNormalization") == kinds.count("ReLU") == 4  # all but the last


@settings(max_examples=6)
@given(
    depth=st.integers(1, 3),
    sides=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    channels=st.sampled_from([1, 3]),
)
def test_unet_and_patches_keep_to_the_sides(depth, sides, channels):
    shape = (sides[0] * 2**depth, sides[1] * 2**depth, 2)
    images = 1e3 * RNG.normal(size=(2, *shape))
    made = output(networks.unet(shape, channels, width=2, depth=depth), images)
    assert made.shape == (2, *shape[:2], channels) and np.abs(made).max() <= 1
    scores = output(networks.patch_discriminator(shape, 2, depth), images)
    assert scores.shape == (2, *sides, 1)


def test_a_short_cut_leads_each_pixel_to_its_own_place():
    network = networks.unet((16, 16, 1), channels=1, width=2, depth=2)
    spot = np.zeros((1, 16, 16, 1))
    spot[0, 3, 12, 0] = 1
    change = np.abs(output(network, spot) - output(network, 0 * spot))[0, ..., 0]
    assert np.unravel_index(change.argmax(), change.shape) == pytest.approx((3, 12), abs=2)
    for layer in network.layers[:-1]:  # only the short cut to the last layer is left
        layer.set_weights([0 * weight for weight in layer.get_weights()])
    change = np.abs(output(network, spot) - output(network, 0 * spot))[0, ..., 0]
    assert np.argwhere(change).min(axis=0).tolist() == [2, 11]
    assert np.argwhere(change).max(axis=0).tolist() == [4, 13]


def test_a_patch_logit_sees_22_pixels():
    network = networks.patch_discriminator((64, 64, 1), width=2)
    columns = 100 * np.eye(64)[:, None, :, None].repeat(64, axis=1)  # one bright column in each
    change = output(network, columns) - output(network, 0 * columns)
    assert (np.abs(change[:, 8, 8, 0]) > 1e-6).sum() == 22


@pytest.mark.parametrize("build", [networks.unet, networks.patch_discriminator])
def test_sides_that_cannot_be_halved_so_often_are_refused(build):
    for shape in ((28, 30, 1), (20, 28, 1), (32, 32)):
        with pytest.raises(ValueError, match="divisible by 8"):
            build(shape, depth=3)


def test_latent_vectors_are_standard_normal():
    z = networks.draw_latents(4000, 2, seed=1)
    np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=0.05)


def test_many_samples_run_in_parts():
    network = networks.mlp_discriminator((3,), hidden=(4,))
    samples = networks.draw_latents(11, 3, seed=np.int64(0))
    got = networks.run_in_batches(network, samples, batch_size=4)
    np.testing.assert_allclose(got, output(network, samples), atol=1e-6)
    assert got.dtype == np.float32
