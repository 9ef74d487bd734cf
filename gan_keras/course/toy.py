"""Worlds that can be computed exactly: mixtures, the value of the game, games of two numbers.

Logarithms are natural. A distribution is an array of masses (`dx=1`), or of densities on a grid
whose cells have length or area `dx`; its sum times `dx` is 1. A game takes two numbers, the
generator's and the discriminator's, and gives each player's gradient of its own loss. A rule
yields one point of a game after another, without end; `rates` holds one learning rate a player.
"""

import itertools
import math
from collections import namedtuple
from functools import partial

import numpy as np

from gan_keras.engine import inputs

Coverage = namedtuple("Coverage", "modes high_quality")
_finite = partial(inputs.as_numbers, finite=True)


class Mixture:
    """A mixture of round Gaussians of one width: p(x) = sum_i w_i N(x; means_i, std^2 I).

    Args:
        means: the modes' centres, shape (modes, dimensions); (modes, 1) on a line.
        std: the width of every mode, above 0, in the units of `means`.
        weights: the modes' shares, shape (modes,), summing to 1; equal by default.

    Raises:
        ValueError: If a number is out of range, or the shapes do not fit.
    """

    def __init__(self, means, std, weights=None):
        self.means = np.array(_finite("means", means))
        if self.means.ndim != 2 or not self.means.size:
            raise ValueError(
                f"means must have shape (modes, dimensions), got {self.means.shape}. "
                "On a line, write means[:, None]."
            )
        inputs.check_positive(std=std)
        self.std = float(std)
        equal = np.full(len(self.means), 1 / len(self.means))
        self.weights, _ = _distributions(equal if weights is None else weights, equal)

    def sample(self, n, seed):
        """`n` points, float32, shape (n, dimensions): the same seed, the same points."""
        inputs.check_counts(n=n)
        inputs.check_counts(0, seed=seed)
        random = np.random.default_rng(seed)
        modes = random.choice(len(self.means), n, p=self.weights / self.weights.sum())
        noise = random.standard_normal((n, self.means.shape[1]))
        return (self.means[modes] + self.std * noise).astype("float32")

    def density(self, points):
        """The density at points of shape (..., dimensions): shape (...)."""
        peak = (2 * np.pi * self.std**2) ** (-self.means.shape[1] / 2)
        return peak * np.exp(-0.5 * (self._distances(points) / self.std) ** 2) @ self.weights

    def nearest_mode(self, points):
        """The index of the nearest mode, for points of shape (..., dimensions): shape (...)."""
        return self._distances(points).argmin(-1)

    def coverage(self, samples, least_share=0.01):
        """(modes, high_quality): how many modes samples meet, and which share of them is good.

        A sample is good within 3 std of a mode: 99.7 % of the mixture's own on a line, 98.9 % in
        the plane. A mode is met if at least `least_share` of all samples are good ones of its own.
        """
        if not (inputs.is_number(least_share) and 0 <= least_share <= 1):
            raise ValueError(f"least_share={least_share!r} must lie in [0, 1].")
        distances = self._distances(samples)
        if distances.ndim != 2 or not len(distances):
            raise ValueError(f"Expected samples of shape (n, dimensions), got {np.shape(samples)}.")
        good = distances.min(1) <= 3 * self.std
        counts = np.bincount(distances.argmin(1)[good], minlength=len(self.means))
        return Coverage(int((counts >= least_share * len(good)).sum()), float(good.mean()))

    def _distances(self, points):
        points, dimensions = _finite("points", points), self.means.shape[1]
        if not points.ndim or points.shape[-1] != dimensions:
            raise ValueError(f"Expected points of shape (..., {dimensions}), got {points.shape}.")
        return np.linalg.norm(points[..., None, :] - self.means, axis=-1)


def ring(modes=8, radius=0.75, std=0.05):
    """Modes on a circle, within reach of a tanh generator; 8 modes lie 11 std apart."""
    inputs.check_counts(modes=modes)
    inputs.check_positive(radius=radius)
    angles = 2 * np.pi * np.arange(modes) / modes
    return Mixture(radius * np.stack([np.cos(angles), np.sin(angles)], 1), std)


