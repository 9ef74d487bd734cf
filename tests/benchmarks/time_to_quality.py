"""CPU seconds until generated digits are so good: our recipes, and those that Keras documents.

    python -m tests.benchmarks.time_to_quality [NAME ...] [--seeds N]

Images: MNIST's 10,000 published test images (the bundled digits where they cannot be had). After
every 15 CPU seconds of training, later after every tenth more, 5,000 samples are compared with a
random half of the images: the Fréchet distance in the features of the judge, as in `quality.py`.
Measuring does not count. A run ends at the last threshold, or after 600 CPU seconds.
"""

import argparse
import time

import keras

import gan_keras as gk
from tests.benchmarks import documented, quality

THRESHOLDS = (50, 20, 10)
LIMIT = 600  # CPU seconds of training
FIRST, STRETCH = 15, 1.1  # CPU seconds, and how the time between two measurements grows
OURS = ("dcgan", "wgan_gp", "r3gan")
DOCUMENTED = {"Keras GAN": documented.GuideGAN, "Keras WGAN-GP": documented.ExampleWGANGP}


class Clock(keras.callbacks.Callback):
    """Measures a model in training, and stops it when it is good enough or has had its time.

    Args:
        distance: Function of no arguments: the Fréchet distance now.
    """

    def __init__(self, distance):
        super().__init__()
        self.distance = distance
        self.spent, self.since = 0.0, time.process_time()
        self.reached = {}  # threshold: CPU seconds
        self.best = float("inf")
        self.due = FIRST

    def on_train_batch_end(self, batch, logs=None):
        spent = self.spent + time.process_time() - self.since
        if spent < self.due:
            return
        self.spent, self.due = spent, max(spent + FIRST, STRETCH * spent)
        self.best = min(self.best, self.distance())
        for threshold in THRESHOLDS:
            if self.best < threshold:
                self.reached.setdefault(threshold, spent)
        self.model.stop_training = THRESHOLDS[-1] in self.reached or spent >= LIMIT
        self.since = time.process_time()


def started(name, image_shape, seed):
    """A model, its batch size, what it wants images to be, and how it draws."""
    if name in OURS:
        model = getattr(gk.recipes, name)(image_shape, seed=seed)
        return model, quality.BATCH[name], lambda images: images, model.generate
    keras.utils.set_random_seed(seed)
    model = DOCUMENTED[name]()
    model.compile()
    return model, model.batch_size, model.prepared, model.draw


def run(name, data, judge, seed):
    """Trains one model and prints when it passed each threshold."""
    model, batch_size, prepared, draw = started(name, data.images.shape[1:], seed)

    def distance():
        report = gk.metrics.report(data.images, draw(5000, seed=1), judge)
        return report.scores["frechet_distance"]

    clock = Clock(distance)
    model.fit(
        prepared(data.images), batch_size=batch_size, epochs=10_000, verbose=0, callbacks=[clock]
    )
    times = "".join(
        f"{clock.reached[threshold]:8.0f}" if threshold in clock.reached else f"{'-':>8}"
        for threshold in THRESHOLDS
    )
    print(f"{name:16}{seed:5}{times}{clock.best:9.1f}{clock.spent:9.0f}", flush=True)


def main():
    """Runs what the command line names."""
    parser = argparse.ArgumentParser(description="CPU seconds until a Fréchet distance is passed.")
    names = [*OURS, *DOCUMENTED]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0 to N - 1")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"no recipe is called {', '.join(unknown)}. There are: {', '.join(names)}.")
    data = gk.load_images("mnist", fallback="digits")
    judge = gk.judges.load(data.name)
    print(f"{gk.environment()}\n{data}\nCPU s until the Fréchet distance is below")
    heads = "".join(f"{threshold:8}" for threshold in THRESHOLDS)
    print(f"{'':16}{'seed':>5}{heads}{'best':>9}{'CPU s':>9}")
    for name in options.names or names:
        for seed in range(options.seeds):
            run(name, data, judge, seed)


if __name__ == "__main__":
    main()
