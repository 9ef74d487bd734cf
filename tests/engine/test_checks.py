"""What would fail in silence is refused, and a remedy is named only where it cures."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import gan_keras as gk
from gan_keras.engine import checks
from tests import players

GOOD = players.images()


# Networks.


def ending_in(*last, shape=(8, 8, 1)):
    """A generator whose last layers are these."""
    dense = layers.Dense(int(np.prod(shape)))
    return keras.Sequential([keras.Input((4,)), dense, *last])


RESHAPE = layers.Reshape((8, 8, 1))


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (gk.networks.mlp_generator(3, (2, 2, 1)), (-1, 1)),
        (gk.networks.mlp_generator(3, (2, 2, 1), activation="sigmoid"), (0, 1)),
        (gk.networks.mlp_generator(3, (2, 2, 1), activation=None), None),
        (ending_in(layers.Activation("tanh"), layers.Reshape((8, 8, 1))), (-1, 1)),
        (
            ending_in(layers.Activation("tanh"), layers.Activation("linear", dtype="float32")),
            (-1, 1),
        ),
        (ending_in(layers.Activation("tanh"), RESHAPE, layers.UpSampling2D()), (-1, 1)),
        (ending_in(layers.Activation("tanh"), layers.Rescaling(0.5, 0.5)), None),
        (ending_in(layers.Activation("sigmoid"), layers.Rescaling(2.0, -1.0)), None),
        (ending_in(layers.Activation("tanh"), layers.BatchNormalization()), None),
        (ending_in(gk.networks.mlp_generator(64, (8, 8, 1))), (-1, 1)),
        (keras.Model(z := keras.Input((4,)), ops.tanh(layers.Dense(4)(z))), (-1, 1)),
    ],
    ids=lambda value: "" if isinstance(value, keras.Model) else None,
)
def test_the_range_is_that_of_what_the_network_gives(network, expected):
    assert checks.value_range(network) == expected


@pytest.mark.parametrize(
    "last",
    ["sigmoid", "tanh", "relu", "softplus", "elu", layers.Softmax(), layers.ReLU(), ops.sigmoid],
)
def test_a_score_with_bounds_is_no_logit(last):
    x = keras.Input((8, 8, 1))
    score = layers.Dense(1, None if callable(last) else last)(layers.Flatten()(x))
    network = keras.Model(x, last(score) if callable(last) else score)
    outer = keras.Sequential([keras.Input((8, 8, 1)), network])
    for discriminator in (network, outer):
        with pytest.raises(ValueError, match="logits"):
            gk.GAN(players.generator(), discriminator)


@pytest.mark.parametrize("last", [None, "leaky_relu", layers.LeakyReLU()])
def test_a_score_without_bounds_is_accepted(last):
    x = keras.Input((8, 8, 1))
    score = layers.Dense(1, None if callable(last) else last)(layers.Flatten()(x))
    checks.logits(keras.Model(x, last(score) if callable(last) else score))


def test_players_have_one_input_and_one_output():
    z, y, x = keras.Input((4,)), keras.Input((3,)), keras.Input((8, 8, 1))
    joined = layers.Dense(64, "tanh")(layers.Concatenate()([z, y]))
    with pytest.raises(ValueError, match="2 inputs.*ConditionalGAN"):
        gk.GAN(keras.Model([z, y], layers.Reshape((8, 8, 1))(joined)), players.discriminator())
    h = layers.Flatten()(x)
    with pytest.raises(ValueError, match="2 outputs"):
        gk.GAN(players.generator(), keras.Model(x, [layers.Dense(1)(h), layers.Dense(10)(h)]))


# Samples.

SAMPLES = checks.Samples((8, 8, 1), checks.IMAGES)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (GOOD[..., 0], "channel axis"),
        (GOOD[0], r"sample\[None\]"),
        (np.repeat(GOOD, 3, -1), "keepdims=True"),
        (np.moveaxis(GOOD, -1, 1), "moveaxis"),
        (GOOD[:, :6], r"\(8, 8, 1\), got \(6, 8, 1\).$"),
        (GOOD.reshape(64, -1), r"got \(64,\).$"),
        ((GOOD * 127 + 127).astype("uint8"), "scale_pixels"),
        (GOOD * 127.5 + 127.5, "scale_pixels"),
        (np.minimum(GOOD, 0) * 9, r"lie in \[.*, 0\], but"),
        (np.where(GOOD == GOOD.max(), np.inf, GOOD), "NaN or infinite"),
        (list(GOOD), "list"),
    ],
)
def test_samples_that_do_not_fit_are_told_what_cures_them(images, message):
    with pytest.raises(ValueError, match=message):
        SAMPLES(images)


def test_the_question_of_the_sign_is_asked_of_a_whole_real_set_only():
    bright = np.abs(GOOD)
    assert SAMPLES(bright) is bright  # a batch, a query, fakes; and nothing is copied
    with pytest.raises(ValueError, match=r"x \* 2 - 1"):
        SAMPLES.whole(bright)
    fakes = checks.Samples((8, 8, 1), checks.IMAGES, real=False)
    points = checks.Samples((2,), checks.IMAGES)
    assert fakes.whole(bright) is bright
    assert len(points.whole(np.float32([[0.5, 0.9]] * 9))) == 9
    model = players.discriminator_only()
    model.fit(GOOD, bright, verbose=0)


def test_shapes_are_compared_as_far_as_they_are_known():
    any_size = checks.Samples((None, None, 1))
    assert any_size(GOOD) is GOOD
    SAMPLES.structure(keras.KerasTensor((None, None, None, 1)))
    with pytest.raises(ValueError, match="got"):
        any_size.structure(GOOD[..., 0])
    assert checks.fits(None, (1, 2)) and not checks.fits((1,), (1, 2))


def test_tokens_are_no_samples():
    with pytest.raises(ValueError, match="one-hot"):
        checks.Samples((12,))(np.arange(24).reshape(2, 12))


# Numbers.


@pytest.mark.parametrize("value", [0, -1, 2.0, 2.5, "2", None, True, np.nan])
def test_counts_are_whole_numbers(value):
    with pytest.raises(ValueError, match="steps="):
        checks.counts(steps=value)


def test_numbers_of_numpy_are_numbers():
    checks.counts(n=np.int64(3), m=np.uint8(1))
    checks.weights(a=np.float32(0.5), b=np.int64(0))


@pytest.mark.parametrize("value", [-1e-9, np.nan, np.inf, "1", None])
def test_weights_are_finite_and_not_negative(value):
    with pytest.raises(ValueError, match="penalty_weight="):
        checks.weights(penalty_weight=value)


def test_shapes_that_would_be_broadcast_are_refused():
    with pytest.raises(ValueError, match="real .* and fake"):
        checks.same_shape(real=GOOD, fake=GOOD[:1])
    checks.same_shape(real=GOOD, fake=tf.constant(GOOD))
    with pytest.raises(ValueError, match="scalar"):
        checks.scalars(d_loss=ops.ones((3, 1)))
