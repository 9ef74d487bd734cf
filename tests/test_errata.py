"""Chapter 15 gives every claim of the documents one verdict, and evidence that is there.

A rule is a function of the stored notebook that yields one sentence for each fault; each is proven
able to fail by planting a fault in a copy.
"""

import ast
import copy
import functools
import re
from collections import Counter
from dataclasses import dataclass

import nbformat
import pytest
import quick
import tensorflow as tf
from nbformat.v4 import new_markdown_cell

PATH = quick.NOTEBOOKS / "15_errata.ipynb"
NUMBERS = range(1, 156)
VERDICTS = {"right": 28, "imprecise": 54, "wrong": 50, "cannot run": 22, "left open": 1}
QUESTIONS = range(1, 15)

HEADING = re.compile(r"^(?=## )", re.MULTILINE)
SECTION = re.compile(r"(\d\d)(?: |&nbsp;)§(\d+)")
LINK = re.compile(r"\[(\d\d&nbsp;§\d+)[^\]]*\]\(([^)]+)\)")
CITED = re.compile(r"([^\s;(),]+)(?: et al\.| and [^\s;()]+)? \((\d{4})")
BOX = re.compile(r"^>? ?(?:\*\*The documents say\*\*)?[ ,]*\(C(\d+), D\d\)", re.MULTILINE)
BOLD_VERDICT = re.compile(r"\*\*(right|imprecise|wrong|cannot run)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Record:
    """A claim as a cell of chapter 15 records it, and the section of that cell."""

    number: int
    document: str
    verdict: str
    says: str
    true: str
    evidence: tuple
    section: str


@functools.cache
def stored():
    return nbformat.read(PATH, as_version=4)


def sections(notebook):
    """The cells of a notebook by the id of the Markdown cell in which their section begins."""
    found, name = {"start": []}, "start"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            before, *rest = HEADING.split(cell.source)
            found[name].append(new_markdown_cell(before))
            if rest:
                name = cell.id
                found[name] = [new_markdown_cell("".join(rest))]
        else:
            found[name].append(cell)
    return found


def records(notebook):
    """All records, in the notebook's order, read from the text of its cells."""
    found = []
    for section, cells in sections(notebook).items():
        for cell in (cell for cell in cells if cell.cell_type == "code"):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "record":
                    lines = [line.strip() for line in node.args[0].value.strip().splitlines()]
                    for head, says, true in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
                        number, document, verdict, evidence = head.split(" | ")
                        evidence = tuple(evidence.split("; "))
                        found.append(
                            Record(int(number), document, verdict, says, true, evidence, section)
                        )
    return found


def streams(cells):
    """What code cells printed."""
    return "".join(
        output.text
        for cell in cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream"
    )


def markdown(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def tables(cells):
    """The Markdown that code cells show."""
    return "\n".join(
        output.data.get("text/markdown", "")
        for cell in cells
        for output in cell.get("outputs", [])
        if output.output_type == "display_data"
    )


@functools.cache
def chapter(number):
    """The sections of the chapter whose file begins with a number such as '06'."""
    (path,) = quick.NOTEBOOKS.glob(f"{number}_*.ipynb")
    return sections(nbformat.read(path, as_version=4))


# The rules -------------------------------------------------------------------------------------


def every_claim_once(notebook):
    """Each number has one record; documents and verdicts are known; nothing is left empty."""
    found = records(notebook)
    counts = Counter(record.number for record in found)
    yield from (f"C{n} is recorded {counts[n]} times" for n in NUMBERS if counts[n] != 1)
    yield from (f"there is no claim C{n}" for n in counts if n not in NUMBERS)
    for record in found:
        if not re.fullmatch("D[0-4]", record.document) or record.verdict not in VERDICTS:
            yield f"C{record.number}: {record.document}, {record.verdict}"
        if not all((record.says, record.true, *record.evidence)):
            yield f"C{record.number}: an empty field"


def verdicts_add_up(notebook):
    """The verdicts are as many as in the list of claims, and as the notebook prints."""
    counts = Counter(record.verdict for record in records(notebook))
    if counts != Counter(VERDICTS):
        yield f"verdicts {dict(counts)}, expected {VERDICTS}"
    line = f"{len(NUMBERS)} claims: " + ", ".join(
        f"{n} {verdict}" for verdict, n in VERDICTS.items()
    )
    if line not in streams(notebook.cells):
        yield f"the notebook does not print '{line}'"


def settled_where_it_says_here(notebook):
    """'here' stands just where a cell of the same section has settled the claim."""
    said = {(r.section, r.number) for r in records(notebook) if "here" in r.evidence}
    printed = {
        (section, int(number))
        for section, cells in sections(notebook).items()
        for number in re.findall(r"^C(\d+)  \S", streams(cells), re.MULTILINE)
    }
    for section, number in sorted(said ^ printed):
        yield f"C{number} in {section}: 'here' and what is settled there do not agree"


def sections_are_there(notebook):
    """A linked section exists, and a box there on this claim alone agrees in verdict."""
    for record in records(notebook):
        for name, number in (m.groups() for m in map(SECTION.match, record.evidence) if m):
            cells = chapter(name).get(f"section-{number}")
            if cells is None:
                yield f"C{record.number}: there is no section {number} in chapter {name}"
                continue
            said = boxed_verdicts(markdown(cells), record.number)
            if said and record.verdict not in said:
                yield f"C{record.number} is {record.verdict} here, {said} in {name} §{number}"


def boxed_verdicts(text, number):
    """The bold verdicts of the boxes on one claim alone."""
    return {
        verdict.lower()
        for box in re.split(r"\n(?:>? *\n)+", text)
        if [int(n) for n in BOX.findall(box)] == [number]
        for verdict in BOLD_VERDICT.findall(box)
    }


def references_are_listed(notebook):
    """A reference names an author and a year (or a site) of the list of references."""
    _, _, listed = markdown(notebook.cells).partition("## References")
    for record in records(notebook):
        for item in record.evidence:
            if item == "here" or SECTION.match(item):
                continue
            cited = CITED.findall(item) or [(item, "")]
            for author, year in cited:
                if not re.search(rf"{re.escape(author)}.*{year}", listed):
                    yield f"C{record.number}: '{author} {year}' is not in the list of references"


def evidence_is_enough(notebook):
    """Each claim is computed, here or in a chapter, or it has a reference."""
    for record in records(notebook):
        known = [
            item == "here" or SECTION.match(item) or CITED.search(item) for item in record.evidence
        ]
        if not any(known):
            yield f"C{record.number} has no evidence: {record.evidence}"


def tables_show_the_records(notebook):
    """The table of a theme shows each of its records, and the last table shows all of them."""
    found = sections(notebook)
    for record in records(notebook):
        claim = f"C{record.number:02d}&nbsp;{record.document}"
        row = f"| {claim} | {record.says} | **{record.verdict}**: {record.true} |"
        if row not in tables(found[record.section]):
            yield f"C{record.number}: its row is not in the table of {record.section}"
        verdict = record.verdict.replace(" ", "&nbsp;")
        if f"{claim} | {verdict} |" not in tables(found["section-12"]):
            yield f"C{record.number}: not in the table of all claims"


def questions_are_answered(notebook):
    """Q1 to Q14, each with an answer and a link to a section that exists."""
    rows = re.findall(r"^\| Q(\d+) \| (.+?) \| (.+?) \| (.+?) \|", markdown(notebook.cells), re.M)
    if [int(number) for number, *_ in rows] != list(QUESTIONS):
        yield f"questions {[number for number, *_ in rows]}"
    for number, _, answer, links in rows:
        if len(answer) < 60:
            yield f"Q{number}: an answer of {len(answer)} letters"
        if not LINK.search(links):
            yield f"Q{number} has no link to a section"


def links_lead_to_their_sections(notebook):
    """A link that says 06 §7 leads to Section 7 of chapter 06, in text and in tables."""
    shown = markdown(notebook.cells) + tables(notebook.cells)
    for said, address in {*LINK.findall(shown)}:
        name, number = SECTION.match(said).groups()
        if not re.fullmatch(rf"{name}_\w+\.ipynb#cell-id=section-{number}", address):
            yield f"'{said}' leads to {address}"
        elif not (quick.NOTEBOOKS / address.partition("#")[0]).exists():
            yield f"there is no {address}"
        elif f"section-{number}" not in chapter(name):
            yield f"there is no section {number} in chapter {name}"


RULES = (
    every_claim_once,
    verdicts_add_up,
    settled_where_it_says_here,
    sections_are_there,
    references_are_listed,
    evidence_is_enough,
    tables_show_the_records,
    questions_are_answered,
    links_lead_to_their_sections,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_errata_keep_the_rule(rule):
    assert list(rule(stored())) == []


# What breaks each rule ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (every_claim_once, "16 | D0 | wrong", "24 | D0 | wrong"),
        (every_claim_once, "16 | D0 | wrong", "156 | D0 | wrong"),
        (every_claim_once, "16 | D0 | wrong", "16 | D5 | wrong"),
        (every_claim_once, "16 | D0 | wrong", "16 | D0 | false"),
        (verdicts_add_up, "16 | D0 | wrong", "16 | D0 | right"),
        (verdicts_add_up, "28 right, 54", "29 right, 54"),
        (settled_where_it_says_here, "C28  images into G", "images into G"),
        (settled_where_it_says_here, "16 | D0 | wrong | 06 §7", "16 | D0 | wrong | here"),
        (settled_where_it_says_here, "28 | D0 | cannot run | here", "28 | D0 | cannot run | 06 §7"),
        (sections_are_there, "16 | D0 | wrong | 06 §7", "16 | D0 | wrong | 06 §77"),
        (sections_are_there, "12 | D0 | wrong | 06 §7", "12 | D0 | imprecise | 06 §7"),
        (references_are_listed, "Madry et al. (2018)", "Madry et al. (2019)"),
        (references_are_listed, "; Madry et al. (2018)", "; Nobody (2018)"),
        (evidence_is_enough, "16 | D0 | wrong | 06 §7", "16 | D0 | wrong | common sense"),
        (tables_show_the_records, "the two cannot be added", "they cannot be added"),
        (tables_show_the_records, "C16&nbsp;D0 | wrong | [", "C16&nbsp;D0 | right | ["),
        (questions_are_answered, "| Q3 |", "| Q4 |"),
        (questions_are_answered, "other cures. | [03&nbsp;§6]", "other cures. | 03 §6"),
        (links_lead_to_their_sections, ", [13&nbsp;§8]", ", [13&nbsp;§5]"),
        (links_lead_to_their_sections, "penalty.ipynb#cell-id=section-7", "penalty.ipynb#7"),
        (links_lead_to_their_sections, "06_wasserstein_and_gradient_penalty.ipynb", "06_a.ipynb"),
    ],
)
def test_rule_finds_the_fault(rule, old, new):
    notebook = planted(old, new)
    assert list(rule(notebook))


def planted(old, new):
    """A copy of the notebook in which one text is another, at the first place where it stands."""
    notebook = copy.deepcopy(stored())
    for cell in notebook.cells:
        if old in cell.source:
            cell.source = cell.source.replace(old, new, 1)
            return notebook
        for output in cell.get("outputs", []):
            data = output if output.output_type == "stream" else output.get("data", {})
            key = "text" if output.output_type == "stream" else "text/markdown"
            if old in data.get(key, ""):
                data[key] = data[key].replace(old, new, 1)
                return notebook
    pytest.fail(f"the notebook has no '{old}'")


# The class that keeps the books, and the coursework cell -----------------------------------------


def names_of(cells):
    """The names that cells define, run in an empty namespace."""
    defined = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell.source, "cell", "exec"), defined)
    return defined


