"""Wrong answers to the exercises of 04_first_image_gan."""

import numpy as np


def d_loss(d_real, d_fake):
    return -np.log(d_real) - np.log(1 - d_fake)


def doubt(x, w, b):
    """1 - D(x), how much the discriminator still doubts."""
    return 1 / (1 + np.exp(w @ x + b))


def turned(z0, z1, s, unit=True):
    """The formula of a walk along the arc, on unit vectors or on the vectors themselves."""
    lengths = np.linalg.norm(z0), np.linalg.norm(z1)
    omega = np.arccos(z0 @ z1 / (lengths[0] * lengths[1]))
    if unit:
        z0, z1 = z0 / lengths[0], z1 / lengths[1]
    return (np.sin((1 - s) * omega) * z0 + np.sin(s * omega) * z1) / np.sin(omega)


def gaps(queries, images, place=0):
    """The distance of each query to the nearest image, or to the one at another place."""
    return np.sort(np.linalg.norm(queries[:, None] - images[None], axis=-1), axis=1)[:, place]


WRONG = {
    1: {
        "the sum of two means": lambda d_real, d_fake: (
            d_loss(d_real, d_fake) / 2,
            -np.log(d_fake),
        ),
        "the fakes' term of L_D has the wrong sign": lambda d_real, d_fake: (
            -np.log(d_real) + np.log(1 - d_fake),
            -np.log(d_fake),
        ),
        "the zero-sum loss": lambda d_real, d_fake: (d_loss(d_real, d_fake), np.log(1 - d_fake)),
        "your L_G is minus L_D": lambda d_real, d_fake: (
            d_loss(d_real, d_fake),
            -d_loss(d_real, d_fake),
        ),
        "the fakes' term is missing": lambda d_real, d_fake: (-np.log(d_real), -np.log(d_fake)),
        "logarithms to base 2": lambda d_real, d_fake: (
            -np.log2(d_real) - np.log2(1 - d_fake),
            -np.log2(d_fake),
        ),
    },
    2: {
        "the sign is turned round": lambda x, w, b: -doubt(x, w, b) * w,
        "the factor is missing": lambda x, w, b: w,
        "the direction of the zero-sum loss": lambda x, w, b: (1 - doubt(x, w, b)) * w,
        "not by the weights w": lambda x, w, b: doubt(x, w, b) * x,
        "the gradient of D": lambda x, w, b: doubt(x, w, b) * (1 - doubt(x, w, b)) * w,
    },
    3: {
        "the straight line": lambda z0, z1, s: (1 - s) * z0 + s * z1,
        "the ends are exchanged": lambda z0, z1, s: s * z0 + (1 - s) * z1,
        "on z0 and z1 themselves": lambda z0, z1, s: turned(z0, z1, s, unit=False),
        "give it its length": turned,
    },
    4: {
        "upside down": lambda fakes, training, held_out: (
            np.median(gaps(held_out, training)) / np.median(gaps(fakes, training))
        ),
        "those are squared distances": lambda fakes, training, held_out: (
            np.median(gaps(fakes, training) ** 2) / np.median(gaps(held_out, training) ** 2)
        ),
        "your yardstick is held-out against held-out": lambda fakes, training, held_out: (
            np.median(gaps(fakes, training)) / np.median(gaps(held_out, held_out, place=1))
        ),
        "those are means": lambda fakes, training, held_out: (
            gaps(fakes, training).mean() / gaps(held_out, training).mean()
        ),
        "look from the fake": lambda fakes, training, held_out: (
            np.median(gaps(training, fakes)) / np.median(gaps(training, held_out))
        ),
        "among the held-out images": lambda fakes, training, held_out: (
            np.median(gaps(fakes, held_out)) / np.median(gaps(held_out, training))
        ),
        "the fakes' own distance alone": lambda fakes, training, held_out: np.median(
            gaps(fakes, training)
        ),
    },
}
