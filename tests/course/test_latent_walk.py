"""The latent walk: what the page draws is what Keras draws."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from py_mini_racer import MiniRacer

import gan_keras as gk
from gan_keras.course import latent_walk
from tests import players

SCRIPT = Path(latent_walk.__file__).with_suffix(".js").read_text(encoding="utf-8")
DIGIT = (28, 28, 1)


def told(html):
    """The settings that a walk sends to its script."""
    return json.loads(re.search(r"mount\(root, (.+)\);\n", html.data)[1])


def run(wanted, **told):
    """The value of `wanted` after the walk's own script."""
    engine = MiniRacer()
    engine.eval(f"{SCRIPT}\nconst told = {json.dumps(told)};")
    return np.array(json.loads(engine.eval(f"JSON.stringify({wanted})")))


def drawn(walk, latents):
    """What the page draws of each of the latent vectors, in its range."""
    pictures = run(
        "((net) => told.latents.map((z) => Array.from(generate(net, z))))"
        "(with_weights(told.walk.operations, told.walk.signs))",
        walk=walk, latents=np.asarray(latents).tolist(),
    )  # fmt: skip
    return pictures.reshape(-1, *walk["shape"])


def shaken(network):
    """The network with weights unlike those of its start, as after training."""
    random = np.random.default_rng(0)
    network.set_weights(
        [w * random.uniform(0.5, 2.5, w.shape) + random.uniform(-0.1, 0.1, w.shape)
         for w in network.get_weights()]
    )  # fmt: skip
    return network


def sequential(*stack, size=6):
    return keras.Sequential([keras.Input((size,)), *stack])


def added_one_by_one():
    network = sequential()
    for layer in (layers.Dense(48), layers.Activation("relu"), layers.Reshape((4, 4, 3))):
        network.add(layer)
    return network


NETWORKS = {
    "mlp": lambda: gk.networks.mlp_generator(64, DIGIT),
    "dcgan": lambda: gk.networks.dcgan_generator(64, DIGIT, 8, hidden=(128,)),
    "up-sampling": lambda: sequential(
        layers.Dense(48, "leaky_relu"), layers.Dropout(0.5), layers.Reshape((4, 3, 4)),
        layers.UpSampling2D((2, 3)), layers.Conv2D(5, 3, padding="same"),
        layers.BatchNormalization(scale=False), layers.ReLU(negative_slope=0.1),
        layers.Conv2D(3, (3, 2), activation="sigmoid"),
    ),
    "uneven strides": lambda: sequential(
        layers.Dense(24, "relu", use_bias=False), layers.Reshape((2, 3, 4)), layers.Dense(6),
        layers.Conv2DTranspose(4, (3, 5), strides=(2, 3)), layers.LeakyReLU(),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
        layers.Conv2DTranspose(2, (1, 2), strides=(2, 3), padding="same"),
        layers.BatchNormalization(center=False),
        layers.Conv2D(1, 4, strides=(2, 3), padding="same", activation="tanh"),
    ),
    "flat": lambda: sequential(
        layers.Dense(6), layers.Reshape((2, 3)), layers.Flatten(), layers.Dense(12, "tanh"),
        layers.Reshape((2, 2, 3)),
    ),
    "one by one": added_one_by_one,
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_every_pixel_is_that_of_keras(name):
    network = shaken(NETWORKS[name]())
    walk = told(gk.latent_walk(network, sliders=2))
    pictures = gk.networks.run_in_batches(network, np.array(walk["latents"], "float32"))
    levels = 255 / (1 - walk["low"])
    assert walk["low"] == (0 if name == "up-sampling" else -1)
    assert np.abs(drawn(walk, walk["latents"]) - pictures).max() * levels < 2
    assert pictures.std() * levels > 10


def test_it_draws_from_averaged_weights_what_generate_draws():
    gan = gk.GAN(players.generator(), players.discriminator(), seed=0, averaging=0.9)
    shaken(gan.averaged_generator)
    walk = told(gk.latent_walk(gan, seed=3))
    pictures = drawn(walk, walk["latents"])
    assert np.abs(pictures - gan.generate(50, seed=3)).max() < 4 / 255
    others = gk.networks.run_in_batches(gan.generator, np.array(walk["latents"], "float32"))
    assert np.abs(pictures - others).max() > 0.1


def test_it_draws_the_class_that_is_asked_for():
    generator = shaken(gk.networks.mlp_generator(4 + 3, players.SHAPE, (16,)))
    discriminator = gk.networks.mlp_discriminator(players.SHAPE)
    discriminator = keras.Sequential([*discriminator.layers[:-1], layers.Dense(3)])
    discriminator.build((None, *players.SHAPE))
    gan = gk.ConditionalGAN(generator, discriminator, classes=3, seed=0)
    walk = told(gk.latent_walk(gan, names=("cat", "</script>", 7)))
    assert walk["names"] == ["cat", "</script>", "7"]
    as_second = [[*z, 0, 1, 0] for z in walk["latents"]]
    expected = gan.generate(50, labels=1, seed=0)
    assert np.abs(drawn(walk, as_second) - expected).max() < 4 / 255
    assert told(gk.latent_walk(gan))["names"] == ["0", "1", "2"]


def test_directions_are_those_that_the_first_layer_answers_to_most():
    network = gk.networks.mlp_generator(8, players.SHAPE, (16,))
    directions = np.array(told(gk.latent_walk(network, sliders=8))["directions"])
    np.testing.assert_allclose(directions @ directions.T, np.eye(8), atol=1e-3)
    kernel = network.get_weights()[0]
    answers = np.linalg.norm(directions @ kernel, axis=1)
    assert (np.diff(answers) < 0).all()
    assert answers[0] == pytest.approx(np.linalg.norm(kernel, ord=2), rel=1e-3)


def test_a_step_along_a_direction_leaves_the_others():
    directions, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))
    z = np.arange(5.0)
    moved = run("moved(told.z, told.along, 2.5)", z=z.tolist(), along=directions[1].tolist())
    np.testing.assert_allclose((directions @ moved)[1], 2.5)
    np.testing.assert_allclose(np.delete(directions @ (moved - z), 1), 0, atol=1e-12)


