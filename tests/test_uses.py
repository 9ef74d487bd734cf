"""Every cell of a notebook uses what cells above it define."""

import nbformat
import pytest
import quick
from nbformat.v4 import new_code_cell, new_notebook

from tests import uses

PATHS = sorted(quick.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_cells_use_what_cells_above_define(path):
    assert list(uses.undefined(nbformat.read(path, as_version=4))) == []


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


def test_name_that_nothing_above_defines_is_found():
    cells = [
        new_code_cell(source) for source in ("import os", "os.getcwd(), missing, late", "late = 1")
    ]
    assert list(uses.undefined(new_notebook(cells=cells))) == [(2, "late"), (2, "missing")]
