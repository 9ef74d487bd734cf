"""The data loader and the scripts that draw the bundled sets."""

import hashlib
import importlib.util
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
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
    """An empty data folder beside the working directory, and an empty Keras cache."""
    (tmp_path / "work/data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(data, "OURS", [bundled])
    monkeypatch.setattr(data, "FOLDERS", [Path("data"), Path("../data"), bundled])
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "work/data"


def script(name):
    """One of the scripts that draw the bundled sets, as a module."""
    spec = importlib.util.spec_from_file_location(name, DATA / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def members(file):
    """The files inside an .npz file, in order, as bytes."""
    with zipfile.ZipFile(file) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


# --- scaling


@given(arrays(np.uint8, array_shapes(max_side=8)))
def test_bytes_come_back_from_the_range_of_tanh(pixels):
    scaled = scale_pixels(pixels)
    assert scaled.dtype == np.float32 and scaled.min() >= -1 and scaled.max() <= 1
    np.testing.assert_array_equal(to_pixels(scaled), pixels)


@given(arrays(np.float32, (9,), elements=st.floats(-1, 1, width=32)))
def test_pixels_are_the_nearest_byte(images):
    assert np.abs(scale_pixels(to_pixels(images)) - images).max() <= 1 / 255 + 1e-6


def test_pixels_out_of_range_are_clipped():
    assert to_pixels(np.array([-9.0, -1.0, 0.0, 1.0, np.inf])).tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros(3, int), [[0.5]]])
def test_only_bytes_are_scaled(wrong):
    with pytest.raises(ValueError, match="wants uint8 in 0 to 255, got"):
        scale_pixels(wrong)


@pytest.mark.parametrize("wrong, got", [(PIXELS, "uint8"), ([np.nan, 0.0], "NaN")])
def test_only_numbers_become_pixels(wrong, got):
    with pytest.raises(ValueError, match=rf"floats in \[-1, 1\], got {got}"):
        to_pixels(wrong)


# --- the bundled sets


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_a_bundled_set_is_its_script_s_work(name, tmp_path):
    script(f"make_{name}").write(tmp_path / "new.npz")
    assert members(tmp_path / "new.npz") == members(DATA / f"{name}.npz")


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_a_script_writes_the_same_bytes_each_time(name, tmp_path):
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file in files:
        script(f"make_{name}").write(file, count=60)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("place", ["data", "../data"])
def test_the_bundled_sets_are_known_from_a_clone_s_folders(place, monkeypatch):
    monkeypatch.chdir(DATA.parent if place == "data" else DATA)
    assert load_images("digits").source == f"the bundled {place}/digits.npz"


def test_the_bundled_files_are_small():
    assert sum((DATA / f"{name}.npz").stat().st_size for name in data.BUNDLED) < 5.5e6


def test_digits(folder):
    digits = load_images("digits")
    assert digits.images.shape == (12_000, 28, 28, 1) and digits.images.dtype == np.float32
    assert digits.images.min() == -1 and digits.images.max() == 1
    assert digits.labels.dtype == np.int64 and set(np.bincount(digits.labels)) == {1200}
    assert digits.factors == {} and digits.names == ()
    assert str(digits) == (
        "data: digits · 12000 images 28×28×1 · labels 0–9 · from the bundled data/digits.npz"
    )


def test_digits_lie_as_in_mnist(folder):
    ink = (load_images("digits").images[..., 0] + 1) / 2
    mass = ink.sum((1, 2))
    rows, columns = ink.any(2), ink.any(1)
    assert not ink[:, 0].any() and not ink[:, -1].any()  # no digit touches the frame
    assert 16 <= np.maximum(rows.sum(1), columns.sum(1)).min()
    assert np.maximum(rows.sum(1), columns.sum(1)).max() <= 24
    centre = np.einsum("nrc,c->n", ink, np.arange(28)) / mass
    assert abs(centre.mean() - 13.5) < 0.2 and centre.std() < 1


def test_a_digit_is_told_by_its_nearest_mean_often_but_not_always(folder):
    digits = load_images("digits")
    x, y = digits.images.reshape(12_000, -1), digits.labels
    means = np.stack([x[:10_000][y[:10_000] == digit].mean(0) for digit in range(10)])
    nearest = ((means**2).sum(1) - 2 * x[10_000:] @ means.T).argmin(1)
    assert 0.7 < (nearest == y[10_000:]).mean() < 0.95


