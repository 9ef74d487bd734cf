"""One run of `fit`: the order of each epoch, a stop when a loss is lost, and a clean failure."""

import warnings

import keras
import numpy as np

from gan_keras.engine import autodiff, inputs
from gan_keras.engine.backup import Backup

EMPTY = "The data set is empty: the epoch had no batch."
OPTIONS = ("run_eagerly", "steps_per_execution", "jit_compile")  # what else `compile` takes


class Watch(keras.callbacks.Callback):
    """Orders the data of each epoch, and stops a run that sees no data or loses its losses.

    `keras.callbacks.TerminateOnNaN` reads only a log named "loss", which a GAN does not have.
    """

    def __init__(self, data):
        super().__init__()
        self.data = data
        self.steps = 0  # done

    def on_epoch_begin(self, epoch, logs=None):
        if isinstance(self.data, inputs.EpochOrder):
            self.data.shuffle(int(keras.ops.convert_to_numpy(self.model.optimizer.iterations)))

    def on_train_batch_begin(self, batch, logs=None):
        if isinstance(self.data, inputs.EpochOrder) and batch >= len(self.data):
            # A resumed epoch is shorter than Keras takes it to be. On TensorFlow, a step that finds
            # no data has drawn its noise already.
            raise StopIteration

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1

    def on_epoch_end(self, epoch, logs=None):
        if not logs:
            raise ValueError(EMPTY)
        lost = [name for name, value in logs.items() if not np.isfinite(value)]
        if lost:
            raise FloatingPointError(
                f"{' and '.join(lost)} became NaN or infinite in epoch {epoch + 1}, so the weights "
                "are lost. Lower the learning rates, or go back to a checkpoint."
            )


def check_options(options):
    """Check what `compile` hands on to Keras.

    Raises:
        ValueError: If one is not in `OPTIONS`: metrics, for one, would be dropped in silence.
    """
    if unknown := set(options) - set(OPTIONS):
        raise ValueError(
            f"compile() does not take {', '.join(sorted(unknown))}. Besides optimizers and loss it "
            f"takes {', '.join(OPTIONS)}."
        )


def check_optimizers(**optimizers):
    """Check optimizers, given by name.

    Raises:
        ValueError: If a learning rate is negative, which would climb instead of descend, or NaN; or
            if an optimizer divides by a scale that no loss here is multiplied by.
    """
    for name, optimizer in optimizers.items():
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            raise ValueError(
                f"{name} is a LossScaleOptimizer, but these models do not scale their losses: its "
                "steps would be far too small. Give the optimizer inside it; for speed take the "
                "policy mixed_bfloat16, which needs no scale."
            )
        # Of a schedule, where it begins.
        rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        if not rate >= 0:
            raise ValueError(f"The learning rate of {name} is {rate:g}: it must not be negative.")


def run(fit, model, x, callbacks, **kwargs):
    """Call `fit` with a `Watch`; leave the model usable when a step fails or is interrupted.

    Args:
        fit: The `fit` of Keras, bound to `model`.
        model: A compiled model.
        x: Checked data.
        callbacks: The user's callbacks, or None.
        **kwargs: For `fit`.

    Returns:
        The `History`.

    Raises:
        ValueError: If the model is not compiled, an argument is none that `fit` can use, or
            `inputs` refused a batch.
    """
    if not model.compiled:
        raise ValueError("Call compile() before fit().")
    callbacks = keras.tree.flatten(callbacks or [])
    _check_arguments(callbacks, **kwargs)
    watch = Watch(x)
    # Last, so that a backup holds what the others have changed, such as learning rates.
    callbacks.sort(key=lambda callback: isinstance(callback, Backup))
    backup = callbacks[-1] if callbacks and isinstance(callbacks[-1], Backup) else None
    if backup:
        kwargs["initial_epoch"] = backup.restore(model, x, kwargs.get("initial_epoch", 0))
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    values = [variable.value for variable in variables]  # references, not copies
    try:
        # First, so that no checkpoint is written of weights that are already lost.
        with warnings.catch_warnings():
            if backup:  # which may begin with the rest of an epoch
                warnings.filterwarnings("ignore", "Your input ran out of data")
            history = fit(x, callbacks=[watch, *callbacks], shuffle=False, **kwargs)
        return backup.whole(history) if backup else history
    except BaseException as error:  # an interrupted kernel too
        if autodiff.BACKEND == "jax":
            _put_back(model, variables, values, watch.steps)
        # Keras on JAX fails on the logs of an epoch without a batch.
        lacks_logs = isinstance(error, UnboundLocalError) and "'logs'" in str(error)
        empty = lacks_logs and not watch.steps
        message = EMPTY if empty else inputs.refusal(error)
        if message:
            raise ValueError(message) from None
        raise
    finally:
        if isinstance(x, inputs.EpochOrder):
            x.release()


def _put_back(model, variables, values, steps):
    """Fill the variables, which JAX empties for its steps and Keras fills when an epoch ends."""
    if steps:
        model.jax_state_sync()
    else:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def _check_arguments(callbacks, epochs=1, sample_weight=None, class_weight=None, **_):
    inputs.check_counts(epochs=epochs)
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            raise ValueError(
                f"callbacks holds {callback!r}, which is no callback. Give objects: "
                "Doctor(images), not Doctor."
            )
        if isinstance(callback, keras.callbacks.BackupAndRestore) and callback.save_freq != "epoch":
            raise ValueError(
                "BackupAndRestore with save_freq in batches begins an epoch anew with weights from "
                "its middle. Take gan_keras.Backup(folder, steps=...)."
            )
    if sample_weight is not None or class_weight is not None:
        raise ValueError(
            "sample_weight and class_weight have no place here: all samples weigh the same. Leave "
            "out samples, or repeat them."
        )
