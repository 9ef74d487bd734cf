"""How good the recipes get, and in how many CPU seconds. It takes most of an hour on two cores.

    python -m tests.benchmarks.quality dcgan   (wgan_gp, r3gan, stacked, ring, grid; all by default)

Images: MNIST's 10,000 published test images (the bundled digits where they cannot be had), the
Fréchet distance of 5,000 samples to a random half of them in the features of their judge, three
seeds. Training stops at the CPU seconds given; measuring does not count. Stacked: three random
digits in the three channels of an image are one of 1,000 modes; 25,600 samples of the R3GAN recipe,
one seed, each channel named by the judge (the protocol of Srivastava et al., 2017, VEEGAN, but for
the 26,000 samples, the judge, and 10,000 digits to draw from). Points: 20,000 samples of
the mixture to learn from, 20,000 samples drawn, five seeds; a sample is good within three standard
deviations of a mode.
"""

import sys
import time

import keras
import numpy as np

import gan_keras as gk

LIMITS = {"dcgan": 180, "wgan_gp": 300, "r3gan": 300, "stacked": 900}  # CPU seconds
WORLDS = {"ring": (gk.toy.ring(), 4000), "grid": (gk.toy.grid(), 8000)}  # with steps
BATCH = {"dcgan": 32, "wgan_gp": 32, "r3gan": 64, "stacked": 32}
POINT_BATCH, STACKED_STEPS = 256, 12_000


class StopAfter(keras.callbacks.Callback):
    """Ends training once this process has used so many CPU seconds more."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.start = seconds, time.process_time()

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = time.process_time() - self.start > self.seconds


def train(model, images, name):
    """Trains until the CPU seconds are spent; returns the generator's steps."""
    stop = StopAfter(LIMITS[name])
    model.fit(images, batch_size=BATCH[name], epochs=1000, verbose=0, callbacks=[stop])
    return int(model.g_optimizer.iterations)


def image_run(name, data, judge, seed):
    model = getattr(gk.recipes, name)(data.images.shape[1:], seed=seed)
    steps = train(model, data.images, name)
    report = gk.metrics.report(data.images, model.generate(5000, seed=1), judge)
    print(
        f"{name} seed {seed}: {steps} generator steps in {LIMITS[name]} CPU s\n{report}", flush=True
    )
    return report.scores["frechet_distance"]


def image_runs(name):
    data = gk.load_images("mnist", fallback="digits")
    judge = gk.judges.load(data.name)
    found = [image_run(name, data, judge, seed) for seed in range(3)]
    print(f"{name} on {data.name}: Fréchet distances {np.round(found, 2)}\n", flush=True)


def stacked_run(name):
    data = gk.load_images("mnist", fallback="digits")
    judge = gk.judges.load(data.name)
    triples = np.random.default_rng(0).integers(0, len(data.images), (3, 50_000))
    images = np.concatenate([data.images[chosen] for chosen in triples], axis=-1)
    model = gk.recipes.r3gan(images.shape[1:], steps=STACKED_STEPS)
    steps = train(model, images, name)
    samples = model.generate(25_600, seed=1)
    digits = [judge.probabilities(samples[..., c : c + 1]).argmax(1) for c in range(3)]
    modes, kl = gk.metrics.mode_coverage(
        np.array([100, 10, 1]) @ np.array(digits), np.full(1000, 1e-3)
    )
    print(f"{name} {data.name}: {modes} of 1,000 modes, KL {kl:.3f}, {steps} steps", flush=True)


def point_runs(name):
    world, steps = WORLDS[name]
    for seed in range(5):
        start = time.process_time()
        points = world.sample(20_000, seed=seed)
        model = gk.recipes.points(steps, seed=seed)
        epochs = steps // (len(points) // POINT_BATCH) + 1
        model.fit(points, batch_size=POINT_BATCH, epochs=epochs, verbose=0)
        samples = model.generate(20_000, seed=1)
        modes, good = world.coverage(samples)
        _, kl = gk.metrics.mode_coverage(world.nearest_mode(samples), world.weights)
        print(
            f"{name} seed {seed}: {modes}/{len(world.means)} modes, {good:.1%} good, KL {kl:.3f}, "
            f"{time.process_time() - start:.0f} CPU s",
            flush=True,
        )


RUNS = {
    **dict.fromkeys(("dcgan", "wgan_gp", "r3gan"), image_runs),
    "stacked": stacked_run,
    **dict.fromkeys(WORLDS, point_runs),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or RUNS:
        RUNS[name](name)
