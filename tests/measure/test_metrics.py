"""Metrics: against naive formulas, known values, invariances, and samples that cannot be judged."""

import tracemalloc

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gan_keras.measure import metrics
from tests.benchmarks.metrics import textbook

shapes = st.fixed_dictionaries(
    {"n": st.integers(8, 40), "m": st.integers(8, 40), "d": st.integers(1, 6)},
)
seeds = st.integers(0, 2**16)


def normal(n, d, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1.0, (n, d))


def pair(shape, seed):
    """Two sets that differ in size, place and width."""
    real = normal(shape["n"], shape["d"], [seed, 0])
    return real, 0.3 + 1.4 * normal(shape["m"], shape["d"], [seed, 1])


# The figures, written naively -------------------------------------------------------------------


def naive_kernel_distance(x, y):
    def k(a, b):
        return (sum(i * j for i, j in zip(a, b, strict=True)) / len(a) + 1) ** 3

    def within(rows):
        pairs = [k(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j]
        return sum(pairs) / len(pairs)

    across = [k(a, b) for a in x for b in y]
    return within(x) + within(y) - 2 * sum(across) / len(across)


def naive_radii(rows, k):
    return [
        sorted(np.linalg.norm(a - b) for j, b in enumerate(rows) if j != i)[k - 1]
        for i, a in enumerate(rows)
    ]


def naive_inside(centres, samples, k):
    radii = naive_radii(centres, k)
    return np.array(
        [
            [np.linalg.norm(sample - centre) <= radius for sample in samples]
            for centre, radius in zip(centres, radii, strict=True)
        ]
    )


@given(shape=shapes, seed=seeds)
def test_kernel_distance_is_the_naive_one(shape, seed):
    real, fake = (rows[:8] for rows in pair(shape, seed))
    got = metrics.kernel_distance(real, fake, subsets=1)
    assert got.mean == pytest.approx(naive_kernel_distance(real, fake), rel=1e-9, abs=1e-9)
    assert got.std == 0


@given(shape=shapes, seed=seeds, k=st.integers(1, 5))
def test_precision_recall_density_coverage_are_the_naive_ones(shape, seed, k):
    real, fake = pair(shape, seed)
    by_real, by_fake = naive_inside(real, fake, k), naive_inside(fake, real, k)
    assert metrics.precision_recall(real, fake, k) == pytest.approx(
        (by_real.any(0).mean(), by_fake.any(0).mean()), abs=1e-9
    )
    assert metrics.density_coverage(real, fake, k) == pytest.approx(
        (by_real.sum(0).mean() / k, by_real.any(1).mean()), abs=1e-9
    )


@given(shape=shapes, seed=seeds)
def test_frechet_distance_is_the_textbook_one(shape, seed):
    real, fake = pair(shape | {"n": shape["n"] + 10, "m": shape["m"] + 10}, seed)
    s_real, s_fake = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (real, fake))
    root = scipy.linalg.sqrtm(s_real @ s_fake).real
    apart = np.square(real.mean(0) - fake.mean(0)).sum()
    expected = apart + np.trace(s_real + s_fake - 2 * root)
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-8, abs=1e-9)


def test_frechet_distance_at_the_judges_width():
    real, fake = np.maximum(normal(600, 128, 0), 0), np.maximum(normal(500, 128, 1, shift=0.2), 0)
    got = metrics.frechet_distance(real.astype("float32"), fake.astype("float32"))
    assert got == pytest.approx(textbook(real, fake), rel=1e-6)


# Fréchet distance -------------------------------------------------------------------------------


def test_frechet_distance_of_equal_sets_is_zero_in_any_order():
    rows = normal(300, 20, 0)
    assert metrics.frechet_distance(rows, rows[::-1]) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_a_shift_is_its_square():
    rows = normal(300, 20, 0)
    assert metrics.frechet_distance(rows, rows + 0.5) == pytest.approx(20 * 0.25, rel=1e-9)


def test_frechet_distance_of_gaussians_on_a_line():
    """(m_r - m_f)^2 + (s_r - s_f)^2, whatever the sets' true shape."""
    real, fake = np.array([[-1.0], [1.0]] * 50), np.array([[0.0], [4.0]] * 50)
    spread = real.std(ddof=1)
    assert metrics.frechet_distance(real, fake) == pytest.approx(4 + spread**2, rel=1e-9)


