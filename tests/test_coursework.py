"""Every `coursework` cell runs alone, and trains as the package's class does, number for number.

A chapter's comparison is a function `compare_NN(names)` below. It takes the names that the cell
defined, builds the package's model and the cell's own players, and ends in `assert_same_training`.
"""

import ast
import re
from functools import partial
from unittest import mock

import keras
import matplotlib
import nbformat
import numpy as np
import pytest
import quick

import gan_keras as gk

matplotlib.use("Agg")

CHAPTERS = [
    path
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb"))
    if re.fullmatch("0[1-9]|1[0-4]|16", path.name[:2])
]
STEPS = 3


def imported_packages(source):
    """The top-level packages that a piece of code imports."""
    modules = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module)
    return {module.partition(".")[0] for module in modules}


def run_alone(source, file):
    """Runs code in an empty namespace and returns the names it defines.

    The code is written to `file` first, since `tf.function` reads the source of what it compiles.
    """
    assert "gan_keras" not in imported_packages(source), "coursework stands without the package"
    file.write_text(source, encoding="utf-8")
    names = {"__name__": "__main__"}
    exec(compile(source, str(file), "exec"), names)
    matplotlib.pyplot.close("all")
    return names


def recording(model_class, drawn):
    """A subclass of a model class that keeps the noise it draws in the list `drawn`."""

    class Recording(model_class):
        def noise(self, batch_size):
            drawn.append(super().noise(batch_size))
            return drawn[-1]

    return Recording


def assert_same_training(model, drawn, players, course_step, real):
    """Trains the package's model and the coursework from the same weights, reals and noise.

    Args:
        model: an instance of `recording(SomeClass, drawn)`, compiled with `run_eagerly=True`.
        drawn: the list in which `model` keeps its noise.
        players: the coursework's (generator, discriminator); they are given the model's weights.
        course_step: function (real, noises) that takes one step of the coursework; `noises` are
            the latent batches that the model drew in the same step, in order.
        real: array (n, ...), shared out over three steps.

    Raises:
        AssertionError: after a step, a weight differs by more than 1e-5.
    """
    ours = (model.generator, model.discriminator)
    for mine, theirs in zip(ours, players, strict=True):
        theirs.set_weights(mine.get_weights())
    for step, batch in enumerate(np.split(np.asarray(real, "float32"), STEPS), start=1):
        drawn.clear()
        model.train_on_batch(batch)
        course_step(batch, list(drawn))
        for mine, theirs in zip(ours, players, strict=True):
            assert_same_weights(mine, theirs, step)


def assert_same_weights(mine, theirs, step):
    """Fails if a weight of one network differs by more than 1e-5 from that of the other."""
    for a, b in zip(mine.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(
            b.numpy(), a.numpy(), rtol=0, atol=1e-5, err_msg=f"{a.path} after step {step}"
        )


def copies_of(players):
    """Copies of trained networks, weights included."""
    copies = [keras.models.clone_model(player) for player in players]
    for copy, player in zip(copies, players, strict=True):
        copy.set_weights(player.get_weights())
    return copies


def go_on(model, *optimizers):
    """Compiles the package's model with copies of the cell's optimizers, moments included."""
    model.compile(*(type(o).from_config(o.get_config()) for o in optimizers), run_eagerly=True)
    ours = getattr(model.optimizer, "optimizers", [model.optimizer])
    for mine, theirs in zip(ours, optimizers, strict=True):
        for variable, trained in zip(mine.variables, theirs.variables, strict=True):
            variable.assign(trained)


def compare_one_pass(names, data, model_class=gk.GAN, **options):
    """A cell with `train_step(real, z)` against a class, on samples from `data(n, random)`."""
    players, drawn = (names["generator"], names["discriminator"]), []
    model = recording(model_class, drawn)(*copies_of(players), seed=0, **options)
    go_on(model, names["g_optimizer"], names["d_optimizer"])

    def course_step(real, noises):
        names["train_step"](real, noises[0])

    real = data(STEPS * 16, np.random.default_rng(1))
    assert_same_training(model, drawn, players, course_step, real)


# The chapters' comparisons ---------------------------------------------------------------------


def compare_01(names):
    """The cell's discriminator-only step against `gk.DiscriminatorOnly`."""
    theirs, optimizer = names["discriminator"], names["optimizer"]
    judge = gk.DiscriminatorOnly(names["build_discriminator"]())
    judge.compile(type(optimizer).from_config(optimizer.get_config()), run_eagerly=True)
    # The cell has trained: both start afresh, with the optimizer's moments at zero.
    theirs.set_weights(judge.discriminator.get_weights())
    for variable in optimizer.variables:
        if variable is not optimizer.learning_rate:
            variable.assign(np.zeros(variable.shape, variable.dtype))
    random = np.random.default_rng(0)
    for step in range(1, STEPS + 1):
        real, fake = random.uniform(-1, 1, (2, 16, 28, 28, 1)).astype("float32")
        loss = float(names["train_step"](real, fake))
        if step == 1:
            assert loss == pytest.approx(
                judge.test_on_batch(real, fake, return_dict=True)["d_loss"]
            )
            judge.reset_metrics()
        judge.train_on_batch(real, fake)
        assert_same_weights(judge.discriminator, theirs, step)


def compare_02(names):
    """The cell's step against `gk.GAN` with the non-saturating loss, Adam on both sides."""
    *players, g_optimizer, d_optimizer = names["make_game"]()
    drawn = []
    model = recording(gk.GAN, drawn)(*map(keras.models.clone_model, players), seed=0)
    model.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        keras.optimizers.Adam(1e-3, beta_1=0.5),
        run_eagerly=True,
    )

    def course_step(real, noises):
        names["train_step"](*players, g_optimizer, d_optimizer, real, noises[0])

    real = np.random.default_rng(0).uniform(-1, 1, (3 * 64, 2))
    assert_same_training(model, drawn, players, course_step, real)


