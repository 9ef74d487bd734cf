"""What the `Doctor` says of six kinds of broken runs, three seeds each, and of ten healthy runs.

    python -m tests.benchmarks.doctor

Every broken run must be named first among the findings; a healthy one must give no finding, and
none at any look on the way either.
"""

import sys
import time

import keras
import numpy as np
from keras.optimizers import SGD, Adam

import gan_keras as gk
from gan_keras.measure.doctor import Doctor

EPOCHS, STEPS, BATCH, RATE = 10, 60, 64, 5e-4


def points_model(seed, g_optimizer=None, d_optimizer=None, model=gk.GAN, last="tanh", **options):
    keras.utils.set_random_seed(seed)
    generator = gk.networks.mlp_generator(8, (2,), (64, 64), activation=last)
    discriminator = gk.networks.mlp_discriminator((2,), (64, 64))
    return _compiled(model, generator, discriminator, seed, g_optimizer, d_optimizer, options)


def mlp_model(seed, g_optimizer=None, d_optimizer=None, model=gk.GAN, last="tanh", **options):
    keras.utils.set_random_seed(seed)
    generator = gk.networks.mlp_generator(16, (28, 28, 1), (128, 128), activation=last)
    discriminator = gk.networks.mlp_discriminator((28, 28, 1), (128, 128))
    return _compiled(model, generator, discriminator, seed, g_optimizer, d_optimizer, options)


def dcgan_model(seed, shape, g_optimizer=None, d_optimizer=None, model=gk.GAN, **options):
    keras.utils.set_random_seed(seed)
    generator = gk.networks.dcgan_generator(32, shape, 8)
    discriminator = gk.networks.dcgan_discriminator(shape, 8)
    return _compiled(model, generator, discriminator, seed, g_optimizer, d_optimizer, options)


def _compiled(model, generator, discriminator, seed, g_optimizer, d_optimizer, options):
    pair = {"loss": options.pop("loss")} if "loss" in options else {}
    gan = model(generator, discriminator, seed=seed, **options)
    gan.compile(
        g_optimizer or Adam(RATE, beta_1=0.5), d_optimizer or Adam(RATE, beta_1=0.5), **pair
    )
    return gan


def ring():
    return gk.toy.ring().sample(2000, 0)


def grid():
    return gk.toy.grid().sample(2000, 0)


def digits():
    return gk.load_images("digits").images[:3000]


def shapes():
    return gk.load_images("shapes").images[:2000]


def unscaled():
    return 127.5 * (digits() + 1)


BROKEN = {  # name -> (what to call, data); each takes a seed
    "collapse": (
        lambda seed: points_model(seed, Adam(1e-2, beta_1=0.5), Adam(1e-5, beta_1=0.5)),
        ring,
    ),
    "saturated discriminator": (
        lambda seed: mlp_model(seed, SGD(1e-3), Adam(1e-3, beta_1=0.5), loss="minimax"),
        digits,
    ),
    "NaN": (
        lambda seed: points_model(seed, SGD(0.3), SGD(0.3), loss="wasserstein", last=None),
        ring,
    ),
    "oscillation": (
        lambda seed: points_model(
            seed, Adam(2e-2, beta_1=0.9), Adam(2e-2, beta_1=0.9), loss="least_squares", last=None
        ),
        ring,
    ),
    "frozen player": (lambda seed: points_model(seed, Adam(1e-9), Adam(1e-3, beta_1=0.5)), ring),
    "wrong scale": (lambda seed: mlp_model(seed, last=None), unscaled),
}
HEALTHY = {
    "ring, seed 1": (lambda: points_model(1), ring),
    "ring, seed 2": (lambda: points_model(2), ring),
    "grid, least squares": (lambda: points_model(0, loss="least_squares"), grid),
    "digits, DCGAN, hinge": (lambda: dcgan_model(2, (28, 28, 1), loss="hinge"), digits),
    "ring, WGAN-GP": (
        lambda: points_model(0, Adam(1e-4, 0.0, 0.9), Adam(1e-4, 0.0, 0.9), model=gk.WGANGP),
        ring,
    ),
    "ring, RelativisticGAN": (lambda: points_model(0, model=gk.RelativisticGAN), ring),
    "digits, MLP": (lambda: mlp_model(0), digits),
    "digits, DCGAN": (lambda: dcgan_model(0, (28, 28, 1)), digits),
    "digits, RelativisticGAN": (
        lambda: dcgan_model(1, (28, 28, 1), model=gk.RelativisticGAN, averaging=0.99),
        digits,
    ),
    "shapes, DCGAN": (lambda: dcgan_model(0, (32, 32, 3)), shapes),
}


class Alarms(keras.callbacks.Callback):
    """Keeps every name that the doctor has said so far."""

    def __init__(self, doctor):
        super().__init__()
        self.doctor, self.names = doctor, {}

    def on_epoch_end(self, epoch, logs=None):
        for finding in self.doctor.findings:
            self.names.setdefault(finding.name, epoch + 1)


def examine(gan, real, epochs=EPOCHS, steps=STEPS):
    """Trains with a `Doctor` and returns (doctor, name -> epoch of its first alarm)."""
    doctor = Doctor(real)
    alarms = Alarms(doctor)
    size = gan.samples_a_step(BATCH) * steps
    samples = np.resize(real, (size, *real.shape[1:]))
    try:
        gan.fit(samples, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[doctor, alarms])
    except FloatingPointError:
        alarms.names.setdefault("NaN", 0)
    return doctor, alarms.names


def report(right, line, start):
    seconds = time.process_time() - start
    print(f"{'ok   ' if right else 'WRONG'} {line} ({seconds:.0f} CPU s)", flush=True)


def main(seeds=(0, 1, 2)):
    print(f"{EPOCHS} epochs of {STEPS} steps of {BATCH} samples, the doctor looks after each")
    failures = 0
    for name, (make, data) in BROKEN.items():
        for seed in seeds:
            start = time.process_time()
            doctor, _ = examine(make(seed), data())
            said = [finding.name for finding in doctor.findings]
            right = said[:1] == [name]
            failures += not right
            line = f"broken  {name:24} seed {seed}: {', '.join(said) or 'nothing'}"
            report(right, line, start)
    for name, (make, data) in HEALTHY.items():
        start = time.process_time()
        doctor, alarms = examine(make(), data())
        failures += bool(alarms)
        end = [f"{curve} {doctor.history[curve][-1]:.2f}" for curve in ("variety", "distance")]
        report(not alarms, f"healthy {name:24}: {alarms or 'no alarm'}, {', '.join(end)}", start)
    print(f"{failures} wrong")
    return failures


if __name__ == "__main__":
    sys.exit(bool(main()))
