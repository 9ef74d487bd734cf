"""Every model comes back from a file as it was, also in another process and on another backend."""

import keras
import numpy as np
import pytest

from tests import players

EACH = pytest.mark.parametrize("name", players.RESTORABLE)


@EACH
def test_saved_and_loaded_it_goes_on_bit_for_bit(name, tmp_path):
    make, data = players.RESTORABLE[name]
    model = make(**players.QUICK)
    model.fit(*data(), batch_size=32, verbose=0)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    for one in (model, restored):
        one.fit(*data(), batch_size=32, verbose=0)
    assert players.equal(players.values(model), players.values(restored))
    assert players.equal(players.values(model.optimizer), players.values(restored.optimizer))
    if hasattr(model, "generate"):
        np.testing.assert_array_equal(model.generate(3), restored.generate(3))


def test_a_process_that_knows_only_the_package_opens_and_writes_every_file(tmp_path):
    backend = keras.backend.backend()
    models = {name: players.filled(make()) for name, (make, _) in players.RESTORABLE.items()}
    for name, restored in players.passed_on(models, tmp_path, backend).items():
        assert players.compiled_with(restored) == players.compiled_with(models[name]), name
        assert players.equal(players.state(restored), players.state(models[name])), name


@EACH
def test_weights_alone_are_whole(name, tmp_path):
    make, _ = players.RESTORABLE[name]
    model, restored = players.filled(make()), make()
    model.save_weights(tmp_path / "model.weights.h5")
    restored.load_weights(tmp_path / "model.weights.h5")
    assert players.equal(players.state(restored), players.state(model))
