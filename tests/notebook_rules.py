"""The rules that every stored notebook keeps.

A rule is a function of a notebook that yields one sentence for each fault. `test_notebooks.py`
applies them all, and proves with a faulty notebook that each of them can fail.
"""

import ast
import builtins
import functools
import re
import symtable
from pathlib import Path
from urllib.parse import unquote

import nbformat
from quick import NOTEBOOKS, tagged

from tests import sections, uses

MOST_BYTES = 2_000_000
MOST_CODE_CELLS = 44
FEWEST_EXERCISES = 3

MACHINE_PATH = re.compile(
    r"(?<![\w.:/~+-])/(?:root|home|work|tmp|Users)/\w|\b[A-Z]:\\+(?:Users|Windows|Program|Temp)"
)
LEFTOVER = re.compile(r"matplotlib\.|Line2D|^<Figure|^<Axes|^Text\(|\bat 0x[0-9a-f]+", re.MULTILINE)
UNWRITTEN = re.compile(r"\b(?:TODO|FIXME|XXX|TBD)\b|@[A-Z]+@|\b[A-Z]+_(?:TEXT|HERE)\b")
LINK = re.compile(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
CODE_OR_MATHS = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
NAME = r"[A-ZÀ-Þ][\w’'-]+"
YEAR = r"(?:18|19|20)\d\d"
CITATION = re.compile(rf"({NAME})(?: et al\.| and others| and {NAME}),? \(?({YEAR})\b")
CORRECT = re.compile(r"(?<!not )\bcorrect\b")


def code_cells(notebook):
    """The code cells, but the one that only Colab runs."""
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "colab" not in cell.metadata.get("tags", [])
    ]


def folded(cell):
    """Whether JupyterLab hides the source of a cell."""
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def printed(cell):
    """All text that a cell shows, joined."""
    texts = []
    for output in cell.get("outputs", []):
        texts.append(output.get("text", ""))
        data = output.get("data", {})
        texts += [str(value) for kind, value in data.items() if not kind.startswith("image/")]
    return "\n".join(texts)


# The file -------------------------------------------------------------------------------------


def valid(notebook):
    """It is a notebook by nbformat's schema, for the kernel python3, with unique cell ids."""
    ids = [cell.get("id") for cell in notebook.cells]
    if len(set(ids)) < len(ids):
        yield "two cells have the same id"  # which nbformat would mend in silence
        return
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        yield f"nbformat refuses it: {error.message.splitlines()[0]}"
    kernel = notebook.metadata.get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield f"its kernel is {kernel!r}, expected 'python3'"


def exports_to_a_script(notebook):
    """`jupyter nbconvert --to script` makes a .py file of it, which plain Python runs."""
    extension = notebook.metadata.get("language_info", {}).get("file_extension")
    if extension != ".py":
        yield f"its metadata name the file_extension {extension!r}, expected '.py'"
    known = set()
    for number, cell in enumerate(code_cells(notebook), start=1):
        needed, defined = uses.names(cell.source)
        known |= defined
        for name in sorted({"display", "get_ipython"} & needed - known):
            yield f"cell {number} reads '{name}', which only IPython knows: import it"
        if uses.python(cell.source) != cell.source:
            yield f"cell {number} has a line for IPython alone (% or !)"


def small(notebook):
    """It stays readable and quick to load."""
    size = len(nbformat.writes(notebook).encode())
    if size >= MOST_BYTES:
        yield f"it has {size} bytes, expected fewer than {MOST_BYTES}"
    unfolded = sum(not folded(cell) for cell in code_cells(notebook))
    if unfolded > MOST_CODE_CELLS:
        yield f"it has {unfolded} unfolded code cells, at most {MOST_CODE_CELLS} are read"


