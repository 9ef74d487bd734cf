"""Every public function and class, given what it cannot use: a sentence, before any work is done.

`CASES` is the table: what is called, what is wrong with it, the call, and a fragment of the
message. What `fit` says of data of every kind (arrays, `tf.data`, sequences, generators) is in
`test_inputs.py`; `test_data.py` has the files that `load_images` refuses.
"""

import dataclasses
import functools
import inspect
import re

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from keras import layers, ops

import gan_keras as gk
from gan_keras.course import callbacks, plots
from gan_keras.engine import inputs
from tests import players

SHAPE, IMAGES = players.SHAPE, players.images()
LABELS = players.labels()
POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
SHARES = np.full(4, 0.25)
NAN_IMAGES = np.where(np.arange(64)[:, None, None, None] == 63, np.nan, IMAGES)


@functools.cache
def model(name):
    """A compiled model of `players`; no case may change it."""
    return players.MODELS[name][0]()


@functools.cache
def judge():
    made = gk.DiscriminatorOnly(players.discriminator())
    made.compile()
    return made


@functools.cache
def digits_judge():
    return gk.judges.load("digits")


@functools.cache
def generator():
    return gk.networks.mlp_generator(4, SHAPE, hidden=(4,))


@functools.cache
def discriminator(outputs=1):
    return gk.networks.dcgan_discriminator(SHAPE, 4, outputs=outputs)


@functools.cache
def unet(channels=1, name=""):
    return gk.networks.unet(SHAPE, channels=channels, width=4, depth=2)


@functools.cache
def ending_in(last):
    """A discriminator that squashes its score, in the layer, in the network or in a part of it."""
    x = keras.Input(SHAPE)
    flat = layers.Flatten()(x)
    if last == "an operation":
        return keras.Model(x, ops.sigmoid(layers.Dense(1)(flat)))
    if last == "a part":
        return keras.Model(x, keras.Sequential([layers.Dense(1, "sigmoid")])(flat))
    if last == "Softmax":
        return keras.Model(x, layers.Softmax()(layers.Dense(1)(flat)))
    return keras.Model(x, layers.Dense(1, last)(flat))


@functools.cache
def critic_with(layer):
    return keras.Sequential(
        [keras.Input(SHAPE), layers.Flatten(), layers.Dense(4), layer(), layers.Dense(1)]
    )


@functools.cache
def frozen():
    network = gk.networks.mlp_generator(4, SHAPE, hidden=(4,))
    network.trainable = False
    return network


class Subclassed(keras.Model):
    """A network that does not tell its shapes."""

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)

    def call(self, x):
        return self.dense(x)


@functools.cache
def subclassed():
    network = Subclassed()
    network(np.zeros((1, 4), "float32"))
    return network


def pixels_of(images):
    """The simplest features."""
    return images.reshape(len(images), -1)[:, ::8]


def adam(rate=1e-3):
    return keras.optimizers.Adam(rate)


def fit(name="gan", x=IMAGES, **options):
    return model(name).fit(x, **{"batch_size": 16, "verbose": 0, **options})


def axes():
    return plt.figure().add_subplot()


def mean_of(critic):
    return lambda x: ops.mean(critic(x))


def point(seed=0, n=5):
    return ops.convert_to_tensor(np.random.default_rng(seed).normal(size=(n, 2)), "float32")


def linear(x):
    return x[:, :1]


