"""Images to train on: bundled, dropped into `data/`, or downloaded by Keras; checked and scaled."""

import difflib
import hashlib
import math
import os
import re
import threading
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BUNDLED = ("digits", "shapes")
PACKAGE = Path(__file__).resolve().parent
OURS = [PACKAGE.parent / "data", PACKAGE / "bundled"]  # in a clone; in the installed package
FOLDERS = [Path("data"), Path("../data"), *OURS]  # where a set is looked for, in this order
SITE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
CIFAR = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
FASHION = "t10k-images-idx3-ubyte.gz"
KERAS_SETS = {  # name: (a file that Keras downloads, the last one that it puts into its cache)
    "mnist": (SITE + "mnist.npz", "mnist.npz"),
    "fashion_mnist": (SITE + FASHION, "fashion-mnist/" + FASHION),
    "cifar10": (CIFAR, "cifar-10-batches-py-target_archive"),
}
FASHION_SHA256 = {  # Keras checks what it downloads of the other sets, not of this one
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
}
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
MODES = {"1": "L", "L": "L", "LA": "L"} | dict.fromkeys(["P", "RGB", "RGBA", "CMYK"], "RGB")
HEADERS = {  # readers of what precedes an array in a file, by version of the format
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
LIMIT = 2**30  # bytes that a set may hold; pixels take four times as much as float32
PATIENCE = 4.0  # seconds until a download counts as impossible
EXPECTED = (
    "images (n, height, width) or (n, height, width, channels), 1 to 4 channels, uint8 in 0 to 255 "
    "or floats in [-1, 1] or [0, 1]; labels, if any, integers (n,)"
)


@dataclass(frozen=True, eq=False, repr=False)
class ImageSet:
    """Images, ready to train on; it prints as one line.

    Args:
        name: what the set is called.
        images: float32 in [-1, 1], (n, height, width, channels).
        labels: int64 (n,), or None.
        factors: name -> array (n,) of what made each image; empty for most sets.
        source: where the images came from, in words.
        names: what the labels 0, 1, ... are called; empty when that is not known.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray | None
    factors: dict
    source: str
    names: tuple = ()

    def __repr__(self):
        n, *size = self.images.shape
        parts = [self.name, f"{n} images {'×'.join(map(str, size))}"]
        if self.labels is not None:
            parts.append(f"labels {self.labels.min()}–{self.labels.max()}")
        if self.factors:
            parts.append(f"factors {', '.join(self.factors)}")
        return f"data: {' · '.join(parts)} · from {self.source}"


def scale_pixels(images):
    """Bytes to the range of a generator's tanh, x / 127.5 − 1: uint8 to float32 in [-1, 1].

    Raises:
        ValueError: the images are not uint8.
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        raise ValueError(f"scale_pixels wants uint8 in 0 to 255, got {images.dtype}.")
    return images.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_pixels(images):
    """The way back, (x + 1) · 127.5, rounded: floats, clipped to [-1, 1], to uint8.

    Raises:
        ValueError: the images are not floats, or some are NaN.
    """
    images = np.asarray(images)
    if images.dtype.kind != "f" or np.isnan(images).any():
        got = "NaN" if images.dtype.kind == "f" else images.dtype
        raise ValueError(f"to_pixels wants floats in [-1, 1], got {got}.")
    return np.rint((np.clip(images, -1, 1).astype(np.float32) + 1) * 127.5).astype(np.uint8)


def load_images(name, fallback=None):
    """Loads a set of images by its name.

    Looks for a file `NAME.npz` or a folder `NAME/` of pictures in `data/` and `../data/` and among
    the bundled sets; then for a set that Keras downloads.

    Args:
        name: "digits" or "shapes" (bundled); "mnist", "fashion_mnist" or "cifar10" (downloaded
            once, the training split); or the name of a set of your own.
        fallback: the bundled set to take, with a printed line, if `name` cannot be downloaded.

    Returns:
        An `ImageSet`.

    Raises:
        ValueError: no such set, no way to download it, or a file that does not hold such images.
    """
    if not isinstance(name, str) or ".." in name or not re.fullmatch(r"\w[\w .-]{0,59}", name):
        raise ValueError(f"The name of a data set is a plain name such as 'digits', got {name!r}.")
    if fallback not in (None, *BUNDLED):
        raise ValueError(f"fallback is a bundled set, one of {BUNDLED}, got {fallback!r}.")
    for folder in FOLDERS:
        place = f"{'data' if folder.is_absolute() else folder.as_posix()}/{name}"
        if (folder / f"{name}.npz").is_file():
            whose = "the bundled " if name in BUNDLED and folder.resolve() in OURS else ""
            return _image_set(name, f"{whose}{place}.npz", **_read_npz(folder / f"{name}.npz"))
        if (folder / name).is_dir():
            return _image_set(name, f"the folder {place}", **_read_folder(folder / name))
    if name not in KERAS_SETS:
        raise ValueError(_no_such_set(name))
    try:
        images, labels = _download(name)
    except ConnectionError as problem:
        if fallback is None:
            raise ValueError(
                f"{name} cannot be had here ({problem}). The sets digits, shapes are bundled and "
                f"need no network; or make a file data/{name}.npz: {EXPECTED}."
            ) from problem
        print(f"{name} cannot be had here ({problem}): using the bundled '{fallback}' instead")
        return load_images(fallback)
    return _image_set(name, f"keras.datasets.{name} (the training split)", images, labels)


def _no_such_set(name):
    """Says what can be had instead."""
    entries = [entry for folder in FOLDERS if folder.is_dir() for entry in folder.iterdir()]
    known = {entry.stem for entry in entries if entry.suffix == ".npz"} | set(KERAS_SETS)
    known |= {entry.name for entry in entries if entry.is_dir() and _pictures(entry)}
    close = difflib.get_close_matches(name.lower(), known, 1)
    return (
        f"There is no data set {name!r}.{f' Did you mean {close[0]!r}?' if close else ''} There "
        f"are {', '.join(sorted(known))}. For one of your own make a folder data/{name} of "
        f"pictures or a file data/{name}.npz: {EXPECTED}."
    )


def _image_set(name, source, images, labels=None, factors=None, names=()):
    """Checks the values, whose shapes and types are right, and scales them."""
    if images.dtype == np.uint8:
        images = scale_pixels(images)
    else:
        low, high = float(images.min()), float(images.max())
        if not (-1 <= low and high <= 1):  # NaN compares false
            raise ValueError(f"{source} has images from {low:.4g} to {high:.4g}; want {EXPECTED}.")
        images = images.astype(np.float32)
        if low >= 0:
            images, source = 2 * images - 1, f"{source}, rescaled from [0, 1]"
    images = images[..., None] if images.ndim == 3 else images
    labels = None if labels is None else labels.reshape(-1).astype(np.int64)
    return ImageSet(name, images, labels, factors or {}, source, tuple(names))


def _read_npz(file):
    """The arrays of a file, checked for damage, size, shapes and types; nothing is unpickled."""
    try:
        with zipfile.ZipFile(file) as archive:
            size = sum(member.file_size for member in archive.infolist())  # no more can be read
            if size > LIMIT:
                raise ValueError(f"{size / 2**30:.1f} GiB, more than {LIMIT / 2**30:.0f} GiB")
            if archive.testzip():
                raise ValueError("wrong checksum")
            for member in archive.infolist():
                _check_header(archive, member)
        with np.load(file, allow_pickle=False) as stored:
            arrays = {key: np.asarray(stored[key]) for key in stored.files}
        fault = _fault(arrays)
    except Exception as problem:  # zipfile, zlib and NumPy raise a dozen kinds on damaged bytes
        fault = f"cannot be read ({problem})"
    if fault:
        raise ValueError(f"{file.name} {fault}; want an .npz file with {EXPECTED}.")
    images, labels = arrays.pop("images"), arrays.pop("labels", None)
    names = map(str, arrays.pop("names", np.array([])).flat)
    factors = {key: array for key, array in arrays.items() if array.shape == images.shape[:1]}
    return {"images": images, "labels": labels, "factors": factors, "names": names}


def _check_header(archive, member):
    """Refuses an array whose header declares more bytes than follow: so many would be allocated."""
    if not member.filename.endswith(".npy"):
        return
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"{member.filename} has the format {version}")
        shape, _, dtype = HEADERS[version](file)
        follows = member.file_size - file.tell()
        if not dtype.hasobject and math.prod(shape) * dtype.itemsize != follows:
            raise ValueError(f"{member.filename} declares {shape}, but {follows} bytes follow")


