"""Wrong answers to the exercises of 06_wasserstein_and_gradient_penalty."""

import numpy as np
import tensorflow as tf


def length(x):
    return np.linalg.norm(x)


def mixed(real, fake, alpha):
    return alpha * real + (1 - alpha) * fake


def slopes(critic, x_hat):
    with tf.GradientTape() as tape:
        tape.watch(x_hat)
        score = critic(x_hat)
    return tape.gradient(score, x_hat)


def two_sided(critic, x_hat):
    return tf.reduce_mean((tf.norm(slopes(critic, x_hat), axis=1) - 1) ** 2)


def one_norm_for_all(critic, x_hat):
    return tf.nn.relu(tf.norm(slopes(critic, x_hat)) - 1) ** 2


def without_the_square(critic, x_hat):
    return tf.reduce_mean(tf.nn.relu(tf.norm(slopes(critic, x_hat), axis=1) - 1))


def squared_norms(critic, x_hat):
    squares = tf.reduce_sum(slopes(critic, x_hat) ** 2, axis=1)
    return tf.reduce_mean(tf.nn.relu(squares - 1) ** 2)


def summed(critic, x_hat):
    return tf.reduce_sum(tf.nn.relu(tf.norm(slopes(critic, x_hat), axis=1) - 1) ** 2)


WRONG = {
    1: {
        "sort both samples first": lambda x, y: np.abs(x - y).mean(),
        "the distance of the means": lambda x, y: np.abs(x.mean() - y.mean()),
        "every point has the mass 1/n": lambda x, y: np.abs(np.sort(x) - np.sort(y)).sum(),
        "that is W2": lambda x, y: np.sqrt(np.square(np.sort(x) - np.sort(y)).mean()),
    },
    2: {
        "the direction is turned round": lambda x, y, weight: (
            (y - x) / length(x - y) * (1 + length(x - y) / (2 * weight))
        ),
        "that has slope 1": lambda x, y, weight: (x - y) / length(x - y),
        "a factor 2": lambda x, y, weight: (x - y) / length(x - y) * (1 + length(x - y) / weight),
        "it is stretched from 1": lambda x, y, weight: (x - y) / (2 * weight),
    },
    3: {
        "one alpha for the whole batch": lambda real, fake, rng: mixed(real, fake, rng.uniform()),
        "pixels of one image are mixed differently": lambda real, fake, rng: mixed(
            real, fake, rng.uniform(size=real.shape)
        ),
        "not normal": lambda real, fake, rng: mixed(
            real, fake, rng.normal(size=(len(real), 1, 1, 1))
        ),
        "not spread evenly": lambda real, fake, rng: mixed(
            real, fake, rng.uniform(size=(len(real), 1, 1, 1)) ** 2
        ),
        "must sum to 1": lambda real, fake, rng: (
            rng.uniform(size=(len(real), 1, 1, 1)) * (real + fake)
        ),
    },
    4: {
        "the two-sided penalty": two_sided,
        "one norm for the whole batch": one_norm_for_all,
        "those are squared norms": squared_norms,
        "the square is missing": without_the_square,
        "the sum over the batch": summed,
    },
}
