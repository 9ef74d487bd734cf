"""Wrong answers to the exercises of 01_the_discriminator."""

import numpy as np
import tensorflow as tf

from tests.test_page_classes import defined

NAMES = {"Discriminator": defined("01", "Discriminator")}


def kept(**other):
    """A right answer to Exercise 1 with other lists for some of the changes."""
    names = {"double": "2 t", "shift": "t + 2", "squash": "sigmoid(t)"}
    right = {"2 t": ["accuracy", "AUC"], "t + 2": ["AUC"], "sigmoid(t)": ["AUC"]}
    return lambda: right | {names[name]: value for name, value in other.items()}


def cost(t, target):
    return tf.reduce_mean(target * tf.nn.softplus(-t) + (1 - target) * tf.nn.softplus(t))


def with_loss(loss):
    """An answer to Exercise 3 with this loss of the logits of reals and of fakes."""

    def answer(base):
        class Smooth(base):
            def loss_of(self, t_real, t_fake):
                return loss(t_real, t_fake)

        return Smooth

    return answer


def with_step(squashed=False, sees_fakes=True, measures=lambda t: t):
    """An answer to Exercise 4 that leaves a fault in."""

    def answer(base):
        class Mended(base):
            def train_step(self, data):
                real, fake = data
                with tf.GradientTape() as tape:
                    real, fake = self(real, training=True), self(fake, training=True)
                    if squashed:
                        real, fake = tf.sigmoid(real), tf.sigmoid(fake)
                    loss = self.loss_of(real, fake)
                weights = self.network.trainable_variables
                self.optimizer.apply(tape.gradient(loss, weights), weights)
                fake = fake if sees_fakes else real
                return self.measured(loss, measures(real), measures(fake))

        return Mended

    return answer


WRONG = {
    1: {
        "the loss stays in none": kept(double=["accuracy", "AUC", "loss"]),
        "think what AUC asks": kept(squash=[]),
        "a fake with t = -1 crosses 0": kept(shift=["accuracy", "AUC"]),
        "all are called real": kept(squash=["accuracy", "AUC"]),
        "no verdict changes": kept(double=["AUC"]),
        'name only "accuracy"': kept(double=["accuracy", "auc"]),
        "with the keys": lambda: {"2 t": ["AUC"]},
    },
    2: {
        "ties are left out": lambda r, f: np.mean(r[:, None] > f),
        "ties count half, not whole": lambda r, f: np.mean(r[:, None] >= f),
        "exchanged": lambda r, f: np.mean(r[:, None] < f) + np.mean(r[:, None] == f) / 2,
        "the number of pairs": lambda r, f: np.sum(r[:, None] > f) + np.sum(r[:, None] == f) / 2,
        "the accuracy at the threshold 0": lambda r, f: (np.mean(r > 0) + np.mean(f < 0)) / 2,
        "not an array of shape": lambda r, f: r[:, None] > f,
        "wrong for four and five": lambda r, f: 0.8 if len(r) == 5 else 0.0,
    },
    3: {
        "the fakes are smoothed too": with_loss(lambda r, f: cost(r, 0.9) + cost(f, 0.1)),
        "nothing is smoothed": lambda base: base,
        "half of a real's cost is missing": with_loss(lambda r, f: 0.9 * cost(r, 1) + cost(f, 0)),
        "the reals are not": with_loss(lambda r, f: cost(r, 1) + cost(f, 0.1)),
        "the term of the fakes is missing": with_loss(lambda r, f: cost(r, 0.9)),
        "labels exchanged": with_loss(lambda r, f: cost(r, 0) + cost(f, 0.9)),
        "the mean over both batches": with_loss(lambda r, f: (cost(r, 0.9) + cost(f, 0)) / 2),
        "return the class itself": lambda base: base(tf.keras.Sequential()),
        "loss_of gives one number": with_loss(lambda r, f: r - f),
    },
    4: {
        "the double sigmoid is still there": with_step(squashed=True),
        "something else than reals, then fakes": with_step(sees_fakes=False),
        "`measured` wants logits too": with_step(measures=tf.sigmoid),
        "return the class itself": lambda base: base(tf.keras.Sequential()),
    },
}
