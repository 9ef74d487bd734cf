"""Wrong answers to the exercises of 00_start_here."""

import keras
import numpy as np

import gan_keras as gk


def gan(points, latent_dim=3, hidden=(32,), rate=0.002, batch_size=100, epochs=2, fit=True):
    model = gk.GAN(
        gk.networks.mlp_generator(latent_dim, (2,), hidden),
        gk.networks.mlp_discriminator((2,), hidden),
    )
    model.compile(keras.optimizers.Adam(rate), keras.optimizers.Adam(rate))
    if fit:
        model.fit(points, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


def shared(points):
    adam = keras.optimizers.Adam(0.002)
    model = gan(points, fit=False)
    model.compile(adam, adam)
    return model


def distances(points, centers):
    return np.linalg.norm(points[:, None] - centers, axis=-1)


WRONG = {
    1: {
        "More or less than one in a hundred?": lambda: (1, 8, 8),
        "it passes through the centers": lambda: (1, 0, 0),
        "copier: not 8": lambda: (8, 8, 0),
        "circle: not 4": lambda: (1, 4, 0),
        "one per faker, not 2": lambda: (1, 8),
    },
    2: {
        "starts from 2 numbers": lambda points: gan(points, latent_dim=2, fit=False),
        "hidden layers are [64]": lambda points: gan(points, hidden=(64,), fit=False),
        "a learning rate is 0.001": lambda points: gan(points, rate=0.001, fit=False),
        "two epochs are asked for": lambda points: gan(points, epochs=1),
        "batches of 32": lambda points: gan(points, batch_size=32),
        "it has not trained": lambda points: gan(points, fit=False),
        "what `fit` returns": lambda points: gan(points, fit=False).fit(points[:100], verbose=0),
        "your function stops": shared,
    },
    3: {
        "divide by how many": lambda p, c, s: (distances(p, c).min(1) <= 3 * s).sum(),
        "first center alone": lambda p, c, s: (distances(p, c)[:, 0] <= 3 * s).mean(),
        "near *every* center": lambda p, c, s: (distances(p, c).max(1) <= 3 * s).mean(),
        "one standard deviation": lambda p, c, s: (distances(p, c).min(1) <= s).mean(),
        "squared distance": lambda p, c, s: ((distances(p, c) ** 2).min(1) <= 3 * s).mean(),
        "a square round": lambda p, c, s: (np.abs(p[:, None] - c) <= 3 * s).all(-1).any(1).mean(),
        "share of pairs": lambda p, c, s: (distances(p, c) <= 3 * s).mean(),
    },
}
