"""Runs the package's tests on the oldest and the newest versions that it supports.

    make test-versions            (python tests/versions.py [oldest] [newest])

Oldest: the first Python and the lower bounds that pyproject.toml states. Newest: the last Python,
and the newest releases that pip finds today. Each lives in an environment of its own under
build/versions, and is brought up to date at every call. The exit status is 1 if tests fail, and if
an interpreter is missing: a version that was not tried must not look tested.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
FIRST, BEYOND = map(int, re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade")
EDGES = {
    "oldest": (
        f"python3.{FIRST}",
        [bound.replace(">=", "==") for bound in PROJECT["dependencies"] if ">=" in bound],
    ),
    "newest": (f"python3.{BEYOND - 1}", ["--upgrade-strategy=eager"]),
}


def answers(interpreter):
    """Whether there is such an interpreter: a version manager may know the name and not have it."""
    path = shutil.which(interpreter)
    return bool(path) and subprocess.run([path, "--version"], capture_output=True).returncode == 0


def test(edge):
    """Installs one edge and runs the tests there; returns whether all passed."""
    interpreter, requirements = EDGES[edge]
    print(f"{edge}: {interpreter}, {' '.join(requirements)}", flush=True)
    if not answers(interpreter):
        print(f"{edge}: there is no {interpreter} here, so it was not tried.")
        return False
    folder = ROOT / "build" / "versions" / edge
    python = folder / "bin" / "python"
    subprocess.run([interpreter, "-m", "venv", folder], check=True)
    subprocess.run([python, *INSTALL, "-e", ".[course,test]", *requirements], cwd=ROOT, check=True)
    command = [python, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def main():
    """Tests the edges that the command line names, or both; returns the exit status."""
    passed = {edge: test(edge) for edge in sys.argv[1:] or EDGES}
    for edge, all_passed in passed.items():
        print(f"{edge}: {'passed' if all_passed else 'FAILED or not tried'}")
    return int(not all(passed.values()))


if __name__ == "__main__":
    sys.exit(main())
