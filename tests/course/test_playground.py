"""The playground: what it computes in the page is what the package computes."""

import json
import re
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from py_mini_racer import MiniRacer

import gan_keras as gk
from gan_keras.course import playground, toy
from tests.players import QUICK

SCRIPT = Path(playground.__file__).with_suffix(".js").read_text(encoding="utf-8")
BATCH, STEPS, RATE, WEIGHT = 16, 3, 0.01, 0.3
LOSSES = [*gk.losses.LOSSES, "relativistic"]
PLAYERS = "discriminator", "generator", "averaged"

# Three steps from given weights on given batches; `told` is what Python sends.
TRAIN = """
const game = { ...new_game({ seed: 0 }), ...told.settings };
const seen = { discriminator: [], generator: [] };
for (const name in told.weights) game[name].weights.set(told.weights[name]);
draw_batch = () => ({
  real: Float64Array.from(told.reals.shift()),
  alpha: Float64Array.from(told.alpha),
  fakes: forward(game.generator, Float64Array.from(told.z)),
});
const keras_adam = adam;
adam = (net, gradients, rate, beta_1) => {
  seen[net === game.generator ? "generator" : "discriminator"].push(Array.from(gradients.weights));
  if (told.optimizer === "Adam") return keras_adam(net, gradients, rate, beta_1);
  net.steps = (net.steps ?? 0) + 1;
  net.weights.forEach((weight, i) => (net.weights[i] = weight - rate * gradients.weights[i]));
};
while (told.reals.length) train_step(game);
const end = Object.fromEntries(
  Object.keys(told.weights).map((name) => [name, Array.from(game[name].weights)]));
"""
PATH = """
const path = [[1, 0.5]], slopes = (x, y) => GAMES[told.game](x, y, told.options);
for (let i = 0; i < told.steps; i++) path.push(RULES[told.rule](slopes, path.at(-1), told.rates));
"""


def run(code, wanted, **told):
    """The value of `wanted` after the playground's own script and `code`."""
    engine = MiniRacer()
    engine.eval(f"{SCRIPT}\nconst told = {json.dumps(told)};\n{code}")
    return json.loads(engine.eval(f"JSON.stringify({wanted})"))


def flat(tensors):
    return np.concatenate([ops.convert_to_numpy(tensor).ravel() for tensor in tensors])


class R1GAN(gk.GAN):
    def discriminator_loss(self, real, fake):
        penalty = gk.penalties.r1(self.scores, real)
        return super().discriminator_loss(real, fake) + 0.5 * WEIGHT * penalty


def model(loss, optimizer=keras.optimizers.SGD, rate=RATE, **options):
    """The package's model of a loss, compiled, and its settings in the page."""
    keras.utils.set_random_seed(1)
    players = (
        gk.networks.mlp_generator(2, (2,), hidden=(32, 32), activation=None),
        gk.networks.mlp_discriminator((2,), hidden=(32, 32)),
    )
    for variable in [*players[0].weights, *players[1].weights]:  # biases that are not 0
        variable.assign(variable + keras.random.normal(variable.shape, stddev=0.1))
    kinds = {"wasserstein": gk.WGANGP, "relativistic": gk.RelativisticGAN}
    more = {"penalty_weight": WEIGHT} if loss in kinds else {}
    gan = kinds.get(loss, R1GAN)(*players, seed=0, averaging=0.9, **more)
    pair = {} if loss in kinds else {"loss": loss}
    gan.compile(optimizer(rate, **options), optimizer(rate, **options), **pair, **QUICK)
    settings = {"loss": loss, "penalty_weight": WEIGHT, "averaging": 0.9, **options}
    settings |= {"d_learning_rate": rate, "g_learning_rate": rate}
    return gan, settings | {"critic_steps": getattr(gan, "critic_steps", 1)}


