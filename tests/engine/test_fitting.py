"""One run of `fit`: it stops when a loss is lost, and fails without damage."""

import gc
import weakref

import keras
import numpy as np
import pytest

from tests import players


def test_a_lost_loss_stops_the_run_before_a_checkpoint_is_written(tmp_path):
    model = players.gan(d_optimizer=keras.optimizers.SGD(1e30))
    path = str(tmp_path / "{epoch}.weights.h5")
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    with pytest.raises(FloatingPointError, match="epoch 1"):
        model.fit(players.images(), batch_size=16, epochs=3, verbose=0, callbacks=[checkpoint])
    assert list(tmp_path.iterdir()) == []


def test_epochs_are_shuffled_anew_even_under_a_global_seed():
    keras.utils.set_random_seed(0)
    model = players.gan(run_eagerly=True)
    seen = []
    step = model.train_step

    def spying(*arguments):  # on JAX the state comes first
        seen.append(np.array(arguments[-1][0])[:, 0, 0, 0])
        return step(*arguments)

    model.train_step = spying
    model.fit(players.images(), batch_size=32, epochs=2, verbose=0)
    first, second = np.concatenate(seen[:2]), np.concatenate(seen[2:])
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    assert not np.array_equal(first, second)


def test_the_history_and_the_users_callbacks_work():
    epochs = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    history = players.gan().fit(
        players.images(), batch_size=16, epochs=3, verbose=0, callbacks=[callback]
    )
    assert epochs == [0, 1, 2]
    assert len(history.history["d_loss"]) == len(history.history["g_loss"]) == 3


@pytest.mark.parametrize("steps", [1, 3])
def test_an_interrupted_run_keeps_the_steps_taken(steps):
    """Interrupt the kernel, look at samples, go on."""

    def interrupt(batch, logs):
        if batch == steps - 1:
            raise KeyboardInterrupt

    model, stop = players.gan(), keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(players.images(), batch_size=16, verbose=0, callbacks=[stop])
    assert int(model.g_optimizer.iterations) == steps
    assert np.isfinite(model.generate(4)).all()
    model.fit(players.images(), batch_size=16, verbose=0)
    assert int(model.g_optimizer.iterations) == steps + 4


@pytest.mark.parametrize("fails", [False, True])
def test_the_data_is_let_go_after_the_run(fails):
    """Twenty runs on twenty arrays would hold them all."""
    model = players.gan()
    images = players.images()
    data = weakref.ref(images)
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: 1 // (1 - fails))
    try:
        model.fit(images, batch_size=16, epochs=2, verbose=0, callbacks=[stop])
    except ZeroDivisionError:
        assert fails
    del images
    gc.collect()
    assert data() is None


@pytest.mark.parametrize("name", sorted(players.RESTORABLE))
def test_under_mixed_float16_no_step_is_divided_by_a_scale(name):
    make, _ = players.RESTORABLE[name]
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = make()
    finally:
        keras.config.set_dtype_policy("float32")
    for optimizer in getattr(model.optimizer, "optimizers", [model.optimizer]):
        assert not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
