"""The table of other courses' defects names tests that exist."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROW = re.compile(r"^\| (\d+) \| (.+) \| (yes|no: .+) \| (.*) \|$", re.MULTILINE)
ROWS = ROW.findall((TESTS / "README.md").read_text(encoding="utf-8"))


def functions(file):
    """The names of the test functions in a file, those in classes too."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def faults(rows):
    """A sentence for each row without a guard that exists."""
    for number, _, ours, guards in rows:
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", guards)
        if ours == "yes" and not named:
            yield f"{number} names no test"
        for file, name in named:
            if not (TESTS / file).exists() or name not in functions(file):
                yield f"{number} names {file}::{name}, which there is not"


def test_every_defect_names_tests_that_exist():
    assert [int(number) for number, *_ in ROWS] == list(range(1, 28))
    assert list(faults(ROWS)) == []


def test_a_guard_that_is_gone_is_noticed():
    planted = [
        ("1", "a defect", "yes", "`test_peers.py::test_that_there_is_not`"),
        ("2", "a defect", "yes", "care"),
        ("3", "a defect", "yes", "`test_nowhere.py::test_x`"),
        ("4", "a defect", "no: it cannot be", ""),
    ]
    assert [fault.split()[0] for fault in faults(planted)] == ["1", "2", "3"]
