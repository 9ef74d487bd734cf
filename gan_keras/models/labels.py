"""Labels of classes: what `ConditionalGAN` and `SemiSupervisedGAN` take, and what they refuse."""

import numpy as np

from gan_keras.engine import checks


class Labels(checks.Samples):
    """Integers (n,) from `lowest` to `classes` - 1; -1 as `lowest` stands for no label."""

    shape, real = (), False  # no pixels, which would have to go below 0

    def __init__(self, classes, lowest=0):
        self.classes, self.lowest = classes, lowest

    def structure(self, labels):
        shape = checks.shape_of(labels)
        if not hasattr(labels, "shape"):
            fault = f"{type(labels).__name__}. Give them beside the images: fit(images, labels)"
        elif shape is not None and len(shape) != 1:
            way = "One-hot rows: labels.argmax(axis=1)"
            if shape[1:] == (1,):
                way = "Take labels[:, 0]"
            elif isinstance(labels, np.ndarray) and (labels.sum(axis=-1) != 1).any():
                way = "A sample has one class here, not several attributes"
            fault = f"the shape {shape}. {way}"
        elif "int" not in checks.dtype_name(labels):
            fault = f'{checks.dtype_name(labels)}: labels.astype("int32")'
        else:
            return
        raise ValueError(f"Expected one label for each sample, integer labels, got {fault}.")

    def batch(self, labels):
        self.structure(labels)
        return labels

    def __call__(self, labels):
        self.structure(labels)
        labels = checks.as_numpy(labels)
        if len(labels) and not self.lowest <= labels.min() <= labels.max() < self.classes:
            numbered = f"{self.classes} classes are numbered {self.lowest} to {self.classes - 1}"
            raise ValueError(f"Labels from {labels.min()} to {labels.max()}, but {numbered}.")
        return labels.astype("int32")


def check_outputs(discriminator, wanted):
    """One logit for each class: others would be read as classes, or left unread."""
    given = discriminator.output_shape[1:]
    if given != (wanted,):
        remedy = f"({wanted},) are wanted: dcgan_discriminator(..., outputs={wanted})"
        raise ValueError(f"The discriminator gives logits of shape {given}, but {remedy}.")
