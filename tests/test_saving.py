"""Every model comes back from a file as it was, and an interrupted run resumes exactly."""

import keras
import numpy as np
import pytest

from tests import players

EACH = pytest.mark.parametrize(("make", "data"), players.MODELS.values(), ids=list(players.MODELS))


@EACH
@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_saved_and_loaded_it_goes_on_bit_for_bit(make, data, suffix, tmp_path):
    model = make()
    model.fit(*data(), batch_size=16, verbose=0)
    if suffix == ".keras":
        model.save(tmp_path / "model.keras")
        restored = keras.models.load_model(tmp_path / "model.keras")
    else:
        model.save_weights(tmp_path / "model.weights.h5")
        restored = make()
        restored.load_weights(tmp_path / "model.weights.h5")
    for one in (model, restored):
        one.fit(*data(), batch_size=16, verbose=0)
    assert players.equal(players.values(model), players.values(restored))
    assert players.equal(players.values(model.optimizer), players.values(restored.optimizer))
    if hasattr(model, "generate"):
        np.testing.assert_array_equal(model.generate(3), restored.generate(3))


class _Stop(keras.callbacks.Callback):
    """Breaks the run off in the middle of an epoch."""

    def __init__(self, step):
        super().__init__()
        self.step = step

    def on_train_batch_end(self, batch, logs=None):
        self.step -= 1
        if self.step == 0:
            raise KeyboardInterrupt


@EACH
def test_an_interrupted_run_resumes_to_the_weights_of_an_unbroken_one(make, data, tmp_path):
    def run(*callbacks, folder):
        keras.utils.set_random_seed(0)
        model = make()
        backup = keras.callbacks.BackupAndRestore(str(tmp_path / folder))
        model.fit(*data(), batch_size=8, epochs=4, verbose=0, callbacks=[backup, *callbacks])
        return players.values(model)

    unbroken = run(folder="unbroken")
    with pytest.raises(KeyboardInterrupt):
        run(_Stop(step=13), folder="broken")
    assert players.equal(unbroken, run(folder="broken"))
