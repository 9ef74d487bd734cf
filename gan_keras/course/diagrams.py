"""Block diagrams drawn from a model, so that they never disagree with it."""

from itertools import pairwise

import matplotlib.pyplot as plt

from gan_keras.course.charts import FAKE, GREEN, PURPLE, REAL

TINTS = {GREEN: "#D5EFE6", PURPLE: "#F6E3EE"}  # G and D, by the colour of their gradients


def diagram(model):
    """Draws a network block by block, or where data and gradients flow in one training step.

    `model` is a built `keras.Model`, or one with a `discriminator` and, mostly, a `generator`.
    Shapes are those of one sample.
    """
    trains = hasattr(model, "discriminator")
    title, boxes, arrows = (_game if trains else _blocks)(model)
    tall = 0.17 * max(text.count("\n") + 1 for _, _, text, _ in boxes.values()) + 0.55  # inches
    left, low = min(x for x, *_ in boxes.values()), tall * min(y for _, y, *_ in boxes.values())
    size = (7.2 - left) / 0.75, tall - low + 0.25 + 0.45 * trains
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    ax.set(xlim=(left - 0.6, 6.6), ylim=(low - tall / 2 - 0.2 * trains, tall / 2), title=title)
    ax.axis("off")
    drawn = {}
    for name, (x, y, text, colour) in boxes.items():
        box = {"boxstyle": "round,pad=0.4", "facecolor": TINTS.get(colour, "white")}
        look = {"bbox": box | {"edgecolor": colour, "linewidth": 1.5}, "linespacing": 1.3}
        drawn[name] = ax.text(x, tall * y, text, ha="center", va="center", fontsize=9, **look)
    for way, colour, bend in arrows:
        for a, b in pairwise(way.split()):
            look = {"arrowstyle": "-|>", "connectionstyle": f"arc3,rad={bend}", "linewidth": 1.5}
            look |= {"color": colour, "linestyle": "-" if colour == "black" else "--"}
            look |= {"patchA": drawn[a].get_bbox_patch(), "patchB": drawn[b].get_bbox_patch()}
            ax.annotate("", drawn[b].get_position(), drawn[a].get_position(), arrowprops=look)
    return figure


def _game(model):
    """Title, boxes (column, row, text, colour) by name, and arrows (their way, colour, bend)."""
    d, g = model.discriminator, getattr(model, "generator", None)
    steps, weight = getattr(model, "critic_steps", 1), getattr(model, "penalty_weight", 0)
    seen = g.output_shape if g else d.input_shape
    title = f"One training step of a {type(model).__name__}"
    boxes = {"fake": (2.6, 0, _text("fake", seen), FAKE)}
    boxes["real"] = 2.6, -1, _text("real", seen), REAL
    boxes["D"] = 3.95, -0.5, _text("discriminator", d.input_shape, d), PURPLE
    boxes["t"] = 5.15, -0.5, _text("logits t", d.output_shape), "black"
    boxes["L_D"] = 6.1, -1, "$L_D$" + f"\n+ {weight:g} × penalty" * bool(weight), "black"
    arrows = [("fake D t L_D", "black", 0), ("real D", "black", 0), ("L_D D", PURPLE, -0.35)]
    if g:
        title += f": {steps} of the discriminator, then one of the generator" * (steps > 1)
        reads, l1 = g.input_shape, getattr(model, "l1_weight", 0)
        image, latent_dim = len(reads) > 2, getattr(model, "latent_dim", reads[-1])
        noise = _text("source x", reads) if image else _text("latent z", (None, latent_dim))
        boxes |= {"z": (0, 0, noise, "black"), "G": (1.3, 0, _text("generator", reads, g), GREEN)}
        boxes["L_G"] = 6.1, 0, "$L_G$" + f"\n+ {l1:g} × L1" * bool(l1), "black"
        arrows += [("z G fake", "black", 0), ("t L_G", "black", 0), ("L_G D fake G", GREEN, 0.3)]
        arrows += [("z D", "black", 0.5)] * image
        if latent_dim < reads[-1]:
            boxes["y"] = 1.3, -1, _text("label, one-hot", (None, reads[-1] - latent_dim)), "black"
            arrows += [("y G", "black", 0), ("y t", "black", 0.3)]
    return f"{title}\nSolid: data. Dashed: gradients", boxes, arrows


def _blocks(network):
    """As `_game`: a block is a layer with weights, and what follows it or joins it there."""
    blocks, made_in, arrows = [["input", network.input_shape, 0]], {id(network.inputs[0]): 0}, []
    for layer in network.layers:
        kind = type(layer).__name__
        if kind == "InputLayer":
            continue
        given = layer.input if isinstance(layer.input, list) else [layer.input]
        given = [made_in[id(tensor)] for tensor in given]
        if len(blocks) - 1 not in given or layer.weights and not kind.endswith("hNormalization"):
            blocks.append(["", None, 0])
        block, last = blocks[-1], len(blocks) - 1
        block[0] += f"\n{kind}"
        if hasattr(layer, "kernel_size"):
            block[0] += "\n{} × {}, stride {}".format(*layer.kernel_size, layer.strides[0])
        block[1:] = layer.output.shape, block[2] + layer.count_params()
        arrows += [(f"{before} {last}", "black", 0) for before in given if before != last]
        made_in[id(layer.output)] = last
    columns = -(-len(blocks) // -(-len(blocks) // 6))
    boxes = {}
    for i, (text, shape, weights) in enumerate(blocks):
        row, place = divmod(i, columns)
        x = 1.2 * (columns - 1 - place if row % 2 else place)  # to and fro
        text = _text(text.strip(), shape) + f"\n{weights:,} weights" * bool(weights)
        boxes[str(i)] = x, -row, text, "black"
    return f"{network.name}: {network.count_params():,} weights", boxes, arrows


def _text(name, shape, network=None):
    """What a box says: of data their shape, of a network both shapes and its weights."""
    shapes = (shape, network.output_shape) if network else (shape,)
    text = f"{name}\n" + " → ".join(" × ".join(map(str, each[1:])) for each in shapes)
    return f"{text}\n{network.count_params():,} weights" if network else text
