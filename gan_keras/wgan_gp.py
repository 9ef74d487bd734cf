"""The Wasserstein GAN with gradient penalty of Gulrajani et al. (2017)."""

import keras
from keras import ops

from gan_keras import losses, penalties
from gan_keras.engine import autodiff, checks
from gan_keras.engine.game import Game


@keras.saving.register_keras_serializable("gan_keras")
class WGANGP(Game):
    """A critic held near slope one estimates the earth mover's distance; the generator lowers it.

        critic:     E[f(G(z))] - E[f(x)] + penalty_weight * E[(||grad f(x_hat)|| - 1)^2]
        generator: -E[f(G(z))]

    The critic takes `critic_steps` steps to each of the generator's, on fresh real samples each, so
    a step takes `critic_steps * batch_size`: of arrays in `fit(batch_size=64)`; a data set must
    yield that many.

    Args:
        generator: Built `keras.Model`, latent vectors (batch, latent_dim) to samples.
        critic: Built `keras.Model`, samples to unbounded scores, without BatchNormalization.
        critic_steps, penalty_weight: Critic steps to one of the generator's, and lambda.
        **kwargs: `seed` and `averaging`, see `Game`.

    Source: Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville (2017), Improved Training of Wasserstein
    GANs; defaults as there.
    """

    def __init__(self, generator, critic, critic_steps=5, penalty_weight=10.0, **kwargs):
        penalties.check_penalised(critic)
        checks.counts(critic_steps=critic_steps)
        checks.weights(penalty_weight=penalty_weight)
        super().__init__(generator, critic, **kwargs)
        self.critic_steps, self.penalty_weight = int(critic_steps), penalty_weight

    def compile(self, g_optimizer=None, d_optimizer=None, loss="wasserstein", **options):
        """As `GAN.compile`, by default with the paper's Adam(1e-4, 0, 0.9); the loss is fixed."""
        if loss != "wasserstein":
            raise ValueError("WGANGP has its own loss. For another, use GAN.")
        super().compile(g_optimizer, d_optimizer, **options)

    def default_optimizer(self):
        return keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)

    @autodiff.train_step
    def train_step(self, data):
        """`critic_steps` critic steps on fresh real samples, then one generator step."""
        critic_losses = []
        for real in self.split(self.batch(data)[0]):
            z = self.noise(ops.shape(real)[0])
            fake, pull = autodiff.pullback(lambda z=z: self.fakes(z), self.g_variables)
            critic_losses.append(self.critic_step(real, fake))

        # The generator learns from the last fakes, as the critic that now stands sees them.
        g_loss, direction = autodiff.input_gradients(self.generator_loss, fake)
        self.step_generator(pull(direction))
        return self.log(sum(critic_losses) / self.critic_steps, g_loss)

    def critic_step(self, real, fake):
        """Update the critic once; return its loss, the penalty included."""
        loss, gradients = autodiff.value_and_gradients(
            lambda: self.critic_loss(real, fake), self.d_variables
        )
        self.step_discriminator(gradients)
        return loss

    def critic_loss(self, real, fake):
        """Wasserstein loss plus gradient penalty on one real and one fake batch."""
        # One joined call is cheaper than two; nothing in a critic mixes samples.
        real_scores, fake_scores = ops.split(self.scores(ops.concatenate([real, fake])), 2)
        distance = losses.wasserstein_discriminator_loss(real_scores, fake_scores)
        one_each = (ops.shape(real)[0],) + (1,) * (len(real.shape) - 1)
        alpha = autodiff.uniform(one_each, self.noise_seed)
        penalty = penalties.gradient_penalty(self.scores, real, fake, alpha)
        return distance + self.penalty_weight * penalty

    def generator_loss(self, fake):
        """Minus the mean score of one fake batch."""
        return losses.wasserstein_generator_loss(self.scores(fake))

    @property
    def critic(self):
        """The discriminator, whose score is no probability here."""
        return self.discriminator

    def samples_a_step(self, batch_size):
        return self.critic_steps * batch_size

    def split(self, real):
        """The batch in `critic_steps` parts."""
        checks.divisible(real.shape[0], self.critic_steps)
        return ops.split(real, self.critic_steps)

    def get_config(self):
        config = super().get_config()
        config["critic"] = config.pop("discriminator")
        return config
