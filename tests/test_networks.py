"""Builders: shapes, ranges, and the sizes that they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from gan_keras import networks


@settings(max_examples=8)
@given(
    latent_dim=st.integers(1, 6),
    sides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.sampled_from([1, 3]),
)
def test_generators_and_discriminators_fit_each_other(latent_dim, sides, channels):
    shape = (4 * sides[0], 4 * sides[1], channels)
    z = np.random.default_rng(0).normal(size=(2, latent_dim)).astype("float32")
    for make_g, make_d in (
        (networks.mlp_generator, networks.mlp_discriminator),
        (networks.dcgan_generator, networks.dcgan_discriminator),
    ):
        images = ops.convert_to_numpy(make_g(latent_dim, shape)(z))
        assert images.shape == (2, *shape) and np.abs(images).max() <= 1
        assert make_d(shape)(images).shape == (2, 1)


def test_discriminators_give_logits():
    """A sigmoid would keep every score within (0, 1)."""
    for network in (networks.mlp_discriminator((8, 8, 1)), networks.dcgan_discriminator((8, 8, 1))):
        scores = ops.convert_to_numpy(
            network(np.random.default_rng(0).normal(size=(32, 8, 8, 1)) * 50)
        )
        assert scores.min() < 0 or scores.max() > 1


@pytest.mark.parametrize("shape", [(28, 30, 1), (27, 28, 1), (28, 28), (32,)])
def test_sides_that_two_strides_cannot_halve_are_refused(shape):
    with pytest.raises(ValueError, match="image_shape"):
        networks.dcgan_generator(8, shape)
    with pytest.raises(ValueError, match="image_shape"):
        networks.dcgan_discriminator(shape)


def test_deeper_discriminators_double_their_maps_and_normalise_all_but_the_first():
    network = networks.dcgan_discriminator((28, 28, 1), width=4, depth=3, batch_norm=True)
    kinds = [type(layer).__name__ for layer in network.layers]
    convolution, batch_norm = "Conv2D", "BatchNormalization"
    assert [layer.filters for layer in network.layers if hasattr(layer, "filters")] == [4, 8, 16]
    assert kinds.count(batch_norm) == 2 and kinds[:2] == [convolution, "LeakyReLU"]
    assert kinds[2:4] == [convolution, batch_norm]


def test_hidden_layers_of_the_generator_come_before_its_maps():
    network = networks.dcgan_generator(3, (8, 8, 1), width=4, hidden=(16, 8))
    units = [layer.units for layer in network.layers if hasattr(layer, "units")]
    assert units == [16, 8, 2 * 2 * 8]


@settings(max_examples=6)
@given(
    depth=st.integers(1, 3),
    sides=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    channels=st.sampled_from([1, 3]),
)
def test_unet_and_patches_keep_to_the_sides(depth, sides, channels):
    shape = (sides[0] * 2**depth, sides[1] * 2**depth, 2)
    images = np.random.default_rng(0).normal(size=(2, *shape)).astype("float32")
    made = ops.convert_to_numpy(networks.unet(shape, channels, width=2, depth=depth)(images))
    assert made.shape == (2, *shape[:2], channels) and np.abs(made).max() <= 1
    assert networks.patch_discriminator(shape, 2, depth)(images).shape == (2, *sides, 1)


def test_a_short_cut_leads_each_pixel_to_its_own_place():
    network = networks.unet((16, 16, 1), channels=1, width=2, depth=2)
    spot = np.zeros((1, 16, 16, 1), "float32")
    spot[0, 3, 12, 0] = 1.0
    change = np.abs(ops.convert_to_numpy(network(spot) - network(0 * spot)))[0, ..., 0]
    assert np.unravel_index(change.argmax(), change.shape) == pytest.approx((3, 12), abs=2)


def test_a_patch_logit_sees_22_pixels():
    network = networks.patch_discriminator((64, 64, 1), width=2)
    image = np.zeros((1, 64, 64, 1), "float32")
    seen = []
    for column in range(64):
        spot = image.copy()
        spot[0, :, column] = 100.0
        difference = ops.convert_to_numpy(network(spot) - network(image))
        seen.append(abs(difference[0, 8, 8, 0]) > 1e-6)
    assert sum(seen) == 22


@pytest.mark.parametrize("build", [networks.unet, networks.patch_discriminator])
@pytest.mark.parametrize("shape", [(28, 30, 1), (20, 28, 1), (32, 32)])
def test_sides_that_cannot_be_halved_so_often_are_refused(build, shape):
    with pytest.raises(ValueError, match="divisible by 8"):
        build(shape, depth=3)


def test_a_discriminator_gives_as_many_logits_as_asked_for():
    network = networks.dcgan_discriminator((8, 8, 1), width=2, outputs=7)
    assert network.output_shape == (None, 7)
    with pytest.raises(ValueError, match="outputs"):
        networks.dcgan_discriminator((8, 8, 1), outputs=0)


def test_many_samples_run_in_parts():
    network = networks.mlp_discriminator((3,), hidden=(4,))
    samples = np.random.default_rng(0).normal(size=(11, 3)).astype("float32")
    got = networks.run_in_batches(network, samples, batch_size=4)
    np.testing.assert_allclose(got, ops.convert_to_numpy(network(samples)), atol=1e-6)
    assert got.dtype == np.float32
