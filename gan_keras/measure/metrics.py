"""How good are samples? Distances between two sets of features, and counts of what is left out.

Every function takes features: arrays (n, d), one row a sample. Points are their own features;
those of images come from a network, such as `judges.load("mnist")`. A figure means something only
with its protocol, which is the features, the number of samples and the real ones, and beside what
real samples score against other real samples: the floor. `report` gives all of it at once.
"""

import warnings
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from gan_keras.engine import inputs
from gan_keras.engine.game import Game

Spread = namedtuple("Spread", "mean std")
PrecisionRecall = namedtuple("PrecisionRecall", "precision recall")
DensityCoverage = namedtuple("DensityCoverage", "density coverage")
ModeCoverage = namedtuple("ModeCoverage", "modes kl")
TwoSampleTest = namedtuple("TwoSampleTest", "accuracy p_value")


def frechet_distance(real, fake):
    """The Fréchet distance of two Gaussians fitted to the features: "FID" on Inception's features.

        d^2 = ||m_r - m_f||^2 + tr(S_r + S_f - 2 (S_r S_f)^(1/2))

    Zero for equal means and covariances, whatever else differs. It is biased upward, the more so
    the fewer the samples: compare at equal numbers only.

    Args:
        real, fake: Features (n, d) and (m, d).

    Returns:
        d^2, at least 0, in squared units of the features.

    Raises:
        ValueError: If the features do not fit each other, are not finite, or the real ones are all
            the same. With d samples or fewer the covariance cannot have full rank: a UserWarning.

    Source: Heusel et al. (2017), GANs Trained by a Two Time-Scale Update Rule.
    """
    real, fake = _features(real, fake)
    few, d = min(len(real), len(fake)), real.shape[1]
    if few <= d:
        warnings.warn(
            f"{few} samples give a covariance of {d} features a rank of at most {few - 1}: the "
            f"Fréchet distance is far too large. Take more than {d}, or kernel_distance.",
            stacklevel=2,
        )
    (centre_real, root_real), (centre_fake, root_fake) = _gaussian(real), _gaussian(fake)
    # With S = R R^T, the eigenvalues of S_r S_f are the squared singular values of R_r^T R_f: no
    # root of a non-symmetric matrix is needed, and none turns complex.
    shared = np.linalg.svd(root_real.T @ root_fake, compute_uv=False).sum()
    apart = np.square(centre_real - centre_fake).sum()
    distance = apart + np.square(root_real).sum() + np.square(root_fake).sum() - 2 * shared
    return float(max(distance, 0.0))


def kernel_distance(real, fake, subsets=10, subset_size=1000, seed=0):
    """The squared maximum mean discrepancy, unbiased, under a cubic kernel: "KID" on Inception's.

        MMD^2 = E[k(x, x')] + E[k(y, y')] - 2 E[k(x, y)],   k(x, y) = (x.y / d + 1)^3

    Its mean does not depend on the number of samples, and may fall below 0.

    Args:
        real, fake: Features (n, d) and (m, d).
        subsets: Random subsets to average over.
        subset_size: Rows of each set in a subset; fewer where there are not as many.
        seed: Seed of the subsets.

    Returns:
        `(mean, std)` over the subsets. The subsets of a small set overlap: std is then too small.

    Source: Bińkowski et al. (2018), Demystifying MMD GANs.
    """
    real, fake = _features(real, fake)
    inputs.check_counts(subsets=subsets)
    inputs.check_counts(2, subset_size=subset_size)
    inputs.check_counts(0, seed=seed)
    size = min(subset_size, len(real), len(fake))
    random = np.random.default_rng(seed)
    values = [_mmd(*(_sample(rows, size, random) for rows in (real, fake))) for _ in range(subsets)]
    return Spread(float(np.mean(values)), float(np.std(values)))


