"""What would give a stranger's file power: nothing here unpickles, evaluates or fetches it."""

import ast
import re
import sys
import tomllib

import nbformat
from quick import NOTEBOOKS

from tests import notebook_rules, uses

ROOT = NOTEBOOKS.parent
PACKAGE = sorted((ROOT / "gan_keras").rglob("*.py"))
PROGRAMS = [*PACKAGE, *sorted((ROOT / "data").glob("*.py")), *sorted(NOTEBOOKS.glob("tools/*.py"))]
CHAPTERS = sorted(NOTEBOOKS.glob("*.ipynb"))
MODULES = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "subprocess", "ctypes"}
NAMES = {"eval", "exec", "compile", "__import__"}
CALLS = {"os.system", "os.popen", "keras.config.enable_unsafe_deserialization"}
FETCHES = {"urllib", "requests", "http", "socket", "ftplib", "wget", "gdown"}
SHELL = re.compile(r"^\s*(!|%%?(bash|sh|sx|system)\b)", re.MULTILINE)
OPTIONS = {"allow_pickle": True, "shell": True, "safe_mode": False}


def dangers(source, allowed=()):
    """What a program does that it must not, as text, in order."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            for name in names[:1] if isinstance(node, ast.ImportFrom) else names[1:]:
                if name.split(".")[0] in (MODULES | FETCHES) - set(allowed):
                    yield f"import {name}"
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in NAMES | CALLS or called.split(".")[-1] in ("extractall", "get_file"):
                yield f"{called}()"
            for keyword in node.keywords:
                value = getattr(keyword.value, "value", None)
                if keyword.arg in OPTIONS and value is OPTIONS[keyword.arg]:
                    yield f"{keyword.arg}={value}"


# `data` asks whether a download is possible at all, before Keras begins it; chapter 16 starts two
# workers of its own, which meet on this machine.
ALLOWED = {"data.py": ("urllib",), "16_scaling_out.ipynb": ("socket", "subprocess")}


def programs(path):
    """What runs: a program, or each code cell of a notebook, of which no line starts a shell."""
    if path.suffix == ".py":
        return [path.read_text("utf-8")]
    cells = notebook_rules.code_cells(nbformat.read(path, as_version=4))
    assert not [cell.source for cell in cells if SHELL.search(cell.source)], path
    return [uses.python(cell.source) for cell in cells]


def test_no_program_and_no_notebook_gives_a_file_power():
    assert len(PACKAGE) > 8 and len(CHAPTERS) > 8
    assert [
        f"{path.relative_to(ROOT)}: {danger}"
        for path in [*PROGRAMS, *CHAPTERS]
        for source in programs(path)
        for danger in dangers(source, ALLOWED.get(path.name, ()))
    ] == []


def test_each_danger_is_found_and_what_is_harmless_passes():
    for source in (
        "import pickle",
        "from pickle import loads",
        "import os, pickle as p",
        "np.load(file, allow_pickle=True)",
        "keras.models.load_model(file, safe_mode=False)",
        "eval(text)",
        "exec(text)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "import urllib.request",
        "tarfile.open(file).extractall()",
        "keras.utils.get_file('x', 'http://x')",
        "keras.config.enable_unsafe_deserialization()",
    ):
        assert list(dangers(source)), source
    source = "import keras\nmodel.compile('adam')\nnp.load(f, allow_pickle=False)\nops.eval_x(1)"
    assert list(dangers(source)) == []


def test_the_package_imports_what_it_declares():
    """Nothing that may be gone next year: the dependencies, the backends, and Python itself."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = settings["optional-dependencies"]
    declared = settings["dependencies"] + extras["backends"] + extras["course"]
    known = {re.match(r"[\w-]+", name)[0] for name in declared} | set(sys.stdlib_module_names)
    known |= {"gan_keras", "PIL", "IPython", "matplotlib_inline"}  # of pillow and of ipykernel
    imported = set()
    for path in PACKAGE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    assert imported <= known
    private = [path.name for path in PACKAGE if "keras.src" in path.read_text("utf-8")]
    assert not private, "keras.src is Keras's own business, and changes without notice"


def test_jupyterlab_listens_on_this_machine_and_keeps_its_token():
    command = re.search(r"^lab:.*\n\t(.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[
        1
    ]
    assert "--ServerApp.ip=127.0.0.1" in command
    assert not re.search(r"token|password|0\.0\.0\.0|allow_origin|disable_check_xsrf", command)