def test_shapes_are_what_their_factors_say(folder):
    shapes = load_images("shapes")
    assert shapes.images.shape == (10_000, 32, 32, 3)
    assert shapes.names == ("circle", "square", "triangle", "star", "cross")
    assert list(shapes.factors) == ["shape", "hue", "x", "y", "size"]
    assert "factors shape, hue, x, y, size · from the bundled data/shapes.npz" in str(shapes)
    assert set(np.bincount(shapes.labels)) == {2000}
    np.testing.assert_array_equal(shapes.labels, shapes.factors["shape"])

    bright = (shapes.images.max(3) + 1) / 2  # the shape is at 1, the background at 1/4
    cover = (bright - bright[:, :1, :1]) / (1 - bright[:, :1, :1])
    mass, grid = cover.sum((1, 2)), np.arange(32)
    x = np.einsum("nrc,c->n", cover, grid) / mass
    y = np.einsum("nrc,r->n", cover, grid) / mass
    assert np.abs(x - shapes.factors["x"]).max() < 0.25
    assert np.abs(y - shapes.factors["y"]).max() < 0.25
    fills = {"circle": np.pi / 4, "square": 1 / 2, "triangle": 0.325, "star": 0.331, "cross": 1 / 2}
    for label, name in enumerate(shapes.names):
        share = (mass / shapes.factors["size"] ** 2)[shapes.labels == label]
        assert abs(share.mean() - fills[name]) < 0.02, name

    row, column = (np.rint(shapes.factors[key]).astype(int) for key in "yx")
    red, green, blue = shapes.images[np.arange(10_000), row, column].T
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) / (2 * np.pi)
    apart = np.abs((angle - shapes.factors["hue"] + 0.5) % 1 - 0.5)
    assert apart.max() < 0.02  # HSV's hue is a hexagon's angle, this one a circle's


def test_the_factors_are_independent(folder):
    factors = load_images("shapes").factors
    correlation = np.corrcoef([factors[key] for key in factors])
    assert np.abs(correlation - np.eye(5)).max() < 0.04


# --- a file of one's own


@pytest.mark.parametrize("place", ["data", "../data"])
def test_a_file_of_one_s_own(folder, place):
    Path(place).mkdir(exist_ok=True)
    weight = np.arange(6.0)
    np.savez(f"{place}/cats.npz", images=PIXELS, labels=np.arange(6, dtype=np.uint8), weight=weight)
    cats = load_images("cats")
    np.testing.assert_array_equal(cats.images, scale_pixels(PIXELS)[..., None])
    assert cats.labels.dtype == np.int64 and cats.labels.tolist() == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(cats.factors["weight"], weight)
    assert str(cats) == (
        f"data: cats · 6 images 5×4×1 · labels 0–5 · factors weight · from {place}/cats.npz"
    )


def test_a_file_of_one_s_own_comes_before_the_bundled_one(folder):
    np.savez(folder / "digits.npz", images=PIXELS)
    digits = load_images("digits")
    assert digits.source == "data/digits.npz" and digits.labels is None


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_taken_as_they_are_or_rescaled(folder, dtype):
    pixels = np.linspace(0, 1, 8, dtype=dtype).reshape(2, 2, 2)
    np.savez(folder / "positive.npz", images=pixels)
    np.savez(folder / "centred.npz", images=2 * pixels - 1)
    centred, positive = load_images("centred"), load_images("positive")
    np.testing.assert_allclose(centred.images, positive.images, atol=2e-3)
    assert centred.images.dtype == positive.images.dtype == np.float32
    assert centred.source == "data/centred.npz"
    assert positive.source == "data/positive.npz, rescaled from [0, 1]"


@pytest.mark.parametrize(
    "stored, found",
    [
        ({"x_train": PIXELS}, r"has the arrays \['x_train'\], no 'images'"),
        ({"images": PIXELS.astype(int)}, "images of type int64"),
        ({"images": PIXELS > 9}, "images of type bool"),
        ({"images": PIXELS.astype(complex)}, "images of type complex128"),
        ({"images": PIXELS.astype(object)}, "Object arrays cannot be loaded"),
        ({"images": PIXELS / 1.0}, "images from 0 to 2[45]"),
        ({"images": np.full((2, 3, 3), np.nan)}, "images from nan to nan"),
        ({"images": np.array([[[0.5, np.inf]]])}, "images from 0.5 to inf"),
        ({"images": PIXELS[0]}, r"images of shape \(5, 4\)"),
        ({"images": PIXELS[:0]}, r"images of shape \(0, 5, 4\)"),
        ({"images": PIXELS[:, :0]}, r"images of shape \(6, 0, 4\)"),
        ({"images": np.zeros((2, 3, 32, 32))}, r"images of shape \(2, 3, 32, 32\)"),
        ({"images": PIXELS, "labels": [0, 1]}, r"labels \(2,\) of type int64 for 6 images"),
        ({"images": PIXELS, "labels": np.zeros(6)}, r"labels \(6,\) of type float64 for 6"),
        ({"images": PIXELS, "labels": np.zeros((6, 2), int)}, r"labels \(6, 2\)"),
        ({"images": PIXELS, "labels": list("abcdef")}, "labels .* of type <U1"),
    ],
)
def test_a_foreign_file_is_refused(folder, stored, found):
    np.savez(folder / "cats.npz", **stored)
    with pytest.raises(ValueError, match=rf"cats.npz .*{found}.*; want .*uint8 in 0 to 255"):
        load_images("cats")


