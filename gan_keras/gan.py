"""The generative adversarial network of Goodfellow et al. (2014)."""

import keras
from keras import ops

from gan_keras import losses
from gan_keras.engine import autodiff
from gan_keras.engine.game import Game


@keras.saving.register_keras_serializable("gan_keras")
class GAN(Game):
    """A generator and a discriminator trained against each other, one step each in turn.

        min_G max_D  V(D, G) = E[log D(x)] + E[log(1 - D(G(z)))]

    With `loss="minimax"` the generator minimises V itself, with `"non_saturating"` (the default)
    -E[log D(G(z))], which has the same equilibrium and a gradient while the discriminator wins.
    Other pairs of `losses.LOSSES` make the other GANs of that form. A variant overrides
    `discriminator_loss` or `generator_loss`.

    Example:

        gan = GAN(generator, discriminator)
        gan.compile(g_optimizer=Adam(2e-4, beta_1=0.5), d_optimizer=Adam(2e-4, beta_1=0.5))
        gan.fit(images, batch_size=64, epochs=20)
        samples = gan.generate(16)

    Source: Goodfellow, Pouget-Abadie, Mirza, Xu, Warde-Farley, Ozair, Courville, Bengio (2014),
    Generative Adversarial Nets.
    """

    def compile(self, g_optimizer=None, d_optimizer=None, loss="non_saturating", **options):
        """Give each player its optimizer, and both their losses.

        Args:
            g_optimizer, d_optimizer: Two Keras optimizers, by default Adam(2e-4, beta_1=0.5).
            loss: Name in `losses.LOSSES`, or an `AdversarialLoss`.
            **options: `run_eagerly`, `steps_per_execution`, `jit_compile`.
        """
        super().compile(g_optimizer, d_optimizer, losses.get(loss), **options)

    @autodiff.train_step
    def train_step(self, data):
        """One discriminator step and one generator step on one batch of real samples."""
        real, *given = self.batch(data)  # given: nothing here; a subclass's labels or sources
        z = self.noise(ops.shape(real)[0])
        fake, pull = autodiff.pullback(lambda: self.fakes(z, *given), self.g_variables)

        # The discriminator learns to tell real from fake. Fakes are constants to it.
        d_loss, gradients = autodiff.value_and_gradients(
            lambda: self.discriminator_loss(real, fake, *given), self.d_variables
        )
        self.step_discriminator(gradients)

        # What would each pixel of a fake have to do to look more real? The generator follows.
        g_loss, direction = autodiff.input_gradients(
            lambda fake: self.generator_loss(real, fake, *given), fake
        )
        self.step_generator(pull(direction))
        return self.log(d_loss, g_loss)

    def discriminator_loss(self, real, fake):
        """Scalar loss of the discriminator on one real and one fake batch."""
        # Two calls, so that a BatchNorm in the discriminator sees each kind on its own.
        return self.loss_pair.discriminator(self.scores(real), self.scores(fake))

    def generator_loss(self, real, fake):
        """Scalar loss of the generator on one fake batch; most losses leave `real` aside."""
        return self.loss_pair.generator(self.scores(fake))
