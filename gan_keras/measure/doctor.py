"""A callback that names what is wrong with a run from its curves, and says what to try."""

from collections import namedtuple

import keras
import numpy as np
from keras import ops
from numpy.linalg import norm

from gan_keras import losses
from gan_keras.engine import autodiff, checks
from gan_keras.engine.game import Game
from gan_keras.engine.model import run_in_batches
from gan_keras.models.relativistic import RelativisticGAN

SAMPLES = 500  # of each kind: shares are right to about 0.02
RECENT = 3  # looks that must agree: healthy runs have a bad one, too
SWINGS = 6  # looks whose median swing counts

ADVICE = {
    "NaN": "lower learning rates; a penalty, if the loss has no bound (Wasserstein). These weights "
    "are lost: go back to a checkpoint.",
    "frozen player": "look at its learning rate and at what is trainable: its opponent now learns "
    "from a player that never answers.",
    "wrong scale": "scale the data to [-1, 1] (x / 127.5 - 1 for bytes), and end the generator in "
    "tanh.",
    "collapse": "a slower generator or a faster discriminator; RelativisticGAN, whose loss a "
    "collapsed generator cannot win; R1.",
    "saturated discriminator": "a loss that keeps its slope while the discriminator wins "
    '("non_saturating", "hinge", RelativisticGAN), R1, or a slower discriminator.',
    "oscillation": "lower learning rates, less momentum (beta_1 = 0 or 0.5), R1, averaged weights "
    "(averaging=0.995).",
}


# What is wrong, the figures that show it, and what to try.
Finding = namedtuple("Finding", "name evidence advice")


class Doctor(keras.callbacks.Callback):
    """Looks at a run after its epochs and names what is wrong now: print it, or read `findings`.

    The first finding is the likeliest cause. The run ends with the weights that it would have
    without a doctor. What keeps the variety goes unseen, such as a collapse to half of all modes.
    `real` are samples scaled as for `fit`, 20 or more; 500 are looked at, pixel by pixel.

    `history` has a list for each curve: "d_loss", "g_loss"; "ranked", share of pairs (real, fake)
    whose real one scores higher; "gap", mean score of reals less that of fakes; "slope" of the
    generator's loss at fakes' scores; "variety", mean distance among fakes over that among reals;
    "distance" of the two sets (energy distance, in the same unit: 0 if alike, 1 for one mode);
    "size", root mean square over that of reals; "swing", how far the mean fake moved since the last
    look, in spreads of the reals; "g_moved", "d_moved", how far the weights did, over their norm.

    Source: signs of failure as in Goodfellow (2016), NIPS 2016 Tutorial: Generative Adversarial
    Networks; thresholds from the runs of `python -m tests.benchmarks.doctor`.
    """

    def __init__(self, real, every=1):
        super().__init__()
        self.real, self.every, self.history, self.lost = real, every, {}, None

    def on_train_begin(self, logs=None):
        model = self.model
        if not isinstance(model, Game) or model.discriminator.output_shape[1:] != (1,):
            raise ValueError("The doctor knows games of noise and one score a sample, no others.")
        real = model.checks[0].whole(self.real)
        checks.counts(20, real_samples=len(real))
        if np.ptp(real) == 0:
            raise ValueError("The real samples are all alike.")
        chosen = np.random.default_rng(0).permutation(len(real))[:SAMPLES]
        self.sample, self.center, self.weights = real[chosen], None, self._weights()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        # Here, since `fit` stops such an epoch at its end before it asks its users' callbacks.
        if self.lost is None and not np.isfinite([*(logs or {}).values()]).all():
            self.lost = f"a loss became NaN or infinite in step {batch + 1} of epoch {self.epoch}"

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            figures = {"d_loss": logs["d_loss"], "g_loss": logs["g_loss"], **self._look()}
            for name, value in figures.items():
                self.history.setdefault(name, []).append(float(value))

    def _look(self):
        sets = self.sample, self._fakes()
        t_real, t_fake = (run_in_batches(self.model.discriminator, s, SAMPLES)[:, 0] for s in sets)
        x, y = (rows.reshape(len(rows), -1).astype("float64") for rows in sets)
        among_real, among_fake, across = _distance(x, x), _distance(y, y), _distance(x, y)
        old, self.weights = self.weights, self._weights()
        last, self.center = self.center, y.mean(0)
        return {
            "ranked": (np.sign(t_real[:, None] - t_fake).mean() + 1) / 2,
            "gap": t_real.mean() - t_fake.mean(),
            "slope": self._slope(t_real, t_fake),
            "variety": among_fake / among_real,
            "distance": (2 * across - among_fake - among_real) / among_real,
            "size": norm(y) / norm(x),
            "swing": 0.0 if last is None else norm(self.center - last) / x.var(0).sum() ** 0.5,
            **{name: norm(new - old[name]) / norm(new) for name, new in self.weights.items()},
        }

    def _fakes(self):
        # As in training, where BatchNorm takes the batch's own mean; but nothing is updated.
        generator = self.model.generator
        z = keras.random.normal((len(self.sample), self.model.latent_dim), seed=0)
        variables = generator.trainable_variables, generator.non_trainable_variables
        fakes, _ = generator.stateless_call(*variables, z, training=True)
        return ops.convert_to_numpy(ops.cast(fakes, "float32"))

    def _slope(self, t_real, t_fake):
        if isinstance(self.model, RelativisticGAN):
            t_fake = t_fake - t_real.mean()  # its loss is that of the difference
        pair = getattr(self.model, "loss_pair", losses.get("wasserstein"))  # WGANGP has one loss
        scores = ops.convert_to_tensor(t_fake[:, None])
        _, slopes = autodiff.input_gradients(pair.generator, scores)
        return np.abs(ops.convert_to_numpy(slopes)).sum()

    def _weights(self):
        return {"g_moved": _flat(self.model.generator), "d_moved": _flat(self.model.discriminator)}

    @property
    def findings(self):
        """What is wrong at the last looks, the likeliest cause first: a list of `Finding`."""
        signs = {"NaN": self.lost}
        if len(self.history.get("ranked", ())) >= RECENT:
            signs |= _signs(self.history, self.model.checks[0].allowed)
        return [Finding(name, words, ADVICE[name]) for name, words in signs.items() if words]

    def __str__(self):
        looks = len(self.history.get("ranked", ()))
        told = [f"{name}: {shown}.\n    Try: {advice}" for name, shown, advice in self.findings]
        return "\n".join(told) or f"Nothing wrong found in {looks} looks."