W = keras.Variable(np.float32([1.0, 2.0]))
CASES = {
    # The models: players that cannot play.
    "GAN": {
        "frozen": (lambda: gk.GAN(frozen(), discriminator()), "no trainable variables"),
        "shapes unknown": (lambda: gk.GAN(subclassed(), discriminator()), "not know its shapes"),
        "a layer": (
            lambda: gk.GAN(generator(), layers.Dense(1)),
            "must be a keras.Model, not Dense",
        ),
        "nothing": (lambda: gk.GAN(None, None), "generator must be a keras.Model, not NoneType"),
        "text": (lambda: gk.GAN("dcgan", "dcgan"), "generator must be a keras.Model, not str"),
        "one player": (lambda: gk.GAN(generator()), "missing 1 .*'discriminator'", TypeError),
        "players exchanged": (lambda: gk.GAN(discriminator(), generator()), "latent vectors"),
        "no layers built": (
            lambda: gk.GAN(keras.Sequential([layers.Dense(3)]), discriminator()),
            r"not built: begin it with keras.Input",
        ),
        "other image size": (
            lambda: gk.GAN(gk.networks.mlp_generator(4, (8, 9, 1)), discriminator()),
            r"\(8, 9, 1\).*\(8, 8, 1\)",
        ),
        "sigmoid": (lambda: gk.GAN(generator(), ending_in("sigmoid")), "sigmoid.*take logits"),
        "softmax layer": (lambda: gk.GAN(generator(), ending_in("Softmax")), "ends in a softmax"),
        "sigmoid operation": (
            lambda: gk.GAN(generator(), ending_in("an operation")),
            "ends in a sigmoid",
        ),
        "sigmoid in a part": (
            lambda: gk.GAN(generator(), ending_in("a part")),
            "ends in a sigmoid",
        ),
        "seed of text": (
            lambda: gk.GAN(generator(), discriminator(), seed="one"),
            "seed='one' must be a whole number",
        ),
        "seed below 0": (lambda: gk.GAN(generator(), discriminator(), seed=-1), "seed=-1"),
        "averaging 1": (
            lambda: gk.GAN(generator(), discriminator(), averaging=1.0),
            r"averaging=1.0 must lie in \[0, 1\)",
        ),
        "averaging of text": (
            lambda: gk.GAN(generator(), discriminator(), averaging="0.9"),
            "averaging='0.9' must lie",
        ),
        "unknown option": (
            lambda: gk.GAN(generator(), discriminator(), latent_dim=4),
            "latent_dim",
        ),
    },
    "WGANGP": {
        "NaN weight": (
            lambda: gk.WGANGP(generator(), discriminator(), penalty_weight=np.nan),
            "penalty_weight=nan",
        ),
        "nothing": (lambda: gk.WGANGP(generator(), None), "must be a keras.Model, not NoneType"),
        "BatchNorm": (
            lambda: gk.WGANGP(generator(), critic_with(layers.BatchNormalization)),
            "BatchNormalization.*gradient penalty is wrong",
        ),
        "no critic steps": (
            lambda: gk.WGANGP(generator(), discriminator(), critic_steps=0),
            "critic_steps=0 must be a whole number from 1",
        ),
        "half a critic step": (
            lambda: gk.WGANGP(generator(), discriminator(), critic_steps=2.5),
            "critic_steps=2.5",
        ),
        "negative weight": (
            lambda: gk.WGANGP(generator(), discriminator(), penalty_weight=-1.0),
            "penalty_weight=-1.0 must be a number, and must not be negative",
        ),
        "weight of text": (
            lambda: gk.WGANGP(generator(), discriminator(), penalty_weight="ten"),
            "penalty_weight='ten' must be a number",
        ),
    },
    "RelativisticGAN": {
        "negative weight": (
            lambda: gk.RelativisticGAN(generator(), discriminator(), penalty_weight=-0.1),
            "penalty_weight=-0.1 must",
        ),
        "NaN weight": (
            lambda: gk.RelativisticGAN(generator(), discriminator(), penalty_weight=np.nan),
            "penalty_weight=nan must",
        ),
        "BatchNorm": (
            lambda: gk.RelativisticGAN(generator(), critic_with(layers.BatchNormalization)),
            "BatchNormalization",
        ),
    },
    "ConditionalGAN": {
        "classes 2.0": (
            lambda: gk.ConditionalGAN(generator(), discriminator(2), classes=2.0),
            "classes=2.0",
        ),
        "three logits": (
            lambda: gk.ConditionalGAN(generator(), discriminator(3), classes=2),
            r"logits of shape \(3,\)",
        ),
        "no classes": (
            lambda: gk.ConditionalGAN(generator(), discriminator(2), classes=0),
            "classes=0 must be a whole number from 2",
        ),
        "one logit": (
            lambda: gk.ConditionalGAN(generator(), discriminator(), classes=2),
            "wants 2 for each sample",
        ),
        "no room for noise": (
            lambda: gk.ConditionalGAN(
                gk.networks.mlp_generator(2, SHAPE, (4,)), discriminator(2), 2
            ),
            "too few for 2 classes and at least one of noise",
        ),
    },
    "SemiSupervisedGAN": {
        "classes of text": (
            lambda: gk.SemiSupervisedGAN(generator(), discriminator(2), classes="two"),
            "classes='two'",
        ),
        "one logit": (
            lambda: gk.SemiSupervisedGAN(generator(), discriminator(), classes=2),
            "wants 2 for each sample",
        ),
    },
    "Pix2Pix": {
        "generator from noise": (
            lambda: gk.Pix2Pix(generator(), discriminator()),
            r"turns \(4,\) into \(8, 8, 1\)",
        ),
        "discriminator of one image": (
            lambda: gk.Pix2Pix(unet(), discriminator()),
            r"both, joined along the channels: \(8, 8, 2\), not \(8, 8, 1\)",
        ),
        "negative weight": (
            lambda: gk.Pix2Pix(
                unet(), gk.networks.patch_discriminator((8, 8, 2), 4), l1_weight=-1.0
            ),
            "l1_weight=-1.0",
        ),
        "nothing": (lambda: gk.Pix2Pix(unet(), None), "discriminator must be a keras.Model"),
    },
    "CycleGAN": {
        "grey and colour": (
            lambda: gk.CycleGAN(unet(3), unet(), discriminator(), discriminator()),
            "Repeat the channel of grey images three times",
        ),
        "a layer": (
            lambda: gk.CycleGAN(unet(), unet(name="back"), discriminator(), layers.Dense(1)),
            "b_discriminator must be a keras.Model",
        ),
        "negative identity": (
            lambda: gk.CycleGAN(
                unet(), unet(name="back"), discriminator(), discriminator(), identity_weight=-1
            ),
            "identity_weight=-1",
        ),
        "one network twice": (
            lambda: gk.CycleGAN(unet(), unet(), discriminator(), discriminator()),
            "four networks of their own",
        ),
        "three networks": (
            lambda: gk.CycleGAN(unet(), unet(name="back"), discriminator()),
            "missing 1 .*'b_discriminator'",
            TypeError,
        ),
        "negative weight": (
            lambda: gk.CycleGAN(
                unet(), unet(name="back"), discriminator(), discriminator(), cycle_weight=-1
            ),
            "cycle_weight=-1",
        ),
    },
    "VAE": {
        "a layer": (lambda: gk.VAE(layers.Dense(8), generator()), "encoder must be a keras.Model"),
        "noise NaN": (
            lambda: gk.VAE(discriminator(8), generator(), noise_std=np.nan),
            "noise_std=nan",
        ),
        "encoder of other images": (
            lambda: gk.VAE(gk.networks.mlp_discriminator((4, 4, 1)), generator()),
            "The encoder reads",
        ),
        "encoder too narrow": (lambda: gk.VAE(discriminator(4), generator()), "twice as many"),
        "no noise": (
            lambda: gk.VAE(discriminator(8), generator(), noise_std=0),
            "noise_std=0 must be a positive number",
        ),
        "no seed": (lambda: gk.VAE(discriminator(8), generator(), seed=None), "seed=None"),
    },
    "DiscriminatorOnly": {
        "sigmoid": (lambda: gk.DiscriminatorOnly(ending_in("sigmoid")), "take logits"),
        "ten logits": (lambda: gk.DiscriminatorOnly(discriminator(10)), r"one logit for each"),
        "nothing": (lambda: gk.DiscriminatorOnly(None), "must be a keras.Model"),
        "no seed": (lambda: gk.DiscriminatorOnly(discriminator(), seed=None), "seed=None"),
    },
    # The models: what `compile` is given.
    "GAN.compile": {
        "unknown loss": (lambda: model("gan").compile(loss="wgan"), "'wgan'.*'hinge'"),
        "loss of Keras": (
            lambda: model("gan").compile(loss=keras.losses.BinaryCrossentropy()),
            "Unknown loss .*'non_saturating'",
        ),
        "one optimizer": (
            lambda: (shared := adam()) and model("gan").compile(shared, shared),
            "share one optimizer object",
        ),
        "unknown optimizer": (
            lambda: model("gan").compile("adamm", "adam"),
            "Could not interpret optimizer identifier: adamm",
        ),
        "rate below 0": (
            lambda: model("gan").compile(adam(), adam(-1e-3)),
            "learning rate of d_optimizer is -0.001: it must not be negative",
        ),
        "rate of NaN": (
            lambda: model("gan").compile(adam(np.nan), adam()),
            "learning rate of g_optimizer is nan",
        ),
        "a scale of losses": (
            lambda: model("gan").compile(keras.optimizers.LossScaleOptimizer(adam()), adam()),
            "g_optimizer is a LossScaleOptimizer, but these models do not scale",
        ),
        "metrics": (
            lambda: model("gan").compile(metrics=["accuracy"]),
            "compile.. does not take metrics",
        ),
        "one optimizer for all": (
            lambda: model("gan").compile(optimizer="adam"),
            "does not take optimizer",
        ),
    },
    "WGANGP.compile": {
        "another loss": (lambda: model("wgan_gp").compile(loss="hinge"), "its own loss"),
    },
    "RelativisticGAN.compile": {
        "another loss": (lambda: model("relativistic").compile(loss="hinge"), "its own loss"),
    },
    "VAE.compile": {
        "a loss": (lambda: model("vae").compile(loss="mse"), "does not take loss"),
        "rate below 0": (lambda: model("vae").compile(adam(-1.0)), "learning rate of optimizer"),
    },
    "DiscriminatorOnly.compile": {
        "metrics": (lambda: judge().compile(metrics=["accuracy"]), "does not take metrics"),
        "unknown loss": (lambda: judge().compile(loss="bce"), "Unknown loss 'bce'"),
    },
    # The models: what `fit` is given. Every model class is refused bad data further below.
    "GAN.fit": {
        "nothing": (lambda: fit(x=None), "one array or a data set, not NoneType"),
        "a list": (lambda: fit(x=[IMAGES]), "not list"),
        "text": (lambda: fit(x=np.array(["cat"] * 64)), r"shape \(8, 8, 1\), got \(\)"),
        "text of the right shape": (
            lambda: fit(x=IMAGES.astype(str)),
            "Expected floating-point samples, got",
        ),
        "objects": (lambda: fit(x=IMAGES.astype(object)), "floating-point samples, got object"),
        "complex numbers": (lambda: fit(x=IMAGES + 0j), "floating-point samples, got complex"),
        "one number": (lambda: fit(x=np.float32(1)), r"got \(\)"),
        "no sample": (lambda: fit(x=IMAGES[:0]), "There are no samples"),
        "fewer than a batch": (lambda: fit(x=IMAGES[:9]), "9 samples, and a step takes 16"),
        "batch of 0": (lambda: fit(batch_size=0), "batch_size=0 must be a whole number from 1"),
        "batch below 0": (lambda: fit(batch_size=-16), "batch_size=-16"),
        "batch of text": (lambda: fit(batch_size="16"), "batch_size='16'"),
        "no epochs": (lambda: fit(epochs=0), "epochs=0 must be a whole number from 1"),
        "epochs of text": (lambda: fit(epochs="5"), "epochs='5'"),
        "callback not made": (
            lambda: fit(callbacks=[gk.Doctor]),
            "Doctor.* is no callback.*Give objects",
        ),
        "sample weights": (lambda: fit(sample_weight=np.ones(64)), "sample_weight"),
        "class weights": (lambda: fit(y=LABELS, class_weight={0: 1.0}), "class_weight"),
        "validation": (lambda: fit(validation_split=0.1), "no validation loss"),
        "unknown option": (lambda: fit(epoch=3), "epoch", TypeError),
        "not compiled": (
            lambda: gk.GAN(generator(), discriminator()).fit(IMAGES),
            r"Call compile\(\) before fit\(\)",
        ),
        "numbers beyond float32": (
            lambda: players.compiled(
                gk.GAN(
                    gk.networks.mlp_generator(2, (2,), activation=None),
                    gk.networks.mlp_discriminator((2,)),
                )
            ).fit(np.full((64, 2), 1e300)),
            "more than float32 can hold",
        ),
    },
    "ConditionalGAN.fit": {
        "no labels": (lambda: fit("conditional"), r"two arrays: fit\(images, labels\)"),
        "label too large": (
            lambda: fit("conditional", y=LABELS + 1),
            "2 classes are numbered 0 to 1",
        ),
        "too few labels": (lambda: fit("conditional", y=LABELS[:9]), r"\[64, 9\]"),
        "labels of text": (
            lambda: fit("conditional", y=np.array(["cat"] * 64)),
            "integer labels, got .*U3",
        ),
    },
    "SemiSupervisedGAN.fit": {
        "all unknown": (lambda: fit("semi_supervised", y=np.full(64, -1)), "No image has a label"),
        "too few labels": (lambda: fit("semi_supervised", y=LABELS[:9]), "64 images, but 9"),
    },
    "Pix2Pix.fit": {
        "no targets": (lambda: fit("pix2pix"), "pair by pair. Without pairs, use CycleGAN"),
        "too few targets": (lambda: fit("pix2pix", y=players.targets(9)), r"\[64, 9\]"),
    },
    "CycleGAN.fit": {
        "one set": (lambda: fit("cycle_gan"), "need not be pairs"),
        "other size": (lambda: fit("cycle_gan", y=IMAGES[:, :4]), r"got \(4, 8, 1\)"),
    },
    "VAE.fit": {
        "pixels 0-255": (lambda: fit("vae", IMAGES * 99), "scale_pixels"),
        "batch of 0": (lambda: fit("vae", batch_size=0), "batch_size=0"),
    },
    "DiscriminatorOnly.fit": {
        "no fakes": (lambda: judge().fit(IMAGES), "Fake samples are missing"),
        "pixels 0-1": (lambda: judge().fit(IMAGES, (IMAGES + 1) / 2), r"x \* 2 - 1"),
        "batch of 0": (lambda: judge().fit(IMAGES, IMAGES, batch_size=0), "batch_size=0"),
    },
    # The models: what else they are asked.
    "GAN.generate": {
        "none": (lambda: model("gan").generate(0), "n=0 must be a whole number from 1"),
        "fewer than none": (lambda: model("gan").generate(-1), "n=-1"),
        "a half": (lambda: model("gan").generate(2.5), "n=2.5"),
        "text": (lambda: model("gan").generate("16"), "n='16'"),
        "seed of text": (lambda: model("gan").generate(1, seed="a"), "seed='a'"),
    },
    "ConditionalGAN.generate": {
        "none": (lambda: model("conditional").generate(0), "n=0"),
        "unknown class": (
            lambda: model("conditional").generate(2, labels=2),
            "2 classes are numbered 0 to 1",
        ),
        "labels too many": (
            lambda: model("conditional").generate(2, labels=[0, 1, 0]),
            "n=2 samples were asked for, with 3 labels",
        ),
    },
    "VAE.generate": {"none": (lambda: model("vae").generate(0), "n=0")},
    "VAE.encode": {"pixels 0-255": (lambda: model("vae").encode(IMAGES * 99), "scale_pixels")},
    "VAE.reconstruct": {
        "no channel": (lambda: model("vae").reconstruct(IMAGES[..., 0]), "channel")
    },
    "GAN.evaluate": {
        "too few": (
            lambda: model("gan").evaluate(IMAGES[:10], pixels_of, verbose=0),
            "10 real and 5 fake samples: want 20 and 10",
        ),
        "too few fakes": (
            lambda: model("gan").evaluate(IMAGES, pixels_of, n=5, verbose=0),
            "64 real and 5 fake",
        ),
        "pixels 0-255": (lambda: model("gan").evaluate(IMAGES * 99, pixels_of), "scale_pixels"),
        "half the height": (
            lambda: model("gan").evaluate(IMAGES[:, :4], pixels_of),
            r"got \(4, 8, 1\)",
        ),
        "extractor of images": (
            lambda: model("gan").evaluate(IMAGES, lambda x: x, verbose=0),
            r"features \(n, d\)",
        ),
        "no extractor": (lambda: model("gan").evaluate(IMAGES), "Give an extractor"),
        "extractor no function": (
            lambda: model("gan").evaluate(IMAGES, "inception", verbose=0),
            "extractor must be a function, not 'inception'",
        ),
        "extractor of one row": (
            lambda: model("gan").evaluate(IMAGES, lambda x: np.ones((1, 3)), verbose=0),
            "features of shape .1, 3. for 32 samples",
        ),
        "none": (lambda: model("gan").evaluate(IMAGES, len, n=0), "n=0"),
        "a list": (lambda: model("gan").evaluate([1, 2], len), "got list"),
        "NaN": (lambda: model("gan").evaluate(NAN_IMAGES, len), "NaN"),
    },
    "Pix2Pix.evaluate": {
        "unequal": (
            lambda: model("pix2pix").evaluate(IMAGES, players.targets(9)),
            "differ in length: x 64, y 9",
        ),
    },
    "Pix2Pix.translate": {
        "pixels 0-255": (lambda: model("pix2pix").translate(IMAGES * 99), "scale_pixels"),
        "none": (lambda: model("pix2pix").translate(IMAGES[:0]), "no samples"),
    },
    "CycleGAN.translate": {
        "no channel": (lambda: model("cycle_gan").translate(IMAGES[..., 0]), "channel axis"),
    },
    "DiscriminatorOnly.evaluate": {
        "pixels 0-255": (lambda: judge().evaluate(IMAGES * 99, IMAGES, verbose=0), "scale_pixels"),
        "unequal": (lambda: judge().evaluate(IMAGES, IMAGES[:9], verbose=0), "real 64, fake 9"),
    },
    "DiscriminatorOnly.probabilities": {
        "bytes": (lambda: judge().probabilities(IMAGES.astype("uint8")), "floating-point"),
    },
    "SemiSupervisedGAN.probabilities": {
        "a list": (lambda: model("semi_supervised").probabilities([1]), "got list"),
    },
    "GAN.load_weights": {
        "no such file": (
            lambda: model("gan").load_weights("nowhere.weights.h5"),
            "no file nowhere.weights.h5",
            FileNotFoundError,
        ),
    },
    "Doctor": {
        "nothing": (lambda: fit(callbacks=[gk.Doctor(None)]), "got NoneType"),
    },
    "Backup": {
        "steps 0": (lambda: gk.Backup("backup", steps=0), "steps=0 must be a whole number from 1"),
    },
    "callbacks.Quality": {
        "no extractor": (lambda: callbacks.Quality(IMAGES), "need an extractor"),
    },
    # Losses and penalties.
    "losses.AdversarialLoss": {
        "no functions": (
            lambda: gk.losses.AdversarialLoss("own", "hinge", None),
            "discriminator must be a function, not 'hinge'",
        ),
    },
    "losses.get": {
        "misspelt": (lambda: gk.losses.get("nonsaturating"), "'nonsaturating'.*'non_saturating'"),
        "nothing": (lambda: gk.losses.get(None), "Unknown loss None"),
    },
    "losses.with_label_smoothing": {
        "above 1": (lambda: gk.losses.with_label_smoothing(1.05), "real_target=1.05 is outside"),
        "text": (lambda: gk.losses.with_label_smoothing("0.9"), "real_target='0.9' is outside"),
        "NaN": (lambda: gk.losses.with_label_smoothing(np.nan), "real_target=nan"),
    },
    "inputs.check_scalars": {
        "a loss a sample": (
            lambda: inputs.check_scalars(g_loss=np.zeros(4)),
            r"g_loss must be a scalar, not of shape \(4,\)",
        ),
    },
    **{
        f"losses.{name}": {
            "integers": (
                lambda loss=loss, given=given: loss(*given),
                "logits must hold floating-point numbers, not int",
            ),
            "nothing": (
                lambda loss=loss, given=given: loss(*[None for _ in given]),
                "logits must hold floating-point numbers, not object",
            ),
        }
        for name, loss, given in (
            (name, getattr(gk.losses, name), [np.array([[1]])] * (2 if two else 1))
            for name, two in (
                ("cross_entropy_discriminator_loss", True),
                ("saturating_generator_loss", False),
                ("non_saturating_generator_loss", False),
                ("least_squares_discriminator_loss", True),
                ("least_squares_generator_loss", False),
                ("hinge_discriminator_loss", True),
                ("wasserstein_discriminator_loss", True),
                ("wasserstein_generator_loss", False),
            )
        )
    },
    "losses.relativistic_loss": {
        "no pairs": (
            lambda: gk.losses.relativistic_loss(
                np.zeros((4, 1), "float32"), np.zeros(4, "float32")
            ),
            r"one and the same shape, got real_logits \(4, 1\) and fake_logits \(4\)",
        ),
    },
    "penalties.gradient_penalty": {
        "no critic": (
            lambda: gk.penalties.gradient_penalty(None, point(), point(1), 0.5),
            "critic must be a function, not NoneType",
        ),
        "alpha for each pixel": (
            lambda: gk.penalties.gradient_penalty(linear, point(), point(1), point(2)),
            r"alpha to be one weight per sample, .* got \(5, 2\)",
        ),
        "alpha without axes": (
            lambda: gk.penalties.gradient_penalty(linear, point(), point(1), point(2)[:, 0]),
            r"got \(5,\)",
        ),
        "fakes fewer": (
            lambda: gk.penalties.gradient_penalty(linear, point(), point(1, n=1), 0.5),
            r"real \(5, 2\) and fake \(1, 2\)",
        ),
        "integers": (
            lambda: gk.penalties.gradient_penalty(linear, np.ones((5, 2), int), point(), 0.5),
            "real must hold floating-point numbers",
        ),
        "one score for all": (
            lambda: gk.penalties.gradient_penalty(mean_of(linear), point(), point(1), 0.5),
            r"one score per sample, of shape \(batch, 1\), got \(\)",
        ),
    },
    "penalties.r1": {
        "ten scores": (lambda: gk.penalties.r1(lambda x: x, point()), r"got \(5, 2\)"),
        "one score for all": (lambda: gk.penalties.r1(mean_of(linear), point()), r"got \(\)"),
        "nothing": (lambda: gk.penalties.r1(linear, None), "real must hold floating-point"),
    },
    "penalties.scores_and_r1": {
        "no function": (
            lambda: gk.penalties.scores_and_r1(3, point()),
            "discriminator must be a function, not 3",
        ),
    },
    "penalties.clip_weights": {
        "limit 0": (
            lambda: gk.penalties.clip_weights(discriminator(), 0.0),
            "limit=0.0 must be a positive number",
        ),
        "limit NaN": (lambda: gk.penalties.clip_weights(discriminator(), np.nan), "limit=nan"),
        "no network": (lambda: gk.penalties.clip_weights(None, 0.1), "network must be a keras"),
    },
    "penalties.check_penalised": {
        "nothing": (lambda: gk.penalties.check_penalised(None), "must be a keras.Model"),
        "LayerNormalization of Keras": (
            lambda: gk.penalties.check_penalised(critic_with(layers.LayerNormalization)),
            "LayerNormalization.*Use gan_keras.layers",
        ),
    },
    # The seam.
    "autodiff.pullback": {
        "no function": (lambda: gk.autodiff.pullback(3, [W]), "fn must be a function, not 3"),
        "no variables": (lambda: gk.autodiff.pullback(lambda: W * 1, []), "at least one"),
        "one variable": (lambda: gk.autodiff.pullback(lambda: W * 1, W), "must be a list"),
        "numbers": (
            lambda: gk.autodiff.pullback(lambda: W * 1, [1.0]),
            "holds a float, no keras.Variable",
        ),
    },
    "autodiff.value_and_gradients": {
        "a vector": (
            lambda: gk.autodiff.value_and_gradients(lambda: W * W, [W]),
            r"fn.. must be a scalar, not of shape \(2,\)",
        ),
    },
    "autodiff.input_gradients": {
        "no function": (lambda: gk.autodiff.input_gradients(None, point()), "fn must .* not None"),
        "integers": (
            lambda: gk.autodiff.input_gradients(linear, np.ones((2, 2), int)),
            "x must hold floating-point numbers, not int",
        ),
    },
    "autodiff.train_step": {
        "no function": (
            lambda: gk.autodiff.train_step("step"),
            "step must be a function, not 'step'",
        ),
    },
    "autodiff.test_step": {
        "no function": (lambda: gk.autodiff.test_step(None), "step must be a function, not None"),
    },
    "autodiff.normal": {
        "seed a number": (lambda: gk.autodiff.normal((4, 2), 7), "seed must be a .*SeedGenerator"),
        "shape a number": (
            lambda: gk.autodiff.normal(4, keras.random.SeedGenerator(0)),
            "shape must be a tuple .* not 4",
        ),
    },
    "autodiff.uniform": {
        "no seed": (lambda: gk.autodiff.uniform((4, 1), None), "SeedGenerator, not None"),
    },
    # Networks and layers.
    "networks.mlp_generator": {
        "unknown activation": (
            lambda: gk.networks.mlp_generator(2, (2,), activation="tan"),
            "activation.* tan",
        ),
    },
    "networks.mlp_discriminator": {
        "hidden 0": (lambda: gk.networks.mlp_discriminator((2,), (0,)), "a positive integer"),
    },
    "networks.dcgan_generator": {
        "odd side": (lambda: gk.networks.dcgan_generator(8, (27, 28, 1)), "divisible by 4"),
        "no channel": (lambda: gk.networks.dcgan_generator(8, (28, 28)), "height, width, chan"),
    },
    "networks.dcgan_discriminator": {
        "odd side": (lambda: gk.networks.dcgan_discriminator((28, 30, 1)), "divisible by 4"),
    },
    "networks.unet": {
        "too deep": (lambda: gk.networks.unet((20, 28, 1), depth=3), "divisible by 8"),
    },
    "networks.patch_discriminator": {
        "too deep": (lambda: gk.networks.patch_discriminator((8, 12, 1), depth=3), "divisible"),
    },
    "networks.draw_latents": {
        "none": (lambda: gk.networks.draw_latents(0, 2, 1), "n=0 must be"),
        "no seed": (lambda: gk.networks.draw_latents(4, 2, None), "seed=None must be"),
    },
    "layers.LayerNormalization": {
        "epsilon 0": (lambda: gk.layers.LayerNormalization(0), "epsilon=0 must be a positive"),
        "open axis": (
            lambda: gk.layers.LayerNormalization()(keras.Input((None,))),
            "last axis must have a fixed length",
        ),
    },
    "layers.SpectralNormalization": {
        "no kernel": (
            lambda: gk.layers.SpectralNormalization(layers.ReLU())(IMAGES),
            "needs a layer with a kernel",
        ),
        "text": (lambda: gk.layers.SpectralNormalization("dense"), "dense.*valid Keras layer"),
    },
    # Data and judges. Files: test_data.py.
    "load_images": {
        "unknown": (lambda: gk.load_images("mnsit"), "no such set: .*mnist"),
        "a path": (lambda: gk.load_images("../digits"), "plain name .* got '../digits'"),
        "a number": (lambda: gk.load_images(3), "plain name .* got 3"),
    },
    "data.scale_pixels": {
        "floats": (lambda: gk.data.scale_pixels(IMAGES), "uint8 in 0 to 255, got float32"),
        "text": (lambda: gk.data.scale_pixels("cat"), "wants uint8"),
    },
    "data.to_pixels": {
        "integers": (lambda: gk.data.to_pixels(np.ones(3, int)), r"floats in \[-1, 1\], got int64"),
        "NaN": (lambda: gk.data.to_pixels(NAN_IMAGES), "got NaN"),
    },
    "data.ensure_reachable": {
        "no address": (
            lambda: gk.data.ensure_reachable("nowhere"),
            "no network: unknown url type",
            ConnectionError,
        ),
    },
    "judges.train": {
        "labels of floats": (lambda: gk.judges.train(IMAGES, LABELS / 1.0), "float64"),
        "one-hot labels": (lambda: gk.judges.train(IMAGES, np.eye(64, dtype=int)), r"\(64, 64\)"),
        "bytes": (lambda: gk.judges.train(IMAGES.astype("uint8"), LABELS), "scale_pixels"),
        "no image": (lambda: gk.judges.train(IMAGES[:0], LABELS[:0]), "no samples"),
        "pixels 0-255": (lambda: gk.judges.train(IMAGES * 99, LABELS), "scale_pixels"),
    },
    "judges.Judge": {
        "asked about bytes": (
            lambda: digits_judge()(np.zeros((2, 28, 28, 1), "uint8")),
            "scale_pixels",
        ),
        "asked about other sizes": (lambda: digits_judge().labels(IMAGES), r"\(28, 28, 1\)"),
        "asked about NaN": (
            lambda: digits_judge().probabilities(np.full((2, 28, 28, 1), np.nan)),
            "NaN",
        ),
    },
    # Metrics.
    "metrics.frechet_distance": {
        "other width": (
            lambda: gk.metrics.frechet_distance(POINTS, POINTS[:, :1]),
            r"\(40, 2\) and \(40, 1\)",
        ),
        "images": (lambda: gk.metrics.frechet_distance(IMAGES, IMAGES), "need an extractor first"),
        "complex numbers": (lambda: gk.metrics.frechet_distance(POINTS, POINTS + 0j), "complex"),
        "all alike": (
            lambda: gk.metrics.frechet_distance(np.ones((9, 2)), POINTS),
            "All real samples have the same features",
        ),
    },
    "metrics.precision_recall": {
        "k 0": (lambda: gk.metrics.precision_recall(POINTS, POINTS, k=0), "k=0"),
        "k 2.5": (lambda: gk.metrics.precision_recall(POINTS, POINTS, k=2.5), "k=2.5"),
    },
    "metrics.mode_coverage": {
        "rows of labels": (lambda: gk.metrics.mode_coverage([[0, 1]], SHARES), r"\(1, 2\)"),
        "shares NaN": (lambda: gk.metrics.mode_coverage([0], [np.nan, 0.5]), "above 0"),
        "a share of 0": (lambda: gk.metrics.mode_coverage([0], [1.0, 0.0]), "above 0"),
    },
    "metrics.report": {
        "no extractor": (lambda: gk.metrics.report(IMAGES, IMAGES), "need an extractor"),
    },
    # Toy worlds.
    "toy.Mixture": {
        "width NaN": (lambda: gk.toy.Mixture([[0.0]], np.nan), "std=nan"),
        "weights of 1.4": (
            lambda: gk.toy.Mixture([[0.0], [1.0]], 0.1, [0.7, 0.7]),
            "sums to 1",
        ),
    },
    "toy.value": {
        "other length": (lambda: gk.toy.value(SHARES, SHARES, [0.5, 0.5]), r"shape \(4,\)"),
    },
    "toy.kl": {"not a share": (lambda: gk.toy.kl(SHARES, 2 * SHARES), "sums to 1")},
    "toy.js": {"other length": (lambda: gk.toy.js(SHARES, SHARES[:3]), "one and the same shape")},
    "toy.wasserstein_1d": {
        "a plane": (
            lambda: gk.toy.wasserstein_1d(SHARES.reshape(2, 2), SHARES.reshape(2, 2)),
            "on a line",
        ),
    },
    "toy.bilinear": {"one number": (lambda: gk.toy.bilinear(1.0), "missing 1 .*'y'", TypeError)},
    "toy.dirac": {
        "penalty below 0": (lambda: gk.toy.dirac(1, 1, penalty=-1), "penalty=-1"),
    },
    **{
        f"toy.{rule.__name__}": {
            "unknown option": (
                lambda rule=rule: gk.toy.play(gk.toy.bilinear, (1, 0), rule, speed=2),
                "unexpected keyword argument 'speed'",
                TypeError,
            )
        }
        for rule in (gk.toy.simultaneous, gk.toy.alternating, gk.toy.extra_gradient)
    },
    # Recipes.
    **{
        f"recipes.{recipe.__name__}": {
            "odd side": (lambda recipe=recipe: recipe((30, 30, 1), 4), "divisible by 4"),
            "no steps": (lambda recipe=recipe: recipe(SHAPE, width=4, steps=0), "steps.*0"),
        }
        for recipe in (gk.recipes.dcgan, gk.recipes.wgan_gp, gk.recipes.r3gan)
    },
    "recipes.points": {"no steps": (lambda: gk.recipes.points(steps=0), "steps.*0")},
    # Plots.
}
ROWS = [
    pytest.param(*case, id=f"{name}, {given}")
    for name, cases in CASES.items()
    for given, case in ((given, (*case, ValueError)[:3]) for given, case in cases.items())
]


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    plt.close("all")


