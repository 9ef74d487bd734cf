"""Draws the pictures of README and of the data card into notebooks/images.

    python notebooks/tools/face.py            all of them: the film takes six CPU minutes
    python notebooks/tools/face.py stills     without the film: after a notebook's pictures changed

The film shows the recipe `r3gan` learning the bundled digits, and a GAN in the plane. A chapter is
shown by a part of one of its stored pictures.
"""

import base64
import io
import re
import sys
import textwrap

import keras
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import quick
from keras import ops
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

import gan_keras as gk

IMAGES = quick.NOTEBOOKS / "images"
FRAMES, INTERVAL, LAST = 60, 120, 3000  # of the film; milliseconds, and those of the last frame
SIDE, LOWER = (320, 240), 52  # pixels of a chapter's picture, and of its name below

# Of each chapter: a cell, which of its pictures, and the part to show: its left and top edge and
# its width, as shares of the picture's.
PARTS = {
    "00": ("00-26", 0, (0.0, 0.1, 0.55)),
    "01": ("01-worst", 1, (0.0, 0.03, 0.47)),
    "02": ("c044", 0, (0.51, 0.06, 0.47)),
    "03": ("gd-009", 0, (0.5, 0.08, 0.5)),
    "04": ("cell-19", 0, (0.0, 0.045, 0.64)),
    "05": ("b53c8e0c", 1, (0.0, 0.15, 0.3)),
    "06": ("f3318cc2", 0, (0.0, 0.07, 0.52)),
    "07": ("daaa6080", 0, (0.0, 0.19, 0.33)),
    "08": ("371d4f7f", 0, (0.0, 0.08, 0.55)),
    "09": ("7b103596", 1, (0.0, 0.07, 0.48)),
    "10": ("48d881b7", 0, (0.0, 0.13, 0.46)),
    "11": ("51184d7a", 0, (0.04, 0.1, 0.5)),
    "12": ("5d0ad9d3", 0, (0.0, 0.11, 0.45)),
    "13": ("e50b6540", 0, (0.0, 0.1, 0.62)),
    "14": ("c14-26", 0, (0.0, 0.17, 0.33)),
    "15": ("e047", 0, (0.0, 0.07, 0.59)),
    "16": ("16-11", 0, (0.0, 0.03, 0.53)),
}


def digits_film():
    """R3GAN's recipe on the bundled digits.

    In the end 2,000 fakes have a Fréchet distance of 6.0, where real digits among themselves have
    4.1; after 115 CPU seconds it was 16, that of `dcgan` after 76 was 41.
    """
    images = gk.load_images("digits").images
    model = gk.recipes.r3gan(images.shape[1:])
    film = gk.callbacks.Film(every=8, most=1000, seed=1)
    model.fit(images, batch_size=64, epochs=14, verbose=0, callbacks=[film])
    return film


def plane_film():
    """A GAN in the plane that learns the ring of eight: all its modes, 92 % of its fakes good."""
    keras.utils.set_random_seed(0)
    hidden, ring = (64, 64, 64), gk.toy.ring()
    generator = gk.networks.mlp_generator(2, (2,), hidden)
    discriminator = gk.networks.mlp_discriminator((2,), hidden)
    model = gk.GAN(generator, discriminator, seed=0, averaging=0.99)
    model.compile(*[keras.optimizers.Adam(rate, beta_1=0.5) for rate in (1e-3, 2e-3)])

    def field(points):
        return ops.sigmoid(discriminator(points))

    real = ring.sample(400, seed=1)
    film = gk.callbacks.Film(every=8, most=1000, n=400, seed=1, real=real, field=field)
    model.fit(ring.sample(3000 * 256, seed=0), batch_size=256, verbose=0, callbacks=[film])
    return film


def write_film(*films):
    """Both films side by side; they show the early steps slowly, where most happens."""
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 5), dpi=100, layout="none")
    pages = []
    for share in np.linspace(0, 1, FRAMES) ** 2:
        for ax, film, left in zip(axes, films, (15, 495), strict=True):
            ax.clear()
            film.draw(ax, film.frames[round(share * (len(film.frames) - 1))])
            ax.set_position((left / 960, 0.01, 450 / 960, 0.9))
            ax.axis("off")
            ax.title.set_size(18)
        figure.legends[0].set_visible(False)  # README's caption names the colours
        figure.canvas.draw()
        pages.append(Image.fromarray(np.array(figure.canvas.buffer_rgba())[..., :3]))
    plt.close(figure)
    times = [INTERVAL] * (FRAMES - 1) + [LAST]
    options = {"save_all": True, "append_images": pages[1:], "duration": times, "loop": 0}
    pages[0].save(IMAGES / "film.webp", quality=40, method=5, **options)


def pictures(cells):
    """The stored pictures of cells, in order."""
    for cell in cells:
        for output in cell.get("outputs", []):
            for kind in ("image/png", "image/jpeg"):
                if kind in output.get("data", {}):
                    data = base64.b64decode(output.data[kind])
                    yield Image.open(io.BytesIO(data)).convert("RGB")


def write_chapter(path):
    """A part of one of a notebook's pictures, above its number and title."""
    notebook, number = nbformat.read(path, as_version=4), path.stem[:2]
    name, index, (left, top, share) = PARTS[number]
    picture = list(pictures(cell for cell in notebook.cells if cell.id == name))[index]
    x, y = left * picture.width, top * picture.height
    width = min(share * picture.width, (picture.height - y) * SIDE[0] / SIDE[1])
    box = x, y, x + width, y + width * SIDE[1] / SIDE[0]
    page = Image.new("RGB", (SIDE[0], SIDE[1] + LOWER), "white")
    page.paste(picture.resize(SIDE, Image.Resampling.LANCZOS, box=box))
    title = re.match(r"# (\d\d · [^:\n]+)", notebook.cells[0].source)[1]
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 21)
    text = textwrap.fill(title, 26)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, SIDE[0] - 1, SIDE[1] - 1), outline="#cccccc")
    draw.multiline_text((2, SIDE[1] + 2), text, "black", font, spacing=2)
    page.save(IMAGES / f"{number}.webp", quality=80, method=6)


def write_sets():
    """The first images of each class of the bundled sets, a column for each class."""
    for name, rows, scale in (("digits", 4, 2), ("shapes", 3, 3)):
        data = gk.load_images(name)
        columns = [data.images[data.labels == label][:rows] for label in np.unique(data.labels)]
        tiles = np.pad(columns, [(0, 0), (0, 0), (1, 1), (1, 1), (0, 0)], constant_values=1)
        sheet = np.hstack([np.vstack(column) for column in tiles])
        sheet = np.uint8(np.round(sheet * 127.5 + 127.5)).repeat(scale, 0).repeat(scale, 1)
        Image.fromarray(sheet.squeeze()).save(IMAGES / f"{name}.webp", lossless=True)


if __name__ == "__main__":
    gk.plots.style()
    IMAGES.mkdir(exist_ok=True)
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb")):
        write_chapter(path)
    write_sets()
    if sys.argv[1:] != ["stills"]:
        write_film(digits_film(), plane_film())
