"""The relativistic GAN with penalties at both players' samples: R3GAN's recipe."""

import keras

from gan_keras import losses, penalties
from gan_keras.engine import checks
from gan_keras.gan import GAN


@keras.saving.register_keras_serializable("gan_keras")
class RelativisticGAN(GAN):
    """The discriminator says which of a real and a fake sample is the more real.

        discriminator:  E[-log sigmoid(t(x) - t(G(z)))] + penalty_weight / 2 * (R1 + R2)
        generator:      E[-log sigmoid(t(G(z)) - t(x))]

    A collapsed generator cannot win: every real sample is a rival of its own. With R1 and R2, the
    mean squared gradients of the score at real and at fake samples, the game converges locally.

    Args:
        generator, discriminator, **kwargs: As for `GAN`. Under the penalty the discriminator may
            hold no BatchNormalization.
        penalty_weight: gamma, at least 0.

    Source: Jolicoeur-Martineau (2018), The Relativistic Discriminator; Huang, Gokaslan, Kuleshov,
    Tompkin (2024), The GAN Is Dead; Long Live the GAN!
    """

    def __init__(self, generator, discriminator, penalty_weight=1.0, **kwargs):
        checks.weights(penalty_weight=penalty_weight)
        if penalty_weight:
            penalties.check_penalised(discriminator)
        super().__init__(generator, discriminator, **kwargs)
        self.penalty_weight = penalty_weight

    def compile(self, g_optimizer=None, d_optimizer=None, loss="non_saturating", **options):
        """As `GAN.compile`, but for the loss, which is fixed."""
        # The default stands in saved files too; nothing here reads it.
        if loss != "non_saturating":
            raise ValueError("RelativisticGAN has its own loss. For another, use GAN.")
        super().compile(g_optimizer, d_optimizer, loss, **options)

    def discriminator_loss(self, real, fake):
        """Relativistic loss of one real and one fake batch, in pairs, plus the penalties."""
        real_scores, real_penalty = penalties.scores_and_r1(self.scores, real)
        fake_scores, fake_penalty = penalties.scores_and_r1(self.scores, fake)
        loss = losses.relativistic_loss(real_scores, fake_scores)
        return loss + self.penalty_weight / 2 * (real_penalty + fake_penalty)

    def generator_loss(self, real, fake):
        """The same loss with real and fake exchanged."""
        return losses.relativistic_loss(self.scores(fake), self.scores(real))
