"""The doctor names what is broken, leaves healthy runs alone, and changes nothing."""

import keras
import numpy as np
import pytest
from keras.optimizers import SGD, Adam

import gan_keras as gk
from gan_keras.measure.doctor import ADVICE, Doctor
from tests import players
from tests.benchmarks import doctor as runs


def names(doctor):
    return [finding.name for finding in doctor.findings]


@pytest.mark.parametrize("name", ["collapse", "NaN", "oscillation", "frozen player"])
def test_broken_runs_on_points_are_named_first(name):
    """Or in two other runs: where a chaotic run goes, another CPU's rounding may decide."""
    make, data = runs.BROKEN[name]

    def said_first(seed):  # on these seeds no threshold was set
        doctor, _ = runs.examine(make(seed), data(), epochs=9)
        return names(doctor)[:1] == [name] and ADVICE[name] in str(doctor)

    assert said_first(3) or (said_first(4) and said_first(5))


@pytest.mark.parametrize("name", ["saturated discriminator", "wrong scale"])
def test_broken_runs_on_images_are_named_first(name):
    make, data = runs.BROKEN[name]
    doctor, _ = runs.examine(make(3), data(), epochs=3, steps=40)
    assert names(doctor)[0] == name


@pytest.mark.parametrize(
    ("model", "options"),
    [(gk.GAN, {}), (gk.GAN, {"loss": "least_squares"}), (gk.RelativisticGAN, {})],
)
def test_healthy_runs_on_points_raise_no_alarm(model, options):
    _, alarms = runs.examine(runs.points_model(4, model=model, **options), runs.ring(), epochs=8)
    assert not alarms


def test_healthy_run_on_images_raises_no_alarm():
    doctor, alarms = runs.examine(runs.dcgan_model(4, (28, 28, 1)), runs.digits(), 5, steps=20)
    assert not alarms
    assert str(doctor) == "Nothing wrong found in 5 looks."


def test_frozen_discriminator_is_told_from_a_frozen_generator():
    gan = runs.points_model(0, Adam(1e-3), Adam(0.0))
    doctor, _ = runs.examine(gan, runs.ring(), epochs=3, steps=10)
    assert doctor.findings[0].name == "frozen player"
    assert "the discriminator" in doctor.findings[0].evidence
    assert "the generator" not in doctor.findings[0].evidence


def test_nan_is_found_in_an_epoch_that_fit_does_not_finish():
    gan = runs.points_model(0, SGD(1e30), SGD(1e30), last=None)
    doctor, alarms = runs.examine(gan, runs.ring(), epochs=2, steps=10)
    assert names(doctor) == ["NaN"] and alarms == {"NaN": 0}
    assert "of epoch 1" in doctor.findings[0].evidence
    assert doctor.history == {}


@pytest.mark.parametrize("make", [players.gan, players.wgan_gp])
def test_a_run_with_a_doctor_ends_with_the_weights_of_one_without(make):
    """With dropout, noise and BatchNorm in the players, whose states must not move either."""
    ends = []
    for doctors in ([], [Doctor(players.images())]):
        keras.utils.set_random_seed(0)
        model = players.with_sgd(make(**players.QUICK))
        model.fit(players.images(), batch_size=32, epochs=2, verbose=0, callbacks=doctors)
        ends.append(players.state(model))
    assert players.close(*ends)


@pytest.mark.parametrize("kind", [gk.GAN, gk.RelativisticGAN, gk.WGANGP])
def test_history_has_an_entry_a_look_for_every_curve(kind):
    model = kind(players.generator(), players.discriminator(), seed=5, averaging=0.9)
    doctor = Doctor(players.images(), every=2)
    images = players.images(model.samples_a_step(8))
    players.compiled(model, **players.QUICK).fit(
        images, batch_size=8, epochs=5, verbose=0, callbacks=[doctor]
    )
    assert {"d_loss", "g_loss", "ranked", "variety", "swing", "g_moved"} <= set(doctor.history)
    assert all(len(curve) == 2 and np.isfinite(curve).all() for curve in doctor.history.values())
    assert 0 <= min(doctor.history["ranked"]) <= max(doctor.history["ranked"]) <= 1


