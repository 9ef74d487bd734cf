"""Gives every numbered section a cell to begin with, named after it, so that a link can lead there.

    PYTHONPATH=notebooks/tools python -m tests.sections

A link to Section 7 is `[06 §7](06_the_name.ipynb#cell-id=section-7)`. JupyterLab and nbconvert's
HTML follow it. By a heading's text JupyterLab finds the section only if the text is plain ASCII.
"""

import copy
import re

import nbformat
import quick
from nbformat.v4 import new_markdown_cell

START = re.compile(r"^(?=## \d[\d, ]* · )", re.MULTILINE)
NUMBER = re.compile(r"\d+")


def sectioned(notebook):
    """The cells of a notebook, with a Markdown cell `section-N` at the start of every section."""
    cells = []
    for cell in notebook.cells:
        before, *parts = START.split(cell.source) if cell.cell_type == "markdown" else [cell.source]
        if before or not parts:
            cells.append(copy.deepcopy(cell))
            cells[-1].source = before.rstrip() if parts else before
        for part in parts:
            name = f"section-{NUMBER.search(part)[0]}"
            cells.append(new_markdown_cell(part.rstrip(), id=name, metadata=cell.metadata))
    return cells


def write(path):
    """Splits and names the cells of a notebook file; says whether it changed."""
    notebook = nbformat.read(path, as_version=4)
    cells = sectioned(notebook)
    changed = cells != notebook.cells
    if changed:
        notebook.cells = cells
        path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")
    return changed


if __name__ == "__main__":
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb")):
        print(path.name, "changed" if write(path) else "")
