"""Losses against the textbook formulas in float64, and the laws they obey."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from keras import ops

from gan_keras import losses
from gan_keras.engine import autodiff

LOGITS = arrays(np.float32, (6, 1), elements=st.floats(-15, 15, width=32))


def sigmoid(t):
    return 1 / (1 + np.exp(-np.float64(t)))


def log_d(t):
    return np.log(sigmoid(t))


def log_not_d(t):
    return np.log(1 / (1 + np.exp(np.float64(t))))


DISCRIMINATOR = {
    "minimax": lambda r, f: -log_d(r).mean() - log_not_d(f).mean(),
    "non_saturating": lambda r, f: -log_d(r).mean() - log_not_d(f).mean(),
    "least_squares": lambda r, f: ((r - 1.0) ** 2).mean() / 2 + (f**2.0).mean() / 2,
    "hinge": lambda r, f: np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(),
    "wasserstein": lambda r, f: f.mean() - r.mean(),
}
GENERATOR = {
    "minimax": lambda f: log_not_d(f).mean(),
    "non_saturating": lambda f: -log_d(f).mean(),
    "least_squares": lambda f: ((f - 1.0) ** 2).mean() / 2,
    "hinge": lambda f: -f.mean(),
    "wasserstein": lambda f: -f.mean(),
}


def value(tensor):
    return float(ops.convert_to_numpy(tensor))


def test_every_listed_loss_has_a_reference():
    assert set(losses.LOSSES) == set(DISCRIMINATOR) == set(GENERATOR)


@pytest.mark.parametrize("name", losses.LOSSES)
@given(real=LOGITS, fake=LOGITS)
def test_discriminator_losses_equal_the_formulas(name, real, fake):
    got = value(losses.LOSSES[name].discriminator(real, fake))
    expected = DISCRIMINATOR[name](np.float64(real), np.float64(fake))
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", losses.LOSSES)
@given(fake=LOGITS)
def test_generator_losses_equal_the_formulas(name, fake):
    got = value(losses.LOSSES[name].generator(fake))
    np.testing.assert_allclose(got, GENERATOR[name](np.float64(fake)), rtol=1e-5, atol=1e-5)


@given(real=LOGITS, fake=LOGITS)
def test_relativistic_loss_depends_on_differences_alone(real, fake):
    got = value(losses.relativistic_loss(real, fake))
    expected = -np.log(sigmoid(np.float64(real) - np.float64(fake))).mean()
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)
    shifted = value(losses.relativistic_loss(real + 3, fake + 3))
    np.testing.assert_allclose(got, shifted, rtol=1e-4, atol=1e-4)


@given(real=LOGITS, fake=LOGITS)
def test_minimax_is_zero_sum_but_for_the_real_term(real, fake):
    pair = losses.LOSSES["minimax"]
    total = value(pair.discriminator(real, fake)) + value(pair.generator(fake))
    np.testing.assert_allclose(total, -log_d(real).mean(), rtol=1e-5, atol=1e-5)


def test_values_at_an_undecided_discriminator():
    half = np.zeros((4, 1), "float32")
    pair = losses.LOSSES["non_saturating"]
    assert value(pair.discriminator(half, half)) == pytest.approx(2 * np.log(2))
    assert value(pair.generator(half)) == pytest.approx(np.log(2))
    assert value(losses.LOSSES["minimax"].generator(half)) == pytest.approx(-np.log(2))


@pytest.mark.parametrize("name", losses.LOSSES)
def test_very_sure_logits_stay_finite(name):
    sure = np.float32([[-1e4], [1e4]])
    pair = losses.LOSSES[name]
    assert np.isfinite(value(pair.discriminator(sure, sure)))
    assert np.isfinite(value(pair.generator(sure)))


@pytest.mark.parametrize("logit", [-10.0, -1.0, 0.0, 1.0, 10.0])
def test_slopes_of_saturating_and_non_saturating_loss(logit):
    d = sigmoid(logit)
    logits = ops.convert_to_tensor(np.float32([[logit]]))
    _, saturating = autodiff.input_gradients(losses.saturating_generator_loss, logits)
    _, non_saturating = autodiff.input_gradients(losses.non_saturating_generator_loss, logits)
    assert value(ops.squeeze(saturating)) == pytest.approx(-d, rel=1e-4)
    assert value(ops.squeeze(non_saturating)) == pytest.approx(-(1 - d), rel=1e-4)


@given(target=st.floats(0.51, 0.99))
def test_smoothing_makes_the_best_logit_finite(target):
    best = np.log(target / (1 - target))
    loss = losses.with_label_smoothing(target).discriminator

    def real_part(t):
        return value(loss(np.float32([[t]]), np.float32([[-30.0]])))

    assert real_part(best) <= min(real_part(best - 0.5), real_part(best + 0.5)) + 1e-6


def test_a_smoothed_pair_is_known_by_its_name():
    smoothed, real, fake = losses.with_label_smoothing(0.8), np.float32([[2.0]]), np.float32([[0]])
    again = losses.get(smoothed.name)
    assert float(again.discriminator(real, fake)) == float(smoothed.discriminator(real, fake))
    assert again.name == smoothed.name and again.generator is smoothed.generator


@pytest.mark.parametrize("target", [1.05, 0.5, 0.0, -0.1, float("nan")])
def test_targets_that_are_no_smoothing_are_refused(target):
    with pytest.raises(ValueError, match="real_target"):
        losses.with_label_smoothing(target)


def test_a_target_above_one_would_be_unbounded():
    loss = [
        value(losses.cross_entropy_discriminator_loss(np.float32([[t]]), [[-30.0]], 1.05))
        for t in (5, 20, 100, 1000)
    ]
    assert loss == sorted(loss, reverse=True) and loss[-1] < -49


def test_a_pair_of_your_own_is_taken_as_it_is():
    own = losses.AdversarialLoss("own", lambda r, f: 0.0, lambda f: 0.0)
    assert losses.get(own) is own
