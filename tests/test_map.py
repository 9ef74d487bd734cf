"""The map of concepts and the glossary: complete, in order, and each link leads to its section."""

import functools
import re

import nbformat
import pytest
import quick

from tests import notebook_rules

CONCEPTS = 89
MAP, GLOSSARY = (
    (quick.NOTEBOOKS / name).read_text(encoding="utf-8") for name in ("README.md", "GLOSSARY.md")
)
SECTION = re.compile(r"\[(\d\d) §(\d+)\]\((\1_\w+\.ipynb)#cell-id=section-\2\)")
TO_COME = re.compile(r"\b(\d\d) \(to come\)")


def rows(text):
    """The cells of each row of a Markdown table, without its two head rows."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def map_faults(text):
    """A sentence for each fault of the map of concepts."""
    numbers = [row[0] for row in rows(text)]
    if numbers != [str(number) for number in range(1, CONCEPTS + 1)]:
        yield f"its rows are numbered {numbers}, expected 1 to {CONCEPTS}"
    for number, concept, chinese, places in rows(text):
        if not SECTION.search(places):
            yield f"concept {number}, {concept}, has no section that teaches it"
        if not concept or not chinese:
            yield f"concept {number} has no name in both languages"
        for notebook in TO_COME.findall(places):
            if any(quick.NOTEBOOKS.glob(f"{notebook}_*.ipynb")):
                yield f"concept {number}: notebook {notebook} has come"
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb")):
        if f"]({path.name}" not in text:
            yield f"no concept leads to {path.name}"
    yield from notebook_rules.dead_links(text, quick.NOTEBOOKS)


def glossary_faults(text):
    """A sentence for each fault of the glossary."""
    terms = [row[0] for row in rows(text)]
    if len({term.casefold() for term in terms}) < len(terms):
        yield "it has a term twice"
    for before, after in zip(terms, terms[1:], strict=False):
        if order(before) > order(after):
            yield f"'{after}' stands behind '{before}'"
    for term, chinese, meaning, place in rows(text):
        link = SECTION.fullmatch(place)
        if not (chinese and meaning and link):
            yield f"'{term}' lacks its Chinese, its meaning or its section"
            continue
        said = sections(link[3]).get(f"section-{link[2]}", "")
        if missing := [stem for stem in stems(term) if stem not in said]:
            yield f"the section of '{term}' does not say {missing}"
    yield from notebook_rules.dead_links(text, quick.NOTEBOOKS)


def order(term):
    """What terms are sorted by: letters and spaces, without accents and case."""
    return re.sub(r"[^\w ]", "", term.casefold().replace("é", "e"))


def stems(term):
    """The words of a term, each without its ending: a section may say 'converges'."""
    words = re.findall(r"\w{4,}", re.sub(r"\(.*?\)", "", term).casefold())
    return [word[: max(4, 6 * len(word) // 10)] for word in words]


@functools.cache
def sections(notebook):
    """What each section of a notebook says, Markdown and code, in small letters, by cell id."""
    found, name = {}, ""
    for cell in nbformat.read(quick.NOTEBOOKS / notebook, as_version=4).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            name = cell.id
        found[name] = f"{found.get(name, '')}\n{cell.source.casefold()}"
    return found


def test_map_has_every_concept_in_a_section():
    assert list(map_faults(MAP)) == []


def test_glossary_leads_to_where_each_term_is_introduced():
    assert len(rows(GLOSSARY)) > 100
    assert list(glossary_faults(GLOSSARY)) == []


FIRST = "| 1 | generative adversarial network (GAN) | 生成对抗网络 | "
DIRAC = "| Dirac GAN | 狄拉克 GAN | "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\| 50 \|.*\n", ""),
        (r"(\| 50 \|.*\n)", r"\1\1"),
        (rf"{re.escape(FIRST)}.*", f"{FIRST}[00](00_start_here.ipynb) |"),
        (rf"{re.escape(FIRST)}.*", f"{FIRST}99 (to come) |"),
        (r"(\| 1 \|.*) \|", r"\1, 06 (to come) |"),
        (r"#cell-id=section-2\)", "#cell-id=section-99)"),
        (r"\| 生成器 \|", "| |"),
        (r"\[\d\d §\d+\]\(13_\w+\.ipynb[^)]*\)", "(13)"),
    ],
)
def test_fault_of_the_map_is_found(old, new):
    planted = re.sub(old, new, MAP)
    assert planted != MAP and list(map_faults(planted))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rf"({re.escape(DIRAC)}.*\n)", r"\1\1"),
        (rf"({re.escape(DIRAC)}.*\n)(.*\n)", r"\2\1"),
        (rf"({re.escape(DIRAC)}.*\[)03 §8(.*)section-8\)", r"\g<1>03 §1\2section-1)"),
        (rf"({re.escape(DIRAC)}.*\[)03 §8(.*)section-8\)", r"\g<1>03 §99\2section-99)"),
        (
            rf"({re.escape(DIRAC)}.*) \| \[.*\n",
            r"\1 | [03](03_gradient_descent_on_a_game.ipynb) |\n",
        ),
        (re.escape(DIRAC), "| Dirac GAN | | "),
    ],
)
def test_fault_of_the_glossary_is_found(old, new):
    planted = re.sub(old, new, GLOSSARY)
    assert planted != GLOSSARY and list(glossary_faults(planted))