def test_the_way_between_two_is_as_long_as_they_are():
    a, b = [3.0, 0, 4], [-4.0, 0, 3]
    way = run("told.times.map((t) => between(told.a, told.b, t))", a=a, b=b, times=[0, 0.3, 0.5, 1])
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 5)


def test_page_is_small_and_needs_no_network():
    html = gk.latent_walk(gk.networks.mlp_generator(64, DIGIT, (256, 512))).data  # chapter 04's
    assert len(SCRIPT.encode()) <= 12_000
    assert len(html.encode()) <= 1_300_000
    assert "://" not in html and "import " not in SCRIPT
    assert html.count("<script>") == html.count("</script>") == 1


def test_same_call_gives_the_same_text():
    network = gk.networks.mlp_generator(4, players.SHAPE, (8,))
    one, again, other = (gk.latent_walk(network, seed=seed).data for seed in (0, 0, 1))
    assert one == again != other


def ending_in(*last):
    return lambda: sequential(layers.Dense(16), layers.Reshape((4, 4, 1)), *last)


def two_ways():
    z = keras.Input((6,))
    sums = layers.Add()([layers.Dense(16)(z), layers.Dense(16)(z)])
    return keras.Model(z, layers.Reshape((4, 4, 1))(sums))


@pytest.mark.parametrize(
    "network, words",
    [
        (ending_in(layers.LayerNormalization(name="odd")), "'odd' is a LayerNormalization"),
        (ending_in(gk.layers.LayerNormalization()), "the page knows Dense, Conv2D"),
        (two_ways, "is a Add"),
        (ending_in(layers.Conv2D(1, 1, activation="selu")), "activation='selu'"),
        (ending_in(layers.Conv2D(1, 3, dilation_rate=2)), "dilation_rate"),
        (ending_in(layers.UpSampling2D(interpolation="bilinear")), "interpolation"),
        (ending_in(layers.BatchNormalization(axis=1)), "axis=1"),
        (ending_in(layers.ReLU(max_value=6)), "max_value"),
        (lambda: gk.networks.mlp_generator(64, DIGIT, (1024,) * 2), "lower `width` or `hidden`"),
        (lambda: gk.networks.unet(DIGIT, width=4, depth=2), "begin with a Dense layer"),
        (lambda: sequential(layers.Reshape((2, 3)), layers.Dense(4), layers.Reshape((2, 4, 1))),
         "begin with a Dense layer"),
    ],
)  # fmt: skip
def test_what_the_page_cannot_draw_is_refused(network, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        gk.latent_walk(network())


def test_names_belong_to_classes():
    with pytest.raises(ValueError, match="differ in length"):
        gk.latent_walk(gk.networks.mlp_generator(4, players.SHAPE, (8,)), names=("cat", "dog"))


def test_a_vae_walks_as_its_decoder_does():
    decoder = gk.networks.mlp_generator(4, (6, 6, 1), (8,))
    encoder = keras.Sequential(
        [keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(8)]
    )
    vae = gk.VAE(encoder, decoder)
    assert gk.latent_walk(vae).data == gk.latent_walk(decoder).data
