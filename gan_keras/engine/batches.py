"""What `fit` reads: arrays in a repeatable order, or a data set whose batches are looked at."""

import math
import sys
import types

import keras
import numpy as np

from gan_keras.engine import checks

PROOF = 256  # samples without a negative pixel show that a data set was not shifted to [-1, 1]


class Epochs(keras.utils.PyDataset):
    """Whole batches of arrays, in an order that is a function of a seed and the steps taken.

    So a run that is resumed sees the samples in the order of an unbroken run. `sets` are lists of
    arrays: rows of one list belong together, and each list has an order of its own. The longest is
    gone through once an epoch, a shorter one comes round again. Without a seed nothing is shuffled.
    """

    def __init__(self, sets, batch_size, seed):
        super().__init__()
        checks.counts(batch_size=batch_size)
        for arrays in sets:
            checks.same_length(*arrays)
        self.sets, self.batch_size, self.seed = sets, batch_size, seed
        self.rows = max(len(arrays[0]) for arrays in sets)
        if self.rows < batch_size:
            raise ValueError(
                f"There are {self.rows} samples, and a step takes {batch_size}. Give more samples "
                "or a smaller batch_size."
            )
        self.shuffle(0)

    def shuffle(self, steps):
        """Draw the order of the epoch that begins after so many optimizer steps."""
        orders = [np.arange(self.rows) for _ in self.sets]
        if self.seed is not None:
            chance = np.random.default_rng([self.seed, steps])
            orders = [chance.permutation(order) for order in orders]
        self.orders = [o % len(s[0]) for o, s in zip(orders, self.sets, strict=True)]

    def __len__(self):
        return self.rows // self.batch_size

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        pairs = zip(self.sets, self.orders, strict=True)
        return tuple(array[order[rows]] for arrays, order in pairs for array in arrays)


class Passing(keras.utils.PyDataset):
    """A data set whose batches are looked at as they pass; of a loader's only the first is.

    `kinds` says what each array of a batch must be: `checks.Samples` or `Labels`.
    """

    def __init__(self, data, kinds):
        if isinstance(data, (tuple, list, dict)) or data is None:
            raise ValueError(
                f"fit() takes samples as one array or a data set, not {type(data).__name__}; "
                "labels, if any, as the second argument: fit(images, labels)."
            )
        names = ("workers", "use_multiprocessing", "max_queue_size")
        super().__init__(**{name: getattr(data, name) for name in names if hasattr(data, name)})
        self.data, self.kinds = data, kinds
        self.refusal = None  # why a batch was refused: backends hide it in errors of their own
        self.seen, self.lows = 0, [math.inf] * len(kinds)

    def source(self):
        """What Keras is to read in its place."""
        tf = sys.modules.get("tensorflow")
        if tf is not None and isinstance(self.data, tf.data.Dataset):
            return self.data.map(lambda *batch: self._in_graph(tf, batch))
        if isinstance(self.data, keras.utils.PyDataset):
            self.on_epoch_begin, self.on_epoch_end = (
                self.data.on_epoch_begin,
                self.data.on_epoch_end,
            )
            return self
        if isinstance(self.data, types.GeneratorType):
            return (self.look(batch) for batch in self.data)
        if type(self.data).__name__ != "DistributedDataset":  # whose batches lie on several devices
            self.look(next(iter(self.data)))
        return self.data

    def look(self, batch):
        """The batch, unchanged, if nothing is wrong with it."""
        parts = batch if isinstance(batch, (tuple, list)) else (batch,)
        try:
            for i, (kind, part) in enumerate(zip(self.kinds, parts, strict=False)):
                values = kind(part)
                self.lows[i] = min(self.lows[i], values.min())
                self.seen += len(values)
                if self.seen >= PROOF * len(self.kinds) and kind.one_sided(self.lows[i]):
                    kind.refuse(self.lows[i], values.max())
        except ValueError as error:
            self.refusal = error
            raise
        return batch

    def _in_graph(self, tf, batch):
        """`look` as a step of TensorFlow's input pipeline."""
        looked, rest = batch[: len(self.kinds)], batch[len(self.kinds) :]
        for kind, part in zip(self.kinds, looked, strict=False):
            kind.structure(part)
        kept = [part.dtype for part in looked]
        seen = tf.numpy_function(lambda *parts: self.look(parts), looked, kept, stateful=False)
        for kind, new, old in zip(self.kinds, seen, looked, strict=False):
            new.set_shape(old.shape)
            new.set_shape((None, *kind.shape))
        return (*seen, *rest) if len(batch) > 1 else seen[0]

    @property
    def num_batches(self):
        return self.data.num_batches

    def __getitem__(self, index):
        return self.look(self.data[index])
