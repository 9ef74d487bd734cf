"""Wrong answers to the exercises of 03_gradient_descent_on_a_game."""

import numpy as np


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


def slopes(game, x, y, h=1e-4):
    """Of the two gradients: x's along y, y's along x, x's along x, y's along y."""
    along_x = [(a - b) / (2 * h) for a, b in zip(game(x + h, y), game(x - h, y), strict=True)]
    along_y = [(a - b) / (2 * h) for a, b in zip(game(x, y + h), game(x, y - h), strict=True)]
    return along_y[0], along_x[1], along_x[0], along_y[1]


def curl_of_gradients(game, x, y):
    x_along_y, y_along_x, _, _ = slopes(game, x, y)
    return y_along_x - x_along_y


def added(game, x, y):
    x_along_y, y_along_x, _, _ = slopes(game, x, y)
    return -y_along_x - x_along_y


def divergence(game, x, y):
    _, _, x_along_x, y_along_y = slopes(game, x, y)
    return -x_along_x - y_along_y


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
        "the curl of the gradients": curl_of_gradients,
        "that is the divergence": divergence,
        "the curl is their difference": added,
    },
    4: {
        "1 is best for the losses with a sigmoid": lambda: 1.0,
        "it does not converge at all": lambda: 0.0,
        "too much friction": lambda: 4.0,
        "too little friction": lambda: 1.5,
    },
}
