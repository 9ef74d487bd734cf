"""Files and configurations that nobody wrote: no crash, no lost memory, nothing outside `data/`."""

import copy
import functools
import io
import json
import math
import pickle
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import gan_keras as gk
from gan_keras import data
from tests import players

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 4), dtype=np.uint8)
MUCH = 30e6  # bytes: far more than any file here needs
FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty data folder, the only one; beside it a set that no name may reach."""
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "secret.npz", images=PIXELS)
    (tmp_path / "secret").mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "secret/1.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "FOLDERS", [Path("data")])
    return tmp_path / "data"


def refused_or_read(load, much=MUCH):
    """Loads within the memory that it may take: an image set, or None after a readable refusal."""
    tracemalloc.start()
    try:
        found = load()
    except ValueError as problem:
        assert 20 < len(str(problem)) < 900
        found = None
    finally:
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert taken < much
    return found


# --- .npz files


def array_file(shape, dtype, content):
    """An .npy file whose header declares a shape and a type, whatever follows."""
    file = io.BytesIO()
    header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + content


@FILES
@given(
    shape=st.lists(st.integers(-3, 10**6) | st.just(10**12), max_size=5).map(tuple),
    dtype=st.sampled_from(["u1", "f4", "f8", "i8", "U9", "c16"]),
    content=st.binary(max_size=300),
)
def test_a_header_may_declare_what_it_likes(folder, shape, dtype, content):
    with zipfile.ZipFile(folder / "cats.npz", "w") as archive:
        archive.writestr("images.npy", array_file(shape, dtype, content))
    # NumPy reserves what is declared, however much, and touches what is there.
    found = refused_or_read(lambda: gk.load_images("cats"), much=math.inf)
    if found is not None:  # then the header was true
        assert found.images.size * np.dtype(dtype).itemsize <= len(content)


@FILES
@given(st.dictionaries(st.text(max_size=12), st.binary(max_size=60), max_size=4))
def test_an_archive_may_hold_anything(folder, members):
    with zipfile.ZipFile(folder / "cats.npz", "w") as archive:
        for name, content in members.items():
            archive.writestr(name or "x", content)
    refused_or_read(lambda: gk.load_images("cats"))
    assert {path.name for path in folder.parent.iterdir()} == {"data", "secret", "secret.npz"}


class Writes:
    """Unpickled, this would write a file."""

    def __reduce__(self):
        return Path.touch, (Path("unpickled"),)


def test_pickles_are_never_run(folder):
    for name in ("images", "labels", "names", "anything"):
        stored = {"images": PIXELS, name: np.array([Writes()] * 6, object)}
        np.savez(folder / "cats.npz", **stored)
        assert refused_or_read(lambda: gk.load_images("cats")) is None
        with zipfile.ZipFile(folder / "dogs.npz", "w") as archive:  # a bare pickle for an array
            archive.writestr(f"{name}.npy", pickle.dumps(Writes()))
        assert refused_or_read(lambda: gk.load_images("dogs")) is None
        assert not Path("unpickled").exists()


@FILES
@given(names=st.sets(st.text(min_size=1, max_size=20), min_size=1, max_size=3))
def test_members_with_paths_are_not_unpacked(folder, names):
    with zipfile.ZipFile(folder / "cats.npz", "w") as archive:
        for name in names:
            archive.writestr(f"../{name}.npy", array_file((2,), "u1", b"ab"))
        archive.writestr("images.npy", array_file(PIXELS.shape, "u1", PIXELS.tobytes()))
    refused_or_read(lambda: gk.load_images("cats"))
    assert {path.name for path in folder.parent.iterdir()} == {"data", "secret", "secret.npz"}
    assert [path.name for path in folder.iterdir()] == ["cats.npz"]


# --- names


@FILES
@given(st.text(max_size=30) | st.from_regex(r"[./\\~]{1,9}secret[./\\]?", fullmatch=True))
def test_no_name_leads_out_of_the_folder(folder, name):
    assert refused_or_read(lambda: gk.load_images(name)) is None


def test_these_names_do_not_either(folder):
    ways = "../secret", "..\\secret", "data/../../secret", "./../secret", "/etc/passwd", "~"
    for name in (*ways, "secret\0"):
        with pytest.raises(ValueError, match="plain name"):
            gk.load_images(name)


# --- folders of pictures


def picture_file(kind):
    file = io.BytesIO()
    Image.fromarray(PIXELS[0]).save(file, kind)
    return file.getvalue()


@FILES
@given(st.data())
def test_a_picture_may_hold_any_bytes(folder, draw):
    kind, suffix = draw.draw(
        st.sampled_from([("png", "png"), ("jpeg", "jpg"), ("bmp", "bmp"), ("gif", "gif")])
    )
    content = bytearray(picture_file(kind))
    for _ in range(draw.draw(st.integers(0, 4))):
        content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
    content = bytes(content[: draw.draw(st.integers(0, len(content)))])
    content = draw.draw(st.sampled_from([content, draw.draw(st.binary(max_size=80))]))
    (folder / "cats").mkdir(exist_ok=True)
    for old in (folder / "cats").iterdir():
        old.unlink()
    (folder / "cats" / f"1.{suffix}").write_bytes(content)
    found = refused_or_read(lambda: gk.load_images("cats"))
    if found is not None:
        assert np.isfinite(found.images).all() and np.abs(found.images).max() <= 1


def test_a_picture_that_declares_a_huge_size_is_not_decoded(folder):
    whole = picture_file("png")
    (folder / "cats").mkdir()
    for side in (15_000, 60_000, 2**31 - 1):
        header = b"IHDR" + struct.pack(">II", side, side) + whole[24:29]
        checksum = struct.pack(">I", zlib.crc32(header))
        (folder / "cats/1.png").write_bytes(whole[:12] + header + checksum + whole[33:])
        assert refused_or_read(lambda: gk.load_images("cats")) is None


# --- configurations


@functools.cache
def class_and_configuration(name):
    model = players.MODELS[name][0]()
    return type(model), model.get_config()


def test_the_configuration_of_a_layer_comes_back_through_json():
    layer = gk.layers.SpectralNormalization(keras.layers.Dense(4, name="dense"), name="ours")
    for one in (layer, gk.layers.LayerNormalization(epsilon=1e-5, name="ours")):
        config = json.loads(json.dumps(one.get_config()))
        again = type(one).from_config(copy.deepcopy(config))
        assert json.loads(json.dumps(again.get_config())) == config
        assert [v.shape for v in again.weights] == [v.shape for v in one.weights]


JUNK = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
JUNK |= st.lists(st.integers(), max_size=2) | st.dictionaries(st.text(max_size=5), st.integers())


@settings(FILES, max_examples=24)
@given(st.data())
def test_a_mistyped_configuration_is_refused_and_harms_nothing(folder, draw):
    cls, config = copy.deepcopy(
        class_and_configuration(draw.draw(st.sampled_from([*players.MODELS])))
    )
    key = draw.draw(st.sampled_from(sorted(config)))
    change = draw.draw(st.sampled_from(["missing", "unknown", "mistyped"]))
    if change == "missing":
        del config[key]
    elif change == "unknown":
        config[f"{key}_"] = 1
    else:
        config[key] = draw.draw(JUNK)
    try:
        cls.from_config(config)
    except Exception as problem:  # Keras has many
        assert not isinstance(problem, MemoryError | RecursionError)
    else:
        assert change != "unknown"
    assert keras.config.floatx() == "float32" and not [*folder.iterdir()]


# --- saved models


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a saved model."""
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    players.vae().save(path)
    return path.read_bytes()


@settings(FILES, max_examples=6)
@given(st.data())
def test_a_damaged_model_file_raises_and_harms_nothing(saved, tmp_path, draw):
    path, damaged = tmp_path / "model.keras", bytearray(saved)
    for _ in range(draw.draw(st.integers(1, 6))):
        damaged[draw.draw(st.integers(0, len(damaged) - 1))] ^= draw.draw(st.integers(1, 255))
    path.write_bytes(damaged[: draw.draw(st.integers(0, len(damaged)))])
    try:
        keras.models.load_model(path)
    except Exception as problem:
        assert not isinstance(problem, MemoryError)
    assert [file.name for file in tmp_path.iterdir()] == ["model.keras"]
