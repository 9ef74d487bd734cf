"""The stored notebooks keep the rules of `notebook_rules.py`; each rule is proven able to fail."""

import copy
import os
import shutil
import subprocess
import sys

import colab
import nbformat
import pytest
import quick
import run
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests import notebook_rules as rules

PATHS = sorted(quick.NOTEBOOKS.glob("*.ipynb"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_notebook_keeps_the_rules(path):
    # nbformat.read mends what `valid` looks for; this reader takes the file as it is.
    notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))
    broken = {rule.__name__: list(rule(notebook)) for rule in rules.RULES}
    assert {name: faults for name, faults in broken.items() if faults} == {}


# A notebook that keeps every rule, and what breaks each -----------------------------------------


def code(source, *tags, text=None, **metadata):
    """A code cell that printed `text`."""
    outputs = [new_output("stream", text=text)] if text else []
    return new_code_cell(source, outputs=outputs, metadata={"tags": list(tags), **metadata})


def good_notebook():
    """The smallest notebook without a fault."""
    cells = [
        new_markdown_cell("# A title\n\n[The map](README.md), [a site](https://example.org)."),
        code("import numpy as np", "setup"),
        code("epochs = 30  # passes\nwidths = (64, -1.5)", "parameters"),
        code("start = 1\n\n\nclass A:\n    def f(self):\n        return np.exp(start + self.x)"),
        new_markdown_cell("## 1 · One\n\nFound by Ada and others (2014).", id="section-1"),
        new_markdown_cell("## Summary\n\nSee [Section 1](#cell-id=section-1), [here](#Summary)."),
    ]
    for n in (1, 2, 3):
        check = f"def check_{n}(answer):\n    return 'not attempted'\n\n\nprint(check_{n}(None))"
        cells.append(code(f"answer_{n} = None", "exercise"))
        cells.append(code(check, "check", text="not attempted"))
    for n in (1, 2, 3):
        hidden = {"source_hidden": True}
        cells.append(code(f"print(check_{n}(1))", "solution", text="correct", jupyter=hidden))
    cells.append(new_markdown_cell("## References\n\n- C. Ada, D. Bob, 2014, *A Finding*."))
    for count, cell in enumerate((c for c in cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    language = {"name": "python", "file_extension": ".py"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": language})


def output(**data):
    """An execute_result with the given data, as `text_plain="…"`."""
    data = {kind.replace("_", "/", 1): value for kind, value in data.items()}
    return new_output("execute_result", data=data, execution_count=4)


def other_kernel(notebook):
    notebook.metadata.kernelspec.name = "venv-of-mine"


def same_id(notebook):
    notebook.cells[2].id = notebook.cells[1].id


def no_source(notebook):
    del notebook.cells[3]["source"]


def no_suffix(notebook):
    del notebook.metadata.language_info["file_extension"]


def magic(notebook):
    notebook.cells[3].source = "if start:\n    %matplotlib inline"


def shell_command(notebook):
    notebook.cells[3].source = "!ls"


def display_not_imported(notebook):
    notebook.cells[3].source = "display(start)"


def too_big(notebook):
    notebook.cells[3].outputs = [output(image_png="A" * rules.MOST_BYTES)]


def too_many_cells(notebook):
    notebook.cells += [code("1") for _ in range(rules.MOST_CODE_CELLS)]


def never_ran(notebook):
    notebook.cells[3].execution_count = None


def ran_out_of_order(notebook):
    notebook.cells[1].execution_count, notebook.cells[2].execution_count = 2, 1


def error(notebook):
    notebook.cells[3].outputs = [new_output("error", ename="E", evalue="no", traceback=[])]


def stderr(notebook):
    notebook.cells[3].outputs = [new_output("stream", name="stderr", text="a warning")]


def widget_state(notebook):
    notebook.metadata["widgets"] = {}


def widget(notebook):
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    notebook.cells[3].outputs = [new_output("display_data", data=view)]


def timestamp(notebook):
    notebook.cells[3].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00"}


def line_left_over(notebook):
    notebook.cells[3].outputs = [output(text_plain="[<matplotlib.lines.Line2D at 0x7f0>]")]


def history_left_over(notebook):
    notebook.cells[3].outputs = [output(text_plain="<keras.History at 0x7f0>")]


def figure_to_come(notebook):
    notebook.cells[0].source += "\n\nIt takes @MINUTES@."


def path_in_source(notebook):
    notebook.cells[3].source = "open('/home/someone/digits.npz')"


def path_in_output(notebook):
    notebook.cells[3].outputs = [new_output("stream", text="read C:\\Users\\someone\\digits.npz")]


def path_in_html(notebook):
    notebook.cells[3].outputs = [output(text_html="<i>/tmp/digits.npz</i>")]


def code_first(notebook):
    notebook.cells = notebook.cells[1:]


def no_heading(notebook):
    notebook.cells[0].source = "A title"


def no_setup(notebook):
    notebook.cells[1].metadata.tags = []


def two_parameters(notebook):
    notebook.cells[3].metadata.tags = ["parameters"]


def computed_parameter(notebook):
    notebook.cells[2].source += "\nsteps = 2 * epochs"


def import_among_parameters(notebook):
    notebook.cells[2].source += "\nimport os"


def two_exercises(notebook):
    for tag in ("exercise", "check", "solution"):
        rules.tagged(notebook, tag)[-1].metadata.tags = []


def no_solution(notebook):
    rules.tagged(notebook, "solution")[-1].metadata.tags = []


def check_of_another_name(notebook):
    cell = rules.tagged(notebook, "check")[0]
    cell.source = cell.source.replace("check_1", "test_1")


def check_without_greeting(notebook):
    rules.tagged(notebook, "check")[0].outputs = [new_output("stream", text="wrong")]


def check_that_nobody_calls(notebook):
    rules.tagged(notebook, "check")[0].metadata["jupyter"] = {"source_hidden": True}


def unchecked_solution(notebook):
    rules.tagged(notebook, "solution")[0].source = "print('correct')"


def incorrect_solution(notebook):
    rules.tagged(notebook, "solution")[0].outputs = [new_output("stream", text="not correct")]


def unfolded_solution(notebook):
    del rules.tagged(notebook, "solution")[0].metadata["jupyter"]


def dead_link(notebook):
    notebook.cells[0].source += "\n\n[Next](99_nothing.ipynb#section)"


def link_to_no_section(notebook):
    notebook.cells[0].source += "\n\n[There](00_start_here.ipynb#cell-id=section-99)"


def link_to_code(notebook):
    notebook.cells[0].source += f"\n\n[Here](#cell-id={notebook.cells[1].id})"


def link_to_no_heading(notebook):
    notebook.cells[0].source += "\n\n[The map](README.md#no-heading)"


def link_that_jupyterlab_misses(notebook):
    notebook.cells[0].source += "\n\n[Here](#1-·-One)"


def section_without_a_name(notebook):
    notebook.cells[4].id = "another-name"


def section_inside_a_cell(notebook):
    notebook.cells[4].source = f"Text.\n\n{notebook.cells[4].source}"


def reference_never_cited(notebook):
    notebook.cells[-1].source += "\n- E. Eve, 2014, *Another Finding*."


def reference_of_another_year(notebook):
    notebook.cells[-1].source = notebook.cells[-1].source.replace("2014", "2015")


def citation_without_reference(notebook):
    notebook.cells[0].source += "\n\nAs Bob et al. (2016) say."


def method_reads_global(notebook):
    notebook.cells[3].source = "class A:\n    def f(self):\n        return [epochs for _ in 'ab']"


FAULTS = {
    rules.valid: (other_kernel, same_id, no_source),
    rules.exports_to_a_script: (no_suffix, magic, shell_command, display_not_imported),
    rules.small: (too_big, too_many_cells),
    rules.ran_in_order: (never_ran, ran_out_of_order),
    rules.clean_outputs: (error, stderr, widget_state, widget, timestamp),
    rules.no_leftover_text: (line_left_over, history_left_over),
    rules.no_unwritten_text: (figure_to_come,),
    rules.no_machine_path: (path_in_source, path_in_output, path_in_html),
    rules.begins_with_a_title: (code_first, no_heading),
    rules.one_setup_one_parameters: (
        no_setup,
        two_parameters,
        computed_parameter,
        import_among_parameters,
    ),
    rules.exercises: (
        two_exercises,
        no_solution,
        check_of_another_name,
        check_without_greeting,
        check_that_nobody_calls,
        unchecked_solution,
        incorrect_solution,
        unfolded_solution,
    ),
    rules.sections_have_names: (section_without_a_name, section_inside_a_cell),
    rules.links_lead_somewhere: (
        dead_link,
        link_to_no_section,
        link_to_code,
        link_to_no_heading,
        link_that_jupyterlab_misses,
    ),
    rules.references_are_cited: (
        reference_never_cited,
        reference_of_another_year,
        citation_without_reference,
    ),
    rules.methods_read_no_global: (method_reads_global,),
}


def test_rules_accept_a_good_notebook_and_each_finds_its_faults():
    for rule in rules.RULES:
        assert list(rule(good_notebook())) == [], rule.__name__
        assert FAULTS[rule], rule.__name__
        for fault in FAULTS[rule]:
            notebook = good_notebook()
            fault(notebook)
            assert list(rule(notebook)), (rule.__name__, fault.__name__)


@pytest.mark.parametrize(
    "markdown",
    ["$D: \\mathbb{R}^n$ and/work/on", "see https://example.org/home/a", "`[a](b)` and $f[x](y)$"],
)
def test_rules_let_innocent_text_pass(markdown):
    notebook = good_notebook()
    notebook.cells[0].source += markdown
    assert not [*rules.no_machine_path(notebook), *rules.links_lead_somewhere(notebook)]


# Quick values ----------------------------------------------------------------------------------


def test_quick_values_fit_their_notebooks():
    tables = quick.load()
    for path in PATHS:
        quick.apply(nbformat.read(path, as_version=4), path.stem, tables.get(path.stem, {}))


def test_quick_values_take_effect_and_the_rest_stays():
    notebook = good_notebook()
    before = copy.deepcopy(notebook)
    quick.apply(notebook, "good", {"epochs": 1})
    names = {}
    exec(notebook.cells[2].source, names)
    assert names["epochs"] == 1 and names["widths"] == (64, -1.5)
    notebook.cells[2].source = before.cells[2].source
    assert notebook == before


def test_quick_refuses_a_misspelt_constant():
    with pytest.raises(ValueError, match="sets 'epoch', which the parameters cell"):
        quick.apply(good_notebook(), "good", {"epoch": 1})


@pytest.mark.parametrize("fault", [two_parameters, lambda notebook: notebook.cells.pop(2)])
def test_quick_refuses_a_notebook_without_one_parameters_cell(fault):
    notebook = good_notebook()
    fault(notebook)
    with pytest.raises(ValueError, match="cells tagged 'parameters', expected exactly one"):
        quick.apply(notebook, "good", {})


def test_quick_refuses_a_table_without_a_notebook(tmp_path):
    (tmp_path / "quick.toml").write_text("[99_nothing]\nepochs = 1\n")
    with pytest.raises(ValueError, match=r"\[99_nothing\] has no notebook"):
        quick.load(tmp_path / "quick.toml", tmp_path)


def test_an_error_is_not_buried_under_the_cells_after_it(tmp_path):
    cells = [code("print(1)", text="2"), code("1 / 0"), code("2"), code("3")]
    for count, cell in enumerate(cells, start=1):
        cell.execution_count = count
    nbformat.write(new_notebook(cells=cells), tmp_path / "broken.ipynb")
    shutil.copy(quick.NOTEBOOKS / "conftest.py", tmp_path)
    paths = {"PYTHONPATH": str(quick.NOTEBOOKS / "tools"), "GAN_KERAS_FULL": "1"}
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", str(tmp_path)]
    told = subprocess.run(command, env=os.environ | paths, capture_output=True, text=True).stdout
    assert "Cell outputs differ" in told and "ZeroDivisionError" in told
    assert "2 failed, 2 skipped" in told


# The runner's closing table --------------------------------------------------------------------


def test_closing_table_tells_the_data_and_what_could_not_be_had():
    notebook = good_notebook()
    notebook.cells[3].outputs = [
        new_output(
            "stream",
            text="mnist cannot be had here (no network): using the bundled 'digits' instead\n"
            "data: digits · 10000 images 28×28×1 · labels 0–9 · from the bundled data/digits.npz\n",
        )
    ]
    assert run.data_used(notebook) == "digits, not mnist (cannot be had here)"
    assert run.data_used(good_notebook()) == "-"


# The Colab stamp -------------------------------------------------------------------------------


def test_colab_stamp_is_idempotent_replaceable_and_removable():
    plain = good_notebook()
    stamped = colab.stamped(plain, "01_good", "ada/gan", "main")
    again = colab.stamped(colab.stamped(stamped, "01_good", "bob/b", "dev"), "01_good", "ada/gan")
    assert again == stamped != plain
    assert "/ada/gan/blob/main/notebooks/01_good.ipynb" in stamped.cells[0].source
    assert "git+https://github.com/ada/gan@main" in stamped.cells[1].source
    assert colab.unstamped(stamped) == plain


def test_colab_stamp_keeps_the_rules():
    stamped = colab.stamped(good_notebook(), "01_good", "ada/gan", "main")
    assert not [fault for rule in rules.RULES for fault in rule(stamped)]


def test_colab_cell_does_nothing_elsewhere(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # its packages would come onto the path
    cell = colab.stamped(good_notebook(), "01_good", "ada/gan", "main").cells[1]
    shell = InteractiveShell()
    shell.run_cell(cell.source).raise_error()


@pytest.mark.parametrize(
    "repository", ["gan", "a/b/c", "a/b;rm", "a b/c", "https://github.com/a/b"]
)
def test_colab_refuses_what_is_no_repository(repository):
    with pytest.raises(ValueError, match="expected owner/name"):
        colab.stamped(good_notebook(), "01_good", repository, "main")


def test_executed_copies_find_a_place_where_nothing_can_be_written(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "BUILD", tmp_path / "build" / "notebooks")
    assert run.place() == tmp_path / "build" / "notebooks"
    (tmp_path / "file").touch()
    monkeypatch.setattr(run, "BUILD", tmp_path / "file" / "build")
    elsewhere = run.place()
    assert elsewhere.is_dir() and elsewhere != tmp_path / "file" / "build"
    elsewhere.rmdir()
