"""The contract of every model, and a run of `fit`: it repeats, resumes, fails without damage."""

import gc
import json
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest

import gan_keras as gk
from tests import players

EACH = pytest.mark.parametrize("name", players.MODELS)
IMAGES = players.images()


def made(name, **options):
    make, data = players.MODELS[name]
    return make(**players.QUICK, **options), data()


@EACH
def test_every_network_learns_and_every_batchnorm_its_statistics(name):
    model, data = made(name)
    players.with_sgd(model)
    before = players.values(model.trainable_variables)
    model.fit(*data, batch_size=32, verbose=0)
    after = zip(model.trainable_variables, before, strict=True)
    still = [v.path for v, old in after if players.close([old], players.values([v]))]
    # A loss of differences of scores cannot see the bias that moves all scores alike.
    blind = isinstance(model, (gk.WGANGP, gk.RelativisticGAN))
    assert still == ([model.discriminator.layers[-1].bias.path] if blind else [])

    # In a step that forgets `training=True`, a moving mean stays at zero.
    norms = [x for x in model._flatten_layers() if isinstance(x, keras.layers.BatchNormalization)]
    assert norms
    for layer in norms:
        assert np.abs(keras.ops.convert_to_numpy(layer.moving_mean)).max() > 0, layer.path


def made_under(policy, name):
    try:
        keras.config.set_dtype_policy(policy)
        return made(name)
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_under_mixed_precision_no_step_is_divided_by_a_scale(name):
    model, _ = made_under("mixed_float16", name)
    for optimizer in getattr(model.optimizer, "optimizers", [model.optimizer]):
        assert not isinstance(optimizer, keras.optimizers.LossScaleOptimizer)


@EACH
def test_under_mixed_precision_it_trains(name):
    model, data = made_under("mixed_bfloat16", name)
    start = players.values(model.trainable_variables)
    history = model.fit(*data, batch_size=32, verbose=0).history
    assert np.isfinite([*history.values()]).all()
    assert not players.equal(start, players.values(model.trainable_variables))


@EACH
def test_a_lost_loss_stops_the_run(name):
    model, data = made(name)
    for optimizer in getattr(model.optimizer, "optimizers", [model.optimizer]):
        optimizer.learning_rate = np.inf
    with pytest.raises(FloatingPointError, match="became NaN"):
        model.fit(*data, batch_size=32, epochs=2, verbose=0)