def looks(real, fakes, kind=gk.GAN, **options):
    """The curves of a doctor that looks at fakes W z + b, one look for each (W, b)."""
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    discriminator.set_weights([np.float32([[1], [0]]), np.zeros(1)])
    doctor = Doctor(real)
    doctor.set_model(players.compiled(kind(generator, discriminator), **options))
    doctor.on_train_begin()
    for epoch, weights in enumerate(fakes):
        generator.set_weights(weights)
        doctor.on_epoch_end(epoch, {"d_loss": 0.0, "g_loss": 0.0})
    return {name: np.array(curve) for name, curve in doctor.history.items()}


def test_curves_mean_what_they_say():
    """Against fakes that are known: alike, half as wide, and then 3 spreads away, for two looks."""
    real = np.random.default_rng(0).standard_normal((500, 2)).astype("float32")
    alike, narrow = (np.eye(2), np.zeros(2)), (0.5 * np.eye(2), np.zeros(2))
    away = 0.5 * np.eye(2), np.array([3 * np.sqrt(2), 0])
    curves = looks(real, [alike, narrow, away, away])
    assert curves["variety"] == pytest.approx([1, 0.5, 0.5, 0.5], abs=0.05)
    assert curves["size"][:2] == pytest.approx([1, 0.5], abs=0.05)
    assert curves["swing"] == pytest.approx([0, 0, 3, 0], abs=0.2)
    assert curves["distance"][0] < 0.05 < curves["distance"][1] < 1 < curves["distance"][2]
    assert curves["ranked"][0] == pytest.approx(0.5, abs=0.05) and curves["ranked"][2] < 0.01
    assert (curves["g_moved"][:3] > 0).all() and curves["g_moved"][3] == 0
    assert not curves["d_moved"].any()


@pytest.mark.parametrize(
    ("kind", "options", "slope"),
    [
        (gk.GAN, {"loss": "minimax"}, 1 / (1 + np.exp(-2))),
        (gk.GAN, {"loss": "hinge"}, 1),
        (gk.RelativisticGAN, {}, 1 / (1 + np.exp(-7))),
    ],
    ids=["minimax", "hinge", "relativistic"],
)
def test_slope_is_that_of_the_loss_in_play(kind, options, slope):
    """Every real sample has the logit 9, every fake 2."""
    real = np.stack([np.full(40, 9.0), np.arange(40)], axis=1).astype("float32")
    curves = looks(real, [(np.zeros((2, 2)), np.array([2.0, 0.0]))], kind, **options)
    assert curves["slope"] == pytest.approx([slope], abs=1e-4)


@pytest.mark.parametrize(
    ("real", "message"),
    [
        (np.zeros((64, 9, 9, 1), "float32"), "shape"),
        (np.full((64, *players.SHAPE), 7.0, "float32"), "lie"),
        (players.images(10), "real_samples=10"),
        (np.full((64, *players.SHAPE), -0.5, "float32"), "all alike"),
    ],
    ids=["shape", "range", "few", "alike"],
)
def test_real_samples_that_do_not_fit_are_refused_before_the_first_step(real, message):
    model = players.gan()
    before = players.values(model)
    with pytest.raises(ValueError, match=message):
        model.fit(players.images(), batch_size=16, verbose=0, callbacks=[Doctor(real)])
    assert players.equal(before, players.values(model))


@pytest.mark.parametrize("name", ["vae", "conditional"])
def test_games_that_it_does_not_know_are_refused(name):
    make, data = players.MODELS[name]
    with pytest.raises(ValueError, match="games of noise and one score"):
        make().fit(*data(), batch_size=16, verbose=0, callbacks=[Doctor(players.images())])
