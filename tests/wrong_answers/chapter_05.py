"""Wrong answers to the exercises of 05_dcgan."""

import numpy as np


def overwriting(u, kernel, stride):
    out = np.zeros((len(u) - 1) * stride + len(kernel))
    for i, value in enumerate(u):
        out[i * stride : i * stride + len(kernel)] = value * kernel
    return out


def stamps(u, kernel, stride, step):
    out = np.zeros((len(u) - 1) * stride + len(kernel))
    for i, value in enumerate(u):
        out[i * step : i * step + len(kernel)] += value * kernel
    return out


def normalised(x, axis):
    return (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + 1e-3)


def moved(start, step):
    return (start + step) * np.linalg.norm(start) / np.linalg.norm(start + step)


WRONG = {
    1: {
        "that is padding='same'": lambda size, kernel, stride: size * stride,
        "one stride too many": lambda size, kernel, stride: size * stride + kernel,
        "that is the convolution": lambda size, kernel, stride: (size - kernel) // stride + 1,
    },
    2: {
        "yours overwrites": overwriting,
        "one place apart": lambda u, kernel, stride: stamps(u, kernel, stride, step=1),
        "turned round": lambda u, kernel, stride: stamps(u, kernel[::-1], stride, step=stride),
        "make 7 places": lambda u, kernel, stride: np.convolve(u, kernel),
    },
    3: {
        "average over rows and columns too": lambda x: normalised(x, 0),
        "you mix the channels": lambda x: normalised(x, (0, 1, 2, 3)),
        "that is InstanceNorm": lambda x: normalised(x, (1, 2)),
        "the root of the variance": lambda x: (x - x.mean((0, 1, 2))) / (x.var((0, 1, 2)) + 1e-3),
        "epsilon is missing": lambda x: (x - x.mean((0, 1, 2))) / x.std((0, 1, 2)),
    },
    4: {
        "away from the property": lambda z, has, start: moved(
            start, z[~has].mean(0) - z[has].mean(0)
        ),
        "the length is not that of start": lambda z, has, start: (
            start + z[has].mean(0) - z[~has].mean(0)
        ),
        "that has length 1": lambda z, has, start: (
            moved(start, z[has].mean(0) - z[~has].mean(0)) / np.linalg.norm(start)
        ),
        "not of all": lambda z, has, start: moved(start, z[has].mean(0) - z.mean(0)),
        "the mean of those *without* the property": lambda z, has, start: moved(
            start, z[has].mean(0)
        ),
    },
}
