"""What would fail in silence is refused, in a sentence: numbers, networks, and the data of `fit`.

What Python, NumPy or Keras refuses by itself is left to them. Shapes and types are looked at while
a step is traced, which costs the steps nothing; values before a step sees them.
"""

import math
import numbers

import keras
import numpy as np
from keras import ops

IMAGES = (-1.0, 1.0)  # pixels, throughout the package
_RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
_KEEP_VALUES = ("reshape", "flatten", "permute", "cropping2d", "upsampling2d", "identity")
_BOUNDED = (
    *("sigmoid", "hard_sigmoid", "log_sigmoid", "softmax", "log_softmax", "tanh", "hard_tanh"),
    *("relu", "relu6", "elu", "selu", "celu", "softplus", "softsign", "squareplus", "exponential"),
)


# Numbers, by the names of the arguments -----------------------------------------------------------


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
            raise ValueError(
                f"{name} must be a scalar, not of shape {tuple(value.shape)}. Take the mean over "
                "the batch: keras.ops.mean(...)."
            )


def same_shape(**arrays):
    """Arrays of one shape, as far as it is known: others would be broadcast."""
    shapes = [shape_of(array) for array in arrays.values()]
    if not all(fits(shape, shapes[0]) for shape in shapes):
        told = " and ".join(f"{name} {shape}" for name, shape in zip(arrays, shapes, strict=True))
        raise ValueError(f"Expected one and the same shape, got {told}.")


def same_length(**arrays):
    """Arrays whose rows belong together."""
    if len({len(array) for array in arrays.values()}) > 1:
        told = ", ".join(f"{name} {len(array)}" for name, array in arrays.items())
        raise ValueError(f"The arrays differ in length: {told}. Row i of one belongs to row i.")


# Networks -----------------------------------------------------------------------------------------


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
                "here a network has one input and one output. With labels, see ConditionalGAN: "
                "its generator reads noise and label side by side."
            )
        if not network.trainable_variables:
            raise ValueError(
                f"The {role} has no trainable variables, so it cannot learn. Players are never "
                "frozen here: each is updated by its own optimizer."
            )


def logits(discriminator):
    """A score without bounds: every loss here takes logits, and would squash it twice."""
    name = _last_activation(discriminator)
    if name in _BOUNDED:
        raise ValueError(
            f"The discriminator ends in {name}, but the losses take logits, which are any "
            "numbers. Remove the activation from the last layer."
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
        if hasattr(layer, "activation"):
            return getattr(layer.activation, "__name__", None)
        if kind not in _KEEP_VALUES:  # an activation as a layer or as an operation, or another
            return next((name for name in _BOUNDED if kind == name.replace("_", "")), None)
    return None


# Data ---------------------------------------------------------------------------------------------


class Samples:
    """Floating-point samples of one shape, in the range of what they are compared with.

    Args:
        shape: Of one sample; None where any size will do.
        allowed: `(minimum, maximum)`, or None.
        real: Whether a whole set must go below 0 where the range does. Fakes need not.
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
            raise ValueError(
                f"Expected samples of shape {self.shape}, got {shape[1:]}."
                f"{_remedy(shape, self.shape)}"
            )
        if "float" not in dtype_name(batch):
            way = "Scale pixels: x / 127.5 - 1, as gan_keras.data.scale_pixels does."
            if len(self.shape) < 3:
                way = "No gradient reaches whole numbers: of tokens or classes take one-hot rows."
            raise ValueError(f"Expected floating-point samples, got {dtype_name(batch)}. {way}")

    def batch(self, batch):
        """The batch as float32, for the first line of a training step."""
        self.structure(batch)
        return ops.cast(batch, "float32")

    def __call__(self, samples):
        """Samples with their values checked, as a NumPy array: a batch, a query, or fakes."""
        self.structure(samples)
        samples = as_numpy(samples)
        if not samples.size:
            raise ValueError(f"There are no samples: the array has the shape {samples.shape}.")
        low, high = samples.min(), samples.max()  # one NaN makes both NaN
        if not max(-low, high) <= np.finfo("float32").max:
            raise ValueError("The data contain NaN or infinite values. Remove those samples.")
        if self.allowed and (low < self.allowed[0] - 1e-3 or high > self.allowed[1] + 1e-3):
            self.refuse(low, high)
        return samples

    def whole(self, samples):
        """As a call, of a whole set: real images that never go below 0 were not shifted."""
        samples = self(samples)
        if self.one_sided(low := samples.min()):
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


class Labels:
    """Integer labels, one for each sample, from `lowest` to `classes` - 1.

    -1 as `lowest` allows for samples without a label.
    """

    shape = ()

    def __init__(self, classes, lowest=0):
        self.classes, self.lowest = classes, lowest

    def structure(self, labels):
        if not hasattr(labels, "shape"):
            raise ValueError(
                f"Expected integer labels of shape (batch,), got {type(labels).__name__}. Give "
                "them beside the images: fit(images, labels), or a data set of (images, labels)."
            )
        shape = shape_of(labels)
        if shape is not None and len(shape) != 1:
            way = "One-hot rows: labels.argmax(axis=1). Several attributes a sample are not meant."
            if len(shape) == 2 and shape[1] == 1:
                way = "Take labels[:, 0]."
            elif isinstance(labels, np.ndarray) and (labels.sum(axis=-1) != 1).any():
                way = "A sample has one class here, not several attributes."
            raise ValueError(f"Expected one integer label for each sample, got {shape}. {way}")
        if "int" not in dtype_name(labels):
            raise ValueError(
                f'Expected integer labels, got {dtype_name(labels)}: labels.astype("int32").'
            )

    def batch(self, labels):
        self.structure(labels)
        return labels

    def __call__(self, labels):
        self.structure(labels)
        labels = as_numpy(labels)
        if len(labels) and not self.lowest <= labels.min() <= labels.max() < self.classes:
            raise ValueError(
                f"The labels lie in {labels.min()} to {labels.max()}, but {self.classes} classes "
                f"are numbered {self.lowest} to {self.classes - 1}."
            )
        return labels.astype("int32")

    whole = __call__


# Shapes and types ---------------------------------------------------------------------------------


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
    return len(shape) == len(expected) and all(
        a == b or None in (a, b) for a, b in zip(shape, expected, strict=True)
    )


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
