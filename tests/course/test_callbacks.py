"""Callbacks do what they say, on a real run."""

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest

from gan_keras.course import callbacks, plots
from gan_keras.measure import metrics
from tests import players


def test_sample_grid_shows_the_same_latent_vectors_every_few_epochs(monkeypatch):
    shown = []

    def image_grid(images, **options):
        shown.append((images, options))

    monkeypatch.setattr(plots, "image_grid", image_grid)
    monkeypatch.setattr(plt, "show", lambda: None)
    model = players.gan(**players.QUICK)
    grid = callbacks.SampleGrid(every=2, n=6)
    model.fit(players.images(), batch_size=64, epochs=5, verbose=0, callbacks=[grid])
    assert [options["title"] for _, options in shown] == ["Epoch 2", "Epoch 4"]
    assert all(images.shape == (6, *players.SHAPE) for images, _ in shown)
    grid.set_model(model)
    grid.on_epoch_end(5)
    grid.on_epoch_end(5)
    assert (shown[-1][0] == shown[-2][0]).all()


def flat(images):
    return images.reshape(len(images), -1)[:, ::8]


def test_quality_joins_the_history_and_measures_what_metrics_measure(tmp_path):
    real = players.images(100)
    quality = callbacks.Quality(real, flat, every=2, seed=3)
    both = [quality, keras.callbacks.CSVLogger(tmp_path / "log.csv")]
    model = players.gan(**players.QUICK)
    history = model.fit(real, batch_size=100, epochs=4, verbose=0, callbacks=both).history
    assert quality.epochs == [2, 4]
    assert np.isnan(history["frechet_distance"]).tolist() == [True, False, True, False]
    assert "frechet_distance" in (tmp_path / "log.csv").read_text().splitlines()[0]
    order = np.random.default_rng(3).permutation(100)
    halves = [flat(real)[rows] for rows in np.split(order, 2)]
    last = metrics.frechet_distance(halves[0], flat(model.generate(50, seed=3)))
    assert history["frechet_distance"][-1] == pytest.approx(last)
    assert quality.floor["frechet_distance"] == pytest.approx(metrics.frechet_distance(*halves))
    assert quality.floor["frechet_distance"] < last
