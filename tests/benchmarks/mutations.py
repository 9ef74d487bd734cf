"""Do the tests notice? Mutants of the package, one small fault in each, and the test that kills it.

    python -m tests.benchmarks.mutations                  all rows of mutants.txt
    python -m tests.benchmarks.mutations gan.py           those of one module, or of several
    python -m tests.benchmarks.mutations --list gan.py    every row that could be chosen

A row is a module, a function, an operator and which of its places there. An operator changes the
syntax tree, so layout, comments and most names do not matter. In a temporary copy of the package,
never in the working tree, the tests that mirror the module run until one fails. At the end these
run once more on sound modules, so that a broken test does not pass for one that notices. Exits with
1 if a mutant survives. Choose none that computes what the sound code computes.
"""

import ast
import difflib
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter, namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 3600  # seconds for the tests of one mutant: on a busy machine they take ten times as long
CHOSEN = Path(__file__).with_name("mutants.txt")  # rows as --list prints them
# Module -> tests that should notice where the mirrored ones cannot.
BAD_INPUT = "tests/test_bad_input.py"
CONTRACT = "tests/engine/test_model.py"  # of all models: it takes minutes
MORE_TESTS = {
    "losses.py": [BAD_INPUT],
    "penalties.py": [BAD_INPUT],
    "wgan_gp.py": [BAD_INPUT],
    "networks.py": [BAD_INPUT],
    "engine/autodiff.py": [BAD_INPUT, "tests/test_distribution.py"],
    "engine/batches.py": [BAD_INPUT, "tests/test_wgan_gp.py"],
    "engine/checks.py": [BAD_INPUT],
    "engine/model.py": [BAD_INPUT, "tests/test_networks.py", "tests/engine/test_game.py"],
    "models/labels.py": [BAD_INPUT],
    "models/conditional.py": [BAD_INPUT],
}
SERVER = multiprocessing.get_context("forkserver")
LIBRARIES = ["keras", "scipy.stats", "matplotlib.pyplot", "hypothesis.extra.numpy", "pytest"]

Mutant = namedtuple("Mutant", "module function operator nth")
KINDS = "Add Sub, Mult Div, Lt LtE, Gt GtE, Eq NotEq, Is IsNot, In NotIn, And Or"
NAMES = (
    "mean sum, min max, minimum maximum, argmin argmax, any all, square abs, uniform normal, "
    "ones_like zeros_like, real fake, real_logits fake_logits, generator discriminator, "
    "g_optimizer d_optimizer, g_variables d_variables"
)
PAIRS = [pair.split() for pair in f"{KINDS}, {NAMES}".split(", ")]
OTHER = {**dict(PAIRS), **{b: a for a, b in PAIRS}}


def changed(node, **fields):
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def one_less(items):
    return [items[:i] + items[i + 1 :] for i in range(len(items))]


def swapped(items):
    pairs = range(len(items) - 1)
    return [[*items[:i], items[i + 1], items[i], *items[i + 2 :]] for i in pairs]


def variants(node):
    """(operator, what could stand in the node's place), of the node alone."""
    match node:
        case ast.operator() | ast.cmpop() | ast.boolop() if type(node).__name__ in OTHER:
            yield "other_sign", getattr(ast, OTHER[type(node).__name__])()
        case ast.Name(name, ast.Load()) if name in OTHER:
            yield "other_name", changed(node, id=OTHER[name])
        case ast.Attribute(_, name) if name in OTHER:
            yield "other_name", changed(node, attr=OTHER[name])
        case ast.Constant(bool(value)):
            yield "flip_flag", ast.Constant(not value)
        case ast.Constant(int(value) | float(value)):  # an axis, too
            yield from (("other_number", ast.Constant(value + by)) for by in (1, -1))
        case ast.UnaryOp(_, operand):  # a for -a
            yield "drop_sign", operand
        case ast.BinOp(left, op, right):
            yield from (("drop_operand", side) for side in (left, right))
            if not isinstance(op, ast.Add | ast.Mult):
                yield "swap_operands", changed(node, left=right, right=left)
        case ast.BoolOp(_, values):
            yield from (("drop_operand", changed(node, values=rest)) for rest in one_less(values))
        case ast.Call(_, args, keywords):
            if len(args) == 1 and not isinstance(args[0], ast.Starred):  # x for f(x)
                yield "drop_call", args[0]
            yield from (("swap_arguments", changed(node, args=other)) for other in swapped(args))
            yield from (("drop_keyword", changed(node, keywords=k)) for k in one_less(keywords))
        case ast.Tuple(items) | ast.List(items):
            yield from (("swap_items", changed(node, elts=other)) for other in swapped(items))
            if isinstance(node.ctx, ast.Load):
                yield from (("drop_item", changed(node, elts=rest)) for rest in one_less(items))
        case ast.If() | ast.IfExp():  # one branch never taken
            yield from (("fix_test", changed(node, test=ast.Constant(t))) for t in (False, True))
        case ast.Expr(ast.Call()) | ast.Raise() | ast.AugAssign():
            yield "drop_statement", ast.Pass()


class Planter(ast.NodeTransformer):
    """Counts the places of each operator, and plants the fault at the n-th place of one."""

    def __init__(self, operator=None, nth=0):
        self.place, self.seen = (operator, nth), Counter()

    def visit(self, node):
        for operator, other in variants(node):
            self.seen[operator] += 1
            if (operator, self.seen[operator] - 1) == self.place:
                return other
        # Words of an error or of a table: no test should hold them fast.
        return node if isinstance(node, ast.Raise | ast.JoinedStr) else self.generic_visit(node)


