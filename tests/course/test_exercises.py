"""Every exercise names the commonest wrong answers, accepts its solution, and survives any answer.

`wrong_answers/chapter_NN.py` holds what is planted. Each cell runs as a student runs it: after
the notebook's set-up and parameters, and no other.
"""

import functools
import importlib
import re

import matplotlib
import nbformat
import numpy as np
import pytest
import quick

import gan_keras as gk
from tests import notebook_rules as rules
from tests import uses

matplotlib.use("Agg")

FEWEST_EXERCISES = 48
FEWEST_WRONG_ANSWERS = 2
LONGEST_SENTENCE = 250
TITLE = re.compile(r"(?:### |\*\*)Exercise (\d)(?:\*\*)? (★{1,3})(?!★)")
PATHS = sorted(quick.NOTEBOOKS.glob("*.ipynb"))


@functools.cache
def cells_of(path):
    """The cells of a notebook under each tag that matters here."""
    notebook = nbformat.read(path, as_version=4)
    tags = ("setup", "parameters", "exercise", "check", "solution")
    return {tag: quick.tagged(notebook, tag) for tag in tags}


EXERCISES = [(path, n) for path in PATHS for n in range(1, len(cells_of(path)["check"]) + 1)]
every_exercise = pytest.mark.parametrize(
    ("path", "n"), EXERCISES, ids=[f"{path.stem[:2]}-{n}" for path, n in EXERCISES]
)


@functools.cache
def names_of(path, n):
    """The names that an exercise, its check and its solution define, run without other cells."""
    cells, names = cells_of(path), {"__name__": "__main__"}
    run(cells["setup"] + cells["parameters"], names)
    names |= getattr(planted(path), "NAMES", {})
    exercise, check, solution = (cells[tag][n - 1] for tag in ("exercise", "check", "solution"))
    run([check, exercise] if rules.folded(check) else [exercise, check], names)
    run([solution], names)
    return names


def run(cells, names):
    """Runs cells one after the other in a dict of names."""
    for cell in cells:
        exec(compile(uses.python(cell.source), "cell", "exec"), names)


def planted(path):
    """The module of wrong answers to a notebook's exercises."""
    name = f"tests.wrong_answers.chapter_{path.name[:2]}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        pytest.fail(f"{path.name}: write {name.replace('.', '/')}.py with its wrong answers")


# What every check must do: each function yields a sentence for each fault of a check --------------


def passes_the_untouched(check, answer):
    """An exercise that nobody has begun is 'not attempted'."""
    for untouched in (answer, None, lambda *inputs: None):
        if (verdict := check(untouched)) != "not attempted":
            yield f"an untouched exercise is said to be {verdict!r}"


def refuses_the_solution(check, solution):
    """The solution is correct; the solution plus one per cent is not."""
    if not rules.CORRECT.search(verdict := check(solution)):
        yield f"the solution is said to be {verdict!r}"
    if rules.CORRECT.search(verdict := check(lambda *inputs: more(solution(*inputs)))):
        yield f"the solution plus one per cent is said to be {verdict!r}"


