"""The same step on TensorFlow, JAX and PyTorch: same weights in, same weights and losses out.

And with XLA on TensorFlow, which Keras takes on a GPU and leaves out on a CPU. A backend that is
not installed is skipped here; `make test-backends` installs all three.
"""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from tests import players

MODELS = [
    "gan",
    "gan_r1",
    "wgan_gp",
    "relativistic",
    "conditional",
    "semi_supervised",
    "pix2pix",
    "cycle_gan",
    "vae",
    "discriminator_only",
    "adam",
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights after the steps of `tests.parity`, by backend; computed once a backend."""
    folder, known = tmp_path_factory.mktemp("weights"), {}

    def of(way):
        backend = "tensorflow" if way == "xla" else way
        if importlib.util.find_spec(backend) is None:
            pytest.skip(f"{backend} is not installed")
        if way not in known:
            path = folder / f"{way}.npz"
            subprocess.run(
                [sys.executable, "-m", "tests.parity", str(path), *["xla"] * (way == "xla")],
                env={**os.environ, "KERAS_BACKEND": backend},
                check=True,
            )
            known[way] = dict(np.load(path, allow_pickle=False))
        return known[way]

    return of


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("way", ["xla", "jax", "torch"])
def test_three_steps_agree_with_tensorflow(way, model, weights):
    ours, reference = weights(way), weights("tensorflow")
    names = [name for name in reference if name.startswith(model + "/")]
    assert len(names) >= 4
    for name in names:
        np.testing.assert_allclose(ours[name], reference[name], 1e-5, 1e-5, err_msg=name)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_files_move_from_one_backend_to_another_and_back(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    models = {name: players.filled(make()) for name, (make, _) in players.MODELS.items()}
    for name, restored in players.passed_on(models, tmp_path, backend).items():
        assert players.compiled_with(restored) == players.compiled_with(models[name]), name
        assert players.equal(players.state(restored), players.state(models[name])), name


# What rests on the backend beyond a step: derivatives, saving, a failed start, whole runs.
ON_EACH = [
    "engine/test_autodiff.py",
    "test_penalties.py",
    "engine/test_model.py::test_every_network_learns_and_every_batchnorm_its_statistics",
    "engine/test_model.py::test_what_would_kill_a_run_in_silence_is_refused_and_changes_nothing",
    "engine/test_model.py::test_an_interrupted_run_keeps_the_steps_taken",
    "test_discriminator.py::test_tells_waves_from_noise_and_reports_it",
]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_the_package_works_on(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *[f"tests/{test}" for test in ON_EACH]],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
