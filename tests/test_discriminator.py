"""DiscriminatorOnly: a classifier that ends where the theory says."""

import keras
import numpy as np
import pytest
from keras import ops

import gan_keras as gk
from tests import players


def judge(**options):
    model = gk.DiscriminatorOnly(players.discriminator())
    model.compile(**{"optimizer": keras.optimizers.Adam(3e-3), **options})
    return model


def noise_images(n=64, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, *players.SHAPE)).astype("float32")


def test_tells_waves_from_noise_and_reports_it():
    model = judge()
    model.fit(players.images(256), noise_images(256), batch_size=32, epochs=12, verbose=0)
    result = model.evaluate(players.images(64, 9), noise_images(64, 9), verbose=0, return_dict=True)
    assert set(result) == {"d_loss", "accuracy", "precision", "recall"}
    assert result["accuracy"] > 0.9 and result["d_loss"] < 0.7
    assert model.probabilities(players.images(64)).mean() > 0.7
    assert model.probabilities(noise_images(64)).mean() < 0.3


def test_rates_are_those_of_the_verdicts():
    model = judge()
    real, fake = players.images(48), noise_images(48)
    result = model.evaluate(real, fake, batch_size=48, verbose=0, return_dict=True)
    accepted = [model.probabilities(x) > 0.5 for x in (real, fake)]
    hits, false_alarms = accepted[0].sum(), accepted[1].sum()
    assert result["accuracy"] == pytest.approx((hits + 48 - false_alarms) / 96)
    assert result["recall"] == pytest.approx(hits / 48)
    if hits + false_alarms:
        assert result["precision"] == pytest.approx(hits / (hits + false_alarms))


def test_cannot_tell_a_distribution_from_itself():
    model = judge()
    model.fit(noise_images(512, 1), noise_images(512, 2), batch_size=64, epochs=2, verbose=0)
    result = model.evaluate(noise_images(512, 3), noise_images(512, 4), verbose=0, return_dict=True)
    assert result["accuracy"] == pytest.approx(0.5, abs=0.1)


def test_reaches_p_over_p_plus_q():
    """Reals N(-1, 1), fakes N(1, 1): the best logit is log p/q = -2x."""
    rng = np.random.default_rng(0)
    real, fake = (rng.normal(m, 1, (4096, 1)).astype("float32") for m in (-1, 1))
    model = gk.DiscriminatorOnly(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    model.compile(optimizer=keras.optimizers.Adam(5e-2))
    model.fit(real, fake, batch_size=256, epochs=8, verbose=0)
    x = np.linspace(-1.5, 1.5, 7, dtype="float32")[:, None]
    best = 1 / (1 + np.exp(2 * x[:, 0]))
    np.testing.assert_allclose(model.probabilities(x), best, atol=0.06)


def test_validation_data_are_judged_but_not_learned():
    model = judge()
    history = model.fit(
        players.images(),
        noise_images(),
        validation_data=(players.images(16), noise_images(16)),
        batch_size=16,
        epochs=1,
        verbose=0,
    ).history
    assert {"val_accuracy", "val_d_loss"} <= set(history)
    before = players.values(model.discriminator)
    model.evaluate(players.images(), noise_images(), verbose=0)
    assert players.equal(before, players.values(model.discriminator))


def test_learns_in_training_mode_and_is_judged_in_inference_mode():
    """Dropout draws and BatchNorm's statistics move in a training step, and only there."""
    network = players.noisy_discriminator()
    model = gk.DiscriminatorOnly(network)
    model.compile(keras.optimizers.SGD(0.1), **players.QUICK)
    real, fake = players.images(16), noise_images(16)
    learned = {id(variable) for variable in network.trainable_variables}
    # Two statistics of BatchNorm, and the seeds of the noise and of Dropout.
    unlearned = [variable for variable in network.variables if id(variable) not in learned]
    before = players.values(unlearned)
    model.train_on_batch(real, fake)
    for old, variable in zip(before, players.values(unlearned), strict=True):
        assert not np.array_equal(old, variable)

    before = players.values(network)
    model.reset_metrics()
    judged = model.test_on_batch(real, fake, return_dict=True)["d_loss"]
    assert players.equal(before, players.values(network))
    scores = (ops.convert_to_numpy(network(x, training=False)) for x in (real, fake))
    by_hand = sum(np.logaddexp(0, sign * t).mean() for sign, t in zip((-1, 1), scores, strict=True))
    assert judged == pytest.approx(by_hand, rel=1e-5)
