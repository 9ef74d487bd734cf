"""Wrong answers to the exercises of 16_scaling_out."""

import numpy as np


def scaled(finite, scale, n, reset=True, anew=True):
    """The loss scale; without `reset` or `anew` a bad step or a doubling leaves the count."""
    row = 0
    for good in finite:
        if good:
            row += 1
            if row >= n:
                scale, row = 2 * scale, 0 if anew else row
        else:
            scale, row = scale / 2, 0 if reset else row
    return scale


WRONG = {
    1: {
        "you count places of the input": lambda side, c_in, c_out, kernel, stride: (
            side**2 * kernel**2 * c_in * c_out
        ),
        "half as many rows *and*": lambda side, c_in, c_out, kernel, stride: (
            side**2 // stride * kernel**2 * c_in * c_out
        ),
        "a kernel of side 4 has 16 places": lambda side, c_in, c_out, kernel, stride: (
            (side // stride) ** 2 * kernel * c_in * c_out
        ),
        "the number of weights": lambda side, c_in, c_out, kernel, stride: kernel**2 * c_in * c_out,
        "reads every input channel": lambda side, c_in, c_out, kernel, stride: (
            (side // stride) ** 2 * kernel**2 * c_out
        ),
    },
    2: {
        "the plain mean": lambda gradients, counts: gradients.mean(0),
        "that is the sum": lambda gradients, counts: gradients.sum(0),
        "of the *sum* of the losses": lambda gradients, counts: counts @ gradients,
        "shape (2,)": lambda gradients, counts: gradients * counts[:, None] / counts.sum(),
    },
    3: {
        "add the variance of their means": lambda means, variances: (
            means.mean(),
            variances.mean(),
        ),
        "between the shares alone": lambda means, variances: (means.mean(), means.var()),
        "standard deviation": lambda means, variances: (
            means.mean(),
            np.sqrt(variances.mean() + means.var()),
        ),
        "not by one less": lambda means, variances: (
            means.mean(),
            variances.mean() + means.var(ddof=1),
        ),
    },
    4: {
        "after every finite step": lambda finite, scale, n: scaled(finite, scale, 1),
        "not in a row": lambda finite, scale, n: scaled(finite, scale, n, reset=False),
        "the count begins anew": lambda finite, scale, n: scaled(finite, scale, n, anew=False),
    },
}
