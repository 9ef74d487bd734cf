"""Wrong answers to the exercises of 15_errata."""

import numpy as np


def doubt(a, w, z):
    """1 - D(G(z)), how much the discriminator still doubts."""
    return 1 / (1 + np.exp(w * a * z))


def probability(loss):
    """One of the two sigmoids undone: what the listing calls p."""
    return -np.log(np.expm1(loss))


def logit(p):
    return np.log(p / (1 - p))


def slopes(loss, h=1e-3):
    """The signs of the slopes of a loss at 0, by the logit of a real and by that of a fake."""
    by_real, by_fake = loss(h, 0.0) - loss(-h, 0.0), loss(0.0, h) - loss(0.0, -h)
    return np.sign(np.round(by_real, 9)), np.sign(np.round(by_fake, 9))


WORDS = {
    (-1, 1): "right",
    (0, 1): "no reals",
    (-1, 0): "no fakes",
    (1, 1): "reals reversed",
    (-1, -1): "fakes reversed",
    (1, -1): "both reversed",
}


def upside_down(loss):
    by_real, by_fake = slopes(loss)
    return WORDS.get((-by_real, -by_fake), "right")


def exchanged(loss):
    return WORDS[slopes(lambda real, fake: -loss(fake, real))]


def blind_to_a_missing_term(loss):
    by_real, by_fake = slopes(loss)
    return WORDS[by_real or -1, by_fake or 1]


WRONG = {
    1: {
        "that is the listing's own value": lambda logits, labels: ((labels - logits) ** 2).mean(),
        "that is the sum": lambda logits, labels: ((labels - logits[:, 0]) ** 2).sum(),
        "take the mean": lambda logits, labels: (labels - logits[:, 0]) ** 2,
        "the square is missing": lambda logits, labels: (labels - logits[:, 0]).mean(),
        "absolute errors": lambda logits, labels: np.abs(labels - logits[:, 0]).mean(),
    },
    2: {
        "upside down": upside_down,
        "reals and fakes are exchanged": exchanged,
        "test for 0": blind_to_a_missing_term,
        "one of the six words": lambda loss: "wrong",
    },
    3: {
        "the gradient by w": lambda a, w, z: np.mean(-doubt(a, w, z) * a * z),
        "the way through D is missing": lambda a, w, z: np.mean(-doubt(a, w, z) * z),
        "at the logit only": lambda a, w, z: np.mean(-doubt(a, w, z)),
        "the sign": lambda a, w, z: np.mean(doubt(a, w, z) * w * z),
        "not the sum": lambda a, w, z: np.sum(-doubt(a, w, z) * w * z),
        "the saturating loss": lambda a, w, z: np.mean(-(1 - doubt(a, w, z)) * w * z),
    },
    4: {
        "one more sigmoid": probability,
        "which is σ(p), not p": lambda loss: np.exp(-loss),
        "the sign": lambda loss: -logit(probability(loss)),
        "but not the logarithm": logit,
    },
}
