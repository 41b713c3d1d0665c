"""The teaching kit says of the notebooks what is so: self-tests, rubrics, glossary."""

from __future__ import annotations

import re

import jupytext
import pytest

from benchmarks.sources.claims import DOCUMENTS
from benchmarks.sources.glossary import PAGE, Term, misplaced, read_terms
from tests.support import ROOT
from tests.support.answers.exercises import ASSIGNMENTS, SOLUTIONS, load
from tests.support.vacuous_answers import function_of

TEACHING = (ROOT / "docs" / "teaching.md").read_text("utf-8")

OPENED = re.compile(r"<details><summary>(\d+)\. (.+?)</summary>\n\n(.+?)\n\n</details>", re.DOTALL)


def markdown(name: str) -> str:
    cells = jupytext.read(SOLUTIONS / name / f"{name}.py").cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_each_notebook_ends_in_a_self_test_of_ten_explained_questions(name):
    _, _, test = markdown(name).partition("## Self-test\n")
    found = OPENED.findall(test)
    assert [int(number) for number, *_ in found] == list(range(1, 11))
    assert all(question.rstrip().endswith("?") for _, question, _ in found)
    # else Markdown would make a list of it, or leave a mark in the summary as it is
    assert not [text for *_, text in found if re.search(r"^(\d+\.|[-*+]) ", text, re.MULTILINE)]
    assert not [question for _, question, _ in found if "`" in question or "*" in question]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_each_notebook_says_what_one_needs_and_how_long_it_takes(name):
    text = " ".join(markdown(name).split())
    assert "**After this notebook you will be able to**" in text
    assert re.search(r"\*\*What you need\.\*\* .+? \*\*Time:\*\* about \w+ hours", text)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_rubric_has_a_line_for_each_point_of_a_question(name):
    cells = load(name).cells.values()
    asked = [c.metadata.nbgrader.points for c in cells if c.cell_type == "markdown"]
    parts = re.findall(rf"^### {name[:2]}, .+? \((\d+) points\)\n\n((?:- .+\n)+)", TEACHING, re.M)
    assert [int(points) for points, _ in parts] == asked
    assert [lines.count("\n") for _, lines in parts] == asked


def test_answers_are_told_of_exercises_that_there_are():
    named = re.findall(r"^\| (\d\d) ((?:`\w+`(?:, )?)+) \|", TEACHING, re.MULTILINE)
    said = {(number, each) for number, text in named for each in re.findall(r"\w+", text)}
    real = {(name[:2], function_of(e)) for name in ASSIGNMENTS for e in load(name).exercises}
    assert len(said) >= 25
    assert said <= real


def test_the_glossary_has_a_term_of_each_language_in_every_row():
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    terms = read_terms("\n".join(rows))
    assert len(terms) >= 2 * len(rows) > 100
    assert {name for term in terms for name in term.documents} == set(DOCUMENTS)


def test_a_term_at_the_wrong_place_is_noticed():
    texts = dict.fromkeys(DOCUMENTS, "") | {"idx": "레이블"}
    right, missing = Term("label", "레이블", ("idx",)), Term("label", "레이블", ("binary",))
    assert misplaced([right], texts) == []
    assert misplaced([missing], texts) == ["레이블 (label) is not in binary"]
    assert misplaced([Term("label", "레이블", ())], texts) == [
        "레이블 (label) is in idx, expected in none"
    ]
