"""A run that was killed goes on, and ends with the weights of an unbroken one."""

import signal
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest

import gan_keras as gk
from tests import players


def small(width=4, averaging=None, **options):
    """A GAN that costs next to nothing."""
    networks = gk.networks
    nets = networks.mlp_generator(2, (2,), (width,), None), networks.mlp_discriminator((2,), (4,))
    return players.compiled(gk.GAN(*nets, seed=5, averaging=averaging), **options)


def points():
    return np.random.default_rng(0).normal(size=(64, 2)).astype("float32")


class Stop(keras.callbacks.Callback):
    """Breaks a run off after so many steps, in the middle of an epoch."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps -= 1
        if self.steps == 0:
            raise KeyboardInterrupt


class Runs:
    """Runs of one model from the same weights, over three epochs of four steps.

    It is compiled once, which is what costs.
    """

    def __init__(self, make, data, folder):
        self.model, self.data, self.start = make(), data(), folder / "start.weights.h5"
        self.model.save_weights(self.start)
        self.history, self.end = self.run(), self.state()

    def run(self, *callbacks, **options):
        self.model.load_weights(self.start)
        return self.go_on(*callbacks, **options)

    def go_on(self, *callbacks, **options):
        batch_size = 16 // getattr(self.model, "critic_steps", 1)
        options = {"batch_size": batch_size, "epochs": 3, "verbose": 0, **options}
        return self.model.fit(*self.data, callbacks=[*callbacks], **options)

    def broken(self, *callbacks, steps=7):
        """A run that is broken off, by default before the last step of the second epoch."""
        with pytest.raises(KeyboardInterrupt):
            self.run(*callbacks, Stop(steps))

    def state(self):
        return players.state(self.model)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """`Runs` by the model's name, made once."""
    known = {}

    def of(name):
        if name not in known:
            keras.utils.set_random_seed(0)
            made_of = {"small": (small, lambda: (points(),)), **players.RESTORABLE}[name]
            known[name] = Runs(*made_of, tmp_path_factory.mktemp(name))
        return known[name]

    return of


@pytest.mark.parametrize("name", players.RESTORABLE)
def test_a_broken_run_ends_with_the_weights_of_an_unbroken_one(runs, name, tmp_path):
    of, weights = runs(name), str(tmp_path / "{epoch}.weights.h5")

    def ours():
        return gk.Backup(tmp_path / "ours", steps=2)

    def kerass():
        return keras.callbacks.BackupAndRestore(tmp_path / "kerass")

    of.broken(ours(), kerass(), keras.callbacks.ModelCheckpoint(weights, save_weights_only=True))
    of.broken(ours(), steps=4)  # taken up in the second epoch, broken off in the third
    history = of.run(ours())
    assert players.equal(of.state(), of.end)
    assert history.history == of.history.history
    assert history.epoch == of.history.epoch == [0, 1, 2]
    assert not (tmp_path / "ours").exists()

    # Keras's own callbacks do so from the end of an epoch.
    of.run(kerass())
    assert players.equal(of.state(), of.end)
    of.model.load_weights(weights.format(epoch=1))
    of.go_on(initial_epoch=1)
    assert players.equal(of.state(), of.end)


def test_at_the_ends_of_epochs_it_needs_no_steps(runs, tmp_path):
    of = runs("small")
    of.broken(gk.Backup(tmp_path))
    of.broken(gk.Backup(tmp_path), steps=6)
    of.run(gk.Backup(tmp_path))
    assert players.equal(of.state(), of.end)


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras takes one step at a time")
def test_several_steps_at_once_are_resumed_too(tmp_path):
    of = Runs(lambda: small(steps_per_execution=2), lambda: (points(),), tmp_path)
    of.broken(gk.Backup(tmp_path / "backup", steps=2), steps=4)  # times two: at the end of an epoch
    of.run(gk.Backup(tmp_path / "backup", steps=2))
    assert players.equal(of.state(), of.end)


def test_a_run_taken_up_in_the_same_kernel_goes_back_to_its_backup(runs, tmp_path):
    of = runs("small")
    of.broken(gk.Backup(tmp_path, 2))
    of.go_on(gk.Backup(tmp_path, 2))  # the model is where it was broken off
    assert players.equal(of.state(), of.end)


