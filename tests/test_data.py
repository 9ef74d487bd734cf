"""The data loader and the scripts that draw the bundled sets."""

import importlib.util
import inspect
import io
import re
import shutil
import socket
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from gan_keras import data
from gan_keras.data import load_images, scale_pixels, to_pixels

DATA = Path(__file__).resolve().parents[1] / "data"
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory):
    """A folder with the bundled sets alone; the clone's may hold a student's own too."""
    folder = tmp_path_factory.mktemp("clone") / "data"
    folder.mkdir()
    for name in data.BUNDLED:
        shutil.copy(DATA / f"{name}.npz", folder)
    return folder.resolve()


@pytest.fixture
def folder(tmp_path, monkeypatch, bundled):
    """An empty data folder beside the working directory."""
    (tmp_path / "work/data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(data, "OURS", [bundled])
    monkeypatch.setattr(data, "FOLDERS", [Path("data"), Path("../data"), bundled])
    return tmp_path / "work/data"


def members(file):
    """The files inside an .npz file, in order, as bytes."""
    with zipfile.ZipFile(file) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


UNIT = st.floats(-1, 1, width=32)


@given(arrays(np.uint8, array_shapes(max_side=8)), arrays(np.float32, 9, elements=UNIT))
def test_bytes_come_back_and_floats_become_the_nearest_byte(pixels, floats):
    scaled = scale_pixels(pixels)
    assert scaled.dtype == np.float32 and scaled.min() >= -1 and scaled.max() <= 1
    np.testing.assert_array_equal(to_pixels(scaled), pixels)
    assert np.abs(scale_pixels(to_pixels(floats)) - floats).max() <= 1 / 255 + 1e-6
    assert to_pixels(np.array([-9.0, -1.0, 0.0, 1.0, np.inf])).tolist() == [0, 0, 128, 255, 255]


def test_what_would_be_scaled_wrongly_is_refused():
    for scale, wrong in ((scale_pixels, [[0.5]]), (to_pixels, PIXELS), (to_pixels, [np.nan])):
        with pytest.raises(ValueError, match="wants .*, got (float64|uint8|NaN)"):
            scale(wrong)


@pytest.mark.parametrize("name", data.BUNDLED)
def test_a_bundled_set_is_small_and_its_script_s_work(name, tmp_path):
    spec = importlib.util.spec_from_file_location(name, DATA / f"make_{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write(tmp_path / "new.npz")
    assert members(tmp_path / "new.npz") == members(DATA / f"{name}.npz")
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file in files:
        script.write(file, count=60)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert (DATA / f"{name}.npz").stat().st_size < 2.5e6


def test_the_bundled_sets_are_known_from_a_clone_s_folders(monkeypatch):
    for place, folder in (("data", DATA.parent), ("../data", DATA)):
        monkeypatch.chdir(folder)
        assert load_images("digits").source == f"the bundled {place}/digits.npz"


def test_digits_are_like_mnist(folder):
    digits = load_images("digits")
    assert digits.images.dtype == np.float32 and digits.labels.dtype == np.int64
    assert digits.images.min() == -1 and digits.images.max() == 1
    assert set(np.bincount(digits.labels)) == {1200}
    assert digits.factors == {} and digits.names == ()
    assert str(digits) == (
        "data: digits · 12000 images 28×28×1 · labels 0–9 · from the bundled data/digits.npz"
    )
    ink = (digits.images[..., 0] + 1) / 2
    assert not ink[:, 0].any() and not ink[:, -1].any()  # no digit touches the frame
    sides = np.maximum(ink.any(2).sum(1), ink.any(1).sum(1))
    assert 16 <= sides.min() and sides.max() <= 24
    center = np.einsum("nrc,c->n", ink, np.arange(28)) / ink.sum((1, 2))
    assert abs(center.mean() - 13.5) < 0.2 and center.std() < 1

    x, y = digits.images.reshape(12_000, -1), digits.labels
    means = np.stack([x[:10_000][y[:10_000] == digit].mean(0) for digit in range(10)])
    nearest = ((means**2).sum(1) - 2 * x[10_000:] @ means.T).argmin(1)
    assert 0.7 < (nearest == y[10_000:]).mean() < 0.95, "too hard, or too easy"


def test_shapes_are_what_their_factors_say(folder):
    shapes = load_images("shapes")
    assert shapes.images.shape == (10_000, 32, 32, 3)
    assert shapes.names == ("circle", "square", "triangle", "star", "cross")
    assert "factors shape, hue, x, y, size · from the bundled data/shapes.npz" in str(shapes)
    assert set(np.bincount(shapes.labels)) == {2000}
    np.testing.assert_array_equal(shapes.labels, shapes.factors["shape"])
    correlation = np.corrcoef([*shapes.factors.values()])
    assert np.abs(correlation - np.eye(5)).max() < 0.04

    bright = (shapes.images.max(3) + 1) / 2  # the shape is at 1, the background at 1/4
    cover = (bright - bright[:, :1, :1]) / (1 - bright[:, :1, :1])
    mass, grid = cover.sum((1, 2)), np.arange(32)
    for axis, along in (("x", "nrc,c->n"), ("y", "nrc,r->n")):
        assert np.abs(np.einsum(along, cover, grid) / mass - shapes.factors[axis]).max() < 0.25
    fills = {"circle": np.pi / 4, "square": 1 / 2, "triangle": 0.325, "star": 0.331, "cross": 1 / 2}
    for label, name in enumerate(shapes.names):
        share = (mass / shapes.factors["size"] ** 2)[shapes.labels == label]
        assert abs(share.mean() - fills[name]) < 0.02, name

    row, column = (np.rint(shapes.factors[key]).astype(int) for key in "yx")
    red, green, blue = shapes.images[np.arange(10_000), row, column].T
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) / (2 * np.pi)
    apart = np.abs((angle - shapes.factors["hue"] + 0.5) % 1 - 0.5)
    assert apart.max() < 0.02  # HSV's hue is a hexagon's angle, this one a circle's


def test_a_file_of_one_s_own(folder):
    labels, weight = np.arange(6, dtype=np.uint8)[:, None], np.arange(6.0)
    stored = {"images": PIXELS, "labels": labels, "weight": weight, "other": weight[:2]}
    np.savez(folder / "digits.npz", **stored)  # taken before the bundled set of that name
    own = load_images("digits")
    np.testing.assert_array_equal(own.images, scale_pixels(PIXELS)[..., None])
    assert own.labels.dtype == np.int64 and own.labels.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(own.factors["weight"], weight)
    told = "data: digits · 6 images 5×4×1 · labels 0–5 · factors weight · from "
    assert str(own) == told + "data/digits.npz"
    shutil.move("data", "../data")
    assert str(load_images("digits")) == told + "../data/digits.npz"


def test_floats_are_taken_as_they_are_or_rescaled(folder):
    for dtype in (np.float16, np.float32, np.float64):
        pixels = np.linspace(0, 1, 8, dtype=dtype).reshape(2, 2, 2)
        np.savez(folder / "positive.npz", images=pixels)
        np.savez(folder / "centered.npz", images=2 * pixels - 1)
        centered, positive = load_images("centered"), load_images("positive")
        np.testing.assert_allclose(centered.images, positive.images, atol=2e-3)
        assert centered.images.dtype == positive.images.dtype == np.float32
        assert centered.source == "data/centered.npz" and centered.labels is None
        assert positive.source == "data/positive.npz, rescaled from [0, 1]"


FOREIGN = {
    "no 'images' among .*x_train": {"x_train": PIXELS},
    "got int64": {"images": PIXELS.astype(int)},
    "Object arrays": {"images": PIXELS.astype(object)},
    "from 0 to 2[45]": {"images": PIXELS / 1.0},
    "from nan to nan": {"images": np.where(PIXELS > 200, np.nan, 0.5)},
    r"shape \(5, 4, 1\)": {"images": PIXELS[0]},
    "size 0": {"images": PIXELS[:0]},
    r"shape \(2, 3, 32, 32\)": {"images": np.zeros((2, 3, 32, 32))},
    "array of size 2 into": {"images": PIXELS, "labels": [0, 1]},
    "array of size 12 into": {"images": PIXELS, "labels": np.zeros((6, 2), int)},
    "float64.* to .*int64": {"images": PIXELS, "labels": np.zeros(6)},
    "no name for the label 6": {"images": PIXELS, "labels": np.arange(1, 7), "names": [*"abcdef"]},
}


def test_a_foreign_file_is_refused(folder):
    for found, stored in FOREIGN.items():
        np.savez(folder / "cats.npz", **stored)
        with pytest.raises(ValueError, match=rf"cats.npz: .*{found}.*uint8 or floats in \[-1, 1\]"):
            load_images("cats")


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    kept=st.just(1.0) | st.floats(0, 1),
)
def test_a_damaged_file_is_refused_or_read_as_it_was_written(folder, changes, kept):
    whole = io.BytesIO()
    np.savez_compressed(whole, images=PIXELS, labels=np.arange(6))
    content = bytearray(whole.getvalue())
    for place, byte in changes:
        content[int(place * len(content))] = byte
    (folder / "cats.npz").write_bytes(content[: int(kept * len(content))])
    try:
        np.testing.assert_array_equal(load_images("cats").images[..., 0], scale_pixels(PIXELS))
    except ValueError as problem:
        assert "cats.npz" in str(problem)


