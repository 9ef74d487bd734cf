"""Seconds of a training step by `fit` on TensorFlow, JAX and PyTorch.

    python -m tests.benchmarks.backends

Three models of the course: the recipe for points (dense layers, batch 256), the README's image GAN
(dense layers, batch 64) and the DCGAN recipe (transposed convolutions of up to 64 channels, batch
32); and the nets of the other benchmarks, whose convolutions have 128 (batch 32). Each backend
has a process of its own, one after the other. The first epoch, which compiles, is shown apart; then
the best of three epochs counts, so that a passing load does not.
"""

import importlib.util
import os
import subprocess
import sys
import time

BACKENDS = ("tensorflow", "jax", "torch")


def points():
    import gan_keras as gk

    return gk.recipes.points(), gk.toy.ring().sample(40 * 256, seed=0), 256


def dense():
    import gan_keras as gk

    gan = gk.GAN(
        gk.networks.mlp_generator(16, (28, 28, 1)), gk.networks.mlp_discriminator((28, 28, 1))
    )
    gan.compile()
    return gan, gk.load_images("digits").images[: 40 * 64], 64


def dcgan():
    import gan_keras as gk

    return gk.recipes.dcgan((28, 28, 1)), gk.load_images("digits").images[: 20 * 32], 32


def wide():
    import gan_keras as gk
    from tests.benchmarks import nets

    gan = gk.GAN(nets.generator(), nets.discriminator())
    gan.compile()
    return gan, gk.load_images("digits").images[: 20 * 32], 32


MODELS = {"points": points, "dense": dense, "dcgan": dcgan, "wide": wide}


def epoch(model, samples, batch_size):
    """CPU seconds and seconds of one epoch."""
    cpu, wall = time.process_time(), time.perf_counter()
    model.fit(samples, batch_size=batch_size, verbose=0)
    return time.process_time() - cpu, time.perf_counter() - wall


def measure(name):
    """What a process of one backend prints for one model."""
    model, samples, batch_size = MODELS[name]()
    _, first = epoch(model, samples, batch_size)
    runs = [epoch(model, samples, batch_size) for _ in range(3)]
    cpu, wall = (
        1e3 * min(values) * batch_size / len(samples) for values in zip(*runs, strict=True)
    )
    print(f"{first:11.1f}{cpu:16.1f}{wall:11.1f}", end="")


def main():
    print(f"{'':22}{'compiles, s':>11}{'CPU ms a step':>16}{'ms':>11}")
    for name in MODELS:
        for backend in BACKENDS:
            if importlib.util.find_spec(backend):
                done = subprocess.run(
                    [sys.executable, "-m", "tests.benchmarks.backends", name],
                    env={**os.environ, "KERAS_BACKEND": backend},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                print(f"{name:10}{backend:12}{done.stdout}", flush=True)


if __name__ == "__main__":
    measure(sys.argv[1]) if sys.argv[1:] else main()
