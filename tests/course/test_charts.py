"""Charts: the right numbers in the right place, in colours that mean the same everywhere."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gan_keras.course import plots


@pytest.fixture
def ax():
    yield plt.subplots()[1]
    plt.close("all")


def test_curves_show_the_mean_of_the_seeds_and_the_floor(ax):
    runs = np.array([[3.0, 2.0, 1.0], [5.0, 4.0, 1.0]])
    plots.curves(ax, [1, 2, 3], {"GAN": runs, "VAE": runs[0]}, floor={"real images": 0.5})
    gan, vae, floor = ax.lines
    np.testing.assert_array_equal(gan.get_ydata(), [4, 3, 1])
    np.testing.assert_array_equal(vae.get_ydata(), [3, 2, 1])
    assert set(floor.get_ydata()) == {0.5} and ax.texts[0].get_text() == "real images"
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == 1 and band[:, 1].max() == 5
    assert gan.get_color() != vae.get_color() and gan.get_linestyle() != vae.get_linestyle()


@pytest.mark.parametrize("draw", [plots.curves, plots.shares])
def test_real_and_fake_have_their_colours_wherever_they_stand(ax, draw):
    table = {"other": [1, 2], "fakes": [1, 2], "real images": [1, 2]}
    (draw(ax, [0, 1], table) if draw is plots.curves else draw(ax, table, "ab"))
    handles, names = ax.get_legend_handles_labels()
    colour = {
        name: to_rgb(h.get_color() if draw is plots.curves else h[0].get_facecolor())
        for name, h in zip(names, handles, strict=True)
    }
    assert colour["fakes"] == to_rgb(plots.FAKE) and colour["real images"] == to_rgb(plots.REAL)
    assert len({*colour.values()}) == 3


def test_seeds_are_coloured_by_the_range_of_the_baseline(ax):
    table = {"base": [2, 3], "below": [1, 1.5], "above": [4, 9], "across": [1, 4]}
    plots.seeds(ax, table, baseline="base", floor={"real": 0.7}, log=True)
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_color() for line in dots] == [
        plots.GREY, plots.GREEN, plots.PURPLE, plots.GREY,
    ]  # fmt: skip
    means = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"]
    assert means == [2.5, 1.25, 6.5, 2.5]
    assert [label.get_text() for label in ax.get_yticklabels()] == [*table]
    ax.figure.draw_without_rendering()
    told = ax.get_xticklabels() + ax.get_xticklabels(minor=True)
    assert {"1", "2", "5"} <= {label.get_text() for label in told}


def test_bars_of_shares_stand_side_by_side(ax):
    plots.shares(ax, {"real": [0.2, 0.8], "fake": [0.5, 0.5]}, ["cat", "dog"])
    bars = sorted(ax.patches, key=lambda bar: bar.get_x())
    assert [bar.get_height() for bar in bars] == [0.2, 0.5, 0.8, 0.5]
    for one, following in zip(bars, bars[1:], strict=False):
        assert one.get_x() + one.get_width() <= following.get_x() + 1e-9
    assert [label.get_text() for label in ax.get_xticklabels()] == ["cat", "dog"]


def test_densities_have_area_one_in_common_bins(ax):
    rng = np.random.default_rng(0)
    plots.densities(ax, {"real": rng.normal(size=500), "fake": rng.normal(3, 1, (50, 1))}, bins=9)
    edges = []
    for outline in ax.patches:
        x, y = outline.get_xy().T
        area = abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2  # of a polygon
        assert area == pytest.approx(1)
        edges.append(np.unique(x))
    np.testing.assert_allclose(*edges)


def test_a_table_shows_every_number_and_its_spread(ax):
    values = np.array([[0.1, 0.9], [0.5, 0.25]])
    plots.table(ax, values, ["a", "b"], ["c", "d"], spread=values / 10, limits=(0, 1))
    at = {text.get_position(): text for text in ax.texts}
    assert at[1, 0].get_text() == "0.90\n± 0.09" and at[0, 1].get_text() == "0.50\n± 0.05"
    assert at[1, 0].get_color() == "k" and at[0, 0].get_color() == "w"


def test_roc_tells_the_area_ties_counted_half(ax):
    rng = np.random.default_rng(1)
    real, fake = rng.integers(1, 9, 40), rng.integers(0, 7, (30, 1))
    plots.roc(ax, {"rounded": (real, fake), "blind": (real, real)})
    wins = np.mean((real > fake) + (real == fake) / 2)
    labels = [line.get_label() for line in ax.lines[1:]]
    assert labels == [f"rounded: AUC {wins:.3f}", "blind: AUC 0.500"]
    x, y = ax.lines[1].get_data()
    accepted = np.mean(fake >= 4), np.mean(real >= 4)
    assert np.isclose([x, y], np.reshape(accepted, (2, 1))).all(0).any()
