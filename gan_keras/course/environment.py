"""What runs here: versions, backend and device, in one line for the top of a notebook."""

import importlib
import os
import platform

import keras

if tuple(map(int, keras.__version__.split(".")[:2])) < (3, 13):  # which fails later, obscurely
    raise ImportError(f"Keras {keras.__version__} is below 3.13: pip install -U keras tensorflow")

NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def environment():
    """Such as "Keras 3.15.1 on TensorFlow 2.21.0 · Python 3.11.7 · CPU with 2 cores"."""
    library = importlib.import_module(keras.backend.backend())
    gpus = _gpu_count(library)
    device = f"{gpus} GPU" if gpus else f"CPU with {os.cpu_count()} cores"
    runs = f"Keras {keras.version()} on {NAMES[library.__name__]} {library.__version__}"
    return f"{runs} · Python {platform.python_version()} · {device}"


def _gpu_count(library):
    if library.__name__ == "tensorflow":
        return len(library.config.list_physical_devices("GPU"))
    if library.__name__ == "torch":
        return library.cuda.device_count()
    return sum(device.platform == "gpu" for device in library.devices())