def test_a_zip_bomb_is_refused_before_it_is_read(folder, monkeypatch):
    monkeypatch.setattr(data, "LIMIT", 2**20)
    monkeypatch.setattr(np, "load", lambda *a, **k: pytest.fail("read"))
    np.savez_compressed(folder / "cats.npz", images=np.zeros((3, 1024, 1024), np.uint8))
    assert (folder / "cats.npz").stat().st_size < 5000
    with pytest.raises(ValueError, match="cats.npz: more than 1 GiB"):
        load_images("cats")


def test_labels_of_a_file_are_taken_as_they_are(folder):
    for labels in ([1, 3, 5, 7, 9, 11], [-1, 0, 2, 2, -1, 0]):  # -1: no label
        np.savez(
            folder / "cats.npz", images=PIXELS, labels=labels, names=[str(n) for n in range(12)]
        )
        assert load_images("cats").labels.tolist() == labels


def picture(path, mode="RGB", size=(4, 5), color=255):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, color).save(path)


def pixels_of(folder, pixels, suffix=".png", image_size=None, **options):
    """What is loaded of a single picture, as bytes."""
    shutil.rmtree(folder / "one", ignore_errors=True)
    (folder / "one").mkdir()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(folder / f"one/1{suffix}", **options)
    return to_pixels(load_images("one", image_size=image_size).images[0])