def precision_recall(real, fake, k=3):
    """Which share of the fakes looks real, and which share of the real world is drawn.

    The support of a set is taken to be the balls round its samples that reach to their k-th nearest
    neighbour. Precision is the share of fakes inside the support of the real samples; recall the
    share of real samples inside the support of the fakes.

    Returns:
        `(precision, recall)`, each from 0 to 1. Their floor, real against real, is below 1.

    Source: Kynkäänniemi et al. (2019), Improved Precision and Recall Metric.
    """
    inputs.check_counts(k=k)
    real, fake = _features(real, fake, least=k + 1, why=f" for the neighbour k={k}")
    return PrecisionRecall(
        precision=float((_inside(real, fake, k)[0] > 0).mean()),
        recall=float((_inside(fake, real, k)[0] > 0).mean()),
    )


def density_coverage(real, fake, k=5):
    """Two counts that a single outlier among the samples cannot raise.

    Density is the number of real balls that a fake lies in, over k, on average: 1 for two equal
    distributions, and above for fakes that crowd where reals are dense. Coverage is the share of
    real balls with a fake in them: 1 - 2^-k for equal sets, about 0.97 for k = 5.

    Returns:
        `(density, coverage)`.

    Source: Naeem et al. (2020), Reliable Fidelity and Diversity Metrics.
    """
    inputs.check_counts(k=k)
    real, fake = _features(real, fake, least=k + 1, why=f" for the neighbour k={k}")
    balls_round, fakes_in = _inside(real, fake, k)
    return DensityCoverage(float(balls_round.mean() / k), float((fakes_in > 0).mean()))


def inception_score(probabilities, splits=10):
    """Are single samples told apart surely, and all classes drawn? No real sample is looked at.

        IS = exp(E[KL(p(y|x) || p(y))])       from 1 to the number of classes

    Args:
        probabilities: A classifier's, (n, classes).
        splits: Parts of equal size to score on their own.

    Returns:
        `(mean, std)` over the parts.

    Source: Salimans et al. (2016), Improved Techniques for Training GANs.
    """
    p = inputs.as_numbers("probabilities", probabilities)
    inputs.check_counts(splits=splits)
    if p.ndim != 2 or p.shape[1] < 2 or not (p >= 0).all() or (np.abs(p.sum(1) - 1) > 1e-3).any():
        raise ValueError(
            f"Expected probabilities (n, classes) of two or more classes, each row summing to 1, "
            f"got shape {p.shape}. Apply a softmax to logits."
        )
    if splits > len(p) // 2:
        raise ValueError(f"{len(p)} samples cannot be split into {splits} parts of two or more.")
    scores = [
        np.exp(special.rel_entr(part, part.mean(0)).sum(1).mean())
        for part in np.array_split(p, splits)
    ]
    return Spread(float(np.mean(scores)), float(np.std(scores)))


def mode_coverage(labels, true_shares):
    """How many modes are drawn at all, and how far their shares are from the true ones.

        KL(fake || true) = sum_i q_i log(q_i / p_i)     in nats, 0 for equal shares

    Args:
        labels: The mode of each sample, integers (n,): a judge's classes, or a mixture's modes.
        true_shares: The true share of each mode, (modes,), above 0 and summing to 1. With equal
            shares, `np.full(modes, 1 / modes)`.

    Returns:
        `(modes, kl)`: modes with at least one sample, and the divergence.

    Source: for 1,000 modes of stacked digits, Srivastava et al. (2017), VEEGAN.
    """
    labels, p = np.asarray(labels), inputs.as_numbers("true_shares", true_shares)
    if p.ndim != 1 or len(p) < 2 or not (p > 0).all() or abs(p.sum() - 1) > 1e-3:
        raise ValueError(
            f"true_shares must be the shares of two or more modes, above 0, summing to 1; got {p}."
        )
    if labels.ndim != 1 or not labels.size or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be integers of shape (n,), got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= len(p):
        raise ValueError(f"Labels run to {labels.max()}, but there are {len(p)} modes, from 0.")
    counts = np.bincount(labels, minlength=len(p))
    return ModeCoverage(
        int((counts > 0).sum()), float(special.rel_entr(counts / len(labels), p).sum())
    )


