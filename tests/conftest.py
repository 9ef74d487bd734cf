"""Settings of the whole test suite."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import keras
import pytest

# The first example traces and compiles; a time limit would measure that.
hypothesis.settings.register_profile("gan_keras", deadline=None, max_examples=30, derandomize=True)
hypothesis.settings.load_profile("gan_keras")


@pytest.fixture(autouse=True)
def seeded():
    """Every test starts from the same weights and noise, whatever ran before it."""
    keras.utils.set_random_seed(0)
