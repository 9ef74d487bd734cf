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
    An epoch of so many `steps` goes on where the last one stopped. An optimizer takes `pace` steps
    a batch.
    """

    def __init__(self, sets, batch_size, seed, steps=None, pace=1):
        super().__init__()
        checks.counts(batch_size=batch_size, steps_per_epoch=1 if steps is None else steps)
        for arrays in sets:
            checks.same_length(*arrays)
        self.sets, self.batch_size, self.seed, self.pace = sets, batch_size, seed, pace
        self.rows = max(len(arrays[0]) for arrays in sets)
        if self.rows < batch_size:
            raise ValueError(
                f"There are {self.rows} samples, and a step takes {batch_size}. Give more samples "
                "or a smaller batch_size."
            )
        self.whole = self.rows // batch_size  # batches in which every sample comes once
        self.steps = self.whole if steps is None else steps
        self.shuffle(0)

    def shuffle(self, taken, epoch=0):
        """Draw the order of that epoch, which begins after so many optimizer steps."""
        served = epoch * self.steps
        first, last = served // self.whole, (served + self.steps - 1) // self.whole
        began = taken - self.pace * served
        passes = [self._order(began + self.pace * self.whole * i) for i in range(first, last + 1)]
        skipped = served % self.whole * self.batch_size
        self.orders = [np.concatenate(parts)[skipped:] for parts in zip(*passes, strict=True)]

    def _order(self, taken):
        """A row number for each sample of whole batches, for each of the sets."""
        orders = [np.arange(self.rows) for _ in self.sets]
        if self.seed is not None:
            chance = np.random.default_rng([self.seed, abs(taken)])
            orders = [chance.permutation(order) for order in orders]
        kept = self.whole * self.batch_size
        return [o[:kept] % len(s[0]) for o, s in zip(orders, self.sets, strict=True)]

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        pairs = zip(self.sets, self.orders, strict=True)
        return tuple(array[order[rows]] for arrays, order in pairs for array in arrays)


class Passing(keras.utils.PyDataset):
    """A data set whose batches are looked at as they pass; of a loader's only the first is.

    `kinds` says what each array of a batch must be: `checks.Samples` or `Labels`; its samples are
    to be shared out to so many `parts`.
    """

    def __init__(self, data, kinds, parts=1):
        if isinstance(data, (tuple, list, dict)) or data is None:
            raise ValueError(
                f"fit() takes samples as one array or a data set, not {type(data).__name__}; "
                "labels, if any, as the second argument: fit(images, labels)."
            )
        names = ("workers", "use_multiprocessing", "max_queue_size")
        super().__init__(**{name: getattr(data, name) for name in names if hasattr(data, name)})
        self.data, self.kinds, self.parts = data, kinds, parts
        self.refusal = None  # why a batch was refused: backends hide it in errors of their own
        self.seen, self.lows = 0, [math.inf] * len(kinds)

    def source(self, endless=True):
        """What Keras is to read in its place, which may be `endless` where epochs have steps."""
        if not endless and self._endless():
            raise ValueError("The data set never ends. Give steps_per_epoch: fit(data, ...).")
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

    def _endless(self):
        if isinstance(self.data, keras.utils.PyDataset):
            return self.data.num_batches is None
        cardinality = getattr(self.data, "cardinality", None)  # of tf.data
        return callable(cardinality) and int(cardinality()) == -1

    def look(self, batch):
        """The batch, unchanged, if nothing is wrong with it."""
        parts = batch if isinstance(batch, (tuple, list)) else (batch,)
        try:
            for i, (kind, part) in enumerate(zip(self.kinds, parts, strict=False)):
                values = kind(part)
                checks.divisible(len(values), self.parts)
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