def _fault(arrays):
    """What is wrong with the shapes and types of a file's arrays, or None."""
    if "images" not in arrays:
        return f"has the arrays {sorted(arrays)}, no 'images'"
    images, labels = arrays["images"], arrays.get("labels")
    if images.dtype != np.uint8 and images.dtype.kind != "f":
        return f"has images of type {images.dtype}"
    if images.ndim not in (3, 4) or not images.size or max(images.shape[3:], default=1) > 4:
        return f"has images of shape {images.shape}"
    if labels is not None and (labels.shape != images.shape[:1] or labels.dtype.kind not in "iu"):
        return f"has labels {labels.shape} of type {labels.dtype} for {len(images)} images"
    return None


def _pictures(folder):
    """The picture files in a folder, in order."""
    files = (file for file in sorted(folder.iterdir()) if file.suffix.lower() in SUFFIXES)
    return [file for file in files if file.name[0] != "." and file.is_file()]


def _read_folder(folder):
    """The pictures of a folder, or of its sub-folders, which are then the classes."""
    loose = _pictures(folder)
    folders = [sub for sub in sorted(folder.iterdir()) if sub.is_dir() and sub.name[0] != "."]
    classes = {sub.name: found for sub in folders if (found := _pictures(sub))}
    if bool(loose) == bool(classes):
        raise ValueError(
            f"The folder {folder.name} holds {len(loose)} pictures and {len(classes)} sub-folders "
            f"of pictures; want {', '.join(SUFFIXES)} files in one or the other."
        )
    images = _decode(loose or sum(classes.values(), []))
    labels = np.repeat(range(len(classes)), [*map(len, classes.values())]) if classes else None
    return {"images": images, "labels": labels, "names": classes}


