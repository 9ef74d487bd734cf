"""CPU seconds of one GAN step, beside the usual Keras step on the same nets.

    make benchmark

The nets are those of Keras's documented DCGAN (28x28, up to 128 channels), batch 128. The usual
step runs the generator twice: once to train the discriminator, once to train the generator. Blocks
of steps alternate in one run, so that whatever else the machine does falls on both.
"""

import time

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import gan_keras as gk
from gan_keras import losses

BATCH, LATENT_DIM, BLOCKS, STEPS = 128, 128, 5, 4


def generator():
    return keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(7 * 7 * 128),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2DTranspose(128, 4, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(1, 7, padding="same", activation="tanh"),
        ]
    )


def discriminator():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Conv2D(128, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(1),
        ]
    )


class TwoPasses(gk.GAN):
    """The usual step: the generator runs forward for the discriminator and again for itself."""

    def train_step(self, data):
        real = self.real_batch(data)
        fake = self.generator(self.noise(BATCH), training=True)
        with tf.GradientTape() as tape:
            joined = self.discriminator(tf.concat([real, fake], 0), training=True)
            d_loss = losses.cross_entropy_discriminator_loss(*tf.split(joined, 2))
        gradients = tape.gradient(d_loss, self.discriminator.trainable_variables)
        self.d_optimizer.apply(gradients, self.discriminator.trainable_variables)
        with tf.GradientTape() as tape:
            fake = self.generator(self.noise(BATCH), training=True)
            scores = self.discriminator(fake, training=True)
            g_loss = losses.non_saturating_generator_loss(scores)
        gradients = tape.gradient(g_loss, self.generator.trainable_variables)
        self.g_optimizer.apply(gradients, self.generator.trainable_variables)
        return self.log(d_loss, g_loss)


def cpu_seconds(model, images):
    """CPU seconds a step, over one block of steps."""
    start = time.process_time()
    model.fit(images, batch_size=BATCH, verbose=0)
    return (time.process_time() - start) / STEPS


def main():
    images = np.random.default_rng(0).uniform(-1, 1, (BATCH * STEPS, 28, 28, 1)).astype("float32")
    models = {
        "GAN": gk.GAN(generator(), discriminator()),
        "two generator passes": TwoPasses(generator(), discriminator()),
    }
    for model in models.values():
        model.compile()
        cpu_seconds(model, images)  # traces the step
    seconds = {name: [] for name in models}
    for _ in range(BLOCKS):
        for name, model in models.items():
            seconds[name].append(cpu_seconds(model, images))
    ours, usual = (np.median(times) for times in seconds.values())
    print(
        f"GAN {ours:.3f} CPU s a step · two generator passes {usual:.3f} CPU s · ratio "
        f"{ours / usual:.2f} (median of {BLOCKS} blocks of {STEPS} steps, float32)"
    )


if __name__ == "__main__":
    main()
