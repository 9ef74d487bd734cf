"""Pictures of a course on GANs, in colors that the color blind tell apart (Okabe, Ito, 2008).

Functions that take axes draw on them; all return the figure and leave `plt.show()` to the caller.
"""

import base64
import io
import re
import textwrap
import zlib

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from gan_keras.engine import checks

REAL, FAKE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#666666"
# From FAKE over white to REAL, but pale, so that samples stand out on it.
FIELD_COLOURS = LinearSegmentedColormap.from_list("field", ["#EEB184", "white", "#7DB5DA"])
WIDTH = 7.0  # inches: 630 pixels


def style():
    """Sets matplotlib's defaults for the course: colours, sizes, no needless lines."""
    colours = plt.cycler(color=[REAL, FAKE, GREEN, PURPLE, "black", GREY])
    plt.rc("axes", prop_cycle=colours, titlesize=11)
    plt.rc("axes.spines", right=False, top=False)
    plt.rc("figure", dpi=90, figsize=(WIDTH, 3.2))
    plt.rc("figure.constrained_layout", use=True)
    plt.rc("image", interpolation="nearest")  # pixels as they are; and smaller files
    plt.rc("legend", edgecolor="none")


def image_grid(images, columns=8, title=None, labels=None):
    """Draws images (n, height, width, 1 or 3) in [-1, 1], row by row, each under its label."""
    images = _images(images, checks.IMAGES)
    return _sheet(np.clip((images + 1) / 2, 0, 1), columns, title, labels)


def signal(directions, columns=8, title=None, labels=None):
    """As `image_grid`, any values on one scale, symmetric round 0; colours are averaged."""
    directions = _images(directions).mean(-1, keepdims=True)
    return _sheet(directions, columns, title, labels, limit=np.abs(directions).max() or 1.0)


def _images(images, allowed=None):
    return checks.Samples((None, None, None), allowed)(np.asarray(images, "float32"))


def _sheet(images, columns, title, labels, limit=None):
    """All images on one pair of axes, far faster than axes for each; `limit` adds a colour bar."""
    n, height, width, channels = images.shape
    columns, bar = min(columns, n), 0.9 if limit else 0
    cell = min(1.2, (WIDTH - bar) / columns)  # inches from one image to the next
    gap = max(1, width // 16)
    head = gap if labels is None else round(0.24 / cell * (width + gap))
    shape = (-(-n // columns) * (height + head), columns * (width + gap) - gap, channels)
    sheet = np.full(shape, np.nan if channels == 1 else 1.0)
    wide, tall = columns * cell, shape[0] * cell / (width + gap)
    lines = textwrap.wrap(title or "", int(12 * max(wide + bar, 2.5)))
    size = np.array([max(wide + bar, 2.5), tall + 0.2 * len(lines) + 0.05])
    figure = plt.figure(figsize=size, dpi=90, layout="none")
    axes = figure.add_axes((0, 0, wide / size[0], tall / size[1]))
    axes.axis("off")
    marks = [None] * n if labels is None else labels
    for i, (image, label) in enumerate(zip(images, marks, strict=True)):
        top, left = i // columns * (height + head) + head, i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = image
        axes.text(left + width / 2, top - gap, label, ha="center", va="bottom", fontsize=9)
    low, colours = (-limit, "PRGn") if limit else (0, "gray")
    picture = axes.imshow(sheet, colours, vmin=low, vmax=limit or 1)
    if limit:
        beside = figure.add_axes((*((wide + 0.1, 0.1 * tall) / size), *((0.13, 0.8 * tall) / size)))
        figure.colorbar(picture, beside, ticks=[-limit, 0, limit], format="%.1g")
    figure.text(0, 1 - 0.02 / size[1], "\n".join(lines), va="top", fontsize=11)
    return figure


def samples(ax, real, fake, limit=500):
    """Scatters real (blue dots) and fake (vermilion triangles) points, (n, 2), `limit` of each."""
    for name, points, colour, marker in (("real", real, REAL, "o"), ("fake", fake, FAKE, "^")):
        look = {"s": 18, "c": colour, "marker": marker, "edgecolors": "white", "linewidths": 0.5}
        points = checks.Samples((2,))(np.asarray(points, "float64"))
        ax.scatter(*points[:limit].T, label=name, **look)
    ax.set_aspect("equal")
    ax.legend(loc="upper right", borderpad=0.2, handletextpad=0.1, framealpha=0.9)
    return ax.figure


def field(ax, discriminator_fn, extent=(-1.2, 1.2, -1.2, 1.2), resolution=60):
    """Paints a discriminator's answer all over the plane: vermilion fake, white 1/2, blue real.

    `discriminator_fn` takes float32 points (n, 2) and gives n probabilities; `extent` is left,
    right, bottom, top.
    """
    xs, ys = np.linspace(*extent[:2], resolution), np.linspace(*extent[2:], resolution)
    points = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2).astype("float32")
    answers = np.asarray(discriminator_fn(points), "float64")
    if not ((answers >= 0) & (answers <= 1)).all():
        raise ValueError("Expected probabilities: apply a sigmoid to logits.")
    levels = np.linspace(0, 1, 12)  # bands: their edges can be read, and they compress well
    ax.contourf(xs, ys, answers.reshape(len(ys), len(xs)), levels, cmap=FIELD_COLOURS)
    ax.set(aspect="equal", xlim=extent[:2], ylim=extent[2:])
    ax.locator_params(nbins=5)
    return ax.figure


def animate(draw, frames, interval=120, figsize=(4, 4), dpi=70, columns=1, loop=False):
    """Makes a film with buttons that lives in the notebook and needs no network.

    `draw(ax, frame)` draws a frame on cleared axes, or on an array of `columns` axes. `frames` is
    how many, or a sequence of what `draw` is to get; `interval` is in milliseconds. Where scripts
    may not run, the last frame stands still.
    """
    from IPython.display import HTML

    frames = list(range(frames) if isinstance(frames, int) else frames)
    figure, axes = plt.subplots(1, columns, figsize=figsize, dpi=dpi, layout="constrained")

    def redraw(frame):
        for ax in np.ravel(axes):
            ax.clear()
        draw(axes, frame)

    try:
        film = FuncAnimation(figure, redraw, frames, interval=interval, init_func=lambda: None)
        return HTML(_for_notebooks(film.to_jshtml(default_mode="loop" if loop else "once")))
    finally:
        plt.close(figure)


def _for_notebooks(html):
    """Fewer colours (a third of the size), no web font, the same text for the same pictures."""
    html = re.sub(r'data:image/png;base64,([^"]+)', _fewer_colours, html)
    still = re.findall(r'data:image/png[^"]+', html)[-1]
    html = html.replace("<img id=", f'<img style="max-width: 100%" src="{still}" id=')
    html = re.sub(r'<link rel="stylesheet"\s+href="[^"]+">', "", html)
    signs = iter("−⇤←◂‖▸→⇥+")  # the buttons in their order, from "slower" to "faster"
    html = re.sub(r'<i class="fa [^"]+"></i>', lambda _: next(signs), html)
    name = re.search(r"_anim_img(\w+)", html)[1]
    return html.replace(name, f"{zlib.crc32(html.replace(name, '').encode()):08x}")


def _fewer_colours(match):
    picture = Image.open(io.BytesIO(base64.b64decode(match[1]))).convert("RGB")
    png = io.BytesIO()
    picture.quantize(32, dither=Image.Dither.NONE).save(png, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