class Stop(keras.callbacks.Callback):
    """Breaks a run off after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps -= 1
        if self.steps == 0:
            raise KeyboardInterrupt


@EACH
def test_seeded_saved_or_broken_off_a_run_ends_with_the_same_weights(name, tmp_path):
    def seeded():
        keras.utils.set_random_seed(1)
        model, data = made(name)
        return players.with_sgd(model), data

    def run(model, *callbacks, **options):
        size = 32 // getattr(model, "critic_steps", 1)  # two steps an epoch
        options = {"batch_size": size, "epochs": 2, "verbose": 0, **options}
        model.fit(*data, callbacks=[*callbacks], **options)
        return players.state(model)

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup", double_checkpoint=True)

    model, data = seeded()
    end = run(model, keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras"))

    again, _ = seeded()
    with pytest.raises(KeyboardInterrupt):
        run(again, backup(), Stop(3))  # in the middle of the second epoch
    assert not players.close(players.state(again), end)
    assert players.close(run(again, backup()), end)

    loaded = keras.models.load_model(tmp_path / "1.keras")
    assert players.compiled_with(loaded) == players.compiled_with(model)
    assert players.close(run(loaded, initial_epoch=1), end)
    if hasattr(model, "generate") and name != "pix2pix":
        np.testing.assert_allclose(model.generate(3), loaded.generate(3), atol=1e-4)


def test_a_process_that_knows_only_the_package_opens_and_writes_every_file(tmp_path):
    models = {name: players.filled(make()) for name, (make, _) in players.MODELS.items()}
    back = players.passed_on(models, tmp_path, keras.backend.backend())
    for name, restored in back.items():
        assert players.compiled_with(restored) == players.compiled_with(models[name]), name
        assert players.equal(players.state(restored), players.state(models[name])), name
        configs = [json.dumps(model.get_config()) for model in (restored, models[name])]
        assert json.loads(configs[0]) == json.loads(configs[1]), name


KILLERS = {
    "pixels 0-255": (lambda x: x * 127.5 + 127.5, "scale_pixels"),
    "pixels 0-1": (lambda x: (x + 1) / 2, r"x \* 2 - 1"),
    "NaN": (lambda x: np.where(x == x[3, 3, 3, 0], np.nan, x), "NaN"),
    "integers": (lambda x: (x * 127.5 + 127.5).astype("uint8"), "floating-point"),
    "no channels": (lambda x: x[..., 0], "channel axis"),
    "too few": (lambda x: x[:4], "a step takes|differ in length"),
}


@EACH
def test_what_would_kill_a_run_in_silence_is_refused_and_changes_nothing(name):
    model, (x, *others) = made(name)
    before = players.state(model)
    for kind, (spoil, message) in KILLERS.items():
        spoiled = [
            spoil(x)[: len(x)],
            *(o[: len(spoil(x))] if kind == "too few" else o for o in others),
        ]
        with pytest.raises(ValueError, match=message):
            model.fit(*spoiled, batch_size=16, verbose=0)
        assert players.equal(before, players.state(model)), kind


# One run of `fit`.


def test_a_lost_loss_stops_before_a_checkpoint_is_written(tmp_path):
    model = players.gan(d_optimizer=keras.optimizers.SGD(1e30), **players.QUICK)
    path = str(tmp_path / "{epoch}.weights.h5")
    checkpoint = keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    with pytest.raises(FloatingPointError, match="epoch 1"):
        model.fit(IMAGES, batch_size=16, epochs=3, verbose=0, callbacks=[checkpoint])
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
    model.fit(IMAGES, batch_size=32, epochs=2, verbose=0)
    first, second = np.concatenate(seen[:2]), np.concatenate(seen[2:])
    np.testing.assert_array_equal(np.sort(first), np.sort(second))
    assert not np.array_equal(first, second)


def test_without_shuffling_arrays_keep_their_order():
    seen = []

    class Spy(gk.GAN):
        def batch(self, data):
            seen.append(keras.ops.convert_to_numpy(super().batch(data)[0]))
            return super().batch(data)

    model = players.compiled(Spy(players.generator(), players.discriminator()), run_eagerly=True)
    model.fit(IMAGES, batch_size=16, shuffle=False, verbose=0)
    np.testing.assert_array_equal(np.concatenate(seen), IMAGES)


def test_the_history_and_the_users_callbacks_work():
    epochs = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch))
    history = players.gan().fit(IMAGES, batch_size=16, epochs=3, verbose=0, callbacks=callback)
    assert epochs == [0, 1, 2]
    assert len(history.history["d_loss"]) == len(history.history["g_loss"]) == 3


@pytest.mark.parametrize("steps", [1, 3])
def test_an_interrupted_run_keeps_the_steps_taken(steps):
    """Interrupt the kernel, look at samples, go on."""
    model = players.gan(**players.QUICK)
    with pytest.raises(KeyboardInterrupt):
        model.fit(IMAGES, batch_size=16, verbose=0, callbacks=[Stop(steps)])
    assert int(model.g_optimizer.iterations) == steps
    assert np.isfinite(model.generate(4)).all()
    model.fit(IMAGES, batch_size=16, verbose=0)
    assert int(model.g_optimizer.iterations) == steps + 4


@pytest.mark.parametrize("fails", [False, True])
def test_the_data_is_let_go_after_the_run(fails):
    """Twenty runs on twenty arrays would hold them all."""
    # An error leaves a step that Python takes; a graph may also keep what it was traced with.
    model, images = players.gan(**(players.QUICK if fails else {})), players.images()
    data = weakref.ref(images)
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: 1 // (1 - fails))
    try:
        model.fit(images, batch_size=16, epochs=2, verbose=0, callbacks=[stop])
    except ZeroDivisionError:
        assert fails
    del images
    gc.collect()
    assert data() is None


def test_a_layer_that_is_frozen_later_wants_another_compile():
    model = players.gan(**players.QUICK)
    model.fit(IMAGES, batch_size=16, verbose=0)
    layer = next(layer for layer in model.discriminator.layers if layer.trainable_variables)
    layer.trainable = False
    before = players.values(layer)
    with pytest.raises(ValueError, match="compile.* again"):
        model.fit(IMAGES, batch_size=16, verbose=0)
    players.compiled(model, **players.QUICK)
    model.fit(IMAGES, batch_size=16, verbose=0)
    assert players.equal(before, players.values(layer))


@EACH
def test_it_trains_whatever_keras_takes_for_a_float(name):
    try:
        keras.config.set_floatx("float64")
        model, data = made(name)
        start = players.values(model.trainable_variables)
        logs = model.fit(*data, batch_size=32, verbose=0).history
    finally:
        keras.config.set_floatx("float32")
    assert set(logs) and not players.equal(start, players.values(model.trainable_variables))


class Weighed(gk.GAN):
    """With an argument named as a method, and one as a property, which it does not keep so."""

    def __init__(self, generator, discriminator, weight=1.0, noise="normal", metrics=(), **kwargs):
        super().__init__(generator, discriminator, **kwargs)
        self.weight, self.kind_of_noise = weight, noise


class Narrow(gk.GAN):
    def __init__(self, width=8):
        generator = gk.networks.mlp_generator(2, (2,), (width,))
        super().__init__(generator, gk.networks.mlp_discriminator((2,), (width,)))
        self.width = width


@pytest.mark.parametrize(
    "make",
    [lambda: Weighed(players.generator(), players.discriminator(), 3.0), lambda: Narrow(4)],
)
def test_a_subclass_comes_back_with_its_arguments(make, tmp_path):
    model = make()
    model.save(tmp_path / "model.keras")
    known = {kind.__name__: kind for kind in (Weighed, Narrow)}
    restored = keras.models.load_model(tmp_path / "model.keras", custom_objects=known)
    assert restored.get_config().keys() == model.get_config().keys()
    for name in {"weight", "width"} & model.get_config().keys():
        assert getattr(restored, name) == getattr(model, name)
    assert players.equal(players.values(model), players.values(restored))


def test_an_old_format_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match=r"model\.keras"):
        players.gan().save(tmp_path / "model.h5")
    assert not [*tmp_path.iterdir()]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="a SavedModel")
@pytest.mark.parametrize("name", ["relativistic", "vae", "discriminator_only"])
def test_exported_it_gives_what_predict_gives(name, tmp_path):
    import tensorflow as tf

    model, data = made(name)
    model.fit(*data, batch_size=16, verbose=0)
    model.export(tmp_path / "model", verbose=False)
    shape = getattr(model, model.network_names[0]).input_shape[1:]
    x = np.random.default_rng(0).uniform(-1, 1, (3, *shape)).astype("float32")
    loaded = tf.saved_model.load(tmp_path / "model")  # held: it owns the variables
    np.testing.assert_allclose(loaded.serve(x), model.predict(x, verbose=0), atol=1e-5)


def test_steps_per_epoch_resumes_in_the_middle_of_the_data(tmp_path):
    def run(*callbacks):
        keras.utils.set_random_seed(1)
        model = players.wgan_gp()
        options = {"batch_size": 8, "steps_per_epoch": 3, "epochs": 3, "verbose": 0}
        model.fit(IMAGES, callbacks=[*callbacks], **options)
        assert int(model.g_optimizer.iterations) == 9
        return players.state(model)

    end = run()
    with pytest.raises(KeyboardInterrupt):
        run(keras.callbacks.BackupAndRestore(tmp_path), Stop(5))
    assert players.equal(run(keras.callbacks.BackupAndRestore(tmp_path)), end)


def test_a_refused_compile_leaves_the_old_one():
    model = players.gan(run_eagerly=True)
    old = model.g_optimizer, model.d_optimizer, model.loss_pair
    one = keras.optimizers.Adam()
    for options in (
        {"loss": "wassertein"},
        {"metrics": ["accuracy"]},
        {"g_optimizer": one, "d_optimizer": one},
        {"g_optimizer": one},
        {"g_optimizer": keras.optimizers.SGD(-1.0), "d_optimizer": one},
    ):
        with pytest.raises(ValueError):
            model.compile(**options)
        assert (model.g_optimizer, model.d_optimizer, model.loss_pair) == old


def test_a_damaged_backup_gives_way_to_the_one_before(tmp_path):
    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path, double_checkpoint=True)

    def run(*callbacks):
        keras.utils.set_random_seed(1)
        model = players.with_sgd(players.gan(**players.QUICK))
        model.fit(IMAGES, batch_size=32, epochs=4, verbose=0, callbacks=[*callbacks])
        return players.state(model)

    end = run()
    with pytest.raises(KeyboardInterrupt):
        run(backup(), Stop(7))  # in the fourth epoch
    last = tmp_path / "latest.weights.h5"
    last.write_bytes(last.read_bytes()[:1000])
    assert players.close(run(backup()), end)


def test_weights_that_are_cut_off_while_they_are_written_leave_the_old_ones(tmp_path, monkeypatch):
    model, path = players.gan(), tmp_path / "x.weights.h5"
    model.save_weights(path)
    whole = path.read_bytes()

    def killed(self, file, *_):
        Path(file).write_bytes(whole[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Model, "save_weights", killed)
    with pytest.raises(KeyboardInterrupt):
        model.save_weights(path)
    assert path.read_bytes() == whole


def test_a_backup_within_an_epoch_is_refused():
    backup = keras.callbacks.BackupAndRestore("backup", save_freq=3)
    with pytest.raises(ValueError, match='save_freq="epoch"'):
        players.gan().fit(IMAGES, callbacks=[backup])


def test_noise_is_that_of_the_seed_and_any_integer_will_do():
    model = players.gan()
    np.testing.assert_array_equal(model.generate(2, seed=np.int64(3)), model.generate(2, seed=3))
    assert gk.GAN(players.generator(), players.discriminator(), seed=np.int64(3)).seed == 3
