"""The listing is the architecture: no import runs upwards or in a circle, and files are short."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "gan_keras"
FILES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
# Which rooms each room may use; a file at the top of the package stands at the door.
MAY_USE = {
    "engine": {"engine"},
    "door": {"door", "engine"},
    "models": {"models", "door", "engine"},
    "measure": {"measure", "models", "door", "engine"},
    "course": {"course", "measure", "models", "door", "engine"},
}


def room(name):
    """The room of a module, such as `gan_keras.engine.model`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else "door"


def module(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def imported(tree):
    """The modules of the package that a file imports, also within functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gan_keras"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                path = PACKAGE.parent.joinpath(*whole.split("."))
                yield whole if path.with_suffix(".py").exists() else node.module
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("gan_keras"))


ARROWS = {
    module(path): set(imported(tree)) for path, tree in FILES.items() if path.stem != "__init__"
}


def test_no_import_runs_upwards():
    wrong = [
        f"{user} imports {used}"
        for user, names in ARROWS.items()
        for used in names
        if room(used) not in MAY_USE[room(user)] or used == "gan_keras"
    ]
    assert not wrong
    assert {room(user) for user in ARROWS} == set(MAY_USE)


def test_no_import_runs_in_a_circle():
    TopologicalSorter(ARROWS).prepare()  # raises CycleError


def test_each_room_says_what_it_is():
    for name in set(MAY_USE) - {"door"}:
        text = ast.get_docstring(FILES[PACKAGE / name / "__init__.py"])
        assert 60 < len(text) < 300, name


def lines(tree, path):
    """Lines in all, and lines of code without docstrings, comments and blanks."""
    text = path.read_text(encoding="utf-8").splitlines()
    doc = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                doc |= {*range(node.body[0].lineno, node.body[0].end_lineno + 1)}
    code = [
        line
        for number, line in enumerate(text, 1)
        if line.strip() and not line.strip().startswith("#") and number not in doc
    ]
    return len(text), len(code)


def test_the_package_is_small():
    whole = {path: lines(tree, path) for path, tree in FILES.items()}
    near = [n for path, (n, _) in whole.items() if room(module(path)) in ("door", "engine")]
    raised = [n for tree in FILES.values() for n in ast.walk(tree) if isinstance(n, ast.Raise)]
    assert max(n for n, _ in whole.values()) <= 320
    assert sum(near) <= 2016
    assert sum(n for n, _ in whole.values()) <= 4278
    assert sum(code for _, code in whole.values()) <= 2607
    assert len(raised) <= 84


def test_every_file_is_mirrored_by_a_test():
    tests = PACKAGE.parent / "tests"
    for path in FILES:
        place = path.relative_to(PACKAGE)
        if path.stem != "__init__":
            assert (tests / place.parent / f"test_{place.name}").exists(), place
