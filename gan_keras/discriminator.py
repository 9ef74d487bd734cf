"""The discriminator on its own: a classifier of real against fake, with nobody playing back."""

from functools import partial

import keras
from keras import ops

from gan_keras import losses, networks
from gan_keras.engine import autodiff, fitting, inputs
from gan_keras.engine.saving import RestorableModel


@keras.saving.register_keras_serializable("gan_keras")
class DiscriminatorOnly(RestorableModel):
    """Trains a discriminator on real samples and on fakes that do not change.

    It minimises the discriminator's loss of a GAN, by default the binary cross-entropy

        L_D = -E[log D(x_real)] - E[log(1 - D(x_fake))]

    whose best value for equal numbers of each is reached by D*(x) = p(x) / (p(x) + q(x)), where p
    and q are the densities of real and fake samples (Goodfellow et al., 2014).

    Example:

        judge = DiscriminatorOnly(discriminator)
        judge.compile(optimizer="adam")
        judge.fit(real_images, fake_images, epochs=5)
        judge.evaluate(real_test, fake_test, return_dict=True)

    Args:
        discriminator: Built `keras.Model`, samples to logits of shape (batch, 1).
        seed: Integer seed of the order of the data.

    Raises:
        ValueError: If the discriminator is not built, cannot learn, ends in a sigmoid, or does not
            give one logit for each sample.
    """

    def __init__(self, discriminator, seed=0, **kwargs):
        super().__init__(**kwargs)
        inputs.check_player("discriminator", discriminator)
        inputs.check_logits(discriminator)
        if discriminator.output_shape[1:] != (1,):
            raise ValueError(
                f"The discriminator must give one logit for each sample, of shape (batch, 1), not "
                f"{discriminator.output_shape}."
            )
        inputs.check_counts(0, seed=seed)
        self.discriminator = discriminator
        self.seed = seed
        self.trackers = [
            keras.metrics.Mean("d_loss"),
            keras.metrics.BinaryAccuracy("accuracy"),
            keras.metrics.Precision(name="precision"),
            keras.metrics.Recall(name="recall"),
        ]
        self.built = True

    def compile(self, optimizer="adam", loss="non_saturating", **kwargs):
        """Give the discriminator its optimizer and its loss.

        Args:
            optimizer: Keras optimizer or its name.
            loss: Name in `losses.LOSSES`, or an `AdversarialLoss`; only its discriminator's part
                is used.
            **kwargs: `run_eagerly`, `steps_per_execution`, `jit_compile`, as in Keras.

        Raises:
            ValueError: If the loss or an option is unknown, or the learning rate negative.
        """
        fitting.check_options(kwargs)
        loss_pair = losses.get(loss)
        optimizer = keras.optimizers.get(optimizer)
        fitting.check_optimizers(optimizer=optimizer)
        self.loss_pair = loss_pair
        # Under mixed_float16 Keras would wrap it into a LossScaleOptimizer.
        super().compile(optimizer=optimizer, auto_scale_loss=False, **kwargs)
        self._compile_options = kwargs
        self.optimizer.build(self.discriminator.trainable_variables)

    @autodiff.train_step
    def train_step(self, data):
        """One step on a batch of real and a batch of fake samples."""
        real, fake = self.both(data)
        scores, pull = autodiff.pullback(
            lambda: self.scores(real, fake, training=True), self.discriminator.trainable_variables
        )
        loss, slopes = autodiff.input_gradients(self.loss_of, scores)
        self.optimizer.apply(pull(slopes), self.discriminator.trainable_variables)
        return self.log(loss, scores)

    @autodiff.test_step
    def test_step(self, data):
        """Loss and rates on samples that may be new to the discriminator."""
        scores = self.scores(*self.both(data), training=False)
        return self.log(self.loss_of(scores), scores)

    def both(self, data):
        """Real and fake samples of what `fit` hands to a step, as float32."""
        real, fake, _ = keras.utils.unpack_x_y_sample_weight(data)
        shape = self.discriminator.input_shape[1:]
        return inputs.check_batch(real, shape), inputs.check_batch(fake, shape)

    def scores(self, real, fake, training):
        """Logits of both batches, real first."""
        joined = ops.concatenate([real, fake])
        return ops.cast(self.discriminator(joined, training=training), "float32")

    def loss_of(self, scores):
        """The discriminator's loss; the first half of the scores belongs to real samples."""
        return self.loss_pair.discriminator(*ops.split(scores, 2))

    def log(self, loss, scores):
        """Update loss, accuracy, precision and recall, and return them by name."""
        real, fake = ops.split(scores, 2)
        labels = ops.concatenate([ops.ones_like(real), ops.zeros_like(fake)])
        self.trackers[0].update_state(loss)
        for rate in self.trackers[1:]:
            rate.update_state(labels, ops.sigmoid(scores))
        return self.get_metrics_result()

    @property
    def metrics(self):
        return self.trackers

    @property
    def check_samples(self):
        """The check of real and fake samples: `inputs.check_array` for this discriminator."""
        shape = self.discriminator.input_shape[1:]
        # A 3-axis sample is an image, and images lie in [-1, 1] throughout the package.
        allowed = inputs.RANGES["tanh"] if len(shape) == 3 else None
        return partial(inputs.check_array, sample_shape=shape, allowed=allowed)

    def _checked(self, real, fake):
        if not hasattr(fake, "shape"):
            raise ValueError("Fake samples are missing: give (real, fake), two arrays.")
        return [self.check_samples(samples) for samples in (real, fake)]

    def call(self, samples, training=False):
        """Logits of samples."""
        return self.discriminator(samples, training=training)

    def probabilities(self, samples, batch_size=256):
        """D(x) = sigmoid(logit), the probability of real, for every sample: an array (n,).

        Raises:
            ValueError: If the samples do not fit: see `inputs.check_structure`.
        """
        inputs.check_structure(samples, self.discriminator.input_shape[1:])
        logits = networks.run_in_batches(self.discriminator, samples, batch_size)
        return ops.convert_to_numpy(ops.sigmoid(logits))[:, 0]

    def fit(self, x=None, y=None, batch_size=64, shuffle=True, callbacks=None, **kwargs):
        """Train as `keras.Model.fit` does, with the real samples as `x` and the fakes as `y`.

        Args:
            x: Real samples, or a data set that yields `(real, fake)`.
            y: As many fake samples of the same shape.
            batch_size: Real samples a step, and as many fakes.
            shuffle, callbacks, **kwargs: As in Keras.

        Raises:
            ValueError: If the model is not compiled, or the samples do not fit: see `inputs`.
        """
        inputs.check_counts(batch_size=batch_size)
        if hasattr(x, "shape"):
            arrays = self._checked(x, y)
            x = inputs.EpochOrder(arrays, batch_size, self.seed if shuffle else None)
        else:
            x = inputs.checked(x, self.check_samples, self.check_samples)
        return fitting.run(super().fit, self, x, callbacks, **kwargs)

    def evaluate(self, x=None, y=None, **kwargs):
        """Loss and rates as `keras.Model.evaluate` gives them, on arrays that are checked first."""
        if hasattr(x, "shape"):
            x, y = self._checked(x, y)
            inputs.check_same_length(real=x, fake=y)
        return super().evaluate(x, y, **kwargs)

    def get_config(self):
        return {
            **super().get_config(),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "seed": self.seed,
        }

    def get_compile_config(self):
        if not self.compiled:
            return {}
        return {
            "optimizer": keras.saving.serialize_keras_object(self.optimizer),
            "loss": self.loss_pair.name,
            **self._compile_options,
        }
