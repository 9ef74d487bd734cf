"""Wrong answers to the exercises of 07_keeping_training_stable."""

import numpy as np


def norm(gradients):
    return np.sqrt(sum(np.square(g).sum() for g in gradients))


def average(weights, momenta):
    mean = weights[0]
    for weight, k in zip(weights[1:], momenta, strict=True):
        mean = k * mean + (1 - k) * weight
    return mean


def warm(weights, m, first=1):
    return [min(m, (1 + i) / (10 + i)) for i in range(first, first + len(weights) - 1)]


WRONG = {
    1: {
        "each array by its own norm": lambda gradients, c: [
            g * min(1, c / np.linalg.norm(g)) for g in gradients
        ],
        "you normalise": lambda gradients, c: [g * c / norm(gradients) for g in gradients],
        "of the shapes that came in": lambda gradients, c: (
            np.concatenate([g.ravel() for g in gradients]) / norm(gradients)
        ),
    },
    2: {
        "that is the norm": lambda w, b, x: np.linalg.norm(w),
        "the mean squared score": lambda w, b, x: np.square(x @ w + b).mean(),
        "the half belongs to gamma / 2": lambda w, b, x: w @ w / 2,
        "you differentiated by the weights w": lambda w, b, x: np.square(x).sum(1).mean(),
    },
    3: {
        "the warm-up is missing": lambda weights, m: average(weights, [m] * (len(weights) - 1)),
        "m and 1 - m are exchanged": lambda weights, m: average(
            weights, [1 - k for k in warm(weights, m)]
        ),
        "count the steps from 1": lambda weights, m: average(weights, warm(weights, m, first=0)),
    },
}
