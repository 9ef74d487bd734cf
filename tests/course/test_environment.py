"""The line on top of every notebook, and how long `import gan_keras` takes to earn it."""

import importlib
import logging
import platform

import keras
import pytest

import gan_keras as gk
from tests.conftest import PACKAGE


def test_names_versions_and_device():
    line = gk.environment()
    assert keras.version() in line and platform.python_version() in line
    assert "CPU with" in line or "GPU" in line
    assert "\n" not in line


def test_modules_are_found_by_their_names_without_their_rooms():
    from gan_keras.callbacks import SampleGrid
    from gan_keras.metrics import report

    assert SampleGrid is gk.callbacks.SampleGrid and report is gk.metrics.report
    assert importlib.import_module("gan_keras.plots") is gk.plots


def test_what_python_calls_deprecated_is_an_error_in_the_package():
    code = compile("import warnings; warnings.warn('old', DeprecationWarning)", "planted", "exec")
    with pytest.raises(DeprecationWarning):
        exec(code, {"__name__": "gan_keras.planted"})


def test_what_tensorflow_calls_deprecated_is_an_error_in_the_package():
    message = "From %s:1: f (from tensorflow) is deprecated and will be removed."
    logger = logging.getLogger("tensorflow")
    logger.warning(message, "/elsewhere/planted.py")
    with pytest.raises(DeprecationWarning):
        logger.warning(message, f"{PACKAGE}/planted.py")