def more(value):
    """A value plus one per cent; a text is emptied."""
    if isinstance(value, dict):
        return {key: more(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(more(part) for part in value)
    return "" if isinstance(value, str) else 1.01 * value


def leaves_unnamed(check, wrong):
    """Each of two or more wrong answers gets a sentence of its own that says what is wrong."""
    if len(wrong) < FEWEST_WRONG_ANSWERS:
        yield f"{len(wrong)} wrong answers are planted, expected {FEWEST_WRONG_ANSWERS} at least"
    verdicts = {words: check(answer) for words, answer in wrong.items()}
    for words, verdict in verdicts.items():
        if rules.CORRECT.search(verdict):
            yield f"the answer of {words!r} passes: {verdict!r}"
        if words not in verdict or verdict.startswith("not yet"):
            yield f"the answer of {words!r} is not named but told {verdict!r}"
    if len(set(verdicts.values())) < len(verdicts):
        yield f"two wrong answers are told the same: {sorted(verdicts.values())}"


def stops():
    """Stands for an answer with a bug."""
    raise ValueError("planted")


NO_SENSE = {
    "text": lambda *inputs: "abc",
    "zero": lambda *inputs: 0.0,
    "one": lambda *inputs: 1.0,
    "infinity": lambda *inputs: np.inf,
    "not a number": lambda *inputs: np.nan,
    "another shape": lambda *inputs: np.zeros((2, 3, 5, 7)),
    "nothing in a list": lambda *inputs: [],
    "a dict": lambda *inputs: {"a": 1},
    "a function": lambda *inputs: len,
    "its inputs": lambda *inputs: inputs,
    "an error": lambda *inputs: stops(),
    "too few inputs": lambda a, b, c, d, e, f, g, h, i: 1.0,
    "a number, no function": 3.0,
    "text, no function": "abc",
}


def breaks(check, answers=NO_SENSE):
    """Whatever is given as the answer, the check ends in one short sentence."""
    for name, answer in answers.items():
        try:
            verdict = check(answer)
        except Exception as error:
            yield f"{name} makes the check stop: {error!r}"
            continue
        if not isinstance(verdict, str) or not 10 < len(verdict) < LONGEST_SENTENCE:
            yield f"{name} is told {verdict!r}, expected one short sentence"
        elif "\n" in verdict or verdict == "not attempted" or rules.CORRECT.search(verdict):
            yield f"{name} is told {verdict!r}"


@pytest.fixture(scope="module", autouse=True)
def style_of_the_notebooks_stays_here():
    """A set-up cell changes matplotlib's settings; the tests that follow find them as before."""
    with matplotlib.rc_context():
        yield


# The notebooks ---------------------------------------------------------------------------------


@every_exercise
def test_check_knows_the_untouched_the_solution_the_usual_slips_and_nonsense(path, n):
    names = names_of(path, n)
    check = names[f"check_{n}"]
    assert not list(passes_the_untouched(check, names[f"answer_{n}"]))
    assert not list(refuses_the_solution(check, names[f"solution_{n}"]))
    assert not list(leaves_unnamed(check, planted(path).WRONG.get(n, {})))
    assert not list(breaks(check))


def test_there_are_enough_exercises():
    assert len(EXERCISES) >= FEWEST_EXERCISES
    for path in PATHS:
        assert len(cells_of(path)["check"]) >= rules.FEWEST_EXERCISES, path.name


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_exercises_are_graded(path):
    assert not list(ungraded(nbformat.read(path, as_version=4)))


def ungraded(notebook):
    """Each exercise has its number and one to three stars, none fewer than the one before."""
    stars = []
    for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if "exercise" not in cell.metadata.get("tags", []):
            continue
        titles = TITLE.findall(before.source)
        if [int(number) for number, _ in titles] != [len(stars) + 1]:
            yield f"exercise {len(stars) + 1} has the titles {titles}, expected number and stars"
        stars.append(len(titles[-1][1]) if titles else 0)
    if stars != sorted(stars):
        yield f"the stars fall: {stars}"


# What the machinery itself must catch ----------------------------------------------------------


@gk.exercise
def good_check(answer):
    got = answer(3.0)
    known = {"that is twice the number": 6.0, "that is the cube": 27.0}
    for message, wrong in known.items():
        if np.isclose(got, wrong):
            return message
    return "correct" if np.isclose(got, 9.0) else f"not yet: you give {got}"


def square(x):
    return x * x


WRONG = {"twice": lambda x: 2 * x, "cube": lambda x: x**3}


def test_good_check_has_no_fault():
    assert not [
        *passes_the_untouched(good_check, None),
        *refuses_the_solution(good_check, square),
        *leaves_unnamed(good_check, WRONG),
        *breaks(good_check),
    ]


@pytest.mark.parametrize(
    ("faults", "fragment"),
    [
        (passes_the_untouched(lambda answer: "correct", None), "untouched exercise is said to be"),
        (refuses_the_solution(lambda answer: "no, it is not", square), "the solution is said"),
        (refuses_the_solution(lambda answer: "not correct", square), "the solution is said"),
        (refuses_the_solution(lambda answer: "correct", square), "plus one per cent"),
        (leaves_unnamed(lambda answer: "correct: twice or cube", WRONG), "passes"),
        (leaves_unnamed(lambda answer: "not yet: twice? cube?", WRONG), "is not named"),
        (leaves_unnamed(lambda answer: "not this", WRONG), "is not named"),
        (leaves_unnamed(lambda answer: "twice, or cube", WRONG), "are told the same"),
        (leaves_unnamed(good_check, {"twice": WRONG["twice"]}), "1 wrong answers are planted"),
        (breaks(lambda answer: f"not yet: {answer(3.0):.3f}"), "an error makes the check stop"),
        (breaks(lambda answer: "correct"), "is told 'correct'"),
        (breaks(lambda answer: "not attempted"), "is told 'not attempted'"),
        (breaks(lambda answer: "a wall of text " * 50), "expected one short sentence"),
        (breaks(lambda answer: None), "expected one short sentence"),
    ],
)
def test_bad_check_is_caught(faults, fragment):
    assert any(fragment in fault for fault in faults)


@pytest.mark.parametrize(
    "titles",
    [
        ["**Exercise 1** Square it.", "**Exercise 2** ★★ Cube it."],
        ["**Exercise 1** ★★ Square it.", "**Exercise 2** ★ Cube it."],
        ["**Exercise 1** ★ Square it.", "**Exercise 3** ★ Cube it."],
        ["**Exercise 1** ★ Square it.", "**Exercise 2** ★★★★ Cube it."],
    ],
    ids=["no stars", "falling", "wrong number", "four stars"],
)
def test_bad_titles_are_caught(titles):
    cells = []
    for title in titles:
        cells.append(nbformat.v4.new_markdown_cell(title))
        cells.append(nbformat.v4.new_code_cell(metadata={"tags": ["exercise"]}))
    assert list(ungraded(nbformat.v4.new_notebook(cells=cells)))


def test_notebook_without_wrong_answers_is_told_where_to_write_them():
    with pytest.raises(pytest.fail.Exception, match=r"write tests/wrong_answers/chapter_99\.py"):
        planted(quick.NOTEBOOKS / "99_nothing.ipynb")


# gk.exercise -----------------------------------------------------------------------------------


def test_exercise_tells_what_came_and_what_the_function_stopped_at():
    def divides(x):
        return x / 0

    assert good_check(lambda x: "abc").startswith("your function returns 'abc' (str), which is not")
    assert "an array of shape (2, 2)" in good_check(lambda x: np.zeros((2, 2)))
    assert re.search(r"stops in line \d+ of its cell: ZeroDivisionError", good_check(divides))
    assert good_check(lambda: 9).startswith("your function stops: TypeError")
    assert good_check(9.0) == "write a function: this is 9.0 (float)"


def test_exercise_names_nan_in_the_first_value_only():
    @gk.exercise
    def check(answer):
        answer(1.0)
        return f"far out you give {answer(1000.0)}"

    assert "returns NaN" in check(lambda x: np.array([0.0, np.nan]))
    assert check(lambda x: x if x < 10 else np.nan) == "far out you give nan"


def test_exercise_keeps_the_inputs_from_being_changed():
    @gk.exercise
    def check(answer):
        x = np.ones(2)
        answer(x)
        return "unchanged" if x.sum() == 2 else "changed"

    def in_place(x):
        x *= 0
        return x

    assert check(in_place) == "unchanged"


def test_exercise_does_not_hide_a_fault_of_the_check():
    @gk.exercise
    def check(answer):
        return missing(answer)  # noqa: F821

    with pytest.raises(NameError, match="missing"):
        check(square)
