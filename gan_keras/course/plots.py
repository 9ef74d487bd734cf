"""Pictures of a course on GANs, in colors that the color blind tell apart (Okabe, Ito, 2008).

Functions that take axes draw on them; all return the figure and leave `plt.show()` to the caller.
"""

import base64
import io
import json
import sys
import textwrap
import zlib
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from PIL import Image, ImageChops, ImageStat

from gan_keras.course.charts import FAKE, GREEN, GREY, PURPLE, REAL
from gan_keras.course.charts import curves as curves
from gan_keras.course.charts import densities as densities
from gan_keras.course.charts import roc as roc
from gan_keras.course.charts import seeds as seeds
from gan_keras.course.charts import shares as shares
from gan_keras.course.charts import table as table
from gan_keras.course.diagrams import diagram as diagram
from gan_keras.engine import checks

# From FAKE over white to REAL, but pale, so that samples stand out on it.
FIELD_COLOURS = LinearSegmentedColormap.from_list("field", ["#F5D5BC", "white", "#BFD9EC"])
# Purple over nothing to green: laid over a picture, nothing lets the picture through.
SIGNAL_COLOURS = LinearSegmentedColormap.from_list(
    "signal", [(0, "#B040E0F0"), (0.5, "#B040E000"), (0.5, "#10C06000"), (1, "#10C060F0")]
)
WIDTH, DPI = 9.6, 100  # of a figure as wide as the text: 960 pixels; an inch is 100 pixels


def style():
    """Sets matplotlib's defaults for the course: colours, sizes, sharp and compact pictures."""
    colours = plt.cycler(color=[REAL, FAKE, GREEN, PURPLE, "black", GREY])
    plt.rc("axes", prop_cycle=colours, titlesize=11)
    plt.rc("axes.spines", right=False, top=False)
    plt.rc("figure", dpi=DPI, figsize=(WIDTH, 3.6))
    plt.rc("figure.constrained_layout", use=True)
    plt.rc("image", interpolation="nearest")  # pixels as they are; and smaller files
    plt.rc("legend", edgecolor="none")
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    if shell:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats()  # none of its own, also not when the first figure is made
        shell.display_formatter.formatters["image/png"].for_type(Figure, _png)


