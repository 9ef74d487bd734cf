"""The toy worlds against closed forms, known figures and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_keras.course import toy

P = np.array([0.1, 0.2, 0.3, 0.4])
Q = P[::-1]


@st.composite
def pairs(draw, low=0.0):
    """Two distributions on the same 2 to 8 places."""
    n = draw(st.integers(2, 8))
    masses = st.lists(st.floats(low, 1), min_size=n, max_size=n).filter(lambda m: sum(m) > 0.1)
    p, q = np.array(draw(masses)), np.array(draw(masses))
    return p / p.sum(), q / q.sum()


def radius(path):
    return np.linalg.norm(path, axis=1)


def bilinear(x, y):
    """min over x, max over y of x*y."""
    return y, -x


def dirac(**options):
    return lambda theta, psi: toy.dirac(theta, psi, **options)


class TestMixture:
    @pytest.mark.parametrize("world", [toy.ring(), toy.grid(), toy.ring(modes=3, radius=0.5)])
    def test_own_samples_cover_all_modes(self, world):
        samples = world.sample(4000, seed=0)
        assert samples.dtype == "float32" and samples.shape == (4000, 2)
        assert np.abs(samples).max() < 1
        modes, high_quality = world.coverage(samples)
        assert modes == len(world.means)
        assert high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.006)

    def test_samples_follow_the_seed(self):
        first, again, other = (toy.ring().sample(20, seed) for seed in (1, np.int64(1), 2))
        assert (first == again).all() and (first != other).any()

    def test_samples_on_one_mode_cover_one(self):
        ring = toy.ring()
        collapsed = toy.Mixture(ring.means[:1], ring.std).sample(2000, seed=0)
        assert ring.coverage(collapsed).modes == 1
        assert ring.coverage(collapsed).high_quality == pytest.approx(0.99, abs=0.01)

    def test_a_mode_needs_its_least_share(self):
        line = toy.Mixture([[-1.0], [1.0]], 0.1)
        samples = np.repeat([[-1.0], [1.0], [0.0]], [90, 5, 5], axis=0)
        assert line.coverage(samples) == (2, 0.95)
        assert line.coverage(samples, least_share=0.06).modes == 1

    def test_density_of_a_line_is_the_formula_and_sums_to_one(self):
        line = toy.Mixture([[-1.0], [2.0]], 0.5, weights=[0.25, 0.75])
        x = np.linspace(-5, 6, 1001)
        bells = [np.exp(-((x - m) ** 2) / 0.5) / np.sqrt(0.5 * np.pi) for m in (-1, 2)]
        density = line.density(x[:, None])
        np.testing.assert_allclose(density, 0.25 * bells[0] + 0.75 * bells[1], rtol=1e-12)
        assert density.sum() * (x[1] - x[0]) == pytest.approx(1)
        assert (line.sample(4000, seed=0) > 0.5).mean() == pytest.approx(0.75, abs=0.03)

    def test_density_takes_a_plane_of_points(self):
        ticks = np.linspace(-1.2, 1.2, 121)
        plane = np.stack(np.meshgrid(ticks, ticks), -1)
        for world in (toy.ring(), toy.grid()):
            assert world.density(plane).shape == (121, 121)
            assert world.density(plane).sum() * 0.02**2 == pytest.approx(1, abs=1e-3)

    @pytest.mark.parametrize(
        "call, says",
        [
            (lambda: toy.Mixture([[0.0], [1.0]], 0.1, [0.7, 0.7]), "sums to 1"),
            (lambda: toy.Mixture([[0.0]], -0.1), "std=-0.1"),
            (lambda: toy.ring().density(np.zeros((5, 1))), r"got \(5, 1\)|not \(5, 1\)"),
            (lambda: toy.ring().coverage(np.full((5, 2), np.nan)), "finite"),
            (lambda: toy.ring().coverage(np.zeros((0, 2))), "samples=0"),
        ],
    )
    def test_what_would_be_wrong_in_silence(self, call, says):
        with pytest.raises(ValueError, match=says):
            call()

    def test_nearest_mode(self):
        ring = toy.ring()
        np.testing.assert_array_equal(ring.nearest_mode(0.3 * ring.means), np.arange(8))


class TestDivergences:
    def test_known_figures(self):
        d = toy.optimal_discriminator(P, Q)
        np.testing.assert_allclose(d, [0.2, 0.4, 0.6, 0.8])
        assert toy.js(P, Q) == pytest.approx(0.1064, abs=5e-5)
        assert toy.value(P, Q, d) == pytest.approx(-1.1734, abs=5e-5)
        assert toy.value(P, P, np.full(4, 0.5)) == pytest.approx(-1.3863, abs=5e-5)

    def test_disjoint(self):
        p, q = [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]
        assert toy.value(p, q, toy.optimal_discriminator(p, q)) == 0
        assert toy.js(p, q) == pytest.approx(np.log(2))
        assert toy.kl(p, q) == np.inf

    def test_optimal_discriminator_knows_priors_and_emptiness(self):
        np.testing.assert_allclose(toy.optimal_discriminator([3, 0, 0], [1, 0, 1]), [0.75, 0.5, 0])

    def test_a_sure_and_wrong_discriminator_is_infinitely_bad(self):
        assert toy.value(P, Q, np.zeros(4)) == -np.inf

    def test_far_tails_do_not_spoil_the_value(self):
        x = np.linspace(-9, 9, 1801)[:, None]
        p, q = (toy.Mixture([[m]], 0.2).density(x) for m in (-2, 2))
        best = toy.value(p, q, toy.optimal_discriminator(p, q), 0.01)
        assert best == pytest.approx(0, abs=1e-12)
        assert toy.js(p, q, 0.01) == pytest.approx(np.log(2))

    def test_kl_of_two_normal_densities_is_the_closed_form(self):
        x = np.linspace(-9, 10, 2001)[:, None]
        p, q = (toy.Mixture([[m]], s).density(x) for m, s in ((1, 0.5), (0, 1)))
        dx = x[1, 0] - x[0, 0]
        assert toy.kl(p, q, dx) == pytest.approx(np.log(2) + (0.25 + 1) / 2 - 0.5)
        assert toy.wasserstein_1d(q, np.roll(q, 100), dx) == pytest.approx(100 * dx)

    @given(pairs())
    def test_laws(self, pair):
        p, q = pair
        js = toy.js(p, q)
        assert js == pytest.approx(toy.js(q, p), abs=1e-12)
        assert -1e-12 <= js <= np.log(2) + 1e-12
        assert toy.kl(p, q) >= -1e-12
        assert toy.kl(p, p) == toy.wasserstein_1d(p, p) == 0
        assert toy.js(q, q) == pytest.approx(0, abs=1e-12)
        best = toy.value(p, q, toy.optimal_discriminator(p, q))
        assert best == pytest.approx(2 * js - np.log(4), abs=1e-12)

    @given(pairs(), st.integers(0, 1000))
    def test_no_discriminator_beats_the_optimal_one(self, pair, seed):
        p, q = pair
        best = toy.value(p, q, toy.optimal_discriminator(p, q))
        assert toy.value(p, q, np.random.default_rng(seed).uniform(size=p.shape)) <= best + 1e-12

    @given(pairs(), st.integers(0, 20), st.floats(0.01, 10))
    def test_wasserstein_of_a_shift_is_the_shift(self, pair, shift, dx):
        p = np.pad(pair[0], (0, 20)) / dx
        assert toy.wasserstein_1d(p, np.roll(p, shift), dx) == pytest.approx(shift * dx)

    def test_logits_and_planes_are_refused(self):
        with pytest.raises(ValueError, match="no logits"):
            toy.value(P, Q, 10 * P)
        with pytest.raises(ValueError, match="on a line"):
            toy.wasserstein_1d(P.reshape(2, 2), Q.reshape(2, 2))

    @pytest.mark.parametrize("measure", [toy.kl, toy.js, toy.wasserstein_1d])
    @pytest.mark.parametrize(
        "p, q, says",
        [
            (P, Q[:3], "same shape"),
            (P, Q * 2, "sums to 1"),
            (P, [-0.1, 0.3, 0.4, 0.4], "from 0 up"),
            (P, [np.nan, 0.3, 0.3, 0.4], "sums to 1"),
        ],
    )
    def test_bad_distributions(self, measure, p, q, says):
        with pytest.raises(ValueError, match=says):
            measure(p, q)


class TestGames:
    @given(st.floats(0.01, 0.5), st.integers(1, 50), st.floats(0, 6.28))
    def test_simultaneous_steps_drift_out_by_the_closed_form(self, rate, steps, angle):
        start = np.cos(angle), np.sin(angle)
        path = toy.play(bilinear, start, steps=steps, rates=rate)
        expected = (1 + rate**2) ** (np.arange(steps + 1) / 2)
        np.testing.assert_allclose(radius(path), expected, rtol=1e-9)

    def test_known_figures_of_the_bilinear_game(self):
        simultaneous = toy.play(bilinear, (1, 0))
        assert radius(simultaneous)[-1] == pytest.approx(1.6446, abs=5e-5)
        alternating = radius(toy.play(bilinear, (1, -1), toy.alternating, 1000)) / np.sqrt(2)
        assert alternating.min() == pytest.approx(0.951, abs=5e-4)
        assert alternating.max() == pytest.approx(1)

    @given(st.floats(0.01, 0.9), st.floats(-1, 1), st.floats(-1, 1))
    def test_alternating_steps_stay_on_an_ellipse(self, rate, x, y):
        xs, ys = toy.play(bilinear, (x, y), toy.alternating, 50, rate).T
        kept = xs**2 + ys**2 + rate * xs * ys
        np.testing.assert_allclose(kept, kept[0], atol=1e-9)

    @given(st.floats(0.01, 0.9))
    def test_extra_gradient_shrinks_by_its_closed_form(self, rate):
        path = toy.play(bilinear, (1, 0), toy.extra_gradient, 30, rate)
        shrink = np.hypot(1 - rate**2, rate)
        np.testing.assert_allclose(radius(path), shrink ** np.arange(31), rtol=1e-9)

    def test_every_rule_descends_a_bowl(self):
        def bowl(x, y):
            return 2 * x, 2 * y

        for rule in (toy.simultaneous, toy.alternating, toy.extra_gradient):
            path = toy.play(bowl, (1, -2), rule, 500)
            assert path.shape == (501, 2) and path.dtype == "float64"
            assert radius(path)[-1] < 1e-2, rule.__name__
        assert toy.play(bowl, (1, 1))[-1, 0] == pytest.approx(2e-10, rel=0.05)

    @pytest.mark.parametrize("loss", ["minimax", "non_saturating", "wasserstein"])
    def test_r1_makes_the_dirac_game_converge(self, loss):
        damped, free = (
            radius(toy.play(dirac(loss=loss, penalty=penalty), (1, 1), steps=1000))[-1]
            for penalty in (1.0, 0.0)
        )
        assert damped < 1e-9 and free > 0.3

    @given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 2))
    def test_dirac_gradients_are_those_of_its_losses(self, theta, psi, penalty):
        def softplus(t):
            return np.logaddexp(0, t)

        def discriminator(psi):
            return softplus(psi * theta) + np.log(2) + penalty / 2 * psi**2

        generator = {
            "minimax": lambda theta: -softplus(psi * theta),
            "non_saturating": lambda theta: softplus(-psi * theta),
        }
        h = 1e-5
        for loss, of_theta in generator.items():
            slopes = [
                (of_theta(theta + h) - of_theta(theta - h)) / (2 * h),
                (discriminator(psi + h) - discriminator(psi - h)) / (2 * h),
            ]
            np.testing.assert_allclose(toy.dirac(theta, psi, loss, penalty), slopes, atol=1e-6)
        linear = toy.dirac(theta, psi, "wasserstein", penalty)
        np.testing.assert_allclose(linear, [-psi, theta + penalty * psi])

    def test_games_take_arrays_for_fields(self):
        theta, psi = np.meshgrid(np.linspace(-1, 1, 3), np.linspace(-1, 1, 4))
        for game in (bilinear, toy.dirac, dirac(loss="wasserstein")):
            assert np.shape(game(theta, psi)) == (2, 4, 3)
