"""Wrong answers to the exercises of 11_labels_and_augmentation."""

import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def share(z):
    return z / (z + 1)


def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def in_errors(gain, ddof=1):
    return gain.mean() / (gain.std(ddof=ddof) / np.sqrt(len(gain)))


WRONG = {
    1: {
        "pick one a row": lambda logits, labels: logits[:, labels],
        "the largest logit": lambda logits, labels: logits.max(axis=1),
        "no softmax": lambda logits, labels: softmax(logits)[np.arange(len(labels)), labels],
    },
    2: {
        "the surest class": lambda logits: softmax(logits).max(axis=1),
        "the sum is of exp(l), not of l": lambda logits: sigmoid(logits.sum(axis=1)),
        "exp(1000) overflows": lambda logits: share(np.exp(logits).sum(axis=1)),
        "one probability a sample": sigmoid,
    },
    3: {
        "that pairs each fake with a real sample": lambda real, fake: np.square(real - fake).mean(),
        "other numbers of fakes": lambda real, fake: np.square(
            (real.sum(0) - fake.sum(0)) / len(real)
        ).mean(),
        "divide by the number of features": lambda real, fake: np.square(
            real.mean(0) - fake.mean(0)
        ).sum(),
        "one mean for each feature": lambda real, fake: np.square(real.mean() - fake.mean()),
    },
    4: {
        "ddof=1": lambda base, new: in_errors(new - base, ddof=0),
        "you ignore the pairs": lambda base, new: (
            (new.mean() - base.mean()) / np.sqrt((base.var(ddof=1) + new.var(ddof=1)) / len(base))
        ),
        "the root of n": lambda base, new: (new - base).mean() / (new - base).std(ddof=1),
        "new minus base": lambda base, new: in_errors(base - new),
    },
}
