"""Plots: what is drawn, what is refused, and how large an animation gets."""

import re

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gan_keras.course import plots, toy


@pytest.fixture(autouse=True)
def style():
    with plt.rc_context():
        plots.style()
        yield
        plt.close("all")


@pytest.fixture
def ax():
    return plt.subplots(figsize=(4, 4))[1]


def sheet(figure):
    return figure.axes[0].images[0].get_array()


def pixels(figure):
    return figure.get_size_inches() * figure.dpi


def test_image_grid_puts_every_image_in_its_place():
    images = np.linspace(-1, 1, 5).reshape(5, 1, 1, 1) * np.ones((5, 28, 28, 1))
    array = sheet(plots.image_grid(images, columns=3))
    for i, shade in enumerate(np.linspace(0, 1, 5)):
        row, column = divmod(i, 3)
        centre = array[row * 29 + 1 + 14, column * 29 + 14]
        assert centre == pytest.approx(shade, abs=1e-6)
    assert np.isnan(array.filled(np.nan)[29 + 15, -14])  # no sixth image


def test_image_grid_in_colour():
    images = np.ones((2, 32, 32, 3)) * [1, -1, 0]
    np.testing.assert_allclose(sheet(plots.image_grid(images))[10, 10], [1, 0, 0.5])


@pytest.mark.parametrize("n, columns", [(1, 8), (3, 8), (64, 8), (100, 10), (10, 5)])
def test_grids_fit_a_notebook(n, columns):
    labels = [f"label {i}" for i in range(n)]
    for draw in (plots.image_grid, plots.signal):
        figure = draw(np.zeros((n, 28, 28, 1)), columns, "A title that says it " * 6, labels)
        assert pixels(figure)[0] <= 631
        texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text()]
        assert {*labels} <= {text.get_text() for text in texts}
        assert min(text.get_fontsize() for text in texts) >= 9


@pytest.mark.parametrize(
    "images, says",
    [
        (np.full((2, 8, 8, 1), 255.0), "scale_pixels"),
        (np.full((2, 8, 8, 1), np.nan), "NaN"),
        (np.zeros((2, 8, 8)), "channel axis"),
    ],
)
def test_images_that_would_be_drawn_wrong_are_refused(images, says):
    with pytest.raises(ValueError, match=says):
        plots.image_grid(images)


def test_a_label_for_each_image():
    with pytest.raises(ValueError):
        plots.image_grid(np.zeros((2, 8, 8, 1)), labels="abc")


def test_signal_is_symmetric_round_zero():
    figure = plots.signal(np.array([-3e-4, 1e-4]).reshape(2, 1, 1, 1) * np.ones((2, 8, 8, 3)))
    low, high = figure.axes[0].images[0].get_clim()
    assert -low == high == pytest.approx(3e-4)
    plots.signal(np.zeros((1, 8, 8, 1))).canvas.draw()


def test_field_runs_from_fake_to_real(ax):
    def right_is_real(points):
        assert points.dtype == "float32"
        return 1 / (1 + np.exp(-20 * points[:, :1]))

    figure = plots.field(ax, right_is_real, extent=(-1, 1, -1, 1))
    assert figure is ax.figure
    figure.canvas.draw()
    box = ax.get_window_extent()
    picture = np.asarray(figure.canvas.buffer_rgba())[::-1] / 255
    middle = int((box.y0 + box.y1) / 2)
    left, right = picture[middle, int(box.x0) + 15], picture[middle, int(box.x1) - 15]
    assert left[0] > left[2] and right[2] > right[0]  # vermilion, blue


def test_logits_and_lost_points_are_refused(ax):
    with pytest.raises(ValueError, match="sigmoid"):
        plots.field(ax, lambda x: 9 * x[:, 0])
    with pytest.raises(ValueError, match="NaN"):
        plots.samples(ax, [[0, np.inf]], [[0, 0]])
    with pytest.raises(ValueError, match=r"\(2,\), got \(3,\)"):
        plots.samples(ax, np.zeros((2, 3)), np.zeros((2, 2)))


def test_samples_in_the_house_colours(ax):
    plots.samples(ax, toy.ring().sample(50, 0), toy.ring().sample(900, 1), limit=100)
    real, fake = ax.collections
    assert len(real.get_offsets()) == 50 and len(fake.get_offsets()) == 100
    np.testing.assert_allclose(real.get_facecolor()[0, :3], to_rgb(plots.REAL))
    np.testing.assert_allclose(fake.get_facecolor()[0, :3], to_rgb(plots.FAKE))


class TestAnimate:
    def draw(self, ax, step):
        fakes = toy.Mixture([[step / 25, 0.2]], 0.2)
        real = toy.ring()
        plots.field(
            ax, lambda x: (real.density(x) + 0.1) / (real.density(x) + fakes.density(x) + 0.2)
        )
        plots.samples(ax, real.sample(200, 0), fakes.sample(200, 1))
        ax.set_title(f"step {step}")

    def test_it_is_small_and_closes_its_figure(self):
        html = plots.animate(self.draw, 25).data
        assert html.count("data:image/png") == 26  # the frames, and one that stands still
        assert len(html) < 350_000
        assert "http" not in html and "fa fa-" not in html
        assert not plt.get_fignums()

    def test_the_same_pictures_give_the_same_text(self):
        first, again = (plots.animate(self.draw, 2).data for _ in range(2))
        assert first == again
        assert first != plots.animate(self.draw, [5, 6]).data

    def test_draw_gets_frames_and_axes(self):
        seen = []
        plots.animate(lambda axes, frame: seen.append((len(axes), frame)), ["a", "b"], columns=2)
        assert list(dict.fromkeys(seen)) == [(2, "a"), (2, "b")]

    def test_loop(self):
        def mode(**options):
            html = plots.animate(lambda ax, frame: None, 1, **options).data
            return re.search(r'value="(\w+)"[^>]*checked', html)[1]

        assert mode() == "once" and mode(loop=True) == "loop"

    def test_a_failing_draw_leaves_no_figure(self):
        with pytest.raises(ZeroDivisionError):
            plots.animate(lambda ax, frame: 1 / 0, 3)
        assert not plt.get_fignums()
