"""The line on top of every notebook, and how long `import gan_keras` takes to earn it."""

import importlib
import logging
import os
import platform
import subprocess
import sys
import tomllib
from pathlib import Path

import keras
import pytest

import gan_keras as gk
from tests import players
from tests.conftest import PACKAGE


def test_names_versions_and_device():
    line = gk.environment()
    assert keras.version() in line and platform.python_version() in line
    assert "CPU with" in line or "GPU" in line
    assert "\n" not in line


def test_modules_are_found_by_their_names_without_their_rooms():
    from gan_keras.callbacks import Quality
    from gan_keras.metrics import report

    assert Quality is gk.callbacks.Quality and report is gk.metrics.report
    assert importlib.import_module("gan_keras.plots") is gk.plots


@pytest.mark.parametrize("version", ["2.15.0", "3.12.3"])
def test_an_older_keras_is_refused_before_anything_else_is_imported(tmp_path, version):
    (tmp_path / "keras.py").write_text(f"__version__ = {version!r}")
    root = Path(PACKAGE).parent
    paths = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])}
    command = [sys.executable, "-c", "import gan_keras"]
    told = subprocess.run(command, env=os.environ | paths, capture_output=True, text=True).stderr
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bound = next(name[7:] for name in project["dependencies"] if name.startswith("keras>="))
    assert f"Keras {version} is below {bound}: pip install -U keras tensorflow" in told


def test_tensorboard_comes_with_the_course(tmp_path):
    callback = keras.callbacks.TensorBoard(str(tmp_path), histogram_freq=1)
    players.gan(**players.QUICK).fit(players.images(), epochs=1, verbose=0, callbacks=[callback])
    events = b"".join(file.read_bytes() for file in tmp_path.rglob("*tfevents*"))
    assert b"epoch_d_loss" in events and b"epoch_g_loss" in events


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
