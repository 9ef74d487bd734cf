"""Wrong answers to the exercises of 02_the_adversarial_game."""

import numpy as np


def softplus(t):
    return np.logaddexp(0, t)


def by_way_of_d(real_logits, fake_logits):
    d_real, d_fake = (1 / (1 + np.exp(-t)) for t in (real_logits, fake_logits))
    return -np.log(d_real).mean() - np.log(1 - d_fake).mean()


def modes(covered, lost, share):
    return covered, lost, share * np.log(covered) + np.log(1 - covered)


WRONG = {
    1: {
        "those are the slopes in D": lambda d: (-1 / (1 - d), -1 / d),
        "the two losses are exchanged": lambda d: (d - 1, -d),
        "both losses fall as the logit grows": lambda d: (d, 1 - d),
        "that is dD/dt alone": lambda d: (d * (1 - d), d * (1 - d)),
        "the values of the losses": lambda d: (np.log(1 - d), -np.log(d)),
    },
    2: {
        "divide by 2": lambda d_loss: np.log(4) - d_loss,
        "not log 2": lambda d_loss: (np.log(2) - d_loss) / 2,
        "mind the sign": lambda d_loss: (np.log(4) + d_loss) / 2,
        "logarithms are natural": lambda d_loss: (np.log2(4) - d_loss) / 2,
        "0, not negative": lambda d_loss: (np.log(4) - d_loss) / 2,
    },
    3: {
        "that is D2's slip": lambda real, fake: softplus(-real).mean() - softplus(fake).mean(),
        "labels exchanged": lambda real, fake: softplus(real).mean() + softplus(-fake).mean(),
        "take the mean over each batch": lambda real, fake: (
            softplus(-real).sum() + softplus(fake).sum()
        ),
        "both terms have the wrong sign": lambda real, fake: (
            -softplus(-real).mean() - softplus(fake).mean()
        ),
        "these are logits": lambda real, fake: fake.mean() - real.mean(),
        "half of it": lambda real, fake: softplus(np.concatenate([-real, fake])).mean(),
        "use softplus": by_way_of_d,
    },
    4: {
        "forgets that the fakes crowd there": lambda k: modes(0.5, 1.0, k / 8),
        "D* is 1, not 0": lambda k: modes(k / (k + 8), 0.0, k / 8),
        "½ on a lost mode": lambda k: modes(k / (k + 8), 0.5, k / 8),
        "only k/8 of the real samples": lambda k: modes(k / (k + 8), 1.0, 1.0),
        "it does not average them": lambda k: (
            k / (k + 8),
            1.0,
            (k / 8 * np.log(k / (k + 8)) + np.log(8 / (k + 8))) / 2,
        ),
        "k = 8 must give": lambda k: modes(0.2, 1.0, 0.25),
        "on a covered mode that is the answer of 'fake'": lambda k: modes(8 / (k + 8), 0.0, k / 8),
    },
}
