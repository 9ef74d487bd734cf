"""GANs that know labels: one draws the class that is asked for, one learns to classify from few."""

from functools import partial

import keras
import numpy as np
from keras import ops

from gan_keras import networks
from gan_keras.engine import autodiff, inputs
from gan_keras.engine.adversarial import AdversarialModel


class _WithClasses(AdversarialModel):
    """A model whose discriminator gives one logit for each class."""

    fit_takes = "fit(images, labels)"
    extra_outputs = 0  # of the discriminator, besides one for each class

    def __init__(self, generator, discriminator, classes, **kwargs):
        inputs.check_counts(2, classes=classes)
        super().__init__(generator, discriminator, **kwargs)
        outputs = discriminator.output_shape[1:]
        if outputs != (classes + self.extra_outputs,):
            raise ValueError(
                f"The discriminator gives logits of shape {outputs}, but {type(self).__name__} "
                f"of {classes} classes wants {classes + self.extra_outputs} for each sample: "
                f"dcgan_discriminator(..., outputs={classes + self.extra_outputs})."
            )
        self.classes = classes

    @property
    def check_labels(self):
        """The check of labels: `inputs.check_labels` for these classes."""
        return partial(inputs.check_labels, classes=self.classes)

    @property
    def checks(self):
        return self.check_samples, self.check_labels

    def get_config(self):
        return {**super().get_config(), "classes": self.classes}


@keras.saving.register_keras_serializable("gan_keras")
class ConditionalGAN(_WithClasses):
    """A GAN that draws the class it is asked for; its discriminator judges each image as a class.

        min_G max_D  E[log D(x | y)] + E[log(1 - D(G(z, y) | y))],   D(x | y) = sigmoid(t_y(x))

    The generator reads the label as one-hot numbers behind its noise. The discriminator gives one
    logit for each class, t_y(x) = v_y . phi(x) + b_y, of which the label picks one: the projection
    discriminator, whose class-free part stands in every row v_y.

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
        **kwargs: `seed` and `averaging`, see `AdversarialModel`.

    Raises:
        ValueError: If the players do not fit each other or the classes.

    Source: Mirza, Osindero (2014), Conditional Generative Adversarial Nets; Miyato, Koyama (2018),
    cGANs with Projection Discriminator.
    """

    def __init__(self, generator, discriminator, classes, **kwargs):
        super().__init__(generator, discriminator, classes, **kwargs)
        self.latent_dim -= classes
        if self.latent_dim < 1:
            raise ValueError(
                f"The generator takes {generator.input_shape[-1]} numbers: too few for {classes} "
                "classes and at least one of noise. Build it for latent_dim + classes."
            )

    @autodiff.train_step
    def train_step(self, data):
        """One step of each player, on real samples and on fakes of the same classes."""
        real, labels = self.labelled_batch(data)
        y = ops.one_hot(labels, self.classes)
        z = self.noise(ops.shape(real)[0])
        fake, pull = autodiff.pullback(
            lambda: self.fakes(ops.concatenate([z, y], axis=1)), self.g_variables
        )
        fake = ops.stop_gradient(fake)

        d_loss, gradients = autodiff.value_and_gradients(
            lambda: self.discriminator_loss(real, fake, y), self.d_variables
        )
        self.d_optimizer.apply(gradients, self.d_variables)

        g_loss, direction = autodiff.input_gradients(
            lambda fake: self.generator_loss(fake, y), fake
        )
        self.generator_step(pull(direction))
        return self.log(d_loss, g_loss)

    def labelled_batch(self, data):
        """Real samples and their labels, of what `fit` hands to `train_step`."""
        _, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        inputs.check_label_structure(labels)
        return self.real_batch(data), labels

    def scores_as(self, samples, y):
        """t_y(x): how real each sample is as the class of its one-hot row in y, (batch, 1)."""
        return ops.sum(self.scores(samples) * y, axis=1, keepdims=True)

    def discriminator_loss(self, real, fake, y):
        """Scalar loss of the discriminator on real and fake samples of the classes y (one-hot)."""
        return self.loss_pair.discriminator(self.scores_as(real, y), self.scores_as(fake, y))

    def generator_loss(self, fake, y):
        """Scalar loss of the generator on fakes of the classes y (one-hot)."""
        return self.loss_pair.generator(self.scores_as(fake, y))

    def generate(self, n, labels=None, seed=None, batch_size=256):
        """Draw `n` samples of the classes asked for.

        Args:
            n, seed, batch_size: As in `AdversarialModel.generate`.
            labels: One label for all, or integers (n,); None counts through the classes: 0, 1, ...

        Raises:
            ValueError: If a label is out of range, or their number is not `n`.
        """
        inputs.check_counts(n=n)
        labels = np.arange(n) % self.classes if labels is None else np.asarray(labels)
        labels = self.check_labels(np.repeat(labels, n) if labels.ndim == 0 else labels)
        if len(labels) != n:
            raise ValueError(f"n={n} samples were asked for, with {len(labels)} labels.")
        z = self.draw_noise(n, seed)
        y = np.eye(self.classes, dtype="float32")[labels]
        return self.samples_of(np.concatenate([z, y], axis=1), batch_size)


