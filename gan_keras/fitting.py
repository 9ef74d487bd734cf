"""One run of `fit`: the order of each epoch, a stop when a loss is lost, and a clean failure."""

import keras
import numpy as np

from gan_keras import autodiff, inputs


class Watch(keras.callbacks.Callback):
    """Orders the data of each epoch, and stops a run that sees no data or loses its losses.

    `keras.callbacks.TerminateOnNaN` reads only a log named "loss", which a GAN does not have.
    """

    def __init__(self, data):
        super().__init__()
        self.data = data
        self.steps = 0

    def on_epoch_begin(self, epoch, logs=None):
        if isinstance(self.data, inputs.EpochOrder):
            self.data.shuffle(int(self.model.optimizer.iterations))

    def on_train_batch_begin(self, batch, logs=None):
        self.steps += 1

    def on_epoch_end(self, epoch, logs=None):
        if not logs:
            raise ValueError("The data set is empty: the epoch had no batch.")
        lost = [name for name, value in logs.items() if not np.isfinite(value)]
        if lost:
            raise FloatingPointError(
                f"{' and '.join(lost)} became NaN or infinite in epoch {epoch + 1}, so the weights "
                "are lost. Lower the learning rates, or go back to a checkpoint."
            )


def run(fit, model, x, callbacks, **kwargs):
    """Call `fit` with a `Watch`; leave the model usable when the first step fails.

    Args:
        fit: The `fit` of Keras, bound to `model`.
        model: A compiled model.
        x: Checked data.
        callbacks: The user's callbacks, or None.
        **kwargs: For `fit`.

    Returns:
        The `History`.

    Raises:
        ValueError: If the model is not compiled, or `inputs` refused a batch.
    """
    if not model.compiled:
        raise ValueError("Call compile() before fit().")
    watch = Watch(x)
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    values = [variable.value for variable in variables]  # references, not copies
    try:
        # First, so that no checkpoint is written of weights that are already lost.
        callbacks = [watch, *keras.tree.flatten(callbacks or [])]
        return fit(x, callbacks=callbacks, shuffle=False, **kwargs)
    except Exception as error:
        # JAX empties all variables for its first step and does not put them back if that fails.
        if autodiff.BACKEND == "jax" and watch.steps <= 1:
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        message = inputs.refusal(error)
        if message:
            raise ValueError(message) from None
        raise
    finally:
        if isinstance(x, inputs.EpochOrder):
            x.release()
