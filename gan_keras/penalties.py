"""Terms that keep a discriminator smooth: they act on the gradient of its score at its *input*.

The norm of the gradient is over all pixels and channels of one image.
"""

import keras
from keras import ops

from gan_keras.engine import autodiff, checks

# BatchNorm mixes samples, so a penalty per sample means nothing. The others of Keras have a wrong
# *second* derivative on TensorFlow: they take a mean, or the singular value, for a constant.
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
    """
    checks.same_shape(real=real, fake=fake)
    if checks.shape_of(alpha):  # not for one number
        _one_each("one weight alpha", alpha, real, [len(real.shape)])
    interpolates = alpha * real + (1.0 - alpha) * fake
    scores, gradients = autodiff.input_gradients(critic, interpolates)
    _one_each("one score", scores, interpolates, (4, 3, 1, 2))
    # The tiny term is inside the root: the root has no derivative at a gradient of zero.
    norms = ops.sqrt(_squared_norms(gradients) + 1e-12)
    return ops.mean(ops.square(norms - 1.0))


def r1(discriminator, real):
    """Zero-centred penalty at real samples: R1 = E[||grad t(x)||^2] (Mescheder et al., 2018).

    The paper adds gamma / 2 times this to the discriminator's loss; at fake samples it is the
    paper's R2. `discriminator` is a function of a batch that returns one score per sample.
    """
    return scores_and_r1(discriminator, real)[1]


def scores_and_r1(discriminator, real):
    """`(discriminator(real), r1(discriminator, real))` from one pass through the discriminator."""
    scores, gradients = autodiff.input_gradients(discriminator, real)
    _one_each("one score", scores, real, (4, 3, 1, 2))
    return scores, ops.mean(_squared_norms(gradients))


def check_penalised(network):
    """Refuse a network whose gradient penalty would be wrong."""
    refused = _MIXES_SAMPLES + _WRONG_DERIVATIVE * (autodiff.BACKEND == "tensorflow")
    for layer in network._flatten_layers():
        if isinstance(layer, refused):
            raise ValueError(
                f"{network.name!r} contains {layer.name!r}, a {type(layer).__name__}, through "
                "which a gradient penalty is wrong. Use gan_keras.layers.LayerNormalization or "
                "SpectralNormalization, or no normalisation."
            )


def _one_each(what, tensor, samples, ranks):
    """One number per sample: of a mean the gradient is too small; alpha mixes whole images."""
    expected = checks.shape_of(samples)
    if expected is None:  # unknown to TensorFlow while it traces
        return
    allowed = [(expected[0], *[1] * (rank - 1)) for rank in ranks]
    if not any(checks.fits(checks.shape_of(tensor), shape) for shape in allowed):
        raise ValueError(
            f"Expected {what} per sample, of shape {allowed[-1]}, got {tuple(tensor.shape)} for "
            f"samples of shape {expected}."
        )


def _squared_norms(gradients):
    """||g||^2 of each sample: (batch, ...) -> (batch,)."""
    return ops.sum(ops.square(gradients), axis=tuple(range(1, len(gradients.shape))))