def whole():
    """The bytes of a good file."""
    file = io.BytesIO()
    np.savez_compressed(file, images=PIXELS, labels=np.arange(6))
    return file.getvalue()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_bytes_raise_nothing_but_valueerror(tmp_path_factory, draw):
    damaged = bytearray(whole())
    for _ in range(draw.draw(st.integers(0, 4))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] = draw.draw(st.integers(0, 255))
    damaged = damaged[: draw.draw(st.integers(0, len(damaged)))]
    file = tmp_path_factory.mktemp("damaged") / "cats.npz"
    file.write_bytes(draw.draw(st.sampled_from([bytes(damaged), draw.draw(st.binary())])))
    try:
        images = data._read_npz(file)["images"]
    except ValueError as problem:
        assert "cats.npz" in str(problem)
    else:
        np.testing.assert_array_equal(images, PIXELS)  # what is read is what was written


def test_a_zip_bomb_is_refused_before_it_is_read(folder, monkeypatch):
    monkeypatch.setattr(data, "LIMIT", 2**20)
    monkeypatch.setattr(np, "load", lambda *a, **k: pytest.fail("read"))
    np.savez_compressed(folder / "cats.npz", images=np.zeros((3, 1024, 1024), np.uint8))
    assert (folder / "cats.npz").stat().st_size < 5000
    with pytest.raises(ValueError, match="cats.npz cannot be read .*GiB, more than"):
        load_images("cats")


def test_a_header_that_lies_is_refused(folder):
    header = io.BytesIO()
    shape = {"descr": "|u1", "fortran_order": False, "shape": (2**40, 1024, 1024)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(folder / "cats.npz", "w") as archive:
        archive.writestr("images.npy", header.getvalue() + bytes(99))
    with pytest.raises(ValueError, match="cats.npz cannot be read"):
        load_images("cats")


# --- a folder of one's own


def picture(path, mode="RGB", size=(4, 5)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, 255).save(path)


def test_a_folder_of_pictures(folder):
    for name in ("b.png", "a.JPG", "c.bmp", "d.gif", "._a.jpg", "notes.txt"):
        if name == "notes.txt":
            (folder / "cats" / name).write_text("not a picture")
        else:
            picture(folder / "cats" / name)
    cats = load_images("cats")
    assert cats.images.shape == (4, 5, 4, 3) and cats.labels is None
    assert str(cats) == "data: cats · 4 images 5×4×3 · from the folder data/cats"


def test_sub_folders_are_classes_and_grey_stays_grey(folder):
    picture(folder / "cats/tabby/1.png", "L")
    picture(folder / "cats/black/1.png", "L")
    picture(folder / "cats/black/2.png", "1")
    picture(folder / "cats/.ipynb_checkpoints/2.png", "RGB")
    cats = load_images("cats")
    assert cats.images.shape == (3, 5, 4, 1)
    assert cats.labels.tolist() == [0, 0, 1] and cats.names == ("black", "tabby")


def test_one_colour_picture_makes_all_of_them_colour(folder):
    picture(folder / "cats/1.png", "L")
    picture(folder / "cats/2.png", "RGB")
    assert load_images("cats").images.shape == (2, 5, 4, 3)


def test_pictures_of_two_sizes_are_refused(folder):
    picture(folder / "cats/1.png")
    picture(folder / "cats/2.png", size=(7, 5))
    with pytest.raises(ValueError, match=r"2.png is 7×5 pixels and .*1.png 4×5; want one size"):
        load_images("cats")


@pytest.mark.parametrize("names", [[], ["notes.txt"], ["1.png", "tabby/1.png"]])
def test_a_folder_with_no_pictures_or_in_two_layouts_is_refused(folder, names):
    (folder / "cats").mkdir()
    for name in names:
        if name.endswith("png"):
            picture(folder / "cats" / name)
        else:
            (folder / "cats" / name).touch()
    with pytest.raises(ValueError, match="folder cats holds . pictures and . sub-folders"):
        load_images("cats")


def test_a_broken_picture_is_refused(folder):
    picture(folder / "cats/1.png", size=(400, 400))
    file = folder / "cats/1.png"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ValueError, match="1.png is no picture of 8 bits"):
        load_images("cats")
    picture(folder / "dogs/1.png", "I;16")
    with pytest.raises(ValueError, match="1.png is no picture of 8 bits .*I;16"):
        load_images("dogs")


