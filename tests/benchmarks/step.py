"""CPU seconds of a training step, beside other ways to write it on the same nets.

    make benchmark            (python -m tests.benchmarks.step)

Ours, by `fit`; the usual Keras step (`usual.py`), by `fit`; the same operations in a bare
`tf.function` (`bare.py`); plain PyTorch (`plain_torch.py`), where it is installed. Batch 128; a
step of WGAN-GP is five critic steps and one of the generator. Blocks of steps alternate in one run,
so that whatever else the machine does falls on all; the medians of the blocks are compared. The
ceiling is what the machine makes of a large matrix product in the same run.
"""

import importlib.util
import time

import keras
import numpy as np
import tensorflow as tf

import gan_keras as gk
from tests.benchmarks import nets
from tests.benchmarks.bare import bare_gan
from tests.benchmarks.usual import UsualGAN, UsualWGANGP

BATCH, BLOCKS, STEPS, CRITIC_STEPS = 128, 5, 2, 5
SIDE = 2048  # of the matrices whose product gives the ceiling


def images(samples):
    shape = (samples * STEPS, *nets.IMAGE_SHAPE)
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def players():
    return nets.generator(), nets.discriminator()


def by_fit(model, samples):
    """A function that takes `STEPS` steps of a Keras model."""
    model.compile()
    data = images(samples)
    if isinstance(model, UsualGAN | UsualWGANGP):
        data = tf.data.Dataset.from_tensor_slices(data).batch(samples).prefetch(2)
        return lambda: model.fit(data, shuffle=False, verbose=0)
    return lambda: model.fit(data, batch_size=BATCH, verbose=0)


def by_loop(step, samples, convert):
    """A function that calls a step on `STEPS` batches."""
    batches = [convert(part) for part in np.split(images(samples), STEPS)]
    return lambda: [step(batch) for batch in batches]


def gan_runs():
    runs = {
        "ours": by_fit(gk.GAN(*players()), BATCH),
        "usual": by_fit(UsualGAN(*players()), BATCH),
        "bare": by_loop(bare_gan(*players()), BATCH, tf.constant),
    }
    return runs | torch_runs("TorchGAN", BATCH)


def wgan_gp_runs():
    samples = CRITIC_STEPS * BATCH
    runs = {
        "ours": by_fit(gk.WGANGP(*players(), critic_steps=CRITIC_STEPS), samples),
        "usual": by_fit(UsualWGANGP(*players()), BATCH),  # one batch for all critic steps
    }
    return runs | torch_runs("TorchWGANGP", samples)


def torch_runs(name, samples):
    """Plain PyTorch, in float32 alone: there its autocast is a different recipe."""
    if not importlib.util.find_spec("torch") or keras.config.dtype_policy().name != "float32":
        return {}
    import torch

    from tests.benchmarks import plain_torch

    def channels_first(batch):
        return torch.from_numpy(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)))

    return {"torch": by_loop(getattr(plain_torch, name)().step, samples, channels_first)}


def measured(runs):
    """Median CPU seconds a step of each run, block by block in turn."""
    for run in runs.values():
        run()  # traces the step
    seconds = {name: [] for name in runs}
    for _ in range(BLOCKS):
        for name, run in runs.items():
            start = time.process_time()
            run()
            seconds[name].append((time.process_time() - start) / STEPS)
    return {name: float(np.median(times)) for name, times in seconds.items()}


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


def main():
    print(gk.environment())
    print(
        f"{'':24}{'CPU s a step':>13}{'images/s':>10}" + "".join(f"{f'of {n}':>10}" for n in OTHERS)
    )
    for policy in ("float32", "mixed_bfloat16"):
        keras.config.set_dtype_policy(policy)
        for game, runs in (("GAN", gan_runs), ("WGANGP", wgan_gp_runs)):
            seconds = measured(runs())
            ours = seconds.pop("ours")
            reals = BATCH if game == "GAN" else CRITIC_STEPS * BATCH
            row = f"{game + ' ' + policy:24}{ours:13.3f}{reals / ours:10.0f}"
            for name in OTHERS:
                row += f"{ours / seconds[name]:10.2f}" if name in seconds else f"{'-':>10}"
            print(row, flush=True)
            if (game, policy) == ("GAN", "float32"):
                # G: one pass forward, two back. D: real, fake and G's fakes forward; back to its
                # weights and inputs for two of them, to the inputs alone for the third.
                g, d = (nets.multiplications(network) for network in players())
                work = BATCH * (3 * g + 8 * d)
                share = work / ours
    keras.config.set_dtype_policy("float32")
    top = ceiling()
    print(
        f"GAN float32: {work / 1e9:.1f} thousand million multiplications a step, {share / 1e9:.1f} "
        f"a CPU s; a matrix product makes {top / 1e9:.1f}: {share / top:.0%} of the ceiling"
    )


OTHERS = ("usual", "bare", "torch")

if __name__ == "__main__":
    main()
