"""Hooks for `pytest --nbval notebooks`: the quick values, and stderr left out of the comparison."""

import pytest
import quick


def pytest_collectstart(collector):
    """Leaves stderr out: log lines of native code come or not, depending on how a kernel starts."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)


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
