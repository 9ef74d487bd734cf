"""Three training steps from given weights and given noise, on the backend of the environment.

Kept are the weights, the last losses, and what the optimizers keep: of SGD the momentum, a sum of
the gradients. Nothing here lets rounding choose: Adam, which takes a full step where a gradient is
zero but for rounding, meets linear players alone, whose gradients are of known size; and there is
no kink under a penalty, whose gradient jumps with the sign of an input.

    KERAS_BACKEND=jax python -m tests.parity weights.npz
    python -m tests.parity weights.npz xla                  (compiled, as Keras does on a GPU)

`test_backends` runs this once a backend and compares the files.
"""

import sys

import keras
import numpy as np
from keras import ops

import gan_keras as gk

SHAPE, LATENT_DIM, BATCH, STEPS = (8, 8, 1), 4, 8, 3


def given(shape, seed):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def given_normal(shape, seed):
    """For `autodiff.normal`: the random numbers of the backends differ."""
    return ops.convert_to_tensor(given((BATCH, shape[1]), seed=1))


class GANWithR1(gk.GAN):
    def discriminator_loss(self, real, fake):
        return super().discriminator_loss(real, fake) + 5.0 * gk.penalties.r1(self.scores, real)


class WGANGP(gk.WGANGP):
    def critic_loss(self, real, fake):
        alpha = ops.full((BATCH, 1, 1, 1), 0.3)
        return gk.losses.wasserstein_discriminator_loss(
            self.scores(real), self.scores(fake)
        ) + 0.1 * gk.penalties.gradient_penalty(self.scores, real, fake, alpha)


def discriminator(*normalisation, outputs=1, shape=SHAPE):
    return keras.Sequential(
        [
            keras.Input(shape),
            gk.layers.SpectralNormalization(
                keras.layers.Conv2D(4, 4, strides=2, padding="same", use_bias=False)
            ),
            *normalisation,
            keras.layers.Activation("silu"),
            keras.layers.Flatten(),
            keras.layers.Dense(outputs, use_bias=False),
        ]
    )


def generator(inputs=LATENT_DIM):
    return gk.networks.dcgan_generator(inputs, SHAPE, width=4)


def unet():
    return gk.networks.unet(SHAPE, channels=1, width=4, depth=2)


def sgd():
    return keras.optimizers.SGD(0.005, momentum=0.9)


def linear_gan():
    """Of one layer each: the critic's gradient is a difference of means, the generator's -w."""
    generator, critic = keras.layers.Dense(6), keras.layers.Dense(1, use_bias=False)
    players = (keras.Sequential([keras.Input((6,)), layer]) for layer in (generator, critic))
    return gk.GAN(*players)


def models(**options):
    """Names, models compiled with these options, and a batch for each."""
    batchnorm, layernorm = keras.layers.BatchNormalization, gk.layers.LayerNormalization
    images = {seed: np.tanh(given((BATCH, *SHAPE), seed)) for seed in (2, 3)}
    labels = np.arange(BATCH, dtype="int32") % 3
    judge = gk.DiscriminatorOnly(discriminator(batchnorm()))
    encoder = discriminator(layernorm(), outputs=2 * LATENT_DIM)
    pair = discriminator(batchnorm(), shape=(*SHAPE[:2], 2))
    made = {
        "gan": (gk.GAN(generator(), discriminator(batchnorm())), images[2]),
        "gan_r1": (GANWithR1(generator(), discriminator(layernorm())), images[2]),
        "relativistic": (
            gk.RelativisticGAN(generator(), discriminator(layernorm()), averaging=0.5),
            images[2],
        ),
        "wgan_gp": (
            WGANGP(generator(), discriminator(layernorm()), critic_steps=3),
            np.tanh(given((3 * BATCH, *SHAPE), 2)),
        ),
        "conditional": (
            gk.ConditionalGAN(generator(LATENT_DIM + 3), discriminator(batchnorm(), outputs=3), 3),
            images[2],
            labels,
        ),
        "semi_supervised": (
            gk.SemiSupervisedGAN(generator(), discriminator(layernorm(), outputs=3), 3),
            images[2],
            images[3],
            labels,
        ),
        "pix2pix": (gk.Pix2Pix(unet(), pair), images[2], images[3]),
        "cycle_gan": (
            gk.CycleGAN(unet(), unet(), discriminator(), discriminator()),
            *images.values(),
        ),
        "vae": (gk.VAE(encoder, generator()), images[2]),
        "discriminator_only": (judge, *images.values()),
    }
    for name, (model, *batch) in made.items():
        optimizers = [sgd()] if hasattr(model, "trackers") else [sgd(), sgd()]
        model.compile(*optimizers, **options)
        yield name, model, batch
    linear = linear_gan()
    linear.compile(*(keras.optimizers.Adam(0.005) for _ in "gd"), loss="wasserstein", **options)
    yield "adam", linear, [given((BATCH, 6), seed=5)]


def main(path, way=""):
    gk.autodiff.normal = given_normal
    options = {"jit_compile": True} if way == "xla" else {}
    result = {}
    for name, model, batch in models(**options):
        drawn = [*model.trainable_variables, *(v for v in model.weights if v.name == "u")]
        for i, variable in enumerate(drawn):
            variable.assign(0.5 * given(tuple(variable.shape), seed=[4, i]))
        if getattr(model, "averaging", None):
            model.averaged_generator.set_weights(model.generator.get_weights())
        for _ in range(STEPS):  # a third array goes in as the sample weights
            logs = model.train_on_batch(*batch, return_dict=True)
        result[f"{name}/losses"] = [logs[key] for key in sorted(logs) if "loss" in key]
        for i, variable in enumerate([*model.weights, *model.optimizer.variables]):
            result[f"{name}/{i:02d}"] = ops.convert_to_numpy(variable)
    np.savez(path, **result)


if __name__ == "__main__":
    main(*sys.argv[1:])
