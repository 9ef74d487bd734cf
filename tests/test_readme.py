"""What the README promises: its code runs, its commands exist, its links lead somewhere."""

import re

import numpy as np
from quick import NOTEBOOKS

import gan_keras as gk
from tests import notebook_rules

ROOT = NOTEBOOKS.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_code_runs_as_written():
    names = {}
    for block in re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        exec(block, names)
    assert names["GANWithR1"].train_step is gk.GAN.train_step, "a variant overrides one method"
    assert names["samples"].shape == (16, 28, 28, 1)
    assert np.abs(names["samples"]).max() <= 1
    assert all(np.isfinite(losses).all() for losses in names["history"].history.values())


def test_the_commands_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^    |`)make ([a-z-]+)", README, re.MULTILINE))
    assert {"notebooks", "test"} <= named <= targets


def test_the_links_lead_somewhere():
    assert list(notebook_rules.dead_links(README, ROOT)) == []


def test_every_notebook_is_in_the_table():
    for path in NOTEBOOKS.glob("*.ipynb"):
        assert f"](notebooks/{path.name})" in README
