"""How good are samples? Distances between two sets of features, and counts of what is left out.

`real` and `fake` are features, arrays (n, d) and (m, d). Points are their own; those of images come
from a network, such as `judges.load("mnist")`. A figure means something only with its protocol (the
features, the number of samples), and beside what real samples score against other real ones: the
floor. See `report`.
"""

import warnings
from collections import namedtuple

import numpy as np
from scipy.special import rel_entr

from gan_keras.engine import checks
from gan_keras.engine.game import Game
from gan_keras.models.labels import Labels

Spread = namedtuple("Spread", "mean std")
PrecisionRecall = namedtuple("PrecisionRecall", "precision recall")
DensityCoverage = namedtuple("DensityCoverage", "density coverage")
ModeCoverage = namedtuple("ModeCoverage", "modes kl")


def frechet_distance(real, fake):
    """The Fréchet distance of two Gaussians fitted to the features: "FID" on Inception's features.

        d^2 = ||m_r - m_f||^2 + tr(S_r + S_f - 2 (S_r S_f)^(1/2))

    In squared units of the features; 0 for equal means and covariances, whatever else differs. The
    fewer the samples, the larger: compare at equal numbers only. With d or fewer, a UserWarning.
    Source: Heusel et al. (2017), GANs Trained by a Two Time-Scale Update Rule.
    """
    real, fake = _features(real, fake)
    few, d = min(len(real), len(fake)), real.shape[1]
    if few <= d:
        told = f"{few} samples of {d} features make it far too large. Take more than {d}."
        warnings.warn(f"Fréchet distance: {told}", stacklevel=2)
    (centre_real, root_real), (centre_fake, root_fake) = _gaussian(real), _gaussian(fake)
    # With S = R R^T, the eigenvalues of S_r S_f are the squared singular values of R_r^T R_f.
    shared = np.linalg.svd(root_real.T @ root_fake, compute_uv=False).sum()
    apart = np.square(centre_real - centre_fake).sum()
    distance = apart + np.square(root_real).sum() + np.square(root_fake).sum() - 2 * shared
    return float(max(distance, 0.0))


def kernel_distance(real, fake, subsets=10, subset_size=1000, seed=0):
    """The squared maximum mean discrepancy, unbiased, under a cubic kernel: "KID" on Inception's.

        MMD^2 = E[k(x, x')] + E[k(y, y')] - 2 E[k(x, y)],   k(x, y) = (x.y / d + 1)^3

    `(mean, std)` over random subsets of `subset_size` rows, or all. The mean does not depend on the
    number of samples, and may fall below 0. Subsets of a small set overlap: std is too small.
    Source: Bińkowski et al. (2018), Demystifying MMD GANs.
    """
    real, fake = _features(real, fake)
    checks.counts(subsets=subsets)
    checks.counts(2, subset_size=subset_size)
    size = min(subset_size, len(real), len(fake))
    choice = np.random.default_rng(seed).choice
    pairs = ([choice(rows, size, replace=False) for rows in (real, fake)] for _ in range(subsets))
    values = [_mmd(x.astype("float64"), y.astype("float64")) for x, y in pairs]
    return Spread(float(np.mean(values)), float(np.std(values)))


def precision_recall(real, fake, k=3):
    """`(precision, recall)`: which share of the fakes looks real, and of the reals is drawn.

    Precision is the share of fakes in a ball round a real sample that reaches to its k-th nearest
    neighbor; recall the share of reals in such a ball of a fake. Their floor is below 1.
    Source: Kynkäänniemi et al. (2019), Improved Precision and Recall Metric.
    """
    real, fake = _features(real, fake, least=k + 1)
    precision, recall = _inside(real, fake, k)[0] > 0, _inside(fake, real, k)[0] > 0
    return PrecisionRecall(float(precision.mean()), float(recall.mean()))


def density_coverage(real, fake, k=5):
    """`(density, coverage)`: two counts that a single outlier among the fakes cannot raise.

    Density is the mean number of real balls that a fake lies in, over k: 1 for equal distributions,
    above for fakes that crowd where reals are dense. Coverage is the share of real balls with a
    fake in them: 1 - 2^-k for equal distributions, about 0.97 for k = 5.
    Source: Naeem et al. (2020), Reliable Fidelity and Diversity Metrics.
    """
    real, fake = _features(real, fake, least=k + 1)
    balls_round, fakes_in = _inside(real, fake, k)
    return DensityCoverage(float(balls_round.mean() / k), float((fakes_in > 0).mean()))


def mode_coverage(labels, true_shares):
    """`(modes, kl)`: how many modes are drawn at all, and how far their shares are from true.

        KL(fake || true) = sum_i q_i log(q_i / p_i)     in nats, 0 for equal shares

    `labels` are the modes of the samples, integers (n,); `true_shares`, (modes,), sum to 1.
    Source: for 1,000 modes of stacked digits, Srivastava et al. (2017), VEEGAN.
    """
    p = np.asarray(true_shares, "float64")
    if not (p > 0).all() or abs(p.sum() - 1) > 1e-3:
        raise ValueError(f"true_shares must be above 0 and sum to 1, not {p}.")
    checks.counts(labels=len(labels))
    counts = np.bincount(Labels(len(p))(np.asarray(labels)), minlength=len(p))
    kl = rel_entr(counts / counts.sum(), p).sum()
    return ModeCoverage(int((counts > 0).sum()), float(kl))


