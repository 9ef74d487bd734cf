"""Diagrams: they say what the networks say, and can be read."""

import re

import matplotlib

matplotlib.use("Agg")

import keras
import matplotlib.pyplot as plt
import pytest
from matplotlib.text import Annotation

import gan_keras as gk
from gan_keras import networks, plots


class OwnGAN(keras.Model):
    """As a student writes it."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator


def players(classes=0):
    generator = networks.dcgan_generator(8 + classes, (28, 28, 1), width=4)
    return generator, networks.dcgan_discriminator((28, 28, 1), width=4, outputs=classes or 1)


MODELS = {
    "GAN": lambda: gk.GAN(*players()),
    "OwnGAN": lambda: OwnGAN(*players()),
    "WGANGP": lambda: gk.WGANGP(*players()),
    "ConditionalGAN": lambda: gk.ConditionalGAN(*players(10), classes=10),
    "Pix2Pix": lambda: gk.Pix2Pix(
        networks.unet((16, 16, 1), width=4), networks.patch_discriminator((16, 16, 4), width=4)
    ),
    "DiscriminatorOnly": lambda: gk.DiscriminatorOnly(players()[1]),
    "dcgan_generator": lambda: players()[0],
    "dcgan_discriminator": lambda: players()[1],
    "unet": lambda: networks.unet((16, 16, 1), width=4),
    "mlp": lambda: networks.mlp_generator(2, (2,), (8,) * 9),
}


def boxes(figure):
    return [text for text in figure.axes[0].texts if not isinstance(text, Annotation)]


def arrows(figure, look):
    lines = [text.arrow_patch for text in figure.axes[0].texts if isinstance(text, Annotation)]
    return [line for line in lines if line.get_linestyle() == look]


@pytest.fixture(autouse=True)
def close():
    with plt.rc_context():
        plots.style()
        yield
        plt.close("all")


@pytest.mark.parametrize("name", MODELS)
def test_boxes_are_apart_and_can_be_read(name):
    figure = plots.diagram(MODELS[name]())
    figure.canvas.draw()
    assert figure.get_figwidth() <= plots.WIDTH + 1e-6
    outlines = [box.get_bbox_patch().get_window_extent() for box in boxes(figure)]
    for i, outline in enumerate(outlines):
        assert figure.bbox.x0 <= outline.x0 and outline.x1 <= figure.bbox.x1, boxes(figure)[i]
        assert outline.y1 < figure.axes[0].title.get_window_extent().y0
        assert not any(outline.overlaps(other) for other in outlines[:i])
    sizes = [text.get_fontsize() for text in figure.axes[0].texts]
    assert min(sizes) * plots.DPI / 72 >= 11


@pytest.mark.parametrize("name", ["GAN", "OwnGAN", "WGANGP", "ConditionalGAN", "Pix2Pix"])
def test_a_step_names_the_shapes_and_weights_of_its_players(name):
    model = MODELS[name]()
    told = [box.get_text() for box in boxes(plots.diagram(model))]
    for network in (model.generator, model.discriminator):
        shapes = (network.input_shape[1:], network.output_shape[1:])
        ends = " → ".join(" × ".join(map(str, shape)) for shape in shapes)
        assert any(ends in text and f"{network.count_params():,} weights" in text for text in told)


def test_a_step_shows_its_rules_and_what_its_players_are_given():
    figure = plots.diagram(gk.WGANGP(*players(), critic_steps=3, penalty_weight=7))
    assert "3 of the discriminator" in figure.axes[0].get_title()
    assert any("7 × penalty" in box.get_text() for box in boxes(figure))
    told = {box.get_text() for box in boxes(plots.diagram(MODELS["ConditionalGAN"]()))}
    assert {"latent z\n8", "label, one-hot\n10"} <= told
    assert "source x\n16 × 16 × 1" in {
        box.get_text() for box in boxes(plots.diagram(MODELS["Pix2Pix"]()))
    }


@pytest.mark.parametrize("name, ways", [("GAN", 4), ("DiscriminatorOnly", 1)])
def test_gradients_go_back_dashed(name, ways):
    assert len(arrows(plots.diagram(MODELS[name]()), "--")) == ways


@pytest.mark.parametrize("name", ["dcgan_generator", "dcgan_discriminator", "unet", "mlp"])
def test_the_blocks_of_a_network_hold_all_its_weights(name):
    network = MODELS[name]()
    told = [box.get_text() for box in boxes(plots.diagram(network))]
    weights = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) weights", "\n".join(told))]
    assert sum(weights) == network.count_params()
    assert f"\n{' × '.join(map(str, network.output_shape[1:]))}\n" in told[-1]
    named = [type(layer).__name__ for layer in network.layers]
    lines = "\n".join(told).split("\n")
    assert all(named.count(kind) == lines.count(kind) for kind in {*named} - {"InputLayer"})


def test_the_skips_of_a_unet_are_arrows():
    network = networks.unet((16, 16, 1), width=4)
    figure = plots.diagram(network)
    joins = sum(isinstance(layer, keras.layers.Concatenate) for layer in network.layers)
    assert joins and len(arrows(figure, "-")) == len(boxes(figure)) - 1 + joins