def train(gan, settings, monkeypatch):
    """Three steps on both sides: what the page says, and the package's logs."""
    random = np.random.default_rng(2)
    z, alpha = random.normal(size=(BATCH, 2)), random.uniform(size=(BATCH, 1))
    monkeypatch.setattr(gk.autodiff, "normal", lambda *_: ops.convert_to_tensor(z, "float32"))
    monkeypatch.setattr(gk.autodiff, "uniform", lambda *_: ops.convert_to_tensor(alpha, "float32"))
    batches = toy.ring().sample(STEPS * settings["critic_steps"] * BATCH, seed=3)
    networks = gan.discriminator, gan.generator, gan.averaged_generator
    weights = {n: flat(net.weights).tolist() for n, net in zip(PLAYERS, networks, strict=True)}
    page = run(
        TRAIN, "{ seen, end, d_losses: game.d_losses, g_losses: game.g_losses }",
        settings=settings, optimizer=type(gan.d_optimizer).__name__, weights=weights,
        reals=batches.reshape(-1, 2 * BATCH).astype("float64").tolist(),
        z=z.ravel().tolist(), alpha=alpha.ravel().tolist(),
    )  # fmt: skip
    logs = []
    for batch in np.split(batches, STEPS):
        gan.reset_metrics()
        logs.append(gan.train_on_batch(batch, return_dict=True))
    page["moved"] = {n: flat(net.weights) for n, net in zip(PLAYERS, networks, strict=True)}
    return page, logs


