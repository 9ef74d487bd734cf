"""CPU seconds and error of `metrics.frechet_distance`, beside the textbook version of it.

    python -m tests.benchmarks.metrics

The textbook takes `scipy.linalg.sqrtm` of the product of two covariances. Both are measured whole,
from features to figure, and in the part where they differ, from covariances to the trace of the
root. Repetitions alternate, so that whatever else the machine does falls on both. BLAS threads that
wait burn CPU time: read it also with OPENBLAS_NUM_THREADS=1 (and name that beside the figures).
First comes the size that published figures use, 50,000 × 2,048, ours alone, with the peak memory of
the process.
"""

import os
import resource
import time

import numpy as np
import scipy

from gan_keras.measure import metrics

PUBLISHED = (50_000, 2_048)  # samples, features
SIZES = ((10_000, 128, 15), (3_000, 2_048, 1))  # samples, features, repetitions


def textbook(real, fake):
    centre_real, centre_fake = real.mean(0), fake.mean(0)
    s_real, s_fake = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    apart = np.square(centre_real - centre_fake).sum()
    return apart + np.trace(s_real) + np.trace(s_fake) - 2 * textbook_root(s_real, s_fake)


def textbook_root(s_real, s_fake):
    return np.trace(scipy.linalg.sqrtm(s_real @ s_fake).real)


def our_root(s_real, s_fake):
    """What `frechet_distance` does with covariances of full rank."""
    roots = np.linalg.cholesky(s_real), np.linalg.cholesky(s_fake)
    return np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()


def features(n, d, seed):
    """Correlated and never below 0, as a judge's are."""
    random = np.random.default_rng(seed)
    mixed = random.standard_normal((n, d)) @ random.standard_normal((d, d)) / np.sqrt(d)
    return np.maximum(mixed + 0.1 * seed, 0)


def cpu_seconds(function, *arguments):
    start = time.process_time()
    value = function(*arguments)
    return time.process_time() - start, value


def compare(name, ours, theirs, arguments, repetitions):
    """Prints the median CPU seconds of both, their ratio and the relative difference."""
    pairs = [[cpu_seconds(f, *arguments) for f in (ours, theirs)] for _ in range(repetitions)]
    (our_time, value), (their_time, reference) = (
        (np.median([seconds for seconds, _ in column]), column[0][1])
        for column in zip(*pairs, strict=True)
    )
    print(
        f"    {name:17} {1e3 * our_time:10.1f} ms, textbook {1e3 * their_time:10.1f} ms, ratio "
        f"{our_time / their_time:.2f}; relative difference {abs(value / reference - 1):.1e}"
    )


def published_size():
    real, fake = (
        np.random.default_rng(seed).standard_normal(PUBLISHED, dtype="float32") for seed in (0, 1)
    )
    before = peak_gib()
    seconds, _ = cpu_seconds(metrics.frechet_distance, real, fake)
    print(
        f"{PUBLISHED[0]:,} × {PUBLISHED[1]:,} features in float32: {seconds:.1f} CPU s; peak "
        f"memory of the process {peak_gib():.2f} GiB, {before:.2f} before"
    )


def peak_gib():
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main():
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    print(f"NumPy {np.__version__}, SciPy {scipy.__version__}, {threads} BLAS threads, CPU time")
    published_size()
    for n, d, repetitions in SIZES:
        real, fake = features(n, d, 0), features(n, d, 1)
        covariances = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
        print(f"{n:,} × {d:,} features, median of {repetitions} repetitions")
        compare("whole function", metrics.frechet_distance, textbook, (real, fake), repetitions)
        compare("matrix root alone", our_root, textbook_root, covariances, repetitions)


if __name__ == "__main__":
    main()
