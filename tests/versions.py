"""Runs the package's tests and two notebooks on other versions than those of constraints.txt.

    make test-versions            (python tests/versions.py [oldest] [newest] [colab])

Oldest: the first Python and the lower bounds that pyproject.toml states. Newest: the last Python,
and the newest releases that pip finds today. Colab: what Google Colab had when it was last looked
at, which no constraint of ours reaches. Each lives in an environment of its own under
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
    "colab": (
        "python3.13",
        "keras==3.13.2 tensorflow==2.20.0 numpy==2.1.3 ipython==7.34.0 ipykernel==6.17.1".split(),
    ),
}
COMMANDS = (
    "-m pytest -q -n 2 --dist loadfile".split(),
    "notebooks/tools/run.py --only 00 04".split(),
)


def answers(interpreter):
    """Whether there is such an interpreter: a version manager may know the name and not have it."""
    path = shutil.which(interpreter)
    return bool(path) and subprocess.run([path, "--version"], capture_output=True).returncode == 0


def test(edge):
    """Installs one edge and runs tests and notebooks there; returns whether all passed."""
    interpreter, requirements = EDGES[edge]
    print(f"{edge}: {interpreter}, {' '.join(requirements)}", flush=True)
    if not answers(interpreter):
        print(f"{edge}: there is no {interpreter} here, so it was not tried.")
        return False
    folder = ROOT / "build" / "versions" / edge
    python = folder / "bin" / "python"
    subprocess.run([interpreter, "-m", "venv", folder], check=True)
    subprocess.run([python, *INSTALL, "-e", ".[course,test]", *requirements], cwd=ROOT, check=True)
    return not any([subprocess.run([python, *words], cwd=ROOT).returncode for words in COMMANDS])


def main():
    """Tests the edges that the command line names, or all; returns the exit status."""
    passed = {edge: test(edge) for edge in sys.argv[1:] or EDGES}
    for edge, all_passed in passed.items():
        print(f"{edge}: {'passed' if all_passed else 'FAILED or not tried'}")
    return int(not all(passed.values()))


if __name__ == "__main__":
    sys.exit(main())
