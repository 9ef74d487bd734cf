"""Callbacks do what they say, on a real run."""

import math

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython import display

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


def filmed(model, *data, epochs=1, **options):
    film = callbacks.Film(**options)
    model.fit(*data, batch_size=8, epochs=epochs, verbose=0, callbacks=[film])
    return film


def steps(film):
    return [step for step, *_ in film.frames]


MAKE = {
    "pix2pix": lambda model: model.translate(players.images(6))[..., :1],
    "cycle_gan": lambda model: model.translate(players.images(6)),
    "discriminator_only": lambda model: players.images(6),
}


@pytest.mark.parametrize("name", players.MODELS)
def test_film_of_each_model_begins_before_training_and_ends_after_it(name):
    build, data = players.MODELS[name]
    model, make = build(**players.QUICK), MAKE.get(name)
    film = filmed(model, *[array[:16] for array in data()], n=6, seed=3, make=make)
    now = make(model) if make else model.generate(6, seed=3)
    assert steps(film)[:2] == [0, 1] and steps(film)[-1] == film.steps
    assert (film.frames[-1][1] == now).all() and now.shape == (6, *players.SHAPE)
    if name != "discriminator_only":
        assert np.abs(film.frames[0][1] - now).max() > 1e-4


def test_film_leaves_the_training_as_it_is():
    runs = []
    for callback in ([], [callbacks.Film(n=4)]):
        keras.utils.set_random_seed(0)
        model = players.gan(**players.QUICK)
        model.fit(players.images(24), batch_size=8, verbose=0, callbacks=callback)
        runs.append(players.values(model))
    assert players.equal(*runs)


class Bent(keras.Model):
    """A model that knows nothing of the package: it bends noise onto the points it is given."""

    def __init__(self, shape):
        super().__init__()
        dense, bent = keras.layers.Dense(math.prod(shape)), keras.layers.Reshape(shape)
        self.net = keras.Sequential([keras.Input((2,)), dense, bent])
        self.compile("sgd", "mse")

    def call(self, z):
        return self.net(z)

    def generate(self, n, seed):
        return self(keras.random.normal((n, 2), seed=seed))


def test_film_counts_steps_over_epochs_and_runs_and_drops_every_other_frame_when_full():
    model = Bent((2,))
    x = y = np.ones((40, 2))
    film = filmed(model, x, y, epochs=2, every=3)
    assert steps(film) == [0, 3, 6, 9, 10]
    model.fit(x, y, batch_size=8, verbose=0, callbacks=[film])
    assert steps(film) == [0, 3, 6, 9, 10, 13, 15]
    assert steps(filmed(model, x, y, epochs=2, most=4)) == [0, 4, 8, 10]
    film = callbacks.Film()
    film.set_model(model)
    film.on_train_begin()
    film.on_epoch_begin(0)
    film.on_train_batch_end(1)  # as Keras calls it under steps_per_execution=2
    film.on_train_batch_end(3)
    assert steps(film) == [0, 2, 4]


@pytest.mark.parametrize("shape", [(2,), (4, 4, 1), (4, 4, 3)])
def test_film_of_somebody_elses_model(shape):
    model = Bent(shape)
    film = filmed(model, np.ones((32, 2)), np.ones((32, *shape)), n=7, real=np.ones((5, 2)))
    assert [samples.shape for _, samples, _ in film.frames] == 5 * [(7, *shape)]
    film = filmed(model, np.ones((8, 2)), np.ones((8, *shape)), make=lambda m: m(np.ones((3, 2))))
    assert film.frames[-1][1].shape == (3, *shape)


def test_film_paints_the_field_of_its_time_where_it_belongs():
    model = Bent((2,))
    right = [0.0]

    def field(points):
        right[0] += 0.25
        return np.where(points[:, 0] > 1, right[0], 0.0)

    film = filmed(model, np.ones((16, 2)), np.ones((16, 2)), field=field, reach=2)
    assert [answers.max() for *_, answers in film.frames] == [0.25, 0.5, 0.75]
    figure, ax = plt.subplots()
    film.draw(ax, (0, np.array([[9.0, 9.0]]), film.frames[-1][2]))  # the fake lies far away
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[::-1]
    corners = ax.transData.transform([(1.5, -1.5), (0.5, 1.5), (-1.5, 1.2)]).astype(int)
    (red, _, blue), *others = [pixels[y, x, :3].astype(int) for x, y in corners]
    assert blue > red and all(other[0] > other[2] for other in others)
    plt.close(figure)


def test_film_shows_all_its_frames(monkeypatch):
    shown = []
    monkeypatch.setattr(display, "display", shown.append)
    monkeypatch.setattr(plots, "animate", lambda *given, **options: (given, options))
    film = filmed(players.gan(**players.QUICK), players.images(16), n=6)
    film.show(interval=50)
    assert shown == [((film.draw, film.frames), {"interval": 50})]
    figure, ax = plt.subplots()
    film.draw(ax, film.frames[-1])
    sheet, made = ax.images[0].get_array().squeeze(), film.frames[-1][1]
    assert sheet.shape == (2 * 10, 3 * 10) and ax.get_title() == "After 2 steps"
    assert np.allclose(sheet[11:19, 21:29], made[5, :, :, 0] / 2 + 0.5)
    plt.close(figure)


def test_what_cannot_be_filmed_fails_before_training():
    for faulty in ({"make": lambda model: np.zeros((4, 5, 6))}, {"make": lambda model: None}):
        model = players.gan(**players.QUICK)
        with pytest.raises(Exception):  # noqa: B017
            filmed(model, players.images(), **faulty)
        assert not int(model.optimizer.iterations)
    flat, logits = Bent((2,)), lambda points: 3 + points[:, 0]
    with pytest.raises(ValueError, match="sigmoid"):
        filmed(flat, np.ones((8, 2)), np.ones((8, 2)), field=logits)


def test_film_of_a_lost_run_ends_where_it_was_lost():
    model = Bent((2,))
    model.compile(keras.optimizers.SGD(1e30), "mse")
    film = filmed(model, np.ones((64, 2)), np.ones((64, 2)))
    assert np.isnan(keras.ops.convert_to_numpy(model.generate(1, seed=0))).any()
    assert 0 < len(film.frames) < 9 and all(np.isfinite(made).all() for _, made, _ in film.frames)
