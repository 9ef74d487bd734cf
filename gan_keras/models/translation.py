"""Image translation: Pix2Pix learns it from pairs, CycleGAN from two sets without pairs."""

from functools import partial

import keras
import numpy as np
from keras import ops

from gan_keras import networks
from gan_keras.engine import autodiff, inputs
from gan_keras.engine.two_player import TwoPlayerModel


@keras.saving.register_keras_serializable("gan_keras")
class Pix2Pix(TwoPlayerModel):
    """Translates an image x into an image y, learned from pairs.

        discriminator:  -E[log D(x, y)] - E[log(1 - D(x, G(x)))]
        generator:      -E[log D(x, G(x))] + l1_weight * E|y - G(x)|

    The L1 term alone answers with the median, number by number, of all y that fit an x: no y at
    all, perhaps, and always the same. The discriminator sees x and y together, patch by patch, and
    asks for one that could be real.

    Example:

        model = Pix2Pix(unet((32, 32, 1), channels=3), patch_discriminator((32, 32, 1 + 3)))
        model.compile()
        model.fit(grey_images, colour_images, epochs=20)
        coloured = model.translate(grey_images[:16])

    Args:
        generator: Built `keras.Model`, sources to targets, such as `networks.unet`.
        discriminator: Built `keras.Model`, source and target, joined along the channels, to logits
            of any shape, such as `networks.patch_discriminator`.
        l1_weight: lambda, at least 0, for pixels in [-1, 1]; 100 in the paper.
        seed: Integer seed of the order of the data; drawn at random if None.

    Raises:
        ValueError: If the players do not fit each other, or `l1_weight` is negative.

    Source: Isola, Zhu, Zhou, Efros (2017), Image-to-Image Translation with Conditional Adversarial
    Networks.
    """

    fit_takes = "fit(sources, targets), pair by pair. Without pairs, use CycleGAN"

    def __init__(self, generator, discriminator, l1_weight=100.0, **kwargs):
        inputs.check_player("generator", generator)
        inputs.check_player("discriminator", discriminator)
        inputs.check_logits(discriminator)
        inputs.check_weights(l1_weight=l1_weight)
        source, target = generator.input_shape[1:], generator.output_shape[1:]
        joined = (*target[:-1], source[-1] + target[-1])
        if source[:-1] != target[:-1] or discriminator.input_shape[1:] != joined:
            raise ValueError(
                f"The generator turns {source} into {target}, so the discriminator must judge "
                f"both, joined along the channels: {joined}, not {discriminator.input_shape[1:]}."
            )
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.l1_weight = l1_weight

    @property
    def checks(self):
        allowed = inputs.value_range(self.generator)
        shapes = self.generator.input_shape[1:], self.generator.output_shape[1:]
        return [partial(inputs.check_array, sample_shape=s, allowed=allowed) for s in shapes]

    @autodiff.train_step
    def train_step(self, data):
        """One discriminator step and one generator step on one batch of pairs."""
        x, y = self.pairs(data)
        made, pull = autodiff.pullback(
            lambda: ops.cast(self.generator(x, training=True), "float32"), self.g_variables
        )
        made = ops.stop_gradient(made)

        d_loss, gradients = autodiff.value_and_gradients(
            lambda: self.discriminator_loss(x, y, made), self.d_variables
        )
        self.d_optimizer.apply(gradients, self.d_variables)

        g_loss, direction = autodiff.input_gradients(
            lambda made: self.generator_loss(x, y, made), made
        )
        self.g_optimizer.apply(pull(direction), self.g_variables)
        return self.log(d_loss, g_loss)

    def pairs(self, data):
        """Sources and targets of what `fit` hands to `train_step`, as float32."""
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        shapes = self.generator.input_shape[1:], self.generator.output_shape[1:]
        return [inputs.check_batch(part, shape) for part, shape in zip((x, y), shapes, strict=True)]

    def scores(self, x, y):
        """Logits of pairs, one for each patch."""
        joined = ops.concatenate([x, y], axis=-1)
        return ops.cast(self.discriminator(joined, training=True), "float32")

    def discriminator_loss(self, x, y, made):
        """Scalar loss of the discriminator on real pairs (x, y) and fake pairs (x, made)."""
        return self.loss_pair.discriminator(self.scores(x, y), self.scores(x, made))

    def generator_loss(self, x, y, made):
        """Scalar loss of the generator: the adversarial part and the weighted L1."""
        return self.loss_pair.generator(self.scores(x, made)) + self.l1_weight * _l1(y, made)

    def call(self, x, training=False):
        """Translations of sources x."""
        return self.generator(x, training=training)

    def translate(self, x, batch_size=256):
        """G(x) in inference mode: float32 array (n, ...)."""
        return networks.run_in_batches(self.generator, self.checks[0](x), batch_size)

    def evaluate(self, x, y):
        """Mean absolute error of held-out pairs, {"l1": ...}, in units of pixels in [-1, 1].

        Raises:
            ValueError: If the arrays do not fit the model, or are not equally long.
        """
        inputs.check_same_length(x=x, y=y)
        return {"l1": _error(self.checks[1](y), self.translate(x))}

    def get_config(self):
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "l1_weight": self.l1_weight,
        }


