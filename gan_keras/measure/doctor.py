"""A callback that names what is wrong with a run from its curves, and says what to try."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops
from numpy.linalg import norm

from gan_keras.engine import autodiff, inputs
from gan_keras.engine.game import Game
from gan_keras.models.relativistic import RelativisticGAN

SAMPLES = 500  # of each kind: a share among so many is right to about 0.02
RECENT = 3  # looks that must agree: healthy runs have a bad one, too
RANKED = 0.99  # pairs ranked rightly, from which on the discriminator has won
FLAT = 0.01  # slope of the generator's loss; a live one lies near 0.5 or above
FAR, CLOSER = 1.0, 0.95  # distance as of a single mode; what learning fakes bring it down to
NARROW = 0.1  # variety; untrained and healthy networks have 0.15 and more
SWING, SWINGS = 0.9, 6  # spreads of the reals, median of so many looks; healthy: up to 0.8
NEAR = 0.2  # distance below which fakes are good, swing or not
MOVED = 1e-6  # relative step of all weights; rounding alone makes some 1e-7
SIZE = 10.0  # factor between the values of fakes and reals; untrained networks lie within it

ADVICE = {
    "NaN": "lower learning rates; a penalty, if the loss has no bound (Wasserstein). These weights "
    "are lost: go back to a checkpoint.",
    "frozen player": "look at its learning rate and at what is trainable: its opponent now learns "
    "from a player that never answers.",
    "wrong scale": "scale the data to [-1, 1] (x / 127.5 - 1 for bytes), and end the generator in "
    "tanh.",
    "saturated discriminator": "a loss that keeps its slope while the discriminator wins "
    '("non_saturating", "hinge", RelativisticGAN), R1, or a slower discriminator.',
    "collapse": "a slower generator or a faster discriminator; RelativisticGAN, whose loss a "
    "collapsed generator cannot win; R1.",
    "oscillation": "lower learning rates, less momentum (beta_1 = 0 or 0.5), R1, averaged weights "
    "(averaging=0.995).",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong, the figures that show it, and what to try; it prints as two lines."""

    name: str
    evidence: str
    advice: str

    def __str__(self):
        return f"{self.name}: {self.evidence}.\n    Try: {self.advice}"


