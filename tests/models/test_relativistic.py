"""RelativisticGAN: its two losses are the equations, and it keeps both sides of the data."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from gan_keras import penalties
from tests import players


def test_losses_are_the_equations():
    model = players.relativistic()
    model.penalty_weight = 3.0
    real, fake = players.images(6, 1), players.images(6, 2) * 0.5
    t_real, t_fake = (ops.convert_to_numpy(model.discriminator(x)) for x in (real, fake))
    squares = [
        float(penalties.r1(model.discriminator, ops.convert_to_tensor(x))) for x in (real, fake)
    ]
    d_loss = np.log1p(np.exp(t_fake - t_real)).mean() + 3.0 / 2 * sum(squares)
    g_loss = np.log1p(np.exp(t_real - t_fake)).mean()
    real, fake = ops.convert_to_tensor(real), ops.convert_to_tensor(fake)
    assert float(model.discriminator_loss(real, fake)) == pytest.approx(d_loss, rel=1e-5)
    assert float(model.generator_loss(real, fake)) == pytest.approx(g_loss, rel=1e-5)


def test_equal_players_pay_log_2_each():
    model = players.relativistic()
    model.discriminator.set_weights([0 * w for w in model.discriminator.get_weights()])
    same = ops.convert_to_tensor(players.images(4))
    assert float(model.discriminator_loss(same, same)) == pytest.approx(np.log(2))
    assert float(model.generator_loss(same, same)) == pytest.approx(np.log(2))


def test_it_finds_both_modes_of_a_line():
    keras.utils.set_random_seed(0)
    world = gk.toy.Mixture([[-0.7], [0.7]], std=0.05)
    model = gk.RelativisticGAN(
        gk.networks.mlp_generator(2, (1,), hidden=(32, 32), activation=None),
        gk.networks.mlp_discriminator((1,), hidden=(32, 32)),
        penalty_weight=0.1,
        seed=0,
        averaging=0.99,
    )
    model.compile(keras.optimizers.Adam(2e-3, 0.0, 0.9), keras.optimizers.Adam(2e-3, 0.0, 0.9))
    model.fit(world.sample(6400, seed=0), batch_size=64, epochs=8, verbose=0)
    samples = model.generate(2000, seed=1)
    assert world.coverage(samples).modes == 2
    assert abs(samples.mean()) < 0.15 and world.coverage(samples).high_quality > 0.6


@pytest.mark.parametrize("weight", [-1.0, float("nan")])
def test_penalty_weight_out_of_range_is_refused(weight):
    with pytest.raises(ValueError, match="penalty_weight"):
        gk.RelativisticGAN(players.generator(), players.discriminator(), penalty_weight=weight)


def test_batchnorm_is_refused_under_the_penalty_alone():
    with pytest.raises(ValueError, match="BatchNormalization"):
        gk.RelativisticGAN(players.generator(), players.noisy_discriminator())
    gk.RelativisticGAN(players.generator(), players.noisy_discriminator(), penalty_weight=0.0)


def test_penalty_weight_survives_saving(tmp_path):
    model = players.relativistic()
    model.penalty_weight = 0.3
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert restored.penalty_weight == 0.3 and restored.averaging == 0.9
