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

    The epoch's logs, and so the `History`, gain "frechet_distance", "precision" and "recall".
    `floor` holds what real samples score in the place of fakes, `epochs` when it measured.

    Args:
        real: Real samples; half are compared, half give the floor.
        extractor: Function of samples that returns features (n, d); None for points.
        every: Epochs from one measurement to the next.
        seed: Seed of the latent vectors and of the halves.
    """

    def __init__(self, real, extractor=None, every=1, seed=0):
        super().__init__()
        self.every, self.seed, self.extractor = every, seed, extractor
        features = metrics.features(np.asarray(real), extractor)
        order = np.random.default_rng(seed).permutation(len(features))
        self.size, self.epochs = len(features) // 2, []
        self.features, other = features[order[: self.size]], features[order[self.size :]]
        self.floor = self._scores(other[: self.size])

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            fake = self.model.generate(self.size, seed=self.seed)
            logs.update(self._scores(metrics.features(fake, self.extractor)))
            self.epochs.append(epoch + 1)

    def _scores(self, fake):
        distance = {"frechet_distance": metrics.frechet_distance(self.features, fake)}
        return distance | metrics.precision_recall(self.features, fake)._asdict()
