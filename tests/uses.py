"""Finds in the code itself the names that a cell of a notebook needs, and those it defines."""

import ast
import builtins
import re
import symtable

MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)
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


def undefined(notebook):
    """Yields (number of the code cell, name) for each name that no cell above has defined."""
    known = set(KNOWN)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        needed, defined = names(cell.source)
        for name in sorted(needed - known):
            if not LEFT_OUT.match(name):
                yield number, name
        known |= defined
