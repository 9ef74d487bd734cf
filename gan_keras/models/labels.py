"""Labels of classes: what `ConditionalGAN` and `SemiSupervisedGAN` take, and what they refuse."""

import numpy as np

from gan_keras.engine import checks


class Labels:
    """Integer labels, one for each sample, from `lowest` to `classes` - 1.

    -1 as `lowest` allows for samples without a label.
    """

    shape = ()

    def __init__(self, classes, lowest=0):
        self.classes, self.lowest = classes, lowest

    def structure(self, labels):
        if not hasattr(labels, "shape"):
            raise ValueError(
                f"Expected integer labels of shape (batch,), got {type(labels).__name__}. Give "
                "them beside the images: fit(images, labels), or a data set of (images, labels)."
            )
        shape = checks.shape_of(labels)
        if shape is not None and len(shape) != 1:
            way = "One-hot rows: labels.argmax(axis=1)."
            if shape[1:] == (1,):
                way = "Take labels[:, 0]."
            elif isinstance(labels, np.ndarray) and (labels.sum(axis=-1) != 1).any():
                way = "A sample has one class here, not several attributes."
            raise ValueError(f"Expected one integer label for each sample, got {shape}. {way}")
        if "int" not in checks.dtype_name(labels):
            raise ValueError(
                f'Expected integer labels, got {checks.dtype_name(labels)}: labels.astype("int32").'
            )

    def batch(self, labels):
        self.structure(labels)
        return labels

    def __call__(self, labels):
        self.structure(labels)
        labels = checks.as_numpy(labels)
        if len(labels) and not self.lowest <= labels.min() <= labels.max() < self.classes:
            raise ValueError(
                f"The labels lie in {labels.min()} to {labels.max()}, but {self.classes} classes "
                f"are numbered {self.lowest} to {self.classes - 1}."
            )
        return labels.astype("int32")

    whole = __call__

    def one_sided(self, low):
        """A question for pixels."""
        return False


def check_outputs(discriminator, wanted):
    """One logit for each class: others would be read as classes, or left unread."""
    if discriminator.output_shape[1:] != (wanted,):
        raise ValueError(
            f"The discriminator gives logits of shape {discriminator.output_shape[1:]}, but "
            f"{wanted} for each sample are wanted: dcgan_discriminator(..., outputs={wanted})."
        )
