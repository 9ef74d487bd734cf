"""Executes the notebooks top to bottom, each in its own kernel, and closes with a table.

    python notebooks/tools/run.py                    all of them, at the quick values
    python notebooks/tools/run.py --only 02 04       some of them
    python notebooks/tools/run.py --full             at the constants that the notebooks show
    python notebooks/tools/run.py --in-place         the same, and stores the outputs

Executed copies lie in build/notebooks, each with the log of its kernel, or in a temporary folder
where nothing can be written there; the last line says. A notebook that fails does not stop the
others; the exit status is then 1.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import quick
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

BUILD = quick.NOTEBOOKS.parent / "build" / "notebooks"
QUICK_CELL_SECONDS = 300

DATA_LINE = re.compile(r"^data: (\S+) .*\bfrom .+$", re.MULTILINE)
FALLBACK_LINE = re.compile(r"^(\S+) cannot be had here .*$", re.MULTILINE)


@dataclass
class Outcome:
    """What came of one notebook."""

    name: str
    data: str
    seconds: float
    megabytes: float
    result: str


class Runner(NotebookClient):
    """A notebook client that prints a dot for each cell and keeps the kernel's peak memory."""

    def __init__(self, notebook, timeout):
        super().__init__(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            record_timing=False,
            skip_cells_with_tag="colab",
            resources={"metadata": {"path": str(quick.NOTEBOOKS)}},
            on_cell_execute=self.before_cell,
            on_cell_executed=self.after_cell,
        )
        self.cells_begun = 0
        self.megabytes = 0.0

    def before_cell(self, cell, cell_index):
        self.cells_begun += 1

    def after_cell(self, cell, cell_index, execute_reply):
        count = self.cells_begun
        print(count if count % 5 == 0 else ".", end="", flush=True)
        self.megabytes = max(self.megabytes, memory_of(self.km.provisioner.pid))


def memory_of(pid):
    """Memory of a process in MB: its peak where Linux tells it, else what it holds now."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+)", status.read_text()).group(1)) / 1024
    return psutil.Process(pid).memory_info().rss / 2**20


def data_used(notebook):
    """The data sets that a notebook says it used, and those it says it had to do without."""
    printed = "\n".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )
    used = ", ".join(dict.fromkeys(DATA_LINE.findall(printed)))
    missed = ", ".join(dict.fromkeys(FALLBACK_LINE.findall(printed)))
    return f"{used or '-'}, not {missed} (cannot be had here)" if missed else used or "-"


def first_line(text):
    """The first line of an error's text: what went wrong, without the details."""
    return text.strip().splitlines()[0]


def read(path, full):
    """Reads one notebook without its outputs, with its quick values unless it is to run at full."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    if not full:
        quick.apply(notebook, path.stem, quick.load().get(path.stem, {}))
    return notebook


def place():
    """The folder for executed copies."""
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
    except OSError:  # somebody else's checkout, or a read-only one
        pass
    return BUILD if os.access(BUILD, os.W_OK) else Path(tempfile.mkdtemp(prefix="notebooks-"))


def run(notebook, path, folder, timeout):
    """Executes one notebook, keeps the executed copy in a folder and returns its Outcome."""
    runner = Runner(notebook, timeout)
    result, start = "ok", time.perf_counter()
    with open(folder / f"{path.stem}.log", "w") as log:
        try:
            # With PYTEST_CURRENT_TEST set, as under pytest, a kernel sends the log lines of native
            # code to its own stderr, here a file, and not into the outputs.
            runner.execute(env={**os.environ, "PYTEST_CURRENT_TEST": "full"}, stderr=log)
        except CellExecutionError as error:
            result = f"cell {runner.cells_begun}: {first_line(f'{error.ename}: {error.evalue}')}"
        except Exception as error:  # a dead kernel, a time-out: the other notebooks still run
            result = f"cell {runner.cells_begun}: {first_line(f'{type(error).__name__}: {error}')}"
    seconds = time.perf_counter() - start
    nbformat.write(notebook, folder / path.name)
    return Outcome(path.stem, data_used(notebook), seconds, runner.megabytes, result)


def table(outcomes):
    """The closing table as text."""
    rows = [("notebook", "data", "seconds", "peak MB", "result")] + [
        (o.name, o.data, f"{o.seconds:.0f}", f"{o.megabytes:.0f}", o.result) for o in outcomes
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{name:<{widths[0]}}  {data:<{widths[1]}}  {seconds:>{widths[2]}}  "
        f"{megabytes:>{widths[3]}}  {result}"
        for name, data, seconds, megabytes, result in rows
    )


def chosen(only):
    """The notebooks to run: all, or those whose names begin with one of the given numbers."""
    paths = sorted(quick.NOTEBOOKS.glob("*.ipynb"))
    for number in only:
        if not any(path.stem.startswith(number) for path in paths):
            names = ", ".join(path.stem for path in paths)
            raise ValueError(f"no notebook begins with '{number}'. There are: {names}.")
    return [path for path in paths if not only or path.stem.startswith(tuple(only))]


def main():
    """Runs what the command line asks for and returns the exit status."""
    parser = argparse.ArgumentParser(description="Execute the notebooks top to bottom.")
    parser.add_argument("--only", nargs="+", default=[], metavar="NN", help="numbers to run")
    parser.add_argument("--full", action="store_true", help="at the constants shown")
    parser.add_argument("--in-place", action="store_true", help="store the outputs (implies full)")
    options = parser.parse_args()
    full = options.full or options.in_place or not quick.wanted()
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # this environment's kernel, not the user's own

    try:
        paths = chosen(options.only)
        notebooks = [read(path, full) for path in paths]
    except ValueError as error:
        parser.error(str(error))
    locked = [path.name for path in paths if not os.access(path, os.W_OK)]
    if options.in_place and locked:
        parser.error(f"no right to store outputs in {', '.join(locked)}.")
    folder = place()
    width = max((len(path.stem) for path in paths), default=0)
    outcomes = []
    for number, (path, notebook) in enumerate(zip(paths, notebooks, strict=True), start=1):
        print(f"[{number}/{len(paths)}] {path.stem:<{width}}  ", end="", flush=True)
        timeout = None if full else QUICK_CELL_SECONDS
        outcomes.append(run(notebook, path, folder, timeout))
        print(f"  {outcomes[-1].result}", flush=True)
        if options.in_place and outcomes[-1].result == "ok":
            nbformat.write(notebook, path)
    print(f"\n{table(outcomes)}\n")
    print(f"Executed copies: {'build/notebooks' if folder == BUILD else folder}")
    return int(any(outcome.result != "ok" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
