"""Pix2Pix: its losses are the equations, pairs stay pairs, and it learns a mapping."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import gan_keras as gk
from tests import players

IMAGES, TARGETS = players.images(), players.targets()


def softplus(x):
    return np.log1p(np.exp(x))


def test_pix2pix_losses_are_the_equations():
    model = players.pix2pix(l1_weight=7.0)
    x, y, made = (ops.convert_to_tensor(a[:6]) for a in (IMAGES, TARGETS, 0.5 * TARGETS[::-1]))
    real, fake = (ops.convert_to_numpy(model.pair_scores(x, image)) for image in (y, made))
    assert real.shape == (6, 2, 2, 1)
    d_loss = softplus(-real).mean() + softplus(fake).mean()
    assert float(model.discriminator_loss(y, made, x)) == pytest.approx(d_loss, rel=1e-5)
    l1 = np.abs(ops.convert_to_numpy(y) - ops.convert_to_numpy(made)).mean()
    g_loss = softplus(-fake).mean() + 7.0 * l1
    assert float(model.generator_loss(y, made, x)) == pytest.approx(g_loss, rel=1e-5)


def test_the_discriminator_sees_source_and_target():
    model = players.pix2pix()
    x, y = ops.convert_to_tensor(IMAGES[:4]), ops.convert_to_tensor(TARGETS[:4])
    scores = ops.convert_to_numpy(model.pair_scores(x, y))
    for other in (model.pair_scores(0 * x, y), model.pair_scores(x, 0 * y)):
        assert np.abs(ops.convert_to_numpy(other) - scores).max() > 1e-4


def test_pix2pix_learns_the_negative():
    keras.utils.set_random_seed(0)
    model = players.compiled(
        players.pix2pix(),
        g_optimizer=keras.optimizers.Adam(1e-2, 0.5),
        d_optimizer=keras.optimizers.Adam(1e-3, 0.5),
    )
    before = model.evaluate(IMAGES, TARGETS)["l1"]
    model.fit(IMAGES, TARGETS, batch_size=8, epochs=12, verbose=0)
    assert model.evaluate(players.images(32, 7), players.targets(32, 7))["l1"] < before / 3
    assert model.translate(IMAGES[:3]).shape == (3, 8, 8, 2)


def test_pairs_stay_together_when_shuffled():
    seen = []

    class Spy(gk.Pix2Pix):
        def batch(self, data):
            seen.append(super().batch(data))
            return seen[-1]

    model = players.pix2pix()
    spy = players.compiled(Spy(model.generator, model.discriminator), run_eagerly=True)
    spy.fit(IMAGES, TARGETS, batch_size=16, verbose=0)
    assert len(seen) == 4
    for y, x in seen:
        np.testing.assert_array_equal(ops.convert_to_numpy(x), ops.convert_to_numpy(y)[..., :1])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a tf.data.Dataset")
def test_both_sides_of_a_data_set_are_checked():
    def batches(*arrays):
        return tf.data.Dataset.from_tensor_slices(arrays).batch(16, drop_remainder=True)

    model = players.pix2pix(**players.QUICK)
    model.fit(batches(IMAGES, TARGETS), verbose=0)
    with pytest.raises(ValueError, match="scale_pixels"):
        model.fit(batches(IMAGES, 9 * TARGETS), verbose=0)
