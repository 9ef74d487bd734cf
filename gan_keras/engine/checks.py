"""What would fail in silence is refused, in a sentence: numbers, networks, and the data of `fit`.

What Python, NumPy or Keras refuses by itself is left to them.
"""

import math
import numbers

import keras
import numpy as np
from keras import ops

IMAGES = (-1.0, 1.0)  # pixels, throughout the package
_RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
_KEEP_VALUES = "reshape flatten permute cropping2d upsampling2d dropout identity activation".split()
_BOUNDED = (
    "sigmoid hard_sigmoid log_sigmoid softmax log_softmax tanh hard_tanh relu relu6 elu selu celu "
    "softplus softsign squareplus exponential"
).split()


def counts(least=1, **values):
    """Whole numbers, `least` or more: half a step, or k = 0, would count something else."""
    for name, value in values.items():
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not whole or value < least:
            raise ValueError(f"{name}={value!r} must be a whole number from {least}.")


def weights(least=0.0, **values):
    """Finite numbers: a negative weight would reward what a penalty punishes."""
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or not least <= value < math.inf:
            raise ValueError(f"{name}={value!r} must be a finite number, {least:g} or more.")


def scalars(**values):
    """Losses: a forgotten mean would train the sum."""
    for name, value in values.items():
        if len(getattr(value, "shape", ())):
            raise ValueError(f"{name} must be a scalar, not {tuple(value.shape)}: take the mean.")


def same_shape(**arrays):
    """Arrays of one shape, as far as it is known: others would be broadcast."""
    shapes = [shape_of(array) for array in arrays.values()]
    if not all(fits(shape, shapes[0]) for shape in shapes):
        told = " and ".join(f"{name} {shape}" for name, shape in zip(arrays, shapes, strict=True))
        raise ValueError(f"Expected one and the same shape, got {told}.")


def same_length(*arrays):
    """Arrays whose rows belong together."""
    lengths = [len(array) for array in arrays]
    if len({*lengths}) > 1:
        raise ValueError(f"The arrays differ in length, {lengths}, but row i belongs to row i.")


def divisible(size, parts):
    """A batch for WGANGP, each of whose critic steps takes a part of it."""
    if size is not None and size % parts:
        raise ValueError(
            f"A batch of {size} real samples cannot be split into {parts} critic steps. Let the "
            "data set yield critic_steps x batch_size, with drop_remainder=True."
        )


def players(**networks):
    """Networks that know their shapes, can learn, and have one input and one output."""
    for role, network in networks.items():
        known = isinstance(network, keras.Model) and network.built
        if not known or not hasattr(network, "input_shape"):
            raise ValueError(
                f"The {role} must be a built Sequential or functional keras.Model that knows its "
                f"shapes, not {network!r}: begin it with keras.Input(shape)."
            )
        if len(network.inputs) != 1 or len(network.outputs) != 1:
            raise ValueError(
                f"The {role} has {len(network.inputs)} inputs and {len(network.outputs)} outputs; "
                "here it has one of each. ConditionalGAN's generator reads noise and label joined."
            )
        if not network.trainable_variables:
            raise ValueError(
                f"The {role} has no trainable variables, so it cannot learn. No player is frozen "
                "here: each has an optimizer of its own."
            )


def logits(discriminator):
    """A score without bounds: every loss here takes logits, and would squash it twice."""
    name = _last_activation(discriminator)
    if name in _BOUNDED:
        raise ValueError(
            f"The discriminator ends in a {name}, but the losses take logits: they would "
            "squash twice, and a sure discriminator would give no gradient. Remove the "
            "activation from the last layer."
        )


def value_range(generator):
    """Range of the generator's output, (-1, 1) or (0, 1); None if it is not bounded like that."""
    return _RANGES.get(_last_activation(generator))


def _last_activation(network):
    """The name of the activation that a network's output comes from unchanged, or None."""
    for layer in reversed(getattr(network, "operations", network.layers)):
        if isinstance(layer, keras.Model):
            return _last_activation(layer)
        kind = type(layer).__name__.lower()
        name = getattr(getattr(layer, "activation", None), "__name__", None)
        if hasattr(layer, "activation") and (kind, name) != ("activation", "linear"):
            return name
        if kind not in _KEEP_VALUES:  # an activation as a layer or as an operation, or another
            return next((name for name in _BOUNDED if kind == name.replace("_", "")), None)
    return None


def optimizers(**named):
    """One for each side, whose steps go down and are not divided by a scale."""
    if len({*map(id, named.values())}) < len(named):
        raise ValueError("Both players share one optimizer object. Make two: its state is one.")
    for name, optimizer in named.items():
        scales = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if scales or optimizer.loss_scale_factor is not None:
            raise ValueError(
                f"{name} divides by a loss scale, but no loss is scaled here: its steps would be "
                "far too small. Give an optimizer without one; mixed_bfloat16 needs none."
            )
        rate = float(ops.convert_to_numpy(optimizer.learning_rate))  # a schedule's, at its start
        weights(**{f"the learning rate of {name}": rate})


