"""The callback does what it says, on a real run."""

import matplotlib.pyplot as plt

from gan_keras.course import callbacks, plots
from tests import players


def test_sample_grid_shows_the_same_latent_vectors_every_few_epochs(monkeypatch):
    shown = []

    def image_grid(images, **options):
        shown.append((images, options))

    monkeypatch.setattr(plots, "image_grid", image_grid)
    monkeypatch.setattr(plt, "show", lambda: None)
    model = players.gan()
    grid = callbacks.SampleGrid(every=2, n=6)
    model.fit(players.images(), batch_size=16, epochs=5, verbose=0, callbacks=[grid])
    assert [options["title"] for _, options in shown] == ["Epoch 2", "Epoch 4"]
    assert all(images.shape == (6, *players.SHAPE) for images, _ in shown)
    grid.set_model(model)
    grid.on_epoch_end(5)
    grid.on_epoch_end(5)
    assert (shown[-1][0] == shown[-2][0]).all()