class Doctor(keras.callbacks.Callback):
    """Looks at a run after its epochs and names what is wrong now: print it, or read `findings`.

    It knows the names in `ADVICE`. The first finding is the likeliest cause; others may follow from
    it. The run ends with the weights that it would have without a doctor. What keeps the variety
    goes unseen, such as a collapse to half of a mixture's modes: count those by `Mixture.coverage`.

    `history` has a list for each curve: "d_loss", "g_loss"; "ranked", share of pairs (real, fake)
    whose real one scores higher; "gap", mean score of reals less that of fakes; "slope" of the
    generator's loss at fakes' scores; "variety", mean distance among fakes over that among reals;
    "distance" of the two sets (energy distance, in the same unit: 0 if alike, 1 or more for a
    single mode); "size", root mean square over that of reals; "swing", how far the mean fake moved
    since the last look, in spreads of the reals; "g_moved", "d_moved", how far the weights did,
    over their norm. Samples are compared as they are, pixel by pixel.

    Args:
        real: Real samples, scaled as for `fit`, 20 or more; a random 500 are looked at.
        every: Epochs from one look to the next, at least 1.

    Raises:
        ValueError: If `every` is below 1; before the first step, if `real` does not fit the model,
            or the model is no game of fakes made from noise and one score each.

    Source: signs of failure as in Goodfellow (2016), NIPS 2016 Tutorial: Generative Adversarial
    Networks; thresholds from the runs of `python -m tests.benchmarks.doctor`.
    """

    def __init__(self, real, every=1):
        super().__init__()
        inputs.check_counts(every=every)
        self.real, self.every, self.history, self.lost = real, every, {}, None

    def on_train_begin(self, logs=None):
        _check_model(self.model)
        self.bounds = inputs.value_range(self.model.generator)
        shape = self.model.discriminator.input_shape[1:]
        real = inputs.check_array(self.real, shape, self.bounds)
        if len(real) < 20 or np.ptp(real) == 0:
            raise ValueError(
                f"{len(real)} real samples are too few, or all alike: give 20 or more."
            )
        chosen = np.random.default_rng(0).permutation(len(real))[:SAMPLES]
        self.sample, self.centre, self.weights = real[chosen], None, self._weights()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_train_batch_end(self, batch, logs=None):
        # Here, since `fit` stops such an epoch at its end before it asks its users' callbacks.
        if self.lost is None and not np.isfinite([*(logs or {}).values()]).all():
            self.lost = f"a loss became NaN or infinite in step {batch + 1} of epoch {self.epoch}"

    def on_epoch_end(self, epoch, logs=None):
        if (epoch + 1) % self.every == 0:
            losses = {name: logs[name] for name in ("d_loss", "g_loss")}
            for name, value in {**losses, **self._look()}.items():
                self.history.setdefault(name, []).append(float(value))

    def _look(self):
        fakes = self._fakes()
        t_real, t_fake = (self._scores(samples) for samples in (self.sample, fakes))
        x, y = (rows.reshape(len(rows), -1).astype("float64") for rows in (self.sample, fakes))
        among_real, among_fake, across = _distance(x, x), _distance(y, y), _distance(x, y)
        weights, centre = self._weights(), y.mean(0)
        moved = [norm(new - old) / norm(new) for new, old in zip(weights, self.weights, strict=1)]
        swing = 0.0 if self.centre is None else norm(centre - self.centre) / x.var(0).sum() ** 0.5
        self.weights, self.centre = weights, centre
        return {
            "ranked": (np.sign(t_real[:, None] - t_fake).mean() + 1) / 2,
            "gap": t_real.mean() - t_fake.mean(),
            "slope": self._slope(t_real, t_fake),
            "variety": among_fake / among_real,
            "distance": (2 * across - among_fake - among_real) / among_real,
            "size": norm(y) / norm(x),
            "swing": swing,
            "g_moved": moved[0],
            "d_moved": moved[1],
        }

    @property
    def findings(self):
        """What is wrong at the last looks, the likeliest cause first: a list of `Finding`."""
        signs = [(self.lost is not None, "NaN", self.lost)]
        if len(self.history.get("ranked", ())) >= RECENT:
            signs += self._signs({name: np.array(curve) for name, curve in self.history.items()})
        return [Finding(name, words, ADVICE[name]) for shown, name, words in signs if shown]

    def _signs(self, looks):
        """(is it so, name, evidence) of everything but NaN."""
        last = {name: curve[-RECENT:] for name, curve in looks.items()}
        now = {name: curve[-1] for name, curve in looks.items()}
        players = ("generator", "discriminator")
        still = [name for name in players if (looks[f"{name[0]}_moved"] < MOVED).all()]
        misfit = self.bounds is None and (abs(np.log(last["size"] + 1e-12)) > np.log(SIZE)).all()
        won, far = (last["ranked"] >= RANKED).all(), (last["distance"] > FAR).all()
        flat = won and (last["slope"] < FLAT).all()
        narrow = np.median(last["variety"]) < NARROW
        stuck = won and far and now["distance"] > CLOSER * last["distance"][0] and not narrow
        swings = looks["swing"][1:][-SWINGS:]
        bad = np.median(last["distance"]) > NEAR
        swung = len(swings) == SWINGS and np.median(swings) > SWING and bad
        score = f"{now['ranked']:.1%} of pairs ranked rightly, slope {now['slope']:.1g}"
        return [
            (still, "frozen player", f"the {' and the '.join(still)} never moved"),
            (misfit, "wrong scale", f"fakes are {now['size']:.1g} times the size of the reals"),
            (narrow and not flat, "collapse", f"variety {now['variety']:.1g} of that of the reals"),
            (flat or stuck, "saturated discriminator", f"{score}, distance {now['distance']:.1g}"),
            (swung, "oscillation", f"the mean fake swings by {np.median(swings):.1f} real spreads"),
        ]

    def __str__(self):
        looks = len(self.history.get("ranked", ()))
        return "\n".join(map(str, self.findings)) or f"Nothing wrong found in {looks} looks."

    def _fakes(self):
        # As in training, where BatchNorm takes the batch's own mean; but nothing is updated.
        generator = self.model.generator
        z = keras.random.normal((len(self.sample), self.model.latent_dim), seed=0)
        variables = generator.trainable_variables, generator.non_trainable_variables
        fakes, _ = generator.stateless_call(*variables, z, training=True)
        return ops.convert_to_numpy(ops.cast(fakes, "float32"))

    def _scores(self, samples):
        scores = self.model.discriminator(samples, training=False)
        return ops.convert_to_numpy(ops.cast(scores, "float32"))[:, 0]

    def _slope(self, t_real, t_fake):
        if isinstance(self.model, RelativisticGAN):
            t_fake = t_fake - t_real.mean()  # its loss is that of the difference
        loss, scores = self.model.loss_pair.generator, ops.convert_to_tensor(t_fake[:, None])
        return np.abs(ops.convert_to_numpy(autodiff.input_gradients(loss, scores)[1])).sum()

    def _weights(self):
        return [
            np.concatenate([ops.convert_to_numpy(w).ravel() for w in player.trainable_variables])
            for player in (self.model.generator, self.model.discriminator)
        ]


def _check_model(model):
    fits = isinstance(model, Game) and model.discriminator.output_shape[1:] == (1,)
    if not fits or model.generator.input_shape[-1] != model.latent_dim:
        raise ValueError(
            "The doctor knows GAN, WGANGP and RelativisticGAN, whose generator takes noise alone "
            "and whose discriminator gives one score for each sample; not this "
            f"{type(model).__name__}."
        )


def _distance(a, b):
    """Mean distance of the rows of a from those of b."""
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0)).mean()
