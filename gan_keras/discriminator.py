"""The discriminator on its own: a classifier of real against fake, with nobody playing back."""

import keras
from keras import ops

from gan_keras import losses
from gan_keras.engine import autodiff, checks
from gan_keras.engine.model import Model, run_in_batches


@keras.saving.register_keras_serializable("gan_keras")
class DiscriminatorOnly(Model):
    """Trains a discriminator on real samples and on fakes that do not change.

    It minimises the discriminator's loss of a GAN, by default the binary cross-entropy

        L_D = -E[log D(x_real)] - E[log(1 - D(x_fake))]

    whose best value for equal numbers of each is reached by D*(x) = p(x) / (p(x) + q(x)), where p
    and q are the densities of real and fake samples (Goodfellow et al., 2014).

    `fit(real_images, fake_images)` trains it, `evaluate(real_test, fake_test)` measures it.

    Args:
        discriminator: Built `keras.Model`, samples to logits of shape (batch, 1).
        seed: Integer seed of the order of the data.
    """

    takes = "fit(real_samples, fake_samples)"

    def __init__(self, discriminator, seed=0, **kwargs):
        super().__init__(seed, **kwargs)
        checks.players(discriminator=discriminator)
        checks.logits(discriminator)
        if discriminator.output_shape[1:] != (1,):
            raise ValueError(f"One logit a sample is wanted, not {discriminator.output_shape}.")
        self.hold(discriminator=discriminator)
        self.trackers = [
            keras.metrics.Mean("d_loss"),
            keras.metrics.BinaryAccuracy("accuracy"),
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
        ]

    def compile(self, optimizer="adam", loss="non_saturating", **options):
        """Give the discriminator its optimizer and, of a pair in `losses.LOSSES`, its loss."""
        variables = self.discriminator.trainable_variables
        self.set_up(options, losses.get(loss), optimizer=(optimizer, variables))

    @autodiff.train_step
    def train_step(self, data):
        """One step on a batch of real and a batch of fake samples."""
        real, fake = self.batch(data)
        variables = self.discriminator.trainable_variables
        (loss, scores), gradients = autodiff.value_and_gradients(
            lambda: self.loss_and_scores(real, fake, training=True), variables, has_aux=True
        )
        self.optimizer.apply(gradients, variables)
        return self.log(loss, scores)

    @autodiff.test_step
    def test_step(self, data):
        """Loss and rates on samples that may be new to the discriminator."""
        real, fake = self.batch(data)
        return self.log(*self.loss_and_scores(real, fake, training=False))

    def loss_and_scores(self, real, fake, training):
        """The loss, and the logits of both batches, real first."""
        scores = self.discriminator(ops.concatenate([real, fake]), training=training)
        scores = ops.cast(scores, "float32")
        return self.loss_pair.discriminator(*ops.split(scores, 2)), scores

    def log(self, loss, scores):
        """Update loss, accuracy, precision and recall, and return them by name."""
        real, fake = ops.split(scores, 2)
        labels = ops.concatenate([ops.ones_like(real), ops.zeros_like(fake)])
        loss_mean, *rates = self.trackers
        loss_mean.update_state(loss)
        for rate in rates:
            rate.update_state(labels, ops.sigmoid(scores))
        return self.get_metrics_result()

    @property
    def metrics(self):
        return self.trackers

    @property
    def checks(self):
        shape = self.discriminator.input_shape[1:]
        # A 3-axis sample is an image, and images lie in [-1, 1] throughout the package.
        allowed = checks.IMAGES if len(shape) == 3 else None
        return [checks.Samples(shape, allowed, real=real) for real in (True, False)]

    def call(self, samples, training=False):
        """Logits of samples."""
        return self.discriminator(samples, training=training)

    def probabilities(self, samples, batch_size=256):
        """D(x) = sigmoid(logit), the probability of real, for every sample: an array (n,)."""
        self.checks[0].structure(samples)
        logits = run_in_batches(self.discriminator, samples, batch_size)
        return ops.convert_to_numpy(ops.sigmoid(logits))[:, 0]
