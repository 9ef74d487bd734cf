"""What is accepted: numbers and networks, and the data of `fit`, ordered so that runs can resume.

Structure (rank, size, type) is checked while a step is traced, which costs the steps nothing.
Values are checked before a step sees them: arrays once as a whole, `tf.data` batch by batch in the
input pipeline, anything else on its first batch.
"""

import itertools
import math
import numbers
import sys
import types

import keras
import numpy as np
from keras import ops

RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
SQUASHED = ("sigmoid", "hard_sigmoid", "log_sigmoid", "softmax", "log_softmax")
_REFUSED = "gan_keras refuses this batch: "


def check_counts(least=1, **counts):
    """Check whole numbers by their names: `check_counts(n=n, batch_size=batch_size)`.

    Args:
        least: The smallest that is allowed; 0 for seeds.
        **counts: What the user gave.

    Raises:
        ValueError: If one is no integer, or too small.
    """
    for name, count in counts.items():
        whole = isinstance(count, numbers.Integral) and not isinstance(count, bool)
        if not whole or count < least:
            raise ValueError(f"{name}={count!r} must be a whole number from {least}.")


def check_weights(**weights):
    """Check numbers by their names, such as the weight of a penalty: finite, and at least 0.

    Raises:
        ValueError: If one is no such number.
    """
    for name, weight in weights.items():
        if not is_number(weight) or not 0 <= weight < math.inf:
            raise ValueError(f"{name}={weight!r} must be a number, and must not be negative.")


def check_positive(**values):
    """Check numbers by their names, such as a standard deviation: finite, and above 0.

    Raises:
        ValueError: If one is no such number.
    """
    for name, value in values.items():
        if not is_number(value) or not 0 < value < math.inf:
            raise ValueError(f"{name}={value!r} must be a positive number.")


def check_functions(**functions):
    """Check by their names that what was given can be called.

    Raises:
        ValueError: If it cannot.
    """
    for name, function in functions.items():
        if not callable(function):
            raise ValueError(f"{name} must be a function, not {_said(function)}.")


def check_floats(**arrays):
    """Check by their names that arrays, tensors or nested lists hold floating-point numbers.

    Raises:
        ValueError: If they hold integers, text, or nothing.
    """
    for name, array in arrays.items():
        kind = dtype_name(array if hasattr(array, "dtype") else np.asarray(array))
        if not kind.startswith(("float", "bfloat")):
            raise ValueError(f"{name} must hold floating-point numbers, not {kind}.")


def check_scalars(**values):
    """Check by their names that values, such as losses, are scalars.

    Raises:
        ValueError: If one has a shape: a forgotten mean would train the sum.
    """
    for name, value in values.items():
        if len(getattr(value, "shape", ())):
            raise ValueError(
                f"{name} must be a scalar, not of shape {tuple(value.shape)}. Take the mean over "
                "the batch: keras.ops.mean(...)."
            )


def as_numbers(name, values, dtype="float64", finite=False):
    """Values as a NumPy array of real numbers.

    Args:
        name: For the message.
        values: What the user gave.
        dtype: Of the array; None for that of the values, and float32 at least.
        finite: Whether NaN and infinite values are refused.

    Raises:
        ValueError: If they are none, or, with `finite`, if some are NaN or infinite.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} must be an array of real numbers, not rows of different lengths."
        ) from None
    if array.dtype.kind in "OUSc":  # objects, text, complex numbers
        raise ValueError(f"{name} must be an array of real numbers, not {array.dtype}.")
    array = array.astype(dtype or np.result_type(array, "float32"), copy=False)
    if finite and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, but some are NaN or infinite.")
    return array


def check_same_shape(**arrays):
    """Check by their names that arrays have one shape; of shapes known in part, the known part.

    Raises:
        ValueError: If they differ, so that they would be broadcast against each other.
    """
    shapes = {name: shape_of(array) for name, array in arrays.items() if hasattr(array, "shape")}
    known = [shape for shape in shapes.values() if shape is not None]
    for shape in known:
        alike = len(shape) == len(known[0]) and all(
            a == b or None in (a, b) for a, b in zip(shape, known[0], strict=True)
        )
        if not alike:
            told = " and ".join(f"{name} ({_join(shape)})" for name, shape in shapes.items())
            raise ValueError(f"Expected one and the same shape, got {told}.")


def check_same_length(**arrays):
    """Check by their names that rows of arrays belong together: equally many.

    Raises:
        ValueError: If one is longer than another.
    """
    lengths = {name: np.shape(array)[:1] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {_join(length)}" for name, length in lengths.items())
        raise ValueError(f"The arrays differ in length: {told}. Row i of one belongs to row i.")


def is_number(value):
    """Whether it is a real number: no text, no array, neither True nor False."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def value_range(generator):
    """Range that the generator's last activation allows: (-1, 1), (0, 1), or None if unbounded."""
    for layer in reversed(generator.layers):
        if hasattr(layer, "activation"):
            return RANGES.get(getattr(layer.activation, "__name__", None))
    return None


