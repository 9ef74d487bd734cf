"""What all two-player models share: construction, noise, sampling."""

import copy

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from gan_keras.engine import autodiff
from tests import players


def build(output=(4, 4, 1), judged=(4, 4, 1)):
    return gk.networks.mlp_generator(3, output), gk.networks.mlp_discriminator(judged)


def flat(images):
    """The simplest features."""
    return images.reshape(len(images), -1)[:, ::8]


def test_evaluate_measures_samples_against_real_ones(capsys):
    real = players.images(100)
    model = players.gan()
    scores = model.evaluate(real, flat, seed=1)
    report = gk.metrics.report(real, model.generate(50, seed=1), flat, seed=1)
    assert scores == report.scores
    assert capsys.readouterr().out == f"{report}\n"
    assert "50 fakes against 50 real · features: flat" in str(report)
    assert model.evaluate(real, flat, seed=1, verbose=0) == scores  # and draws no noise of its own
    assert not capsys.readouterr().out


# Averaged weights.


def test_the_average_follows_the_generator_by_its_momentum():
    model = players.gan(averaging=0.3, **players.QUICK)
    expected = players.values(model.averaged_generator.weights)
    assert players.equal(expected, players.values(model.generator.weights))
    for step in range(1, 6):  # from the third on, the momentum is that which was asked for
        model.train_on_batch(players.images(16))
        m = min(0.3, (1 + step) / (10 + step))
        expected = [
            m * old + (1 - m) * new
            for old, new in zip(expected, players.values(model.generator.weights), strict=True)
        ]
    for got, value in zip(model.averaged_generator.weights, expected, strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(got), value, atol=1e-5)


def test_samples_come_from_the_average_and_training_does_not_see_it():
    averaged = players.with_sgd(players.gan(averaging=0.99, **players.QUICK))
    plain = players.with_sgd(players.gan(**players.QUICK))
    plain.generator.set_weights(averaged.generator.get_weights())
    plain.discriminator.set_weights(averaged.discriminator.get_weights())
    for model in (averaged, plain):
        model.fit(players.images(), batch_size=16, epochs=2, verbose=0)
    assert players.close(players.values(averaged.generator), players.values(plain.generator))
    z = np.asarray(keras.random.normal((5, players.LATENT_DIM), seed=keras.random.SeedGenerator(1)))
    samples = averaged.generate(5, seed=1)
    np.testing.assert_allclose(samples, averaged.averaged_generator(z), atol=1e-6)
    assert np.abs(samples - plain.generate(5, seed=1)).max() > 1e-3


def test_generate_gives_n_samples_in_range(n=300):
    samples = players.gan().generate(n)
    assert samples.shape == (n, *players.SHAPE) and samples.dtype == np.float32
    assert np.abs(samples).max() <= 1


def test_generate_with_a_seed_repeats_and_without_goes_on():
    model = players.gan()
    np.testing.assert_array_equal(model.generate(4, seed=1), model.generate(4, seed=1))
    assert np.abs(model.generate(4) - model.generate(4)).max() > 0
    np.testing.assert_allclose(
        model.generate(10, seed=1, batch_size=3), model.generate(10, seed=1), atol=1e-6
    )


def test_noise_is_standard_normal():
    z = ops.convert_to_numpy(players.gan().noise(4000))
    assert z.shape == (4000, players.LATENT_DIM)
    np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=0.05)


def test_the_pieces_of_a_step_run_in_training_mode():
    """Called without training=True, BatchNorm would keep its first statistics for ever."""
    model = players.gan()
    for piece, player in (
        (lambda: model.fakes(model.noise(8)), model.generator),
        (lambda: model.scores(players.images(8)), model.discriminator),
    ):
        means = [v for v in player.non_trainable_variables if "moving_mean" in v.path]
        assert means and not any(np.abs(value).max() for value in players.values(means))
        piece()
        assert all(np.abs(value).max() > 0 for value in players.values(means))


def test_predict_and_a_call_draw_what_generate_draws():
    model = players.gan(averaging=0.9)
    model.fit(players.images(), batch_size=8, epochs=2, verbose=0)
    z = np.random.default_rng(0).normal(size=(3, players.LATENT_DIM)).astype("float32")
    drawn = model.samples_of(z)
    assert np.abs(drawn - ops.convert_to_numpy(model.generator(z))).max() > 1e-3
    np.testing.assert_allclose(model.predict(z, verbose=0), drawn, atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(model(z)), drawn, atol=1e-6)


