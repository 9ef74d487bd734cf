"""Worlds that can be computed exactly: mixtures, the value of the game, games of two numbers.

Logarithms are natural. A distribution is an array of masses (`dx=1`), or of densities on a grid
whose cells have length or area `dx`; its sum times `dx` is 1. A game takes two numbers, the
generator's and the discriminator's, and gives each player's gradient of its own loss. A rule yields
the points of a game; `rates` holds one learning rate a player.
"""

import itertools
from collections import namedtuple

import numpy as np
from scipy.special import rel_entr, xlogy

from gan_keras.engine import checks

Coverage = namedtuple("Coverage", "modes high_quality")


class Mixture:
    """p(x) = sum_i w_i N(x; means_i, std^2 I); means (modes, dimensions), weights that sum to 1."""

    def __init__(self, means, std, weights=None):
        checks.weights(least=1e-12, std=std)
        self.means, self.std = checks.Samples((None,))(np.array(means, "float64")), float(std)
        modes, self.dimensions = self.means.shape
        (self.weights,) = _distributions(np.full(modes, 1 / modes) if weights is None else weights)

    def sample(self, n, seed):
        """`n` points, float32, shape (n, dimensions): the same seed, the same points."""
        random = np.random.default_rng(seed)
        modes = random.choice(len(self.means), n, p=self.weights / self.weights.sum())
        noise = random.standard_normal((n, self.dimensions))
        return (self.means[modes] + self.std * noise).astype("float32")

    def density(self, points):
        """The density at points of shape (..., dimensions): shape (...)."""
        peak = (2 * np.pi * self.std**2) ** (-self.dimensions / 2)
        return peak * np.exp(-0.5 * (self._distances(points) / self.std) ** 2) @ self.weights

    def nearest_mode(self, points):
        """The index of the nearest mode, for points of shape (..., dimensions): shape (...)."""
        return self._distances(points).argmin(-1)

    def coverage(self, samples, least_share=0.01):
        """(modes, high_quality): how many modes samples meet, and which share is good.

        A sample is good within 3 std of a mode: in the plane, 98.9 % of the mixture's own are. A
        mode is met if `least_share` of all samples, or more, are good ones of its own.
        """
        checks.counts(samples=len(samples))
        distances = self._distances(samples)
        good = distances.min(1) <= 3 * self.std
        counts = np.bincount(distances.argmin(1)[good], minlength=len(self.means))
        return Coverage(int((counts >= least_share * len(good)).sum()), float(good.mean()))

    def _distances(self, points):
        points = np.asarray(points, "float64")
        if points.shape[-1:] != (self.dimensions,) or not np.isfinite(points).all():
            raise ValueError(f"Expected finite points (..., {self.dimensions}), not {points.shape}")
        return np.linalg.norm(points[..., None, :] - self.means, axis=-1)


