"""Do the tests notice? Small faults, planted one at a time, and the test that catches each.

    python -m tests.benchmarks.mutations             all faults
    python -m tests.benchmarks.mutations gan.py      those of one module

A fault is planted in a temporary copy of the package, never in the working tree; there the tests
that mirror its module run until one fails. At the end the tests that failed run once more without
any fault, so that a broken copy does not pass for a caught fault. Exits with 1 if a fault survives.
"""

import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Fault = namedtuple("Fault", "module what right wrong")
FAULTS = [
    # Losses.
    Fault("losses.py", "sign of a logit", "softplus(-real_logits)", "softplus(real_logits)"),
    Fault("losses.py", "sum for mean", "return ops.mean(real) +", "return ops.sum(real) +"),
    Fault(
        "losses.py",
        "real for fake",
        "ops.mean(ops.softplus(fake_logits))\n\n\n@_of_logits\ndef sat",
        "ops.mean(ops.softplus(real_logits))\n\n\n@_of_logits\ndef sat",
    ),
    Fault(
        "losses.py",
        "saturating loss climbs",
        "return -ops.mean(ops.softplus(fake_logits))",
        "return ops.mean(ops.softplus(fake_logits))",
    ),
    Fault(
        "losses.py", "target 0 for real", "ops.square(real_logits - 1.0)", "ops.square(real_logits)"
    ),
    Fault("losses.py", "wrong power", "0.5 * ops.mean(ops.square(f", "0.5 * ops.mean(ops.abs(f"),
    Fault(
        "losses.py", "margin's sign", "ops.relu(1.0 + fake_logits)", "ops.relu(1.0 - fake_logits)"
    ),
    Fault(
        "losses.py",
        "players exchanged",
        "ops.mean(fake_logits) - ops.mean(real_logits)",
        "ops.mean(real_logits) - ops.mean(fake_logits)",
    ),
    Fault(
        "losses.py",
        "pairs exchanged",
        "ops.softplus(fake_logits - real_logits)",
        "ops.softplus(real_logits - fake_logits)",
    ),
    # Penalties.
    Fault("penalties.py", "norm leaves an axis out", "range(1, len(", "range(2, len("),
    Fault("penalties.py", "norm over the batch", "range(1, len(", "range(0, len("),
    Fault("penalties.py", "slope 0 for slope 1", "ops.square(norms - 1.0)", "ops.square(norms)"),
    Fault(
        "penalties.py", "epsilon outside the root", "(gradients) + 1e-12)", "(gradients)) + 1e-12"
    ),
    Fault(
        "penalties.py",
        "alpha the wrong way round",
        "alpha * real + (1.0 - alpha) * fake",
        "alpha * fake + (1.0 - alpha) * real",
    ),
    Fault(
        "penalties.py",
        "R1 of the norm, not its square",
        "return scores, ops.mean(_squared_norms(gradients))",
        "return scores, ops.mean(ops.sqrt(_squared_norms(gradients)))",
    ),
    Fault(
        "penalties.py",
        "clips one side",
        "clip(variable, -limit, limit)",
        "minimum(variable, limit)",
    ),
    Fault(
        "penalties.py",
        "a wrong layer accepted",
        "    keras.layers.GroupNormalization,\n",
        "",
    ),
    # The seam.
    Fault("autodiff.py", "cotangent dropped", "sources, cotangent, tf.", "sources, None, tf."),
    Fault(
        "autodiff.py",
        "cotangent of two",
        "pull(ops.ones_like(value))",
        "pull(2 * ops.ones_like(value))",
    ),
    Fault(
        "autodiff.py",
        "gradient of a gradient lost",
        'return output, tape.gradient(output, x, unconnected_gradients="zero")',
        "return output, tf.stop_gradient(tape.gradient(output, x))",
    ),
    Fault(
        "autodiff.py", "None for zeros", "UnconnectedGradients.ZERO", "UnconnectedGradients.NONE"
    ),
    Fault(
        "autodiff.py",
        "normal for uniform",
        "_own_rows(keras.random.uniform, shape",
        "_own_rows(keras.random.normal, shape",
    ),
    # What all adversarial models share.
    Fault(
        "adversarial.py",
        "generator not in training",
        "self.generator(z, training=True)",
        "self.generator(z)",
    ),
    Fault(
        "adversarial.py",
        "discriminator not in training",
        "self.discriminator(samples, training=True)",
        "self.discriminator(samples)",
    ),
    Fault("adversarial.py", "average off by one", "(1.0 + steps) / (10.0", "(2.0 + steps) / (10.0"),
    # The models.
    Fault(
        "discriminator.py",
        "not in training where it learns",
        "self.scores(real, fake, training=True)",
        "self.scores(real, fake, training=False)",
    ),
    Fault(
        "discriminator.py",
        "in training where it is judged",
        "self.scores(*self.both(data), training=False)",
        "self.scores(*self.both(data), training=True)",
    ),
    Fault(
        "autodiff.py",
        "weights move before they are read",
        "with tf.control_dependencies([output]):",
        "with tf.control_dependencies([]):",
    ),
    Fault(
        "gan.py",
        "real and fake exchanged",
        "discriminator(self.scores(real), self.scores(fake))",
        "discriminator(self.scores(fake), self.scores(real))",
    ),
    Fault("gan.py", "generator climbs", "pull(direction)", "pull(-direction)"),
    Fault(
        "gan.py",
        "generator judged on real",
        "generator(self.scores(fake))",
        "generator(self.scores(real))",
    ),
    Fault(
        "gan.py",
        "wrong player's optimizer",
        "self.generator_step(pull(direction))",
        "self.d_optimizer.apply(pull(direction), self.g_variables)",
    ),
    Fault(
        "gan.py",
        "losses exchanged in the logs",
        "self.log(d_loss, g_loss)",
        "self.log(g_loss, d_loss)",
    ),
    Fault(
        "wgan_gp.py",
        "every critic step on the same images",
        "ops.split(real, self.critic_steps)",
        "[ops.split(real, self.critic_steps)[0]] * self.critic_steps",
    ),
    Fault("wgan_gp.py", "alpha from a normal", "autodiff.uniform(", "autodiff.normal("),
    Fault("wgan_gp.py", "one alpha for all", "(batch_size,) + (1,)", "(1,) + (1,)"),
    Fault("wgan_gp.py", "weight forgotten", "+ self.penalty_weight * pen", "+ pen"),
    Fault(
        "wgan_gp.py", "sum for mean", "sum(critic_losses) / self.critic_steps", "sum(critic_losses)"
    ),
    Fault(
        "wgan_gp.py",
        "generator climbs",
        "return losses.wasserstein_generator_loss(",
        "return -losses.wasserstein_generator_loss(",
    ),
    Fault(
        "relativistic.py", "half forgotten", "self.penalty_weight / 2 *", "self.penalty_weight *"
    ),
    Fault("relativistic.py", "R1 twice, no R2", "real_penalty + fake_penalty", "2 * real_penalty"),
    Fault(
        "relativistic.py",
        "generator plays the discriminator",
        "relativistic_loss(self.scores(fake), self.scores(real))",
        "relativistic_loss(self.scores(real), self.scores(fake))",
    ),
    # Layers.
    Fault("layers.py", "stop_gradient missing", "ops.stop_gradient(matrix)", "matrix"),
    Fault(
        "layers.py",
        "variance over the batch",
        "ops.mean(ops.square(centred), axis=-1",
        "ops.mean(ops.square(centred), axis=0",
    ),
    # Metrics.
    Fault("metrics.py", "2 forgotten", "- 2 * shared", "- shared"),
    Fault("metrics.py", "n for n - 1", "centred.T @ centred / (n - 1)", "centred.T @ centred / n"),
    Fault("metrics.py", "a sample meets itself", " - np.trace(k)", ""),
    Fault("metrics.py", "wrong power", "return k * k * k", "return k * k"),
    Fault(
        "metrics.py",
        "neighbour off by one",
        "np.partition(d, k, axis=1)[:, k]",
        "np.partition(d, k, axis=1)[:, k - 1]",
    ),
    Fault(
        "metrics.py",
        "recall of the wrong axis",
        "_inside(fake, real, k)[0]",
        "_inside(fake, real, k)[1]",
    ),
    Fault("metrics.py", "density not over k", "balls_round.mean() / k", "balls_round.mean()"),
    Fault(
        "metrics.py",
        "divergence the wrong way",
        "rel_entr(counts / len(labels), p)",
        "rel_entr(p, counts / len(labels))",
    ),
    Fault(
        "metrics.py",
        "exp forgotten",
        "np.exp(special.rel_entr(part, part.mean(0)).sum(1).mean())",
        "special.rel_entr(part, part.mean(0)).sum(1).mean()",
    ),
    Fault(
        "metrics.py",
        "reals called fakes",
        "for d in _squared_distances(asked, known)]) >= size",
        "for d in _squared_distances(asked, known)]) < size",
    ),
]


