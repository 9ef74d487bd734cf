"""The seam: derivatives against known ones, state that is kept, noise that is fresh."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

import gan_keras as gk
from gan_keras.engine import autodiff
from tests import players


def numpy(tensors):
    return [ops.convert_to_numpy(tensor) for tensor in tensors]


@given(st.lists(st.floats(-3, 3, width=32), min_size=3, max_size=3))
def test_value_and_gradients_of_a_polynomial(entries):
    w = keras.Variable(np.float32(entries))
    value, gradients = autodiff.value_and_gradients(lambda: ops.sum(w**3), [w])
    assert float(value) == pytest.approx(np.sum(np.float64(entries) ** 3), abs=1e-3)
    np.testing.assert_allclose(numpy(gradients)[0], 3 * np.float64(entries) ** 2, atol=1e-3)


@given(st.lists(st.floats(-3, 3, width=32), min_size=2, max_size=2))
def test_pullback_is_the_vector_jacobian_product(cotangent):
    w = keras.Variable(np.float32([[1.0, 2.0], [3.0, 4.0]]))
    x = ops.convert_to_tensor(np.float32([0.5, -1.0]))
    output, pull = autodiff.pullback(lambda: ops.matmul(w, x), [w])
    np.testing.assert_allclose(ops.convert_to_numpy(output), [-1.5, -2.5])
    (gradient,) = numpy(pull(ops.convert_to_tensor(np.float32(cotangent))))
    np.testing.assert_allclose(gradient, np.outer(cotangent, [0.5, -1.0]), atol=1e-6)


def test_unconnected_variables_get_zeros():
    w, unused = keras.Variable(np.float32([2.0])), keras.Variable(np.float32([5.0, 6.0]))
    _, gradients = autodiff.value_and_gradients(lambda: ops.sum(w * w), [w, unused])
    np.testing.assert_array_equal(numpy(gradients)[1], [0.0, 0.0])


def test_the_gradient_of_several_losses_is_refused():
    w = keras.Variable(np.float32([2.0, 3.0]))
    with pytest.raises(ValueError, match="scalar"):
        autodiff.value_and_gradients(lambda: w * w, [w])


def test_input_gradients_differentiate_twice():
    """f(x) = a x^3: the gradient is 3 a x^2, and its derivative in a is 3 x^2."""
    a = keras.Variable(np.float32(2.0))
    x = ops.convert_to_tensor(np.float32([[1.0], [2.0]]))
    output, gradient = autodiff.input_gradients(lambda x: a * x**3, x)
    np.testing.assert_allclose(ops.convert_to_numpy(output), [[2.0], [16.0]])
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), [[6.0], [24.0]])
    _, (second,) = autodiff.value_and_gradients(
        lambda: ops.sum(autodiff.input_gradients(lambda x: a * x**3, x)[1]), [a]
    )
    assert float(second) == pytest.approx(3 * 1 + 3 * 4)


def test_layer_states_inside_a_derivative_are_kept():
    layer = keras.layers.BatchNormalization()
    layer.build((None, 2))
    x = ops.convert_to_tensor(np.float32([[1.0, 2.0], [3.0, 6.0]]))
    autodiff.pullback(lambda: layer(x, training=True), layer.trainable_variables)
    once = ops.convert_to_numpy(layer.moving_mean).copy()
    assert np.abs(once).min() > 0
    autodiff.input_gradients(lambda x: layer(x, training=True), x)
    assert (np.abs(ops.convert_to_numpy(layer.moving_mean)) > np.abs(once)).all()


@pytest.mark.parametrize("draw", [autodiff.normal, autodiff.uniform])
def test_noise_is_fresh_and_repeats_with_its_seed(draw):
    first, again = (keras.random.SeedGenerator(7) for _ in range(2))
    a, b, c = numpy([draw((4, 3), first), draw((4, 3), first), draw((4, 3), again)])
    assert a.shape == (4, 3)
    assert np.abs(a - b).max() > 0.1
    np.testing.assert_array_equal(a, c)


def test_uniform_lies_in_the_unit_interval():
    values = ops.convert_to_numpy(autodiff.uniform((1000, 1), keras.random.SeedGenerator(0)))
    assert 0 <= values.min() < 0.05 and 0.95 < values.max() < 1


def test_normal_noise_is_standard():
    values = ops.convert_to_numpy(autodiff.normal((4000, 1), keras.random.SeedGenerator(0)))
    np.testing.assert_allclose([values.mean(), values.std()], [0, 1], atol=0.1)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX alone would forget it")
def test_a_variable_that_a_step_assigns_and_no_model_tracks_is_named():
    stray = keras.Variable(0.0, name="stray")

    class Counts(gk.GAN):
        def log(self, d_loss, g_loss):
            stray.assign_add(1.0)
            return super().log(d_loss, g_loss)

    model = players.compiled(Counts(players.generator(), players.discriminator()))
    with pytest.raises(ValueError, match="not tracked by the model: .*stray"):
        model.fit(players.images(), batch_size=16, verbose=0)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="about TensorFlow's graphs")
def test_no_weight_moves_before_it_was_read():
    """From the same weights, five steps in one graph end alike. Once, one time in ten they did not.

    The loss is linear in its scores: so the gradients do not need them, and TensorFlow let the
    optimizer write weights that the scores had yet to read.
    """
    import tensorflow as tf

    critic = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 4, strides=2, activation="silu"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, use_bias=False),
        ]
    )
    variables, optimizer = critic.trainable_variables, keras.optimizers.SGD(0.1)
    optimizer.build(variables)
    chance = np.random.default_rng(0)
    real, fake = chance.normal(size=(2, 5, 8, 8, 8, 1)).astype("float32")

    @tf.function
    def five_steps():
        values = []
        for x, y in zip(real, fake, strict=True):
            value, gradients = autodiff.value_and_gradients(
                lambda x=x, y=y: ops.mean(critic(y)) - ops.mean(critic(x)), variables
            )
            optimizer.apply(gradients, variables)
            values.append(value)
        return values

    start, ends = critic.get_weights(), []
    for _ in range(200):
        critic.set_weights(start)
        values = five_steps()
        ends.append([*map(float, values), *np.ravel(critic.get_weights()[0])])
    np.testing.assert_allclose(ends, ends[:1] * len(ends), rtol=0, atol=1e-5)
