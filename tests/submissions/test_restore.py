"""A submission comes back to the shape that was released, and each repair is told."""

from __future__ import annotations

import copy
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.assignment import load_assignment
from autograder.errors import UnreadableNotebookError
from autograder.gradebook.store import register
from autograder.submissions.cells import grade_id
from autograder.submissions.restore import MANY_CHARACTERS, PARAMETER_TAGS, restore
from autograder.workdir import WorkDir
from tests.support.course import ANSWERS, NAME, make_course, marked, submission, without


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    return register(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))


def restored(nb, release, folder):
    path = folder / "s01.ipynb"
    path.write_text(json.dumps(nb))  # as it is: nbformat.write would mend some of it
    return restore(path, release)


def ids(nb):
    return [grade_id(cell) for cell in nb.cells]


def cell_of(nb, name):
    return next(cell for cell in nb.cells if grade_id(cell) == name)


def copied(cell):
    """Return a copy as JupyterLab makes it, with an id of its own."""
    return nbformat.from_dict(copy.deepcopy(cell) | {"id": "copy"})


def test_an_untouched_submission_needs_no_repair(release, tmp_path):
    done = restored(submission(), release, tmp_path)
    assert done.notes == ()
    assert cell_of(done.notebook, "double").source == ANSWERS["double"]


def test_hidden_tests_are_back_in_the_graded_cells(release, tmp_path):
    nb = submission()
    cell_of(nb, "test-double").source = release.visible["test-double"]
    assert "double(21)" not in release.visible["test-double"]
    done = restored(nb, release, tmp_path)
    assert "double(21) == 42" in cell_of(done.notebook, "test-double").source
    assert done.notes == ()


@pytest.mark.parametrize("name", ["test-double", "imports", "accuracy", "why"])
def test_a_deleted_cell_returns_to_its_place(release, tmp_path, name):
    done = restored(without(submission(), name), release, tmp_path)
    assert ids(done.notebook) == ids(submission())
    assert done.notes == (f"cell {name!r} was deleted; the released one is back",)


def test_a_copied_cell_counts_once(release, tmp_path):
    nb = submission()
    nb.cells.append(copied(cell_of(nb, "test-double")))
    done = restored(nb, release, tmp_path)
    assert ids(done.notebook).count("test-double") == 1
    assert "cell copied: test-double" in done.notes[0]


def test_an_ordinary_cell_does_not_keep_the_id_of_a_released_one(release, tmp_path):
    nb = submission()
    first = cell_of(nb, "test-double")
    second = copy.deepcopy(first)
    nb.cells.insert(nb.cells.index(first) + 1, second)
    second.id, first.source = "second", "mine = 1"
    done = restored(nb, release, tmp_path)
    assert len({cell.id for cell in done.notebook.cells}) == len(done.notebook.cells)
    assert cell_of(done.notebook, "test-double").id == first.id
    assert next(c.id for c in done.notebook.cells if c.source == "mine = 1") == "student-0"


def test_a_changed_test_is_replaced_and_told(release, tmp_path):
    nb = submission()
    cell_of(nb, "test-double").source = "pass"
    cell_of(nb, "test-double").metadata.nbgrader.points = 1000
    done = restored(nb, release, tmp_path)
    assert cell_of(done.notebook, "test-double").metadata.nbgrader.points == 4
    assert "test-double' was changed" in done.notes[0]


@pytest.mark.parametrize(
    "metadata",
    [{}, {"grade_id": 3}, "text", None, {"grade_id": "test-double", "schema_version": 99}],
)
def test_broken_metadata_is_mended(release, tmp_path, metadata):
    nb = submission()
    cell_of(nb, "test-double").metadata["nbgrader"] = metadata
    done = restored(nb, release, tmp_path)
    assert cell_of(done.notebook, "test-double").metadata.nbgrader.points == 4


def test_an_invented_cell_carries_no_points(release, tmp_path):
    nb = submission()
    extra = copied(cell_of(nb, "test-double"))
    extra.metadata.nbgrader.grade_id = "free-points"
    nb.cells.append(extra)
    done = restored(nb, release, tmp_path)
    assert "free-points" not in ids(done.notebook)
    assert "'free-points' is not in the release" in done.notes[0]


def test_an_answer_in_the_wrong_kind_of_cell_is_told(release, tmp_path):
    nb = submission()
    index = ids(nb).index("double")
    markdown = nbformat.v4.new_markdown_cell("2x", metadata=nb.cells[index].metadata)
    nb.cells[index] = markdown
    done = restored(nb, release, tmp_path)
    assert done.notebook.cells[index].cell_type == "code"
    assert done.notes == ("cell 'double' was made a markdown cell",)


