"""Image translation: the losses are the equations, the networks fit, and both learn a mapping."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import gan_keras as gk
from tests import players

IMAGES, TARGETS = players.images(), players.targets()


def unet(channels_in=1, channels=1):
    return gk.networks.unet((8, 8, channels_in), channels, width=4, depth=2)


def softplus(x):
    return np.log1p(np.exp(x))


# Pix2Pix.


def test_pix2pix_losses_are_the_equations():
    model = players.pix2pix(l1_weight=7.0)
    x, y, made = (ops.convert_to_tensor(a[:6]) for a in (IMAGES, TARGETS, 0.5 * TARGETS[::-1]))
    real, fake = (ops.convert_to_numpy(model.scores(x, image)) for image in (y, made))
    assert real.shape == (6, 2, 2, 1)
    d_loss = softplus(-real).mean() + softplus(fake).mean()
    assert float(model.discriminator_loss(x, y, made)) == pytest.approx(d_loss, rel=1e-5)
    l1 = np.abs(ops.convert_to_numpy(y) - ops.convert_to_numpy(made)).mean()
    g_loss = softplus(-fake).mean() + 7.0 * l1
    assert float(model.generator_loss(x, y, made)) == pytest.approx(g_loss, rel=1e-5)


def test_the_discriminator_sees_source_and_target():
    model = players.pix2pix()
    x, y = ops.convert_to_tensor(IMAGES[:4]), ops.convert_to_tensor(TARGETS[:4])
    scores = ops.convert_to_numpy(model.scores(x, y))
    for other in (model.scores(0 * x, y), model.scores(x, 0 * y)):
        assert np.abs(ops.convert_to_numpy(other) - scores).max() > 1e-4


def test_pix2pix_learns_the_negative():
    keras.utils.set_random_seed(0)
    model = players.compiled(
        players.pix2pix(),
        g_optimizer=keras.optimizers.Adam(1e-2, 0.5),
        d_optimizer=keras.optimizers.Adam(1e-3, 0.5),
    )
    before = model.evaluate(IMAGES, TARGETS)["l1"]
    model.fit(IMAGES, TARGETS, batch_size=8, epochs=25, verbose=0)
    assert model.evaluate(players.images(32, 7), players.targets(32, 7))["l1"] < before / 3
    assert model.translate(IMAGES[:3]).shape == (3, 8, 8, 2)


def test_pairs_stay_together_when_shuffled():
    seen = []

    class Spy(gk.Pix2Pix):
        def pairs(self, data):
            seen.append(super().pairs(data))
            return seen[-1]

    model = players.pix2pix()
    spy = players.compiled(Spy(model.generator, model.discriminator), run_eagerly=True)
    spy.fit(IMAGES, TARGETS, batch_size=16, verbose=0)
    assert len(seen) == 4
    for x, y in seen:
        np.testing.assert_array_equal(ops.convert_to_numpy(x), ops.convert_to_numpy(y)[..., :1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((IMAGES, None), "two arrays: fit\\(sources, targets\\).*CycleGAN"),
        ((IMAGES, TARGETS[:60]), r"\[64, 60\].*equally long"),
        ((IMAGES, IMAGES), r"\(8, 8, 2\), got \(8, 8, 1\)"),
        ((IMAGES[:, :4], TARGETS), r"\(8, 8, 1\)"),
        ((IMAGES, TARGETS * 9), "scale_pixels"),
        ((IMAGES * 9, TARGETS), "scale_pixels"),
        ((IMAGES, np.abs(TARGETS)), "x \\* 2 - 1"),
        ((IMAGES, (TARGETS * 99).astype("int32")), "Scale pixels"),
    ],
)
def test_data_that_are_no_pairs_are_refused(data, message):
    model = players.pix2pix()
    with pytest.raises(ValueError, match=message):
        model.fit(*data, batch_size=16, verbose=0)
    assert int(model.g_optimizer.iterations) == 0


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a tf.data.Dataset")
def test_both_sides_of_a_data_set_are_checked():
    def batches(*arrays):
        return tf.data.Dataset.from_tensor_slices(arrays).batch(16, drop_remainder=True)

    model = players.pix2pix()
    model.fit(batches(IMAGES, TARGETS), verbose=0)
    with pytest.raises(ValueError, match="scale_pixels"):
        model.fit(batches(IMAGES, 9 * TARGETS), verbose=0)


# CycleGAN.


def test_cycle_gan_losses_are_the_equations():
    model = players.cycle_gan()
    model.cycle_weight, model.identity_weight = 3.0, 2.0
    a, b = (ops.convert_to_tensor(players.images(6, seed)) for seed in (1, 2))

    def run(network, images):
        return ops.convert_to_numpy(network(images, training=True))

    fake_a, fake_b = run(model.b_to_a, b), run(model.a_to_b, a)
    t_a, t_b = run(model.a_discriminator, fake_a), run(model.b_discriminator, fake_b)
    a_, b_ = ops.convert_to_numpy(a), ops.convert_to_numpy(b)
    adversarial = 0.5 * ((t_a - 1) ** 2).mean() + 0.5 * ((t_b - 1) ** 2).mean()
    cycle = np.abs(run(model.b_to_a, fake_b) - a_).mean()
    cycle += np.abs(run(model.a_to_b, fake_a) - b_).mean()
    identity = np.abs(run(model.b_to_a, a) - a_).mean() + np.abs(run(model.a_to_b, b) - b_).mean()
    expected = adversarial + 3.0 * cycle + 2.0 * identity
    assert float(model.generator_loss(a, b)) == pytest.approx(expected, rel=1e-4)
    real_a, real_b = run(model.a_discriminator, a), run(model.b_discriminator, b)
    d_loss = sum(((t - 1) ** 2).mean() / 2 for t in (real_a, real_b))
    d_loss += sum((t**2).mean() / 2 for t in (t_a, t_b))
    got = float(model.discriminator_loss(a, b, fake_a, fake_b))
    assert got == pytest.approx(d_loss, rel=1e-4)


def test_each_optimizer_moves_its_own_two_networks():
    model = players.cycle_gan(run_eagerly=True)
    names = model.networks_by_name
    model.d_optimizer.learning_rate = 0.0
    before = {name: players.values(getattr(model, name).trainable_variables) for name in names}
    model.train_on_batch(IMAGES[:8], IMAGES[8:16])
    moved = {
        name: not players.equal(
            before[name], players.values(getattr(model, name).trainable_variables)
        )
        for name in names
    }
    assert list(moved.values()) == [True, True, False, False]


def test_cycle_gan_learns_a_mapping_without_pairs():
    """A is dark, B is bright; wave and place must come through."""
    keras.utils.set_random_seed(0)
    a, b = 0.5 * IMAGES - 0.4, 0.5 * players.images(48, seed=3) + 0.4
    model = players.compiled(
        players.cycle_gan(),
        g_optimizer=keras.optimizers.Adam(5e-3, 0.5),
        d_optimizer=keras.optimizers.Adam(2e-3, 0.5),
        loss="least_squares",
    )
    model.fit(a, b, batch_size=8, epochs=75, verbose=0)
    held_out = 0.5 * players.images(32, seed=9) - 0.4
    made = model.translate(held_out)
    assert made.mean() == pytest.approx(0.4, abs=0.15)
    errors = model.evaluate(held_out, held_out + 0.8)
    assert set(errors) == {"cycle_a", "cycle_b", "identity_a", "identity_b"}
    assert errors["cycle_a"] < 0.15
    assert np.corrcoef(made.ravel(), held_out.ravel())[0, 1] > 0.7


def test_evaluate_measures_both_ways():
    model = players.cycle_gan()
    a, b = players.images(6, 1), players.images(6, 2)
    errors = model.evaluate(a, b)
    assert errors["cycle_b"] == pytest.approx(
        np.abs(model.translate(model.translate_back(b)) - b).mean(), rel=1e-5
    )
    assert errors["identity_a"] == pytest.approx(np.abs(model.translate_back(a) - a).mean())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((IMAGES, None), "two arrays.*need not be pairs"),
        ((IMAGES, IMAGES[:, :4]), "shape"),
        ((IMAGES, IMAGES * np.nan), "NaN"),
        ((IMAGES[:4], IMAGES[:6]), "6 samples, and a step takes 16"),
    ],
)
def test_sets_that_cannot_be_trained_on_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        players.cycle_gan().fit(*data, batch_size=16, verbose=0)


@pytest.mark.parametrize("make", [players.pix2pix, players.cycle_gan])
def test_validation_is_refused(make):
    with pytest.raises(ValueError, match="validation"):
        make().fit(IMAGES, IMAGES, validation_data=(IMAGES, IMAGES), verbose=0)
