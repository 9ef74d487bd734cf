"""A trained generator in the reader's hand: it draws in the page, without a kernel or a network."""

import string

import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from gan_keras.course import plots
from gan_keras.course.playground import page
from gan_keras.engine import checks
from gan_keras.engine.model import draw_latents, run_in_batches

MOST = 1_000_000  # weights; they make a page of 2 MB
SIGNS = np.array([*string.ascii_letters, *string.digits, "+", "-"])  # the digits of base 64
KINDS = "Dense Conv2D Conv2DTranspose UpSampling2D BatchNormalization ReLU LeakyReLU"
KINDS = f"{KINDS} Activation Reshape Flatten Dropout".split()
READ = "activation", "strides", "kernel_size", "size", "negative_slope"  # settings
ONLY = {  # what else would change what a layer does, and the values that the page knows
    "activation": ("linear", "relu", "leaky_relu", "tanh", "sigmoid"), "axis": (-1, 3),
    "data_format": ("channels_last",), "interpolation": ("nearest",), "dilation_rate": ((1, 1),),
    "groups": (1,), "output_padding": (None,), "max_value": (None,), "threshold": (0,),
}  # fmt: skip


def latent_walk(gan, sliders=6, seed=0, names=()):
    """Sliders that move z, and at once what the generator draws there: it runs in the page itself.

    A slider sets the coordinate of z along a principal direction of the generator's first layer
    (eigenvectors of A A^T for its kernel A), which that layer's output answers to most; "New z"
    takes the next of `gan.generate(50, seed=seed)`. Where scripts may not run, a picture stands.

    Args:
        gan: A trained model; as `generate` does, it draws from averaged weights if there are any,
            and as a class if it is asked for one. Or a VAE, or a network.
        sliders, seed: How many directions; integer seed of the z's.
        names: What the classes are called, if not 0, 1, ...

    Source: Shen, Zhou (2021), Closed-Form Factorization of Latent Semantics in GANs (SeFa).
    """
    network = getattr(gan, "averaged_generator", None) or getattr(gan, "generator", None)
    network = network or getattr(gan, "decoder", gan)
    size, inputs, kernel = network.count_params(), network.input_shape[-1], network.get_weights()[0]
    if size > MOST:
        raise ValueError(f"A page holds {MOST:,} weights, not {size:,}: lower `width` or `hidden`.")
    if kernel.ndim != 2 or len(kernel) != inputs:
        raise ValueError(f"The generator must begin with a Dense layer on all {inputs} numbers.")
    latent_dim = getattr(gan, "latent_dim", inputs)
    names = [str(name) for name in names or range(inputs - latent_dim)]
    checks.same_length(names, range(inputs - latent_dim))
    z, told = draw_latents(50, latent_dim, seed), {"operations": operations(network)}
    directions = np.linalg.svd(kernel[:latent_dim])[0].T[:sliders]
    rows = [z[0] + (c - z[0] @ along) * along for along in directions[:4] for c in range(-3, 4)]
    first = np.tile(np.eye(1, len(names), dtype="float32"), (len(rows), 1))  # the first class
    images = run_in_batches(network, np.hstack([rows, first]))
    low, _ = checks.value_range(network) or checks.IMAGES
    title = "Each row is a direction in z, from −3 to 3. Where scripts run, it has a slider."
    still = plots.image_grid(np.clip((images - low) * 2 / (1 - low) - 1, -1, 1), 7, title)
    plt.close(still)
    told |= {"latents": z.round(4).tolist(), "directions": directions.round(4).tolist()}
    told |= {"signs": "".join(SIGNS), "names": names, "low": low, "shape": images.shape[1:]}
    return page("latent_walk", still, told)


def operations(network):
    """The layers from z to the picture, as the page computes them."""
    told, tensor = [], network.outputs[0]
    while tensor is not network.inputs[0]:
        layer, node, _ = tensor._keras_history
        told.insert(0, described(layer) | {"shape": tensor.shape[1:]})
        (tensor,) = layer._inbound_nodes[node].input_tensors
    return told


def described(layer):
    """A layer's kind, settings and weights."""
    kind, config = type(layer).__name__, layer.get_config()
    if type(layer) not in [getattr(layers, known) for known in KINDS]:
        raise ValueError(f"{layer.name!r} is a {kind}, but the page knows {', '.join(KINDS)}.")
    for key in ONLY.keys() & config.keys():
        if config[key] not in ONLY[key]:
            known = f"{key}={config[key]!r}, but the page knows {ONLY[key]}"
            raise ValueError(f"{layer.name!r} has {known}.")
    weights = layer.get_weights()
    if kind == "BatchNormalization":  # it scales and shifts, as its answers to 0 and to 1 tell
        zeros = np.zeros([*[1] * (len(layer.input.shape) - 1), weights[0].size], "float32")
        shift, both = (ops.convert_to_numpy(layer(x)) for x in (zeros, zeros + 1))
        weights = [both - shift, shift]
    settings = {key: config[key] for key in READ if key in config}
    return settings | {"kind": kind, "weights": [packed(array) for array in weights]}


def packed(array):
    """Numbers as text: a scale, and for each number a whole one in base 64."""
    digits = 2 if array.size > 50_000 else 3  # where there are many, their errors average out
    half = 64**digits // 2
    scale = float(np.abs(array).max()) / (half - 1) or 1.0
    whole = np.rint(array.astype("float64").ravel() / scale).astype(int) + half
    signs = SIGNS[whole[:, None] // 64 ** np.arange(digits)[::-1] % 64]
    return {"digits": digits, "scale": scale, "text": "".join(signs.ravel())}
