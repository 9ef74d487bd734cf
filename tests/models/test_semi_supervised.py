"""SemiSupervisedGAN: its losses are the equations, and images without a label help."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from tests import players

IMAGES, LABELS = players.images(), players.labels()


def test_probabilities_and_realness_come_from_the_same_logits():
    model = players.semi_supervised()
    logits = ops.convert_to_numpy(model.discriminator(IMAGES[:5]))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.probabilities(IMAGES[:5]), shares, rtol=1e-5)
    z = np.exp(logits).sum(axis=1)
    model.scores = lambda samples: model.discriminator(samples)  # without noise
    d = ops.convert_to_numpy(ops.sigmoid(model.realness(IMAGES[:5])))
    np.testing.assert_allclose(d, z / (z + 1), rtol=1e-5)


def test_its_losses_are_the_equations():
    model = players.semi_supervised()
    model.scores = lambda samples: model.discriminator(samples)
    real, fake, labelled = (ops.convert_to_tensor(players.images(8, s)) for s in (1, 2, 3))
    labels = LABELS[:8]
    logits = [ops.convert_to_numpy(model.discriminator(x)) for x in (real, fake, labelled)]
    t_real, t_fake = (np.log(np.exp(x).sum(axis=1)) for x in logits[:2])
    p = model.probabilities(players.images(8, 3))[np.arange(8), labels]
    d_loss = -np.log(p).mean() + np.log1p(np.exp(-t_real)).mean() + np.log1p(np.exp(t_fake)).mean()
    got = float(model.discriminator_loss(real, fake, labelled, labels))
    assert got == pytest.approx(d_loss, rel=1e-4)


def test_matching_means_is_all_that_its_generator_wants():
    model = players.semi_supervised()
    model.discriminator.layers[1].stddev = 0.0
    x = ops.convert_to_tensor(IMAGES[:8])
    assert float(model.generator_loss(ops.flip(x, 0), x)) == pytest.approx(0.0, abs=1e-9)
    last = model.discriminator.layers[-1]
    features = keras.Model(model.discriminator.inputs, last.input)
    means = [ops.convert_to_numpy(features(v)).mean(axis=0) for v in (0 * x, x)]
    expected = np.square(means[0] - means[1]).mean()
    assert float(model.generator_loss(0 * x, x)) == pytest.approx(expected, rel=1e-4) != 0


def test_images_without_a_label_help():
    """Two rings of points cannot be told apart by four labels; all points together show them."""
    chance = np.random.default_rng(0)
    n = 1600
    truth = np.arange(n) % 2
    angles = chance.uniform(0, np.pi, n)
    centre = np.array([[-0.35, -0.12], [0.35, 0.12]])[truth]  # two half moons
    points = np.stack([np.cos(angles), np.sin(angles) * np.where(truth, -1, 1)], axis=1) * 0.6
    points = (points + centre + chance.normal(0, 0.03, (n, 2))).astype("float32")
    labels = np.full(n, -1)
    labels[:20] = truth[:20]
    keras.utils.set_random_seed(0)
    model = gk.SemiSupervisedGAN(
        gk.networks.mlp_generator(2, (2,), hidden=(32, 32), activation=None),
        keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(64, "leaky_relu"),
                keras.layers.Dense(64, "leaky_relu"),
                keras.layers.Dense(2),
            ]
        ),
        classes=2,
        seed=0,
    )
    model.compile(keras.optimizers.Adam(2e-3, 0.5), keras.optimizers.Adam(2e-3, 0.5))
    model.fit(points, labels, batch_size=100, epochs=20, verbose=0)
    assert (model.probabilities(points).argmax(axis=1) == truth).mean() > 0.95


def test_it_needs_a_label_and_takes_more_images_than_labels():
    model = players.semi_supervised()
    with pytest.raises(ValueError, match="No image has a label"):
        model.fit(IMAGES, np.full(64, -1), batch_size=16, verbose=0)
    with pytest.raises(ValueError, match="-2 to"):
        model.fit(IMAGES, np.full(64, -2), batch_size=16, verbose=0)
    few = np.where(np.arange(64) < 3, LABELS, -1)  # fewer labels than a batch
    model.fit(IMAGES, few, batch_size=16, verbose=0)
    assert int(model.g_optimizer.iterations) == 4
