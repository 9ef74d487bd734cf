"""Wrong answers to the exercises of 14_fakes_and_responsibility."""

from types import SimpleNamespace

import numpy as np

# What the card of Solution 4 reads from the notebook's training runs.
NAMES = {
    "first": "DCGAN",
    "fakes": {"DCGAN": np.zeros((1000, 28, 28, 1))},
    "judge": SimpleNamespace(labels=lambda images: np.arange(len(images)) % 10),
    "quality": {"DCGAN": 20.0},
    "leaked": {"healthy": np.full((1, 3), 0.5)},
}

CARD = {
    "model": "A DCGAN of three layers.",
    "training data": "The first 9,600 digits of the course.",
    "licence and consent": "MIT, drawn by a program.",
    "intended use": "Teaching how detectors are trained.",
    "not intended for": "Reading what real people wrote.",
    "quality": "Fréchet distance 20 by the judge.",
    "memorisation": "AUC of membership by D 0.52.",
    "groups left out": "The rarest digit is 8.1 % of fakes.",
    "watermark": "None in these fakes, nor asked.",
    "who answers": "Whoever passes the images on.",
}


def auc(members, others, ties):
    """The share of pairs in the right order, each tie counted as `ties`."""
    difference = np.subtract.outer(members, others)
    return (difference > 0).mean() + ties * (difference == 0).mean()


def at_one_threshold(members, others):
    cut = np.median(np.concatenate([members, others]))
    return ((members > cut).mean() + (others <= cut).mean()) / 2


def total(array):
    return array.sum(axis=(1, 2, 3))


WRONG = {
    1: {
        "how many fakes are found": lambda found, right, base_rate: found,
        "1 - right, not right": lambda found, right, base_rate: (
            base_rate * found / (base_rate * found + (1 - base_rate) * right)
        ),
        "real given no alarm": lambda found, right, base_rate: (
            (1 - base_rate) * right / ((1 - base_rate) * right + base_rate * (1 - found))
        ),
        "the base rate is missing": lambda found, right, base_rate: found / (found + 1 - right),
        "the share of alarms": lambda found, right, base_rate: (
            base_rate * found + (1 - base_rate) * (1 - right)
        ),
    },
    2: {
        "not over all": lambda h, w: (h * w).sum() / np.sqrt(np.square(h).sum()),
        "that has variance 1 / sum": lambda h, w: total(h * w) / total(h**2),
        "28 times too small": lambda h, w: (h * w).mean((1, 2, 3)) / np.sqrt(total(h**2) / 28**2),
        "the bare sum": lambda h, w: total(h * w),
    },
    3: {
        "ties are missing": lambda members, others: auc(members, others, ties=0),
        "not whole": lambda members, others: auc(members, others, ties=1),
        "the AUC needs none": at_one_threshold,
        "the wrong way round": lambda members, others: auc(others, members, ties=0.5),
    },
    4: {
        "missing: watermark": lambda: {k: v for k, v in CARD.items() if k != "watermark"},
        "nothing was measured: quality": lambda: CARD | {"quality": "The pictures look very good."},
        "a few words more": lambda: CARD | {"who answers": "I do."},
        "empty: model": lambda: CARD | {"model": "..."},
        "are the same sentence": lambda: CARD | {"not intended for": CARD["intended use"]},
        "a card is a dict": lambda: list(CARD.values()),
    },
}
