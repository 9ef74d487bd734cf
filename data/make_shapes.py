"""Draws data/shapes.npz: 10,000 colour shapes, 32×32, with the factors that made each.

Every image holds one upright shape of one hue on a dim background of another. An edge pixel mixes
the two by the share of it that the shape covers. The factors are independent of one another.

    python data/make_shapes.py
"""

from pathlib import Path

import numpy as np

COUNT, SIDE = 10_000, 32  # images; pixels across an image


def polygon(radii, start):
    """Corners (k, 2), one for each radius, evenly round the origin from the angle `start`."""
    angle = start + 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.array(radii)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


ARM = [(-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1)]  # half of a cross
OUTLINES = {  # inside the circle of radius one, centre of mass at the origin, y down
    "circle": None,
    "square": polygon([1] * 4, np.pi / 4),
    "triangle": polygon([1] * 3, -np.pi / 2),
    "star": polygon([1, 0.45] * 5, -np.pi / 2),
    "cross": np.array(ARM + [(-x, -y) for x, y in ARM]) / np.sqrt(10),
}


def distance(outline, x, y):
    """Signed distance, negative inside, from the points (x, y) to an outline (None: the circle)."""
    if outline is None:
        return np.sqrt(x**2 + y**2) - 1
    nearest, inside = np.full(x.shape, np.inf), np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx**2 + dy**2), 0, 1)
        nearest = np.minimum(nearest, (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2)
        if ay != by:  # a ray to the right leaves the inside when it crosses an odd number of edges
            inside ^= ((ay > y) != (by > y)) & (x < ax + dx * (y - ay) / dy)
    return np.where(inside, -1, 1) * np.sqrt(nearest)


def colour(hue, saturation, value):
    """HSV, each in [0, 1], the hue (n,), to RGB (n, 3)."""
    ramp = (hue[:, None] * 6 + [5, 3, 1]) % 6
    return value * (1 - saturation * np.clip(np.minimum(ramp, 4 - ramp), 0, 1))


def draw(outline, hue, x, y, size, ground):
    """One outline at (x, y), `size` pixels across, hue on hue: uint8 (n, SIDE, SIDE, 3)."""
    radius = size[:, None, None] / 2
    across = (np.arange(SIDE) - x[:, None])[:, None, :] / radius
    down = (np.arange(SIDE) - y[:, None])[:, :, None] / radius
    gap = distance(outline, *np.broadcast_arrays(across, down)) * radius
    cover = np.clip(0.5 - gap, 0, 1)[..., None]
    front, back = colour(hue, 0.85, 1.0), colour(ground, 0.5, 0.25)
    mixed = cover * front[:, None, None] + (1 - cover) * back[:, None, None]
    return np.rint(255 * mixed).astype(np.uint8)


def write(path, count=COUNT, seed=32):
    """Draws `count` shapes, the kinds alike in number.

    Writes `images`, `labels` (the kind, 0 to 4), `names` of the kinds, and the factors, each (n,):
    `shape` (the kind again), `hue` in [0, 1), `x` and `y` (the centre, in pixels from the centre of
    the top left pixel) and `size` (the diameter of the circle round the shape, in pixels).
    """
    rng = np.random.default_rng(seed)
    shape = rng.permutation(np.arange(count) % len(OUTLINES)).astype(np.uint8)
    hue, ground = rng.random((2, count))
    x, y = rng.uniform(11.5, 19.5, (2, count))
    size = rng.uniform(12, 22, count)
    hue, x, y, size = np.float32([hue, x, y, size])
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    for kind, outline in enumerate(OUTLINES.values()):
        for rows in np.array_split(np.flatnonzero(shape == kind), 10):  # to stay in the cache
            factors = np.float64([hue[rows], x[rows], y[rows], size[rows], ground[rows]])
            images[rows] = draw(outline, *factors)
    np.savez_compressed(
        path,
        images=images,
        labels=shape,
        names=np.array(list(OUTLINES)),
        shape=shape,
        hue=hue,
        x=x,
        y=y,
        size=size,
    )


if __name__ == "__main__":
    write(Path(__file__).with_name("shapes.npz"))
