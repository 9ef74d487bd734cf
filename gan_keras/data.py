"""Images to train on: bundled, dropped into `data/`, or downloaded by Keras; checked and scaled."""

import os
import re
import urllib.request
import zipfile
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageOps

BUNDLED = ("digits", "shapes")
KERAS_SETS = {"mnist": "mnist*", "fashion_mnist": "fashion*/*", "cifar10": "cifar-10*"}  # cached as
GOOGLE, TORONTO = "https://storage.googleapis.com", "https://www.cs.toronto.edu/~kriz/"
OURS = [(Path(__file__).parent / p).resolve() for p in ("../data", "bundled")]  # clone; installed
FOLDERS = [Path("data"), Path("../data"), *OURS]  # where a set is looked for, in this order
COMMON = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "AVIF")  # tried whatever the suffix says
NOT_READ = {"EPS", "IPTC", "WMF", "MPEG", "HDF5", "GRIB", "BUFR"}  # start programs, or Pillow can't
LIMIT = 2**30  # bytes that a set may hold; pixels take four times as much as float32
PATIENCE = 4.0  # seconds until a download counts as impossible


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images, ready to train on; it prints as one line."""

    name: str
    images: np.ndarray  # float32 in [-1, 1], (n, height, width, channels)
    labels: np.ndarray | None  # int64 (n,)
    factors: dict  # name -> array (n,) of what made each image; empty for most sets
    source: str  # where the images came from, in words
    names: tuple = ()  # what the labels 0, 1, ... are called, if known

    def __repr__(self):
        n, *size = self.images.shape
        what = f"{self.name} · {n} images {'×'.join(map(str, size))}"
        what += "" if self.labels is None else f" · labels {self.labels.min()}–{self.labels.max()}"
        what += f" · factors {', '.join(self.factors)}" if self.factors else ""
        return f"data: {what} · from {self.source}"


def scale_pixels(images):
    """Bytes to the range of a generator's tanh, x / 127.5 − 1: uint8 to float32 in [-1, 1]."""
    images = np.asarray(images)
    _check(images.dtype == np.uint8, f"scale_pixels wants uint8 in 0 to 255, got {images.dtype}.")
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_pixels(images):
    """The way back, (x + 1) · 127.5, rounded: floats, clipped to [-1, 1], to uint8."""
    images = np.asarray(images)
    _check(images.dtype.kind == "f", f"to_pixels wants floats in [-1, 1], got {images.dtype}.")
    _check(not np.isnan(images).any(), "to_pixels wants floats in [-1, 1], got NaN.")
    return np.rint((np.clip(images, -1, 1).astype(np.float32) + 1) * 127.5).astype(np.uint8)


def load_images(name, fallback=None, image_size=None):
    """Loads an `ImageSet` by its name; if there is none, a `ValueError` says why.

    Args:
        name: "digits" or "shapes" (bundled); "mnist", "fashion_mnist" or "cifar10" (downloaded
            once, the training split); or your own: a file `NAME.npz`, or a folder `NAME/` of
            pictures, in `data/` or `../data/`.
        fallback: The bundled set to take, with a printed line, if `name` cannot be downloaded.
        image_size: (height, width) or one number: crops a folder's pictures at the center, scales.
    """
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w .-]{0,59}", name) and ".." not in name
    last = re.findall(r"\w[\w .-]*", f"cats/{name or ''}")[-1].removesuffix(".npz")  # of a path
    own = [p for f in FOLDERS for p in (f / f"{last}.npz", f / last) if plain and p.exists()]
    try:
        remedy = f"put yours into {Path('data').resolve()} and call load_images({last!r})"
        _check(plain, f"the name of a data set is a plain name such as 'digits': {remedy}")
        size = None if image_size is None else tuple(np.broadcast_to(image_size, 2).tolist())
        return _image_set(name, size, *(_read(name, own[0], size) if own else _from_keras(name)))
    except Exception as problem:  # of a dozen kinds: zipfile, NumPy, Pillow, Keras, the network
        missing = f"{name} cannot be had here ({f'{own[0]}: ' if own else ''}{problem})"
    if fallback and name in KERAS_SETS and not own:
        print(f"{missing}: using the bundled {fallback!r} instead")
        return load_images(fallback, image_size=image_size)
    raise ValueError(
        f"{missing}. The sets digits, shapes are bundled and need no network. Your own is a folder "
        f"data/{last} of pictures of one size, or of any with image_size=(height, width), or "
        f"data/{last}.npz: images (n, height, width[, channels]), uint8 or floats in [-1, 1] or "
        "[0, 1], and, if you like, integer labels (n,)."
    )


def _image_set(name, size, source, arrays):
    """Checks what would spoil a training in silence, shapes, types and values; and scales."""
    _check("images" in arrays, f"no 'images' among its arrays {sorted(arrays)}")
    images, labels = arrays.pop("images"), arrays.pop("labels", None)
    names = tuple(map(str, arrays.pop("names", ())))
    images = images.reshape(*images.shape[:3], -1)  # with an axis of channels; refuses no images
    _check(images.ndim == 4 and images.shape[3] <= 4, f"images of shape {images.shape}")
    _check(size in (None, images.shape[1:3]), "image_size is for folders: keras.ops.image.resize")
    if labels is not None:
        labels = labels.reshape(len(images)).astype(np.int64, casting="same_kind")  # no floats
        _check(not names or labels.max() < len(names), f"no name for the label {labels.max()}")
    if images.dtype.kind == "f":
        low, high = images.min(), images.max()
        _check(-1 <= low and high <= 1, f"images from {low:.4g} to {high:.4g}")  # nor is NaN
        images = images.astype(np.float32)
        if low >= 0:
            images, source = 2 * images - 1, f"{source}, rescaled from [0, 1]"
    else:
        images = scale_pixels(images)
    factors = {key: array for key, array in arrays.items() if array.shape == images.shape[:1]}
    return ImageSet(name, images, labels, factors, source, names)


