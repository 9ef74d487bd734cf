"""Callbacks for watching a GAN learn."""

import keras
import matplotlib.pyplot as plt

from gan_keras import plots


class SampleGrid(keras.callbacks.Callback):
    """Shows a grid of generated images every few epochs, always from the same latent vectors.

    Args:
        every: Epochs from one grid to the next, at least 1.
        n: Images in a grid.
        columns: Images in a row.
        seed: Seed of the latent vectors.
    """

    def __init__(self, every=5, n=24, columns=12, seed=0):
        super().__init__()
        if every < 1:
            raise ValueError(f"every={every} must be at least 1.")
        self.every, self.n, self.columns, self.seed = every, n, columns, seed

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            images = self.model.generate(self.n, seed=self.seed)
            plots.image_grid(images, columns=self.columns, title=f"Epoch {epoch + 1}")
            plt.show()
