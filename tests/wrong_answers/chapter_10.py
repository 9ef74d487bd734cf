"""Wrong answers to the exercises of 10_image_translation."""

import numpy as np

RED, GREEN = 0.299, 0.587


def l1(u, v):
    return np.abs(u - v).mean()


def cycles(a, b, G, F):
    return l1(F(G(a)), a) + l1(G(F(b)), b)


def identities(a, b, G, F):
    return l1(G(b), b) + l1(F(a), a)


def median(values, p):
    order = np.argsort(values)
    return values[order][np.searchsorted(np.cumsum(p[order]), 0.5)]


WRONG = {
    1: {
        "that keeps r + g + b": lambda rgb, t: rgb + np.array([t, -t, 0]),
        "upside down": lambda rgb, t: rgb + np.array([t, -t * GREEN / RED, 0]),
        "green must darken": lambda rgb, t: rgb + np.array([t, t * RED / GREEN, 0]),
    },
    2: {
        "the two are exchanged": lambda values, p: (median(values, p), values @ p),
        "you forgot the probabilities": lambda values, p: (values.mean(), np.median(values)),
        "the mode": lambda values, p: (values @ p, values[p.argmax()]),
    },
    3: {
        "yours forbids translating": lambda a, b, G, F, cycle_weight, identity_weight: (
            cycle_weight * cycles(a, b, G, F) + identity_weight * (l1(G(a), a) + l1(F(b), b))
        ),
        "one cycle is missing": lambda a, b, G, F, cycle_weight, identity_weight: (
            cycle_weight * l1(F(G(a)), a) + identity_weight * identities(a, b, G, F)
        ),
        "the two weights are exchanged": lambda a, b, G, F, cycle_weight, identity_weight: (
            identity_weight * cycles(a, b, G, F) + cycle_weight * identities(a, b, G, F)
        ),
    },
    4: {
        "neighbouring kernels overlap": lambda depth: 4 * 2**depth,
        "you forgot the strides": lambda depth: 3 * depth + 4,
        "you left out the last convolution": lambda depth: 6 * 2 ** (depth - 1) - 2 if depth else 1,
    },
}
