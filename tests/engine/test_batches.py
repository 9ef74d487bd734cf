"""What `fit` reads: an epoch's order, and data sets of every kind, looked at as they pass."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import gan_keras as gk
from gan_keras.engine import checks
from gan_keras.engine.batches import Epochs, Passing
from tests import players

GOOD, LABELS = players.images(), np.arange(64)


# Arrays.


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7), st.integers(0, 10**6))
def test_the_longer_set_is_served_once_and_the_shorter_evenly(n, m, batch_size, seed):
    n, m = max(n, m, batch_size), min(n, m)
    long, short = np.arange(n), 100 + np.arange(m)
    data = Epochs([[long], [short, -short]], batch_size, seed)
    data.shuffle(taken=3)
    served = [
        np.concatenate(parts)
        for parts in zip(*map(data.__getitem__, range(len(data))), strict=True)
    ]
    assert len(served[0]) == n // batch_size * batch_size
    assert len(set(served[0])) == len(served[0])
    assert set(served[1]) <= set(short)
    assert np.bincount(served[1] - 100).max() <= -(-n // m)
    np.testing.assert_array_equal(served[1], -served[2])  # one set stays together


def test_epochs_differ_and_repeat_with_seed_and_step():
    def order(seed, steps):
        data = Epochs([[np.arange(100)]], 100, seed)
        data.shuffle(steps)
        return data[0][0].tolist()

    assert order(1, 0) == order(1, 0) != order(1, 10) != order(2, 10)
    assert order(None, 10) == list(range(100))


@given(st.integers(1, 5), st.integers(1, 12), st.integers(1, 3), st.integers(0, 9))
def test_epochs_of_any_length_see_every_sample_and_go_on_after_a_resume(size, steps, pace, start):
    def served(epochs, data):
        rows = []
        for epoch in epochs:
            data.shuffle(start + pace * steps * epoch, epoch)  # so many steps have been taken
            rows += [data[i][0] for i in range(len(data))]
        return rows

    def fresh():
        return Epochs([[np.arange(13)]], size, 0, steps, pace)

    rows, whole = served(range(6), fresh()), 13 // size
    assert len(rows) == 6 * steps and {len(batch) for batch in rows} == {size}
    for i in range(0, len(rows) - whole + 1, whole):
        assert len(set(np.concatenate(rows[i : i + whole]))) == whole * size
    np.testing.assert_array_equal(served(range(4, 6), fresh()), rows[4 * steps :])


def test_sets_of_equal_length_are_not_served_in_pairs():
    a, b = Epochs([[np.arange(100)], [np.arange(100)]], 100, seed=0)[0]
    assert (a == b).mean() < 0.1
    a, b = Epochs([[np.arange(9)], [np.arange(3)]], 9, seed=None)[0]
    assert a.tolist() == list(range(9)) and b.tolist() == [0, 1, 2] * 3


def test_rows_that_belong_together_are_equally_many_and_make_a_batch():
    with pytest.raises(ValueError, match="differ in length"):
        Epochs([[GOOD, LABELS[:-1]]], 16, 0)
    with pytest.raises(ValueError, match="64 samples, and a step takes 65"):
        Epochs([[GOOD]], 65, 0)


# Data sets.


def batches(*arrays, size=16):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(size, drop_remainder=True)


def of_unknown_size(images):
    """As `decode_jpeg` gives them."""
    signature = tf.TensorSpec((None, None, 1))
    return tf.data.Dataset.from_generator(lambda: iter(images), output_signature=signature).batch(
        16
    )


class Sequence(keras.utils.PyDataset):
    def __init__(self, images):
        super().__init__()
        self.images = images

    def __len__(self):
        return len(self.images) // 16

    def __getitem__(self, index):
        return (self.images[16 * index : 16 * index + 16],)


def generator(images):
    return ((images[i : i + 16],) for i in range(0, len(images), 16))


@functools.cache
def known(kind):
    """One model for all data: it is traced anew where their kind asks for it, and only there."""
    generator = gk.networks.mlp_generator(4, players.SHAPE, hidden=(4,))
    discriminator = gk.networks.mlp_discriminator(players.SHAPE, hidden=(4,))
    steps = {"critic_steps": 2} if kind is gk.WGANGP else {}
    return players.compiled(kind(generator, discriminator, **steps))


DATA = {
    "float64": lambda: (GOOD.astype("float64"),),
    "x_y": lambda: (GOOD, LABELS),
    "tensor": lambda: (tf.convert_to_tensor(GOOD),),
    "tf_x_y": lambda: (batches(GOOD, LABELS),),
    "tf64": lambda: (batches(GOOD.astype("float64")),),
    "tf_unknown": lambda: (of_unknown_size(GOOD),),
    "sequence": lambda: (Sequence(GOOD),),
    "generator": lambda: (generator(GOOD),),
}
# WGANGP cuts each batch in parts, of which the size may be unknown.
EACH_KIND = [(gk.GAN, name) for name in DATA] + [(gk.WGANGP, n) for n in ("tf_x_y", "tf_unknown")]


@pytest.mark.parametrize(("kind", "name"), EACH_KIND)
def test_everything_that_keras_takes_trains(kind, name):
    model, data = known(kind), DATA[name]
    before = int(model.g_optimizer.iterations)
    history = model.fit(*data(), batch_size=8, epochs=1, verbose=0).history
    assert int(model.g_optimizer.iterations) >= before + 4
    assert np.isfinite([history["d_loss"], history["g_loss"]]).all()


def later(images):
    """Good in its first batch, and not in the second."""
    return np.concatenate([GOOD[:16], images[16:]])


@pytest.mark.parametrize("serve", [batches, of_unknown_size, Sequence, generator])
def test_every_batch_of_a_data_set_is_looked_at(serve):
    model = players.gan(**players.QUICK)
    for images, message in (
        (later(GOOD * 127.5 + 127.5), "scale_pixels"),
        (later(GOOD * np.nan), "NaN"),
        (GOOD * 1.01, r"lie in \[-1.01"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(serve(images), verbose=0)
        assert np.isfinite(np.concatenate([w.ravel() for w in players.values(model)])).all()


@pytest.mark.parametrize("serve", [batches, Sequence, generator])
def test_a_set_that_was_not_shifted_is_refused_and_a_bright_picture_is_not(serve):
    kind, bright = checks.Samples(players.SHAPE, checks.IMAGES), GOOD.copy()
    bright[:16] = np.abs(bright[:16])

    def read(images):
        passing = Passing(serve(images), [kind])
        try:
            source = passing.source()
            source = (
                map(source.__getitem__, range(len(serve(images)))) if serve is Sequence else source
            )
            return len(list(source))
        except Exception:
            raise passing.refusal from None

    assert read(np.concatenate([bright] * 5)) >= 4
    with pytest.raises(ValueError, match=r"x \* 2 - 1"):
        read(np.concatenate([(GOOD + 1) / 2] * 5))  # 256 samples are proof


def test_of_a_loader_the_first_batch_is_looked_at():
    class Loader:
        def __iter__(self):
            return iter([(GOOD + 1) * 127.5] * 3)

    with pytest.raises(ValueError, match="scale_pixels"):
        players.gan().fit(Loader(), verbose=0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (GOOD[:0], "0 samples"),
        (Sequence(GOOD[:0]), "length 0|no batch|PyDataset"),
        ((x for x in ()), "empty"),
        ((GOOD, GOOD), "one array"),
        ({"images": GOOD}, "dict"),
        (None, "NoneType"),
        (GOOD[0], "one sample, not a batch"),
    ],
)
def test_too_little_or_the_wrong_thing(data, message):
    model = players.gan()
    before = players.values(model)
    # Before Keras 3.15 its own IndexError stops an empty generator.
    with pytest.raises((ValueError, IndexError), match=f"{message}|list index"):
        model.fit(data, batch_size=16, verbose=0)
    assert players.equal(before, players.values(model))


def test_a_data_set_without_end_wants_steps_per_epoch():
    kind = checks.Samples(players.SHAPE, checks.IMAGES)
    for data in (batches(GOOD).repeat(), batches(GOOD).repeat().prefetch(1)):
        with pytest.raises(ValueError, match="steps_per_epoch"):
            Passing(data, [kind]).source(endless=None)  # `fit` would not end, were it not refused
    history = players.gan(**players.QUICK).fit(data, steps_per_epoch=2, verbose=0).history
    assert np.isfinite(history["d_loss"]).all()


def test_an_empty_data_set_is_noticed():
    with pytest.raises(ValueError, match="empty"):
        players.gan().fit(batches(GOOD[:0]), verbose=0)


def test_batches_of_images_known_to_be_wrong_are_refused_before_the_first():
    model = players.gan(**players.QUICK)
    for images, message in ((GOOD[..., 0], "channel axis"), (GOOD[:, :4], r"got \(4, 8, 1\)")):
        with pytest.raises(ValueError, match=message):
            model.fit(batches(images), verbose=0)
    model.fit(batches(GOOD), verbose=0)
    assert int(model.g_optimizer.iterations) == 4


def test_labels_of_a_data_set_are_checked_too():
    model = players.conditional(**players.QUICK)
    for arrays, message in (
        ((GOOD, LABELS), "2 classes are numbered 0 to 1"),
        ((GOOD, np.eye(2, dtype="int32")[LABELS % 2]), "argmax"),
        ((GOOD,), r"fit\(images, labels\)"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(batches(*arrays), verbose=0)
    model.fit(batches(GOOD, LABELS % 2), verbose=0)


def test_a_picture_of_pix2pix_may_be_bright_in_a_batch_of_one():
    targets = players.targets()
    targets[7] = np.abs(targets[7])
    model = players.pix2pix(**players.QUICK)
    model.fit(batches(GOOD[:16], targets[:16], size=1), verbose=0)
    assert int(model.g_optimizer.iterations) == 16


def test_a_step_needs_critic_steps_times_the_batch():
    with pytest.raises(ValueError, match="a step takes 128"):
        players.wgan_gp(critic_steps=2).fit(GOOD, batch_size=64, verbose=0)