def test_a_run_without_a_seed_keeps_the_one_that_it_drew(runs, tmp_path):
    of = runs("small")
    of.broken(gk.Backup(tmp_path, 2))
    seed, of.model.seed = of.model.seed, 77
    of.run(gk.Backup(tmp_path, 2))
    assert of.model.seed == seed
    assert players.equal(of.state(), of.end)


def test_what_other_callbacks_changed_is_kept(runs, tmp_path):
    """A rate halved after the first epoch stays halved: the backup is made after all others."""

    def halve(epoch, logs):
        if epoch == 0:
            of.model.g_optimizer.learning_rate = 5e-4

    def callbacks():
        return gk.Backup(tmp_path), keras.callbacks.LambdaCallback(on_epoch_end=halve)

    of = runs("small")
    of.run(*callbacks())
    end = of.state()
    of.broken(*callbacks())
    of.run(*callbacks())
    assert players.equal(of.state(), end)
    assert not players.equal(of.state(), of.end)


def test_a_run_killed_after_its_last_epoch_is_whole(runs, tmp_path):
    def end(logs):
        raise KeyboardInterrupt

    of = runs("small")
    with pytest.raises(KeyboardInterrupt):
        of.run(gk.Backup(tmp_path), keras.callbacks.LambdaCallback(on_train_end=end))
    history = of.run(gk.Backup(tmp_path))
    assert history.history == of.history.history
    assert players.equal(of.state(), of.end)