@pytest.mark.parametrize(("call", "message", "error"), ROWS)
def test_it_is_refused_with_a_sentence(call, message, error):
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error, "an error of TensorFlow or NumPy"
    text = str(caught.value)
    assert re.search(message, text, re.DOTALL), text
    assert len(text) < 500 and "{{" not in text and "Traceback" not in text, text


def public():
    """Names of the functions and classes that take arguments, of the package and its modules."""
    modules = {
        name: getattr(gk, name) for name in gk.__all__ if inspect.ismodule(getattr(gk, name))
    }
    modules |= {"plots": plots, "callbacks": callbacks}
    found = {name: getattr(gk, name) for name in gk.__all__ if name not in modules}
    for module, content in modules.items():
        for name, value in vars(content).items():
            ours = getattr(value, "__module__", None) == content.__name__
            if ours and callable(value) and name[0] != "_":
                found[f"{module}.{name}"] = value
    # Records, which the package makes and hands out, and what takes nothing.
    records = {
        name
        for name, value in found.items()
        if isinstance(value, type)
        and (issubclass(value, tuple) or dataclasses.is_dataclass(value))
        and value is not gk.losses.AdversarialLoss
    }
    return {
        name
        for name, value in found.items()
        if name not in records and inspect.signature(value).parameters
    }