@keras.saving.register_keras_serializable("gan_keras")
class CycleGAN(TwoPlayerModel):
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
        seed: Integer seed of the order of the data; drawn at random if None.

    Raises:
        ValueError: If the networks do not fit each other, or a weight is negative.

    Source: Zhu, Park, Isola, Efros (2017), Unpaired Image-to-Image Translation using
    Cycle-Consistent Adversarial Networks.
    """

    fit_takes = "fit(images_a, images_b), which need not be pairs, nor equally many"
    networks_by_name = ("a_to_b", "b_to_a", "a_discriminator", "b_discriminator")

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
        players = (a_to_b, b_to_a, a_discriminator, b_discriminator)
        for name, network in zip(self.networks_by_name, players, strict=True):
            inputs.check_player(name, network)
        for discriminator in players[2:]:
            inputs.check_logits(discriminator)
        inputs.check_weights(cycle_weight=cycle_weight, identity_weight=identity_weight)
        shapes = {network.input_shape[1:] for network in players}
        shapes |= {network.output_shape[1:] for network in players[:2]}
        if len(shapes) > 1 or len({id(network) for network in players}) < 4:
            raise ValueError(
                "CycleGAN wants four networks of their own for images of one shape, got the "
                f"shapes {sorted(shapes)}. Repeat the channel of grey images three times."
            )
        super().__init__(**kwargs)
        self.a_to_b, self.b_to_a = a_to_b, b_to_a
        self.a_discriminator, self.b_discriminator = a_discriminator, b_discriminator
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight

    @property
    def g_variables(self):
        return self.a_to_b.trainable_variables + self.b_to_a.trainable_variables

    @property
    def d_variables(self):
        return self.a_discriminator.trainable_variables + self.b_discriminator.trainable_variables

    @property
    def checks(self):
        shape = self.a_to_b.input_shape[1:]
        return [
            partial(inputs.check_array, sample_shape=shape, allowed=inputs.value_range(generator))
            for generator in (self.b_to_a, self.a_to_b)
        ]

    def ordered(self, arrays, batch_size, seed):
        return inputs.SeveralOrders([[array] for array in arrays], batch_size, seed)

    @autodiff.train_step
    def train_step(self, data):
        """One step of both discriminators and one of both generators, on a batch of each set."""
        a, b = self.both(data)
        fakes = [ops.stop_gradient(_run(self.b_to_a, b)), ops.stop_gradient(_run(self.a_to_b, a))]
        d_loss, gradients = autodiff.value_and_gradients(
            lambda: self.discriminator_loss(a, b, *fakes), self.d_variables
        )
        self.d_optimizer.apply(gradients, self.d_variables)

        g_loss, gradients = autodiff.value_and_gradients(
            lambda: self.generator_loss(a, b), self.g_variables
        )
        self.g_optimizer.apply(gradients, self.g_variables)
        return self.log(d_loss, g_loss)

    def both(self, data):
        """Images of A and of B, of what `fit` hands to `train_step`, as float32."""
        a, b, _ = keras.utils.unpack_x_y_sample_weight(data)
        shape = self.a_to_b.input_shape[1:]
        return inputs.check_batch(a, shape), inputs.check_batch(b, shape)

    def discriminator_loss(self, a, b, fake_a, fake_b):
        """Scalar loss of both discriminators."""
        return self.loss_pair.discriminator(
            _run(self.a_discriminator, a), _run(self.a_discriminator, fake_a)
        ) + self.loss_pair.discriminator(
            _run(self.b_discriminator, b), _run(self.b_discriminator, fake_b)
        )

    def generator_loss(self, a, b):
        """Scalar loss of both generators: adversarial, cycle and identity."""
        fake_a, fake_b = _run(self.b_to_a, b), _run(self.a_to_b, a)
        adversarial = self.loss_pair.generator(
            _run(self.a_discriminator, fake_a)
        ) + self.loss_pair.generator(_run(self.b_discriminator, fake_b))
        cycle = _l1(a, _run(self.b_to_a, fake_b)) + _l1(b, _run(self.a_to_b, fake_a))
        identity = _l1(a, _run(self.b_to_a, a)) + _l1(b, _run(self.a_to_b, b))
        return adversarial + self.cycle_weight * cycle + self.identity_weight * identity

    def call(self, a, training=False):
        """Images of A as images of B."""
        return self.a_to_b(a, training=training)

    def translate(self, a, batch_size=256):
        """G(a), images of A as images of B, in inference mode: float32 array (n, ...)."""
        return networks.run_in_batches(self.a_to_b, self.checks[0](a), batch_size)

    def translate_back(self, b, batch_size=256):
        """F(b), images of B as images of A, in inference mode: float32 array (n, ...)."""
        return networks.run_in_batches(self.b_to_a, self.checks[1](b), batch_size)

    def evaluate(self, a, b):
        """Mean absolute errors on held-out images, for pixels in [-1, 1].

        Returns:
            Dict of "cycle_a", E|F(G(a)) - a|, "cycle_b", "identity_a", E|F(a) - a|, "identity_b".
        """
        g, f = self.translate, self.translate_back
        return {
            "cycle_a": _error(a, f(g(a))),
            "cycle_b": _error(b, g(f(b))),
            "identity_a": _error(a, f(a)),
            "identity_b": _error(b, g(b)),
        }

    def get_config(self):
        return {
            **super().get_config(),
            **{
                name: keras.saving.serialize_keras_object(getattr(self, name))
                for name in self.networks_by_name
            },
            "cycle_weight": self.cycle_weight,
            "identity_weight": self.identity_weight,
        }


def _run(network, images):
    """The network in training mode, as float32 whatever the dtype policy."""
    return ops.cast(network(images, training=True), "float32")


def _l1(a, b):
    return ops.mean(ops.abs(a - b))


def _error(a, b):
    return float(np.abs(a - b).mean())
