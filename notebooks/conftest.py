"""Hooks for `pytest --nbval notebooks`: the quick values, stderr, and the cells after an error."""

import pytest
import quick


def pytest_collectstart(collector):
    """Leaves out stderr (log lines of native code come or not) and, as pictures, their sizes."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)
        collector.sanitize_patterns["<Figure size .*>"] = "<Figure>"


def pytest_collection_modifyitems(items):
    """Gives every collected notebook its quick values, before any of its cells runs."""
    if not quick.wanted():
        return
    notebooks = {item.parent: item.parent.nb for item in items if hasattr(item.parent, "nb")}
    try:
        values = quick.load() if notebooks else {}
        for file, notebook in notebooks.items():
            quick.apply(notebook, file.path.stem, values.get(file.path.stem, {}))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_runtest_makereport(item, call):
    """Marks a notebook as broken by a cell that could not run; other outputs break nothing."""
    error = call.excinfo and call.excinfo.value
    if isinstance(error, Exception) and str(error) != "Cell outputs differ":
        item.parent.broken_by = item.name


def pytest_runtest_setup(item):
    """Leaves out the cells after an error: failing in its wake, they would bury it."""
    if cell := getattr(item.parent, "broken_by", None):
        pytest.skip(f"comes after the error in {cell}")