def grid(side=5, reach=0.75, std=0.05):
    """Modes on a square grid in [-reach, reach]^2; a side of 5 sets them 7.5 std apart."""
    inputs.check_counts(side=side)
    inputs.check_positive(reach=reach)
    ticks = np.linspace(-reach, reach, side)
    return Mixture(np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2), std)


def _distributions(*arrays, dx=1.0, normalised=True):
    inputs.check_positive(dx=dx)
    arrays = [_finite("a distribution", array) for array in arrays]
    shapes = [array.shape for array in arrays]
    if len(set(shapes)) > 1 or not arrays[0].size:
        raise ValueError(f"Expected arrays of one and the same shape, got shapes {shapes}.")
    for array in arrays:
        if array.min() < 0:
            raise ValueError(f"A distribution is at least 0, got {array.min()}.")
        if normalised and abs(array.sum() * dx - 1) > 1e-4:
            raise ValueError(
                f"A distribution sums to 1 (times dx), got {array.sum() * dx:.6g}. "
                "Give the grid's dx, widen the grid, or divide by the sum."
            )
    return arrays


def _times_log(weights, values):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weights == 0, 0.0, weights * np.log(values))  # 0 log 0 = 0


def optimal_discriminator(p, q):
    """D* = p / (p + q), best against fakes from q (Goodfellow et al., 2014); 1/2 where p = q = 0.

    p and q need not sum to 1: where three pictures of four are real, give 3 * p and q.
    """
    p, q = _distributions(p, q, normalised=False)
    return np.divide(p, p + q, out=np.full_like(p, 0.5), where=p + q > 0)


def value(p, q, d, dx=1.0):
    """V(D, G) = sum p log d + q log(1 - d), which D raises and G lowers.

    p is the real distribution, q the fakes', d in [0, 1] the probability of "real" that D gives.
    """
    p, q = _distributions(p, q, dx=dx)
    d = _finite("d", d)
    if d.shape != p.shape or not ((d >= 0) & (d <= 1)).all():
        raise ValueError(f"Expected d in [0, 1], shape {p.shape}, got {d}. Is it logits?")
    rounding = np.finfo(float).eps * (p + q)  # what is lighter cannot be seen in D* = p / (p + q)
    p, q = np.where(p > rounding, p, 0), np.where(q > rounding, q, 0)
    return float((_times_log(p, d) + _times_log(q, 1 - d)).sum() * dx)


def kl(p, q, dx=1.0):
    """KL(p || q) = sum p log(p / q) in nats; infinite where q misses a part of p."""
    p, q = _distributions(p, q, dx=dx)
    return float((_times_log(p, p) - _times_log(p, q)).sum() * dx)


def js(p, q, dx=1.0):
    """JS = KL(p || m)/2 + KL(q || m)/2, m = (p + q)/2: from 0 (equal) to log 2 (disjoint)."""
    p, q = _distributions(p, q, dx=dx)
    both = sum(_times_log(x, x) - _times_log(x, p + q) for x in (p, q))  # (p+q)/2 may underflow
    return float((both + (p + q) * math.log(2)).sum() * dx / 2)


def total_variation(p, q, dx=1.0):
    """TV = sum |p - q| / 2: from 0 (equal) to 1 (disjoint)."""
    p, q = _distributions(p, q, dx=dx)
    return float(np.abs(p - q).sum() * dx / 2)


def wasserstein_1d(p, q, dx=1.0):
    """W1 = integral |P - Q| of the cumulated p and q, shape (n,): mass times the way it moves."""
    p, q = _distributions(p, q, dx=dx)
    if p.ndim != 1:
        raise ValueError(f"Expected distributions on a line, of shape (n,), got {p.shape}.")
    return float(np.abs(np.cumsum(p - q)).sum() * dx**2)


def bilinear(x, y):
    """min over x, max over y of x*y: gradients (y, -x). The equilibrium is (0, 0)."""
    return y, -x


