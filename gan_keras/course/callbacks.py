"""A callback for watching a GAN learn."""

import keras
import matplotlib.pyplot as plt

from gan_keras.course import plots


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