TAGGED = {"tags": ["parameters"]}


def tagged(nb):
    return [c.source for c in nb.cells if {*c.metadata.get("tags", [])} & PARAMETER_TAGS]


@pytest.mark.parametrize(
    "edit",
    [
        lambda cells: None,
        lambda cells: cells.pop(0),
        lambda cells: cells.insert(0, copied(cells[0])),
        lambda cells: cells.append(copied(cells[0])),
        lambda cells: cells.append(cells.pop(0)),
        lambda cells: cells[0].metadata.pop("tags"),
    ],
    ids=["as it was", "deleted", "copied", "copied to the end", "moved to the end", "not tagged"],
)
def test_the_released_parameters_come_once_and_in_their_place(release, tmp_path, edit):
    nb = submission()
    edit(nb.cells)
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert tagged(done.notebook) == ["quick = False"]
    at = ids(done.notebook).index("imports")
    assert done.notebook.cells[at - 1].metadata == TAGGED


def test_what_a_student_typed_into_the_parameters_stays_and_is_overruled(release, tmp_path):
    nb = submission()
    nb.cells[0].source = "quick = True\nmine = 3"
    nb.cells[0].metadata.tags.append("skip-execution")
    injected = new_code_cell("quick = 1", metadata={"tags": ["injected-parameters", "mine"]})
    injected.id = "injected"
    nb.cells.insert(1, injected)  # as papermill leaves it when it ran the notebook at home
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    sources = [cell.source for cell in done.notebook.cells[:3]]
    assert sources == ["quick = False", "quick = quick\nmine = 3", "import numpy as np"]
    assert tagged(done.notebook) == ["quick = False"]
    assert done.notebook.cells[1].metadata.tags == []  # tools skip or hide a cell by its tags
    assert len({cell.id for cell in done.notebook.cells}) == len(done.notebook.cells)


def test_parameters_that_were_locked_in_an_earlier_release_need_no_note(release, tmp_path):
    nb = submission()
    nb.cells[0].metadata |= marked("parameters", locked=True)
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert ids(done.notebook) == ids(submission())


def test_data_in_the_code_are_told(release, tmp_path):
    """A notebook that brings public images along could find those that are held out."""
    nb = submission(predict=f"data = {'x' * MANY_CHARACTERS!r}")
    (note,) = restored(nb, release, tmp_path).notes
    assert note.endswith(f"characters of code, more than {MANY_CHARACTERS}: do they hold data?")


@pytest.mark.parametrize("minor", [0, 2, 4])
def test_cells_without_ids_as_other_programs_save_them(release, tmp_path, minor):
    """Colab saves nbformat 4.0, and some editors 4.2 or 4.4."""
    nb = submission()
    nb.cells.insert(3, new_code_cell("print('mine')"))
    nb.nbformat_minor = minor
    for cell in nb.cells:
        del cell["id"]
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert done.notebook.nbformat_minor == 5
    assert len({cell.id for cell in done.notebook.cells}) == len(nb.cells)
    assert done.notebook.cells[3].source == "print('mine')"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_an_editor_on_windows_saved(release, tmp_path, encoding):
    path = tmp_path / "s01.ipynb"
    text = json.dumps(submission(why="Café"), indent=1, ensure_ascii=False)
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    done = restore(path, release)
    assert done.notes == (f"mended: the file's encoding was {encoding}, expected utf-8",)
    assert cell_of(done.notebook, "why").source == "Café"


def test_half_a_character_is_replaced(release, tmp_path):
    """JSON can escape one surrogate of a pair; what holds it cannot be written to a file."""
    nb = submission(why="one \ud83d\ude00 and a half: \ud83d", double="x = '\udc80'")
    nb.metadata.title = "\ud800"
    done = restored(nb, release, tmp_path)
    assert cell_of(done.notebook, "why").source == "one 😀 and a half: ?"
    assert nbformat.writes(done.notebook).encode()


@pytest.mark.parametrize(
    "text",
    ["", "not json", "[]", "3", "{}", '{"nbformat": 4}', '{"cells": 3, "nbformat": 4}', "[" * 9999],
)
def test_a_file_that_is_no_notebook_says_so(release, tmp_path, text):
    path = tmp_path / "s01.ipynb"
    path.write_text(text)
    with pytest.raises(UnreadableNotebookError, match="not a notebook"):
        restore(path, release)
