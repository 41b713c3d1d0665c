"""What is said not to open does not open in nbgrader's own tools, and nothing else."""

from __future__ import annotations

import base64
import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from autograder.cli.app import main
from autograder.grading.pages import PageCheck, PageFault, page_notes
from autograder.workdir import WorkDir
from tests.support.course import NAME, author_notebook, hand_in, make_course, submission
from tests.support.nbgrader_command import nbgrader

PIXEL = base64.b64encode(b"not looked at").decode()


def executed():
    """Return a notebook as a run leaves it, with outputs of several kinds."""
    nb = author_notebook()
    for number, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            cell.execution_count = number
    shown = {"text/plain": "<a table>", "text/html": "<table><tr><td>1</td></tr></table>"}
    picture = {"image/png": PIXEL, "text/plain": "<Figure>"}
    nb.cells[2].outputs = [
        new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m and " + "long " * 1000),
        new_output("execute_result", data=shown, execution_count=2),
        new_output("display_data", data=picture),
        new_output("error", ename="KeyError", evalue="'x'", traceback=["\x1b[0;31mKeyError"]),
    ]
    return nb


def with_lost_picture(nb):
    nb.cells[4].source = "It looks so: ![it](attachment:it.png)"
    return nb


def with_picture(nb):
    nb = with_lost_picture(nb)
    nb.cells[4].attachments = {"it.png": {"image/png": PIXEL}}
    return nb


def with_stateless_widgets(nb):
    nb.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {}}
    return nb


def with_lost_picture_shown_by_code(nb):
    shown = {"text/markdown": "![it](attachment:it.png)", "text/plain": ""}
    nb.cells.append(new_code_cell(outputs=[new_output("display_data", data=shown)]))
    return nb


def with_odd_text(nb):
    text = "# $x^2$ <b>\n```python\nx = 1\n```\n[a](b) ![c](d.png) <!-- e -->\n| a |\n|---|\n| 1 |"
    nb.cells.append(new_markdown_cell(text))
    return nb


def with_odd_tags(nb):
    nb.cells[2].metadata.tags = "hide-input"
    return nb


FORMS = {
    "as it is": (lambda nb: nb, None),
    "picture": (with_picture, None),
    "odd text": (with_odd_text, None),
    "lost picture": (with_lost_picture, "cell 'why': "),
    "lost picture shown by code": (with_lost_picture_shown_by_code, "cell '8 (code)': "),
    "widgets": (with_stateless_widgets, "KeyError: 'state'"),
    "odd tags": (with_odd_tags, "cell 'double': NotebookValidationError"),
}
BOTH = "formgrader's page and the feedback do not open: "


@pytest.mark.parametrize("form", FORMS)
def test_what_does_not_open_is_named_with_the_cell_and_the_cause(form):
    change, cause = FORMS[form]
    nb = change(executed())
    before = copy.deepcopy(nb)
    found = list(page_notes(PageCheck(), nb))
    assert nb == before
    if cause is None:
        assert found == []
    else:
        (note,) = found
        assert note.startswith(BOTH)
        assert cause in note


def test_what_opened_once_opens_again_and_what_did_not_does_not():
    check = PageCheck()
    assert check.find_faults(executed()) == []
    for _ in range(2):
        (fault,) = check.find_faults(with_lost_picture(executed()))
        assert fault.cell == "why"
    assert check.find_faults(with_picture(executed())) == []
    (fault,) = check.find_faults(with_stateless_widgets(executed()))
    assert fault.cause == "KeyError: 'state'"


def test_a_fault_reads_as_a_sentence():
    fault = PageFault(("the feedback",), "why", "KeyError: 'x'")
    assert str(fault) == "the feedback does not open: cell 'why': KeyError: 'x'"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded class, one submission of which has a picture that nobody attached."""
    course = make_course(tmp_path_factory.mktemp("pages"))
    hand_in(course, "s01", submission(why="See ![it](attachment:it.png)"))
    for number in range(len(FORMS)):
        hand_in(course, f"s1{number}", submission())
    words = ("grade", NAME, "--submitted", str(course / "in"))
    assert main(["--course", str(course), *words]) == 0
    return course


def test_grading_finds_that_every_page_opens(course, capsys):
    """What people open is made inert, which leaves nothing that a page would stop at."""
    assert main(["--course", str(course), "rescore", NAME]) == 0
    assert "not open" not in capsys.readouterr().out
    assert "not open" not in (course / "work" / "grader.log").read_text()


def test_nbgraders_own_command_makes_every_page(course):
    """Also of notebooks that an earlier version of the grader, or another tool, has left."""
    work = WorkDir(course / "work")
    students = {f"s1{number}": form for number, form in enumerate(FORMS) if form != "odd tags"}
    for student, form in students.items():
        path = work.autograded_notebook(student, NAME)
        nb = nbformat.read(path, as_version=4)
        ids = {cell.id: cell.metadata for cell in nb.cells}
        made = FORMS[form][0](executed())
        for cell in made.cells:
            cell.metadata = ids.get(cell.id, cell.metadata)
        path.write_text(nbformat.writes(made))
    nbgrader(course, "generate_feedback", NAME)
    pages = (work.root / "feedback").glob(f"*/{NAME}/{NAME}.html")
    assert {path.parts[-3] for path in pages} >= students.keys()
