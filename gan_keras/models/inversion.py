"""Inversion: the latent vector whose image comes nearest to a given one."""

import keras
import numpy as np
from keras import ops

from gan_keras.engine import autodiff, inputs


def invert(
    generator,
    observed,
    degrade=None,
    steps=300,
    starts=4,
    learning_rate=0.1,
    prior_weight=0.0,
    seed=0,
):
    """Descend on z, with the generator held fixed, until G(z) explains what was observed.

        z* = argmin_z  mean((A(G(z)) - y)^2) + prior_weight * mean(z^2)

    With A the identity this reconstructs an image; with another A it restores one: A masks for
    inpainting, averages pixels for super-resolution. What lies outside the generator's range cannot
    be rebuilt. The loss has local minima, so the best of several starts z ~ N(0, I) is taken.

    Args:
        generator: Built `keras.Model`, latent vectors (batch, latent_dim) to images.
        observed: y, float array (n, ...): images, or images that went through A.
        degrade: A, a differentiable function of a batch of images, of `keras.ops`; None for the
            identity. Row i of its output belongs to row i of its input. It may be called on a batch
            in which each image stands `starts` times, one after the other.
        steps: Steps of Adam.
        starts: Starting points for each image, at least 1.
        learning_rate: Of Adam, falling to zero along a half cosine; z has a spread of 1.
        prior_weight: At least 0; keeps z where the generator was trained. Useful against noise.
        seed: Integer seed of the starts.

    Returns:
        float32 array (n, latent_dim).

    Raises:
        ValueError: If a number is out of range, or `observed` has not the shape of A(G(z)).

    Source: Zhu, Krähenbühl, Shechtman, Efros (2016), Generative Visual Manipulation on the Natural
    Image Manifold; with A, Bora, Jalal, Price, Dimakis (2017), Compressed Sensing using Generative
    Models.
    """
    if len(getattr(generator, "input_shape", None) or ()) != 2:
        raise ValueError("The generator must be a built keras.Model of latent vectors.")
    inputs.check_counts(steps=steps, starts=starts)
    inputs.check_counts(0, seed=seed)
    inputs.check_weights(prior_weight=prior_weight)
    inputs.check_positive(learning_rate=learning_rate)
    if degrade is not None:
        inputs.check_functions(degrade=degrade)
    observed = np.asarray(observed)
    inputs.check_floats(observed=observed)
    inputs.check_values(observed, None)
    degrade = degrade or (lambda images: images)
    latent_dim = generator.input_shape[-1]
    source = keras.random.SeedGenerator(seed)
    z = keras.Variable(keras.random.normal((len(observed) * starts, latent_dim), seed=source))
    target = ops.repeat(ops.convert_to_tensor(observed, "float32"), starts, axis=0)
    made = tuple(degrade(generator(z.value)).shape)
    if made != tuple(target.shape):
        raise ValueError(
            f"observed has samples of shape {tuple(target.shape[1:])}, but the generator's, after "
            f"degrade, have {made[1:]}."
        )

    def losses(z):
        error = ops.square(degrade(ops.cast(generator(z), "float32")) - target)
        error = ops.mean(error, axis=tuple(range(1, len(target.shape))))
        return error + prior_weight * ops.mean(ops.square(z), axis=1)

    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    optimizer = keras.optimizers.Adam(rate)
    for _ in range(steps):
        _, gradient = autodiff.input_gradients(losses, z.value)
        optimizer.apply([gradient], [z])
    best = ops.convert_to_numpy(losses(z.value)).reshape(-1, starts).argmin(axis=1)
    found = ops.convert_to_numpy(z).reshape(-1, starts, latent_dim)
    return np.asarray(found[np.arange(len(best)), best], "float32")