@keras.saving.register_keras_serializable("gan_keras")
class SemiSupervisedGAN(_WithClasses):
    """A classifier that learns from few labels, and from telling real images from fakes.

    From one logit l_k for each class, fake being class K + 1 with a logit of 0:

        p(k | x) = exp(l_k) / sum_j exp(l_j)         D(x) = Z / (Z + 1),   Z = sum_j exp(l_j)
        discriminator:  E[-log p(y | x)] on labelled samples - E[log D(x)] - E[log(1 - D(G(z)))]
        generator:      ||E phi(x) - E phi(G(z))||^2 / features

    phi is what the discriminator's last layer reads; a generator that only matches its means makes
    images at the edge of the data, which is where a classifier can use them.

    `fit(images, labels)` takes -1 as the label of an image without one; every step sees as many
    labelled samples as others. A data set yields (images, labelled images, labels).

    Args:
        generator: Built `keras.Model`, latent vectors to samples.
        discriminator: Built `keras.Model`, samples to (batch, classes) logits, dense at the end.
        classes: How many.
        **kwargs: `seed` and `averaging`, see `AdversarialModel`.

    Raises:
        ValueError: If the players do not fit each other or the classes.

    Source: Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen (2016), Improved Techniques for
    Training GANs.
    """

    def __init__(self, generator, discriminator, classes, **kwargs):
        super().__init__(generator, discriminator, classes, **kwargs)
        # Shares the discriminator's layers, and gives its last one's input beside its output.
        last = discriminator.layers[-1]
        self.features_and_logits = keras.Model(discriminator.inputs, [last.input, last.output])

    @property
    def checks(self):
        return self.check_samples, self.check_samples, self.check_labels

    def checked_arrays(self, x, y):
        images, labels = self.check_samples(x), self.check_labels(y, lowest=-1)
        if len(images) != len(labels):
            raise ValueError(f"There are {len(images)} images, but {len(labels)} labels.")
        if (labels < 0).all():
            raise ValueError("No image has a label: all are -1, which marks one without.")
        return [images, labels]

    def ordered(self, arrays, batch_size, seed):
        images, labels = arrays
        known = labels >= 0
        return inputs.SeveralOrders([[images], [images[known], labels[known]]], batch_size, seed)

    @autodiff.train_step
    def train_step(self, data):
        """One step of each player on real samples, labelled samples and fakes."""
        real, labelled, labels = self.batches(data)
        z = self.noise(ops.shape(real)[0])
        fake, pull = autodiff.pullback(lambda: self.fakes(z), self.g_variables)
        fake = ops.stop_gradient(fake)

        d_loss, gradients = autodiff.value_and_gradients(
            lambda: self.discriminator_loss(real, fake, labelled, labels), self.d_variables
        )
        self.d_optimizer.apply(gradients, self.d_variables)

        g_loss, direction = autodiff.input_gradients(
            lambda fake: self.generator_loss(fake, real), fake
        )
        self.generator_step(pull(direction))
        return self.log(d_loss, g_loss)

    def batches(self, data):
        """Real samples, labelled samples and their labels, of what `fit` hands to `train_step`."""
        _, labelled, labels = keras.utils.unpack_x_y_sample_weight(data)
        inputs.check_label_structure(labels)
        labelled = inputs.check_batch(labelled, self.discriminator.input_shape[1:])
        return self.real_batch(data), labelled, labels

    def discriminator_loss(self, real, fake, labelled, labels):
        """Scalar loss: the labels of the labelled samples, and real against fake."""
        log_p = ops.log_softmax(self.scores(labelled))
        supervised = -ops.mean(ops.sum(ops.one_hot(labels, self.classes) * log_p, axis=1))
        return supervised + self.loss_pair.discriminator(self.realness(real), self.realness(fake))

    def realness(self, samples):
        """The logit of D(x): log sum_k exp(l_k), shape (batch,)."""
        return ops.logsumexp(self.scores(samples), axis=1)

    def generator_loss(self, fake, real):
        """Feature matching: squared distance of the mean features, a mean over features."""
        return ops.mean(ops.square(self.mean_features(real) - self.mean_features(fake)))

    def mean_features(self, samples):
        """E phi(x) over a batch, shape (features,)."""
        features, _ = self.features_and_logits(samples, training=True)
        return ops.mean(ops.cast(features, "float32"), axis=0)

    def probabilities(self, samples, batch_size=256):
        """p(k | x) of each sample: float32 array (n, classes), rows summing to 1.

        Raises:
            ValueError: If the samples do not fit: see `inputs.check_structure`.
        """
        inputs.check_structure(samples, self.discriminator.input_shape[1:])
        logits = networks.run_in_batches(self.discriminator, samples, batch_size)
        return ops.convert_to_numpy(ops.softmax(logits))