@given(seed=seeds)
def test_frechet_distance_is_symmetric_and_does_not_see_order_or_rotation(seed):
    real, fake = pair({"n": 60, "m": 40, "d": 5}, seed)
    turn = stats.ortho_group(5, seed=seed).rvs()
    random = np.random.default_rng(seed)
    expected = pytest.approx(metrics.frechet_distance(real, fake), rel=1e-8)
    assert metrics.frechet_distance(fake, real) == expected
    assert metrics.frechet_distance(random.permutation(real), random.permutation(fake)) == expected
    assert metrics.frechet_distance(real @ turn, fake @ turn) == expected


def test_frechet_distance_makes_no_copy_of_the_features():
    real, fake = (normal(50_000, 16, seed).astype("float32") for seed in (0, 1))
    tracemalloc.start()
    metrics.frechet_distance(real, fake)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < real.nbytes  # a copy of one set in float64 would take twice that


def test_features_of_other_types_give_the_figures_of_float64():
    real, fake = (np.round(8 * normal(60, 3, seed)) for seed in (0, 1))
    expected = metrics.scores(real, fake)
    for dtype in ("float32", "float16", "int8", "int64"):
        assert metrics.scores(real.astype(dtype), fake.astype(dtype)) == pytest.approx(expected)


def test_frechet_distance_of_few_samples_is_too_large_and_says_so():
    real, fake = normal(20, 64, 0), normal(20, 64, 1)
    with pytest.warns(UserWarning, match="20 samples.*Take more than 64"):
        few = metrics.frechet_distance(real, fake)
    many = metrics.frechet_distance(normal(4000, 64, 0), normal(4000, 64, 1))
    assert np.isfinite(few) and few > 20 * many > 0


def test_frechet_distance_where_features_never_change_or_repeat():
    """Dead units of a judge: the covariance is singular, and the distance is that of the rest."""
    real, fake = pair({"n": 200, "m": 200, "d": 6}, 0)
    expected = metrics.frechet_distance(real, fake)
    dead = [np.hstack([rows, np.zeros((200, 2))]) for rows in (real, fake)]
    assert metrics.frechet_distance(*dead) == pytest.approx(expected, rel=1e-6)
    twice = [np.hstack([rows, rows]) for rows in (real, fake)]
    assert metrics.frechet_distance(*twice) == pytest.approx(2 * expected, rel=1e-6)


def test_frechet_distance_to_one_fake_repeated():
    """All variety is lost: the trace of the real covariance remains."""
    real = normal(200, 6, 0)
    fake = np.tile(real.mean(0), (50, 1))
    expected = np.trace(np.cov(real, rowvar=False))
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


# Laws -------------------------------------------------------------------------------------------


def all_figures(real, fake):
    """Every figure of two sets that has no chance in it: a subset of all rows is no choice."""
    return np.array(
        [
            metrics.frechet_distance(real, fake),
            metrics.kernel_distance(real, fake, subsets=1).mean,
            *metrics.precision_recall(real, fake),
            *metrics.density_coverage(real, fake),
        ]
    )


@given(shape=shapes, seed=seeds)
def test_no_figure_sees_the_order_of_the_samples(shape, seed):
    real, fake = pair(shape | {"n": shape["m"] + 8, "m": shape["m"] + 8}, seed)
    random = np.random.default_rng(seed)
    mixed = all_figures(random.permutation(real), random.permutation(fake))
    np.testing.assert_allclose(mixed, all_figures(real, fake), rtol=1e-7, atol=1e-9)


@given(shape=shapes, seed=seeds)
def test_distances_are_symmetric_and_precision_is_the_recall_of_the_other_way(shape, seed):
    real, fake = pair(shape | {"n": shape["m"] + 8, "m": shape["m"] + 8}, seed)
    there, back = all_figures(real, fake), all_figures(fake, real)
    np.testing.assert_allclose(there[:2], back[:2], rtol=1e-7, atol=1e-9)
    assert (there[2], there[3]) == (back[3], back[2])
    assert there[0] >= 0 and (0 <= there[2:4]).all() and (there[2:4] <= 1).all()