def _signs(history, bounds):
    """Name -> the figures that show it, or nothing, of all but NaN, the likeliest cause first."""
    looks = {name: np.array(curve) for name, curve in history.items()}
    names = "ranked", "slope", "variety", "distance", "size"
    ranked, slope, variety, distance, size = (looks[name][-RECENT:] for name in names)
    steps = {"the generator": looks["g_moved"], "the discriminator": looks["d_moved"]}
    still = [player for player, moved in steps.items() if (moved < 1e-6).all()]  # rounding: 1e-7
    misfit = not bounds and (abs(np.log(size + 1e-12)) > np.log(10.0)).all()  # untrained: less
    narrow = np.median(variety) < 0.1  # untrained and healthy networks have 0.15 and more
    won = (ranked >= 0.99).all()
    flat = won and (slope < 0.01).all()  # a live loss has one near 0.5 or above
    stuck = (distance > 1.0).all() and distance[-1] > 0.95 * distance[0]  # as far as a single mode
    saturated = flat or (won and stuck and not narrow)
    swing = looks["swing"][1:][-SWINGS:]
    swings = np.median(swing) if len(swing) == SWINGS else 0.0  # healthy: up to 0.8
    swung = swings > 0.9 and np.median(distance) > 0.2  # good fakes may swing
    score = f"{ranked[-1]:.1%} of pairs ranked rightly, slope {slope[-1]:.1g}"
    return {
        "frozen player": still and f"{' and '.join(still)} never moved",
        "wrong scale": misfit and f"fakes are {size[-1]:.1g} times the size of the reals",
        "collapse": narrow and not flat and f"variety {variety[-1]:.1g} of that of the reals",
        "saturated discriminator": saturated and f"{score}, distance {distance[-1]:.1g}",
        "oscillation": swung and f"the mean fake swings by {swings:.1f} real spreads",
    }


def _flat(network):
    return np.concatenate([ops.convert_to_numpy(w).ravel() for w in network.trainable_variables])


def _distance(a, b):
    """Mean distance of the rows of a from those of b."""
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0)).mean()