@pytest.mark.parametrize("loss", LOSSES)
def test_three_steps_of_sgd_are_those_of_the_package(loss, monkeypatch):
    gan, settings = model(loss)
    before = [flat(gan.discriminator.weights), flat(gan.generator.weights)]
    page, logs = train(gan, settings, monkeypatch)
    for name in PLAYERS:
        np.testing.assert_allclose(page["end"][name], page["moved"][name], atol=1e-5)
    for name, start in zip(PLAYERS, before, strict=False):  # so did both players learn
        sums = np.sum(page["seen"][name], axis=0)
        np.testing.assert_allclose(sums, (start - page["moved"][name]) / RATE, atol=1e-4)
        assert np.abs(sums).max() > 1e-2
    np.testing.assert_allclose(page["g_losses"], [log["g_loss"] for log in logs], atol=1e-5)
    if settings["critic_steps"] == 1:  # the package's log is the mean over the critic's steps
        np.testing.assert_allclose(page["d_losses"], [log["d_loss"] for log in logs], atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_those_of_the_package(loss, monkeypatch):
    gan, settings = model(loss)
    random = np.random.default_rng(4)
    z, alpha = random.normal(size=(BATCH, 2)), random.uniform(size=(BATCH, 1))
    monkeypatch.setattr(gk.autodiff, "uniform", lambda *_: ops.convert_to_tensor(alpha, "float32"))
    real = ops.convert_to_tensor(toy.ring().sample(BATCH, seed=5))
    fake, pull = gk.autodiff.pullback(
        lambda: gan.fakes(ops.convert_to_tensor(z, "float32")), gan.g_variables
    )
    with_real = loss != "wasserstein"
    loss_of = gan.discriminator_loss if with_real else gan.critic_loss
    d_loss, d_gradients = gk.autodiff.value_and_gradients(
        lambda: loss_of(real, fake), gan.d_variables
    )
    g_loss, slopes = gk.autodiff.input_gradients(
        lambda x: gan.generator_loss(*[real] * with_real, x), fake
    )
    page = run(
        "const game = { ...new_game({ seed: 0 }), ...told.settings };"
        "game.discriminator.weights.set(told.discriminator);"
        "game.generator.weights.set(told.generator);"
        "const [real, alpha, z] = told.arrays.map((array) => Float64Array.from(array));"
        "const batch = { real, alpha, fakes: forward(game.generator, z) };"
        "const told_by = ([loss, { weights }]) => [loss, Array.from(weights)];"
        "const slopes = Array.from(fake_slopes(game, batch.fakes.output, real)[1]);",
        "[told_by(discriminator_loss(game, batch)), told_by(generator_loss(game, batch)), slopes]",
        settings=settings, generator=flat(gan.generator.weights).tolist(),
        discriminator=flat(gan.discriminator.weights).tolist(),
        arrays=[flat([array]).astype("float64").tolist() for array in (real, alpha, z)],
    )  # fmt: skip
    theirs = (d_loss, flat(d_gradients)), (g_loss, flat(pull(slopes)))
    for (loss_here, gradients), (value, keras_gradients) in zip(page[:2], theirs, strict=True):
        np.testing.assert_allclose(loss_here, float(value), atol=1e-5)
        np.testing.assert_allclose(gradients, keras_gradients, atol=1e-5)
    np.testing.assert_allclose(page[2], flat([slopes]), atol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_three_steps_of_adam_are_those_of_the_package(loss, monkeypatch):
    page, _ = train(*model(loss, keras.optimizers.Adam, rate=1e-3, beta_1=0.5), monkeypatch)
    for name in PLAYERS[:2]:
        # Of a gradient that is zero but for rounding Adam makes a whole step.
        clear = np.abs(page["seen"][name]).min(0) > 1e-3
        assert clear.mean() > 0.2
        ours, theirs = np.array(page["end"][name]), page["moved"][name]
        np.testing.assert_allclose(ours[clear], theirs[clear], atol=1e-5)


@pytest.mark.parametrize("rule", playground.RULES)
@pytest.mark.parametrize(
    "game, options",
    [("bilinear", {})]
    + [("dirac", {"loss": name, "penalty": r1}) for name in playground.DIRAC for r1 in (0.0, 0.3)],
)
def test_orbits_are_those_of_the_package(game, options, rule):
    rates, told = (0.1, 0.2), {"loss": "minimax", **options}
    told["penalty_weight"] = told.pop("penalty", 0)
    page = run(PATH, "path", game=game, rule=rule, rates=rates, steps=100, options=told)
    theirs = partial(playground.GAMES[game], **options)
    path = toy.play(theirs, (1, 0.5), getattr(toy, rule), 100, rates)
    np.testing.assert_allclose(page, path, atol=1e-12)


@pytest.mark.parametrize("mixture", [toy.ring(), toy.grid()])
def test_data_and_counters_are_those_of_the_package(mixture):
    samples = mixture.sample(500, 0)[:, :] * np.linspace(0.7, 1.1, 500)[:, None]
    modes, good, drawn = run(
        "const { modes, high_quality } = coverage(told.means, Float64Array.from(told.samples));",
        "[modes, high_quality, pairs(sample(told.means, 4000, uniform_numbers(0)))]",
        means=mixture.means.tolist(), samples=samples.ravel().tolist(),
    )  # fmt: skip
    assert (modes, good) == mixture.coverage(samples)
    assert 0 < good < 1
    theirs = mixture.coverage(mixture.sample(4000, 1))
    assert mixture.coverage(drawn).modes == theirs.modes == len(mixture.means)
    assert abs(mixture.coverage(drawn).high_quality - theirs.high_quality) < 0.02


def told(html):
    """The settings that a playground sends to its script."""
    return json.loads(re.search(r"mount\(root, (.+)\);\n", html.data)[1])


def test_page_is_small_and_needs_no_network():
    html = gk.playground("grid", "hinge", steps=5, beta_1=0.9).data
    assert len(SCRIPT.encode()) <= 25_600
    assert len(re.search('base64,([^"]+)', html)[1]) < 60_000
    assert "://" not in html and "import " not in SCRIPT
    assert html.count("<script>") == html.count("</script>") == 1


def test_same_call_gives_the_same_text_and_another_call_another_name():
    name = re.compile(r'data-playground="(\w+)"')
    one, again, other = (gk.playground(seed=seed).data for seed in (0, 0, 1))
    assert one == again and name.search(one)[1] != name.search(other)[1]


@pytest.mark.parametrize("game", [None, "dirac"])
def test_every_setting_has_a_menu(game):
    """A name that one side does not know would be left aside in silence."""
    settings = told(gk.playground("moons", "minimax", game, "alternating", speed=1))
    menus, layers = run(
        f"const one = {'game' if game else 'gan'}_playground(told);",
        "[Object.entries(one.menus), Object.keys(one.layers)]", **settings,
    )  # fmt: skip
    names = [name for name, _ in menus]
    assert {*names} - {"data", "loss", "game", "rule"} <= {*playground.MENUS}
    assert {*layers} <= {*playground.LAYERS}
    for name, (_, values) in menus:
        assert settings.get(name) is None or settings[name] in values
        if name == "loss":
            assert {*values} == {*(playground.DIRAC if game else LOSSES)}


def test_points_of_your_own():
    points = np.random.default_rng(0).uniform(-1, 1, (1500, 2))
    settings = told(gk.playground(points))
    assert settings["data"] == "own" and len(settings["sets"]["own"]) == 1000
    assert told(gk.playground("own"))["sets"]["own"] == []
    with pytest.raises(ValueError, match="np.abs"):
        gk.playground(2 * points)


@pytest.mark.parametrize(
    "given",
    [
        {"data": "circle"}, {"loss": "hing"}, {"game": "chess"}, {"rule": "in turns"},
        {"layers": ["fakes"]}, {"momentum": 0.9}, {"game": "dirac", "loss": "hinge"},
    ],
)  # fmt: skip
def test_unknown_names_are_refused(given):
    with pytest.raises(ValueError, match="Take one of"):
        gk.playground(**given)