EACH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_folder_of_pictures(folder):
    for name in ("b.png", "a.JPG", "c.bmp", "d.gif", "e.webp", "f.tif", "._a.jpg"):
        picture(folder / "cats" / name)
    cats = load_images("cats")
    assert cats.labels is None
    assert str(cats) == "data: cats · 6 images 5×4×3 · from the folder data/cats"


@pytest.mark.parametrize("kind", ["png", "bmp", "dib", "tif", "ppm", "tga", "sgi", "pcx", "dds"])
def test_what_pillow_reads_is_loaded(folder, kind):
    pixels = PIXELS[:3].transpose(1, 2, 0).copy()
    np.testing.assert_array_equal(pixels_of(folder, pixels, f".{kind}"), pixels)
    Image.fromarray(pixels).save(folder / "one/1.jpg", "PNG")  # a wrong suffix
    np.testing.assert_array_equal(load_images("one").images, scale_pixels([pixels, pixels]))


def test_what_is_left_out_is_named(folder):
    picture(folder / "cats/tabby/1.png")
    for name in ("notes.txt", "tabby/2.heic", "tabby/3.h5", ".DS_Store", "tabby/.hidden/1.png"):
        (folder / "cats" / name).parent.mkdir(exist_ok=True)
        (folder / "cats" / name).touch()
    picture(folder / "cats/__MACOSX/tabby/1.png")
    (folder / "cats/black").mkdir()  # a class without pictures
    found = "classes from 0 on: tabby; left out: black, notes.txt, tabby/2.heic, tabby/3.h5"
    assert load_images("cats").source == f"the folder data/cats; {found}"
    for number in range(4, 9):
        (folder / f"cats/{number}.txt").touch()
    assert load_images("cats").source.endswith(
        "left out: 4.txt, 5.txt, 6.txt, 7.txt, 8.txt, … (9 in all)"
    )