def compare_03(names):
    """The Dirac GAN of the cell and of `gk.toy` take the same alternating steps."""
    start = (1.0, 1.0)
    for rate, penalty in ((0.1, 0.0), (0.1, 1.0), (0.3, 0.5)):
        game = partial(gk.toy.dirac, penalty=penalty)
        ours = gk.toy.play(game, start, gk.toy.alternating, STEPS, rate)
        theirs = names["train_dirac"](start, STEPS, rate, penalty)
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)


def compare_04(names):
    """The cell's step of two generator passes against the one-pass step of `gk.GAN`."""
    compare_one_pass(names, names["spots"])


def compare_05(names):
    """The cell's one-pass step against `gk.GAN`, BatchNorm's running means included."""
    compare_one_pass(names, names["discs"])


def compare_06(names):
    """The cell's critic and generator steps against `gk.WGANGP`, the mixing weights recorded."""
    players = names["generator"], names["critic"]
    drawn, mixed, uniform = [], [], gk.autodiff.uniform
    model = recording(gk.WGANGP, drawn)(
        *map(keras.models.clone_model, players),
        critic_steps=names["critic_steps"],
        penalty_weight=names["penalty_weight"],
        seed=0,
    )
    # A bias of the critic that moves all scores alike has gradient zero: with Adam's own epsilon
    # its rounding noise would grow into steps.
    adam = partial(keras.optimizers.Adam, 1e-3, beta_1=0.0, beta_2=0.9, epsilon=1e-3)
    model.compile(adam(), adam(), run_eagerly=True)
    for key, player in zip(("g_optimizer", "c_optimizer"), players, strict=True):
        names[key] = adam()  # the step finds it there when it is traced for these shapes
        names[key].build(player.trainable_variables)

    def recorded_uniform(shape, seed):
        mixed.append(uniform(shape, seed))
        return mixed[-1]

    def course_step(real, noises):
        names["train_step"](real, np.concatenate(noises), np.concatenate(mixed))
        mixed.clear()

    real = np.random.default_rng(1).normal(size=(3 * names["critic_steps"] * 16, 2))
    with mock.patch.object(gk.autodiff, "uniform", recorded_uniform):
        assert_same_training(model, drawn, players, course_step, real)