def two_sample_test(real, fake, seed=0):
    """Can a classifier tell the two sets apart? It answers by the nearest of half of all samples.

    The other half is classified. If both sets come from one distribution, every answer is a toss of
    a coin, so the number of right ones is binomial.

    Returns:
        `(accuracy, p_value)`: 0.5 and a p-value that may be anything when nothing tells them apart;
        an accuracy towards 1 and a small p-value when something does.

    Source: Lopez-Paz and Oquab (2017), Revisiting Classifier Two-Sample Tests.
    """
    inputs.check_counts(0, seed=seed)
    real, fake = _features(real, fake, least=4)
    size = min(len(real), len(fake)) // 2
    random = np.random.default_rng(seed)
    (real_known, real_asked), (fake_known, fake_asked) = (
        np.split(rows[random.permutation(len(rows))[: 2 * size]], 2) for rows in (real, fake)
    )
    known = np.concatenate([real_known, fake_known])
    asked = np.concatenate([real_asked, fake_asked])
    called_fake = np.concatenate([d.argmin(1) for d in _squared_distances(asked, known)]) >= size
    right = int((called_fake == (np.arange(2 * size) >= size)).sum())
    test = stats.binomtest(right, 2 * size, alternative="greater")
    return TwoSampleTest(right / (2 * size), float(test.pvalue))


@dataclass(frozen=True)
class Report:
    """What `report` found; it prints as a table.

    Args:
        scores: Name -> figure of the fakes.
        floor: Name -> figure of real samples in the place of fakes.
        protocol: Features, numbers of samples and seed, in words.
    """

    scores: dict
    floor: dict
    protocol: str

    def __str__(self):
        rows = [f"{self.protocol}", f"{'':18}{'fakes':>10}{'real':>10}"]
        for name, score in self.scores.items():
            words = name.replace("frechet", "Fréchet").replace("_", " ")
            rows.append(f"{words:18}{score:10.4g}{self.floor[name]:10.4g}")
        return "\n".join(rows)


def report(real, fake, extractor=None, seed=0):
    """Distances, precision, recall, density and coverage, beside their floor.

    The real samples are cut in two at random. As many fakes, drawn at random, are compared with the
    first half (or both are cut to the number of fakes); the second half takes the fakes' place for
    the floor. So neither set's order matters.

    Args:
        real: Real samples, at least twice as many as `fake` if none is to be left out.
        fake: Generated samples.
        extractor: Function of samples that returns features (n, d), such as a `judges.Judge`. None
            for points, which are their own features.
        seed: Seed of the cut and of the kernel distance's subsets.

    Returns:
        A `Report`.

    Raises:
        ValueError: If the samples or their features do not fit, or are too few.
    """
    inputs.check_counts(0, seed=seed)
    real, fake = np.asarray(real), np.asarray(fake)
    if not real.ndim or real.shape[1:] != fake.shape[1:] or real.ndim != fake.ndim:
        raise ValueError(
            f"Expected real and fake samples (n, ...) of one shape: real ones are "
            f"{real.shape[1:]}, fakes {fake.shape[1:]}."
        )
    size = min(len(real) // 2, len(fake))
    if size < 10:
        raise ValueError(f"{len(real)} real and {len(fake)} fake samples: want 20 and 10 at least.")
    random = np.random.default_rng(seed)
    order, drawn = random.permutation(len(real)), random.permutation(len(fake))[:size]
    first, second = (
        features(real[rows], extractor) for rows in (order[:size], order[size : 2 * size])
    )
    name = "the samples themselves" if extractor is None else _name(extractor)
    return Report(
        scores=scores(first, features(fake[drawn], extractor), seed),
        floor=scores(first, second, seed),
        protocol=f"{size:,} fakes against {size:,} real · features: {name} · seed {seed}",
    )


def features(samples, extractor=None):
    """What an extractor makes of samples, one row each; the samples themselves without one.

    Raises:
        ValueError: If `extractor` is no function, or does not give a row for each sample.
    """
    if extractor is None:
        return samples
    inputs.check_functions(extractor=extractor)
    rows = extractor(samples)
    if np.shape(rows)[:1] != np.shape(samples)[:1]:
        raise ValueError(
            f"The extractor gave features of shape {np.shape(rows)} for {len(samples)} samples; it "
            "must give one row for each."
        )
    return rows


def scores(real, fake, seed=0):
    """All figures of a `Report` from features: a dict name -> float."""
    return {
        "frechet_distance": frechet_distance(real, fake),
        "kernel_distance": kernel_distance(real, fake, seed=seed).mean,
        **precision_recall(real, fake)._asdict(),
        **density_coverage(real, fake)._asdict(),
    }


def _name(extractor):
    return getattr(extractor, "__name__", None) or str(extractor)


def _features(real, fake, least=2, why=""):
    # Features of 50,000 images take a gigabyte in float64: each figure widens what it works on.
    real, fake = inputs.as_numbers("real", real, None), inputs.as_numbers("fake", fake, None)
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1] or not real.shape[1]:
        raise ValueError(
            f"Expected features (n, d) with the same d, got {real.shape} and {fake.shape}. Images "
            "need an extractor first, such as judges.load('digits')."
        )
    if min(len(real), len(fake)) < least:
        raise ValueError(
            f"{len(real)} and {len(fake)} samples: this needs {least} or more of each{why}."
        )
    for name, rows in (("real", real), ("fake", fake)):
        if not np.isfinite(rows).all():
            raise ValueError(f"The {name} features hold NaN or infinite values.")
    if (real[1] == real[0]).all() and (real == real[0]).all():  # the first costs nothing
        raise ValueError(
            "All real samples have the same features, so nothing can be measured: the extractor "
            "does not see them, or they are one sample repeated."
        )
    return real, fake


