"""Wrong answers to the exercises of 09_gan_or_vae_and_reconstruction."""

import numpy as np


def kl_terms(mu, variance):
    return (mu**2 + variance - 1 - np.log(variance)) / 2


def error(x, y):
    return np.square(x - y).mean()


def ridge(W, y, weight):
    return np.linalg.solve(W.T @ W + weight * np.eye(W.shape[1]), W.T @ y)


WRONG = {
    1: {
        "the factor 1/2 is missing": lambda mu, log_variance: (
            2 * kl_terms(mu, np.exp(log_variance)).sum(1)
        ),
        "do not average": lambda mu, log_variance: kl_terms(mu, np.exp(log_variance)).mean(1),
        "you took log s for log s^2": lambda mu, log_variance: kl_terms(
            mu, np.exp(2 * log_variance)
        ).sum(1),
        "s^2 is its exponential": lambda mu, log_variance: kl_terms(mu, log_variance**2).sum(1),
        "the sign is turned round": lambda mu, log_variance: (
            -kl_terms(mu, np.exp(log_variance)).sum(1)
        ),
        "one number for each of the 5 samples": lambda mu, log_variance: kl_terms(
            mu, np.exp(log_variance)
        ).sum(),
    },
    2: {
        "for pixels in [0, 1]": lambda x, y: 10 * np.log10(1 / error(x, y)),
        "you doubled it": lambda x, y: 20 * np.log10(2**2 / error(x, y)),
        "4, not 2": lambda x, y: 10 * np.log10(2 / error(x, y)),
        "turned round": lambda x, y: 10 * np.log10(error(x, y) / 2**2),
        "the logarithm to base 10": lambda x, y: 10 * np.log(2**2 / error(x, y)),
    },
    3: {
        "you left out the prior": lambda x, a, b, tau: ((x - b) / a, (tau / a) ** 2),
        "the variance leaves out the prior": lambda x, a, b, tau: (
            a * (x - b) / (a**2 + tau**2),
            (tau / a) ** 2,
        ),
        "not its root": lambda x, a, b, tau: (
            a * (x - b) / (a**2 + tau**2),
            tau / np.hypot(a, tau),
        ),
        "tau is a spread": lambda x, a, b, tau: (a * (x - b) / (a**2 + tau), tau / (a**2 + tau)),
        "subtract the shift b": lambda x, a, b, tau: (
            a * x / (a**2 + tau**2),
            tau**2 / (a**2 + tau**2),
        ),
    },
    4: {
        "the unknown pixels take part": lambda W, y, known, weight: ridge(W, y, weight),
        "unknown pixels set to 0 still pull": lambda W, y, known, weight: ridge(
            W, np.where(known, y, 0), weight
        ),
        "the prior's weight is missing": lambda W, y, known, weight: ridge(W[known], y[known], 0),
        "2 lambda z": lambda W, y, known, weight: ridge(W[known], y[known], 2 * weight),
        "not their mean": lambda W, y, known, weight: ridge(
            W[known], y[known], weight * known.sum()
        ),
    },
}
