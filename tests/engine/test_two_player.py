"""What every model of the package keeps to, whatever its game."""

import keras
import numpy as np
import pytest

import gan_keras as gk
from tests import players

EACH = pytest.mark.parametrize(("make", "data"), players.MODELS.values(), ids=list(players.MODELS))


@EACH
def test_every_network_learns_and_every_batchnorm_its_statistics(make, data):
    model = make(**players.QUICK)
    before = players.values(model.trainable_variables)
    model.fit(*data(), batch_size=32, verbose=0)
    still = [
        variable.path
        for variable, old, new in zip(
            model.trainable_variables,
            before,
            players.values(model.trainable_variables),
            strict=True,
        )
        if np.array_equal(old, new)
    ]
    # A loss of differences of scores cannot see the bias that moves all scores alike.
    blind = isinstance(model, (gk.WGANGP, gk.RelativisticGAN))
    assert still == ([model.discriminator.layers[-1].bias.path] if blind else [])

    # In a step that forgets `training=True`, a moving mean stays at zero.
    layers = [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert layers
    for layer in layers:
        assert np.abs(keras.ops.convert_to_numpy(layer.moving_mean)).max() > 0, layer.path


@EACH
def test_it_trains_in_mixed_precision(make, data):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = make(**players.QUICK)
    finally:
        keras.config.set_dtype_policy("float32")
    history = model.fit(*data(), batch_size=32, verbose=0).history
    assert all(np.isfinite(values).all() for values in history.values())


@EACH
def test_a_seed_repeats_a_run(make, data):
    def run():
        keras.utils.set_random_seed(1)
        model = make(**players.QUICK)
        model.fit(*data(), batch_size=32, epochs=2, verbose=0)
        return players.values(model)

    assert players.equal(run(), run())


@EACH
def test_a_lost_loss_stops_the_run(make, data):
    model = make(**players.QUICK)
    for optimizer in getattr(model.optimizer, "optimizers", [model.optimizer]):
        optimizer.learning_rate = np.inf
    with pytest.raises(FloatingPointError, match="became NaN"):
        model.fit(*data(), batch_size=32, epochs=2, verbose=0)
