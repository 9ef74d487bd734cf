"""Wrong answers to the exercises of 01_the_discriminator."""

import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def by_way_of_d(t, y):
    return -np.mean(y * np.log(sigmoid(t)) + (1 - y) * np.log(1 - sigmoid(t)))


def step(w, b, x, targets, learning_rate):
    """A step of gradient descent on the mean cross-entropy."""
    error = sigmoid(x @ w + b) - targets
    return w - learning_rate * x.T @ error / len(x), b - learning_rate * error.mean()


def without_smoothing(w, b, real, fake, s, learning_rate):
    return smoothed(w, b, real, fake, 1.0, learning_rate)


def two_sided(w, b, real, fake, s, learning_rate):
    x, targets = np.concatenate([real, fake]), np.repeat([s, 1 - s], [len(real), len(fake)])
    return step(w, b, x, targets, learning_rate)


def smoothed(w, b, real, fake, s, learning_rate):
    """The right step; its inputs are what the answers below get wrong."""
    x, targets = np.concatenate([real, fake]), np.repeat([s, 0.0], [len(real), len(fake)])
    return step(w, b, x, targets, learning_rate)


def uphill(w, b, real, fake, s, learning_rate):
    return smoothed(w, b, real, fake, s, -learning_rate)


def exchanged(w, b, real, fake, s, learning_rate):
    return smoothed(w, b, fake, real, s, learning_rate)


def two_means(w, b, real, fake, s, learning_rate):
    return smoothed(w, b, real, fake, s, 2 * learning_rate)


def summed(w, b, real, fake, s, learning_rate):
    return smoothed(w, b, real, fake, s, learning_rate * (len(real) + len(fake)))


def b_forgotten(w, b, real, fake, s, learning_rate):
    return smoothed(w, b, real, fake, s, learning_rate)[0], b


WRONG = {
    1: {
        "the sign is wrong": lambda t, y: np.mean(y * t - np.logaddexp(0, t)),
        "take the mean": lambda t, y: np.sum(np.logaddexp(0, t) - y * t),
        "not an array of shape": lambda t, y: np.logaddexp(0, t) - y * t,
        "labels exchanged": lambda t, y: np.mean(np.logaddexp(0, t) - (1 - y) * t),
        "a double sigmoid": lambda t, y: np.mean(np.logaddexp(0, sigmoid(t)) - y * sigmoid(t)),
        "Do not go by way of D": by_way_of_d,
    },
    2: {
        "real_share is not used": lambda p, q, real_share: p / (p + q),
        "the share of fakes, 1 − real_share, is missing": lambda p, q, real_share: (
            real_share * p / (real_share * p + q)
        ),
        "shares exchanged": lambda p, q, real_share: (
            (1 - real_share) * p / ((1 - real_share) * p + real_share * q)
        ),
        "multiplies the densities, not the answer": lambda p, q, real_share: (
            real_share * p / (p + q)
        ),
        "the probability of fake": lambda p, q, real_share: (
            (1 - real_share) * q / (real_share * p + (1 - real_share) * q)
        ),
    },
    3: {
        "smoothing is not used": without_smoothing,
        "labels exchanged": exchanged,
        "the sum of two means": two_means,
        "the sum over samples": summed,
        "w is right, b is not": b_forgotten,
        "both sides are smoothed": two_sided,
        "you walked uphill": uphill,
    },
}
