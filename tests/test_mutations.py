"""The faults of `benchmarks/mutations.py` still fit the package; running them takes minutes."""

import ast

import pytest

from tests.benchmarks.mutations import FAULTS, ROOT


def planted(fault):
    path = ROOT / "gan_keras" / fault.module
    source = path.read_text(encoding="utf-8")
    assert source.count(fault.right) == 1, f"{fault.right!r} does not stand there once"
    return source.replace(fault.right, fault.wrong)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.module}, {fault.what}")
def test_every_fault_can_still_be_planted(fault):
    ast.parse(planted(fault))  # a slip of syntax would be caught by anything
    assert (ROOT / "tests" / f"test_{fault.module}").exists()


def test_there_are_enough_in_every_module_that_computes():
    modules = [fault.module for fault in FAULTS]
    assert len(FAULTS) >= 24
    for name in ("losses", "penalties", "autodiff", "gan", "wgan_gp", "relativistic", "metrics"):
        assert modules.count(f"{name}.py") >= 3, name
