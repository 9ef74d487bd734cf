"""Wrong answers to the exercises of 02_the_adversarial_game."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import gan_keras as gk


def descends(loss):
    """A GAN whose generator descends a function of the logits of its fakes."""

    class Descends(gk.GAN):
        def generator_loss(self, real, fake):
            return loss(self.scores(fake))

    return Descends


class Both(gk.GAN):
    def discriminator_loss(self, real, fake):
        return ops.mean(self.scores(fake)) - ops.mean(self.scores(real))

    def generator_loss(self, real, fake):
        return -ops.mean(self.scores(fake))


def stepping(sign, mover, g_loss):
    """The class of exercise 3, by D's sign for fakes, the weights that G's step moves, and L_G."""

    class Steps(keras.Model):
        def __init__(self, generator, discriminator, seed=0):
            super().__init__()
            self.generator, self.discriminator = generator, discriminator
            self.noise = keras.random.SeedGenerator(seed)

        def compile(self, g_optimizer, d_optimizer):
            super().compile(optimizer=None)
            self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer

        def train_step(self, real):
            z = keras.random.normal((tf.shape(real)[0], 2), seed=self.noise)
            with tf.GradientTape() as tape:
                t_real, t_fake = self.discriminator(real), self.discriminator(self.generator(z))
                loss = tf.reduce_mean(tf.nn.softplus(-t_real) + sign * tf.nn.softplus(t_fake))
            weights = self.discriminator.trainable_variables
            self.d_optimizer.apply(tape.gradient(loss, weights), weights)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(g_loss(self.discriminator(self.generator(z))))
            weights = getattr(self, mover).trainable_variables
            self.g_optimizer.apply(tape.gradient(loss, weights), weights)
            return {"g_loss": loss}

    return Steps


def caught(t):
    return tf.nn.softplus(-t)


def modes(covered, lost, share):
    return covered, lost, share * np.log(covered) + np.log(1 - covered)


WRONG = {
    1: {
        "in run 2 D never answers": lambda: ("data", "data", "stays", "away"),
        "in run 3 nobody moves the fakes": lambda: ("data", "past", "away", "away"),
        "in run 4 a fake's logit is pushed down": lambda: ("data", "past", "stays", "data"),
        "run 1 is the game as it should be": lambda: ("past", "past", "stays", "away"),
        "expected four words": lambda: ("data", "past", "stays"),
    },
    2: {
        "the sign": lambda: descends(ops.mean),
        "the default": lambda: gk.GAN,
        "that is the saturating loss alone": lambda: descends(gk.losses.saturating_generator_loss),
        "not the sum": lambda: descends(lambda t: -ops.sum(t)),
        "not a logarithm": lambda: descends(lambda t: -ops.mean(ops.sigmoid(t))),
        "add them": lambda: descends(lambda t: -ops.mean(ops.softplus(t) + ops.softplus(-t))),
        "one number": lambda: descends(lambda t: -t),
        "the discriminator's has changed too": lambda: Both,
        "a subclass of gk.GAN": lambda: keras.Model,
    },
    3: {
        "whose weights does the second half move": lambda: stepping(-1, "discriminator", caught),
        "which answer on fakes does its loss reward": lambda: stepping(-1, "generator", caught),
        "D's step is right, G's is not": lambda: stepping(
            1, "generator", lambda t: -tf.nn.softplus(t)
        ),
        "return the class itself": lambda: "PatientGAN",
    },
    4: {
        "how dense are the fakes on one of k modes": lambda k: modes(0.3, 1.0, k / 8),
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
