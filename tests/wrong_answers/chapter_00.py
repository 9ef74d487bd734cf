"""Wrong answers to the exercises of 00_start_here."""

import numpy as np


def stars(shapes, where):
    return ((shapes.labels == shapes.names.index("star")) & where).sum()


WRONG = {
    1: {
        "brackets are missing": lambda pixels: pixels - 127.5 / 127.5,
        "[0, 1], the range of a sigmoid": lambda pixels: pixels / 255,
        "half of 255 is 127.5": lambda pixels: pixels / 128 - 1,
        "this ends at −0.5 and 0.5": lambda pixels: (pixels - 127.5) / 255,
        "the sign is turned": lambda pixels: 1 - pixels / 127.5,
        "the greys between −1 and 1 are lost": lambda pixels: (pixels / 127.5 - 1).astype("int8"),
        "their type is float64": lambda pixels: pixels / 127.5 - 1,
    },
    2: {
        "not only the stars": lambda shapes: (shapes.factors["x"] < 15.5).sum(),
        "left and right": lambda shapes: (shapes.labels == shapes.names.index("star")).sum(),
        "the stars in the right half": lambda shapes: stars(shapes, shapes.factors["x"] > 15.5),
        "the middle is 15.5, not 16": lambda shapes: stars(shapes, shapes.factors["x"] < 16),
        "y is the height": lambda shapes: stars(shapes, shapes.factors["y"] < 15.5),
        "True or False for each picture": lambda shapes: shapes.factors["x"] < 15.5,
        "Python counts from 0": lambda shapes: (
            (shapes.labels == 4) & (shapes.factors["x"] < 15.5)
        ).sum(),
    },
    3: {
        "one of the two terms": lambda: -np.log(0.5),
        "the sign is turned": lambda: np.log(0.5) + np.log(1 - 0.5),
        "base 2": lambda: -np.log2(0.5) - np.log2(1 - 0.5),
        "adds the probabilities": lambda: 0.5 + (1 - 0.5),
        "base 10": lambda: -np.log10(0.5) - np.log10(1 - 0.5),
    },
}
