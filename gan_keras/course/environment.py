"""What runs here: versions, backend and device, in one line for the top of a notebook."""

import importlib
import os
import platform

import keras

NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def environment():
    """Such as "Keras 3.15.1 on TensorFlow 2.21.0 · Python 3.11.7 · CPU with 2 cores"."""
    backend = keras.backend.backend()
    library = importlib.import_module(backend)
    gpus = _gpu_count(backend, library)
    device = f"{gpus} GPU" if gpus else f"CPU with {os.cpu_count()} cores"
    runs = f"Keras {keras.version()} on {NAMES[backend]} {library.__version__}"
    return f"{runs} · Python {platform.python_version()} · {device}"


def _gpu_count(backend, library):
    if backend == "tensorflow":
        return len(library.config.list_physical_devices("GPU"))
    if backend == "torch":
        return library.cuda.device_count()
    return sum(device.platform == "gpu" for device in library.devices())
