"""Image translation between two sets, without a single pair."""

import keras
import numpy as np
from keras import ops

from gan_keras import losses
from gan_keras.engine import autodiff, checks
from gan_keras.engine.game import Game
from gan_keras.engine.model import Model, run_in_batches


@keras.saving.register_keras_serializable("gan_keras")
class CycleGAN(Model):
    """Translates between two sets of images, A and B, without a single pair.

        adversarial:  G(a) must look like B, F(b) like A, to a discriminator each
        cycle:        cycle_weight * (E|F(G(a)) - a| + E|G(F(b)) - b|)
        identity:     identity_weight * (E|G(b) - b| + E|F(a) - a|)

    Example:

        model = CycleGAN(unet(), unet(), patch_discriminator(), patch_discriminator())
        model.compile(loss="least_squares")
        model.fit(set_a, set_b, batch_size=8, epochs=20)
        as_b = model.translate(set_a[:16])

    Args:
        a_to_b, b_to_a: Built `keras.Model`s, G and F; all images have one shape.
        a_discriminator, b_discriminator: Built `keras.Model`s, images to logits of any shape.
        cycle_weight, identity_weight: At least 0; 10 and 5 in the paper.
        **kwargs: `seed`, an integer, of the order of the data; drawn at random if None.

    Source: Zhu, Park, Isola, Efros (2017), Unpaired Image-to-Image Translation using
    Cycle-Consistent Adversarial Networks.
    """

    takes = "fit(images_a, images_b), which need not be pairs, nor equally many"
    metrics, log = Game.metrics, Game.log  # the running means of both losses

    def __init__(
        self,
        a_to_b,
        b_to_a,
        a_discriminator,
        b_discriminator,
        cycle_weight=10.0,
        identity_weight=5.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        checks.weights(cycle_weight=cycle_weight, identity_weight=identity_weight)
        judges = {"a_discriminator": a_discriminator, "b_discriminator": b_discriminator}
        networks = {"a_to_b": a_to_b, "b_to_a": b_to_a, **judges}
        checks.players(**networks)
        for discriminator in judges.values():
            checks.logits(discriminator)
        shapes = {network.input_shape[1:] for network in networks.values()}
        shapes |= {a_to_b.output_shape[1:], b_to_a.output_shape[1:]}
        if len(shapes) > 1 or a_to_b is b_to_a or a_discriminator is b_discriminator:
            told = f"CycleGAN wants four networks of their own, of one image shape, not {shapes}."
            raise ValueError(f"{told} Repeat the channel of gray images three times.")
        self.d_tracker, self.g_tracker = keras.metrics.Mean("d_loss"), keras.metrics.Mean("g_loss")
        self.hold(**networks)
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight

    def compile(self, g_optimizer=None, d_optimizer=None, loss="non_saturating", **options):
        """As `GAN.compile`: one optimizer for both generators, one for both discriminators."""
        Game.compile(self, g_optimizer, d_optimizer, losses.get(loss), **options)

    @property
    def g_variables(self):
        return self.a_to_b.trainable_variables + self.b_to_a.trainable_variables

    @property
    def d_variables(self):
        return self.a_discriminator.trainable_variables + self.b_discriminator.trainable_variables

    @property
    def checks(self):
        shape, makers = self.a_to_b.input_shape[1:], (self.b_to_a, self.a_to_b)
        return [checks.Samples(shape, checks.value_range(maker)) for maker in makers]

    def sets(self, x, y):
        ((a, b),) = super().sets(x, y)
        return [[a], [b]]  # each in an order of its own

    @autodiff.train_step
    def train_step(self, data):
        """One step of both discriminators and one of both generators, on a batch of each set."""
        a, b = self.batch(data)
        fake_a = ops.stop_gradient(_run(self.b_to_a, b))
        fake_b = ops.stop_gradient(_run(self.a_to_b, a))
        d_loss, gradients = autodiff.value_and_gradients(
            lambda: self.discriminator_loss(a, b, fake_a, fake_b), self.d_variables
        )
        self.d_optimizer.apply(gradients, self.d_variables)
        g_loss, gradients = autodiff.value_and_gradients(
            lambda: self.generator_loss(a, b), self.g_variables
        )
        self.g_optimizer.apply(gradients, self.g_variables)
        return self.log(d_loss, g_loss)

    def discriminator_loss(self, a, b, fake_a, fake_b):
        """Scalar loss of both discriminators."""
        loss = self.loss_pair.discriminator
        loss_a = loss(_run(self.a_discriminator, a), _run(self.a_discriminator, fake_a))
        loss_b = loss(_run(self.b_discriminator, b), _run(self.b_discriminator, fake_b))
        return loss_a + loss_b

    def generator_loss(self, a, b):
        """Scalar loss of both generators: adversarial, cycle and identity."""
        fake_a, fake_b = _run(self.b_to_a, b), _run(self.a_to_b, a)
        t_a, t_b = _run(self.a_discriminator, fake_a), _run(self.b_discriminator, fake_b)
        adversarial = self.loss_pair.generator(t_a) + self.loss_pair.generator(t_b)
        cycle = _l1(a, _run(self.b_to_a, fake_b)) + _l1(b, _run(self.a_to_b, fake_a))
        identity = _l1(a, _run(self.b_to_a, a)) + _l1(b, _run(self.a_to_b, b))
        return adversarial + self.cycle_weight * cycle + self.identity_weight * identity

    def call(self, a, training=False):
        """Images of A as images of B."""
        return self.a_to_b(a, training=training)

    def translate(self, a, batch_size=256):
        """G(a), images of A as images of B, in inference mode: float32 array (n, ...)."""
        return run_in_batches(self.a_to_b, self.checks[0](a), batch_size)

    def translate_back(self, b, batch_size=256):
        """F(b), images of B as images of A, in inference mode: float32 array (n, ...)."""
        return run_in_batches(self.b_to_a, self.checks[1](b), batch_size)

    def evaluate(self, a, b):
        """Mean absolute errors on held-out images, in units of pixels in [-1, 1]: a dict."""
        errors = {
            "cycle_a": a - self.translate_back(self.translate(a)),
            "cycle_b": b - self.translate(self.translate_back(b)),
            "identity_a": a - self.translate_back(a),
            "identity_b": b - self.translate(b),
        }
        return {name: float(np.abs(error).mean()) for name, error in errors.items()}


def _run(network, images):
    """The network in training mode, as float32."""
    return ops.cast(network(images, training=True), "float32")


def _l1(a, b):
    return ops.mean(ops.abs(a - b))
