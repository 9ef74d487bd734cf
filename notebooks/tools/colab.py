"""Stamps the notebooks with the address of whoever publishes the course, for Google Colab.

    python notebooks/tools/colab.py owner/name main     badge, install cell and Colab's metadata
    python notebooks/tools/colab.py ""                  takes them out again

A notebook that is not stamped has no badge, hence no dead link. In Colab the install cell brings
this package alone: Colab's own TensorFlow and Keras stay as they are.
"""

import argparse
import copy
import re

import nbformat
import quick
from nbformat.v4 import new_code_cell

TAG = "colab"
SITE = "https://colab.research.google.com"
BADGE = re.compile(rf"\n\n\[!\[Open in Colab\]\({re.escape(SITE)}\S*\)\]\(\S*\)")
# GitHub's own rule for owner and name, and a branch name without anything a shell would read.
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
INSTALL = """\
# Brings the package that goes with this notebook, in Colab only.
import sys

if "google.colab" in sys.modules:
    %pip install -q --no-deps git+https://github.com/{repository}@{branch}"""


def unstamped(notebook):
    """A copy of a notebook without badge, install cell and Colab's metadata."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [c for c in notebook.cells if TAG not in c.metadata.get("tags", [])]
    notebook.cells[0].source = BADGE.sub("", notebook.cells[0].source)
    for key in ("accelerator", "colab"):
        notebook.metadata.pop(key, None)
    return notebook


def stamped(notebook, name, repository, branch="main"):
    """A copy of a notebook that opens in Colab from a repository on GitHub.

    Args:
        notebook: an nbformat notebook, stamped or not.
        name: its file's name without `.ipynb`.
        repository: `owner/name`.
        branch: the branch, tag or commit that holds the notebook.

    Returns:
        The stamped copy.

    Raises:
        ValueError: `repository` or `branch` is none.
    """
    if not REPOSITORY.fullmatch(repository):
        raise ValueError(
            f"REPO={repository!r} is no repository on GitHub: expected owner/name, of letters, "
            "digits, '.', '_' and '-', such as REPO=ada/gan-course."
        )
    if not BRANCH.fullmatch(branch):
        raise ValueError(f"BRANCH={branch!r} is no branch name: expected one such as BRANCH=main.")
    notebook = unstamped(notebook)
    page = f"{SITE}/github/{repository}/blob/{branch}/notebooks/{name}.ipynb"
    badge = f"[![Open in Colab]({SITE}/assets/colab-badge.svg)]({page})"
    notebook.cells[0].source += f"\n\n{badge}"
    install = new_code_cell(
        INSTALL.format(repository=repository, branch=branch),
        id=TAG,
        metadata={"tags": [TAG, "nbval-skip"]},
    )
    first_code = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(first_code, install)
    notebook.metadata["accelerator"] = "GPU"
    notebook.metadata["colab"] = {"name": f"{name}.ipynb", "provenance": [], "toc_visible": True}
    return notebook


def main():
    """Stamps every notebook, or none if one of the names is refused."""
    parser = argparse.ArgumentParser(description="Stamp the notebooks for Google Colab.")
    parser.add_argument("repository", help="owner/name on GitHub; empty takes the stamp out")
    parser.add_argument("branch", nargs="?", default="main")
    options = parser.parse_args()
    results = {}
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        try:
            results[path] = (
                stamped(notebook, path.stem, options.repository, options.branch)
                if options.repository
                else unstamped(notebook)
            )
        except ValueError as error:
            parser.error(str(error))
    for path, notebook in results.items():
        nbformat.write(notebook, path)
    print(f"{len(results)} notebooks {'stamped' if options.repository else 'without a stamp'}")


if __name__ == "__main__":
    main()
