"""Images to train on: bundled, dropped into `data/`, or downloaded by Keras; checked and scaled."""

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
KERAS_SETS = ("mnist", "fashion_mnist", "cifar10")
# In a clone; in the installed package.
OURS = [(Path(__file__).parent / place).resolve() for place in ("../data", "bundled")]
FOLDERS = [Path("data"), Path("../data"), *OURS]  # where a set is looked for, in this order
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # none that starts another program
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


def load_images(name, fallback=None):
    """Loads an `ImageSet` by its name.

    Args:
        name: "digits" or "shapes" (bundled); "mnist", "fashion_mnist" or "cifar10" (downloaded
            once, the training split); or your own: a file `NAME.npz`, or a folder `NAME/` of
            pictures, in `data/` or `../data/`.
        fallback: The bundled set to take, with a printed line, if `name` cannot be downloaded.

    Raises:
        ValueError: No such set, no way to download it, or a file that does not hold such images.
    """
    plain = isinstance(name, str) and re.fullmatch(r"\w[\w .-]{0,59}", name) and ".." not in name
    _check(plain, f"The name of a data set is a plain name such as 'digits', got {name!r}.")
    own = [p for folder in FOLDERS for p in (folder / f"{name}.npz", folder / name) if p.exists()]
    try:
        return _image_set(name, *(_read(name, own[0]) if own else _from_keras(name)))
    except Exception as problem:  # of a dozen kinds: zipfile, NumPy, Pillow, Keras, the network
        missing = f"{name} cannot be had here ({f'{own[0]}: ' if own else ''}{problem})"
    if fallback and name in KERAS_SETS and not own:
        print(f"{missing}: using the bundled {fallback!r} instead")
        return load_images(fallback)
    raise ValueError(
        f"{missing}. The sets digits, shapes are bundled and need no network. Your own is a folder "
        f"data/{name} of pictures of one size, or data/{name}.npz with images (n, height, width[, "
        "channels]), uint8 or floats in [-1, 1] or [0, 1], and, if you like, integer labels (n,)."
    )


def _image_set(name, source, arrays):
    """Checks what would spoil a training in silence, shapes, types and values; and scales."""
    _check("images" in arrays, f"no 'images' among its arrays {sorted(arrays)}")
    images, labels = arrays.pop("images"), arrays.pop("labels", None)
    names = tuple(map(str, arrays.pop("names", ())))
    images = images.reshape(*images.shape[:3], -1)  # with an axis of channels; refuses no images
    _check(images.ndim == 4 and images.shape[3] <= 4, f"images of shape {images.shape}")
    if labels is not None:
        labels = labels.reshape(len(images)).astype(np.int64, casting="same_kind")  # no floats
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


def _read(name, path):
    """Where a file or a folder lies, in words, and its arrays."""
    place = f"{'data' if path.is_absolute() else path.parent.as_posix()}/{path.name}"
    if path.is_dir():
        return f"the folder {place}", _read_folder(path)
    bundled = "the bundled " if name in BUNDLED and path.parent.resolve() in OURS else ""
    with zipfile.ZipFile(path) as archive:  # NumPy takes what the sizes here say, and no more
        _check(sum(member.file_size for member in archive.infolist()) <= LIMIT, "more than 1 GiB")
        _check(not archive.testzip(), "wrong checksum")
    with np.load(path, allow_pickle=False) as stored:
        return bundled + place, dict(stored)


def _read_folder(folder):
    """The pictures of a folder, or of its sub-folders, which are then the classes."""
    paths = sorted([*folder.glob("[!.]*"), *folder.glob("[!.]*/[!.]*")])
    kinds = Image.registered_extensions()
    files = [path for path in paths if kinds.get(path.suffix.lower()) in FORMATS]
    loose = {path.parent == folder for path in files}
    _check(len(loose) == 1, f"{len(files)} {'/'.join(FORMATS)} pictures in it and in sub-folders")
    pictures = [_decode(file, LIMIT // len(files)) for file in files]
    mode = max(picture.mode for picture in pictures)  # "RGB" if one has colors, else "L"
    images = np.stack([np.asarray(picture.convert(mode)) for picture in pictures])
    names, labels = np.unique([path.parent.name for path in files], return_inverse=True)
    return {"images": images} | ({} if True in loose else {"labels": labels, "names": names})


def _decode(file, most):
    """A picture, upright, grey or RGB; of a transparent one what is seen of it on white."""
    try:
        with Image.open(file, formats=FORMATS) as picture:  # nothing is decoded yet
            _check(picture.width * picture.height * 3 <= most, "too large for so many: resize them")
            _check(picture.mode[0] not in "IF", "it has 16 bits or more: store floats, as .npz")
            mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
            layer = ImageOps.exif_transpose(picture).convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert(mode)
    except Exception as problem:  # many do not name the file
        raise ValueError(f"{file}: {problem}") from problem


def _from_keras(name):
    """The training split, as Keras keeps or downloads it; `urlopen` alone may wait for minutes."""
    _check(name in KERAS_SETS, f"no such set: {', '.join(BUNDLED + KERAS_SETS)}, or your own")
    urlopen = urllib.request.urlopen
    urllib.request.urlopen = lambda *request, **how: _in_time(urlopen, *request, **how)
    try:
        (images, labels), _ = getattr(keras.datasets, name).load_data()
    finally:
        urllib.request.urlopen = urlopen
    return f"keras.datasets.{name} (the training split)", {"images": images, "labels": labels}


def ensure_reachable(url):
    """Asks whether a place on the network answers; if not, or not in time, a `ConnectionError`."""
    _in_time(urllib.request.urlopen, url).close()


def _in_time(urlopen, *request, **how):
    """The answer, asked for in a thread: the look-up of a name knows no time limit."""
    try:
        with ThreadPool(1) as pool:
            return pool.apply_async(urlopen, request, how).get(PATIENCE)
    except Exception as error:  # that of the time limit says nothing
        reason = str(getattr(error, "reason", error)) or f"no answer within {PATIENCE:.0f} s"
        raise ConnectionError(f"no network: {reason}") from error


def _check(right, fault):
    if not right:
        raise ValueError(fault)
