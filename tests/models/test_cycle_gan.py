"""CycleGAN: its losses are the equations, each optimizer moves its own, and it learns a mapping."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from tests import players

IMAGES = players.images()


def test_losses_are_the_equations():
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
    names = model.network_names
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


def test_each_discriminator_sees_its_set_and_the_fakes_of_it():
    seen = []

    class Spy(gk.CycleGAN):
        def discriminator_loss(self, *images):
            seen.extend(map(ops.convert_to_numpy, images))
            return super().discriminator_loss(*images)

    model = players.cycle_gan()
    networks = [getattr(model, name) for name in model.network_names]
    a, b = IMAGES[:8], players.images(8, seed=1)
    fakes = [net(x, training=True) for net, x in ((model.b_to_a, b), (model.a_to_b, a))]
    fakes = [ops.convert_to_numpy(fake) for fake in fakes]
    players.compiled(Spy(*networks), run_eagerly=True).train_on_batch(a, b)
    for got, expected in zip(seen, (a, b, *fakes), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5)


def of_each_pixel(generates):
    """A network of one pixel at a time.

    A generator begins as the identity: from elsewhere it may learn to invert the waves, too.
    """
    x = keras.Input(players.SHAPE)
    hidden = keras.layers.Conv2D(8, 1, activation="leaky_relu")(x)
    start = "zeros" if generates else "glorot_uniform"
    y = keras.layers.Conv2D(1, 1, kernel_initializer=start)(hidden)
    return keras.Model(x, x + y if generates else y)


def test_it_learns_a_mapping_without_pairs():
    """A is dark, B is bright; wave and place must come through."""
    keras.utils.set_random_seed(0)
    a, b = 0.5 * IMAGES - 0.4, 0.5 * players.images(48, seed=3) + 0.4
    nets = [of_each_pixel(generates) for generates in (True, True, False, False)]
    model = players.compiled(
        gk.CycleGAN(*nets, cycle_weight=1.0, identity_weight=0.0, seed=0),
        g_optimizer=keras.optimizers.Adam(1e-2, 0.5),
        d_optimizer=keras.optimizers.Adam(1e-2, 0.5),
        loss="least_squares",
    )
    model.fit(a, b, batch_size=16, epochs=50, verbose=0)
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


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="shapes known in part")
def test_networks_of_any_size_train_on_images_of_one():
    def network(last):
        x = keras.Input((None, None, 1))
        hidden = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(x)
        return keras.Model(x, keras.layers.Conv2D(1, 3, padding="same", activation=last)(hidden))

    nets = [network("tanh"), network("tanh"), network(None), network(None)]
    model = players.compiled(gk.CycleGAN(*nets), **players.QUICK)
    assert np.isfinite(model.fit(IMAGES, -IMAGES, verbose=0).history["g_loss"]).all()