@given(shape=shapes, seed=seeds)
def test_equal_sets_are_at_distance_zero_and_cover_each_other(shape, seed):
    rows, _ = pair(shape | {"n": shape["n"] + 8}, seed)
    assert metrics.frechet_distance(rows, rows.copy()) == pytest.approx(0, abs=1e-8)
    assert metrics.precision_recall(rows, rows.copy()) == (1, 1)
    assert metrics.density_coverage(rows, rows.copy()).coverage == 1


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=30), seed=seeds)
def test_the_divergence_of_modes_is_zero_for_their_own_shares_and_never_below(labels, seed):
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.ones(5)) + 1e-6
    coverage = metrics.mode_coverage(labels, p / p.sum())
    assert coverage.kl >= -1e-9 and coverage.modes == len(set(labels))
    assert metrics.mode_coverage(random.permutation(labels), p / p.sum()) == coverage
    everything = [*labels, *range(5)]
    own = np.bincount(everything) / len(everything)
    assert metrics.mode_coverage(everything, own).kl == pytest.approx(0, abs=1e-9)


# Bias, floors and known values ------------------------------------------------------------------


def test_kernel_distance_of_equal_distributions_is_zero_on_average_at_any_size():
    for n in (10, 100):
        values = [
            metrics.kernel_distance(normal(n, 4, [0, i]), normal(n, 4, [1, i]), subsets=1).mean
            for i in range(200)
        ]
        assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(200)
        assert min(values) < 0


def test_kernel_distance_repeats_with_its_seed_and_spreads_over_subsets():
    real, fake = normal(300, 4, 0), normal(300, 4, 1)
    first, again, other = (
        metrics.kernel_distance(real, fake, subset_size=100, seed=seed)
        for seed in (0, np.int64(0), 1)
    )
    assert first == again != other
    assert first.std > 0


def test_precision_sees_invented_samples_and_recall_missing_ones():
    left, right = normal(200, 2, 0), normal(200, 2, 1, shift=50)
    both = np.concatenate([left, right])
    assert metrics.precision_recall(left, np.concatenate([normal(200, 2, 2), right])) == (
        pytest.approx((0.5, 0.95), abs=0.06)
    )
    assert metrics.precision_recall(both, normal(200, 2, 2)) == pytest.approx((0.95, 0.5), abs=0.06)
    assert metrics.density_coverage(both, normal(200, 2, 2)).coverage == pytest.approx(
        0.5, abs=0.06
    )


def test_precision_recall_of_copies_is_one_and_of_strangers_zero():
    rows = normal(100, 3, 0)
    assert metrics.precision_recall(rows, rows) == (1, 1)
    assert metrics.precision_recall(rows, rows + 1000) == (0, 0)
    assert metrics.density_coverage(rows, rows).coverage == 1
    assert metrics.density_coverage(rows, rows + 1000) == (0, 0)


def test_density_and_coverage_of_equal_distributions():
    values = [
        metrics.density_coverage(normal(500, 3, [0, i]), normal(500, 3, [1, i])) for i in range(10)
    ]
    density, coverage = np.mean(values, axis=0)
    assert density == pytest.approx(1, abs=0.05)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.01)


def test_coverage_is_not_fooled_by_a_far_fake_as_recall_is():
    """One ball of the fakes reaches over everything; no real ball does."""
    real, fake = normal(200, 2, 0), normal(196, 2, 1, shift=20)
    far = np.concatenate([fake, [[-30.0, -30.0]] * 4 + 0.01 * normal(4, 2, 2)])
    far[-1] += 300
    assert metrics.precision_recall(real, fake).recall == 0
    assert metrics.precision_recall(real, far).recall == 1
    assert metrics.density_coverage(real, far) == (0, 0)


def test_mode_coverage_counts_and_compares_shares():
    p = np.array([0.5, 0.25, 0.25])
    assert metrics.mode_coverage([0, 0, 1, 2], p) == pytest.approx((3, 0))
    assert metrics.mode_coverage([0, 0, 0, 0], p) == pytest.approx((1, np.log(2)))
    assert metrics.mode_coverage([1, 1, 2, 2], p) == pytest.approx((2, np.log(2)))


# The report -------------------------------------------------------------------------------------


def doubled(samples):
    """An extractor with a name."""
    return 2 * samples.reshape(len(samples), -1)


