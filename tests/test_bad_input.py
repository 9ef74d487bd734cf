"""What would fail in silence, or after minutes, is refused in a sentence before any work is done.

`CASES` is the table: a call, and a word that its refusal must hold. What Python, NumPy or Keras
refuses by itself is not in it.
"""

import functools
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import gan_keras as gk
from gan_keras.course import plots
from tests import players

SHAPE, IMAGES, LABELS = players.SHAPE, players.images(), players.labels()
TARGETS = players.targets()
BYTES = (IMAGES * 127.5 + 127.5).astype("uint8")
LOST = np.where(IMAGES == IMAGES.max(), np.nan, IMAGES)
POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
SHARES = np.full(4, 0.25)
DIGITS = np.zeros((2, 28, 28, 1), "float32")


@functools.cache
def model(name):
    """A compiled model of `players`, which a refusal leaves as it was."""
    return players.MODELS[name][0](**players.QUICK)


def fit(name, *data, **options):
    return model(name).fit(*(data or [IMAGES]), **{"batch_size": 16, "verbose": 0, **options})


def frozen_before_compile():
    model = gk.GAN(players.generator(), players.discriminator())
    model.discriminator.trainable = False
    model.compile()


def frozen_after_compile():
    model = players.gan()
    model.discriminator.trainable = False
    model.fit(IMAGES)


def compiled(name, *optimizers, **options):
    return model(name).compile(*optimizers, **options)


@functools.cache
def generator(latent_dim=4):
    return gk.networks.mlp_generator(latent_dim, SHAPE, (4,))


@functools.cache
def discriminator(outputs=1, **options):
    return gk.networks.dcgan_discriminator(SHAPE, 4, outputs=outputs, **options)


@functools.cache
def unet(channels=1, name="there"):
    return gk.networks.unet(SHAPE, channels, width=4, depth=2)


def gan(kind=gk.GAN, made=None, judging=None, **options):
    """A model of a good generator and a good discriminator, or of those given."""
    return kind(made or generator(), judging or discriminator(), **options)


def cycle_gan(*parts, judge=None, **options):
    there, back = parts or (unet(), unet(name="back"))
    judges = gk.networks.patch_discriminator(SHAPE, 4), judge or discriminator()
    return gk.CycleGAN(there, back, *judges, **options)


def vae(outputs=8, **options):
    return gk.VAE(discriminator(outputs), generator(), **options)


def network(*parts, shape=SHAPE):
    return keras.Sequential([keras.Input(shape), *parts])


def ending_in(*last):
    return network(layers.Flatten(), layers.Dense(1), *last)


def frozen(make):
    player = make()
    player.trainable = False
    return player


class Subclassed(keras.Model):
    """A network that does not tell its shapes."""

    def call(self, x):
        return x


def of_two_inputs():
    noise, label = keras.Input((4,)), keras.Input((3,))
    joined = layers.Dense(64, "tanh")(layers.Concatenate()([noise, label]))
    return keras.Model([noise, label], layers.Reshape(SHAPE)(joined))


def trained(one, **options):
    """A model of its own, in its first step."""
    return players.compiled(one, **options, **players.QUICK).fit(IMAGES, batch_size=8, verbose=0)


def batches(*arrays, size=16):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(size)


def adam(rate=1e-3):
    return keras.optimizers.Adam(rate)


def linear(x):
    return x[:, :1]


def gradient_penalty(critic=linear, fake=POINTS, alpha=0.5):
    return gk.penalties.gradient_penalty(critic, ops.array(POINTS), fake, alpha)


def r1(critic, points=POINTS):
    return gk.penalties.r1(critic, points)