SERVER = multiprocessing.get_context("forkserver")
LIBRARIES = ["keras", "scipy.stats", "matplotlib.pyplot", "hypothesis.extra.numpy", "pytest"]


class Outcomes:
    """A pytest plugin that keeps which tests failed, and how many ran."""

    def __init__(self):
        self.failed, self.ran = [], 0

    def pytest_runtest_logreport(self, report):
        self.ran += report.when == "call"
        if report.failed:
            self.failed.append(report.nodeid)


def copy_to(folder):
    """What the tests need, in a folder of its own; the data are linked."""
    for name in ("gan_keras", "tests", "notebooks/tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "data").symlink_to(ROOT / "data")


def run_tests(folder, tests, pipe):
    """Runs pytest on the copy, in a process of its own; sends the failures, the count, the cost."""
    os.chdir(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if path not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.split(".")[0] in ("gan_keras", "tests")]:
        del sys.modules[name]
    sys.dont_write_bytecode = True
    outcomes = Outcomes()
    with open(folder / "output.txt", "w", encoding="utf-8") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[outcomes])
    pipe.send((outcomes.failed, outcomes.ran, time.process_time()))


def outcome(folder, tests):
    """What `run_tests` sends. The libraries are loaded once, by the server that forks."""
    here, there = SERVER.Pipe(duplex=False)
    process = SERVER.Process(target=run_tests, args=(folder, tests, there))
    process.start()
    result = here.recv()
    process.join()
    if not result[1] and not result[0]:
        raise RuntimeError(f"no test ran:\n{(folder / 'output.txt').read_text()[-2000:]}")
    return result