def _png(figure):
    """A figure as the page gets it: a PNG of twice the pixels, and how large it is to be shown."""
    picture, png = _picture(figure), io.BytesIO()
    picture.save(png, "png", optimize=True)
    return png.getvalue(), {"width": picture.width // 2, "height": picture.height // 2}


def _picture(figure, density=2):
    """In 256 colours where nobody sees it: a third of the size."""
    png = io.BytesIO()
    figure.savefig(png, dpi=density * figure.dpi, pil_kwargs={"compress_level": 1})
    picture = Image.open(png).convert("RGB")
    few = picture.quantize(256, dither=Image.Dither.NONE)
    change = ImageStat.Stat(ImageChops.difference(picture, few.convert("RGB"))).rms
    return few if max(change) < 1.2 else picture


def image_grid(images, columns=8, title=None, labels=None, rows=None):
    """Draws images (n, height, width, 1 or 3) in [-1, 1], row by row, each under its label.

    A pixel becomes 2 x 2, 3 x 3, ... pixels of the page, as many as find room. `rows` has a name
    for each row.
    """
    return _sheet((_images(images, checks.IMAGES) + 1) / 2, columns, title, labels, rows)


def signal(directions, columns=8, title=None, labels=None, rows=None, over=None):
    """As `image_grid`, any values on one scale, symmetric round 0; colours are averaged.

    Laid over the images (n, height, width, 1 or 3) that it belongs to, `over`, in grey.
    """
    values = _images(directions).mean(-1, keepdims=True)
    limit = np.abs(values).max() or 1.0
    if over is not None:
        grey = (_images(over, checks.IMAGES).mean(-1, keepdims=True) + 1) / 2
        values = np.concatenate([grey, values], -1)
    return _sheet(values, columns, title, labels, rows, limit)


def _images(images, allowed=None):
    return checks.Samples((None, None, None), allowed)(np.asarray(images, "float32"))


def _sheet(images, columns, title, labels, rows, limit=None):
    """All images on one pair of axes, far faster than axes for each.

    With a `limit` the last channel is a signal, which gets a colour bar.
    """
    n, height, width, channels = images.shape
    columns, gap, bar = min(columns, n), max(1, width // 16), 40 if limit else 0
    across = columns * (width + gap) - gap
    rows = [textwrap.fill(str(name), 11) for name in rows or ()]
    named = [line for name in rows for line in name.split("\n") if line]
    ends = [TextPath((0, 0), line, size=9 * DPI / 72).get_extents().x1 for line in named]
    side = 12 + int(1.05 * max(ends)) if ends else 0  # on the page letters are a little wider
    scale = max(1, min((int(WIDTH * DPI) - side) // across, 200 // width))  # whole: even strokes
    wrap = max(4, scale * width // 8)  # characters of 8 pixels
    marks = [textwrap.fill(str(label), wrap) for label in (n * [""] if labels is None else labels)]
    lines = 0 if labels is None else 1 + max(mark.count("\n") for mark in marks)
    head = -(-(16 * lines + 4) // scale) if lines else gap
    blank = 1.0 if channels == 3 else np.nan
    pads = (0, -n % columns), (head, 0), (0, gap), (0, 0)
    sheet = np.pad(images, pads, constant_values=blank)
    sheet = sheet.reshape(-1, columns, *sheet.shape[1:]).swapaxes(1, 2)
    sheet = sheet.reshape(-1, columns * (width + gap), channels)[:, :across]

    wide, tall = scale * across, scale * len(sheet)
    title = textwrap.wrap(title or "", max(wide, 300) // 8)
    size = np.array([max(side + wide, 300), bar + tall + 20 * len(title)])
    figure = plt.figure(figsize=size / DPI, dpi=DPI)
    figure.set_layout_engine("none")
    axes = figure.add_axes((side / size[0], bar / size[1], wide / size[0], tall / size[1]))
    axes.axis("off")
    look = {"interpolation": "nearest", "extent": (0, across, len(sheet), 0)}
    if limit is None:
        axes.imshow(sheet.clip(0, 1), "gray", vmin=0, vmax=1, **look)
    else:
        if channels == 2:
            axes.imshow(sheet[..., 0], "gray", vmin=-0.15, vmax=1.15, **look)
        picture = axes.imshow(sheet[..., -1], SIGNAL_COLOURS, vmin=-limit, vmax=limit, **look)
        below = figure.add_axes((*((20, 22) / size), *((200, 10) / size)))
        ticks = [-limit, 0, limit]
        figure.colorbar(picture, below, ticks=ticks, format="%.1g", orientation="horizontal")
    for i, mark in zip(range(n), marks, strict=True):
        top, left = i // columns * (height + head) + head, i % columns * (width + gap)
        axes.text(left + width / 2, top - 3 / scale, mark, ha="center", va="bottom", fontsize=9)
    for i, name in zip(range(0, n, columns), rows, strict=True) if rows else ():
        top = i // columns * (height + head) + head
        axes.text(-6 / scale, top + height / 2, name, ha="right", va="center", fontsize=9)
    figure.text(1 / size[0], 1 - 2 / size[1], "\n".join(title), va="top", fontsize=11)
    return figure


def samples(ax, real, fake, limit=500, above="fake"):
    """Scatters real (blue dots) and fake (vermilion triangles) points, (n, 2), `limit` of each.

    `above` are drawn last: "real" where missed modes are to be seen. The figure gets one legend,
    below its axes.
    """
    for name, points, colour, marker in (("real", real, REAL, "o"), ("fake", fake, FAKE, "^")):
        look = {"s": 22, "c": colour, "marker": marker, "edgecolors": "black", "linewidths": 0.5}
        points = checks.Samples((2,))(np.asarray(points, "float64"))
        ax.scatter(*points[:limit].T, label=name, zorder=2 + (name == above) / 2, **look)
    ax.set_aspect("equal")
    if not ax.figure.legends:
        ax.figure.legend(handles=ax.collections[-2:], loc="outside lower center", ncols=2)
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


FILM = """<div data-film="{name}"><img style="max-width: 100%; height: auto" width="{width}"
decoding="sync" alt="The last frame of a film" src="{still}"></div>
<script>(() => {{
{script}
for (const root of document.querySelectorAll('[data-film="{name}"]:not([data-on])'))
  film(root, {settings}, root.dataset.on = 1);
}})();</script>"""


def animate(draw, frames, interval=120, figsize=None, dpi=DPI, columns=1, loop=False,
            parameter=None):  # fmt: skip
    """Makes a film with buttons that lives in the notebook and needs no network.

    `draw(ax, frame)` draws a frame on cleared axes, or on an array of `columns` axes. `frames` is
    how many, or a sequence of what `draw` is to get; `interval` is in milliseconds. With the name
    of a `parameter` the film waits, and its slider shows the frames as values of it. Where scripts
    may not run, the last frame stands still.
    """
    from IPython.display import HTML

    frames = list(range(frames) if isinstance(frames, int) else frames)
    size = figsize or (4.8 * columns, 5.1)
    figure, axes = plt.subplots(1, columns, figsize=size, dpi=dpi, layout="constrained")
    shots = []
    try:
        for frame in frames:
            for ax in np.ravel(axes):
                ax.clear()
            draw(axes, frame)
            webp = io.BytesIO()
            _picture(figure, density=1).save(webp, "webp", lossless=True)
            shots.append("data:image/webp;base64," + base64.b64encode(webp.getvalue()).decode())
    finally:
        plt.close(figure)
    *others, still = shots
    names = [f"{k} / {len(frames)}" for k in range(1, len(frames) + 1)]
    if parameter:
        values = (f"{frame:.4g}" if isinstance(frame, float) else frame for frame in frames)
        names = [f"{parameter} = {value}" for value in values]
    settings = {"frames": others, "names": names, "label": parameter or "frame"}
    settings |= {"interval": interval, "loop": loop, "plays": not parameter}
    script, settings = Path(__file__).with_name("film.js").read_text("utf-8"), json.dumps(settings)
    name = f"{zlib.crc32((still + settings).encode()):08x}"  # the same at every run
    width = round(figure.get_figwidth() * dpi)
    return HTML(FILM.format(name=name, width=width, still=still, script=script, settings=settings))
