"""A GAN whose discriminator learns to classify from few labels."""

import keras
from keras import ops

from gan_keras.engine import checks
from gan_keras.engine.model import run_in_batches
from gan_keras.gan import GAN
from gan_keras.models.labels import Labels, check_outputs


@keras.saving.register_keras_serializable("gan_keras")
class SemiSupervisedGAN(GAN):
    """A classifier that learns from few labels, and from telling real images from fakes.

    From one logit l_k for each class, fake being class K + 1 with a logit of 0:

        p(k | x) = exp(l_k) / sum_j exp(l_j)         D(x) = Z / (Z + 1),   Z = sum_j exp(l_j)
        discriminator:  E[-log p(y | x)] on labelled samples - E[log D(x)] - E[log(1 - D(G(z)))]
        generator:      ||E phi(x) - E phi(G(z))||^2 / features

    phi is what the discriminator's last layer reads; a generator that only matches its means makes
    images at the edge of the data, which is where a classifier can use them. `fit(images, labels)`
    takes -1 as the label of an image without one; every step sees as many labelled samples as
    others. A data set yields (images, labelled images, labels).

    Args:
        generator: Built `keras.Model`, latent vectors to samples.
        discriminator: Built `keras.Model`, samples to (batch, classes) logits, dense at the end.
        classes: How many.
        **kwargs: `seed` and `averaging`, see `Game`.

    Source: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen (2016), Improved Techniques for
    Training GANs.
    """

    takes = "fit(images, labels), -1 for no label"

    def __init__(self, generator, discriminator, classes, **kwargs):
        checks.counts(2, classes=classes)
        super().__init__(generator, discriminator, **kwargs)
        check_outputs(discriminator, classes)
        self.classes = int(classes)
        self.phi = keras.Model(discriminator.inputs, discriminator.layers[-1].input)

    @property
    def checks(self):
        (samples,) = super().checks
        return [samples, samples, Labels(self.classes)]

    def sets(self, x, y):
        images, labels = self.checks[0].whole(x), Labels(self.classes, lowest=-1)(y)
        checks.same_length(images, labels)
        known = labels >= 0
        if not known.any():
            raise ValueError("No image has a label: all are -1, which marks one without.")
        return [[images], [images[known], labels[known]]]

    def fakes(self, z, *_):
        return super().fakes(z)

    def discriminator_loss(self, real, fake, labelled, labels):
        """Scalar loss: the labels of the labelled samples, and real against fake."""
        log_p = ops.log_softmax(self.scores(labelled))
        one_hot = ops.one_hot(labels, self.classes, dtype="float32")
        supervised = -ops.mean(ops.sum(one_hot * log_p, axis=1))
        return supervised + self.loss_pair.discriminator(self.realness(real), self.realness(fake))

    def realness(self, samples):
        """The logit of D(x): log sum_k exp(l_k), shape (batch,)."""
        return ops.logsumexp(self.scores(samples), axis=1)

    def generator_loss(self, real, fake, *_):
        """Feature matching: the mean squared difference of the mean features."""
        return ops.mean(ops.square(self.mean_features(real) - self.mean_features(fake)))

    def mean_features(self, samples):
        """E phi(x) over a batch, shape (features,)."""
        return ops.mean(ops.cast(self.phi(samples, training=True), "float32"), axis=0)

    def probabilities(self, samples, batch_size=256):
        """p(k | x) of each sample: float32 array (n, classes), rows summing to 1."""
        logits = run_in_batches(self.discriminator, self.checks[0](samples), batch_size)
        return ops.convert_to_numpy(ops.softmax(logits))
