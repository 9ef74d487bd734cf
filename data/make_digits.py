"""Draws data/digits.npz: 12,000 grey handwriting-like digits, 28×28, from a seed by NumPy alone.

Each digit has a few skeletons, as people write it in a few ways. A skeleton is a list of points and
the strokes through them. Every image bends its skeleton anew, then slants, turns, stretches and
centres it, and inks each pixel by its distance to the strokes.

    python data/make_digits.py
"""

from pathlib import Path

import numpy as np

COUNT, SIDE, INK = 12_000, 28, 20  # images; pixels across an image; pixels across the inked box

# (digit, share, points "x,y" in hundredths named a, b, c, ..., strokes that run through them).
# Strokes are smooth; two that share an end make a corner; one that ends where it began is a loop.
# x runs right and y down, in a box 100 high.
SKELETONS = [
    (0, 3, "35,0 8,18 0,50 9,83 35,100 60,82 68,50 60,17", "abcdefgha"),
    (0, 1, "52,6 28,1 6,22 0,54 12,88 38,100 62,80 68,46 56,14 30,6 16,16", "abcdefghijk"),
    (1, 3, "4,0 2,50 0,100", "abc"),
    (1, 2, "5,26 17,15 26,0 26,50 26,100", "abc cde"),
    (1, 1, "8,24 19,14 28,0 28,50 28,98 2,99 54,98", "abc cde feg"),
    (2, 3, "2,22 14,4 36,0 58,12 60,34 40,62 4,97 34,96 68,95", "abcdefg ghi"),
    (2, 2, "4,20 18,2 42,0 58,18 52,44 28,76 10,94 2,86 14,78 34,90 52,97 70,90", "abcdefghijkl"),
    (3, 3, "4,12 22,0 46,4 54,24 42,42 24,47 48,54 60,74 48,94 24,100 0,88", "abcdef fghijk"),
    (3, 1, "6,2 32,1 60,2 44,22 26,42 50,50 60,72 48,94 24,100 0,90", "abc cde efghij"),
    (4, 3, "12,2 8,28 2,54 34,56 72,53 60,8 54,52 48,100", "abc cde fgh"),
    (4, 2, "50,0 24,32 0,64 36,65 72,64 50,50 50,100", "abc cde afg"),
    (5, 3, "12,2 8,24 6,44 30,36 54,48 58,72 42,95 18,100 0,88 34,2 60,0", "abc cdefghi ajk"),
    (5, 1, "58,0 30,3 16,10 10,36 30,40 54,52 60,74 44,96 20,100 0,90", "abcdefghij"),
    (6, 3, "46,0 22,20 4,50 2,78 20,99 46,96 58,76 46,58 24,58 6,76", "abcdefghij"),
    (6, 1, "30,0 14,32 4,64 8,90 30,100 54,90 56,68 36,58 14,66 5,80", "abcdefghij"),
    (7, 3, "0,4 32,3 64,0 46,34 28,68 20,100", "abc cdef"),
    (7, 2, "2,4 32,4 64,2 44,44 28,100 16,50 38,49 60,48", "abc cde fgh"),
    (7, 1, "2,18 4,4 34,4 66,2 48,40 30,100", "ab bcd def"),
    (8, 3, "54,14 32,0 8,12 12,32 34,48 56,68 50,92 28,100 4,90 4,70 30,48 52,32", "abcdefghijkla"),
    (8, 1, "31,0 54,10 54,36 31,47 8,36 8,10 60,62 56,92 30,100 4,92 0,62", "abcdefa dghijkd"),
    (9, 3, "56,14 36,0 10,8 2,30 14,48 38,46 56,20 56,58 54,100", "abcdefg ghi"),
    (9, 2, "56,16 36,0 10,8 2,30 14,48 38,46 58,18 58,58 46,92 20,100 4,90", "abcdefg ghijk"),
    (9, 1, "54,22 40,2 14,4 2,24 12,44 36,46 54,26 44,64 26,100", "abcdefg ghi"),
]


def spline(stroke, points, steps=4):
    """The matrix that takes a skeleton's points to a stroke's polyline (uniform Catmull–Rom).

    Args:
        stroke: indices of the points that the curve runs through; a loop repeats its first.
        points: number of points of the skeleton.
        steps: pieces between two points.

    Returns:
        Array (pieces + 1, points); each row sums to one.
    """
    eye = np.eye(points)[stroke]
    loop = stroke[0] == stroke[-1]
    before, after = (eye[-2], eye[1]) if loop else (2 * eye[0] - eye[1], 2 * eye[-1] - eye[-2])
    knots = np.stack([before, *eye, after])
    t = (np.arange(steps) / steps)[:, None]
    pieces = [
        b
        + t * (c - a) / 2
        + t**2 * (a - 2.5 * b + 2 * c - d / 2)
        + t**3 * (1.5 * (b - c) + (d - a) / 2)
        for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False)
    ]
    return np.concatenate([*pieces, eye[-1:]])


