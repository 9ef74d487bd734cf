"""GAN: each player learns from its own gradient alone, and training works."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from gan_keras import losses
from gan_keras.engine import autodiff
from tests import players


def trained_step(model, data=None):
    """Weights before and after one step, by player."""
    before = [players.values(p.trainable_variables) for p in (model.generator, model.discriminator)]
    model.train_on_batch(players.images(16) if data is None else data)
    after = [players.values(p.trainable_variables) for p in (model.generator, model.discriminator)]
    return before, after


def frozen():
    """An optimizer that takes steps of size zero."""
    return keras.optimizers.SGD(0.0)


@pytest.mark.parametrize("make", [players.gan, players.wgan_gp, players.relativistic])
@pytest.mark.parametrize("still", ["g_optimizer", "d_optimizer"])
def test_a_players_step_leaves_the_other_alone_bit_for_bit(make, still):
    before, after = trained_step(make(**{still: frozen()}, **players.QUICK))
    kept, moved = (0, 1) if still == "g_optimizer" else (1, 0)
    assert players.equal(before[kept], after[kept])
    assert not players.equal(before[moved], after[moved])


class Fed(gk.GAN):
    """A GAN whose noise is given."""

    def noise(self, batch_size):
        return self.given


def plain_step(model, real, z, learning_rate):
    """One step of SGD written out with two separate generator passes, the textbook way."""
    pair = losses.LOSSES["non_saturating"]
    generator, discriminator = model.generator, model.discriminator
    fake = ops.stop_gradient(generator(z, training=True))
    d_loss, gradients = autodiff.value_and_gradients(
        lambda: pair.discriminator(
            discriminator(real, training=True), discriminator(fake, training=True)
        ),
        discriminator.trainable_variables,
    )
    for variable, gradient in zip(discriminator.trainable_variables, gradients, strict=True):
        variable.assign(variable - learning_rate * gradient)
    g_loss, gradients = autodiff.value_and_gradients(
        lambda: pair.generator(discriminator(generator(z, training=True), training=True)),
        generator.trainable_variables,
    )
    for variable, gradient in zip(generator.trainable_variables, gradients, strict=True):
        variable.assign(variable - learning_rate * gradient)
    return float(d_loss), float(g_loss)


def test_one_generator_pass_equals_the_textbook_step_with_two():
    rate, real = 0.1, ops.convert_to_tensor(players.images(16))
    z = ops.convert_to_tensor(np.random.default_rng(0).normal(size=(16, 4)).astype("float32"))
    ours = Fed(players.generator(), players.discriminator())
    ours.given = z
    ours.compile(keras.optimizers.SGD(rate), keras.optimizers.SGD(rate))
    plain = gk.GAN(players.generator(), players.discriminator())
    plain.set_weights(ours.get_weights())
    logs = ours.train_on_batch(players.images(16), return_dict=True)
    d_loss, g_loss = plain_step(plain, real, z, rate)
    assert logs["d_loss"] == pytest.approx(d_loss, abs=1e-5)
    assert logs["g_loss"] == pytest.approx(g_loss, abs=1e-5)
    for a, b in zip(
        players.values(ours.trainable_variables),
        players.values(plain.trainable_variables),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_every_loss_trains(name):
    model = players.gan(loss=name, **players.QUICK)
    history = model.fit(players.images(), batch_size=32, epochs=1, verbose=0).history
    assert set(history) == {"d_loss", "g_loss"}
    assert np.isfinite([history["d_loss"], history["g_loss"]]).all()


def test_a_variant_overrides_one_method():
    class WithR1(gk.GAN):
        def discriminator_loss(self, real, fake):
            plain = super().discriminator_loss(real, fake)
            return plain + 5.0 * gk.penalties.r1(self.scores, real)

    args = players.generator(), players.discriminator()
    plain, with_r1 = (
        players.compiled(cls(*args, seed=5), **players.QUICK) for cls in (gk.GAN, WithR1)
    )
    weights = plain.get_weights()
    d_plain = plain.train_on_batch(players.images(16), return_dict=True)["d_loss"]
    plain.set_weights(weights)
    d_r1 = with_r1.train_on_batch(players.images(16), return_dict=True)["d_loss"]
    assert d_r1 > d_plain


def test_learns_to_move_points_to_the_data():
    """A broken sign, a swapped label or a frozen player leaves the points where they began."""
    data = gk.toy.Mixture(means=[[1.2, -0.8]], std=0.1).sample(1024, seed=0)
    model = gk.GAN(
        gk.networks.mlp_generator(2, (2,), hidden=(32,), activation=None),
        gk.networks.mlp_discriminator((2,), hidden=(32,)),
        seed=0,
    )
    model.compile(keras.optimizers.Adam(3e-3, beta_1=0.5), keras.optimizers.Adam(3e-3, beta_1=0.5))
    start = np.linalg.norm(model.generate(500, seed=1).mean(0) - [1.2, -0.8])
    model.fit(data, batch_size=128, epochs=30, verbose=0)
    end = np.linalg.norm(model.generate(500, seed=1).mean(0) - [1.2, -0.8])
    assert end < 0.3 < 1.0 < start


@pytest.mark.parametrize("options", [{"steps_per_execution": 2}, {"jit_compile": True}], ids=str)
def test_the_options_of_keras_work(options):
    if autodiff.BACKEND == "torch" and "steps_per_execution" in options:
        pytest.skip("Keras allows one step a call on PyTorch")
    generator = gk.networks.mlp_generator(2, (2,), hidden=(4,))
    model = gk.GAN(generator, gk.networks.mlp_discriminator((2,), hidden=(4,)))
    points = gk.toy.ring().sample(64, seed=0)
    history = players.compiled(model, **options).fit(points, batch_size=8, verbose=0).history
    assert np.isfinite([history["d_loss"], history["g_loss"]]).all()
