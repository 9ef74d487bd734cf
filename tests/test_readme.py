"""What the README promises: its code runs, its commands exist, its links lead somewhere."""

import re
from pathlib import Path

import face
import numpy as np
from PIL import Image
from quick import NOTEBOOKS

import gan_keras as gk
from tests import notebook_rules

ROOT = NOTEBOOKS.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURE = re.compile(r'<a href="([^"]+)"><img src="([^"]+)" width="172" alt="(\d\d) [^"]+"></a>')


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
    cards = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert list(notebook_rules.dead_links(cards, ROOT / "data")) == []


def test_each_notebook_has_its_picture_in_order():
    numbers = [path.name[:2] for path in sorted(NOTEBOOKS.glob("*.ipynb"))]
    assert [number for *_, number in PICTURE.findall(README)] == numbers
    for page, picture, number in PICTURE.findall(README):
        assert (ROOT / page).exists() and Path(page).name.startswith(number), page
        assert Path(picture).stem == number and (ROOT / picture).exists(), picture


def test_the_pictures_are_small_and_the_film_moves():
    shown = [ROOT / path for path in re.findall(r'<img src="([^"]+)"', README)]
    assert sum(path.stat().st_size for path in shown) <= 2_500_000
    assert shown[0].stat().st_size <= 1_500_000
    with Image.open(shown[0]) as film:
        assert film.n_frames >= 50 and film.info["loop"] == 0


def test_every_notebook_is_in_the_table():
    for path in NOTEBOOKS.glob("*.ipynb"):
        assert f"](notebooks/{path.name})" in README


def test_each_chapter_still_has_the_picture_that_stands_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(face, "IMAGES", tmp_path)
    for path in NOTEBOOKS.glob("*.ipynb"):
        face.write_chapter(path)  # an error where its cell or picture is gone
        page = np.array(Image.open(tmp_path / f"{path.stem[:2]}.webp"))
        assert page[: face.SIDE[1]].std() > 5, path.name