def test_no_picture_starts_a_program(folder, monkeypatch):
    """Pillow hands EPS to Ghostscript, and so what an IPTC file holds."""
    monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: pytest.fail("a program was started"))
    eps = io.BytesIO()
    Image.new("RGB", (4, 5)).save(eps, "EPS")
    (folder / "cats").mkdir()
    for name in ("1.eps", "2.ps", "3.iim", "4.wmf"):
        (folder / "cats" / name).write_bytes(eps.getvalue())
    with pytest.raises(ValueError, match="left out: 1.eps, 2.ps, 3.iim, 4.wmf"):
        load_images("cats")
    for name in ("5.jpg", "6.tga"):
        (folder / "cats" / name).write_bytes(eps.getvalue())
        with pytest.raises(ValueError, match=r"[56]\.\w\w\w: cannot identify"):
            load_images("cats")
        (folder / "cats" / name).unlink()


@EACH
@given(st.sets(st.integers(0, 2000), min_size=1, max_size=12))
def test_numbered_sub_folders_are_labelled_in_the_order_of_their_numbers(folder, numbers):
    shutil.rmtree(folder / "cats", ignore_errors=True)
    for number in numbers:
        picture(folder / f"cats/{number}/1.png", "L", color=number % 256)
    cats = load_images("cats")
    assert cats.names == tuple(map(str, sorted(numbers)))
    named = [int(cats.names[label]) % 256 for label in cats.labels]
    assert to_pixels(cats.images)[:, 0, 0, 0].tolist() == named


def test_other_sub_folders_are_labelled_in_the_order_of_their_names(folder):
    for name in ("cat-big", "cat", "class10", "class2", "cat b"):
        picture(folder / f"cats/{name}/1.png")
    cats = load_images("cats")
    assert cats.names == ("cat", "cat b", "cat-big", "class2", "class10")
    assert cats.labels.tolist() == [0, 1, 2, 3, 4]
    assert "classes from 0 on: cat, cat b, cat-big, class2, class10" in str(cats)


def test_sub_folders_are_classes_and_grey_stays_grey_unless_one_has_colors(folder):
    picture(folder / "cats/tabby/1.png", "L")
    picture(folder / "cats/black/1.png", "LA", color=(255, 255))
    picture(folder / "cats/black/2.png", "1")
    picture(folder / "cats/.ipynb_checkpoints/2.png", "RGB")
    cats = load_images("cats")
    assert cats.images.shape == (3, 5, 4, 1)
    assert cats.labels.tolist() == [0, 0, 1] and cats.names == ("black", "tabby")
    picture(folder / "cats/tabby/2.png", "RGB")
    assert load_images("cats").images.shape == (4, 5, 4, 3)


def test_pictures_are_as_one_sees_them(folder):
    """Upright, and of transparent ones not the colors beneath, whatever the kind."""
    picture(folder / "cats/1.png", "RGBA", color=(9, 90, 200, 0))
    picture(folder / "cats/2.png", "RGBA", color=(255, 255, 255, 128))
    picture(folder / "cats/3.png", "RGBA", color="white")  # opaque
    picture(folder / "cats/4.webp", "RGBA", color=(9, 90, 200, 0))
    for name in ("5.png", "6.gif"):
        Image.new("P", (4, 5), 0).save(folder / "cats" / name, transparency=0)
    picture(folder / "cats/7.png", "LA", color=(7, 0))
    exif = Image.Exif()
    exif[274] = 6  # turned by 90 degrees
    Image.new("RGB", (5, 4), "white").save(folder / "cats/8.jpg", exif=exif)
    cats = load_images("cats")
    assert (cats.images == 1).all()
    assert "transparent, laid on white: 1.png, 2.png, 4.webp, 5.png, 6.gif, … (6 in all)" in str(
        cats
    )


@EACH
@given(arrays(np.uint8, (3, 2, 4)))
def test_a_transparent_picture_is_mixed_with_white(folder, pixels):
    color, share = pixels[..., :3].astype(float), pixels[..., 3:] / 255
    seen = pixels_of(folder, pixels)
    assert np.abs(seen - (share * color + (1 - share) * 255)).max() <= 1
    assert ("laid on white" in str(load_images("one"))) == (pixels[..., 3].min() < 255)