def check_player(role, network):
    """Check that a network is built and can learn.

    Args:
        role: "generator" or "discriminator", for the message.
        network: What the user gave.

    Raises:
        ValueError: If it is no built `keras.Model` or has no trainable variables.
    """
    if not isinstance(network, keras.Model):
        raise ValueError(f"The {role} must be a keras.Model, not {type(network).__name__}.")
    if not network.built:
        raise ValueError(f"The {role} is not built: begin it with keras.Input(shape).")
    if not hasattr(network, "input_shape"):
        raise ValueError(
            f"The {role} does not know its shapes. Make it a Sequential or a functional model: "
            "keras.Model(inputs, outputs)."
        )
    if not network.trainable_variables:
        raise ValueError(
            f"The {role} has no trainable variables, so it cannot learn. Players are never frozen "
            "here: each is updated by its own optimizer."
        )


def check_logits(discriminator):
    """Refuse a discriminator that squashes its score: every loss here takes logits.

    Raises:
        ValueError: If the last activation is a sigmoid or a softmax.
    """
    name = _last_activation(discriminator)
    if name in SQUASHED:
        raise ValueError(
            f"The discriminator ends in a {name}, but the losses take logits: they would "
            "squash twice, and a sure discriminator would give no gradient. Remove the "
            "activation from the last layer."
        )


def check_structure(batch, sample_shape):
    """Check what can be known without looking at values: rank, size and type.

    Args:
        batch: Array or tensor (batch, ...).
        sample_shape: Shape of one sample, without the batch axis.

    Raises:
        ValueError: If the batch is not what the networks were built for.
    """
    if not hasattr(batch, "shape") or not hasattr(batch, "dtype"):
        raise ValueError(
            f"Expected a batch of shape (batch, {_join(sample_shape)}), got "
            f"{type(batch).__name__}. Give one array, or let the data set yield images, or "
            "(images, labels)."
        )
    shape = shape_of(batch)
    if shape is not None and shape[1:] != tuple(sample_shape):
        raise ValueError(
            f"Expected samples of shape ({_join(sample_shape)}), got ({_join(shape[1:])}). "
            "Grey images need a channel axis: images[..., None]."
        )
    if not dtype_name(batch).startswith(("float", "bfloat")):
        raise ValueError(
            f"Expected floating-point samples, got {batch.dtype}. Scale pixels with "
            "gan_keras.data.scale_pixels: x / 127.5 - 1."
        )


def check_batch(batch, sample_shape):
    """`check_structure` for the first line of a training step; returns the batch as float32."""
    check_structure(batch, sample_shape)
    return ops.cast(batch, "float32")


def check_values(samples, allowed):
    """Check the values of the data against the generator's range.

    Args:
        samples: NumPy array (n, ...).
        allowed: `(minimum, maximum)` or None, as `value_range` gives it.

    Raises:
        ValueError: If there is none, one is NaN, infinite or outside the range, or if images never
            go below 0 where the generator's do: the discriminator would tell them apart by sign.
    """
    if not samples.size:
        raise ValueError(f"There are no samples: the array has the shape {samples.shape}.")
    low, high = samples.min(), samples.max()  # one NaN makes both NaN
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError("The data contain NaN or infinite values. Remove or repair those samples.")
    if max(-low, high) > np.finfo("float32").max:
        raise ValueError(f"The data lie in [{low:.4g}, {high:.4g}], more than float32 can hold.")
    if allowed is None:
        return
    unsigned_images = samples.ndim == 4 and allowed[0] < 0 <= low
    if low < allowed[0] - 1e-3 or high > allowed[1] + 1e-3 or unsigned_images:
        raise ValueError(
            f"The data lie in [{low:.4g}, {high:.4g}], but the generator's output lies in "
            f"[{allowed[0]:g}, {allowed[1]:g}]: the discriminator could tell them apart by range "
            "alone. For pixels in 0-255 use gan_keras.data.scale_pixels(x); for pixels in 0-1 use "
            "x * 2 - 1."
        )