def _read(name, path, size):
    """Where a file or a folder lies, in words, and its arrays."""
    place = f"{'data' if path.is_absolute() else path.parent.as_posix()}/{path.name}"
    if path.is_dir():
        return _read_folder(path, f"the folder {place}", size)
    bundled = "the bundled " if name in BUNDLED and path.parent.resolve() in OURS else ""
    with zipfile.ZipFile(path) as archive:  # NumPy takes what the sizes here say, and no more
        _check(sum(member.file_size for member in archive.infolist()) <= LIMIT, "more than 1 GiB")
        _check(not archive.testzip(), "wrong checksum")
    with np.load(path, allow_pickle=False) as stored:
        return bundled + place, dict(stored)


def _read_folder(folder, place, size):
    """Where pictures lie and what to know of them, in words, and they; sub-folders are classes."""
    inside = sorted(p.relative_to(folder) for p in [*folder.glob("*"), *folder.glob("*/**/*")])
    inside.sort(key=lambda p: re.sub(r"\d+", lambda n: n[0].zfill(20), "\0".join(p.parts)))  # 2, 10
    shown = [p for p in inside if not re.search(r"(^|/)(\.|__MACOSX)", p.as_posix())]
    kinds = Image.registered_extensions()  # this also fills Image.OPEN
    kinds = {p: kinds.get(p.suffix.lower()) for p in shown if (folder / p).is_file()}
    pictures = [p for p, kind in kinds.items() if kind in Image.OPEN and kind not in NOT_READ]
    left = _note("left out", sorted({*shown}.difference(pictures, *(p.parents for p in pictures))))
    levels = {len(p.parts): p for p in pictures}
    mixed = f"pictures go all into it or all into sub-folders{_note('found', [*levels.values()])}"
    _check(levels.keys() in ({1}, {2}), mixed + left)
    decoded = {p: _decode(folder / p, kinds[p], len(pictures), size) for p in pictures}
    mode = max(image.mode for image, _ in decoded.values())  # "RGB" if one has colors, else "L"
    arrays = {"images": np.stack([np.asarray(i.convert(mode)) for i, _ in decoded.values()])}
    classes = [p.parent.name for p in pictures if 2 in levels]
    names = list(dict.fromkeys(classes))
    if names:
        arrays |= {"labels": np.array([names.index(c) for c in classes]), "names": names}
    place += _note("classes from 0 on", names)
    place += _note("transparent, laid on white", [p for p, (_, c) in decoded.items() if c])
    return place + left, arrays


def _note(what, names):  # the first few, and how many
    few = ", ".join(map(str, names[:5])) + f", … ({len(names)} in all)" * (len(names) > 5)
    return f"; {what}: {few}" if names else ""


def _decode(file, kind, many, size):
    """A picture, upright, grey or RGB, as it looks on white; and whether white shows through."""
    try:
        with Image.open(file, formats=(kind, *COMMON)) as picture:  # nothing is decoded yet
            height, width = size or picture.size
            _check(height * width * 3 * many <= LIMIT, "so many must be smaller: give image_size")
            _check(picture.mode[0] not in "IF", "it has 16 bits or more: store floats, as .npz")
            mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
            layer = ImageOps.exif_transpose(picture).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert(mode)
        return (ImageOps.fit(image, size[::-1]) if size else image), layer.getextrema()[3][0] < 255
    except Exception as problem:  # many do not name the file
        raise ValueError(f"{file}: {problem}") from problem


def _from_keras(name):
    """The training split, as Keras keeps it or, if somebody answers, downloads it."""
    _check(name in KERAS_SETS, f"no such set: {', '.join([*BUNDLED, *KERAS_SETS])}, or your own")
    homes = os.environ.get("KERAS_HOME", os.path.expanduser("~/.keras")), "/tmp/.keras"
    if not any([*Path(home, "datasets").glob(KERAS_SETS[name])] for home in homes):
        ensure_reachable(TORONTO if name == "cifar10" else GOOGLE)
    (images, labels), _ = getattr(keras.datasets, name).load_data()
    return f"keras.datasets.{name} (the training split)", {"images": images, "labels": labels}


def ensure_reachable(url):
    """Asks whether a place on the network answers; if not, or not in time, a `ConnectionError`."""
    try:
        with ThreadPool(1) as pool:  # the look-up of a name knows no time limit
            pool.apply_async(urllib.request.urlopen, (url,)).get(PATIENCE).close()
    except urllib.error.HTTPError:
        return  # nothing for us there, but an answer
    except Exception as error:  # that of the time limit says nothing
        reason = str(getattr(error, "reason", error)) or f"no answer within {PATIENCE:.0f} s"
        raise ConnectionError(f"no network: {reason}") from error


def _check(right, fault):
    if not right:
        raise ValueError(fault)
