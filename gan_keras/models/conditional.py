"""A GAN that draws the class that is asked for."""

import keras
import numpy as np
from keras import ops

from gan_keras.engine import checks
from gan_keras.gan import GAN
from gan_keras.models.labels import Labels, check_outputs


@keras.saving.register_keras_serializable("gan_keras")
class ConditionalGAN(GAN):
    """A GAN that draws the class it is asked for; its discriminator judges each image as a class.

        min_G max_D  E[log D(x | y)] + E[log(1 - D(G(z, y) | y))],   D(x | y) = sigmoid(t_y(x))

    The generator reads the label as one-hot numbers behind its noise. The label picks one of the
    discriminator's logits, t_y(x) = v_y . phi(x) + b_y: the projection discriminator, whose
    class-free part stands in every row v_y.

    Example:

        generator = networks.dcgan_generator(latent_dim + 10, (28, 28, 1), hidden=(256,))
        discriminator = networks.dcgan_discriminator((28, 28, 1), outputs=10)
        model = ConditionalGAN(generator, discriminator, classes=10)
        model.compile()
        model.fit(images, labels, epochs=20)
        sevens = model.generate(16, labels=7)

    Args:
        generator: Built `keras.Model`, (batch, latent_dim + classes) to samples.
        discriminator: Built `keras.Model`, samples to (batch, classes) logits.
        classes: How many; labels are integers from 0.
        **kwargs: `seed` and `averaging`, see `Game`.

    Source: Mirza, Osindero (2014), Conditional Generative Adversarial Nets; Miyato, Koyama (2018),
    cGANs with Projection Discriminator.
    """

    takes = "fit(images, labels)"
    extra_outputs = 0  # of the discriminator, besides one for each class

    def __init__(self, generator, discriminator, classes, **kwargs):
        checks.counts(2, classes=classes)
        super().__init__(generator, discriminator, **kwargs)
        check_outputs(discriminator, classes + self.extra_outputs)
        self.classes = int(classes)
        checks.counts(**{"generator.input_shape[-1] - classes": self.latent_dim})

    @property
    def latent_dim(self):
        return self.generator.input_shape[-1] - self.classes

    @property
    def checks(self):
        return [*super().checks, Labels(self.classes)]

    def batch(self, data):
        """Real samples and their labels, as one-hot rows."""
        real, labels = super().batch(data)
        return real, ops.one_hot(labels, self.classes, dtype="float32")

    def fakes(self, z, y):
        """Fakes of the classes y (one-hot)."""
        return super().fakes(ops.concatenate([z, y], axis=1))

    def scores_as(self, samples, y):
        """t_y(x): how real each sample is as the class of its one-hot row in y, (batch, 1)."""
        return ops.sum(self.scores(samples) * y, axis=1, keepdims=True)

    def discriminator_loss(self, real, fake, y):
        """Scalar loss of the discriminator, on samples of the classes y (one-hot)."""
        return self.loss_pair.discriminator(self.scores_as(real, y), self.scores_as(fake, y))

    def generator_loss(self, real, fake, y):
        """Scalar loss of the generator on fakes of the classes y (one-hot)."""
        return self.loss_pair.generator(self.scores_as(fake, y))

    def generate(self, n, labels=None, seed=None, batch_size=256):
        """As `GAN.generate`, of one label for all, of integers (n,), or of all classes in turn."""
        labels = np.arange(n) % self.classes if labels is None else np.asarray(labels)
        labels = self.checks[1](np.repeat(labels, n) if labels.ndim == 0 else labels)
        z = self.draw_noise(n, seed)
        checks.same_length(z, labels)
        y = np.eye(self.classes, dtype="float32")[labels]
        return self.samples_of(np.concatenate([z, y], axis=1), batch_size)