def compare_07(names):
    """The step with relativistic loss, R1, R2 and averaged weights against the package's."""
    players = names["generator"], names["discriminator"]
    optimizers = names["g_optimizer"], names["d_optimizer"]
    drawn = []
    model = recording(gk.RelativisticGAN, drawn)(
        *map(keras.models.clone_model, players),
        penalty_weight=names["gamma"],
        averaging=names["averaging"],
        seed=0,
    )
    model.compile(*(type(o).from_config(o.get_config()) for o in optimizers), run_eagerly=True)
    # The cell has trained: its optimizers start afresh, so that the average has its short memory.
    for optimizer in optimizers:
        for variable in optimizer.variables:
            if variable is not optimizer.learning_rate:
                variable.assign(np.zeros(variable.shape, variable.dtype))
    names["averaged"].set_weights(model.averaged_generator.get_weights())

    def course_step(real, noises):
        names["train_step"](real, noises[0])

    real = np.random.default_rng(0).uniform(-1, 1, (3 * 16, 2))
    assert_same_training(model, drawn, players, course_step, real)
    assert_same_weights(model.averaged_generator, names["averaged"], STEPS)


def compare_08(names):
    """The cell's three measures against `gk.metrics`, on features of several shapes."""
    for seed, (n, m, d) in enumerate([(40, 30, 2), (200, 300, 5), (500, 400, 32)]):
        random = np.random.default_rng(seed)
        real = np.maximum(random.standard_normal((n, d)) @ random.standard_normal((d, d)), 0)
        fake = np.maximum(0.3 + random.standard_normal((m, d)), 0)
        assert names["frechet"](real, fake) == pytest.approx(
            gk.metrics.frechet_distance(real, fake), rel=1e-6
        )
        assert names["precision_and_recall"](real, fake) == pytest.approx(
            gk.metrics.precision_recall(real, fake)
        )
        size = min(n, m)  # a subset of the package takes as many of each
        assert names["kernel"](real[:size], fake[:size]) == pytest.approx(
            gk.metrics.kernel_distance(real[:size], fake[:size], subsets=1).mean, rel=1e-6
        )


def compare_09(names):
    """The cell's step up the ELBO against `gk.VAE`, the noise of the codes recorded."""
    players = names["encoder"], names["decoder"]
    copies = copies_of(players)
    model = gk.VAE(*copies, noise_std=names["tau"])
    go_on(model, names["optimizer"])
    drawn, normal = [], gk.autodiff.normal

    def recorded_normal(shape, seed):
        drawn.append(normal(shape, seed))
        return drawn[-1]

    real = names["discs"](STEPS * 16, np.random.default_rng(1))
    with mock.patch.object(gk.autodiff, "normal", recorded_normal):
        for step, batch in enumerate(np.split(real, STEPS), start=1):
            model.reset_metrics()
            loss = model.train_on_batch(batch, return_dict=True)["loss"]
            reconstruction, kl = names["train_step"](batch, drawn.pop())
            assert loss == pytest.approx(float(kl - reconstruction), rel=1e-4)
            for mine, theirs in zip(copies, players, strict=True):
                assert_same_weights(mine, theirs, step)


def compare_10(names):
    """The cell's step on pairs against `gk.Pix2Pix`."""
    players = names["generator"], names["discriminator"]
    copies = copies_of(players)
    model = gk.Pix2Pix(*copies, l1_weight=names["l1_weight"], seed=0)
    go_on(model, names["g_optimizer"], names["d_optimizer"])
    random = np.random.default_rng(1)
    for step in range(1, STEPS + 1):
        x, y = names["pairs"](16, random)
        model.train_on_batch(x, y)
        names["train_step"](x, y)
        for mine, theirs in zip(copies, players, strict=True):
            assert_same_weights(mine, theirs, step)


def compare_11(names):
    """The cell's step against `gk.ConditionalGAN`, on points with labels."""
    players, drawn = (names["generator"], names["discriminator"]), []
    copies = copies_of(players)
    model = recording(gk.ConditionalGAN, drawn)(*copies, classes=names["classes"], seed=0)
    go_on(model, names["g_optimizer"], names["d_optimizer"])
    random = np.random.default_rng(1)
    for step in range(1, STEPS + 1):
        real, labels = names["clusters"](32, random)
        drawn.clear()
        model.train_on_batch(real, labels)
        names["train_step"](real, labels, drawn[0])
        for mine, theirs in zip(copies, players, strict=True):
            assert_same_weights(mine, theirs, step)


def compare_12(names):
    """The cell's straight-through step on sentences against `gk.GAN`."""
    compare_one_pass(names, names["sentences"])


