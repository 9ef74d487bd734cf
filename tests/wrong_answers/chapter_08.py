"""Wrong answers to the exercises of 08_measuring_quality."""

import numpy as np
from scipy import stats
from scipy.spatial.distance import cdist


def inside(centres, samples, k):
    """Whether each sample (row) lies in the ball of each centre (column)."""
    return cdist(samples, centres) <= np.sort(cdist(centres, centres), axis=1)[:, k]


WRONG = {
    1: {
        "not its square": lambda m_r, s_r, m_f, s_f: np.hypot(m_r - m_f, s_r - s_f),
        "not the variances": lambda m_r, s_r, m_f, s_f: (m_r - m_f) ** 2 + (s_r**2 - s_f**2) ** 2,
        "subtract twice the product": lambda m_r, s_r, m_f, s_f: (m_r - m_f) ** 2 + s_r**2 + s_f**2,
        "the spreads are missing": lambda m_r, s_r, m_f, s_f: (m_r - m_f) ** 2,
        "the means' difference enters squared": lambda m_r, s_r, m_f, s_f: (
            abs(m_r - m_f) + (s_r - s_f) ** 2
        ),
    },
    2: {
        "that is precision": lambda real, fake, k: inside(real, fake, k).any(axis=1).mean(),
        "that is recall": lambda real, fake, k: inside(fake, real, k).any(axis=1).mean(),
        "too large by one": lambda real, fake, k: inside(real, fake, k + 1).any(axis=0).mean(),
        "not its own neighbour": lambda real, fake, k: inside(real, fake, k - 1).any(axis=0).mean(),
    },
    3: {
        "that is 'more often'": lambda right, n: stats.binom.sf(right, n, 0.5),
        "exactly 14": lambda right, n: stats.binom.pmf(right, n, 0.5),
        "look at the other tail": lambda right, n: stats.binom.cdf(right, n, 0.5),
        "counts both tails": lambda right, n: stats.binomtest(right, n).pvalue,
    },
}
