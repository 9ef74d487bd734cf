"""Wrong answers to the exercises of 03_gradient_descent_on_a_game."""

import numpy as np
import tensorflow as tf

import gan_keras as gk


def simultaneous_step(game, x, y, rate):
    to_x, to_y = game(x, y)
    return x - rate * to_x, y - rate * to_y


def two_steps(game, x, y, rate):
    return simultaneous_step(game, *simultaneous_step(game, x, y, rate), rate)


def uphill(game, x, y, rate):
    to_x, to_y = game(*simultaneous_step(game, x, y, rate))
    return x + rate * to_x, y + rate * to_y


def ahead_uphill(game, x, y, rate):
    to_x, to_y = game(*simultaneous_step(game, x, y, -rate))
    return x - rate * to_x, y - rate * to_y


def penalized(watched="fake", weight=0.5, size=lambda slope: tf.reduce_sum(slope**2, axis=1)):
    """A function that returns a class whose D pays for its slope."""

    class Penalized(gk.GAN):
        def discriminator_loss(self, real, fake):
            x = {"real": real, "fake": fake}[watched]
            with tf.GradientTape() as tape:
                tape.watch(x)
                t = self.discriminator(x, training=True)
            penalty = tf.reduce_mean(size(tape.gradient(t, x)))
            return super().discriminator_loss(real, fake) + weight * penalty

    return lambda: Penalized


WRONG = {
    1: {
        "take the root": lambda c, rate: 1 + (c * rate) ** 2,
        "you forgot c": lambda c, rate: np.sqrt(1 + rate**2),
        "use Pythagoras": lambda c, rate: 1 + c * rate,
        "descent on one loss": lambda c, rate: 1 - c * rate,
    },
    2: {
        "a plain simultaneous step": simultaneous_step,
        "two steps in a row": two_steps,
        "wrong sign": uphill,
        "looked ahead in the wrong direction": ahead_uphill,
    },
    3: {
        "that is R1": penalized("real"),
        "average over samples only": penalized(size=lambda slope: slope**2),
        "half of R2": penalized(weight=1.0),
        "that is the slope itself": penalized(size=lambda slope: tf.norm(slope, axis=1)),
        "nothing is added": lambda: gk.GAN,
        "return the class itself": lambda: "R2GAN",
    },
    4: {
        "1 is best for losses with a sigmoid": lambda: 1.0,
        "it does not converge at all": lambda: 0.0,
        "too much friction": lambda: 4.0,
        "too little friction": lambda: 1.5,
    },
}