def dirac(theta, psi, loss="non_saturating", penalty=0.0):
    """The smallest GAN: real data at 0, the fake at theta, logit D(x) = psi * x.

    D's loss is softplus(psi*theta) + log 2 + penalty/2 * psi^2; the last term is R1. The losses'
    names are "minimax", "non_saturating" and "wasserstein" (the logit itself, no softplus).
    Without R1 no loss brings a geometric approach to (0, 0) (Mescheder, Geiger, Nowozin, 2018).
    """
    inputs.check_weights(penalty=penalty)
    fake = 0.5 * (1 + np.tanh(psi * theta / 2))  # sigmoid: the fake's probability of being real
    slopes = {"minimax": (-fake, fake), "non_saturating": (fake - 1, fake), "wasserstein": (-1, 1)}
    if loss not in slopes:
        raise ValueError(f"Unknown loss {loss!r}; choose one of {list(slopes)}.")
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


def optimistic(game, point, rates):
    """Twice the present gradient less the last one (Daskalakis et al., 2018)."""
    last = np.array(game(*point))
    while True:
        present = np.array(game(*point))
        point = point - rates * (2 * present - last)
        last = present
        yield point


def momentum(game, point, rates, beta=0.9):
    """Alternating steps that keep a share `beta` of the last, below 0 too (Gidel et al., 2019)."""
    if not (inputs.is_number(beta) and -1 < beta < 1):
        raise ValueError(f"beta={beta!r} must lie in (-1, 1).")
    point, step = np.array(point), np.zeros(2)
    while True:
        for player in (1, 0):
            step[player] = beta * step[player] - rates[player] * game(*point)[player]
            point[player] += step[player]
        yield point


def adam(game, point, rates, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    """Alternating steps of Adam (Kingma, Ba, 2015)."""
    for name, share in (("beta_1", beta_1), ("beta_2", beta_2)):
        if not (inputs.is_number(share) and 0 <= share < 1):
            raise ValueError(f"{name}={share!r} must lie in [0, 1).")
    inputs.check_positive(epsilon=epsilon)
    point, mean, square = np.array(point), np.zeros(2), np.zeros(2)
    for t in itertools.count(1):
        for player in (1, 0):
            gradient = game(*point)[player]
            mean[player] += (1 - beta_1) * (gradient - mean[player])
            square[player] += (1 - beta_2) * (gradient**2 - square[player])
            size = math.sqrt(square[player] / (1 - beta_2**t)) + epsilon
            point[player] -= rates[player] * mean[player] / (1 - beta_1**t) / size
        yield point


def play(game, start, rule=simultaneous, steps=100, rates=0.1, **options):
    """The path of a game, float64, shape (steps + 1, 2), from `start` on.

    Args:
        game: takes two numbers, gives the two gradients, such as `bilinear`.
        start: two numbers: the generator's, the discriminator's.
        rule: `simultaneous`, `alternating`, `extra_gradient`, `optimistic`, `momentum` or `adam`.
        steps: rounds to play, at least 1.
        rates: one learning rate, or the generator's and the discriminator's: two time scales.
        **options: the rule's own, such as `beta=-0.5` for `momentum`.

    Raises:
        ValueError: If an argument is out of range, or no function.
    """
    inputs.check_functions(game=game, rule=rule)
    inputs.check_counts(steps=steps)
    start, rates = np.array(_finite("start", start)), np.array(_finite("rates", rates))
    if start.shape != (2,):
        raise ValueError(f"start must be two finite numbers, got {start}.")
    if rates.shape not in ((), (2,)) or not (rates > 0).all():
        raise ValueError(f"rates must be one positive number, or two, got {rates}.")
    points = itertools.islice(rule(game, start, np.broadcast_to(rates, 2), **options), steps)
    return np.array([start, *(tuple(point) for point in points)])


def spiral_radius(rate, steps):
    """How far simultaneous steps drift out on `bilinear`, as a factor: (1 + rate^2)^(steps/2)."""
    rate, steps = _finite("rate", rate), _finite("steps", steps)
    if (rate < 0).any() or (steps < 0).any():
        raise ValueError(f"rate={rate} and steps={steps} must not be negative.")
    return (1 + rate**2) ** (steps / 2)
