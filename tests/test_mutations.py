"""The mutants of `benchmarks/mutations.py` still fit the package; running them takes minutes."""

import ast

import pytest

from tests.benchmarks.mutations import ROOT, Planter, chosen, mirrored, planted

# Sound -> operator -> what its first place there becomes.
OPERATORS = {
    "a - b": {"other_sign": "a + b", "swap_operands": "b - a", "drop_operand": "a"},
    "a < -1": {"other_sign": "a <= -1", "drop_sign": "a < 1", "other_number": "a < -2"},
    "a and b": {"other_sign": "a or b", "drop_operand": "b"},
    "ops.mean(x)": {"other_name": "ops.sum(x)", "drop_call": "x", "drop_statement": "pass"},
    "f(a, b, c=d)": {"swap_arguments": "f(b, a, c=d)", "drop_keyword": "f(a, b)"},
    "a, b = f(0)": {"swap_items": "b, a = f(0)"},
    "f([a, b])": {"drop_item": "f([b])"},
    "a if b else True": {"fix_test": "a if False else True", "flip_flag": "a if b else False"},
}


def test_every_operator_does_what_its_name_says():
    for sound, faulty in OPERATORS.items():
        for operator, expected in faulty.items():
            assert ast.unparse(Planter(operator).visit(ast.parse(sound))) == expected, operator
    assert {mutant.operator for mutant in chosen()} <= {
        o for row in OPERATORS.values() for o in row
    }


def test_every_fault_can_still_be_planted():
    mutants = list(chosen())
    assert len(set(mutants)) == len(mutants) >= 30
    for mutant in mutants:
        name = " ".join(map(str, mutant))
        try:
            source, changes = planted(mutant)
        except (LookupError, OSError) as error:
            pytest.fail(f"{name}: {error!r}")
        ast.parse(source)  # a slip of syntax would be caught by anything
        assert changes, f"{name} changes nothing"
        assert all((ROOT / test).exists() for test in mirrored(mutant.module)), name