def bend(points, count, rng):
    """`count` versions of a skeleton in one writer's hand each: (count, points, 2), x and y."""
    care = rng.uniform(0.3, 1.5, (count, 1, 1))  # a careful hand bends less
    wave, phase = rng.uniform(-5, 5, (count, 2, 2)), rng.uniform(0, 2 * np.pi, (count, 1, 2))
    swing = np.sin(np.einsum("pc,ncd->npd", points, wave) + phase)  # bends far points together
    shake = rng.standard_normal((count, *points.shape))  # and each point by itself
    x, y = np.moveaxis(points - 0.5 + care * (0.045 * swing + 0.024 * shake), 2, 0)
    column = (count, 1)
    x = x * rng.uniform(0.75, 1.4, column) - y * rng.normal(0.12, 0.2, column)  # width, slant
    turn = rng.normal(0, 0.1, column)
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], 2)


def place(lines, radius, rng):
    """Scales the polylines to the inked box; their centre of mass goes near the image's."""
    every = np.concatenate(lines, axis=1)
    size = rng.uniform(0.86, 1, len(every)) * INK - 2 * radius
    scale = (size / np.ptp(every, axis=1).max(axis=1))[:, None, None]
    every = every * scale
    shift = SIDE / 2 - 0.5 - every.mean(axis=1) + rng.normal(0, 0.5, (len(every), 2))
    shift = np.clip(shift, 3.5 - every.min(axis=1), SIDE - 4.5 - every.max(axis=1))  # off the frame
    return [line * scale + shift[:, None] for line in lines]


def ink(lines, radius, rng):
    """Inks the polylines: uint8 (count, SIDE, SIDE), full within the pen's radius, soft beyond."""
    count = len(radius)
    grid = np.arange(SIDE, dtype=float)
    gap = np.full((count, SIDE, SIDE), np.inf)  # distance to the pen's edge
    press = rng.uniform(-0.3, 0.3, (count, 2))  # the pen's radius at a stroke's start and end
    for line in lines:
        share = np.linspace(0, 1, line.shape[1] - 1)
        pen = radius[:, None] * (1 + press[:, :1] * (1 - share) + press[:, 1:] * share)
        for k in range(line.shape[1] - 1):
            (x, y), (dx, dy) = line[:, k].T, (line[:, k + 1] - line[:, k]).T
            x, y = grid - x[:, None], grid - y[:, None]
            along = (x * dx[:, None])[:, None, :] + (y * dy[:, None])[:, :, None]
            along = np.clip(along / (dx**2 + dy**2 + 1e-9)[:, None, None], 0, 1)
            away_x = x[:, None, :] - along * dx[:, None, None]
            away_y = y[:, :, None] - along * dy[:, None, None]
            away = np.sqrt(away_x**2 + away_y**2) - pen[:, k, None, None]
            np.minimum(gap, away, out=gap)
    soft = rng.uniform(1.1, 1.7, (count, 1, 1))
    return np.rint(255 * np.clip(0.5 - gap / soft, 0, 1)).astype(np.uint8)


def draw(points, strokes, count, rng, chunk=200):
    """`count` images of one skeleton, drawn a chunk at a time to stay in the cache."""
    points = np.array([pair.split(",") for pair in points.split()], float) / 100
    curves = [spline([ord(c) - ord("a") for c in s], len(points)) for s in strokes.split()]
    images = []
    for start in range(0, count, chunk):
        size = min(chunk, count - start)
        bent = bend(points, size, rng)
        radius = rng.uniform(0.75, 1.75, size)
        lines = place([np.einsum("sp,npc->nsc", curve, bent) for curve in curves], radius, rng)
        images.append(ink(lines, radius, rng))
    return np.concatenate(images)


def write(path, count=COUNT, seed=20):
    """Draws `count` digits, ten labels alike in number, and writes `images` and `labels`."""
    rng = np.random.default_rng(seed)
    images, labels = [], []
    for digit in range(10):
        styles = [style for style in SKELETONS if style[0] == digit]
        shares = np.cumsum([share for _, share, _, _ in styles])
        ends = count // 10 * shares // shares[-1]
        for (_, _, points, strokes), number in zip(styles, np.diff(ends, prepend=0), strict=True):
            images.append(draw(points, strokes, number, rng))
        labels.append(np.full(count // 10, digit, np.uint8))
    order = rng.permutation(count // 10 * 10)
    np.savez_compressed(
        path, images=np.concatenate(images)[order], labels=np.concatenate(labels)[order]
    )


if __name__ == "__main__":
    write(Path(__file__).with_name("digits.npz"))
