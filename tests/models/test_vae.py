"""VAE: its two terms are the equation, its bound holds, and it learns to rebuild and to draw."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

import gan_keras as gk
from tests import players

IMAGES = players.images()


def line(noise_std=0.5, **options):
    """A VAE on the line: x = 2 z + 1 + noise, once it is trained."""
    encoder = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    decoder = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model = gk.VAE(encoder, decoder, noise_std=noise_std, **options)
    model.compile(keras.optimizers.Adam(0.02))
    return model


def set_line(model, slope, shift, mu_slope, mu_shift, log_variance):
    model.encoder.set_weights([np.float32([[mu_slope, 0]]), np.float32([mu_shift, log_variance])])
    model.decoder.set_weights([np.float32([[slope]]), np.float32([shift])])


def log_density(x, slope, shift, noise_std):
    """log p(x) of x = slope z + shift + noise, z ~ N(0, 1), by a sum over z on a grid."""
    z = np.linspace(-10, 10, 2001)
    prior = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    error = (x[:, None] - slope * z - shift) / noise_std
    likelihood = np.exp(-(error**2) / 2) / (noise_std * np.sqrt(2 * np.pi))
    return np.log((prior * likelihood).sum(axis=1) * (z[1] - z[0]))


def test_the_terms_are_the_equation():
    model = line()
    set_line(model, slope=2.0, shift=1.0, mu_slope=0.3, mu_shift=-0.2, log_variance=-1.0)
    x = np.float32(np.linspace(-2, 3, 50))[:, None]
    mu, s = 0.3 * x - 0.2, np.exp(-0.5)
    kl = np.mean((mu**2 + s**2 - 1 + 1.0) / 2)
    # E (x - 2 z - 1)^2 for z ~ N(mu, s^2)
    squared = np.mean((x - 2 * mu - 1) ** 2 + 4 * s**2)
    minus_log_p = squared / (2 * 0.5**2) + np.log(0.5 * np.sqrt(2 * np.pi))
    many = ops.convert_to_tensor(np.tile(x, (4000, 1)))
    loss, parts = model.loss_and_parts(many, training=False)
    np.testing.assert_allclose(list(map(float, parts)), [minus_log_p, kl], rtol=0.01)
    assert float(loss) == pytest.approx(sum(map(float, parts)), rel=1e-5)


def test_kl_is_a_sum_over_the_code():
    model = players.vae()
    last = model.encoder.layers[-1]
    mu, log_variance = np.ones(players.LATENT_DIM), np.zeros(players.LATENT_DIM)
    last.set_weights([0 * last.get_weights()[0], np.concatenate([mu, log_variance])])
    _, (_, kl) = model.loss_and_parts(ops.convert_to_tensor(IMAGES), training=False)
    assert float(kl) == pytest.approx(players.LATENT_DIM / 2)


def test_the_bound_is_below_the_likelihood_and_touches_it_at_the_posterior():
    """For a linear decoder the posterior is a Gaussian, N(mu, s^2), that the encoder can give."""
    slope, shift, noise_std = 2.0, 1.0, 0.5
    precision = slope**2 / noise_std**2 + 1
    weight = slope / noise_std**2 / precision
    x = np.float32(np.linspace(-3, 5, 40))[:, None]
    exact = log_density(x[:, 0], slope, shift, noise_std).mean()
    model = line(noise_std)
    many = ops.convert_to_tensor(np.tile(x, (4000, 1)))
    for error, log_variance in ((0.0, -np.log(precision)), (0.3, -np.log(precision)), (0.0, -1.0)):
        set_line(model, slope, shift, weight, error - weight * shift, log_variance)
        bound = -float(model.loss_and_parts(many, training=False)[0])
        if error == 0 and log_variance != -1.0:
            assert bound == pytest.approx(exact, rel=0.01)
        else:
            assert bound < exact - 0.1


def test_trained_on_a_line_its_elbo_is_within_one_percent_of_the_integral():
    shares = (np.arange(2000) + 0.5) / 2000  # no sample that happens to lie aside
    x = stats.norm(1.0, np.sqrt(4 + 0.25)).ppf(shares)[:, None].astype("float32")
    keras.utils.set_random_seed(0)
    model = line()
    # Begun from one place on every backend; each draws other weights from a seed.
    set_line(model, slope=1.0, shift=0.0, mu_slope=0.5, mu_shift=0.0, log_variance=0.0)
    model.fit(x, batch_size=100, epochs=20, verbose=0)
    (slope,), (shift,) = model.decoder.get_weights()
    exact = log_density(x[:, 0], slope[0], shift, 0.5).mean()
    elbo = -model.evaluate(np.tile(x, (20, 1)), batch_size=4000, verbose=0, return_dict=True)[
        "loss"
    ]
    assert elbo == pytest.approx(exact, rel=0.01)
    assert abs(slope[0]) == pytest.approx(2.0, rel=0.1) and shift == pytest.approx(1.0, abs=0.15)


def test_it_learns_to_rebuild_and_reports_nats():
    keras.utils.set_random_seed(0)
    model = players.vae(noise_std=0.3)
    model.compile(keras.optimizers.Adam(5e-3))
    before = np.square(model.reconstruct(IMAGES) - IMAGES).mean()
    history = model.fit(
        IMAGES, batch_size=8, epochs=12, verbose=0, validation_data=(players.images(16, 9),)
    ).history
    after = np.square(model.reconstruct(IMAGES) - IMAGES).mean()
    assert after < before / 2
    assert history["val_loss"][-1] < history["val_loss"][0]
    total = np.add(history["reconstruction"], history["kl"])
    np.testing.assert_allclose(history["loss"], total, rtol=1e-4)
    assert min(history["kl"]) >= 0


def test_samples_have_the_shape_of_the_data_and_repeat_with_a_seed():
    model = players.vae()
    assert model.generate(5, seed=1).shape == (5, *players.SHAPE)
    np.testing.assert_array_equal(model.generate(5, seed=1), model.generate(5, seed=1))
    assert np.abs(model.generate(5) - model.generate(5)).max() > 0
    assert model.encode(IMAGES).shape == (64, players.LATENT_DIM)
    with pytest.raises(ValueError, match="n=0"):
        model.generate(0)


def test_it_learns_in_training_mode_and_is_judged_in_inference_mode():
    """The statistics of the decoder's BatchNorm move in a training step, and only there."""
    model = players.vae(**players.QUICK)
    statistics = model.decoder.non_trainable_variables
    before = players.values(statistics)
    model.test_on_batch(IMAGES[:16])
    assert players.equal(before, players.values(statistics))
    model.train_on_batch(IMAGES[:16])
    assert not any(map(np.array_equal, before, players.values(statistics)))


def test_a_call_rebuilds():
    model = players.vae()
    rebuilt = ops.convert_to_numpy(model(IMAGES[:4]))
    np.testing.assert_allclose(rebuilt, model.reconstruct(IMAGES[:4]), atol=1e-5)


def test_configuration_survives_saving(tmp_path):
    players.vae(noise_std=0.7).save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").noise_std == 0.7


def test_validation_data_are_checked_as_the_samples_are():
    with pytest.raises(ValueError, match="lie in"):
        players.vae().fit(IMAGES, validation_data=((IMAGES + 1) * 127.5,), verbose=0)