CASES = {
    "players": {
        "frozen generator": (lambda: gan(made=frozen(players.generator)), "trainable"),
        "frozen discriminator": (lambda: gan(judging=frozen(players.discriminator)), "trainable"),
        "not built": (lambda: gan(made=keras.Sequential([layers.Dense(3)])), "keras.Input"),
        "shapes unknown": (lambda: gan(made=Subclassed()), "shapes"),
        "two inputs": (lambda: gan(made=of_two_inputs()), "ConditionalGAN"),
        "sigmoid": (lambda: gan(judging=ending_in(layers.Activation("sigmoid"))), "logits"),
        "tanh": (lambda: gan(judging=ending_in(layers.Dense(1, "tanh"))), "logits"),
        "ReLU": (lambda: gan(judging=ending_in(layers.ReLU())), "logits"),
        "other image size": (
            lambda: gan(made=gk.networks.mlp_generator(4, (8, 9, 1))),
            "judges",
        ),
        "images for noise": (lambda: gk.GAN(unet(), discriminator()), "latent"),
        "averaging 1": (lambda: gan(averaging=1.0), "averaging"),
        "averaging NaN": (lambda: gan(averaging=np.nan), "averaging"),
    },
    "models": {
        "WGANGP, half a step": (lambda: gan(gk.WGANGP, critic_steps=2.5), "critic_steps"),
        "WGANGP, weight": (lambda: gan(gk.WGANGP, penalty_weight=-1.0), "penalty_weight"),
        "WGANGP, BatchNorm": (
            lambda: gan(gk.WGANGP, judging=discriminator(batch_norm=True)),
            "penalty",
        ),
        "WGANGP, a map of scores": (
            lambda: trained(gan(gk.WGANGP, judging=gk.networks.patch_discriminator(SHAPE, 4, 1))),
            "score",
        ),
        "RelativisticGAN, weight": (
            lambda: gan(gk.RelativisticGAN, penalty_weight=np.nan),
            "penalty_weight",
        ),
        "ConditionalGAN, classes 2.0": (
            lambda: gan(gk.ConditionalGAN, judging=discriminator(2), classes=2.0),
            "classes",
        ),
        "ConditionalGAN, three logits": (
            lambda: gan(gk.ConditionalGAN, judging=discriminator(3), classes=2),
            "outputs",
        ),
        "ConditionalGAN, no noise": (
            lambda: gan(gk.ConditionalGAN, generator(2), discriminator(2), classes=2),
            "classes",
        ),
        "SemiSupervisedGAN, one logit": (lambda: gan(gk.SemiSupervisedGAN, classes=2), "outputs"),
        "Pix2Pix, one image": (lambda: gan(gk.Pix2Pix, unet()), "judges"),
        "Pix2Pix, weight": (lambda: gan(gk.Pix2Pix, unet(), l1_weight=-1.0), "l1_weight"),
        "CycleGAN, grey and color": (lambda: cycle_gan(unet(3), unet()), "channel"),
        "CycleGAN, a network twice": (lambda: cycle_gan(unet(), unet()), "four"),
        "CycleGAN, ReLU": (lambda: cycle_gan(judge=ending_in(layers.ReLU())), "logits"),
        "CycleGAN, cycle": (lambda: cycle_gan(cycle_weight=-1), "cycle_weight"),
        "CycleGAN, identity": (lambda: cycle_gan(identity_weight=np.nan), "identity_weight"),
        "VAE, no noise": (lambda: vae(noise_std=0), "noise_std"),
        "VAE, narrow encoder": (lambda: vae(4), "encoder"),
        "DiscriminatorOnly, ten logits": (lambda: gk.DiscriminatorOnly(discriminator(10)), "logit"),
    },
    "compile": {
        "unknown loss": (lambda: compiled("gan", loss="wgan"), "hinge"),
        "loss of Keras": (
            lambda: compiled("gan", loss=keras.losses.BinaryCrossentropy()),
            "AdversarialLoss",
        ),
        "loss for WGANGP": (lambda: compiled("wgan_gp", loss="hinge"), "loss"),
        "loss for RelativisticGAN": (lambda: compiled("relativistic", loss="hinge"), "loss"),
        "one for two": (lambda: compiled("gan", *[adam()] * 2), "optimizer"),
        "a scale": (
            lambda: compiled("gan", adam(), keras.optimizers.LossScaleOptimizer(adam())),
            "scale",
        ),
        "a scale within": (
            lambda: compiled("gan", adam(), keras.optimizers.SGD(loss_scale_factor=128.0)),
            "scale",
        ),
        "one by position": (lambda: compiled("gan", "adam"), "g_optimizer=..., d_optimizer"),
        "one by Keras's name": (lambda: compiled("cycle_gan", optimizer="adam"), "g_optimizer"),
        "rate below 0": (lambda: compiled("gan", adam(), adam(-1e-3)), "d_optimizer"),
        "rate NaN": (lambda: compiled("vae", adam(np.nan)), "rate"),
        "metrics": (lambda: compiled("discriminator_only", metrics=["accuracy"]), "metrics"),
    },
    "fit": {
        "pixels 0-255": (lambda: fit("gan", BYTES.astype("float32")), "scale_pixels"),
        "pixels 0-1": (lambda: fit("gan", (IMAGES + 1) / 2), "x * 2 - 1"),
        "NaN": (lambda: fit("gan", LOST), "NaN"),
        "beyond float32": (lambda: fit("gan", 1e300 * IMAGES.astype("float64")), "infinite"),
        "no channel": (lambda: fit("gan", IMAGES[..., 0]), "channel"),
        "channels first": (lambda: fit("gan", IMAGES.reshape(64, 1, 8, 8)), "moveaxis"),
        "one sample": (lambda: fit("gan", IMAGES[0]), "batch"),
        "judge without fakes": (lambda: model("discriminator_only").evaluate(IMAGES), "two arrays"),
        "frozen before compile": (frozen_before_compile, "frozen"),
        "frozen after compile": (frozen_after_compile, "again"),
        "validation_split": (lambda: fit("vae", validation_split=0.2), "validation_data=images"),
        "no samples": (lambda: fit("gan", IMAGES[:0]), "0 samples"),
        "too few": (lambda: fit("gan", IMAGES[:9]), "batch_size"),
        "a list": (lambda: fit("gan", [IMAGES]), "list"),
        "a dict": (lambda: fit("gan", {"images": IMAGES}), "dict"),
        "a generator of lists": (lambda: fit("gan", (b for b in [IMAGES.tolist()])), "list"),
        "tf.data, empty": (lambda: fit("gan", batches(IMAGES[:0])), "empty"),
        "tf.data, half a batch": (lambda: fit("wgan_gp", batches(IMAGES, size=15)), "critic steps"),
        "a loader of bytes": (lambda: fit("gan", map(np.copy, [BYTES])), "scale_pixels"),
        "batch 0": (lambda: fit("gan", batch_size=0), "batch_size"),
        "the batch size second": (lambda: fit("gan", IMAGES, 128), "batch_size=128"),
        "steps_per_epoch 0": (lambda: fit("gan", steps_per_epoch=0), "steps_per_epoch"),
        "epochs 2.0": (lambda: fit("gan", epochs=2.0), "epochs"),
        "not compiled": (lambda: gan().fit(IMAGES), "compile"),
        "sample weights": (lambda: fit("gan", sample_weight=LABELS), "sample_weight"),
        "class weights": (lambda: fit("conditional", class_weight={0: 2.0}), "class_weight"),
        "validation": (lambda: fit("gan", validation_data=IMAGES), "validation"),
        "validation, bytes": (lambda: fit("vae", validation_data=BYTES), "scale_pixels"),
        "backup within an epoch": (
            lambda: fit("gan", callbacks=keras.callbacks.BackupAndRestore("here", save_freq=3)),
            "save_freq",
        ),
        "a loss a sample": (
            lambda: trained(gan(), loss=gk.losses.AdversarialLoss("own", ops.subtract, ops.mean)),
            "scalar",
        ),
    },
    "fit, two arrays": {
        "no labels": (lambda: fit("conditional"), "labels"),
        "no such class": (lambda: fit("conditional", IMAGES, LABELS + 1), "classes"),
        "one-hot": (lambda: fit("conditional", IMAGES, np.eye(2, dtype=int)[LABELS]), "argmax"),
        "attributes": (lambda: fit("conditional", IMAGES, np.ones((64, 5), int)), "attributes"),
        "labels (n, 1)": (lambda: fit("conditional", IMAGES, LABELS[:, None]), "[:, 0]"),
        "labels of floats": (lambda: fit("conditional", IMAGES, LABELS / 1.0), "int32"),
        "too few labels": (lambda: fit("conditional", IMAGES, LABELS[:32]), "length"),
        "SemiSupervisedGAN, none": (lambda: fit("semi_supervised"), "labels"),
        "Pix2Pix, one": (lambda: fit("pix2pix"), "CycleGAN"),
        "CycleGAN, pixels 0-1": (
            lambda: fit("cycle_gan", IMAGES, (IMAGES + 1) / 2),
            "scale_pixels",
        ),
        "DiscriminatorOnly, one": (lambda: fit("discriminator_only"), "fake_samples"),
    },
    "questions": {
        "generate 0": (lambda: model("gan").generate(0), "n=0"),
        "generate three of two": (lambda: model("conditional").generate(2, [0, 1, 0]), "length"),
        "evaluate without features": (lambda: model("gan").evaluate(IMAGES), "extractor"),
        "evaluate a few": (lambda: model("gan").evaluate(IMAGES[:9], np.ravel), "real_samples"),
        "translate bytes": (lambda: model("pix2pix").translate(BYTES), "scale_pixels"),
        "evaluate pairs": (lambda: model("pix2pix").evaluate(IMAGES, TARGETS[:9]), "length"),
        "probabilities of bytes": (
            lambda: model("discriminator_only").probabilities(BYTES),
            "scale_pixels",
        ),
    },
    "losses": {
        "smoothing above 1": (lambda: gk.losses.with_label_smoothing(1.05), "real_target"),
        "no pairs": (
            lambda: gk.losses.relativistic_loss(ops.ones((4, 1)), ops.ones(4)),
            "shape",
        ),
    },
    "penalties": {
        "alpha a pixel": (lambda: gradient_penalty(alpha=POINTS), "alpha"),
        "alpha without axes": (lambda: gradient_penalty(alpha=POINTS[:, 0]), "alpha"),
        "fakes fewer": (lambda: gradient_penalty(fake=POINTS[:1]), "shape"),
        "fewer scores": (lambda: gradient_penalty(lambda x: x[:9, :1]), "score"),
        "two scores a sample": (lambda: r1(lambda x: x), "score"),
        "one score for all": (lambda: r1(ops.mean), "score"),
        "more scores": (lambda: r1(lambda x: ops.repeat(x[:, :1], 2, 0)), "score"),
        "integers": (lambda: r1(linear, POINTS.astype(int)), "floating"),
    },
    "parts": {
        "seed a number": (lambda: gk.autodiff.normal((4, 2), 7), "SeedGenerator"),
        "epsilon 0": (lambda: gk.layers.LayerNormalization(0.0), "epsilon"),
        "odd side": (lambda: gk.networks.dcgan_generator(8, (27, 28, 1)), "divisible"),
    },
    "data": {
        "no such set": (lambda: gk.load_images("mnsit"), "mnist"),
        "a path": (lambda: gk.load_images("../digits"), "plain"),
        "scaled twice": (lambda: gk.data.scale_pixels(IMAGES), "uint8"),
        "pixels of NaN": (lambda: gk.data.to_pixels(LOST), "NaN"),
    },
    "judges": {
        "no such judge": (lambda: gk.judges.load("cats"), "train"),
        "pixels 0-255": (lambda: gk.judges.load("digits")(DIGITS + 9), "scale_pixels"),
        "labels of floats": (lambda: gk.judges.train(IMAGES, LABELS / 1.0), "int32"),
    },
    "metrics": {
        "other widths": (lambda: gk.metrics.frechet_distance(POINTS, POINTS[:, :1]), "(40, 1)"),
        "NaN": (lambda: gk.metrics.density_coverage(POINTS, POINTS * np.nan), "NaN"),
        "all alike": (lambda: gk.metrics.precision_recall(0 * POINTS, POINTS), "same"),
        "k 0": (lambda: gk.metrics.precision_recall(POINTS, POINTS, k=0), "k=0"),
        "too few": (lambda: gk.metrics.report(POINTS, POINTS[:9]), "fake_samples"),
        "subset of 1": (
            lambda: gk.metrics.kernel_distance(POINTS, POINTS, subset_size=1),
            "subset",
        ),
        "no labels": (lambda: gk.metrics.mode_coverage(np.zeros(0, int), [0.5, 0.5]), "labels"),
        "a share of 0": (lambda: gk.metrics.mode_coverage([0], [1.0, 0.0]), "true_shares"),
    },
    "doctor": {
        "too few": (lambda: fit("gan", callbacks=gk.Doctor(IMAGES[:10])), "real_samples"),
        "not a game": (lambda: fit("vae", callbacks=gk.Doctor(IMAGES)), "games"),
    },
    "course": {
        "mixture of 1.4": (lambda: gk.toy.Mixture([[0.0], [1.0]], 0.1, [0.7, 0.7]), "sums"),
        "logits": (lambda: gk.toy.value(SHARES, SHARES, 9 * SHARES), "logits"),
        "a field of logits": (lambda: plots.field(plt.gca(), lambda x: 9 * x[:, 0]), "sigmoid"),
    },
}
ROWS = [
    pytest.param(*row, id=f"{group}: {name}")
    for group, rows in CASES.items()
    for name, row in rows.items()
]


@pytest.mark.parametrize(("call", "word"), ROWS)
def test_it_is_refused_in_a_sentence_before_any_work(call, word):
    with pytest.raises(ValueError) as caught:
        call()
    plt.close("all")
    assert type(caught.value) is ValueError, "an error of TensorFlow or NumPy"
    assert Path(gk.__file__).parent in caught.traceback[-1].path.parents, "not our sentence"
    text = str(caught.value)
    assert word in text and 20 < len(text) < 600, text
    assert not [name for name in players.MODELS if int(model(name).optimizer.iterations)]
