"""What `fit` takes and what it refuses, before a step is made."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import gan_keras as gk
from gan_keras.engine import inputs
from tests import players

GOOD = players.images()


def batches(images, size=16):
    return tf.data.Dataset.from_tensor_slices(images).batch(size, drop_remainder=True)


class Sequence(keras.utils.PyDataset):
    def __init__(self, images):
        super().__init__()
        self.images = images

    def __len__(self):
        return len(self.images) // 16

    def __getitem__(self, index):
        return (self.images[16 * index : 16 * index + 16],)


def spoiled(value):
    images = GOOD.copy()
    images[20, 3, 3, 0] = value  # not in the first batch
    return images


BAD = {
    "pixels 0-255": (GOOD * 127.5 + 127.5, r"scale_pixels"),
    "pixels 0-1": ((GOOD + 1) / 2, r"x \* 2 - 1"),
    "a little too large": (GOOD * 1.01, r"lie in \[-1.01"),
    "uint8": ((GOOD * 127.5 + 127.5).astype("uint8"), "uint8"),
    "int64": (GOOD.astype("int64"), "int64"),
    "one NaN": (spoiled(np.nan), "NaN"),
    "one infinity": (spoiled(np.inf), "NaN or infinite"),
    "no channel axis": (GOOD[..., 0], "channel axis"),
    "wrong size": (players.images()[:, :6], r"\(8, 8, 1\), got \(6, 8, 1\)"),
    "wrong channels": (np.repeat(GOOD, 3, -1), r"got \(8, 8, 3\)"),
    "flat": (GOOD.reshape(64, -1), r"got \(64\)"),
}


@pytest.mark.parametrize("make", [players.gan, players.wgan_gp])
@pytest.mark.parametrize("name", BAD)
def test_bad_arrays_are_refused_and_cost_nothing(make, name):
    images, message = BAD[name]
    refused_untouched(make(), images, message)


@pytest.mark.parametrize("name", BAD)
def test_bad_tf_data_is_refused(name):
    images, message = BAD[name]
    model = players.gan()
    before = players.values(model.trainable_variables)
    with pytest.raises(ValueError, match=message):
        model.fit(batches(images), verbose=0)
    if name not in ("one NaN", "one infinity"):  # these lie in the second batch
        assert players.equal(before, players.values(model.trainable_variables))
    assert np.isfinite(np.concatenate([w.ravel() for w in players.values(model)])).all()


@pytest.mark.parametrize("name", ["pixels 0-255", "pixels 0-1", "uint8", "no channel axis"])
@pytest.mark.parametrize("serve", [Sequence, lambda x: ((x[i : i + 16],) for i in (0, 16))])
def test_bad_sequences_and_generators_are_refused(name, serve):
    images, message = BAD[name]
    refused_untouched(players.gan(), serve(images), message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (GOOD[:0], "no samples"),
        (GOOD[:10], "10 samples, and a step takes 16"),
        (Sequence(GOOD[:0]), "length 0|no batch"),
        ((x for x in ()), "NoneType"),
        ((GOOD, GOOD), "one array"),
        ({"images": GOOD}, "dict"),
        (None, "NoneType"),
        (GOOD[0], r"got \(8, 1\)"),
    ],
)
def test_too_little_or_the_wrong_thing(data, message):
    refused_untouched(players.gan(), data, message)


def refused_untouched(model, data, message):
    before = players.values(model)
    with pytest.raises(ValueError, match=message):
        model.fit(data, batch_size=16, verbose=0)
    assert players.equal(before, players.values(model))


def test_after_a_refusal_in_the_first_step_the_model_trains_as_if_nothing_had_happened():
    model = players.gan()
    with pytest.raises(ValueError, match="channel axis"):
        model.train_on_batch(GOOD[..., 0])
    with pytest.raises(ValueError, match="channel axis"):
        model.fit(batches(GOOD[..., 0]), verbose=0)
    model.fit(GOOD, batch_size=16, verbose=0)
    assert int(model.g_optimizer.iterations) == 4


def test_pixels_that_were_scaled_twice_are_refused():
    pixels = gk.data.to_pixels(GOOD)
    with pytest.raises(ValueError, match="uint8 in 0 to 255, got float32"):
        gk.data.scale_pixels(gk.data.scale_pixels(pixels))
    refused_untouched(players.gan(), (pixels / 127.5 - 1) / 127.5 - 1, "lie in")


def test_an_empty_tf_data_set_is_noticed():
    with pytest.raises(ValueError, match="empty"):
        players.gan().fit(batches(GOOD[:0]), verbose=0)


def test_arrays_are_not_copied():
    """TensorFlow keeps what a data set was made from; copies would pile up from fit to fit."""
    assert inputs.check_array(GOOD, players.SHAPE, (-1, 1)) is GOOD


def test_a_step_needs_critic_steps_times_the_batch():
    with pytest.raises(ValueError, match="a step takes 128"):
        players.wgan_gp(critic_steps=2).fit(GOOD, batch_size=64, verbose=0)


LABELS = np.arange(64)


@functools.cache
def known(make):
    """One model for all data: it is traced anew where their kind asks for it, and only there."""
    return make()


@pytest.mark.parametrize("make", [players.gan, players.wgan_gp])
@pytest.mark.parametrize(
    "data",
    [
        lambda: (GOOD,),
        lambda: (GOOD.astype("float64"),),
        lambda: (GOOD, LABELS),
        lambda: (tf.convert_to_tensor(GOOD),),
        lambda: (batches(GOOD),),
        lambda: (batches((GOOD, LABELS)),),
        lambda: (batches(GOOD.astype("float64")),),
        lambda: (Sequence(GOOD),),
        lambda: (((GOOD[i : i + 16],) for i in (0, 16, 32, 48)),),
    ],
    ids=["array", "float64", "x_y", "tensor", "tf_data", "tf_x_y", "tf64", "sequence", "generator"],
)
def test_everything_that_keras_takes_trains(make, data):
    model = known(make)
    before = int(model.g_optimizer.iterations)
    history = model.fit(*data(), batch_size=8, epochs=1, verbose=0).history
    assert int(model.g_optimizer.iterations) >= before + 4
    assert np.isfinite([history["d_loss"], history["g_loss"]]).all()


@pytest.mark.parametrize(
    ("activation", "expected"), [("tanh", (-1, 1)), ("sigmoid", (0, 1)), (None, None)]
)
def test_the_range_is_that_of_the_generator(activation, expected):
    generator = gk.networks.mlp_generator(3, (2, 2, 1), activation=activation)
    assert inputs.value_range(generator) == expected


def test_points_may_lie_anywhere_if_the_generator_is_unbounded():
    model = gk.GAN(
        gk.networks.mlp_generator(2, (2,), activation=None), gk.networks.mlp_discriminator((2,))
    )
    model.compile()
    model.fit(np.float32([[5, 900]] * 32), batch_size=16, verbose=0)


def test_points_of_one_quadrant_are_no_unsigned_pixels():
    model = gk.GAN(gk.networks.mlp_generator(2, (2,)), gk.networks.mlp_discriminator((2,)))
    model.compile()
    model.fit(np.float32([[0.5, 0.9]] * 32), batch_size=16, verbose=0)
    with pytest.raises(ValueError, match="lie in"):
        model.fit(np.float32([[0.5, 1.9]] * 32), batch_size=16, verbose=0)


@given(st.integers(1, 50), st.integers(1, 7), st.integers(0, 10**6))
def test_an_epoch_serves_every_sample_at_most_once_in_whole_batches(n, batch_size, seed):
    data = np.arange(max(n, batch_size))
    order = inputs.EpochOrder([data], batch_size, seed)
    order.shuffle(steps=3)
    served = np.concatenate([order[i][0] for i in range(len(order))])
    assert len(served) == len(data) // batch_size * batch_size
    assert len(set(served)) == len(served)


def test_epochs_differ_and_repeat_with_seed_and_step():
    def order(seed, steps):
        data = inputs.EpochOrder([np.arange(100)], 10, seed)
        data.shuffle(steps)
        return data.order.tolist()

    assert order(1, 0) == order(1, 0) != order(1, 10) != order(2, 10)
    assert order(None, 10) == list(range(100))


# Several sets, each in an order of its own.


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7), st.integers(0, 10**6))
def test_the_longer_set_is_served_once_and_the_shorter_evenly(n, m, batch_size, seed):
    n, m = max(n, m, batch_size), min(n, m)
    long, short = np.arange(n), 100 + np.arange(m)
    data = inputs.SeveralOrders([[long], [short, -short]], batch_size, seed)
    data.shuffle(steps=3)
    served = [
        np.concatenate(parts)
        for parts in zip(*map(data.__getitem__, range(len(data))), strict=True)
    ]
    assert len(served[0]) == n // batch_size * batch_size
    assert len(set(served[0])) == len(served[0])
    assert set(served[1]) <= set(short)
    assert np.bincount(served[1] - 100).max() <= -(-n // m)
    np.testing.assert_array_equal(served[1], -served[2])  # one set stays together


def test_sets_of_equal_length_are_not_served_in_pairs():
    data = inputs.SeveralOrders([[np.arange(100)], [np.arange(100)]], 100, seed=0)
    data.shuffle(0)
    a, b = data[0]
    assert (a == b).mean() < 0.1
    a, b = inputs.SeveralOrders([[np.arange(9)], [np.arange(3)]], 9, seed=None)[0]
    assert a.tolist() == list(range(9)) and b.tolist() == [0, 1, 2] * 3


# Labels.


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.eye(3)[[0, 1]], "argmax"),
        (np.array([0.0, 1.0]), "astype"),
        (np.array([0, 3]), "0 to 3, but 3 classes are numbered 0 to 2"),
        (np.array([-1, 0]), "-1 to 0"),
        (np.array([[0], [1]]), r"shape \(2, 1\)"),
        ([0, 1], "got list"),
        (None, "got NoneType"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        inputs.check_labels(labels, classes=3)


@pytest.mark.parametrize("kind", ["uint8", "int32", "int64"])
def test_labels_of_any_integers_are_taken(kind):
    got = inputs.check_labels(np.array([0, 2], kind), classes=3)
    assert got.tolist() == [0, 2] and got.dtype == "int32"
    assert inputs.check_labels(np.array([-1, 2]), classes=3, lowest=-1).tolist() == [-1, 2]
