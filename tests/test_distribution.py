"""A step on two replicas is the step on one device: losses are means, and each has its own noise.

TensorFlow fixes its devices when it starts, so the steps run in a process of their own, which
prints how far the weights lie apart.
"""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

import gan_keras as gk

SHAPE, LATENT_DIM, BATCH = (4, 4, 1), 3, 16


def build(kind):
    """Without BatchNorm, whose statistics are a replica's own. SGD: Adam hides a wrong factor."""
    keras.utils.set_random_seed(0)
    generator = gk.networks.mlp_generator(LATENT_DIM, SHAPE, (8,))
    discriminator = gk.networks.mlp_discriminator(SHAPE, (8,))
    options = {"critic_steps": 2} if kind is gk.WGANGP else {}
    model = kind(generator, discriminator, seed=1, **options)
    model.compile(keras.optimizers.SGD(0.02), keras.optimizers.SGD(0.02))
    return model


def apart(kind, tf):
    """Largest difference of a weight after one step on two replicas and on one device."""
    images = np.random.default_rng(0).uniform(-1, 1, (BATCH, *SHAPE)).astype("float32")
    # TensorFlow's collectives on one CPU may mix up the sums of the two optimizers.
    reduction = tf.distribute.ReductionToOneDevice()
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], cross_device_ops=reduction)
    with strategy.scope():
        two = build(kind)
    two.fit(tf.data.Dataset.from_tensor_slices(images).batch(BATCH), verbose=0)
    if kind is gk.WGANGP:  # each replica splits its half over the critic's steps
        images = images.reshape(2, 2, BATCH // 4, *SHAPE).swapaxes(0, 1).reshape(images.shape)
    one, start = build(kind), build(kind)
    one.run_eagerly = True  # a step is sooner taken than traced
    one.fit(tf.data.Dataset.from_tensor_slices(images).batch(BATCH), verbose=0)
    pairs = list(zip(one.get_weights(), two.get_weights(), start.get_weights(), strict=True))
    return (
        float(max(np.abs(a - b).max() for a, b, _ in pairs)),
        float(max(np.abs(a - c).max() for a, _, c in pairs)),
    )


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute")
def test_networks_of_another_scope_are_told_so():
    import tensorflow as tf

    strategy = tf.distribute.MirroredStrategy(["CPU:0"])

    def networks():
        return gk.networks.mlp_generator(2, (2,)), gk.networks.mlp_discriminator((2,))

    outside = networks()
    with strategy.scope():
        inside = networks()
        gk.GAN(*inside)
        with pytest.raises(ValueError, match="strategy.scope"):
            gk.GAN(*outside)
    with pytest.raises(ValueError, match="strategy.scope"):
        gk.DiscriminatorOnly(inside[1])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.distribute")
def test_a_step_on_two_replicas_is_the_step_on_one_device():
    from tests.test_coursework import classes_of  # which the process below could not import

    done = subprocess.run(
        [sys.executable, "-m", "tests.test_distribution"],
        input=classes_of("16"),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {"GAN", "WGANGP", "RelativisticGAN", "DistributedGAN"}
    for name, (difference, step) in found.items():
        assert difference < 1e-5 < 1e-3 < step, name


def main():
    import tensorflow as tf

    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)
    coursework = {"__name__": "__main__"}
    exec(sys.stdin.read(), coursework)  # the class that chapter 16 hands out
    kinds = (gk.GAN, gk.WGANGP, gk.RelativisticGAN, coursework["DistributedGAN"])
    print(json.dumps({kind.__name__: apart(kind, tf) for kind in kinds}))


if __name__ == "__main__":
    main()