def ran_in_order(notebook):
    """Its outputs are those of one run, top to bottom."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"its cells ran as {counts}, expected 1, 2, 3 … to the end"


def clean_outputs(notebook):
    """No error, no stderr, no widget, no time of day."""
    if "widgets" in notebook.metadata:
        yield "it stores the state of widgets"
    for number, cell in enumerate(code_cells(notebook), start=1):
        if "execution" in cell.metadata:
            yield f"cell {number} stores when it ran"
        for output in cell.outputs:
            if output.output_type == "error":
                yield f"cell {number} ended in an error: {output.ename}: {output.evalue}"
            if output.get("name") == "stderr":
                yield f"cell {number} wrote to stderr: {output.text.strip()[:80]}"
            if any("widget" in kind for kind in output.get("data", {})):
                yield f"cell {number} shows a widget, which is empty for a reader"


def no_leftover_text(notebook):
    """A figure or a fit leaves no text such as `[<matplotlib.lines.Line2D at 0x7f…>]`."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            text = output.get("data", {}).get("text/plain", "")
            if output.output_type == "execute_result" and LEFTOVER.search(text):
                yield f"cell {number} shows {text[:60]!r}: assign it, or end with plt.show()"


def no_unwritten_text(notebook):
    """No sentence waits for its words or its figure: no TODO, no `@NAME@`."""
    for cell in notebook.cells:
        if found := UNWRITTEN.search(cell.source):
            yield f"it still says {found.group()!r}"


def no_machine_path(notebook):
    """It tells nothing of the folders of the machine that ran it."""
    for cell in notebook.cells:
        for text in (cell.source, printed(cell)):
            if found := MACHINE_PATH.search(text):
                yield f"it names a path of a machine: {text[found.start() :][:40]!r}"


# The parts that every chapter has --------------------------------------------------------------


def begins_with_a_title(notebook):
    """The first cell is Markdown and a heading."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "its first cell is not a Markdown title ('# …')"


def one_setup_one_parameters(notebook):
    """One set-up cell; one parameters cell, which assigns plain constants and nothing else."""
    for tag in ("setup", "parameters"):
        if len(tagged(notebook, tag)) != 1:
            yield f"it has {len(tagged(notebook, tag))} cells tagged '{tag}', expected one"
    for cell in tagged(notebook, "parameters"):
        for statement in ast.parse(cell.source).body:
            if not is_constant_assignment(statement):
                yield f"its parameters cell does more than assign: {ast.unparse(statement)!r}"


def is_constant_assignment(statement):
    """Whether a statement is `name = literal`."""
    if not isinstance(statement, ast.Assign):
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return all(isinstance(target, ast.Name) for target in statement.targets)


def exercises(notebook):
    """At least three, each with a check that greets an untouched notebook and a hidden solution.

    A folded check stands above its exercise, whose last line calls it.
    """
    cells = {tag: tagged(notebook, tag) for tag in ("exercise", "check", "solution")}
    counts = {tag: len(found) for tag, found in cells.items()}
    if min(counts.values()) < FEWEST_EXERCISES or len(set(counts.values())) > 1:
        yield f"it has {counts}, expected as many of each, and at least {FEWEST_EXERCISES}"
    pairs = zip(cells["check"], cells["exercise"], strict=False)
    for number, (cell, exercise) in enumerate(pairs, start=1):
        if not defines_check(cell, number):
            yield f"check cell {number} does not define check_{number}(answer)"
        if "not attempted" not in printed(exercise if folded(cell) else cell):
            yield f"check {number} does not say 'not attempted' in the untouched notebook"
    for number, cell in enumerate(cells["solution"], start=1):
        if not re.search(rf"\bcheck_{number}\(", cell.source):
            yield f"solution cell {number} does not go through check_{number}"
        if not CORRECT.search(printed(cell)):
            yield f"solution cell {number} is not found 'correct' by its check"
        if not folded(cell):
            yield f"solution cell {number} is not folded (metadata jupyter.source_hidden)"


def defines_check(cell, number):
    """Whether a cell defines `check_N(answer)`."""
    return any(
        isinstance(node, ast.FunctionDef)
        and node.name == f"check_{number}"
        and [argument.arg for argument in node.args.args] == ["answer"]
        for node in ast.parse(uses.python(cell.source)).body
    )


def sections_have_names(notebook):
    """Every numbered section begins a Markdown cell `section-N`, so that a link can lead there."""
    if sections.sectioned(notebook) != notebook.cells:
        yield "a section has no cell of its own with its name: run tests/sections.py"


def links_lead_somewhere(notebook):
    """A relative link of a Markdown cell leads to a file, and to the heading that it names."""
    own = cell_anchors(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from dead_links(cell.source, NOTEBOOKS, own)


def dead_links(markdown, folder, own=frozenset()):
    """A sentence for each relative link of a Markdown text that leads nowhere from a folder.

    `own` are the anchors of the text itself, for links such as `#Summary`.
    """
    for address in LINK.findall(CODE_OR_MATHS.sub("", markdown)):
        path, _, fragment = address.partition("#")
        target = Path(folder) / unquote(path)
        if ELSEWHERE.match(address):
            continue
        if not target.exists():
            yield f"its link to {address} leads nowhere"
        elif fragment and fragment not in (anchors(target) if path else own):
            yield f"its link to {address} leads to no heading: `#cell-id=section-7` is Section 7"


@functools.cache
def anchors(path):
    """What can stand behind the # in a link to a notebook or a Markdown file."""
    text = path.read_text(encoding="utf-8")
    return cell_anchors(nbformat.reads(text, 4)) if path.suffix == ".ipynb" else text_anchors(text)


