"""WGAN-GP: fresh images for every critic step, weights per sample, and the slope that it holds."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from gan_keras import penalties
from gan_keras.engine import autodiff
from tests import players


def test_every_critic_step_sees_fresh_images():
    seen = []

    class Spy(gk.WGANGP):
        def critic_step(self, real, fake):
            seen.append((ops.convert_to_numpy(real), ops.convert_to_numpy(fake)))
            return super().critic_step(real, fake)

    model = players.compiled(
        Spy(players.generator(), players.discriminator(), critic_steps=3), run_eagerly=True
    )
    batch = players.images(12)
    model.train_on_batch(batch)
    np.testing.assert_array_equal(np.concatenate([real for real, _ in seen]), batch)
    fakes = [fake for _, fake in seen]
    assert len(fakes) == 3 and np.abs(fakes[0] - fakes[1]).max() > 0


def test_steps_are_counted_by_player():
    model = players.wgan_gp(critic_steps=3, **players.QUICK)
    model.fit(players.images(48), batch_size=8, epochs=1, verbose=0)
    assert int(model.g_optimizer.iterations) == 2
    assert int(model.d_optimizer.iterations) == 6


def test_alpha_is_uniform_and_one_per_sample(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        penalties, "gradient_penalty", lambda critic, real, fake, alpha: drawn.append(alpha) or 0.0
    )
    model = players.wgan_gp(critic_steps=1, run_eagerly=True)
    model.train_on_batch(players.images(64))
    alpha = ops.convert_to_numpy(drawn[0])
    assert alpha.shape == (64, 1, 1, 1)
    assert alpha.min() >= 0 and alpha.max() <= 1 and alpha.std() > 0.15


def test_critic_loss_is_wasserstein_plus_weighted_penalty(monkeypatch):
    model = players.wgan_gp()
    free = gk.WGANGP(model.generator, model.critic, penalty_weight=0.0, seed=5)
    real, fake = players.images(8, seed=1), players.images(8, seed=2)
    critic = model.critic
    scores = [float(ops.mean(critic(x))) for x in (real, fake)]
    assert float(free.critic_loss(real, fake)) == pytest.approx(scores[1] - scores[0], abs=1e-5)
    halves = ops.full((8, 1, 1, 1), 0.5)
    monkeypatch.setattr(autodiff, "uniform", lambda shape, seed: halves)
    penalty = float(penalties.gradient_penalty(model.scores, real, fake, halves))
    assert penalty > 0.1
    expected = scores[1] - scores[0] + 10.0 * penalty
    assert float(model.critic_loss(real, fake)) == pytest.approx(expected, abs=1e-4)


def test_the_losses_are_the_mean_of_the_critics_and_minus_the_score_of_the_last_fakes():
    seen = []

    class Spy(gk.WGANGP):
        def critic_step(self, real, fake):
            seen.append(float(super().critic_step(real, fake)))
            self.last = fake
            return ops.convert_to_tensor(seen[-1])

    model = Spy(players.generator(), players.discriminator(), critic_steps=3)
    logs = players.compiled(model, run_eagerly=True).train_on_batch(
        players.images(12), return_dict=True
    )
    assert logs["d_loss"] == pytest.approx(np.mean(seen), rel=1e-5)
    assert logs["g_loss"] == pytest.approx(-float(ops.mean(model.scores(model.last))), rel=1e-4)


def test_penalty_holds_the_slope_and_the_loss_estimates_the_distance():
    """Two clouds a distance of 1 apart: W1 = 1, and a 1-Lipschitz critic finds it."""
    data = gk.toy.Mixture(means=[[1.0, 0.0]], std=0.02).sample(2560, seed=0)
    generator = gk.networks.mlp_generator(2, (2,), hidden=(8,), activation=None)
    for variable in generator.trainable_variables:
        variable.assign(np.zeros(variable.shape))  # all fakes at the origin
    model = gk.WGANGP(generator, gk.networks.mlp_discriminator((2,), (64,)), critic_steps=5)
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(3e-3, beta_1=0.0, beta_2=0.9))
    model.fit(data, batch_size=32, epochs=12, verbose=0)
    scores = [float(ops.mean(model.critic(np.float32(x)))) for x in (data, np.zeros((100, 2)))]
    assert scores[0] - scores[1] == pytest.approx(1.0, abs=0.15)


def test_the_optimizers_are_the_papers_unless_others_are_given():
    model = gk.WGANGP(players.generator(), players.discriminator())
    model.compile()
    for adam in (model.g_optimizer, model.d_optimizer):
        assert float(adam.learning_rate) == pytest.approx(1e-4)
        assert (adam.beta_1, adam.beta_2) == (0.0, 0.9)


def test_a_batch_that_cannot_be_split_is_refused():
    model = players.wgan_gp(critic_steps=3)
    with pytest.raises(ValueError, match="4 real samples .* 3 critic steps"):
        model.fit((players.images(n) for n in (6, 4)), verbose=0)
    with pytest.raises(ValueError, match="4 real samples .* 3 critic steps"):
        model.train_on_batch(players.images(4))


def test_batchnorm_in_the_critic_is_refused():
    with pytest.raises(ValueError, match="BatchNormalization"):
        gk.WGANGP(players.generator(), players.noisy_discriminator())
