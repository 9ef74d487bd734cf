"""Settings of the whole test suite."""

import logging
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

import hypothesis
import pytest

PACKAGE = str(Path(__file__).resolve().parent.parent / "gan_keras")

# The first example traces and compiles; a time limit would measure that.
hypothesis.settings.register_profile("gan_keras", deadline=None, max_examples=30, derandomize=True)
hypothesis.settings.load_profile("gan_keras")


class DeprecationsAreErrors(logging.Handler):
    """TensorFlow logs what pytest's `filterwarnings` cannot see; the message names the caller."""

    def emit(self, record):
        message = record.getMessage()
        if "deprecated" in message and PACKAGE in message:
            raise DeprecationWarning(message)


@pytest.fixture(autouse=True)
def deprecations_are_errors():
    logger, handler = logging.getLogger("tensorflow"), DeprecationsAreErrors()
    logger.setLevel(logging.WARNING)  # chapter 16, which a test runs, turns it down
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


@pytest.fixture(autouse=True)
def seeded():
    """Every test starts from the same weights and noise, whatever ran before it."""
    import keras  # here: the process that only hands out tests to others need not load it

    keras.utils.set_random_seed(0)
