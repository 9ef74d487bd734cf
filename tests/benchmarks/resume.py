"""Runs killed at random moments and started again: do they end with the weights of an unbroken run?

    python -m tests.benchmarks.resume

Three models, twenty kills each. A process trains a small model with Keras's `BackupAndRestore` and
is killed by SIGKILL at a random moment after its first step: within a step, between two, or while a
backup is written. The same function is then started in a new process. What it ends with, weights
and moments of the optimizers, is compared bit by bit with an unbroken run. TensorFlow on a CPU.
Processes are forked before TensorFlow has begun to work, which saves the seconds of its import.
"""

import multiprocessing
import random
import resource
import shutil
import signal
import tempfile
import time
from pathlib import Path

import keras
import numpy as np

from tests import players

MODELS, KILLS, EPOCHS = ("gan", "wgan_gp", "relativistic"), 20, 4
PROCESSES = multiprocessing.get_context("fork")


def train(name, folder, begun):
    """Train in `folder`, and leave there what the run ends with; the first step sets `begun`."""
    keras.utils.set_random_seed(0)
    make, data = players.MODELS[name]
    model = make()
    signs = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: begun.set())
    backup = keras.callbacks.BackupAndRestore(folder / "backup", double_checkpoint=True)
    model.fit(
        *data(),
        batch_size=8 // getattr(model, "critic_steps", 1),  # eight steps an epoch
        epochs=EPOCHS,
        verbose=0,
        callbacks=[backup, signs],
    )
    np.savez(folder / "end.npz", *players.state(model))


def started(name, folder, begun=None):
    """A process that trains."""
    process = PROCESSES.Process(target=train, args=(name, folder, begun or PROCESSES.Event()))
    process.start()
    return process


def stepping(name, folder):
    """A process that trains, once it has taken its first step."""
    begun = PROCESSES.Event()
    process = started(name, folder, begun)
    if not begun.wait(timeout=300):
        raise TimeoutError(f"{name} took no step in five minutes.")
    return process


def ended(folder):
    """What a run ended with; nothing if it could not go on."""
    if not (folder / "end.npz").exists():
        return {}
    with np.load(folder / "end.npz") as end:
        return dict(end)


def unbroken(name, folder):
    """What an unbroken run ends with, and its seconds after the first step."""
    process, start = stepping(name, folder), time.monotonic()
    process.join()
    return ended(folder), time.monotonic() - start


def killed(name, folder, delay):
    """Kill a run after so many seconds; sooner, if it was done by then."""
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        process = stepping(name, folder)
        time.sleep(delay)
        process.kill()
        process.join()
        if process.exitcode == -signal.SIGKILL:
            return
        delay /= 2


def main():
    chance, same = random.Random(0), 0
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            whole = Path(folder, name)
            whole.mkdir()
            expected, seconds = unbroken(name, whole)
            for k in range(KILLS):
                run = Path(folder, f"{name} {k}")
                killed(name, run, chance.uniform(0, seconds))
                started(name, run).join()
                end = ended(run)
                same += end.keys() == expected.keys() and all(
                    np.array_equal(end[part], expected[part]) for part in end
                )
            print(f"{name}: {same} bit-identical so far", flush=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"{same} of {len(MODELS) * KILLS} bit-identical · {used.ru_utime + used.ru_stime:.0f} CPU s"
    )


if __name__ == "__main__":
    main()
