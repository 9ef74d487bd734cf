"""The operations of `GAN.train_step` in a bare `tf.function`: no model, no `fit`, no metrics."""

import keras
import tensorflow as tf

from tests.benchmarks.nets import LATENT_DIM


def bare_gan(generator, discriminator):
    """A function of one batch of real samples that takes one step of each player."""
    g_optimizer, d_optimizer = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
    g_optimizer.build(generator.trainable_variables)
    d_optimizer.build(discriminator.trainable_variables)
    chance = tf.random.Generator.from_seed(0)

    def scores(samples):
        return tf.cast(discriminator(samples, training=True), "float32")

    @tf.function
    def step(real):
        z = chance.normal((real.shape[0], LATENT_DIM))
        with tf.GradientTape() as g_tape:
            fake = tf.cast(generator(z, training=True), "float32")
        constant = tf.stop_gradient(fake)
        with tf.GradientTape() as tape:
            d_loss = tf.reduce_mean(tf.nn.softplus(-scores(real)))
            d_loss += tf.reduce_mean(tf.nn.softplus(scores(constant)))
        variables = discriminator.trainable_variables
        d_optimizer.apply(tape.gradient(d_loss, variables), variables)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(constant)
            g_loss = tf.reduce_mean(tf.nn.softplus(-scores(constant)))
        direction = tape.gradient(g_loss, constant)
        variables = generator.trainable_variables
        g_optimizer.apply(g_tape.gradient(fake, variables, direction), variables)
        return d_loss, g_loss

    return step
