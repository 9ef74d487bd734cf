"""Plots: what is drawn, what is refused, and how large an animation gets."""

import base64
import io
import json
import re

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

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


def shown(figure):
    """The figure's pixels at the page's density, and the page's pixels for one of an image."""
    png = io.BytesIO()
    figure.savefig(png, dpi=plots.DPI)
    scale = figure.axes[0].get_window_extent().width / sheet(figure).shape[1]
    return np.asarray(Image.open(png).convert("RGB")), round(scale)


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


@pytest.mark.parametrize("shape, columns", [((11, 28, 28, 1), 11), ((7, 32, 20, 3), 4)])
def test_every_pixel_of_an_image_is_a_square_of_one_colour(shape, columns):
    images = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], shape)
    figure = plots.image_grid(images, columns, title="Above")
    pixels, scale = shown(figure)
    array = np.nan_to_num(sheet(figure).filled(1.0), nan=1.0)
    big = 255 * array.reshape(*array.shape[:2], -1).repeat(scale, 0).repeat(scale, 1)
    assert scale >= 3
    np.testing.assert_allclose(pixels[-len(big) :, : big.shape[1]] - big, 0, atol=1)


@pytest.mark.parametrize("n, columns", [(1, 8), (3, 8), (64, 8), (100, 10), (10, 5)])
def test_grids_fit_a_notebook(n, columns):
    labels = [f"label {i}" for i in range(n)]
    for draw in (plots.image_grid, plots.signal):
        figure = draw(np.zeros((n, 28, 28, 1)), columns, "A title that says it " * 6, labels)
        assert figure.get_figwidth() <= plots.WIDTH
        texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_text()]
        assert {*labels} <= {text.get_text() for text in texts}
        assert min(text.get_fontsize() for text in texts) * plots.DPI / 72 >= 11  # pixels
        figure.draw_without_rendering()
        ends = [text.get_window_extent().x1 for text in texts]
        assert max(ends) <= figure.bbox.width


def test_rows_have_names_beside_them():
    names = ["real", "a name of several words"]
    figure = plots.image_grid(np.zeros((20, 28, 28, 1)), 10, rows=names)
    assert shown(figure)[1] == 3 and figure.get_figwidth() <= plots.WIDTH
    real, other = (text.get_window_extent() for text in figure.axes[0].texts[-2:])
    box = figure.axes[0].get_window_extent()
    assert 0 <= real.x0 < real.x1 < box.x0 and 0 <= other.x0 < other.x1 < box.x0
    assert real.y0 > box.y0 + box.height / 2 > other.y1
    with pytest.raises(ValueError):
        plots.image_grid(np.zeros((20, 28, 28, 1)), 10, rows=["one name for two rows"])


def test_a_row_of_wide_letters_is_not_cut_off():
    for name in ("DCGAN", "no BatchNorm", "WWWWWWWWWWW", "illilli"):
        figure = plots.image_grid(np.zeros((10, 28, 28, 1)), 10, rows=[name])
        text = figure.axes[0].texts[-1].get_window_extent()
        assert 0 <= text.x0 < text.x1 < figure.axes[0].get_window_extent().x0
        assert figure.get_figwidth() <= plots.WIDTH


def test_long_labels_are_broken_into_lines():
    figure = plots.image_grid(
        np.zeros((2, 28, 28, 1)), labels=["one", "two words and then some more"]
    )
    figure.draw_without_rendering()
    one, more = (text.get_window_extent() for text in figure.axes[0].texts)
    assert not one.overlaps(more) and more.height > 1.5 * one.height


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


