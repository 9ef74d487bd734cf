"""The line on top of every notebook, and how long `import gan_keras` takes to earn it."""

import platform
import subprocess
import sys

import keras

import gan_keras as gk


def test_names_versions_and_device():
    line = gk.environment()
    assert keras.version() in line and platform.python_version() in line
    assert "CPU with" in line or "GPU" in line
    assert "\n" not in line


def test_importing_the_package_loads_no_plotting():
    code = "import gan_keras, sys; print([m for m in sys.modules if m.startswith('gan_keras.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gan_keras.gan" in done.stdout
    assert "plots" not in done.stdout and "callbacks" not in done.stdout
