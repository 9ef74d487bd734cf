"""CPU seconds and memory of a training step, beside other ways to write it on the same nets.

    make benchmark            (python -m tests.benchmarks.step)

Ours, by `fit`; the usual Keras step (`usual.py`), by `fit`; the same operations in a bare
`tf.function` (`bare.py`); plain PyTorch (`plain_torch.py`), where it is installed. Batch 128; a
step of WGAN-GP is five critic steps and one of the generator. Each way has a process of its own, so
that none pays for the threads of another; blocks of steps alternate, so that whatever else the
machine does falls on all; the medians of the blocks are compared. Memory is the peak of the
process, less what it held before it built the nets. Images a second count how often the
discriminator is shown a real one. The ceiling is what the machine makes of a large matrix product.
"""

import functools
import importlib.util
import re
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import gan_keras as gk
from tests.benchmarks import nets
from tests.benchmarks.bare import bare_gan
from tests.benchmarks.usual import UsualGAN, UsualWGANGP

BATCH, BLOCKS, CRITIC_STEPS = 128, 5, 5
STEPS = {"GAN": 6, "WGANGP": 2}  # in a block
SIDE = 2048  # of the matrices whose product gives the ceiling
SAMPLES = {"GAN": BATCH, "WGANGP": CRITIC_STEPS * BATCH}  # real ones that a step takes


def images(n):
    return np.random.default_rng(0).uniform(-1, 1, (n, *nets.IMAGE_SHAPE)).astype("float32")


def ours(game):
    model = getattr(gk, game)(nets.generator(), nets.discriminator())
    model.compile()
    data = images(SAMPLES[game] * STEPS[game])
    return lambda: model.fit(data, batch_size=BATCH, verbose=0)


def usual(game):
    # Its WGAN-GP takes one batch for all critic steps.
    model = {"GAN": UsualGAN, "WGANGP": UsualWGANGP}[game](nets.generator(), nets.discriminator())
    model.compile()
    data = tf.data.Dataset.from_tensor_slices(images(BATCH * STEPS[game])).batch(BATCH).prefetch(2)
    return lambda: model.fit(data, shuffle=False, verbose=0)


def bare(game):
    step = bare_gan(nets.generator(), nets.discriminator())
    batches = [tf.constant(images(BATCH)) for _ in range(STEPS[game])]
    return lambda: [step(batch) for batch in batches]


def plain_torch(game):
    import torch

    from tests.benchmarks import plain_torch

    step = {"GAN": plain_torch.TorchGAN, "WGANGP": plain_torch.TorchWGANGP}[game]().step
    real = images(SAMPLES[game]).transpose(0, 3, 1, 2)
    batches = [torch.from_numpy(np.ascontiguousarray(real)) for _ in range(STEPS[game])]
    return lambda: [step(batch) for batch in batches]


WAYS = {"ours": ours, "usual": usual, "bare": bare, "torch": plain_torch}


def ways(game, policy):
    """The names of the ways that can be measured here."""
    names = ["ours", "usual"]
    if game == "GAN":
        names.append("bare")
    # PyTorch's own 16-bit recipe, autocast, is another.
    if policy == "float32" and importlib.util.find_spec("torch"):
        names.append("torch")
    return names


@functools.cache  # one a process
def started(game, policy, way):
    """A function that trains a block, traced; and the memory held before."""
    keras.config.set_dtype_policy(policy)
    before = peak_mb()
    run = WAYS[way](game)
    run()
    return run, before


def block(game, policy, way):
    """CPU seconds and seconds a step, and the memory taken so far in MB."""
    run, before = started(game, policy, way)
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu / STEPS[game], wall / STEPS[game], peak_mb() - before


def peak_mb():
    """The most memory that this process has held, as Linux tells it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


def measured(game, policy):
    """Medians of what `block` gives, by way; block by block in turn."""
    names = ways(game, policy)
    processes = {name: ProcessPoolExecutor(1, get_context("spawn")) for name in names}
    found = {name: [] for name in names}
    for _ in range(BLOCKS):
        for name, process in processes.items():
            found[name].append(process.submit(block, game, policy, name).result())
    for process in processes.values():
        process.shutdown()
    return {name: np.median(values, axis=0) for name, values in found.items()}


def ceiling():
    """Multiplications in a CPU second of a large float32 matrix product."""
    a = tf.random.normal((SIDE, SIDE))
    tf.matmul(a, a)
    rates = []
    for _ in range(BLOCKS):
        start = time.process_time()
        tf.matmul(a, a).numpy()
        rates.append(SIDE**3 / (time.process_time() - start))
    return float(np.median(rates))


def share_of_ceiling(step_seconds):
    """Multiplications of our GAN step a CPU second, as a share of the ceiling; in words."""
    # G: one pass forward, two back. D: real, fake and G's fakes forward; back to its weights and
    # inputs for two of them, to the inputs alone for the third.
    g, d = nets.multiplications(nets.generator()), nets.multiplications(nets.discriminator())
    work, top = BATCH * (3 * g + 8 * d), ceiling()
    rate = work / step_seconds
    return (
        f"GAN float32: {work / 1e9:.1f} thousand million multiplications a step, {rate / 1e9:.1f} "
        f"a CPU s; a matrix product makes {top / 1e9:.1f}: {rate / top:.0%} of the ceiling"
    )


def main():
    print(gk.environment())
    print(f"{'':22}{'CPU s a step':>13}{'seconds':>9}{'images/s':>10}{'MB':>7}{'ours/this':>11}")
    cpu = {}
    for policy in ("float32", "mixed_bfloat16"):
        for game in STEPS:
            print(f"{game} {policy}")
            for way, (seconds, wall, mb) in measured(game, policy).items():
                cpu[game, policy, way] = seconds
                print(
                    f"    {way:18}{seconds:13.3f}{wall:9.3f}{SAMPLES[game] / wall:10.0f}{mb:7.0f}"
                    f"{cpu[game, policy, 'ours'] / seconds:11.2f}",
                    flush=True,
                )
    for game in STEPS:
        ratio = cpu[game, "mixed_bfloat16", "ours"] / cpu[game, "float32", "usual"]
        print(f"{game}: ours in mixed_bfloat16 is {ratio:.2f} of the usual step in float32")
    print(share_of_ceiling(cpu["GAN", "float32", "ours"]))


if __name__ == "__main__":
    main()