def cell_anchors(notebook):
    """The anchors of a notebook: of its headings, and of Markdown cells that begin with one."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    named = {f"cell-id={cell.get('id')}" for cell in cells if HEADING.match(cell.source)}
    return named.union(*(text_anchors(cell.source) for cell in cells))


def text_anchors(markdown):
    """The anchors of headings in plain ASCII; JupyterLab finds no others from another file."""
    found = {heading.strip().replace(" ", "-") for heading in HEADING.findall(markdown)}
    return {anchor for anchor in found if anchor.isascii()}


def references_are_cited(notebook):
    """The text cites every entry of the references, and every citation has its entry."""
    sources = "\n".join(cell.source for cell in notebook.cells)
    text, _, listed = sources.partition("\n## References\n")
    text, entries = " ".join(text.split()), re.findall(r"^- (.+)$", listed, re.MULTILINE)
    for entry in entries:
        author = re.split(r",| \(| et al\.| and others", entry)[0].split()[-1]
        years = "|".join(re.findall(rf"\b{YEAR}\b", entry))
        near = rf"\b{author}\b.{{0,100}}\b(?:{years})|\b(?:{years})\b.{{0,60}}\b{author}\b"
        if years and not re.search(near, text):
            yield f"its text never cites '{entry[:60]}'"
    for author, year in dict.fromkeys(CITATION.findall(text)):
        if not any(author in entry and year in entry for entry in entries):
            yield f"its references lack {author} {year}"


def methods_read_no_global(notebook):
    """A class can be copied out of its cell: its methods use what their own cell defines.

    A method that reads `epochs` from another cell works today, and fails in the student's script.
    """
    setup_imports = {name for cell in tagged(notebook, "setup") for name in imports(cell)}
    for number, cell in enumerate(code_cells(notebook), start=1):
        table = symtable.symtable(uses.python(cell.source), f"cell {number}", "exec")
        own = {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_assigned() or symbol.is_imported()
        }
        known = own | setup_imports | set(dir(builtins)) | {"__name__", "display"}
        for name in sorted(globals_of_methods(table) - known):
            yield f"a method in cell {number} reads '{name}' from another cell: pass it in"


def imports(cell):
    """The names that a cell imports."""
    table = symtable.symtable(uses.python(cell.source), "setup", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}


def globals_of_methods(table, in_class=False):
    """The global names that methods of classes read, in one scope and all scopes inside it."""
    found = set()
    for child in table.get_children():
        inside = in_class or table.get_type() == "class"
        if inside and child.get_type() == "function":
            found |= {s.get_name() for s in child.get_symbols() if s.is_global()}
        found |= globals_of_methods(child, inside)
    return found


RULES = (
    valid,
    exports_to_a_script,
    small,
    ran_in_order,
    clean_outputs,
    no_leftover_text,
    no_unwritten_text,
    no_machine_path,
    begins_with_a_title,
    one_setup_one_parameters,
    exercises,
    sections_have_names,
    links_lead_somewhere,
    references_are_cited,
    methods_read_no_global,
)