def test_other_kinds_of_pixels_have_their_colors(folder):
    red = Image.new("RGB", (4, 5), "red")
    for image, suffix in ((red.convert("CMYK"), ".jpg"), (red.quantize(2), ".png")):
        assert np.abs(pixels_of(folder, image, suffix) - np.array([255.0, 0, 0])).max() < 3
    bits = (PIXELS[0] > 99).astype(np.uint8) * 255
    np.testing.assert_array_equal(
        pixels_of(folder, Image.fromarray(bits).convert("1"))[..., 0], bits
    )
    frames = {"save_all": True, "append_images": [Image.new("RGB", (4, 5), "blue")]}
    for suffix in (".gif", ".png", ".tif"):  # of several, the first
        seen = pixels_of(folder, red, suffix, **frames)
        np.testing.assert_array_equal(seen, np.broadcast_to(np.uint8([255, 0, 0]), (5, 4, 3)))


@EACH
@given(
    st.tuples(*[st.integers(1, 30)] * 2), st.tuples(*[st.integers(1, 30)] * 2), st.integers(0, 255)
)
def test_pictures_of_any_size_become_one_size_in_the_same_color(folder, one, other, color):
    shutil.rmtree(folder / "cats", ignore_errors=True)
    for number, size in enumerate([one, other]):
        picture(folder / f"cats/{number}.png", "L", size, color)
    for image_size, shape in (((8, 5), (8, 5)), (6, (6, 6)), (np.int64(6), (6, 6))):
        images = load_images("cats", image_size=image_size).images
        assert images.shape == (2, *shape, 1) and (to_pixels(images) == color).all()


def test_a_picture_is_cropped_at_its_center_and_scaled_without_aliases(folder):
    wide = np.random.default_rng(0).integers(0, 256, (8, 24, 3), np.uint8)
    np.testing.assert_array_equal(pixels_of(folder, wide, image_size=8), wide[:, 8:16])
    tall = wide.transpose(1, 0, 2).copy()
    np.testing.assert_array_equal(pixels_of(folder, tall, image_size=(12, 8)), tall[6:18])
    exif = Image.Exif()
    exif[274] = 6  # turned by 90 degrees: cropped as one sees it
    turned = pixels_of(folder, wide, image_size=(24, 8), exif=exif)
    np.testing.assert_array_equal(turned, np.rot90(wide, -1))
    stripes = pixels_of(folder, np.tile(np.uint8([0, 255]), (64, 32)), image_size=(8, 8))
    assert np.abs(stripes[1:-1, 1:-1] - 127.5).max() < 2  # every eighth pixel would be black


def test_image_size_that_cannot_be_had_is_refused(folder):
    picture(folder / "cats/1.png")
    for wrong in (0, -1, (0, 5), "64", 64.5, (64, 64, 3), []):
        with pytest.raises(ValueError, match="data/cats: .*image_size"):
            load_images("cats", image_size=wrong)
    assert len(load_images("digits", image_size=28).images) == 12_000
    with pytest.raises(ValueError, match="image_size is for folders: keras.ops.image.resize"):
        load_images("digits", image_size=32)


def test_a_folder_with_no_pictures_or_in_two_layouts_is_refused(folder):
    (folder / "none").mkdir()
    (folder / "none/notes.txt").touch()
    picture(folder / "two/1.png")
    picture(folder / "two/tabby/1.png")
    picture(folder / "deep/train/tabby/1.png")
    found = {
        "none": "left out: notes.txt",
        "two": "found: 1.png, tabby/1.png",
        "deep": "found: train/tabby/1.png",
    }
    for name, fault in found.items():
        with pytest.raises(ValueError, match=f"data/{name}: .*all into sub-folders; {fault}"):
            load_images(name)


def test_pictures_that_cannot_be_taken_are_named(folder, monkeypatch):
    picture(folder / "sizes/1.png")
    picture(folder / "sizes/2.png", size=(7, 5))
    picture(folder / "cut/1.png", size=(400, 400))
    picture(folder / "deep/1.png", "I;16")
    picture(folder / "floats/1.tif", "F")
    file = folder / "cut/1.png"
    file.write_bytes(file.read_bytes()[:-40])
    faults = {
        "sizes": "same shape",
        "cut": "1.png: .*truncated",
        "deep": "1.png: .*16 bits",
        "floats": "1.tif: .*16 bits or more",
    }
    for name, found in faults.items():
        with pytest.raises(ValueError, match=f"data/{name}: .*{found}.*of one size, .*image_size="):
            load_images(name)
    monkeypatch.setattr(data, "LIMIT", 100)
    for large in (None, 5):
        with pytest.raises(ValueError, match="1.png: so many must be smaller: give image_size"):
            load_images("sizes", image_size=large)
    assert load_images("sizes", image_size=4).images.shape == (2, 4, 4, 3)


