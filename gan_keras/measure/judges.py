"""Judges: small classifiers whose last hidden layer gives the features that `metrics` compares.

A judge sees what it was taught to see: that of `shapes` kinds and hues, that of the digits digits.
Figures of two judges do not compare.
"""

import keras
import numpy as np
from keras import layers, ops

from gan_keras import data
from gan_keras.engine import checks
from gan_keras.engine.batches import Epochs
from gan_keras.models.labels import Labels

WIDTH = 128  # features


class Judge:
    """A classifier of images in [-1, 1] that gives features, probabilities and labels.

    Calling it gives features, float32 (n, 128): `metrics.frechet_distance(judge(a), judge(b))`.

    Args:
        network: `keras.Model`, images to (features, logits).
        name: What it judges.
        accuracy: Share of held-out images whose label it finds, from 0 to 1.
        names: What the labels 0, 1, ... are called, if known.
    """

    def __init__(self, network, name, accuracy, names=()):
        self.network, self.name = network, name
        self.accuracy, self.names = float(accuracy), tuple(names)

    def __call__(self, images):
        return self._run(images)[0]

    def probabilities(self, images):
        """Probability of each class: float32 (n, classes), rows summing to 1."""
        return np.asarray(ops.convert_to_numpy(ops.softmax(self._run(images)[1])))

    def labels(self, images):
        """The likeliest class of each image: integers (n,)."""
        return self._run(images)[1].argmax(1)

    def __repr__(self):
        wide = self.network.output_shape[0][-1]
        return f"the {self.name} judge, {wide} wide, {self.accuracy:.1%} right on held-out images"

    def _run(self, images):
        images = checks.Samples(self.network.input_shape[1:], checks.IMAGES)(images)
        parts = [self.network(images[i : i + 500]) for i in range(0, len(images), 500)]
        return [np.concatenate([ops.convert_to_numpy(part[k]) for part in parts]) for k in range(2)]


def load(name):
    """The judge that comes with the course for "digits", "shapes" or "mnist".

    That of "shapes" tells 30 classes apart: 5 kinds times 6 hues, label = 6 * kind + hue.
    `data/make_judges.py` made them; `data/README.md` has their cards.
    """
    files = {file.stem: file for folder in data.OURS for file in folder.glob("judges/*.npz")}
    if name not in files:
        raise ValueError(f"No judge {name!r}, only {', '.join(files)}: judges.train makes one.")
    with np.load(files[name], allow_pickle=False) as stored:
        network = _network(tuple(stored["image_shape"].tolist()), int(stored["classes"]))
        network.set_weights([stored[f"w{i}"] for i in range(len(network.weights))])
        return Judge(network, name, stored["accuracy"], stored["names"].tolist())


def train(images, labels, name="your", epochs=12, seed=0, names=()):
    """Trains a judge on four fifths of labelled images and tests it on the last fifth.

    Args:
        images: Floats in [-1, 1], (n, height, width, channels).
        labels: Integers from 0, (n,), of two classes or more.
        name: What to call it.
        epochs: Passes over the images; about 1.5 CPU s each for 10,000 gray images of 28×28.
        seed: Seed of its weights and of the order.
        names: What the labels are called, if known.
    """
    images = checks.Samples(np.shape(images)[1:], checks.IMAGES)(images)
    labels = Labels(np.max(labels) + 1)(labels)
    checks.counts(2, classes=len(np.unique(labels)))
    network = _network(images.shape[1:], int(labels.max()) + 1, int(seed))
    classifier = keras.Model(network.inputs, network.outputs[1])
    learned = len(images) * 4 // 5
    batches = Epochs([[images[:learned], labels[:learned]]], min(64, learned), seed)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, epochs * len(batches))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(rate), loss)
    shuffle = keras.callbacks.LambdaCallback(on_epoch_begin=lambda i, logs: batches.shuffle(i))
    classifier.fit(batches, epochs=epochs, shuffle=False, verbose=0, callbacks=[shuffle])
    judge = Judge(network, name, 0.0, names)
    judge.accuracy = float((judge.labels(images[learned:]) == labels[learned:]).mean())
    return judge


def _network(image_shape, classes, seed=0):
    """Three strided convolutions and a hidden layer: images to (features, logits)."""
    initializer = keras.initializers.GlorotUniform(seed)  # every layer has a shape of its own
    options = {"activation": "relu", "kernel_initializer": initializer}
    last = {"data_format": "channels_last"}  # whatever keras.json says
    x = images = keras.Input(image_shape)
    for width in (32, 64, 64):
        x = layers.Conv2D(width, 3, strides=2, padding="same", **options, **last)(x)
    features = layers.Dense(WIDTH, **options)(layers.Flatten(**last)(x))
    logits = layers.Dense(classes, kernel_initializer=initializer)(features)
    return keras.Model(images, [features, logits])
