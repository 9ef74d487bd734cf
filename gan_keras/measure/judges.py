"""Judges: small classifiers whose last hidden layer gives the features that `metrics` compares.

A judge sees what it was taught to see. That of `shapes` was taught kinds and hues, so it tells a
red star from a blue one; that of the digits was taught digits. Figures of two judges do not
compare.
"""

import keras
import numpy as np
from keras import layers, ops

from gan_keras import data
from gan_keras.engine import inputs

WIDTH = 128  # features
INCEPTION_WEIGHTS = "https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/"


class Judge:
    """A classifier of images that gives features, probabilities and labels; it prints as one line.

    Calling it gives features, float32 (n, 128): `metrics.frechet_distance(judge(a), judge(b))`.

    Args:
        network: `keras.Model`, images to (features, logits).
        name: What it judges.
        accuracy: Share of held-out images whose label it finds, from 0 to 1.
        names: What the labels 0, 1, ... are called, if known.

    Raises:
        ValueError: If the network does not give two outputs, or `accuracy` is no share.
    """

    def __init__(self, network, name, accuracy, names=()):
        inputs.check_player("network", network)
        if not isinstance(network.output_shape, (list, tuple)) or len(network.outputs) != 2:
            raise ValueError(
                f"The network must give (features, logits), not {network.output_shape}."
            )
        if not 0 <= float(accuracy) <= 1:
            raise ValueError(f"accuracy={accuracy} must be a share, from 0 to 1.")
        self.network, self.name, self.accuracy = network, name, float(accuracy)
        self.names = tuple(names)

    def __call__(self, images):
        return self._run(images)[0]

    def probabilities(self, images):
        """Probability of each class: float32 (n, classes), rows summing to 1."""
        return np.asarray(ops.convert_to_numpy(ops.softmax(self._run(images)[1])))

    def labels(self, images):
        """The likeliest class of each image: integers (n,)."""
        return self._run(images)[1].argmax(1)

    def __repr__(self):
        return (
            f"the {self.name} judge, {self.network.output_shape[0][-1]} wide, "
            f"{self.accuracy:.1%} right on held-out images"
        )

    def _run(self, images):
        images = np.asarray(images)
        inputs.check_array(images, self.network.input_shape[1:], inputs.RANGES["tanh"])
        parts = [self.network(images[i : i + 500]) for i in range(0, len(images), 500)]
        return [np.concatenate([ops.convert_to_numpy(part[k]) for part in parts]) for k in range(2)]


def load(name):
    """The judge that comes with the course for "digits", "shapes" or "mnist".

    That of "shapes" tells 30 classes apart: 5 kinds times 6 hues, label = 6 * kind + hue.
    `data/make_judges.py` made them; `data/README.md` has their cards.

    Raises:
        ValueError: If there is no such judge. `train` makes one for any labelled images.
    """
    files = {file.stem: file for folder in data.OURS for file in folder.glob("judges/*.npz")}
    if name not in files:
        raise ValueError(
            f"There is no judge {name!r}; there are {', '.join(files)}. For images of your own: "
            "judges.train(images, labels)."
        )
    with np.load(files[name], allow_pickle=False) as stored:
        network = _network(tuple(stored["image_shape"].tolist()), int(stored["classes"]))
        network.set_weights(
            [stored[f"w{i}"].astype("float32") for i in range(len(network.weights))]
        )
        return Judge(network, name, stored["accuracy"], stored["names"].tolist())


def train(images, labels, name="your", epochs=12, seed=0, names=()):
    """Trains a judge on four fifths of labelled images and tests it on the last fifth.

    Args:
        images: float32 in [-1, 1], (n, height, width, channels).
        labels: Integers from 0, (n,), of two classes or more.
        name: What to call it.
        epochs: Passes over the images; about 1.5 CPU s each for 10,000 grey images of 28×28.
        seed: Seed of its weights and of the order.
        names: What the labels are called, if known.

    Returns:
        A `Judge`.

    Raises:
        ValueError: If the images or labels do not fit, or there is one class only.
    """
    inputs.check_counts(epochs=epochs)
    inputs.check_counts(0, seed=seed)
    images, labels = np.asarray(images), np.asarray(labels)
    inputs.check_array(images, images.shape[1:], inputs.RANGES["tanh"])
    if images.ndim != 4 or labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected images (n, height, width, channels) and integer labels (n,), got "
            f"{images.shape} and {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.min() == labels.max():
        raise ValueError("Labels must count from 0, and a judge needs two classes or more.")
    if len(images) < 2:
        raise ValueError(f"{len(images)} images are too few: one in five is held out.")
    network = _network(images.shape[1:], int(labels.max()) + 1, seed)
    classifier = keras.Model(network.inputs, network.outputs[1])
    learned = len(images) * 4 // 5
    batches = inputs.EpochOrder([images[:learned], labels[:learned]], min(64, learned), seed)
    steps = epochs * len(batches)
    classifier.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    shuffle = keras.callbacks.LambdaCallback(on_epoch_begin=lambda i, logs: batches.shuffle(i))
    classifier.fit(batches, epochs=epochs, shuffle=False, verbose=0, callbacks=[shuffle])
    judge = Judge(network, name, 0.0, names)
    judge.accuracy = float((judge.labels(images[learned:]) == labels[learned:]).mean())
    return judge


def inception():
    """InceptionV3 trained on ImageNet, 2048 wide, as a judge of grey or colour images of any size.

    Images are enlarged to 299×299. The weights are those of `keras.applications` (92 MB, kept after
    the first download), not those behind published FIDs: figures are like them, but do not compare.

    Returns:
        Function of images (n, height, width, 1 or 3) in [-1, 1] that gives features (n, 2048).

    Raises:
        ValueError: If the weights cannot be had here.
    """
    try:
        data.ensure_reachable(INCEPTION_WEIGHTS)
        network = keras.applications.InceptionV3(include_top=False, pooling="avg")
    except Exception as problem:  # Keras raises a bare Exception for a failed download
        raise ValueError(
            f"The weights of InceptionV3 cannot be had here ({problem}). The judges "
            "judges.load('digits'), 'shapes' and 'mnist' need no network."
        ) from problem

    def inception_v3(images):
        images = inputs.check_array(images, np.shape(images)[1:], inputs.RANGES["tanh"])
        if images.ndim != 4 or images.shape[-1] not in (1, 3):
            raise ValueError(
                f"Expected images (n, height, width, 1 or 3), got {images.shape}. Grey images need "
                "a channel axis: images[..., None]."
            )
        grey = images.shape[-1] == 1
        return np.concatenate(
            [
                ops.convert_to_numpy(network(_enlarge(np.repeat(part, 3, -1) if grey else part)))
                for part in np.array_split(images, -(-len(images) // 50))
            ]
        )

    return inception_v3


def _enlarge(images):
    return ops.image.resize(images, (299, 299), interpolation="bilinear", antialias=True)


def _network(image_shape, classes, seed=0):
    """Three strided convolutions and a hidden layer: images to (features, logits)."""
    initializer = keras.initializers.GlorotUniform(seed)  # every layer has a shape of its own
    options = {"activation": "relu", "kernel_initializer": initializer}
    x = images = keras.Input(image_shape)
    for width in (32, 64, 64):
        x = layers.Conv2D(width, 3, strides=2, padding="same", **options)(x)
    x = layers.Flatten()(x)
    features = layers.Dense(WIDTH, **options)(x)
    logits = layers.Dense(classes, kernel_initializer=initializer)(features)
    return keras.Model(images, [features, logits])
