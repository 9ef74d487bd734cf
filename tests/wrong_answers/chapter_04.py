"""Wrong answers to the exercises of 04_first_image_gan."""

import numpy as np
import tensorflow as tf

import gan_keras as gk


def predicted(**changed):
    """A prediction that is right but for what is changed."""
    right = {"A": "same", "B": "different", "C": "different", "D": "error"}
    return lambda: right | changed


def mended(**left):
    """A class of exercise 2 in which a part of the step is still at fault."""

    class Step(gk.GAN):
        def train_step(self, real):
            z = self.noise(tf.shape(real)[0])
            squash = left.get("squash", tf.identity)
            fake = self.generator(z, training=left.get("first", True))
            with tf.GradientTape() as tape:
                t_real = squash(self.discriminator(real, training=True))
                t_fake = squash(self.discriminator(fake, training=True))
                d_loss = tf.reduce_mean(tf.nn.softplus(-t_real) + tf.nn.softplus(t_fake))
            self.step_discriminator(tape.gradient(d_loss, self.d_variables))
            with tf.GradientTape() as tape:
                fake = self.generator(z, training=left.get("second", True))
                t_fake = fake if left.get("pixels") else self.discriminator(fake, training=True)
                g_loss = tf.reduce_mean(tf.nn.softplus(-t_fake))
            self.step_generator(tape.gradient(g_loss, self.g_variables))
            return self.log(d_loss, g_loss)

    return Step


def doubt(x, w, b):
    """1 - D(x), how much the discriminator still doubts."""
    return 1 / (1 + np.exp(w @ x + b))


def turned(z0, z1, s, unit=True):
    """The formula of a walk along the arc, on unit vectors or on the vectors themselves."""
    lengths = np.linalg.norm(z0), np.linalg.norm(z1)
    omega = np.arccos(z0 @ z1 / (lengths[0] * lengths[1]))
    if unit:
        z0, z1 = z0 / lengths[0], z1 / lengths[1]
    return (np.sin((1 - s) * omega) * z0 + np.sin(s * omega) * z1) / np.sin(omega)


WRONG = {
    1: {
        "who asks it for the generator's gradients": predicted(A="different"),
        "other noise, other fakes": predicted(B="same"),
        "counts every pixel as 1": predicted(C="error"),
        "which list of variables": predicted(D="different"),
        "a dict with the keys": lambda: {"A": "same"},
        "is none of": predicted(A="equal"),
    },
    2: {
        "a sigmoid stands before softplus": mended(squash=tf.sigmoid),
        "looks at pixels": mended(pixels=True),
        "in the first half the generator runs": mended(first=False),
        "in the second half the generator runs": mended(second=False),
    },
    3: {
        "the sign is turned round": lambda x, w, b: -doubt(x, w, b) * w,
        "the factor is missing": lambda x, w, b: w,
        "the direction of the zero-sum loss": lambda x, w, b: (1 - doubt(x, w, b)) * w,
        "not by the weights w": lambda x, w, b: doubt(x, w, b) * x,
        "the gradient of D": lambda x, w, b: doubt(x, w, b) * (1 - doubt(x, w, b)) * w,
    },
    4: {
        "the straight line": lambda z0, z1, s: (1 - s) * z0 + s * z1,
        "the ends are exchanged": lambda z0, z1, s: s * z0 + (1 - s) * z1,
        "on z0 and z1 themselves": lambda z0, z1, s: turned(z0, z1, s, unit=False),
        "give it its length": turned,
    },
}
