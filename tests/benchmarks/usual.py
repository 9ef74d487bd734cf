"""The training steps that Keras's own examples write: what ours are measured against.

The generator runs twice in a GAN step, once to train the discriminator and once to train itself;
in WGAN-GP it runs once more than there are critic steps, and real and fake samples, and the
interpolates, go through the critic apart.
"""

import keras
import tensorflow as tf

from tests.benchmarks.nets import LATENT_DIM


class UsualModel(keras.Model):
    """Two players with an Adam each."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.d_metric, self.g_metric = keras.metrics.Mean("d_loss"), keras.metrics.Mean("g_loss")

    def compile(self):
        super().compile()
        self.g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)

    def fakes(self, real):
        noise = tf.random.normal((tf.shape(real)[0], LATENT_DIM))
        return tf.cast(self.generator(noise, training=True), "float32")

    def scores(self, samples):
        return tf.cast(self.discriminator(samples, training=True), "float32")

    def descend(self, tape, loss, network, optimizer):
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    def log(self, d_loss, g_loss):
        self.d_metric.update_state(d_loss)
        self.g_metric.update_state(g_loss)
        return {"d_loss": self.d_metric.result(), "g_loss": self.g_metric.result()}


class UsualGAN(UsualModel):
    """Cross-entropy of real and fake samples, joined into one batch with its labels."""

    entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def labels(self, n):
        """Zeros for fakes, which come first, ones for real samples."""
        return tf.concat([tf.zeros((n, 1)), tf.ones((n, 1))], axis=0)

    def train_step(self, real):
        n = tf.shape(real)[0]
        both = tf.concat([self.fakes(real), real], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.entropy(self.labels(n), self.scores(both))
        self.descend(tape, d_loss, self.discriminator, self.d_optimizer)
        with tf.GradientTape() as tape:
            g_loss = self.entropy(tf.ones((n, 1)), self.scores(self.fakes(real)))
        self.descend(tape, g_loss, self.generator, self.g_optimizer)
        return self.log(d_loss, g_loss)


class UsualWGANGP(UsualModel):
    """Five critic steps with gradient penalty, then one generator step."""

    critic_steps, penalty_weight = 5, 10.0

    def penalty(self, real, fake):
        alpha = tf.random.uniform((tf.shape(real)[0], 1, 1, 1))
        between = real + alpha * (fake - real)
        with tf.GradientTape() as tape:
            tape.watch(between)
            scores = self.scores(between)
        gradient = tape.gradient(scores, between)
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        for _ in range(self.critic_steps):
            with tf.GradientTape() as tape:
                fake = self.fakes(real)
                fake_scores, real_scores = self.scores(fake), self.scores(real)
                d_loss = tf.reduce_mean(fake_scores) - tf.reduce_mean(real_scores)
                d_loss += self.penalty_weight * self.penalty(real, fake)
            self.descend(tape, d_loss, self.discriminator, self.d_optimizer)
        with tf.GradientTape() as tape:
            g_loss = -tf.reduce_mean(self.scores(self.fakes(real)))
        self.descend(tape, g_loss, self.generator, self.g_optimizer)
        return self.log(d_loss, g_loss)