def test_other_files_in_the_folder_stay(runs, tmp_path):
    (tmp_path / "thesis.txt").write_text("Years of work.")
    runs("small").run(gk.Backup(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_lost_run_keeps_the_last_good_backup(runs, tmp_path):
    def lose(batch, logs):
        if keras.backend.backend() == "jax":
            of.model.jax_state_sync()  # between two steps the variables are empty there
        if of.model.optimizer.iterations == 7:
            of.model.g_optimizer.learning_rate = np.inf

    of = runs("small")
    lost = keras.callbacks.LambdaCallback(on_train_batch_end=lose)
    # The losses of epoch 2 are still finite: both are taken before the generator moves.
    with pytest.raises(FloatingPointError, match="epoch 3"):
        of.run(gk.Backup(tmp_path, 2), lost)
    of.run(gk.Backup(tmp_path, 2))
    assert players.equal(of.state(), of.end)


# A kill while a backup is written, and damage.


def two_backups(of, folder):
    of.broken(gk.Backup(folder), steps=11)
    assert [path.name for path in sorted(folder.iterdir())] == [
        "last.weights.h5",
        "previous.weights.h5",
    ]
    return folder / "last.weights.h5", folder / "previous.weights.h5"


@pytest.mark.parametrize("at", ["save_weights", "File", "fsync", "replace last", "replace new"])
def test_a_kill_while_a_backup_is_written_loses_nothing(runs, at, tmp_path, monkeypatch):
    """The second backup is broken off at every one of its steps."""
    of = runs("small")

    def killed_at(owner, name, when):
        work = getattr(owner, name)

        def work_until_killed(*arguments, **options):
            if epochs and when(arguments):
                raise KeyboardInterrupt
            return work(*arguments, **options)

        monkeypatch.setattr(owner, name, work_until_killed)

    epochs = []
    end = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: epochs.extend([epoch] * (epoch == 1))
    )
    name, *file = at.split()
    owner = {"save_weights": of.model, "File": h5py}.get(name, gk.backup.os)
    killed_at(
        owner, name, lambda arguments: not file or arguments[0].name == f"{file[0]}.weights.h5"
    )
    with pytest.raises(KeyboardInterrupt):
        of.run(end, gk.Backup(tmp_path))
    monkeypatch.undo()
    of.run(gk.Backup(tmp_path))
    assert players.equal(of.state(), of.end)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_backup_that_is_cut_off_is_passed_over(runs, share, tmp_path):
    of = runs("small")
    last, previous = two_backups(of, tmp_path)
    last.write_bytes(last.read_bytes()[: int(share * last.stat().st_size)])
    with pytest.warns(UserWarning, match="is cut off.*Going on from .*previous"):
        of.run(gk.Backup(tmp_path))
    assert players.equal(of.state(), of.end)


def test_without_a_whole_backup_the_run_says_so_and_deletes_nothing(runs, tmp_path):
    of = runs("small")
    last, previous = two_backups(of, tmp_path)
    previous.unlink()
    last.write_bytes(last.read_bytes()[:-1])
    damaged = last.read_bytes()
    with pytest.raises(ValueError, match="is cut off, damaged or no backup. Delete"):
        of.run(gk.Backup(tmp_path))
    assert last.read_bytes() == damaged


# The backup of another run.


def small_wgan_gp():
    networks = gk.networks
    nets = networks.mlp_generator(2, (2,), (4,), None), networks.mlp_discriminator((2,), (4,))
    return players.compiled(gk.WGANGP(*nets, critic_steps=1, seed=5))


OTHERS = {
    "another class": (small_wgan_gp, {}, "class is GAN there and WGANGP here"),
    "other networks": (lambda: small(width=5), {}, r"variable \d+ .* is \[2, 4\] .* \[2, 5\] here"),
    "averaged weights": (lambda: small(averaging=0.9), {}, "averaging is None there and 0.9 here"),
    "another rate": (
        lambda: small(g_optimizer=keras.optimizers.Adam(0.5, beta_1=0.5)),
        {},
        "g_optimizer/config/learning_rate is 0.001.* there and 0.5 here",
    ),
    "another loss": (lambda: small(loss="hinge"), {}, "loss is non_saturating .* and hinge"),
    "another batch": (small, {"batch_size": 8}, "samples a step is 16 there and 8 here"),
}


@pytest.mark.parametrize(("make", "options", "message"), OTHERS.values(), ids=OTHERS)
def test_the_backup_of_another_run_is_refused(runs, make, options, message, tmp_path):
    of = runs("small")
    of.broken(gk.Backup(tmp_path))
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    model = make()
    before = players.values(model)
    with pytest.raises(ValueError, match=f"comes from another run: .*{message}"):
        model.fit(
            points(),
            **{"batch_size": 16, "verbose": 0, "callbacks": [gk.Backup(tmp_path)], **options},
        )
    assert players.equal(players.values(model), before)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_the_backup_of_another_version_is_refused(runs, tmp_path, monkeypatch):
    of = runs("small")
    of.broken(gk.Backup(tmp_path))
    monkeypatch.setattr(gk, "__version__", "9.0")
    with pytest.raises(ValueError, match="gan_keras is .* there and 9.0 here"):
        of.run(gk.Backup(tmp_path))


def test_the_backup_of_a_later_fit_is_refused(runs, tmp_path):
    """A program of two fits that share a folder, killed in the second and started again."""
    of = runs("small")
    of.run(gk.Backup(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        of.go_on(gk.Backup(tmp_path), Stop(7))
    with pytest.raises(ValueError, match="after 12 steps.*begins after 0.*folder of its own"):
        of.run(gk.Backup(tmp_path))


def test_kerass_backups_within_an_epoch_are_refused(runs, tmp_path):
    callback = keras.callbacks.BackupAndRestore(tmp_path, save_freq=2)
    with pytest.raises(ValueError, match=r"Take gan_keras.Backup\(folder, steps"):
        runs("small").run(callback)


def test_other_models_are_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(ValueError, match="models of gan_keras, and not this Sequential"):
        model.fit(points(), points()[:, :1], verbose=0, callbacks=[gk.Backup(tmp_path)])


def test_steps_want_arrays(runs, tmp_path):
    batches = (points() for _ in range(3))
    with pytest.raises(ValueError, match="needs data as arrays"):
        runs("small").model.fit(batches, callbacks=[gk.Backup(tmp_path, steps=2)])


# The kill itself, and the program started again.

PROGRAM = """
import os, signal, sys
import keras
import gan_keras as gk
from tests import players

class Kill(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if self.model.optimizer.iterations == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

keras.utils.set_random_seed(0)
model = players.gan()
callbacks = [gk.Backup(sys.argv[1], steps=2), Kill()]
model.fit(players.images(), batch_size=16, epochs=3, verbose=0, callbacks=callbacks)
model.save_weights(sys.argv[3])
"""


def test_killed_and_started_again_a_program_ends_with_the_weights_of_an_unbroken_one(
    runs, tmp_path
):
    of, result = runs("gan"), tmp_path / "end.weights.h5"

    def program(kill_at):
        command = [sys.executable, "-c", PROGRAM, tmp_path / "backup", str(kill_at), result]
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode

    assert program(kill_at=7) == -signal.SIGKILL
    assert program(kill_at=-1) == 0
    of.model.load_weights(result)
    assert players.equal(of.state(), of.end)
