"""Callbacks for watching a GAN learn."""

import keras
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

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


class Film(keras.callbacks.Callback):
    """Films what a model makes while any `fit` trains it; afterwards `show()` plays it.

    Images (n, height, width, 1 or 3) in [-1, 1] stand side by side, points (n, 2) among real ones.
    `frames` holds (steps, samples, D's answers or None), the first from before training.

    Args:
        every: Steps from frame to frame; doubled whenever there are more than `most` frames.
        n, seed: What the model's `generate(n, seed=seed)` gets.
        make: Function of the model that gives the samples instead.
        real: Real points (m, 2).
        field: Function of points (m, 2) that gives D's m probabilities, to paint below them.
        reach: The plane is shown from -reach to reach.
    """

    def __init__(self, every=1, most=40, n=25, seed=0, make=None, real=None, field=None, reach=1.2):
        super().__init__()
        self.every, self.most, self.field, self.reach = every, most, field, reach
        self.make = make or (lambda model: model.generate(n, seed=seed))
        self.real = np.zeros((0, 2)) if real is None else real
        self.frames, self.steps, self.before = [], 0, 0

    def on_train_begin(self, logs=None):
        self._shoot(1)
        self.draw(Figure().subplots(), self.frames[-1])  # what cannot be drawn fails now, not after

    def on_epoch_begin(self, epoch, logs=None):
        self.before = self.steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps = self.before + batch + 1
        self._shoot(self.every)
        if len(self.frames) > self.most:
            self.frames, self.every = self.frames[::2], 2 * self.every

    def on_train_end(self, logs=None):
        self._shoot(1)

    def _shoot(self, apart):
        if self.frames and self.steps < self.frames[-1][0] + apart:
            return
        samples = keras.ops.convert_to_numpy(self.make(self.model))
        ticks = np.linspace(-self.reach, self.reach, 60, dtype="float32")
        points = np.stack(np.meshgrid(ticks, ticks), -1).reshape(-1, 2)
        answers = self.field and keras.ops.convert_to_numpy(self.field(points))
        if np.isfinite(samples).all():  # a run that is lost still has a film
            self.frames.append((self.steps, samples, answers))

    def draw(self, ax, frame):
        """Draws one of `frames`."""
        steps, samples, answers = frame
        extent = (-self.reach, self.reach) * 2
        if samples.ndim == 2:
            if self.field:
                plots.field(ax, lambda _: answers, extent, resolution=60)
            plots.samples(ax, self.real, samples)
            ax.axis(extent)
        else:
            rows = max(i for i in range(1, 1 + int(len(samples) ** 0.5)) if len(samples) % i == 0)
            tiles = np.pad(samples / 2 + 0.5, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=1)
            sheet = np.vstack([np.hstack(row) for row in np.split(tiles, rows)])
            ax.imshow(np.clip(sheet, 0, 1), "gray", vmin=0, vmax=1, interpolation="nearest")
            ax.axis("off")
        ax.set_title(f"After {steps:,} steps")

    def show(self, **options):
        """Displays the film; the options are those of `plots.animate`."""
        from IPython.display import display

        display(plots.animate(self.draw, self.frames, **options))
