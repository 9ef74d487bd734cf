"""A GAN in the plane, and games of two numbers, that play in the page: no kernel, no network."""

import json
import zlib
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from gan_keras import losses
from gan_keras.course import plots, toy
from gan_keras.engine import checks

GAMES = {"bilinear": lambda x, y: (y, -x), "dirac": toy.dirac}
RULES = "simultaneous", "alternating", "extra_gradient"
DIRAC = "minimax", "non_saturating", "wasserstein"
LAYERS = "real", "fake", "field", "grid", "orbit", "arrows"
MENUS = "d_learning_rate g_learning_rate critic_steps penalty_weight beta_1 averaging speed".split()
PAGE = """<div data-playground="{0}"><img style="max-width: 100%" alt="A still picture of the start"
src="data:image/png;base64,{1}"></div>
<script>(() => {{
{2}
for (const root of document.querySelectorAll('[data-playground="{0}"]'))
  if (!root.shadowRoot) mount(root, {3});
}})();</script>"""


def playground(data="ring", loss="non_saturating", game=None, rule="simultaneous",
               layers=LAYERS[:-1], steps=0, seed=0, height=420, **menus):  # fmt: skip
    """A GAN that learns in the page while you watch and change it; or a game of two numbers.

    It lives in the cell's output, as a film does; where scripts may not run, its start is shown.

    Args:
        data: "ring", "grid", "moons", "line", "own" to draw with the pointer; or your own points in
            [-1.2, 1.2]^2, shape (n, 2), at most 1000 of them.
        loss: A name in `losses.LOSSES` ("wasserstein" has its gradient penalty) or "relativistic"
            (with R1 and R2); in the game "dirac" one that `toy.dirac` takes.
        game: "bilinear" or "dirac", a game of two numbers in the place of the GAN, by `rule`:
            "simultaneous", "alternating" or "extra_gradient".
        layers: What is shown first: "real", "fake", "field" (D's answers), "arrows" (where D sends
            the fakes), "grid" (a net in latent space, as G warps it), "orbit" (of a game).
        steps: Taken before it opens, paused; a thousand take some two seconds.
        seed, height: Of weights, noise and data; side of the picture in pixels.
        **menus: Where other menus start: `d_learning_rate`, `g_learning_rate`, `critic_steps`,
            `penalty_weight`, `beta_1`, `averaging`, and `speed` in steps a frame.
    """
    u, line = np.linspace(0, np.pi, 40), np.linspace([-0.75, -0.375], [0.75, 0.375], 60)
    moon = np.stack([0.25 - 0.55 * np.cos(u), 0.55 * np.sin(u) - 0.15], 1)
    sets = {"ring": toy.ring().means, "grid": toy.grid().means, "moons": [*moon, *-moon]}
    sets |= {"line": line, "own": np.empty((0, 2))}
    if not isinstance(data, str):
        data, sets["own"] = "own", checks.Samples((2,))(np.asarray(data, "float64"))[:1000]
        if np.abs(sets["own"]).max() > 1.2:
            raise ValueError("Points must lie in [-1.2, 1.2]: take points / np.abs(points).max().")
    told = [(data, sets), (game, (None, *GAMES)), (rule, RULES)]
    told += [(loss, DIRAC if game else (*losses.LOSSES, "relativistic"))]
    for value, allowed in told + [(x, LAYERS) for x in layers] + [(x, MENUS) for x in menus]:
        if value not in allowed:
            raise ValueError(f"{value!r} is unknown. Take one of {', '.join(map(str, allowed))}.")
    checks.weights(**menus)
    still = Figure((4, 4), dpi=80, layout="constrained")
    still.suptitle("A still picture; where scripts run, it plays", fontsize=10)
    if game:
        path = toy.play(GAMES[game], (1, 0), getattr(toy, rule))
        still.subplots().plot(*path.T, color=plots.REAL)
    elif len(sets[data]):
        random, x = np.random.default_rng(seed), toy.Mixture([(0, 0)], 1).sample(300, seed)
        for shape in ((2, 32), (32, 32), (32, 2)):  # an untrained generator
            x = np.maximum(x, 0.2 * x) @ random.uniform(-1, 1, shape) * np.sqrt(6 / sum(shape))
        plots.samples(still.subplots(), toy.Mixture(sets[data], 0.05).sample(300, seed), x)
    settings = {"data": data, "loss": loss, "game": game, "rule": rule, "layers": list(layers)}
    settings |= {"steps": steps, "seed": seed, "height": height, **menus}
    settings["sets"] = {name: np.round(means, 4).tolist() for name, means in sets.items()}
    return page("playground", still, settings)


def page(name, still, settings):
    """The script NAME.js at work on settings; where it may not run, a figure stands still."""
    from IPython.core.pylabtools import print_figure
    from IPython.display import HTML

    script = Path(__file__).with_name(f"{name}.js").read_text("utf-8")
    settings = json.dumps(settings).replace("<", "\\u003c")  # no text in them ends the script
    place = f"{zlib.crc32((script + settings).encode()):08x}"  # the same at every run
    picture = print_figure(still, bbox_inches=None, base64=True)
    return HTML(PAGE.format(place, picture, script, settings))