def caught_by(folder, fault):
    """The first test that fails under the fault, or None; and the CPU seconds."""
    path = folder / "gan_keras" / fault.module
    sound = path.read_text(encoding="utf-8")
    if (found := sound.count(fault.right)) != 1:
        raise ValueError(f"{fault.module} has {fault.right!r} {found} times, not once")
    try:
        path.write_text(sound.replace(fault.right, fault.wrong), encoding="utf-8")
        failed, _, seconds = outcome(folder, [f"tests/test_{fault.module}"])
    finally:
        path.write_text(sound, encoding="utf-8")
    return (failed[0] if failed else None), seconds


def main(modules):
    faults = [fault for fault in FAULTS if not modules or fault.module in modules]
    SERVER.set_forkserver_preload(LIBRARIES)
    catchers, cost = [], 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_to(folder)
        for fault in faults:
            catcher, seconds = caught_by(folder, fault)
            catchers.append(catcher)
            cost += seconds
            test = catcher.removeprefix("tests/") if catcher else "SURVIVED"
            print(f"{fault.module:16} {fault.what:38} {test}", flush=True)
        failed, _, seconds = outcome(folder, sorted(set(filter(None, catchers))))
    caught = len(faults) - catchers.count(None)
    print(
        f"{caught} of {len(faults)} faults caught; without a fault those tests "
        f"{'FAIL: ' + failed[0] if failed else 'pass'}; {cost + seconds:.0f} CPU s"
    )
    return caught == len(faults) and not failed


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
