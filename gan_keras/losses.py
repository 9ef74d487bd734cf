"""The losses of the two players, as pure functions of logits.

A logit is the discriminator's raw score t; its probability of "real" is D = sigmoid(t). Real is 1.
Two identities keep every formula free of overflow:

    -log D = softplus(-t)        -log(1 - D) = softplus(t)

Every function takes logits, (batch, 1), and returns their mean. `LOSSES` pairs them up by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from keras import ops

from gan_keras.engine import checks


@dataclass(frozen=True)
class AdversarialLoss:
    """What each player minimises."""

    name: str  # in `LOSSES`; any text for a pair of your own
    discriminator: Callable  # (real_logits, fake_logits) -> scalar
    generator: Callable  # (fake_logits) -> scalar


def cross_entropy_discriminator_loss(real_logits, fake_logits, real_target=1.0):
    """Binary cross-entropy of the discriminator, summed over its two batches.

        L_D = -E[s log D(x) + (1 - s) log(1 - D(x))] - E[log(1 - D(G(z)))],   s = real_target

    With s = 1 this is minus the value function V(D, G) of Goodfellow et al. (2014), 2 log 2 = 1.386
    where D is 1/2 everywhere; s < 1 is one-sided label smoothing (Salimans et al., 2016).
    """
    # s softplus(-t) + (1-s) softplus(t) = softplus(-t) + (1-s) t
    real = ops.softplus(-real_logits) + (1.0 - real_target) * real_logits
    return ops.mean(real) + ops.mean(ops.softplus(fake_logits))


def saturating_generator_loss(fake_logits):
    """The generator's part of the minimax game: L_G = E[log(1 - D(G(z)))].

    Its slope in the logit is -D: it vanishes where the generator has most to learn.
    """
    return -ops.mean(ops.softplus(fake_logits))


def non_saturating_generator_loss(fake_logits):
    """L_G = -E[log D(G(z))], of slope -(1 - D) in the logit (Goodfellow et al., 2014)."""
    return ops.mean(ops.softplus(-fake_logits))


def least_squares_discriminator_loss(real_logits, fake_logits):
    """L_D = (E[(t_real - 1)^2] + E[t_fake^2]) / 2 (LSGAN: Mao et al., 2017)."""
    return 0.5 * (ops.mean(ops.square(real_logits - 1.0)) + ops.mean(ops.square(fake_logits)))


def least_squares_generator_loss(fake_logits):
    """L_G = E[(t_fake - 1)^2] / 2 (LSGAN: Mao et al., 2017)."""
    return 0.5 * ops.mean(ops.square(fake_logits - 1.0))


def hinge_discriminator_loss(real_logits, fake_logits):
    """L_D = E[max(0, 1 - t_real)] + E[max(0, 1 + t_fake)] (Lim and Ye, 2017)."""
    return ops.mean(ops.relu(1.0 - real_logits)) + ops.mean(ops.relu(1.0 + fake_logits))


def wasserstein_discriminator_loss(real_logits, fake_logits):
    """L_D = E[t_fake] - E[t_real]: minus the critic's estimate of W1 (Arjovsky et al., 2017).

    Only for a critic that is held Lipschitz, by a penalty or by clipping; otherwise it runs off to
    minus infinity.
    """
    return ops.mean(fake_logits) - ops.mean(real_logits)


def wasserstein_generator_loss(fake_logits):
    """L_G = -E[t_fake], for the Wasserstein and the hinge game (Arjovsky et al., 2017)."""
    return -ops.mean(fake_logits)


def relativistic_loss(real_logits, fake_logits):
    """L_D = E[-log sigmoid(t_real - t_fake)], real and fake in pairs (Jolicoeur-Martineau, 2018).

    The generator's is the same with the arguments exchanged: `RelativisticGAN`.
    """
    checks.same_shape(real_logits=real_logits, fake_logits=fake_logits)
    return ops.mean(ops.softplus(fake_logits - real_logits))


LOSSES = {
    name: AdversarialLoss(name, *pair)
    for name, pair in {
        "minimax": (cross_entropy_discriminator_loss, saturating_generator_loss),
        "non_saturating": (cross_entropy_discriminator_loss, non_saturating_generator_loss),
        "least_squares": (least_squares_discriminator_loss, least_squares_generator_loss),
        "hinge": (hinge_discriminator_loss, wasserstein_generator_loss),
        "wasserstein": (wasserstein_discriminator_loss, wasserstein_generator_loss),
    }.items()
}


SMOOTHED = "non_saturating, real_target="


def with_label_smoothing(real_target=0.9):
    """The non-saturating pair with one-sided label smoothing (Salimans et al., 2016).

    The target s of real images is lowered, that of fakes stays 0, so that the best logit is finite:
    log(s / (1 - s)).
    """
    if not 0.5 < real_target <= 1.0:
        raise ValueError(
            f"real_target={real_target!r} is outside (0.5, 1]. A target is a probability: above 1 "
            "the cross-entropy has no minimum, and at 0.5 or below real no longer means real. "
            "0.9 is usual."
        )
    smoothed = partial(cross_entropy_discriminator_loss, real_target=real_target)
    return AdversarialLoss(f"{SMOOTHED}{real_target}", smoothed, non_saturating_generator_loss)


def get(loss):
    """The `AdversarialLoss` of that name; a pair is returned as it is."""
    if isinstance(loss, AdversarialLoss):
        return loss
    if isinstance(loss, str) and loss.startswith(SMOOTHED):  # from a saved model
        return with_label_smoothing(float(loss.removeprefix(SMOOTHED)))
    if loss not in LOSSES:
        raise ValueError(
            f"Unknown loss {loss!r}. Give one of {', '.join(LOSSES)}, or an AdversarialLoss of "
            "your own: with such a pair a saved model is loaded by load_model(path, compile=False)."
        )
    return LOSSES[loss]
