"""ConditionalGAN: which logit a label picks, and that it learns which class is which."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from tests import players

IMAGES, LABELS = players.images(), players.labels()


def one_hot(labels, classes=2):
    return ops.convert_to_tensor(np.eye(classes, dtype="float32")[labels])


def test_the_label_picks_its_logit():
    model = players.conditional()
    x = ops.convert_to_tensor(IMAGES[:6])
    logits = ops.convert_to_numpy(model.scores(x))
    labels = np.array([0, 1, 1, 0, 1, 0])
    got = ops.convert_to_numpy(model.scores_as(x, one_hot(labels)))
    np.testing.assert_allclose(got[:, 0], logits[np.arange(6), labels], rtol=1e-6)


def test_its_losses_are_the_gans_on_the_picked_logits():
    model = players.conditional()
    real, fake = (ops.convert_to_tensor(players.images(8, seed)) for seed in (1, 2))
    y = one_hot(LABELS[:8])
    picked = [ops.convert_to_numpy(model.scores_as(x, y)) for x in (real, fake)]
    d_loss = np.log1p(np.exp(-picked[0])).mean() + np.log1p(np.exp(picked[1])).mean()
    assert float(model.discriminator_loss(real, fake, y)) == pytest.approx(d_loss, rel=1e-5)
    g_loss = np.log1p(np.exp(-picked[1])).mean()
    assert float(model.generator_loss(real, fake, y)) == pytest.approx(g_loss, rel=1e-5)


def test_fakes_are_asked_for_the_labels_of_the_batch():
    seen = []

    class Spy(gk.ConditionalGAN):
        def fakes(self, z, y):
            seen.append(np.hstack([ops.convert_to_numpy(x) for x in (z, y)]))
            return super().fakes(z, y)

    model = players.conditional(run_eagerly=True)
    spy = players.compiled(Spy(model.generator, model.discriminator, 2), run_eagerly=True)
    spy.train_on_batch(IMAGES[:16], LABELS[:16])
    np.testing.assert_array_equal(seen[0][:, -2:], np.eye(2)[LABELS[:16]])
    assert len({tuple(row) for row in seen[0][:, :-2].round(6)}) == 16  # noise of their own


def test_it_learns_which_class_is_which():
    """Two points of the line: class 0 at -0.6, class 1 at +0.6."""
    keras.utils.set_random_seed(0)
    labels = np.arange(3200) % 2
    noise = np.random.default_rng(0).normal(0, 0.05, size=(3200, 1))
    points = (1.2 * labels[:, None] - 0.6 + noise).astype("float32")
    model = gk.ConditionalGAN(
        gk.networks.mlp_generator(2 + 2, (1,), hidden=(32,), activation=None),
        keras.Sequential(
            [keras.Input((1,)), keras.layers.Dense(32, "leaky_relu"), keras.layers.Dense(2)]
        ),
        classes=2,
        seed=0,
        averaging=0.99,
    )
    model.compile(keras.optimizers.Adam(2e-3, 0.5), keras.optimizers.Adam(2e-3, 0.5))
    model.fit(points, labels, batch_size=64, epochs=8, verbose=0)
    for label, place in ((0, -0.6), (1, 0.6)):
        samples = model.generate(300, labels=label, seed=1)
        assert abs(samples.mean() - place) < 0.25
    ordered = model.generate(300, seed=1)
    assert ordered[1::2].mean() - ordered[::2].mean() > 0.8  # None counts through the classes


def test_generate_draws_what_is_asked_for():
    model = players.conditional()
    both = model.generate(4, labels=np.array([0, 1, 0, 1]), seed=3)
    np.testing.assert_array_equal(both, model.generate(4, seed=3))
    zeros = model.generate(4, labels=0, seed=3)
    np.testing.assert_allclose(zeros[::2], both[::2], atol=1e-6)
    assert np.abs(zeros[1::2] - both[1::2]).max() > 1e-4
