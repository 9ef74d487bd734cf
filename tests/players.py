"""Small nets and data that several tests share."""

import os
import subprocess
import sys

import keras
import numpy as np

import gan_keras as gk

# For runs of a few steps: on TensorFlow a trace costs as much as some twenty of them.
QUICK = {"run_eagerly": True} if keras.backend.backend() == "tensorflow" else {}
SHAPE = (8, 8, 1)
LATENT_DIM = 4


def images(n=64, seed=0):
    """Smooth images in [-1, 1]."""
    waves = np.random.default_rng(seed).uniform(0, 2 * np.pi, size=(n, 1, 1, 1))
    return np.sin(np.linspace(0, 6, 64).reshape(1, *SHAPE) + waves).astype("float32")


def generator():
    """A small DCGAN generator: it has BatchNorm."""
    return gk.networks.dcgan_generator(LATENT_DIM, SHAPE, width=4)


def discriminator():
    return gk.networks.dcgan_discriminator(SHAPE, width=4)


def noisy_discriminator():
    """A discriminator with every layer that behaves differently in training."""
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.GaussianNoise(0.1, seed=1),
            keras.layers.Conv2D(4, 3, strides=2, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Dropout(0.3, seed=2),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )


def compiled(model, **options):
    options = {
        "g_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.5),
        "d_optimizer": keras.optimizers.Adam(1e-3, beta_1=0.5),
        **options,
    }
    model.compile(**options)
    return model


def with_sgd(model):
    """The model with SGD: where a gradient is zero but for rounding, Adam takes a full step."""
    count = len(getattr(model.optimizer, "optimizers", [model.optimizer]))
    model.compile(
        *[keras.optimizers.SGD(0.01, momentum=0.9) for _ in range(count)], **model.compiled_with
    )
    return model


def gan(averaging=None, **options):
    model = gk.GAN(generator(), noisy_discriminator(), seed=5, averaging=averaging)
    return compiled(model, **options)


def wgan_gp(critic_steps=2, **options):
    model = gk.WGANGP(generator(), discriminator(), critic_steps=critic_steps, seed=5)
    return compiled(model, **options)


def relativistic(**options):
    """With averaged weights, so that tests of saving see them."""
    model = gk.RelativisticGAN(generator(), discriminator(), seed=5, averaging=0.9)
    return compiled(model, **options)


def labels(n=64):
    """A class for each image: whether its middle is bright."""
    return (images(n)[:, 4, 4, 0] > 0).astype("int32")


def conditional(**options):
    model = gk.ConditionalGAN(
        gk.networks.dcgan_generator(LATENT_DIM + 2, SHAPE, width=4),
        gk.networks.dcgan_discriminator(SHAPE, width=4, batch_norm=True, outputs=2),
        classes=2,
        seed=5,
        averaging=0.9,
    )
    return compiled(model, **options)


def semi_supervised(**options):
    """With noise in the discriminator, whose seeds must be saved too."""
    discriminator = keras.Sequential(
        [
            keras.Input(SHAPE),
            keras.layers.Flatten(),
            keras.layers.GaussianNoise(0.1, seed=1),
            keras.layers.Dense(16, "relu"),
            keras.layers.Dense(2),
        ]
    )
    return compiled(gk.SemiSupervisedGAN(generator(), discriminator, 2, seed=5), **options)


def pix2pix(l1_weight=10.0, **options):
    model = gk.Pix2Pix(
        gk.networks.unet(SHAPE, channels=2, width=4, depth=1),
        gk.networks.patch_discriminator((8, 8, 3), width=4),
        l1_weight=l1_weight,
        seed=5,
    )
    return compiled(model, **options)


def cycle_gan(**options):
    model = gk.CycleGAN(
        *[gk.networks.unet(SHAPE, channels=1, width=4, depth=1) for _ in range(2)],
        *[gk.networks.patch_discriminator(SHAPE, width=4) for _ in range(2)],
        seed=5,
    )
    return compiled(model, loss="least_squares", **options)


def vae(noise_std=0.3, **options):
    encoder = gk.networks.dcgan_discriminator(SHAPE, width=4, outputs=2 * LATENT_DIM)
    model = gk.VAE(encoder, generator(), noise_std=noise_std, seed=5)
    model.compile(keras.optimizers.Adam(1e-3), **options)
    return model


def targets(n=64, seed=0):
    """For `pix2pix`: an image and its negative, side by side."""
    return np.concatenate([images(n, seed), -images(n, seed)], axis=-1)


def discriminator_only(**options):
    model = gk.DiscriminatorOnly(noisy_discriminator(), seed=5)
    model.compile(keras.optimizers.Adam(1e-3), **options)
    return model


# How each model of the package is made, and what `fit` takes.
MODELS = {
    "gan": (gan, lambda: (images(),)),
    "wgan_gp": (wgan_gp, lambda: (images(),)),
    "relativistic": (relativistic, lambda: (images(),)),
    "conditional": (conditional, lambda: (images(), labels())),
    "semi_supervised": (
        semi_supervised,
        lambda: (images(), np.where(np.arange(64) % 8, -1, labels())),
    ),
    "pix2pix": (pix2pix, lambda: (images(), targets())),
    "cycle_gan": (cycle_gan, lambda: (images(), images(40, seed=1))),
    "vae": (vae, lambda: (images(),)),
    "discriminator_only": (discriminator_only, lambda: (images(), -images())),
}


def values(variables):
    """NumPy copies of a model's or a list's variables."""
    variables = getattr(variables, "variables", variables)
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def equal(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def close(a, b):
    """Whether all arrays agree but for rounding, which SGD does not enlarge; whole numbers do."""
    return all(np.allclose(x, y, rtol=0, atol=1e-6) for x, y in zip(a, b, strict=True))


def state(model):
    """All of a model's variables, and those of its optimizers."""
    return values(model) + values(model.optimizer)


def compiled_with(model):
    """What a model was compiled with; of optimizers the class and its numbers.

    On PyTorch, Keras gives another module for the same optimizer.
    """
    return {
        key: (value["class_name"], value["config"]) if isinstance(value, dict) else value
        for key, value in model.get_compile_config().items()
    }


def filled(model):
    """The model with numbers in all its variables that no other variable has."""
    chance = np.random.default_rng(0)
    for variable in [*model.variables, *model.optimizer.variables]:
        numbers = chance.uniform(1, 1000, size=tuple(variable.shape))
        variable.assign(numbers.astype(keras.backend.standardize_dtype(variable.dtype)))
    return model


# A process that imports only the package: it opens every file and writes it anew.
PASS_ON = """
import sys
from pathlib import Path
import gan_keras
import keras
for path in Path(sys.argv[1]).glob("*.keras"):
    keras.saving.load_model(path).save(Path(sys.argv[2], path.name))
"""


def passed_on(models, folder, backend):
    """Models after a journey through files, and through a process on another backend or this."""
    there, back = folder / "there", folder / "back"
    there.mkdir()
    back.mkdir()
    for name, model in models.items():
        model.save(there / f"{name}.keras")
    subprocess.run(
        [sys.executable, "-c", PASS_ON, there, back],
        env={**os.environ, "KERAS_BACKEND": backend},
        check=True,
    )
    return {name: keras.saving.load_model(back / f"{name}.keras") for name in models}
