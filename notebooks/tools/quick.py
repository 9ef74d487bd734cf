"""Quick values: a notebook tried out in seconds, while the student sees the real constants.

A notebook keeps its constants in one cell tagged `parameters` (`epochs = 30`). `tests/quick.toml`
holds smaller ones for it (`["04_first_image_gan"]`, `epochs = 1`). `make notebooks` and
`pytest --nbval notebooks` append them to that cell before it runs; nothing is written back.
"""

import ast
import os
import tomllib
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent
VALUES = NOTEBOOKS.parent / "tests" / "quick.toml"


def wanted():
    """Whether to use the quick values: always, unless GAN_KERAS_FULL=1 is set."""
    return os.environ.get("GAN_KERAS_FULL") != "1"


def tagged(notebook, tag):
    """The cells of a notebook that carry a tag."""
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def assigned_names(source):
    """The names that a cell assigns at its top level."""
    return {
        node.id
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def load(path=VALUES, folder=NOTEBOOKS):
    """Reads the quick values of all notebooks.

    Args:
        path: a TOML file with one table per notebook.
        folder: where the notebooks lie.

    Returns:
        A dict of notebook name (without `.ipynb`) to a dict of constant to quick value.

    Raises:
        ValueError: a table names a notebook that does not exist.
    """
    tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    notebooks = {file.stem for file in Path(folder).glob("*.ipynb")}
    for name in sorted(tables.keys() - notebooks):
        raise ValueError(
            f"{Path(path).name}: the table [{name}] has no notebook {name}.ipynb. "
            f"Correct the name or take the table out. Notebooks: {', '.join(sorted(notebooks))}."
        )
    return tables


def apply(notebook, name, values):
    """Appends quick values to the `parameters` cell of a notebook in memory.

    Args:
        notebook: an nbformat notebook; its `parameters` cell is changed.
        name: what to call the notebook in an error message.
        values: dict of constant to quick value.

    Raises:
        ValueError: the notebook has no `parameters` cell, or more than one, or that cell does not
            assign one of the constants.
    """
    cells = tagged(notebook, "parameters")
    if len(cells) != 1:
        raise ValueError(
            f"{name}.ipynb has {len(cells)} cells tagged 'parameters', expected exactly one: "
            "the cell that holds the notebook's constants."
        )
    constants = assigned_names(cells[0].source)
    for constant in sorted(values.keys() - constants):
        raise ValueError(
            f"quick.toml: [{name}] sets '{constant}', which the parameters cell of {name}.ipynb "
            f"does not assign. It assigns: {', '.join(sorted(constants))}."
        )
    if values:
        lines = [f"{constant} = {value!r}" for constant, value in values.items()]
        cells[0].source += "\n\n# Quick values, from tests/quick.toml\n" + "\n".join(lines)