class Report(namedtuple("Report", "scores floor protocol")):
    """What `report` found: two dicts name -> figure, and a sentence; it prints as a table."""

    def __str__(self):
        rows = [self.protocol, f"{'':18}{'fakes':>10}{'real':>10}"]
        for name, score in self.scores.items():
            words = name.replace("frechet", "Fréchet").replace("_", " ")
            rows.append(f"{words:18}{score:10.4g}{self.floor[name]:10.4g}")
        return "\n".join(rows)


def report(real, fake, extractor=None, seed=0):
    """Distances, precision, recall, density and coverage of the fakes, beside their floor.

    The real samples, best twice as many as the fakes, are cut in two at random: one half to compare
    with, at equal numbers; the other takes the fakes' place for the floor. `extractor` gives
    features (n, d) of samples, such as a `judges.Judge`; None for points.
    """
    real, fake = np.asarray(real), np.asarray(fake)
    checks.counts(20, real_samples=len(real))
    checks.counts(10, fake_samples=len(fake))
    checks.same_shape(real_sample=real[0], fake_sample=fake[0])
    size, random = min(len(real) // 2, len(fake)), np.random.default_rng(seed)
    order, drawn = random.permutation(len(real)), random.permutation(len(fake))
    sets = real[order[:size]], real[order[size : 2 * size]], fake[drawn[:size]]
    first, second, made = sets if extractor is None else map(extractor, sets)
    checks.same_length(order[:size], first, second, made)
    name = getattr(extractor, "__name__", extractor or "the samples themselves")
    protocol = f"{size:,} fakes against {size:,} real · features: {name} · seed {seed}"
    return Report(scores(first, made, seed), scores(first, second, seed), protocol)


def evaluate(game, x, extractor=None, n=None, seed=0, verbose=1):
    """Measure what a game draws against real samples: its losses say nothing of quality.

    The method `evaluate` of games: prints a `report` of `n` samples (None: half as many as in `x`)
    unless `verbose` is 0, and returns its scores, a dict name -> figure. The real samples `x` are
    best not those trained on. Images need an `extractor`, such as `judges.load("digits")`.
    """
    real = game.checks[0](x)
    fake = game.generate(max(len(real) // 2, 1) if n is None else n, seed=seed)
    found = report(real, fake, extractor, seed)
    if verbose:
        print(found)
    return found.scores


def scores(real, fake, seed=0):
    """All figures of a `Report` from features: a dict name -> float."""
    return {
        "frechet_distance": frechet_distance(real, fake),
        "kernel_distance": kernel_distance(real, fake, seed=seed).mean,
        **precision_recall(real, fake)._asdict(),
        **density_coverage(real, fake)._asdict(),
    }


def _features(real, fake, least=2):
    # Features of 50,000 images take a gigabyte in float64: each figure widens what it works on.
    sets = np.asarray(real), np.asarray(fake)
    real, fake = (rows.astype(np.result_type(rows, "float32"), copy=False) for rows in sets)
    if real.ndim != 2 or real.shape[1:] != fake.shape[1:]:
        told = f"Expected features (n, d) of one d, got {real.shape} and {fake.shape}."
        raise ValueError(f"{told} Images need an extractor first: judges.load('digits').")
    checks.counts(least, real_samples=len(real), fake_samples=len(fake))
    for rows in (real, fake):
        checks.Samples((None,))(rows)  # NaN would go through some figures unseen
    if not np.ptp(real, axis=0).any():
        raise ValueError("All real samples have the same features: there is nothing to measure.")
    return real, fake


def _gaussian(rows, block=4096):
    """Mean of the rows, and R with R R^T = their covariance."""
    mean = rows.mean(0, dtype="float64")
    # In blocks: the whole in float64 would double the memory.
    centered = (rows[i : i + block] - mean for i in range(0, len(rows), block))
    covariance = sum(part.T @ part / (len(rows) - 1) for part in centered)
    try:
        return mean, np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:  # few rows; a feature is constant, or follows from the others
        values, vectors = np.linalg.eigh(covariance)
        return mean, vectors * np.sqrt(np.clip(values, 0.0, None))


def _mmd(x, y):
    xx, yy, xy = (a @ b.T / a.shape[1] + 1 for a, b in ((x, x), (y, y), (x, y)))
    xx, yy, xy = (k * k * k for k in (xx, yy, xy))  # three times as fast as k**3
    pairs = len(x) * (len(x) - 1)
    return (xx.sum() - np.trace(xx)) / pairs + (yy.sum() - np.trace(yy)) / pairs - 2 * xy.mean()


def _squared_distances(a, b, rows=1000):
    """Squared distances of `rows` of a at a time to all of b: blocks (rows, len(b))."""
    centre = b.mean(0, dtype="float64")  # round it, little is lost to differences of large numbers
    b = b - centre
    lengths = np.square(b).sum(1)
    for block in (a[i : i + rows] - centre for i in range(0, len(a), rows)):
        squares = np.square(block).sum(1)[:, None] + lengths - 2 * block @ b.T
        yield np.maximum(squares, 0.0)


def _inside(centres, samples, k):
    """How many balls round centres each sample lies in, and how many samples lie in each ball."""
    checks.counts(k=k)
    # Column k of the partition: at 0 stands the centre itself.
    distances = _squared_distances(centres, centres)
    radii = np.concatenate([np.partition(d, k, axis=1)[:, k] for d in distances])
    balls_round, samples_in = [], np.zeros(len(centres), int)
    for distances in _squared_distances(samples, centres):
        inside = distances <= radii
        balls_round.append(inside.sum(1))
        samples_in += inside.sum(0)
    return np.concatenate(balls_round), samples_in


Game.evaluate = evaluate  # here, since the engine measures nothing