def ring(modes=8, radius=0.75, std=0.05):
    """Modes on a circle, within reach of a tanh generator; 8 modes lie 11 std apart."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return Mixture(radius * np.stack([np.cos(angles), np.sin(angles)], 1), std)


def grid(side=5, reach=0.75, std=0.05):
    """Modes on a square grid in [-reach, reach]^2; a side of 5 sets them 7.5 std apart."""
    ticks = np.linspace(-reach, reach, side)
    return Mixture(np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2), std)


def _distributions(*arrays, dx=1.0):
    arrays = [np.asarray(array, "float64") for array in arrays]
    checks.same_shape(**{f"array {i}": array for i, array in enumerate(arrays)})
    for low, total in ((array.min(), array.sum() * dx) for array in arrays):
        if low < 0 or not abs(total - 1) <= 1e-4:
            raise ValueError(f"A distribution sums to 1 (times dx), from 0 up; got {total:.6g}.")
    return arrays


def optimal_discriminator(p, q):
    """D* = p / (p + q) (Goodfellow et al., 2014); 1/2 where p = q = 0. They need not sum to 1."""
    p, q = np.asarray(p, "float64"), np.asarray(q, "float64")
    checks.same_shape(p=p, q=q)
    return np.divide(p, p + q, out=np.full_like(p, 0.5), where=p + q > 0)


def value(p, q, d, dx=1.0):
    """V(D, G) = sum p log d + q log(1 - d), of reals p and fakes q; d in [0, 1] is P("real")."""
    p, q = _distributions(p, q, dx=dx)
    d = np.asarray(d, "float64")
    if d.shape != p.shape or not ((d >= 0) & (d <= 1)).all():
        raise ValueError(f"d must be probabilities, of shape {p.shape}, no logits; got {d}.")
    rounding = np.finfo(float).eps * (p + q)  # what is lighter cannot be seen in D* = p / (p + q)
    p, q = np.where(p > rounding, p, 0), np.where(q > rounding, q, 0)
    return float((xlogy(p, d) + xlogy(q, 1 - d)).sum() * dx)


def kl(p, q, dx=1.0):
    """KL(p || q) = sum p log(p / q) in nats; infinite where q misses a part of p."""
    p, q = _distributions(p, q, dx=dx)
    return float(rel_entr(p, q).sum() * dx)


def js(p, q, dx=1.0):
    """JS = KL(p || m)/2 + KL(q || m)/2, m = (p + q)/2: from 0 (equal) to log 2 (disjoint)."""
    p, q = _distributions(p, q, dx=dx)
    both = rel_entr(p, p + q) + rel_entr(q, p + q)  # (p + q) / 2 may underflow
    return float((both + (p + q) * np.log(2)).sum() * dx / 2)


def wasserstein_1d(p, q, dx=1.0):
    """W1 = integral |P - Q| of the cumulated p and q, shape (n,): mass times the way it moves."""
    p, q = _distributions(p, q, dx=dx)
    if p.ndim > 1:
        raise ValueError(f"Expected distributions on a line, of shape (n,), got {p.shape}.")
    return float(np.abs(np.cumsum(p - q)).sum() * dx**2)


def dirac(theta, psi, loss="non_saturating", penalty=0.0):
    """The smallest GAN: real data at 0, the fake at theta, logit D(x) = psi * x.

    D's loss is softplus(psi*theta) + log 2 + penalty/2 * psi^2 (R1). The losses are "minimax",
    "non_saturating" and "wasserstein" (the logit itself, no softplus). Without R1 none of them
    brings a geometric approach to (0, 0) (Mescheder, Geiger, Nowozin, 2018).
    """
    checks.weights(penalty=penalty)
    fake = 0.5 * (1 + np.tanh(psi * theta / 2))  # sigmoid: the fake's probability of being real
    slopes = {"minimax": (-fake, fake), "non_saturating": (fake - 1, fake), "wasserstein": (-1, 1)}
    generator, discriminator = slopes[loss]  # of each loss, at the fake's logit
    return generator * psi, discriminator * theta + penalty * psi


def simultaneous(game, point, rates):
    """Both players step from the same point."""
    while True:
        point = point - rates * np.array(game(*point))
        yield point


def alternating(game, point, rates):
    """The discriminator steps first; the generator answers what it has become."""
    x, y = point
    while True:
        y = y - rates[1] * game(x, y)[1]
        x = x - rates[0] * game(x, y)[0]
        yield x, y


def extra_gradient(game, point, rates):
    """Look one step ahead, and step from here by the gradient found there (Korpelevich, 1976)."""
    while True:
        ahead = point - rates * np.array(game(*point))
        point = point - rates * np.array(game(*ahead))
        yield point


def play(game, start, rule=simultaneous, steps=100, rates=0.1, **options):
    """The path of a game by a rule, (steps + 1, 2), from `start` on; one rate, or each player's."""
    start, rates = np.array(start, "float64"), np.broadcast_to(np.array(rates, "float64"), 2)
    points = itertools.islice(rule(game, start, rates, **options), steps)
    return np.array([start, *(tuple(point) for point in points)])
