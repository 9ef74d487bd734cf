"""The classes that chapters 01, 03 and 04 build before the reader's eyes, apart from coursework."""

import ast

import keras
import nbformat
import numpy as np
import pytest
import quick

import gan_keras as gk
from tests.test_coursework import assigned, sgd

PRELUDE = "import keras\nimport tensorflow as tf\n"
PATHS = {path.name[:2]: path for path in quick.NOTEBOOKS.glob("*.ipynb")}


def definitions(number, *names):
    """The text of a chapter's classes of these names, decorators included, after two imports."""
    found = {}
    for cell in nbformat.read(PATHS[number], as_version=4).cells:
        if cell.cell_type == "code" and assigned(cell.source) & set(names):
            lines = cell.source.splitlines()
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.ClassDef) and node.name in names:
                    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                    found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return "\n\n\n".join([PRELUDE, *(found[name] for name in names)])


def defined(number, *names):
    space = {"__name__": "__main__"}
    exec(compile(definitions(number, *names), "page", "exec"), space)
    return space[names[-1]]


def players():
    return gk.networks.mlp_generator(4, (6, 6, 1)), gk.networks.mlp_discriminator((6, 6, 1))


def images(n, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, 6, 6, 1)).astype("float32")


def assert_same(a, b):
    for mine, other in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-5)


ONE_BY_ONE = [("GAN",), ("GAN", "OnePassGAN"), ("GAN", "OnePassGAN", "SavedGAN")]


@pytest.mark.parametrize("names", ONE_BY_ONE, ids=lambda names: names[-1])
def test_the_gan_of_04_trains_as_the_package_does(names):
    theirs, ours = defined("04", *names)(*players(), seed=3), gk.GAN(*players(), seed=3)
    ours.set_weights(theirs.get_weights())
    start = [w.copy() for w in ours.get_weights()]
    for model in (theirs, ours):
        model.compile(sgd(), sgd())
        model.run_eagerly = True  # a few steps are sooner taken than traced
    for seed in range(3):
        logs = [m.train_on_batch(images(16, seed), return_dict=True) for m in (theirs, ours)]
        logs = [{name: float(value) for name, value in log.items()} for log in logs]
        assert logs[0] == pytest.approx(logs[1], rel=1e-4)
        assert_same(theirs, ours)
    assert max(np.abs(a - b).max() for a, b in zip(start, ours.get_weights(), strict=True)) > 1e-3


@pytest.mark.parametrize("names", ONE_BY_ONE, ids=lambda names: names[-1])
def test_the_gan_of_04_keeps_the_habits_of_a_keras_model(names, tmp_path):
    model = defined("04", *names)(*players())
    model.compile(sgd(), sgd())
    model.run_eagerly = True
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    labels = np.arange(32)  # which it leaves out
    log = model.fit(images(32), labels, batch_size=8, epochs=2, callbacks=[backup], verbose=0)
    assert set(log.history) == {"d_loss", "g_loss"}
    assert model.predict(np.zeros((5, 4)), verbose=0).shape == (5, 6, 6, 1)


def test_the_file_of_04_goes_on_where_the_definition_alone_is_known(tmp_path, monkeypatch):
    model = defined("04", *ONE_BY_ONE[-1])(*players(), seed=3)
    model.compile(sgd(), sgd())
    model.fit(images(32), batch_size=8, shuffle=False, verbose=0)
    model.save(tmp_path / "gan.keras")
    for name in [*keras.saving.get_custom_objects()]:  # as in a fresh process
        monkeypatch.delitem(keras.saving.get_custom_objects(), name)
    with pytest.raises(TypeError, match="SavedGAN"):
        keras.saving.load_model(tmp_path / "gan.keras")
    defined("04", *ONE_BY_ONE[-1])
    loaded = keras.saving.load_model(tmp_path / "gan.keras")
    for one in (model, loaded):
        one.fit(images(32, seed=1), batch_size=8, shuffle=False, verbose=0)
    assert_same(model, loaded)


def test_the_discriminator_of_01_trains_as_the_package_does():
    network = gk.networks.mlp_discriminator((6, 6, 1))
    theirs, copy = defined("01", "Discriminator")(network), keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    ours = gk.DiscriminatorOnly(copy)
    for model in (theirs, ours):
        model.compile(sgd())
        model.run_eagerly = True
    for seed in range(3):
        real, fake = images(16, seed), images(16, seed + 10)
        history = theirs.fit(real, fake, batch_size=16, shuffle=False, verbose=0).history
        logs = {name: values[0] for name, values in history.items()}
        ours.reset_metrics()
        loss = ours.train_on_batch(real, fake, return_dict=True)
        assert logs["loss"] == pytest.approx(loss["d_loss"], rel=1e-4)
        for name in ("accuracy", "precision", "recall"):
            assert logs[name] == pytest.approx(loss[name])
        assert_same(network, copy)
    start = network.get_weights()
    told = theirs.evaluate(real, fake, batch_size=16, return_dict=True, verbose=0)
    assert told["loss"] == pytest.approx(
        ours.evaluate(real, fake, batch_size=16, return_dict=True, verbose=0)["d_loss"], rel=1e-4
    )
    pairs = network.predict(real, verbose=0) - network.predict(fake, verbose=0).T
    assert told["auc"] == pytest.approx(np.mean(pairs > 0), abs=0.02)
    assert all(np.array_equal(a, b) for a, b in zip(start, network.get_weights(), strict=True))


def test_the_r1_gan_of_03_adds_what_the_package_adds():
    space = {"gk": gk}
    exec(compile(definitions("03", "R1GAN"), "page", "exec"), space)
    model = space["R1GAN"](*players())
    model.compile(sgd(), sgd())
    real, fake = (keras.ops.convert_to_tensor(images(5, seed)) for seed in (0, 1))
    added = model.discriminator_loss(real, fake) - gk.GAN.discriminator_loss(model, real, fake)
    assert float(added) == pytest.approx(0.5 * float(gk.penalties.r1(model.scores, real)), rel=1e-3)
    start = model.get_weights()
    model.fit(images(16), batch_size=8, verbose=0)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert max(np.abs(a - b).max() for a, b in zip(start, model.get_weights(), strict=True)) > 1e-4
