"""Wrong answers to the exercises of 13_modern_generators."""

import numpy as np


def enlarged(old):
    return old.repeat(2, axis=1).repeat(2, axis=2)


def length(kernel, axis=(0, 1, 2)):
    return np.sqrt(np.square(kernel).sum(axis))


def next_p(p, up, speed):
    return min(max(p + (speed if up else -speed), 0.0), 1.0)


def attended(X, Wq, Wk, Wv, scale, axis=1):
    weights = np.exp(X @ Wq @ (X @ Wk).T * scale)
    return weights / weights.sum(axis, keepdims=True) @ X @ Wv


WRONG = {
    1: {
        "alpha is on the wrong side": lambda old, new, alpha: (
            alpha * enlarged(old) + (1 - alpha) * new
        ),
        "four small copies": lambda old, new, alpha: (
            (1 - alpha) * np.tile(old, (1, 2, 2, 1)) + alpha * new
        ),
        "images of the new size": lambda old, new, alpha: (
            (1 - alpha) * old + alpha * new[:, ::2, ::2]
        ),
    },
    2: {
        "not by the sum": lambda kernel, s: kernel * s[:, None] / length(kernel * s[:, None]) ** 2,
        "the third axis": lambda kernel, s: kernel * s / length(kernel * s),
        "do not sum over the last axis": lambda kernel, s: (
            kernel * s[:, None] / length(kernel * s[:, None], axis=None)
        ),
        "only modulated": lambda kernel, s: kernel * s[:, None],
    },
    3: {
        "the *share* of positive logits": lambda p, t_real, target, speed: next_p(
            p, (t_real > 0).mean() > target, speed
        ),
        "the other way round": lambda p, t_real, target, speed: next_p(
            p, np.sign(t_real).mean() < target, speed
        ),
        "keep it in [0, 1]": lambda p, t_real, target, speed: (
            p + speed if np.sign(t_real).mean() > target else p - speed
        ),
    },
    4: {
        "softmax over the last axis": lambda X, Wq, Wk, Wv, gamma: (
            X + gamma * attended(X, Wq, Wk, Wv, 1 / np.sqrt(Wq.shape[1]), axis=0)
        ),
        "by the root of d before": lambda X, Wq, Wk, Wv, gamma: (
            X + gamma * attended(X, Wq, Wk, Wv, 1.0)
        ),
        "not by d": lambda X, Wq, Wk, Wv, gamma: (
            X + gamma * attended(X, Wq, Wk, Wv, 1 / Wq.shape[1])
        ),
        "the input itself is missing": lambda X, Wq, Wk, Wv, gamma: (
            gamma * attended(X, Wq, Wk, Wv, 1 / np.sqrt(Wq.shape[1]))
        ),
    },
}