def test_a_signal_lets_the_picture_below_be_seen():
    dark_left, light_right = np.full((1, 8, 4, 3), -1.0), np.full((1, 8, 4, 3), 1.0)
    picture = np.concatenate([dark_left, light_right], 2)
    says = np.repeat([1.0, 0.0, -1.0], [4, 2, 2]).reshape(8, 1, 1) * np.ones((1, 8, 8, 1))
    pixels, scale = shown(plots.signal(says, over=picture))
    rows, columns = (np.arange(8) + 1.5) * scale, (np.arange(8) + 0.5) * scale
    at = pixels[rows.astype(int)][:, columns.astype(int)].astype(int)
    red, green, _ = np.moveaxis(at, -1, 0)
    assert (green[:4] > red[:4] + 30).all() and (red[6:] > green[6:] + 30).all()
    assert (green[4:6, 4:] > green[4:6, :4] + 150).all()  # nothing said: the picture itself


def test_a_signal_over_pictures_of_another_size_is_refused():
    with pytest.raises(ValueError, match="28"):
        plots.signal(np.zeros((2, 8, 8, 1)), over=np.zeros((2, 28, 28, 1)))


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


@pytest.mark.parametrize("above", ["real", "fake"])
def test_one_kind_of_points_lies_above_the_other(ax, above):
    plots.samples(ax, [[0, 0]], [[0, 0]], above=above)
    real, fake = ax.collections
    assert (real.get_zorder() > fake.get_zorder()) == (above == "real")


def test_points_have_a_dark_rim_and_a_figure_one_legend_beyond_them():
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        plots.samples(ax, toy.ring().sample(50, 0), toy.ring().sample(50, 1))
        assert all(points.get_edgecolor()[0, :3].max() == 0 for points in ax.collections)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["real", "fake"]
    assert not any(legend.get_window_extent().overlaps(ax.get_tightbbox()) for ax in axes)


class TestAnimate:
    def draw(self, ax, step):
        fakes = toy.Mixture([[step / 25, 0.2]], 0.2)
        real = toy.ring()
        plots.field(
            ax, lambda x: (real.density(x) + 0.1) / (real.density(x) + fakes.density(x) + 0.2)
        )
        plots.samples(ax, real.sample(200, 0), fakes.sample(200, 1))
        ax.set_title(f"step {step}")

    def told(self, html):
        """What the player is told."""
        return json.loads(re.search(r"film\(root, (\{.*\}), root", html)[1])

    def test_it_is_small_and_closes_its_figure(self):
        html = plots.animate(self.draw, 25).data
        assert html.count("data:image/webp") == 25
        assert len(html) < 600_000
        assert "http" not in html
        assert not plt.get_fignums()

    def test_a_panel_is_480_pixels_wide(self):
        html = plots.animate(lambda axes, frame: None, 1, columns=2).data
        still = base64.b64decode(re.search(r'src="data:image/webp;base64,([^"]+)"', html)[1])
        assert Image.open(io.BytesIO(still)).width == 960 and 'width="960"' in html

    def test_the_same_pictures_give_the_same_text(self):
        first, again = (plots.animate(self.draw, 2).data for _ in range(2))
        assert first == again
        assert first != plots.animate(self.draw, [5, 6]).data

    def test_draw_gets_frames_and_axes(self):
        seen = []
        plots.animate(lambda axes, frame: seen.append((len(axes), frame)), ["a", "b"], columns=2)
        assert seen == [(2, "a"), (2, "b")]

    def test_loop(self):
        for loop in (False, True):
            html = plots.animate(lambda ax, frame: None, 1, loop=loop).data
            assert self.told(html)["loop"] is loop

    def test_a_film_over_a_parameter_waits_and_names_its_values(self):
        html = plots.animate(lambda ax, frame: None, np.linspace(0, 1, 4), parameter="rate").data
        told = self.told(html)
        assert told["names"] == ["rate = 0", "rate = 0.3333", "rate = 0.6667", "rate = 1"]
        assert told["label"] == "rate" and not told["plays"]
        assert self.told(plots.animate(lambda ax, frame: None, 2).data)["plays"]

    def test_a_failing_draw_leaves_no_figure(self):
        with pytest.raises(ZeroDivisionError):
            plots.animate(lambda ax, frame: 1 / 0, 3)
        assert not plt.get_fignums()