def _decode(files):
    """Pictures of one size: uint8 (n, height, width) if all are grey, else with three channels."""
    from PIL import Image, ImageOps

    pictures = []
    for file in files:
        try:
            with Image.open(file) as picture:
                size = math.prod(picture.size) * 3 * len(files)
                if size <= LIMIT:  # known before anything is decoded
                    pictures.append(ImageOps.exif_transpose(picture).convert(MODES[picture.mode]))
        except Exception as problem:  # Pillow too raises many kinds
            raise ValueError(f"{file} is no picture of 8 bits ({problem!r}).") from problem
        if size > LIMIT:
            raise ValueError(f"{len(files)} pictures as large as {file} are too many.")
        if pictures[-1].size != pictures[0].size:
            one, other = ("{}×{}".format(*pictures[i].size) for i in (-1, 0))
            raise ValueError(f"{file} is {one} pixels and {files[0]} {other}; want one size.")
    mode = "RGB" if any(picture.mode == "RGB" for picture in pictures) else "L"
    return np.stack([np.asarray(picture.convert(mode)) for picture in pictures])


def ensure_reachable(url):
    """Asks in a thread whether a place on the network answers.

    Keras has no time limit, and a name server or a connection that hangs would hold up the caller
    for minutes.

    Raises:
        ConnectionError: it does not, or not in time.
    """
    problem = [f"no answer within {PATIENCE:.0f} s"]

    def ask():
        try:
            request = urllib.request.Request(url, method="HEAD")
            urllib.request.urlopen(request, timeout=PATIENCE).close()
            problem.clear()
        except Exception as error:
            problem[:] = [getattr(error, "reason", error)]

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if problem:
        raise ConnectionError(f"no network: {problem[0]}")


def _download(name):
    """The training split, from the Keras cache or from where Keras downloads it."""
    url, cached = KERAS_SETS[name]
    if not (_cache() / cached).exists():
        ensure_reachable(url)
    try:
        import keras

        split, _ = getattr(keras.datasets, name).load_data()
        if name == "fashion_mnist":
            _check_published(_cache() / "fashion-mnist")
    except Exception as error:
        raise ConnectionError(f"Keras could not load it: {error}") from error
    return split


def _cache():
    """Where Keras keeps what it has downloaded."""
    home = Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")
    return Path(os.environ.get("KERAS_HOME", home / ".keras"), "datasets")


def _check_published(folder):
    """Refuses files that are not those of Xiao et al. (2017), by their SHA-256."""
    for name, expected in FASHION_SHA256.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            raise ValueError(f"{folder / name} is not the published file. Delete it and try again")
