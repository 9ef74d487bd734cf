"""Callbacks for watching a GAN learn."""

import keras
import matplotlib.pyplot as plt
import numpy as np

from gan_keras.course import plots
from gan_keras.measure import metrics


class SampleGrid(keras.callbacks.Callback):
    """Shows a grid of `n` images every few epochs, always from the same latent vectors."""

    def __init__(self, every=5, n=24, columns=12, seed=0):
        super().__init__()
        self.every, self.n, self.columns, self.seed = every, n, columns, seed

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            images = self.model.generate(self.n, seed=self.seed)
            plots.image_grid(images, columns=self.columns, title=f"Epoch {epoch + 1}")
            plt.show()


class Quality(keras.callbacks.Callback):
    """Measures samples every few epochs, always from the same latent vectors.

    The epoch's logs, and so the `History`, gain "frechet_distance", "precision" and "recall", NaN
    in an epoch without. `floor` holds what real samples score in the place of fakes, `epochs` when
    it measured.

    Args:
        real: Real samples; half are compared, half give the floor.
        extractor: Function of samples that returns features (n, d); None for points.
        every: Epochs from one measurement to the next.
        seed: Seed of the latent vectors and of the halves.
    """

    def __init__(self, real, extractor=None, every=1, seed=0):
        super().__init__()
        self.extractor, self.every, self.seed = extractor or np.asarray, every, seed
        self.size, self.epochs = len(real) // 2, []
        features = self.extractor(real)[np.random.default_rng(seed).permutation(len(real))]
        self.real, other = features[: self.size], features[self.size : 2 * self.size]
        self.floor = self._scores(other)

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every:
            logs.update(dict.fromkeys(self.floor, np.nan))  # loggers keep the first epoch's columns
            return
        fake = self.model.generate(self.size, seed=self.seed)
        logs.update(self._scores(self.extractor(fake)))
        self.epochs.append(epoch + 1)

    def _scores(self, fake):
        distance = {"frechet_distance": metrics.frechet_distance(self.real, fake)}
        return distance | metrics.precision_recall(self.real, fake)._asdict()