def habits(model, callbacks, sample_weight=None, class_weight=None, validation_data=None, **more):
    """What Keras users give to `fit` that would be dropped, or do harm, in silence."""
    if [v.path for v in model.trainable_variables] != model.trained:
        raise ValueError(
            "Call compile() before fit(), and again, with new optimizers, once a layer is frozen, "
            "or no longer: optimizers and compiled steps keep what was trainable before."
        )
    counts(epochs=more.get("epochs", 1))
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.BackupAndRestore) and callback.save_freq != "epoch":
            raise ValueError(
                "BackupAndRestore with save_freq in batches begins an epoch anew with weights of "
                'its middle. Take save_freq="epoch".'
            )
    if sample_weight is not None or class_weight is not None:
        raise ValueError("All samples weigh the same: sample_weight and class_weight do nothing.")
    if more.get("validation_split"):
        raise ValueError(
            "In place of validation_split: fit(images[n:], validation_data=images[:n])."
        )
    if validation_data is not None and type(model).test_step is keras.Model.test_step:
        raise ValueError("A GAN has no validation loss: give held-out samples to evaluate().")


class Samples:
    """Floating-point samples of one shape, in the range of what they are compared with.

    A size in `shape` may be None, `allowed` is `(minimum, maximum)` or None. A whole set that is
    `real` must go below 0 where the range does; fakes need not.
    """

    def __init__(self, shape, allowed=None, real=True):
        self.shape, self.allowed, self.real = tuple(shape), allowed, real

    def structure(self, batch):
        """What can be known without values, of a batch or while a step is traced."""
        if not hasattr(batch, "shape") or not hasattr(batch, "dtype"):
            raise ValueError(
                f"Expected a batch of shape {(None, *self.shape)}, got {type(batch).__name__}. "
                "Give one array, or let the data set yield images, or (images, labels)."
            )
        shape = shape_of(batch)
        if not fits(shape, (None, *self.shape)):
            remedy = _remedy(shape, self.shape)
            raise ValueError(f"Expected samples of shape {self.shape}, got {shape[1:]}.{remedy}")
        if "float" not in dtype_name(batch):
            pixels = len(self.shape) == 3
            way = "gan_keras.data.scale_pixels(x)" if pixels else "of tokens take one-hot rows"
            raise ValueError(f"Expected floating-point samples, got {dtype_name(batch)}: {way}.")

    def batch(self, batch):
        """The batch as float32, for the first line of a training step."""
        self.structure(batch)
        return ops.cast(batch, "float32")

    def __call__(self, samples):
        """Samples with their values checked, as a NumPy array: a batch, a query, or fakes."""
        self.structure(samples)
        samples = as_numpy(samples)
        if not len(samples):
            return samples
        low, high = samples.min(), samples.max()  # one NaN makes both NaN
        if not max(-low, high) <= np.finfo("float32").max:
            raise ValueError("The data contain NaN or infinite values. Remove those samples.")
        if self.allowed and (low < self.allowed[0] - 1e-3 or high > self.allowed[1] + 1e-3):
            self.refuse(low, high)
        return samples

    def whole(self, samples):
        """As a call, of a whole set: real images that never go below 0 were not shifted."""
        samples = self(samples)
        if len(samples) and self.one_sided(low := samples.min()):
            self.refuse(low, samples.max())
        return samples

    def one_sided(self, low):
        return self.real and len(self.shape) == 3 and self.allowed and self.allowed[0] < 0 <= low

    def refuse(self, low, high):
        raise ValueError(
            f"The data lie in [{low:.4g}, {high:.4g}], but the generator's output lies in "
            f"[{self.allowed[0]:g}, {self.allowed[1]:g}]: the discriminator could tell them apart "
            "by range alone. For pixels in 0-255 use gan_keras.data.scale_pixels(x); for pixels in "
            "0-1 use x * 2 - 1."
        )


def shape_of(array):
    """The shape as a tuple, () of a number; None while TensorFlow does not know even the rank."""
    try:
        return tuple(getattr(array, "shape", ()))
    except ValueError:
        return None


def fits(shape, expected):
    """Whether two shapes agree in all that is known of both."""
    if shape is None or expected is None:
        return True
    pairs = zip(shape, expected, strict=False)
    return len(shape) == len(expected) and all(a == b or None in (a, b) for a, b in pairs)


def dtype_name(array):
    """The name of the type of an array's numbers; of a type unknown to Keras, NumPy's."""
    try:
        return keras.backend.standardize_dtype(array.dtype)
    except ValueError:  # text, objects
        return str(array.dtype)


def as_numpy(array):
    """An array of NumPy as it is: Keras would make a copy."""
    return array if isinstance(array, np.ndarray) else ops.convert_to_numpy(array)


def _remedy(shape, expected):
    """What cures the difference, where one thing does."""
    got = shape[1:]
    if fits((*got, 1), expected):
        return " Grey images need a channel axis: images[..., None]."
    if fits(shape, expected):
        return " That is one sample, not a batch: sample[None], or data.batch(64)."
    if len(got) == len(expected) == 3:
        if fits((*got[1:], got[0]), expected):
            return " The channels come last: np.moveaxis(images, 1, -1)."
        if (got[-1], expected[-1]) == (3, 1):
            return " Color to grey: images.mean(axis=-1, keepdims=True)."
        if (got[-1], expected[-1]) == (1, 3):
            return " Grey to color: np.repeat(images, 3, axis=-1)."
    return ""