def test_report_gives_the_floor_and_the_protocol():
    real, fake = normal(120, 2, 0), normal(50, 2, 1, shift=2)
    report = metrics.report(real, fake, doubled, seed=3)
    assert report.scores.keys() == report.floor.keys()
    assert report.protocol == "50 fakes against 50 real · features: doubled · seed 3"
    assert report.scores["frechet_distance"] > 10 * report.floor["frechet_distance"]
    assert report.scores["coverage"] < 0.7 < report.floor["coverage"]
    text = str(report)
    assert report.protocol in text and "Fréchet distance" in text
    assert f"{report.floor['frechet_distance']:.4g}" in text
    assert "the samples themselves" in metrics.report(real, fake).protocol


def test_report_knows_the_real_samples_from_the_fakes():
    real, one_mode = normal(200, 2, 0), 0.1 * normal(100, 2, 1)
    scores = metrics.report(real, one_mode).scores
    assert scores["precision"] > 0.9 and scores["recall"] < 0.1


def test_report_takes_the_features_of_the_extractor():
    real, fake = normal(100, 2, 0), normal(50, 2, 1)
    plain, twice = metrics.report(real, fake), metrics.report(real, fake, doubled)
    assert twice.scores["frechet_distance"] == pytest.approx(4 * plain.scores["frechet_distance"])
    assert twice.scores["coverage"] == plain.scores["coverage"]


def test_report_does_not_depend_on_the_order_of_real_or_fake_samples():
    """Sets sorted by class are cut at random: halves of equal sets stay equal."""
    real = np.sort(normal(1000, 1, 0), axis=0)
    fake = np.sort(normal(1000, 1, 1), axis=0)
    report = metrics.report(real, fake)
    assert "500 fakes" in report.protocol
    assert report.scores["frechet_distance"] < 0.05 > report.floor["frechet_distance"]
    assert report.scores["coverage"] > 0.9 < report.floor["coverage"]
    assert metrics.report(real, fake).scores == report.scores


# Samples that cannot be judged ------------------------------------------------------------------

FIGURES = (
    metrics.frechet_distance,
    metrics.kernel_distance,
    metrics.precision_recall,
    metrics.density_coverage,
)


def with_value(value):
    rows = normal(20, 3, 0)
    rows[7, 1] = value
    return rows


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (normal(20, 3, 0), normal(20, 4, 1), r"\(20, 3\) and \(20, 4\)"),
        (normal(20, 3, 0), normal(20, 1, 1), r"\(20, 3\) and \(20, 1\)"),
        (np.zeros((20, 4, 4, 1)), np.zeros((20, 4, 4, 1)), "need an extractor"),
        (normal(20, 3, 0)[:, 0], normal(20, 3, 1)[:, 0], "features"),
        (np.zeros((0, 3)), normal(20, 3, 1), "real_samples=0"),
        (normal(20, 3, 0), normal(1, 3, 1), "fake_samples=1"),
        (with_value(np.nan), normal(20, 3, 1), "NaN"),
        (normal(20, 3, 1), with_value(np.inf), "infinite"),
        (np.ones((20, 3)), normal(20, 3, 1), "the same features"),
    ],
)
def test_features_that_do_not_fit_are_refused(figure, real, fake, message):
    with pytest.raises(ValueError, match=message):
        figure(real, fake)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.precision_recall(normal(20, 2, 0), normal(20, 2, 1), k=0), "k=0"),
        (lambda: metrics.density_coverage(normal(20, 2, 0), normal(5, 2, 1)), "fake_samples=5"),
        (lambda: metrics.mode_coverage([0, 4], np.full(4, 0.25)), "4 classes"),
        (lambda: metrics.mode_coverage([-1, 0], np.full(4, 0.25)), "4 classes"),
        (lambda: metrics.mode_coverage([0, 1], np.full(4, 0.5)), "sum to 1"),
        (lambda: metrics.mode_coverage([0], [1.0, 0.0]), "above 0"),
        (lambda: metrics.report(normal(40, 2, 0), normal(9, 2, 1)), "fake_samples=9"),
        (lambda: metrics.report(normal(19, 2, 0), normal(20, 2, 1)), "real_samples=19"),
        (lambda: metrics.report(normal(40, 2, 0), normal(40, 1, 1)), "shape"),
        (
            lambda: metrics.report(normal(40, 2, 0), normal(20, 2, 1), lambda x: x[1:]),
            "differ in length",
        ),
    ],
)
def test_what_would_give_a_wrong_figure_in_silence_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
