"""The tool that gives every numbered section a cell of its own with a name to link to."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests import sections

TEXT = (
    "The end of section 1.\n\n## 2 · Two\n\nIts text.\n\n### A part\n\n## 6, 7 · Both\n\n## Summary"
)


def test_cell_is_split_where_numbered_sections_begin():
    book = new_notebook(
        cells=[
            new_markdown_cell("# 07 · A title"),
            new_markdown_cell("## 1 · One", metadata={"tags": ["kept"]}),
            new_code_cell("## 1 · no heading"),
            new_markdown_cell(TEXT, id="first-part"),
        ]
    )
    cells = sections.sectioned(book)
    assert [cell.id for cell in cells[1:]] == [
        "section-1", book.cells[2].id, "first-part", "section-2", "section-6"
    ]  # fmt: skip
    assert "\n\n".join(cell.source for cell in cells[3:]) == TEXT
    assert cells[0] == book.cells[0] and cells[1].metadata == {"tags": ["kept"]}


def test_tool_changes_a_file_once(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(TEXT)]), path)
    assert sections.write(path)
    before = path.read_bytes()
    assert not sections.write(path) and path.read_bytes() == before
    nbformat.validate(nbformat.read(path, as_version=4))