def test_every_public_name_is_in_the_table():
    assert public() - {"data.load_images"} <= set(CASES)  # load_images stands there by itself


def test_the_table_is_long_enough():
    assert len(ROWS) >= 60
    assert len({name for name in CASES if "." not in name}) >= 12


# Nothing is changed, nothing is lost.

BAD_DATA = {
    "a NaN": lambda x: np.where(np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1)) == 9, np.nan, x),
    "pixels 0-255": lambda x: x * 127.5 + 127.5,
    "bytes": lambda x: (x * 127.5 + 127.5).astype("uint8"),
    "no channel axis": lambda x: x[..., 0],
    "half the height": lambda x: x[:, :4],
    "no samples": lambda x: x[:0],
}
ALL_MODELS = {
    **{name: (functools.partial(model, name), data) for name, (_, data) in players.MODELS.items()},
    "discriminator_only": (judge, lambda: (IMAGES, IMAGES[::-1])),
}


def state(one):
    counts = [int(o.iterations) for o in getattr(one.optimizer, "optimizers", [one.optimizer])]
    return players.values(one), players.values(one.optimizer), counts


@pytest.mark.parametrize("name", ALL_MODELS)
def test_a_refused_fit_changes_no_weight_no_moment_no_count_and_no_noise(name):
    make, data = ALL_MODELS[name]
    one, arrays = make(), data()
    before = state(one)
    calls = [((spoil(arrays[0]), *arrays[1:]), {}) for spoil in BAD_DATA.values()]
    calls += [([array[:9] for array in arrays], {})]
    calls += [(arrays, {"batch_size": 0}), (arrays, {"epochs": 0}), (arrays, {"callbacks": [3]})]
    for given, options in calls:
        with pytest.raises(ValueError):
            one.fit(*given, **{"batch_size": 16, "verbose": 0, **options})
    after = state(one)
    assert players.equal(before[0], after[0]) and players.equal(before[1], after[1])
    assert before[2] == after[2]