def test_a_name_is_a_plain_name_of_what_there_is(folder):
    paths = ["../cats", "data/cats", "/home/me/cats/", "C:\\me\\cats", "~/cats.npz", Path("cats")]
    for name in [*paths, "", "..", "C:x", "a..b", "x\0", None]:
        with pytest.raises(ValueError, match="plain name such as 'digits': put yours") as refused:
            load_images(name)
        if name in paths:
            remedy = f"put yours into {folder.resolve()} and call load_images('cats')"
            assert remedy in str(refused.value)
    with pytest.raises(
        ValueError, match="no such set: digits, shapes, mnist, fashion_mnist, cifar"
    ):
        load_images("MNSIT", fallback="digits")  # a slip of the pen is no missing network


@pytest.fixture
def cache(folder, monkeypatch):
    """Where Keras, with its own downloader, keeps a set that stands for MNIST."""

    def load_data():
        origin = "https://mnist.invalid/mnist.npz"
        with np.load(keras.utils.get_file("mnist.npz", origin, cache_dir=str(folder))) as stored:
            return (stored["x"], stored["y"]), None

    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    monkeypatch.setattr(data, "PATIENCE", 0.5)
    return folder / "datasets"


def refuse(*args, **kwargs):
    raise OSError("the network is unplugged")


def hang(*args, **kwargs):
    time.sleep(5)
    raise OSError("too late")


@pytest.mark.parametrize(
    "where, fails", [("getaddrinfo", refuse), ("getaddrinfo", hang), ("create_connection", hang)]
)
def test_without_a_network_it_gives_up_in_time(cache, monkeypatch, capsys, where, fails):
    monkeypatch.setattr(socket, where, fails)
    reason = "unplugged" if fails is refuse else "no answer within"
    with pytest.raises(ValueError, match=f"no network: .*{reason}.*digits, shapes are bundled"):
        load_images("mnist")
    assert load_images("mnist", fallback="digits").name == "digits"
    said = (
        rf"mnist cannot be had here \(no network: .*{reason}.*: using the bundled 'digits' instead"
    )
    assert re.search(said, capsys.readouterr().out)
    with pytest.raises(ConnectionError, match=reason):
        data.ensure_reachable("https://mnist.invalid")  # the patience of the test is short


def test_the_keras_cache_needs_no_network(cache, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    cache.mkdir()
    np.savez(cache / "mnist.npz", x=PIXELS, y=np.arange(6, dtype=np.uint8)[:, None])
    mnist = load_images("mnist", fallback="digits")
    assert mnist.images.shape == (6, 5, 4, 1) and mnist.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert mnist.source == "keras.datasets.mnist (the training split)"


@pytest.mark.parametrize("name", data.KERAS_SETS)
def test_keras_keeps_a_set_where_we_look_and_has_it_from_whom_we_ask(folder, monkeypatch, name):
    asked, files = [], []

    def get_file(fname, origin, cache_subdir="datasets", **how):
        files.append((f"{cache_subdir}/{fname}", origin))
        raise OSError("enough")

    monkeypatch.setenv("KERAS_HOME", str(folder))
    monkeypatch.setattr(
        inspect.getmodule(getattr(keras.datasets, name).load_data), "get_file", get_file
    )
    monkeypatch.setattr(urllib.request, "urlopen", lambda url: asked.append(url) or io.BytesIO())
    with pytest.raises(ValueError, match="enough"):
        load_images(name)
    (place, origin), (url,) = files[0], asked
    assert url.split("/")[2] == origin.split("/")[2]
    (folder / place).parent.mkdir(parents=True)
    (folder / place).touch()
    with pytest.raises(ValueError, match="enough"):
        load_images(name)
    assert len(asked) == 1  # not again: Keras has it


def test_a_place_that_refuses_has_answered(monkeypatch):
    def refuses(url):
        raise urllib.error.HTTPError(url, 404, "Not Found", {}, None)

    monkeypatch.setattr(urllib.request, "urlopen", refuses)
    data.ensure_reachable("https://mnist.invalid")