def test_optimizers_that_average_the_weights_leave_the_averages():
    ema = {"use_ema": True, "ema_momentum": 0.5}
    optimizers = [keras.optimizers.SGD(0.1, **ema), keras.optimizers.SGD(0.1)]
    model, seen = players.gan(), []
    model.compile(*optimizers, **players.QUICK)

    class See(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if keras.backend.backend() == "jax":
                self.model.jax_state_sync()
            seen.append(players.values(model.generator.trainable_variables))

    model.fit(players.images(), batch_size=16, verbose=0, callbacks=[See()])
    average = seen[0]
    for weights in seen[1:]:
        average = [0.5 * a + 0.5 * w for a, w in zip(average, weights, strict=True)]
    for got, mean in zip(players.values(model.generator.trainable_variables), average, strict=True):
        np.testing.assert_allclose(got, mean, atol=1e-6)
    assert max(np.abs(m - w).max() for m, w in zip(average, seen[-1], strict=True)) > 1e-4


def test_both_losses_are_running_means_of_the_epoch():
    model = players.gan(**players.QUICK)
    seen = []
    model.fit(
        players.images(),
        batch_size=16,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs))
        ],
    )
    assert len(seen) == 4 and set(seen[0]) == {"d_loss", "g_loss"}


def test_compiled_again_it_trains_with_the_new_optimizers():
    model = players.gan(run_eagerly=True)
    model.train_on_batch(players.images(16))
    old = model.g_optimizer, model.d_optimizer
    players.compiled(model, run_eagerly=True)
    before = players.values(model.trainable_variables)
    model.train_on_batch(players.images(16))
    assert not players.equal(before, players.values(model.trainable_variables))
    assert [int(o.iterations) for o in (*old, model.g_optimizer, model.d_optimizer)] == [1] * 4


def test_configuration_survives_saving(tmp_path):
    model = players.wgan_gp(critic_steps=3)
    restored = gk.WGANGP.from_config(model.get_config())
    assert (restored.critic_steps, restored.penalty_weight, restored.seed) == (3, 10.0, 5)
    assert players.gan(loss="hinge").get_compile_config()["loss"] == "hinge"


def test_a_loss_that_a_file_cannot_hold_is_given_again(tmp_path):
    mine = gk.losses.AdversarialLoss("mine", gk.losses.hinge_discriminator_loss, keras.ops.mean)
    players.gan(loss=mine).save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="compile=False"):
        keras.models.load_model(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras", compile=False)
    restored.compile(loss=mine)


def test_a_smoothed_loss_comes_back_with_its_optimizers(tmp_path):
    model = players.gan(loss=gk.losses.with_label_smoothing(0.8), **players.QUICK)
    model.fit(players.images(), batch_size=32, verbose=0)
    model.save(tmp_path / "model.keras")
    for restored in (keras.models.load_model(tmp_path / "model.keras"), copy.deepcopy(model)):
        assert players.equal(players.state(restored), players.state(model))
        one, two = np.float32([[2.0]]), np.float32([[-1.0]])
        losses = [float(m.loss_pair.discriminator(one, two)) for m in (restored, model)]
        assert losses[0] == losses[1] > float(gk.losses.get("minimax").discriminator(one, two))


@pytest.mark.skipif(
    tuple(map(int, keras.version().split(".")[:2])) < (3, 15),
    reason="before 3.15, Keras's learning-rate callbacks know one optimizer only",
)
def test_learning_rate_callbacks_reach_both_players():
    model = players.gan(**players.QUICK)
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model.fit(players.images(), batch_size=16, verbose=0, callbacks=[schedule])
    for optimizer in (model.g_optimizer, model.d_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(5e-4)


def test_the_optimizers_are_those_of_dcgan_unless_others_are_given():
    model, given = gk.GAN(*build()), [keras.optimizers.SGD(0.1) for _ in range(2)]
    model.compile()
    for adam in (model.g_optimizer, model.d_optimizer):
        assert float(adam.learning_rate) == pytest.approx(2e-4) and adam.beta_1 == 0.5
    model.compile(*given)
    assert [model.g_optimizer, model.d_optimizer] == given
    model.compile("adam", "adam")
    assert model.g_optimizer is not model.d_optimizer


def test_a_rate_is_one_players():
    optimizer = players.gan().optimizer
    with pytest.raises(AttributeError, match="g_optimizer"):
        print(optimizer.learning_rate)
    with pytest.raises(AttributeError, match="g_optimizer"):
        optimizer.learning_rate = 1e-5


def test_a_callers_networks_are_the_models_own():
    generator, discriminator = build()
    model = gk.GAN(generator, discriminator)
    assert model.generator is generator and model.discriminator is discriminator
    assert model.latent_dim == 3


def test_a_subclass_may_draw_other_noise():
    class Uniform(gk.GAN):
        def noise(self, batch_size):
            return 2 * autodiff.uniform((batch_size, self.latent_dim), self.noise_seed) - 1

    model = players.compiled(Uniform(*build((8, 8, 1), (8, 8, 1)), seed=1), **players.QUICK)
    model.fit(players.images(16), batch_size=16, verbose=0)
    assert model.generate(2, seed=0).shape == (2, 8, 8, 1)
