"""A run that was killed goes on: the same command ends with the weights of an unbroken run."""

import json
import os
import warnings
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import ops

import gan_keras
from gan_keras.engine import inputs

_RUN = "gan_keras_run"  # where a backup keeps what is not a weight


class Backup(keras.callbacks.Callback):
    """Keeps the state of a run in a folder. After a kill, the same command goes on from there.

        gan.fit(images, epochs=100, callbacks=[gk.Backup("backup")])

    The state is all that the rest of the run depends on: networks, averaged weights, the moments
    and counts of all optimizers, the states of the noise, the order of the data and the place in
    it, and the losses so far, so that the `History` is whole as well. On a CPU with TensorFlow the
    resumed run ends with the very weights of an unbroken one. Data that are no arrays must have an
    order of their own that depends on nothing but the epoch.

    A backup is written beside the last one and then takes its name in one move, so a kill while it
    is written loses nothing. The one before stays too: a damaged file is passed over, with a
    warning. Weights that are NaN or infinite are not kept. A run that comes to its end deletes its
    backups, and the next `fit` begins anew; give each `fit` of a program a folder of its own.

    Unlike `keras.callbacks.BackupAndRestore` it can go on in the middle of an epoch. Callbacks
    that keep a state of their own (`EarlyStopping`) begin anew, as they do there; so does PyTorch's
    Dropout without a seed.

    Args:
        folder: Where the backups lie; made if need be. Other files in it are left alone.
        steps: Training steps from one backup to the next, for long epochs. There is one at the end
            of every epoch in any case.

    Raises:
        ValueError: If `steps` is no whole number from 1. Before the first step: if the backup comes
            from a run with other networks, settings, data or another version, if no backup can be
            read, or if `steps` is given and the data are not arrays. The files stay as they are.
    """

    def __init__(self, folder, steps=None):
        super().__init__()
        if steps is not None:
            inputs.check_counts(steps=steps)
        self.folder, self.steps, self.settings = Path(folder), steps, None
        names = ("last", "previous", "new")
        self.last, self.previous, self.new = (self.folder / f"{n}.weights.h5" for n in names)

    def restore(self, model, data, epoch):
        """Bring `model` and `data` to the state of the last backup; `fit` calls it.

        Returns:
            The epoch in which the run goes on: `epoch` if there is no backup.
        """
        self.data = data if isinstance(data, inputs.EpochOrder) else None
        if self.steps and self.data is None:
            raise ValueError(
                "Backup(steps=...) takes up an epoch in its middle, which needs data as arrays. "
                "Leave steps out: there is a backup at the end of every epoch."
            )
        self.settings = _settings(model, self.data)
        self.start, self.logs, self.resumed = _steps(model), [], None
        path, state = self._newest()
        if path is None:
            return epoch
        self._check(state)
        model.load_weights(path)
        model.seed = state["seed"]
        if self.data is not None and self.data.seed is not None:
            self.data.seed = model.seed
        self.start, self.logs, self.resumed = state["start"], state["logs"], state
        return state["epoch"]

    def whole(self, history):
        """The `History` of all epochs, those before the kill included."""
        history.epoch, history.history = [epoch for epoch, _ in self.logs], {}
        for _, logs in self.logs:
            for name, value in logs.items():
                history.history.setdefault(name, []).append(value)
        return history

    def on_train_begin(self, logs=None):
        if self.settings is None:
            raise ValueError(
                f"Backup knows the models of gan_keras, and not this {type(self.model).__name__}. "
                "Take keras.callbacks.BackupAndRestore."
            )

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.saved = epoch, 0
        self.began = _steps(self.model)
        state, self.resumed = self.resumed, None
        if state and state["step"]:  # in the middle of this epoch
            self.began, self.saved = state["began"], state["step"]
            self.data.shuffle(self.began, skip=self.saved)
            for variable, sums in zip(self.model.metrics_variables, state["sums"], strict=True):
                variable.assign(sums)

    def on_train_batch_end(self, batch, logs=None):
        if self.steps is None:
            return
        step = self.data.skipped + batch + 1
        if step - self.saved >= self.steps and batch + 1 < len(self.data):
            self._save(self.epoch, step)
            self.saved = step

    def on_epoch_end(self, epoch, logs=None):
        self.logs.append([epoch, {name: float(value) for name, value in (logs or {}).items()}])
        self._save(epoch + 1, 0)

    def on_train_end(self, logs=None):
        for path in (self.last, self.previous, self.new):
            path.unlink(missing_ok=True)
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _save(self, epoch, step):
        if not all(np.isfinite(weights).all() for weights in self.model.get_weights()):
            return  # a lost run; the last good backup stays
        state = {
            "settings": self.settings,
            "start": self.start,
            "seed": self.model.seed,
            "epoch": epoch,
            "step": step,
            "began": self.began,
            "sums": [ops.convert_to_numpy(v).tolist() for v in self.model.metrics_variables],
            "logs": self.logs,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model.save_weights(self.new, overwrite=True)
        with h5py.File(self.new, "a") as file:
            file[_RUN] = json.dumps(state)
        with open(self.new, "rb+") as file:
            os.fsync(file.fileno())  # on the disk before it takes the place of the last one
        if self.last.exists():
            os.replace(self.last, self.previous)
        os.replace(self.new, self.last)

    def _newest(self):
        """Path and state of the newest backup that can be read; (None, None) if there is none."""
        paths = [path for path in (self.last, self.previous) if path.exists()]
        for path in paths:
            try:
                with h5py.File(path) as file:
                    return path, json.loads(file[_RUN][()])
            except (OSError, KeyError):
                damaged = f"{path} is cut off, damaged or no backup"
                if path != paths[-1]:
                    warnings.warn(f"{damaged}. Going on from {paths[-1]}.", stacklevel=2)
        if paths:
            raise ValueError(f"{damaged}. Delete {self.folder} to begin anew.")
        return None, None

    def _check(self, state):
        """Refuse the state of another run."""
        theirs, ours = state["settings"], self.settings
        for name in {**theirs, **ours}:
            if theirs.get(name) != ours.get(name):
                raise ValueError(
                    f"The backup in {self.folder} comes from another run: {name} is "
                    f"{theirs.get(name)} there and {ours.get(name)} here. Start the "
                    "program that made it from its first line, give another folder, or delete this "
                    "one to begin anew."
                )
        if state["start"] > self.start:
            raise ValueError(
                f"The backup in {self.folder} comes from a run that began after {state['start']} "
                f"steps of the model, this one begins after {self.start}. Give each fit a folder "
                "of its own."
            )


def _steps(model):
    return int(ops.convert_to_numpy(model.optimizer.iterations))


def _settings(model, data):
    """What must not change for a run to go on: a flat dictionary, as JSON gives it back.

    Names of layers and optimizers are left out: they depend on how many were made before.
    """
    own = {
        name: value
        for name, value in model.get_config().items()
        if name not in ("name", "seed") and not isinstance(value, dict)
    }
    leaves = keras.tree.flatten_with_path(model.get_compile_config())
    settings = {
        "class": type(model).__name__,
        "gan_keras": gan_keras.__version__,
        "backend": keras.backend.backend(),
        **own,
        **{f"variable {i} ({v.name})": list(v.shape) for i, v in enumerate(model.variables)},
        **{"/".join(map(str, path)): leaf for path, leaf in leaves if path[-1] != "name"},
    }
    if data is not None:
        settings |= {"samples": len(data.order), "samples a step": data.batch_size}
    return json.loads(json.dumps(settings, default=str))