@pytest.fixture(scope="module")
def theme_class():
    (books,) = [cell for cell in stored().cells if "class Theme" in cell.source]
    return names_of([*quick.tagged(stored(), "setup"), books])["Theme"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 | D0 | wrong | here\nsays\ntrue", "nothing here has settled it"),
        ("7 | D0 | wrong | 06 §7\nsays\ntrue", "its record does not say so"),
        ("7 | D0 | false | here\nsays\ntrue", "unknown verdict"),
        ("7 | D0 | wrong | 33 §7\nsays\ntrue", "no chapter"),
        ("7 | D0 | wrong | here\na\nb\n7 | D0 | wrong | here\na\nb", "recorded twice"),
    ],
)
def test_books_refuse(theme_class, text, message):
    theme_class.known.clear()
    theme = theme_class("a theme")
    theme.settle(7, "it holds", True)
    with pytest.raises(ValueError, match=message):
        theme.record(text)


def test_books_refuse_a_claim_that_another_theme_has_and_a_false_condition(theme_class):
    theme_class.known.clear()
    theme_class("one").record("8 | D0 | wrong | 06 §7\nsays\ntrue")
    with pytest.raises(ValueError, match="recorded twice"):
        theme_class("two").record("8 | D0 | wrong | 06 §7\nsays\ntrue")
    with pytest.raises(AssertionError, match="C09 is not settled"):
        theme_class("three").settle(9, "it does not hold", False)


def test_coursework_runs_alone_and_judges_losses_that_it_has_not_seen():
    (cell,) = quick.tagged(stored(), "coursework")
    assert "gan_keras" not in cell.source
    names = names_of([cell])
    hinge, mean = tf.nn.relu, tf.reduce_mean

    def judged(d_loss, g_loss):
        return names["five_checks"](*names["make"](), d_loss, g_loss, names["images"], names["z"])

    def hinge_loss(real, fake):
        return mean(hinge(1 - real)) + mean(hinge(1 + fake))

    assert judged(hinge_loss, lambda x, fake: -mean(fake)) == []
    assert len(judged(lambda real, fake: -hinge_loss(real, fake), lambda x, fake: mean(fake))) == 3