# --- names


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../digits", "a/b", "a\\b", "/digits", "C:x", "a..b", "x\0", None, 3]
)
def test_a_name_is_a_plain_name(name):
    with pytest.raises(ValueError, match="plain name such as 'digits', got"):
        load_images(name)


def test_an_unknown_name_is_told_what_there_is(folder):
    np.savez(folder / "cats.npz", images=PIXELS)
    picture(folder / "dogs/1.png")
    with pytest.raises(ValueError, match="no data set 'MNSIT'. Did you mean 'mnist'?") as problem:
        load_images("MNSIT", fallback="digits")  # a slip of the pen is no missing network
    known = "cats, cifar10, digits, dogs, fashion_mnist, mnist, shapes"
    assert known in str(problem.value) and "data/MNSIT.npz" in str(problem.value)


def test_the_fallback_is_a_bundled_set():
    with pytest.raises(ValueError, match="fallback is a bundled set.*got 'mnist'"):
        load_images("cifar10", fallback="mnist")


# --- sets that Keras downloads


def refuse(*args, **kwargs):
    raise OSError("the network is unplugged")


def hang(*args, **kwargs):
    time.sleep(20)
    raise OSError("too late")


@pytest.mark.parametrize(
    "where, fails, reason",
    [
        ("getaddrinfo", refuse, "unplugged"),
        ("getaddrinfo", hang, "no answer within 4 s"),
        ("create_connection", hang, "no answer within 4 s"),
    ],
)
def test_without_a_network_it_gives_up_within_five_seconds(
    folder, monkeypatch, where, fails, reason
):
    monkeypatch.setattr(socket, where, fails)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: pytest.fail("no network"))
    start = time.perf_counter()
    with pytest.raises(ValueError, match=reason) as problem:
        load_images("mnist")
    assert time.perf_counter() - start < 5
    assert "digits, shapes" in str(problem.value) and "data/mnist.npz" in str(problem.value)
    assert "images (n, height, width)" in str(problem.value)


def test_the_fallback_is_announced(folder, monkeypatch, capsys):
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    images = load_images("mnist", fallback="digits")
    assert images.name == "digits" and len(images.images) == 12_000
    assert capsys.readouterr().out == (
        "mnist cannot be had here (no network: the network is unplugged): "
        "using the bundled 'digits' instead\n"
    )


def test_the_keras_cache_needs_no_network(folder, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    cached = Path(os.environ["KERAS_HOME"], "datasets/cifar-10-batches-py-target_archive")
    cached.parent.mkdir(parents=True)
    cached.touch()
    train = np.zeros((3, 32, 32, 3), np.uint8), np.array([[1], [2], [3]], np.uint8)
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: (train, None))
    cifar = load_images("cifar10", fallback="digits")
    assert cifar.images.shape == (3, 32, 32, 3) and cifar.labels.tolist() == [1, 2, 3]
    assert cifar.source == "keras.datasets.cifar10 (the training split)"


def test_a_fashion_mnist_that_was_never_published_is_refused(folder, monkeypatch, capsys):
    cached = Path(os.environ["KERAS_HOME"], "datasets/fashion-mnist")
    cached.mkdir(parents=True)
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", data.FASHION):
        (cached / name).write_bytes(name.encode())
    train = np.zeros((3, 28, 28), np.uint8), np.arange(3, dtype=np.uint8)
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", lambda: (train, None))
    with pytest.raises(ValueError, match="train-images.* is not the published file. Delete it"):
        load_images("fashion_mnist")
    assert load_images("fashion_mnist", fallback="digits").name == "digits"
    assert "is not the published file" in capsys.readouterr().out
    for name in data.FASHION_SHA256:  # as if these had been published
        monkeypatch.setitem(data.FASHION_SHA256, name, hashlib.sha256(name.encode()).hexdigest())
    assert load_images("fashion_mnist").labels.tolist() == [0, 1, 2]


def test_the_cache_is_where_keras_puts_it(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    for home in (tmp_path, tmp_path / "file" / "no home can be made here"):
        environment = {**os.environ, "HOME": str(home)}
        environment.pop("KERAS_HOME", None)
        code = (
            "from keras.src.backend.config import keras_home; from gan_keras import data; "
            "print(keras_home() == str(data._cache().parent))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True
        )
        assert done.stdout == "True\n", done.stderr


def test_a_download_that_breaks_is_no_traceback(folder, monkeypatch):
    class Answer:
        def close(self):
            pass

    monkeypatch.setattr(data.urllib.request, "urlopen", lambda *a, **k: Answer())
    monkeypatch.setattr(keras.datasets.mnist, "load_data", refuse)
    with pytest.raises(ValueError, match="Keras could not load it: the network is unplugged"):
        load_images("mnist")