class EpochOrder(keras.utils.PyDataset):
    """Whole batches of arrays, in an order that is a function of a seed and the steps taken.

    A run that is killed and resumed therefore sees the images in the order of an unbroken run.
    The last batch is left out where it would be smaller.

    Args:
        arrays: Arrays of equal length; a batch is a tuple with rows of each.
        batch_size: Samples a batch.
        seed: Integer, or None to keep the order of the arrays.

    Raises:
        ValueError: If the arrays differ in length or hold fewer samples than a batch.
    """

    def __init__(self, arrays, batch_size, seed):
        super().__init__()
        lengths = [len(array) for array in arrays]
        if len(set(lengths)) > 1:
            raise ValueError(
                f"The arrays differ in length: {lengths}. Row i of one belongs to row i of the "
                "other, so they must be equally long."
            )
        check_counts(batch_size=batch_size)
        if lengths[0] < batch_size:
            raise ValueError(
                f"There are {lengths[0]} samples, and a step takes {batch_size}. Give more samples "
                "or a smaller batch_size."
            )
        self.arrays, self.batch_size, self.seed = arrays, batch_size, seed
        self.order = np.arange(len(arrays[0]))
        self.skipped = 0

    def __len__(self):
        return len(self.order) // self.batch_size - self.skipped

    def __getitem__(self, index):
        rows = self.order[self.places(index)]
        return tuple(array[rows] for array in self.arrays)

    def places(self, index):
        """Where the rows of a batch stand in the order."""
        first = (self.skipped + index) * self.batch_size
        return slice(first, first + self.batch_size)

    def shuffle(self, steps, skip=0):
        """Draw the order of the epoch that begins after `steps` optimizer steps.

        Args:
            steps: Steps that the last optimizer has taken when the epoch begins.
            skip: Batches of this epoch that an earlier run has trained on.
        """
        self.skipped = skip
        if self.seed is not None:
            self.order = np.random.default_rng([self.seed, steps]).permutation(len(self.order))

    def release(self):
        """Let go of the arrays after a run: TensorFlow keeps every data set it was ever given."""
        self.arrays = ()


class SeveralOrders(EpochOrder):
    """Whole batches of several sets that do not belong together, each in an order of its own.

    The longest set is gone through once an epoch; a shorter one comes round again.

    Args:
        sets: Lists of arrays; those of one list are of one length, and stay together.
        batch_size, seed: As for `EpochOrder`.
    """

    def __init__(self, sets, batch_size, seed):
        super().__init__([max((arrays[0] for arrays in sets), key=len)], batch_size, seed)
        self.arrays = sets
        self.shuffle(0)

    def __getitem__(self, index):
        places = self.places(index)
        return tuple(
            array[order[places]]
            for arrays, order in zip(self.arrays, self.orders, strict=True)
            for array in arrays
        )

    def shuffle(self, steps, skip=0):
        self.skipped = skip
        every = [np.arange(len(self.order)) for _ in self.arrays]
        if self.seed is not None:
            chance = np.random.default_rng([self.seed, steps])
            every = [chance.permutation(rows) for rows in every]
        self.orders = [
            rows % len(arrays[0]) for rows, arrays in zip(every, self.arrays, strict=True)
        ]


def check_array(samples, sample_shape, allowed):
    """`check_structure` and `check_values` of a whole array; returns it as NumPy's."""
    check_structure(samples, sample_shape)
    samples = _as_numpy(samples)
    check_values(samples, allowed)
    return samples


