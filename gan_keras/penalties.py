"""Terms that keep a discriminator smooth: they act on the gradient of its score at its *input*.

For a score t(x) of one image x, grad t(x) has the image's shape, and its norm says how fast the
score changes as pixels change. The norm is taken over all pixels and channels of one image.
"""

import keras
from keras import ops

from gan_keras.engine import autodiff, inputs

_MIXES_SAMPLES = (keras.layers.BatchNormalization,)
_WRONG_DERIVATIVE = (
    keras.layers.LayerNormalization,
    keras.layers.GroupNormalization,
    keras.layers.SpectralNormalization,
)


def gradient_penalty(critic, real, fake, alpha):
    """Two-sided gradient penalty on interpolates (WGAN-GP: Gulrajani et al., 2017).

        GP = E[(||grad t(x_hat)|| - 1)^2],   x_hat = alpha x_real + (1 - alpha) x_fake

    Args:
        critic: Function of a batch that returns one score per sample.
        real, fake: Tensors of one shape (batch, ...).
        alpha: Mixing weights in [0, 1], *one per sample*: shape (batch, 1, ..., 1); or one number.

    Returns:
        A scalar, not yet multiplied by its weight (10 in the paper).

    Raises:
        ValueError: If `real` and `fake` differ in shape, `alpha` is not one weight per sample, or
            the critic does not give one score per sample.
    """
    inputs.check_functions(critic=critic)
    inputs.check_floats(real=real, fake=fake)
    inputs.check_same_shape(real=real, fake=fake)
    _check_alpha(alpha, real)
    interpolates = alpha * real + (1.0 - alpha) * fake
    scores, gradients = autodiff.input_gradients(critic, interpolates)
    _check_scores(scores, interpolates)
    # The tiny term is inside the root: the root has no derivative at a gradient of zero.
    norms = ops.sqrt(_squared_norms(gradients) + 1e-12)
    return ops.mean(ops.square(norms - 1.0))


def r1(discriminator, real):
    """Zero-centred penalty at real samples: R1 = E[||grad t(x)||^2] (Mescheder et al., 2018).

    The paper adds gamma / 2 times this to the discriminator's loss. On fake samples the same
    function is the paper's R2.

    Args:
        discriminator: Function of a batch that returns one score per sample.
        real: Tensor of shape (batch, ...).

    Returns:
        A scalar.

    Raises:
        ValueError: If the discriminator does not give one score per sample.
    """
    return scores_and_r1(discriminator, real)[1]


def scores_and_r1(discriminator, real):
    """`(discriminator(real), r1(discriminator, real))` from one pass through the discriminator."""
    inputs.check_functions(discriminator=discriminator)
    inputs.check_floats(real=real)
    scores, gradients = autodiff.input_gradients(discriminator, real)
    _check_scores(scores, real)
    return scores, ops.mean(_squared_norms(gradients))


def clip_weights(network, limit):
    """Clip every weight of `network` to [-limit, limit], in place (Arjovsky et al., 2017).

    Raises:
        ValueError: If `limit` is not positive (0.01 in the WGAN paper), or `network` is no network.
    """
    inputs.check_player("network", network)
    inputs.check_positive(limit=limit)
    for variable in network.trainable_variables:
        variable.assign(ops.clip(variable, -limit, limit))


def check_penalised(network):
    """Refuse a network whose gradient penalty would be wrong.

    BatchNormalization mixes the samples of a batch, so a penalty per sample means nothing there.
    On TensorFlow, LayerNormalization and GroupNormalization of Keras have a wrong *second*
    derivative: the mean inside their variance is taken for a constant. Its SpectralNormalization
    takes the singular value for a constant.

    Raises:
        ValueError: Naming the layer and what to use instead; or if `network` is no network.
    """
    inputs.check_player("discriminator", network)
    refused = _MIXES_SAMPLES
    if autodiff.BACKEND == "tensorflow":
        refused += _WRONG_DERIVATIVE
    for layer in network._flatten_layers():
        if isinstance(layer, refused):
            raise ValueError(
                f"{network.name!r} contains {layer.name!r}, a {type(layer).__name__}, through "
                "which a gradient penalty is wrong. Use gan_keras.layers.LayerNormalization or "
                "SpectralNormalization, or no normalisation."
            )


def _check_scores(scores, samples):
    """One score per sample: of a mean over the batch, the gradient would be too small."""
    shape, expected = inputs.shape_of(scores), inputs.shape_of(samples)
    if shape is None or expected is None:  # unknown to TensorFlow while it traces
        return
    if not shape or shape[0] != expected[0] or any(size != 1 for size in shape[1:]):
        raise ValueError(
            f"Expected one score per sample, of shape (batch, 1), got {shape} for samples of shape "
            f"{expected}."
        )


def _check_alpha(alpha, samples):
    shape, expected = inputs.shape_of(alpha), inputs.shape_of(samples)
    if not shape or expected is None:
        return
    if len(shape) != len(expected) or any(size != 1 for size in shape[1:]):
        raise ValueError(
            f"Expected alpha to be one weight per sample, of shape (batch, 1, ..., 1), got {shape} "
            f"for samples of shape {expected}."
        )


def _squared_norms(gradients):
    """||g||^2 of each sample: (batch, ...) -> (batch,)."""
    return ops.sum(ops.square(gradients), axis=tuple(range(1, len(gradients.shape))))
