"""Says under each section's heading which names it uses from earlier sections.

    PYTHONPATH=notebooks/tools python -m tests.uses        writes the lines that are not right

Whoever copies a cell needs the set-up cell, the constants, the cells above it in its section, and
what this line names. The names come from the code itself; nothing is run.
"""

import ast
import builtins
import re
import symtable

import nbformat
import quick

HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)
NUMBERS = re.compile(r"^(\d+(?:, \d+)*) ·")
LINE = re.compile(r"^\*Uses from .*\.\*(?:\n\n|$)", re.MULTILINE)
MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
EVERYWHERE = {"setup", "parameters", "colab"}  # tags of the cells that every section may use
KNOWN = {*dir(builtins), "__name__", "display"}
# A solution goes through its exercise's check; `undefined_x` is to be undefined.
LEFT_OUT = re.compile(r"check_\d+$|undefined_")


class Generators(ast.NodeTransformer):
    """Makes every comprehension a generator, whose names stay in a scope of their own.

    From Python 3.12 on, symtable counts those of a comprehension to the scope around it.
    """

    def visit_ListComp(self, node):
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return self.generic_visit(ast.GeneratorExp(pair, node.generators))


def python(source):
    """The source of a cell without its IPython magics."""
    return MAGIC.sub(r"\1pass", source)


def names(source):
    """The names that a cell needs from elsewhere, and those that it defines."""
    needed, later, defined = set(), set(), set()
    for statement in ast.parse(python(source)).body:
        text = ast.unparse(Generators().visit(statement))
        table = symtable.symtable(text, "cell", "exec")
        own = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        read = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        # `n = n + 1` and `n += 1` read a name from above, `for n in ...: n` its own.
        plain = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
        if isinstance(statement, ast.AugAssign):
            read |= own
        needed |= read - defined - (set() if plain else own)
        defined |= own
        later |= read_in_functions(table)
    return needed | (later - defined), defined


def read_in_functions(table):
    """The global names that the functions, classes and comprehensions of a scope read."""
    found = set()
    for child in table.get_children():
        found |= {s.get_name() for s in child.get_symbols() if s.is_global()}
        found |= read_in_functions(child)
    return found


def sections(notebook):
    """Yields (heading, its Markdown cell, what it uses) for each section that has code.

    What it uses is a dict of name to the heading of the section that defines it, or to None.
    """
    everywhere, origin = set(KNOWN), {}
    heading, markdown, own, uses = "", None, set(), {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := HEADING.findall(cell.source)):
            if markdown is not None:
                yield heading, markdown, uses
            heading, markdown, own, uses = found[-1], cell, set(), {}
        elif cell.cell_type == "code":
            needed, defined = names(cell.source)
            if EVERYWHERE & set(cell.metadata.get("tags", [])):
                everywhere |= defined
                continue
            for name in needed - everywhere - own:
                if not LEFT_OUT.match(name):
                    uses[name] = origin.get(name)
            own |= defined
            origin |= dict.fromkeys(defined, heading)
    if markdown is not None:
        yield heading, markdown, uses


def line(uses):
    """The line that tells what a section uses, or an empty text."""
    places = {}
    for name, heading in uses.items():
        places.setdefault(place(heading), []).append(f"`{name}`")
    parts = [f"{where}: {', '.join(sorted(places[where]))}" for where in sorted(places, key=order)]
    return f"*Uses from {'; from '.join(parts)}.*" if parts else ""


def place(heading):
    """What to call a section: by its number where it has one."""
    number = NUMBERS.match(heading or "nowhere")
    if not number:
        return heading or "nowhere"
    return f"Section{'s' * (',' in number[1])} {number[1]}"


def order(where):
    """Sorts places as they stand in the notebook: "Section 10" after "Section 9"."""
    number = re.search(r"\d+", where)
    return int(number[0]) if number else 1000


def told(markdown):
    """The line that a section's Markdown has now, or an empty text."""
    found = LINE.search(markdown)
    return found[0].rstrip() if found else ""


def written(markdown, heading, text):
    """The Markdown of a section's cell with a line right under its heading."""
    before, after = LINE.sub("", markdown).split(f"## {heading}", 1)
    return "\n\n".join(filter(None, [f"{before}## {heading}", text, after.strip()]))


def write(path):
    """Writes the lines into a notebook file; says whether it changed."""
    notebook = nbformat.read(path, as_version=4)
    before = nbformat.writes(notebook)
    for heading, cell, uses in list(sections(notebook)):
        if told(cell.source) != line(uses):
            cell.source = written(cell.source, heading, line(uses))
    after = nbformat.writes(notebook)
    if after != before:
        path.write_text(after.rstrip("\n") + "\n", encoding="utf-8")
    return after != before


if __name__ == "__main__":
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb")):
        print(path.name, "changed" if write(path) else "")
