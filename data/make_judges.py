"""Trains data/judges/*.npz: small classifiers whose features measure quality.

Those of `digits` and `shapes` learn from the bundled sets. That of MNIST learns from the file
`data/mnist.npz` if it is there (the course used the 10,000 images of the published test set), else
from what Keras downloads. Weights are kept as float16; the accuracy is that of the weights as kept.

    python data/make_judges.py
"""

from pathlib import Path

import numpy as np

import gan_keras as gk

HUES = ("red", "yellow", "green", "cyan", "blue", "magenta")
FOLDER = Path(__file__).parent / "judges"


def labelled(name):
    """Images, labels and the labels' names."""
    found = gk.load_images(name)
    if name != "shapes":
        return found.images, found.labels, [str(digit) for digit in range(10)]
    hue = np.rint(found.factors["hue"] * 6).astype(int) % 6  # red is both ends of the circle
    names = [f"{hue} {kind}" for kind in found.names for hue in HUES]
    return found.images, 6 * found.labels + hue, names


def main():
    FOLDER.mkdir(exist_ok=True)
    for name in ("digits", "shapes", "mnist"):
        images, labels, names = labelled(name)
        judge = gk.judges.train(images, labels, name=name)
        weights = [weight.astype("float16") for weight in judge.network.get_weights()]
        judge.network.set_weights([weight.astype("float32") for weight in weights])
        held_out = slice(len(images) * 4 // 5, None)
        accuracy = np.mean(judge.labels(images[held_out]) == labels[held_out])
        np.savez(
            FOLDER / f"{name}.npz",
            image_shape=images.shape[1:],
            classes=labels.max() + 1,
            accuracy=accuracy,
            names=names,
            **{f"w{i}": weight for i, weight in enumerate(weights)},
        )
        print(f"{judge.name}: {len(images):,} images, {accuracy:.2%} right on the last fifth")


if __name__ == "__main__":
    main()
