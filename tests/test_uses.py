"""Each section of a notebook says which names it uses from earlier sections."""

import nbformat
import pytest
import quick
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests import uses

PATHS = sorted(quick.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_section_says_what_it_uses(path):
    for heading, cell, used in uses.sections(nbformat.read(path, as_version=4)):
        undefined = sorted(name for name, origin in used.items() if origin is None)
        assert not undefined, f"'{heading}' uses {undefined}, which no cell above defines"
        assert uses.told(cell.source) == uses.line(used), (
            f"'{heading}' does not say what it uses: run tests/uses.py"
        )


@pytest.mark.parametrize(
    ("source", "needed", "defined"),
    [
        ("a = b + 1", {"b"}, {"a"}),
        ("n = n + 1", {"n"}, {"n"}),
        ("n += 1", {"n"}, {"n"}),
        ("for n in range(3):\n    print(n)", set(), {"n"}),
        ("a = [k * w for k in range(3)]", {"w"}, {"a"}),
        ("a = {k: {m for m in k} for k in w}", {"w"}, {"a"}),
        ("def f(x):\n    return g(x)\n\n\ndef g(x):\n    return x", set(), {"f", "g"}),
        ("class A(B):\n    def f(self):\n        return rate", {"B", "rate"}, {"A"}),
        ("import numpy as np\n%matplotlib inline\nnp.ones(3)", set(), {"np"}),
        ("f'{x:.2f}'", {"x"}, set()),
    ],
)
def test_names_that_a_cell_needs_and_defines(source, needed, defined):
    found = uses.names(source)
    assert (found[0] - uses.KNOWN, found[1]) == (needed, defined)


def notebook(*cells):
    """Strings that begin with # are Markdown; the first code cell is the setup."""
    made = [new_markdown_cell(c) if c.startswith("#") else new_code_cell(c) for c in cells]
    next(c for c in made if c.cell_type == "code").metadata.tags = ["setup"]
    return new_notebook(cells=made)


def test_line_names_each_origin_in_order_and_can_be_renewed(tmp_path):
    path = tmp_path / "a.ipynb"
    book = notebook(
        "# T",
        "import os",
        "## 1 · A",
        "a = 1",
        "## 2 · B\n\nText.",
        "b = os, a",
        "## 10 · C",
        "a, b",
    )
    nbformat.write(book, path)
    assert uses.write(path) and not uses.write(path)
    cells = nbformat.read(path, as_version=4).cells
    assert cells[4].source == "## 2 · B\n\n*Uses from Section 1: `a`.*\n\nText."
    assert cells[6].source == "## 10 · C\n\n*Uses from Section 1: `a`; from Section 2: `b`.*"
    assert cells[2].source == "## 1 · A"


def test_name_that_nothing_defines_is_found():
    book = notebook("# T", "import os", "## 1 · A", "os.getcwd(), missing")
    assert [used for *_, used in uses.sections(book)] == [{"missing": None}]