@pytest.mark.parametrize("name", ["gan", "wgan_gp"])
def test_a_refused_compile_leaves_the_old_one(name):
    one = players.MODELS[name][0]()
    optimizers, pair = (one.g_optimizer, one.d_optimizer), one.loss_pair
    for options in ({"loss": "none"}, {"d_optimizer": adam(-1.0)}, {"metrics": ["accuracy"]}):
        with pytest.raises(ValueError):
            one.compile(**options)
    assert (one.g_optimizer, one.d_optimizer) == optimizers and one.loss_pair is pair


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_a_save_that_fails_leaves_the_old_file(ending, tmp_path, monkeypatch):
    """Keras opens the file for writing, and so empties it, before it knows what to write."""
    one = players.gan()
    path = tmp_path / f"model{ending}"
    save = one.save if ending == ".keras" else one.save_weights
    save(path)
    old = path.read_bytes()

    def fails(store):
        raise OSError("the disk is full")

    monkeypatch.setattr(one, "save_own_variables", fails)
    with pytest.raises(OSError, match="the disk is full"):
        save(path)
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


def test_a_load_that_fails_leaves_the_weights(tmp_path):
    one, path = players.gan(), tmp_path / "model.weights.h5"
    one.save_weights(path)
    whole = path.read_bytes()
    players.wgan_gp().save_weights(tmp_path / "other.weights.h5")
    other = (tmp_path / "other.weights.h5").read_bytes()
    one.train_on_batch(IMAGES[:16])
    before = state(one)
    for spoiled in (whole[:5000], whole[:-9], b"no weights at all", other):
        path.write_bytes(spoiled)
        with pytest.raises(ValueError, match="cannot be loaded into this GAN.*weights stay"):
            one.load_weights(path)
    after = state(one)
    assert players.equal(before[0], after[0]) and players.equal(before[1], after[1])
    assert path.read_bytes() == other
    one.train_on_batch(IMAGES[:16])
