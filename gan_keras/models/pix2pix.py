"""Image translation, learned from pairs."""

import keras
import numpy as np
from keras import ops

from gan_keras.engine import checks
from gan_keras.gan import GAN


@keras.saving.register_keras_serializable("gan_keras")
class Pix2Pix(GAN):
    """Translates an image x into an image y, learned from pairs.

        discriminator:  -E[log D(x, y)] - E[log(1 - D(x, G(x)))]
        generator:      -E[log D(x, G(x))] + l1_weight * E|y - G(x)|

    The L1 term alone answers with the median, number by number, of all y that fit an x: no y at
    all, perhaps. The discriminator sees x and y together, and asks for one that could be real.

    Example:

        model = Pix2Pix(unet((32, 32, 1), channels=3), patch_discriminator((32, 32, 1 + 3)))
        model.compile()
        model.fit(gray_images, color_images, epochs=20)
        colored = model.translate(gray_images[:16])

    Args:
        generator: Built `keras.Model`, sources to targets, such as `networks.unet`.
        discriminator: Built `keras.Model`, source and target joined along the channels to logits of
            any shape, such as `networks.patch_discriminator`.
        l1_weight: lambda, at least 0, for pixels in [-1, 1]; 100 in the paper.
        **kwargs: `seed` and `averaging`, see `Game`.

    Source: Isola, Zhu, Zhou, Efros (2017), Image-to-Image Translation with Conditional Adversarial
    Networks.
    """

    takes = "fit(sources, targets), pair by pair. Without pairs, use CycleGAN"

    def __init__(self, generator, discriminator, l1_weight=100.0, **kwargs):
        checks.weights(l1_weight=l1_weight)
        super().__init__(generator, discriminator, **kwargs)
        self.l1_weight = l1_weight

    def made_shape(self, generator):
        *sides, channels = generator.output_shape[1:]
        return (*sides, generator.input_shape[-1] + channels)

    @property
    def checks(self):
        shapes = self.generator.input_shape[1:], self.generator.output_shape[1:]
        return [checks.Samples(shape, checks.value_range(self.generator)) for shape in shapes]

    def batch(self, data):
        """Targets, which are real to `GAN.train_step`, and their sources, as float32."""
        x, y = super().batch(data)
        return y, x

    def noise(self, batch_size):
        """None: a translation is made from its source."""

    def fakes(self, z, x):
        """Translations of the sources x."""
        return super().fakes(x)

    def pair_scores(self, x, y):
        """Logits of pairs, one for each patch."""
        return self.scores(ops.concatenate([x, y], axis=-1))

    def discriminator_loss(self, real, fake, x):
        """Scalar loss of the discriminator on the pairs (x, real) and (x, fake)."""
        return self.loss_pair.discriminator(self.pair_scores(x, real), self.pair_scores(x, fake))

    def generator_loss(self, real, fake, x):
        """Scalar loss of the generator: the adversarial part and the weighted L1."""
        l1 = ops.mean(ops.abs(real - fake))
        return self.loss_pair.generator(self.pair_scores(x, fake)) + self.l1_weight * l1

    def generate(self, *args, **kwargs):
        raise TypeError("Pix2Pix draws nothing from noise: translate(sources).")

    def translate(self, x, batch_size=256):
        """G(x) in inference mode: float32 array (n, ...)."""
        return self.samples_of(self.checks[0](x), batch_size)

    def evaluate(self, x, y):
        """Mean absolute error of held-out pairs, {"l1": ...}, in units of pixels in [-1, 1]."""
        x, y = self.checked(x, y)
        return {"l1": float(np.abs(y - self.translate(x)).mean())}