def scopes(body, prefix=""):
    """(name, node) of every function, method and constant; of an `if`, those where it holds."""
    for node in body:
        match node:
            case ast.If():  # in engine/autodiff.py: the branch of TensorFlow
                yield from scopes(node.body, prefix)
            case ast.ClassDef(name):
                yield from scopes(node.body, f"{prefix}{name}.")
            case ast.FunctionDef(name) | ast.Assign([ast.Name(name)]):
                yield prefix + name, node


def parsed(module):
    return ast.parse((ROOT / "gan_keras" / module).read_text(encoding="utf-8"))


def planted(mutant):
    """(the module's source with the fault, the lines that differ: - sound, + faulty)."""
    tree = parsed(mutant.module)
    scope, planter = dict(scopes(tree.body))[mutant.function], Planter(*mutant[2:])
    sound = ast.unparse(scope).splitlines()
    planter.visit(scope)
    if planter.seen[mutant.operator] <= mutant.nth:
        raise LookupError(f"{mutant.function} has no such place")
    lines = difflib.ndiff(sound, ast.unparse(scope).splitlines())
    return ast.unparse(tree), [f"{line[0]} {line[1:].strip()}" for line in lines if line[0] in "-+"]


def show(mutant, lines):
    print(" ".join(map(str, mutant)), *lines, sep="\n    ", flush=True)


def show_all(module):
    """Every mutant of a module that differs from it, and how."""
    for function, scope in dict(scopes(parsed(module).body)).items():
        (planter := Planter()).visit(scope)
        for operator, places in planter.seen.items():
            for mutant in (Mutant(module, function, operator, nth) for nth in range(places)):
                if lines := planted(mutant)[1]:
                    show(mutant, lines)


def chosen():
    for row in CHOSEN.read_text(encoding="utf-8").splitlines():
        *place, nth = row.split()
        yield Mutant(*place, int(nth))


def mirrored(module):
    path = Path("tests", module)
    tests = [str(path.with_name(f"test_{path.name}")), *MORE_TESTS.get(module, ())]
    return sorted(tests, key=CONTRACT.__eq__)  # that one last


def run_tests(folder, tests):
    """pytest on a copy of the package, in a process that the server has forked."""
    os.chdir(folder)
    os.environ["PYTHONPATH"] = folder
    sys.path[:] = [folder, *(path for path in sys.path if path not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.split(".")[0] in ("gan_keras", "tests")]:
        del sys.modules[name]
    sys.dont_write_bytecode = True
    with open("output.txt", "w", encoding="utf-8") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    sys.exit(pytest.main(["-xq", "-rfE", "-p", "no:cacheprovider", *tests]))


def failures(sources, tests, limit=LIMIT):
    """The first test that fails in a copy of the package with these modules, as a list; or []."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("gan_keras", "tests", "notebooks"):
            shutil.copytree(ROOT / part, Path(folder, part))
        shutil.copy(ROOT / "pyproject.toml", folder)
        Path(folder, "data").symlink_to(ROOT / "data")
        for module, source in sources.items():
            Path(folder, "gan_keras", module).write_text(source, encoding="utf-8")
        process = SERVER.Process(target=run_tests, args=(folder, tests))
        process.start()
        process.join(limit)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError
        output = Path(folder, "output.txt").read_text(encoding="utf-8")
    failed = re.findall(r"^(?:FAILED|ERROR) ([^\[\s]+)", output, re.MULTILINE)
    if process.exitcode and not failed:
        raise RuntimeError(f"the tests did not run:\n{output[-2000:]}")
    return failed


def killer(mutant):
    """The test that fails under the fault, or None; prints it as soon as it is known."""
    source, lines = planted(mutant)
    start = time.perf_counter()
    try:
        failed = failures({mutant.module: source}, mirrored(mutant.module))
        verdict = failed[0] if failed else "SURVIVED"
    except TimeoutError:  # it may only be slow: no test has said that it is wrong
        failed, verdict = [], "SURVIVED: no answer in time"
    show(mutant, [*lines, f"{verdict} ({time.perf_counter() - start:.0f} s)"])
    return failed[0] if failed else None


def main(modules):
    mutants = [mutant for mutant in chosen() if not modules or mutant.module in modules]
    if not mutants:
        raise SystemExit(f"{CHOSEN.name} has no row of {', '.join(modules)}")
    SERVER.set_forkserver_preload(LIBRARIES)
    with ThreadPoolExecutor(2) as pool:
        killers = list(pool.map(killer, mutants))
    sound = {module: ast.unparse(parsed(module)) for module in {m.module for m in mutants}}
    tests = sorted(set(filter(None, killers)))
    failed = failures(sound, tests, limit=None) if tests else []
    survivors = [mutant for mutant, test in zip(mutants, killers, strict=True) if not test]
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} mutants killed.", end=" ")
    print(f"On sound modules the killers {'FAIL: ' + failed[0] if failed else 'pass'}.")
    for mutant in survivors:
        print("SURVIVED:", *mutant)
    return not survivors and not failed


if __name__ == "__main__":
    if sys.argv[1:2] != ["--list"]:
        sys.exit(not main(sys.argv[1:]))
    for module in sys.argv[2:]:
        show_all(module)