def check_label_structure(labels):
    """Check what can be known of labels without their values: integers, one for each sample.

    Raises:
        ValueError: If they are one-hot rows, or no integers.
    """
    if getattr(labels, "shape", None) is None:
        raise ValueError(
            f"Expected integer labels of shape (batch,), got {type(labels).__name__}. Give them "
            "beside the images: fit(images, labels), or a data set of (images, labels)."
        )
    shape = shape_of(labels)
    if shape is not None and len(shape) != 1:
        raise ValueError(
            f"Expected one integer label for each sample, got shape ({_join(shape)}). Of "
            "one-hot rows take labels.argmax(axis=1)."
        )
    if not dtype_name(labels).startswith(("int", "uint")):
        raise ValueError(
            f'Expected integer labels, got {labels.dtype}. Use labels.astype("int32").'
        )


def check_labels(labels, classes, lowest=0):
    """Check labels of an array or a batch, their values included; returns them as int32.

    Args:
        labels: Integers (n,).
        classes: How many classes there are: labels count from `lowest` to classes - 1.
        lowest: -1 where that marks a sample without a label.

    Raises:
        ValueError: If they are no such labels.
    """
    check_label_structure(labels)
    labels = _as_numpy(labels)
    if len(labels) and not lowest <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"The labels lie in {labels.min()} to {labels.max()}, but {classes} classes are "
            f"numbered {lowest} to {classes - 1}."
        )
    return labels.astype("int32")


def checked(data, *checks):
    """A data set with its values checked: every batch of a `tf.data.Dataset`, else the first batch.

    Args:
        data: What `fit` was given.
        *checks: One for each array of a batch: functions of an array that raise ValueError.
    """
    if isinstance(data, (tuple, list, dict)) or data is None:
        raise ValueError(
            f"fit() takes samples as one array or a data set, not {type(data).__name__}; labels, "
            "if any, as the second argument: fit(images, labels)."
        )
    tf = sys.modules.get("tensorflow")
    if tf is not None and isinstance(data, tf.data.Dataset):
        return data.map(lambda *batch: _check_in_graph(tf, batch, checks))
    if isinstance(data, keras.utils.PyDataset) and len(data):
        _check_first(data[0], checks)
    if isinstance(data, types.GeneratorType):
        first = next(data, None)
        _check_first(first, checks)
        return (batch for batch in itertools.chain([first], data))
    return data


def refusal(error):
    """The message of `check_values` that TensorFlow carries in an error of its own, or None."""
    text = str(error)
    return text.split(_REFUSED)[1].split("\n")[0] if _REFUSED in text else None


def dtype_name(array):
    """The name of the type of an array's numbers; of a type unknown to Keras, NumPy's."""
    try:
        return keras.backend.standardize_dtype(array.dtype)
    except ValueError:  # text, objects
        return str(array.dtype)


def _last_activation(network):
    """The name of the last activation, inside a network that ends another one too, or None."""
    for layer in reversed(getattr(network, "operations", network.layers)):
        if isinstance(layer, keras.Model):
            return _last_activation(layer)
        if hasattr(layer, "activation"):
            return getattr(layer.activation, "__name__", None)
        kind = type(layer).__name__.lower()  # a layer Softmax, or an operation of keras.ops
        for name in SQUASHED:
            if kind == name.replace("_", ""):
                return name
    return None


def _said(value):
    """What was given, in few words."""
    return repr(value) if isinstance(value, (str, int, float)) else type(value).__name__


def shape_of(batch):
    """The shape as a tuple, () of a number; None while TensorFlow does not know even the rank."""
    try:
        return tuple(getattr(batch, "shape", ()))
    except ValueError:  # traced again for data of another rank; their values are checked later
        return None


def _as_numpy(array):
    # Of an array that is NumPy's already, Keras would make a copy.
    return array if isinstance(array, np.ndarray) else ops.convert_to_numpy(array)


def _check_first(batch, checks):
    parts = batch if isinstance(batch, (tuple, list)) else (batch,)
    for check, part in zip(checks, parts, strict=False):
        check(part)


def _check_in_graph(tf, batch, checks):
    def checked_part(part, check):
        if not tf.is_tensor(part):
            return part  # the step refuses it

        def run(values):
            try:
                check(values)
            except ValueError as error:
                raise ValueError(_REFUSED + str(error)) from None
            return values

        result = tf.numpy_function(run, [part], part.dtype, stateful=False)
        result.set_shape(part.shape)
        return result

    parts = [checked_part(part, check) for part, check in zip(batch, checks, strict=False)]
    parts += batch[len(checks) :]
    return tuple(parts) if len(parts) > 1 else parts[0]


def _join(shape):
    return ", ".join(map(str, shape))