def _gaussian(rows, block=4096):
    """Mean of the rows, and R with R R^T = their covariance by the cheapest way that is exact."""
    n, d = rows.shape
    mean = rows.mean(0, dtype="float64")
    if n <= d:
        return mean, (rows - mean).T / np.sqrt(n - 1)
    covariance = np.zeros((d, d))
    for first in range(0, n, block):  # the whole in float64 would double the memory
        centred = rows[first : first + block] - mean
        covariance += centred.T @ centred / (n - 1)
    try:
        return mean, np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:  # a feature is constant, or follows from the others
        values, vectors = np.linalg.eigh(covariance)
        return mean, vectors * np.sqrt(np.clip(values, 0.0, None))


def _sample(rows, size, random):
    """Rows drawn without replacement, as float64."""
    return rows[random.choice(len(rows), size, replace=False)].astype("float64")


def _mmd(x, y):
    n = len(x)
    within = sum(((k := _cubic(a, a)).sum() - np.trace(k)) / (n * (n - 1)) for a in (x, y))
    return within - 2 * _cubic(x, y).mean()


def _cubic(a, b):
    k = a @ b.T / a.shape[1] + 1
    return k * k * k  # three times as fast as k**3


def _squared_distances(a, b, rows=1000):
    """Squared distances of `rows` of a at a time to all of b: blocks (rows, len(b))."""
    # Round their centre, so that little is lost to the difference of large numbers.
    centre = b.mean(0, dtype="float64")
    b = b - centre
    lengths = np.square(b).sum(1)
    for block in (a[i : i + rows] - centre for i in range(0, len(a), rows)):
        squares = np.square(block).sum(1)[:, None] + lengths - 2 * block @ b.T
        yield np.maximum(squares, 0.0)


def _inside(centres, samples, k):
    """How many balls round centres each sample lies in, and how many samples lie in each ball.

    A ball reaches to the centre's k-th nearest neighbour among the centres, itself not counted.
    """
    radii = np.concatenate(
        [np.partition(d, k, axis=1)[:, k] for d in _squared_distances(centres, centres)]
    )
    balls_round, samples_in = [], np.zeros(len(centres), int)
    for distances in _squared_distances(samples, centres):
        inside = distances <= radii
        balls_round.append(inside.sum(1))
        samples_in += inside.sum(0)
    return np.concatenate(balls_round), samples_in


Game.report = staticmethod(report)  # by which `evaluate` measures; the engine knows no measure