def compare_13(names):
    """The cell's step with relativistic loss, R1 and R2 on images against the package's."""
    compare_one_pass(names, names["discs"], gk.RelativisticGAN, penalty_weight=names["gamma"])


def compare_14(names):
    """The step of the discriminator that the cell attacks, against `gk.DiscriminatorOnly`."""
    theirs, optimizer, train_step = names["new_attack"]()
    judge = gk.DiscriminatorOnly(keras.models.clone_model(theirs))
    judge.compile(type(optimizer).from_config(optimizer.get_config()), run_eagerly=True)
    theirs.set_weights(judge.discriminator.get_weights())
    random = np.random.default_rng(0)
    for step in range(1, STEPS + 1):
        real, fake = names["discs"](16, random), names["discs"](16, random)
        judge.reset_metrics()
        loss = judge.train_on_batch(real, fake, return_dict=True)["d_loss"]
        assert loss == pytest.approx(float(train_step(real, fake)), rel=1e-4)
        assert_same_weights(judge.discriminator, theirs, step)


def compare_16(names):
    """Two replicas by hand, half of the batch each, against `gk.GAN` on the joined batch."""
    compare_one_pass(names, lambda n, random: gk.toy.ring().sample(n, 1))
    for net, copy in (names["generators"], names["discriminators"]):
        assert_same_weights(net, copy, STEPS)


# The tests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_coursework_runs_alone_and_agrees_with_the_package(path, tmp_path):
    cells = quick.tagged(nbformat.read(path, as_version=4), "coursework")
    assert len(cells) == 1, f"{path.name} has {len(cells)} coursework cells, expected one"
    names = run_alone(cells[0].source, tmp_path / f"coursework_{path.name[:2]}.py")
    compare = globals().get(f"compare_{path.name[:2]}")
    assert compare, f"write compare_{path.name[:2]}(names) in {__name__}.py"
    compare(names)


# What the machinery itself must catch ----------------------------------------------------------


@pytest.mark.parametrize("source", ["import gan_keras as gk", "from gan_keras.gan import GAN"])
def test_coursework_that_imports_the_package_is_refused(source, tmp_path):
    with pytest.raises(AssertionError, match="stands without the package"):
        run_alone(source, tmp_path / "cell.py")


def test_coursework_that_needs_another_cell_is_refused(tmp_path):
    with pytest.raises(NameError, match="epochs"):
        run_alone("print(epochs)", tmp_path / "cell.py")


COURSEWORK = """
import keras
import tensorflow as tf

cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)


@tf.function
def train_step(generator, discriminator, g_optimizer, d_optimizer, real, z):
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        fake_logits = discriminator(generator(z, training=True), training=True)
        d_loss = cross_entropy(tf.ones_like(real_logits), real_logits) + cross_entropy(
            tf.zeros_like(fake_logits), fake_logits
        )
    variables = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(z, training=True), training=True)
        g_loss = cross_entropy(tf.ones_like(fake_logits), fake_logits)
    variables = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)
"""


@pytest.mark.parametrize(
    ("source", "agrees"),
    [(COURSEWORK, True), (COURSEWORK.replace("g_loss = ", "g_loss = -"), False)],
    ids=["right", "wrong sign"],
)
def test_comparison_tells_right_from_wrong_coursework(source, agrees, tmp_path):
    train_step = run_alone(source, tmp_path / "cell.py")["train_step"]
    drawn, players = [], [gk.networks.mlp_generator(2, (2,)), gk.networks.mlp_discriminator((2,))]
    model = recording(gk.GAN, drawn)(*map(keras.models.clone_model, players), seed=0)
    model.compile(
        g_optimizer=keras.optimizers.SGD(0.1),
        d_optimizer=keras.optimizers.SGD(0.1),
        run_eagerly=True,
    )
    optimizers = [keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)]

    def course_step(real, noises):
        train_step(*players, *optimizers, real, noises[0])

    real = np.random.default_rng(0).uniform(-1, 1, (3 * 8, 2))
    if agrees:
        assert_same_training(model, drawn, players, course_step, real)
    else:
        with pytest.raises(AssertionError, match="after step 1"):
            assert_same_training(model, drawn, players, course_step, real)
