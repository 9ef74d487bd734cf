"""Wrong answers to the exercises of 12_sound_text_video."""

import numpy as np


def softmax(logits):
    return np.exp(logits) / np.exp(logits).sum()


def reinforce(slopes, rewards):
    return (rewards[:, None] * slopes).mean(axis=0)


def one_hot(words, logits):
    return np.eye(len(logits))[words]


WRONG = {
    1: {
        "without noise the same word": lambda logits, u: logits.argmax(axis=1),
        "u is uniform": lambda logits, u: (logits + u).argmax(axis=1),
        "the sign": lambda logits, u: (logits + np.log(-np.log(u))).argmax(axis=1),
        "one integer a row": lambda logits, u: (logits - np.log(-np.log(u))).argmax(),
    },
    2: {
        "without the baseline": lambda logits, words, rewards: reinforce(
            one_hot(words, logits) - softmax(logits), rewards
        ),
        "the p is missing": lambda logits, words, rewards: reinforce(
            one_hot(words, logits), rewards
        ),
        "that descends": lambda logits, words, rewards: reinforce(
            softmax(logits) - one_hot(words, logits), rewards - rewards.mean()
        ),
        "not a sum": lambda logits, words, rewards: (
            len(words)
            * reinforce(one_hot(words, logits) - softmax(logits), rewards - rewards.mean())
        ),
    },
    3: {
        "that is in semitones": lambda f, wanted: 12 * np.log2(f / wanted),
        "not by differences of hertz": lambda f, wanted: f - wanted,
        "the logarithm to base 2": lambda f, wanted: 1200 * np.log(f / wanted),
        "an octave down -600": lambda f, wanted: 1200 * (f / wanted - 1),
        "higher than wanted is positive": lambda f, wanted: 1200 * np.log2(wanted / f),
    },
    4: {
        "two frames of six": lambda x: np.diff(x, axis=1).mean(axis=1),
        "six frames are five steps apart": lambda x: (x[:, -1] - x[:, 0]) / x.shape[1],
        "goes through the origin": lambda x: (
            x @ np.arange(x.shape[1]) / np.square(np.arange(x.shape[1])).sum()
        ),
    },
}
