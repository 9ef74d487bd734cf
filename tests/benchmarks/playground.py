"""The playground's CPU time a step, and the steps until it has learned the ring, at its start.

    python -m tests.benchmarks.playground

Learned: all 8 modes met and 80 % of 5000 fakes good, as the page draws them, with averaged weights;
looked at every 100 steps. The page itself (frames) takes a browser.
"""

import json
import time
from pathlib import Path

from py_mini_racer import MiniRacer

import gan_keras as gk
from gan_keras.course import playground

SEEDS, MOST, LOSSES = range(5), 8000, (*gk.losses.LOSSES, "relativistic")
SETUP = """
const settings = { loss: told.loss, seed: told.seed, sets: { ring: told.means } };
const { starts } = gan_playground(settings), latent = normal(10000, uniform_numbers(99));
const game = new_game({ ...settings, ...starts, means: told.means });
function learned() {
  const { modes, high_quality } = coverage(told.means, forward(game.averaged, latent).output);
  return modes === 8 && high_quality >= 0.8;
}
"""


def learn(loss, seed):
    """Steps until the ring is learned, and CPU milliseconds of one."""
    told = {"loss": loss, "seed": seed, "means": gk.toy.ring().means.tolist()}
    engine, spent = MiniRacer(), 0.0
    script = Path(playground.__file__).with_suffix(".js").read_text(encoding="utf-8")
    engine.eval(f"{script}\nconst told = {json.dumps(told)};\n{SETUP}")
    for steps in range(100, MOST + 1, 100):
        start = time.process_time()
        engine.eval("for (let i = 0; i < 100; i++) train_step(game);")
        spent += time.process_time() - start
        if engine.eval("learned()"):
            return steps, 1000 * spent / steps
    return None, 1000 * spent / MOST


if __name__ == "__main__":
    print(f"{'loss':16}{'CPU ms a step':>14}   steps until learned, seeds 0 to 4")
    for loss in LOSSES:
        steps, cost = zip(*(learn(loss, seed) for seed in SEEDS), strict=True)
        print(f"{loss:16}{min(cost):14.2f}   {', '.join(map(str, steps))}", flush=True)
