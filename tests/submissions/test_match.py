"""An answer counts wherever it stands, and a test is always the released one."""

from __future__ import annotations

import ast
import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.assignment import load_assignment
from autograder.errors import UnreadableNotebookError
from autograder.gradebook.store import register
from autograder.submissions.cells import grade_id, is_check
from autograder.submissions.outline import outline
from autograder.submissions.restore import restore
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.survival import expected, lost, written

NAME = "01_idx"
ANSWERED = "A short file shows it, for reading stops too early."
HELPER = "def helper(data):\n    return bytes(data)"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    work = WorkDir(tmp_path_factory.mktemp("work"))
    return register(load_assignment(NAME, ROOT / "solutions"), work)


@pytest.fixture
def nb(release):
    """The author's solution, with locked cells as students get them."""
    solved = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in solved.cells:
        name = grade_id(cell)
        if name and cell.metadata.nbgrader.locked:
            cell.source = release.visible[name]
    cell_of(solved, "judgement").source = ANSWERED
    return solved


def cell_of(nb, name):
    return next(cell for cell in nb.cells if grade_id(cell) == name)


def at(nb, name):
    return nb.cells.index(cell_of(nb, name))


def restored(nb, release, folder):
    path = folder / "s01.ipynb"
    nbformat.write(nb, path)
    return restore(path, release)


def unmarked(source):
    return new_code_cell(source)


def deleted_and_written_anew(nb):
    nb.cells[at(nb, "download")] = unmarked(cell_of(nb, "download").source)


def written_anew_at_the_end(nb):
    cell = nb.cells.pop(at(nb, "download"))
    nb.cells.append(unmarked(cell.source))


def written_above_the_stub(nb):
    cell = cell_of(nb, "download")
    nb.cells.insert(at(nb, "download"), unmarked(cell.source))
    cell.source = "def download(url, chunk=65_536, show=False):\n    raise NotImplementedError('x')"


def written_far_above_a_stub_with_another_docstring(nb):
    cell = cell_of(nb, "download")
    nb.cells.insert(12, unmarked(cell.source))
    cell.source = 'def download(url, chunk=1, show=False):\n    """Mine."""\n    pass'


def written_below_the_checks(nb):
    cell = cell_of(nb, "download")
    nb.cells.append(unmarked(cell.source))
    cell.source = "# see the end"


def a_helper_below_the_checks(nb):
    cell = cell_of(nb, "decode")
    cell.source = cell.source.replace("def decode(data):", "def decode(data):\n    helper(data)")
    nb.cells.append(unmarked(HELPER))


def all_at_the_top(nb):
    names = ("find-links", "download", "read-header", "decode-image", "pgm", "decode")
    moved = [nb.cells.pop(at(nb, name)) for name in names]
    moved[0].source = moved[0].source.replace("address):", "address) -> list[Path]:")
    nb.cells[:0] = moved


def all_at_the_bottom(nb):
    names = ("find-links", "download", "read-header", "decode-image", "pgm", "decode")
    nb.cells += [nb.cells.pop(at(nb, name)) for name in names]


def checks_at_the_top(nb):
    checks = [cell for cell in nb.cells if is_check(cell)]
    nb.cells = [*checks, *(cell for cell in nb.cells if not is_check(cell))]


def imports_at_the_bottom(nb):
    nb.cells.append(nb.cells.pop(at(nb, "more-imports")))


def merged_with_the_next_answer(nb):
    other = nb.cells.pop(at(nb, "read-header"))
    cell_of(nb, "download").source += f"\n\n{other.source}"


def merged_with_a_stub_of_one_that_is_answered_above(nb):
    cell = cell_of(nb, "download")
    nb.cells.insert(at(nb, "find-links"), unmarked(cell.source))
    nb.cells.remove(cell)
    cell_of(nb, "read-header").source += "\n\ndef download(url):\n    raise NotImplementedError"


def merged_with_its_check(nb):
    check = nb.cells.pop(at(nb, "check-download"))
    cell_of(nb, "download").source += f"\n\n{check.source}"


def in_the_cell_of_its_check(nb):
    cell = cell_of(nb, "download")
    check = cell_of(nb, "check-download")
    check.source, cell.source = f"{cell.source}\n\n{check.source}", "# below"


def in_the_cell_of_both_its_checks(nb):
    in_the_cell_of_its_check(nb)
    first = nb.cells.pop(at(nb, "check-download"))
    second = cell_of(nb, "check-download-more")
    second.source = f"{first.source}\n\n{second.source}"


def all_in_one_cell(nb):
    code = "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    nb.cells = [unmarked(code), cell_of(nb, "judgement")]


def all_in_one_cell_in_any_order(nb):
    moved = [nb.cells.pop(at(nb, name)) for name in ("download", "count-of", "read-header")]
    nb.cells += moved
    all_in_one_cell(nb)


def all_in_one_locked_cell(nb):
    mark = cell_of(nb, "imports").metadata
    all_in_one_cell_in_any_order(nb)
    nb.cells[0].metadata = mark


def two_answers_in_the_cell_of_a_check(nb):
    other = nb.cells.pop(at(nb, "download"))
    cell, check = cell_of(nb, "read-header"), cell_of(nb, "check-read-header")
    check.source = f"{other.source}\n\n{cell.source}\n\n{check.source}"
    nb.cells.remove(cell)


def all_in_one_cell_with_stubs_below(nb):
    stub = "\n\ndef download(url):\n    raise NotImplementedError()"
    code = "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    nb.cells = [unmarked(code + stub), cell_of(nb, "judgement")]


def all_in_one_cell_with_the_written_answer(nb):
    """Merged as code: nothing of it is Python."""
    code = "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    nb.cells = [unmarked(f"{code}\n\n{ANSWERED}")]


def written_answer_made_code(nb):
    text = f"{ANSWERED}\nOr the reader waits for what never comes.\nBoth are easy to see"
    cell_of(nb, "judgement").source = ANSWERED
    nb.cells[at(nb, "judgement")] = unmarked(text)


def all_in_one_cell_that_calls_what_was_made_markdown(nb):
    names = ("find-links", "count-of", "to-csv", "from-csv")
    texts = [new_markdown_cell(nb.cells.pop(at(nb, name)).source) for name in names]
    all_in_one_cell(nb)
    nb.cells += texts


def merged_with_text(nb):
    cell = cell_of(nb, "download")
    text = f"**Exercise 2 (8 points).** Write `download`.\n\n{cell.source}\n\nDone: it's quick."
    nb.cells[at(nb, "download")] = new_markdown_cell(text, metadata=cell.metadata)


def made_markdown_without_a_mark(nb):
    source = cell_of(nb, "download").source
    nb.cells[at(nb, "download")] = new_markdown_cell(f"```python\n{source}\n```")


def split_in_the_middle(nb):
    cell = cell_of(nb, "download")
    lines = cell.source.split("\n")
    second = copy.deepcopy(cell)
    cell.source, second.source = "\n".join(lines[:-2]), "\n".join(lines[-2:])
    second.id = "second-half"
    nb.cells.insert(at(nb, "download") + 1, second)


def split_in_the_middle_without_a_mark(nb):
    split_in_the_middle(nb)
    nb.cells[at(nb, "download") + 1].metadata = nbformat.from_dict({})


def split_with_the_mark_on_the_rest_alone(nb):
    split_in_the_middle(nb)
    cell_of(nb, "download").metadata = nbformat.from_dict({})


def split_around_a_stub(nb):
    split_in_the_middle(nb)
    first = cell_of(nb, "download")
    stub = unmarked("def download(url):\n    raise NotImplementedError()")
    nb.cells.insert(nb.cells.index(first) + 1, stub)
    first.metadata = nbformat.from_dict({})


def split_around_a_marked_stub_where_the_first_part_is_whole_code(nb):
    cell = cell_of(nb, "read-header")
    lines = cell.source.split("\n")
    end = ast.parse(cell.source).body[0].body[1].end_lineno  # of what comes after the docstring
    stub, second = copy.deepcopy(cell), copy.deepcopy(cell)
    stub.source, stub.id = "def read_header(data):\n    raise NotImplementedError('x')", "stub"
    second.source, second.id = "\n".join(lines[end:]), "second-half"
    place = at(nb, "read-header")
    nb.cells[place : place + 1] = [unmarked("\n".join(lines[:end])), stub, second]


def split_and_the_rest_made_markdown(nb):
    split_in_the_middle(nb)
    rest = next(cell for cell in nb.cells if cell.id == "second-half")
    rest.cell_type = "markdown"
    del rest["outputs"], rest["execution_count"]


def split_and_the_rest_copied(nb):
    split_in_the_middle(nb)
    place = next(n for n, cell in enumerate(nb.cells) if cell.id == "second-half")
    nb.cells.insert(place + 1, copy.deepcopy(nb.cells[place]))
    nb.cells[place].id = "copy"


def split_before_the_end(nb):
    cell = cell_of(nb, "download")
    second = copy.deepcopy(cell)
    second.id, second.source = "second-half", "# try it\ndownload"
    nb.cells.insert(at(nb, "download") + 1, second)


def no_marks(nb):
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict({})


def no_marks_and_other_ids(nb):
    for number, cell in enumerate(nb.cells):
        cell.metadata, cell.id = nbformat.from_dict({}), f"c{number}"


def copied_with_the_stub_below(nb):
    cell = copy.deepcopy(cell_of(nb, "download"))
    cell.source = "def download(url):\n    raise NotImplementedError()"
    cell.id = "copy"
    nb.cells.insert(at(nb, "download") + 1, cell)


HONEST = (
    *(deleted_and_written_anew, written_anew_at_the_end, written_above_the_stub),
    *(written_far_above_a_stub_with_another_docstring, written_below_the_checks),
    *(a_helper_below_the_checks, all_at_the_top, all_at_the_bottom, checks_at_the_top),
    *(imports_at_the_bottom, merged_with_the_next_answer),
    *(merged_with_a_stub_of_one_that_is_answered_above, merged_with_its_check),
    *(
        in_the_cell_of_its_check,
        in_the_cell_of_both_its_checks,
        all_in_one_cell,
        merged_with_text,
        made_markdown_without_a_mark,
    ),
    *(split_in_the_middle, split_in_the_middle_without_a_mark, split_before_the_end, no_marks),
    *(no_marks_and_other_ids, copied_with_the_stub_below, all_in_one_cell_with_stubs_below),
    *(split_with_the_mark_on_the_rest_alone, split_around_a_stub),
    split_around_a_marked_stub_where_the_first_part_is_whole_code,
    *(split_and_the_rest_made_markdown, split_and_the_rest_copied),
    all_in_one_cell_that_calls_what_was_made_markdown,
    *(all_in_one_cell_in_any_order, all_in_one_locked_cell, two_answers_in_the_cell_of_a_check),
)


@pytest.mark.parametrize("edit", HONEST)
def test_answers_count_wherever_they_stand(nb, release, tmp_path, edit):
    shapes, before = expected(nb), written(nb)
    edit(nb)
    changed = {**shapes, **{n: s for n, s in expected(nb).items() if n in ("decode", "find_links")}}
    done = restored(nb, release, tmp_path)
    assert lost(done.notebook, release, changed) == []
    assert written(done.notebook) == before
    nbformat.validate(done.notebook)


def test_answers_merged_with_text_count_and_a_person_is_asked(nb, release, tmp_path):
    shapes = expected(nb)
    all_in_one_cell_with_the_written_answer(nb)
    done = restored(nb, release, tmp_path)
    wrong = lost(done.notebook, release, shapes)
    assert not [one for one in wrong if "has another" in one]
    assert any("a person has to look" in note for note in done.notes)
    assert ANSWERED in written(done.notebook)["judgement"]


def test_cells_that_need_each_other_are_for_a_person(nb, release, tmp_path):
    """As where cells in whatever order were merged into two."""
    first = unmarked(cell_of(nb, "download").source + "\n\ncount_of(1, 2)")
    second = unmarked(cell_of(nb, "count-of").source + "\n\ndownload")
    nb.cells = [
        first,
        *(c for c in nb.cells if grade_id(c) not in ("download", "count-of")),
        second,
    ]
    notes = restored(nb, release, tmp_path).notes
    assert any("needs it in turn: a person has to look" in note for note in notes)


def test_a_cell_of_answers_that_is_no_python_is_for_a_person(nb, release, tmp_path):
    """As where one cell was torn apart before all were merged."""
    lines = cell_of(nb, "download").source.split("\n")
    cell_of(nb, "download").source = "\n".join(lines[3:])
    all_in_one_cell(nb)
    nb.cells[0].source += "\n\n" + "\n".join(lines[:3])
    notes = restored(nb, release, tmp_path).notes
    (told,) = [note for note in notes if "is no Python, and begins" in note]
    assert "find_links, " in told
    assert told.endswith("more: a person has to look at it")


def test_a_mistake_in_ones_own_code_is_nobodys_business(nb, release, tmp_path):
    nb.cells.append(unmarked("def read_header(data:\n    return"))  # it is answered above
    nb.cells.append(unmarked("def mine(data:\n    return"))
    cell_of(nb, "download").source = "def download(url:\n    return"
    assert not [n for n in restored(nb, release, tmp_path).notes if "a person has to" in n]


def test_a_rest_without_its_beginning_is_told(nb, release, tmp_path):
    cell_of(nb, "download").source = "    data = fetch(url)\n    return data"
    notes = restored(nb, release, tmp_path).notes
    assert any("without its beginning: a person has to look" in note for note in notes)


def test_a_written_answer_made_code_is_read(nb, release, tmp_path):
    written_answer_made_code(nb)
    done = restored(nb, release, tmp_path)
    assert ANSWERED in written(done.notebook)["judgement"]


@pytest.mark.parametrize("edit", [no_marks, written_anew_at_the_end, merged_with_text])
def test_what_was_recognised_is_told(nb, release, tmp_path, edit):
    edit(nb)
    assert restored(nb, release, tmp_path).notes


def test_the_authors_solution_stays_as_it_is(nb, release, tmp_path):
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert [c.id for c in done.notebook.cells] == [c.id for c in nb.cells]


def test_an_exercise_left_open_stays_open(nb, release, tmp_path):
    cell_of(nb, "download").source = release.visible["download"]
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert "download" in outline(cell_of(done.notebook, "download").source).stubs


def test_a_deleted_answer_comes_back_open(nb, release, tmp_path):
    nb.cells.remove(cell_of(nb, "download"))
    done = restored(nb, release, tmp_path)
    assert cell_of(done.notebook, "download").source == release.visible["download"]


def test_a_cell_that_begins_with_a_space_is_no_piece_of_another(nb, release, tmp_path):
    number = at(nb, "download")
    nb.cells[number:number] = [unmarked("for k in range(3):\n    print(k)"), unmarked("  mine = 1")]
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert [c.source for c in done.notebook.cells].count("  mine = 1") == 1


FORGED = "def check():\n    return 8\n\n\ncheck()"


@pytest.mark.parametrize("how", ["id", "mark", "id and mark", "text above"])
def test_no_cell_of_a_students_takes_the_place_of_a_test(nb, release, tmp_path, how):
    check = cell_of(nb, "check-download-more")
    forged = new_code_cell(FORGED)
    if "id" in how:
        forged.id, check.id = check.id, "other"
    if "mark" in how:
        forged.metadata = copy.deepcopy(check.metadata)
    if "above" in how:
        forged.source = f"{FORGED}\n\n{check.source}"
    nb.cells.append(forged)
    nb.cells.remove(check)
    done = restored(nb, release, tmp_path).notebook
    original = next(c for c in release.master.cells if grade_id(c) == "check-download-more")
    assert cell_of(done, "check-download-more").source == original.source
    assert [grade_id(c) for c in done.cells].count("check-download-more") == 1
    assert not any(c.metadata.get("nbgrader") for c in done.cells if "return 8" in c.source)


def test_a_weakened_test_leaves_nothing_behind(nb, release, tmp_path):
    check = cell_of(nb, "check-download")
    check.source = "expected = got = download('data:,a')\nassert True"
    done = restored(nb, release, tmp_path)
    assert len(done.notebook.cells) == len(nb.cells)
    assert done.notes == ("locked cell 'check-download' was changed; the released one is back",)


def test_an_import_that_was_added_to_a_locked_cell_runs(nb, release, tmp_path):
    cell_of(nb, "imports").source += "\nimport statistics as st"
    done = restored(nb, release, tmp_path).notebook
    assert done.cells[at(done, "imports") + 1].source == "import statistics as st"


ABOVE = {
    "a class without a body": ("class Gone(ValueError):\n    pass", "raise Gone()"),
    "a number": ("LIMIT = 5", "return LIMIT"),
    "a table that a loop fills": (
        "TABLE = {}\nfor k in range(3):\n    TABLE[k] = k",
        "return TABLE[0]",
    ),
    "a call": ("TABLE = []\nTABLE.append(7)", "return TABLE[0]"),
    "an import that the test has too": ("import urllib.request", "return urllib.request"),
}


@pytest.mark.parametrize("what", ABOVE)
def test_an_answer_in_a_tests_cell_keeps_what_it_needs(nb, release, tmp_path, what):
    above, line = ABOVE[what]
    answer = f"{above}\n\n\ndef download(url):\n    {line}"
    check = cell_of(nb, "check-download")
    check.source = f"{answer}\n\n{check.source}"
    nb.cells.remove(cell_of(nb, "download"))
    done = restored(nb, release, tmp_path).notebook
    own = done.cells[at(done, "check-download") - 2]
    kept = [ast.dump(node) for node in ast.parse(own.source).body]
    assert {ast.dump(node) for node in ast.parse(answer).body} <= {*kept}


def test_an_answer_by_assignment_in_a_tests_cell_counts(nb, release, tmp_path):
    check = cell_of(nb, "check-download")
    check.source = f"download = lambda url: b''\n{check.source}"
    nb.cells.remove(cell_of(nb, "download"))
    done = restored(nb, release, tmp_path).notebook
    assert any("lambda url" in cell.source for cell in done.cells)


def test_what_uses_a_locked_cells_names_runs_after_it(nb, release, tmp_path):
    cell_of(nb, "more-imports").source += "\nGRID = np.zeros(3)"
    done = restored(nb, release, tmp_path).notebook
    assert done.cells[at(done, "more-imports") + 1].source == "GRID = np.zeros(3)"


def test_another_assignments_notebook_is_for_a_person(release, tmp_path):
    other = nbformat.read(ROOT / "solutions" / "02_binary" / "02_binary.ipynb", as_version=4)
    with pytest.raises(UnreadableNotebookError, match=r"holds 1 of its graded cells and \d+ of"):
        restored(other, release, tmp_path)


def test_a_notebook_without_any_exercise_is_for_a_person(nb, release, tmp_path):
    nb.cells = [unmarked("import numpy as np"), new_markdown_cell("To be done.")]
    with pytest.raises(UnreadableNotebookError, match=r"holds 0 of its graded cells$"):
        restored(nb, release, tmp_path)


# Written answers


def own_cell(nb):
    number = at(nb, "judgement")
    nb.cells[number] = new_markdown_cell(ANSWERED)


def own_cell_below_the_empty_one(nb):
    nb.cells.insert(at(nb, "judgement") + 1, new_markdown_cell(ANSWERED))
    cell_of(nb, "judgement").source = "YOUR ANSWER HERE"


def own_cell_above_the_empty_one(nb):
    nb.cells.insert(at(nb, "judgement"), new_markdown_cell(ANSWERED))
    cell_of(nb, "judgement").source = ""


def a_comment(nb):
    nb.cells[at(nb, "judgement")] = new_code_cell(f"# {ANSWERED}")


def at_the_top(nb):
    nb.cells.remove(cell_of(nb, "judgement"))
    nb.cells.insert(0, new_markdown_cell(ANSWERED))


def below_the_question(nb):
    question = nb.cells[at(nb, "judgement") - 1]
    question.source += f"\n\n{ANSWERED}"
    cell_of(nb, "judgement").source = "YOUR ANSWER HERE"


@pytest.mark.parametrize(
    "edit",
    [
        *(own_cell, own_cell_below_the_empty_one, own_cell_above_the_empty_one),
        *(a_comment, at_the_top, below_the_question),
    ],
)
def test_a_written_answer_elsewhere_is_put_where_a_person_reads_it(nb, release, tmp_path, edit):
    edit(nb)
    done = restored(nb, release, tmp_path)
    assert ANSWERED in cell_of(done.notebook, "judgement").source
    assert any("'judgement' may be" in note and "person" in note for note in done.notes)


@pytest.mark.parametrize("which", ["first", "second"])
def test_both_halves_of_a_written_answer_are_read_in_order(nb, release, tmp_path, which):
    """Whichever half the editor left the cell's id to."""
    cell = cell_of(nb, "judgement")
    second = copy.deepcopy(cell)
    cell.source, second.source, second.id = "First half.", "Second half.", "other"
    nb.cells.insert(at(nb, "judgement") + 1, second)
    if which == "second":
        cell.id, second.id = second.id, cell.id
    done = restored(nb, release, tmp_path)
    assert cell_of(done.notebook, "judgement").source == "First half.\n\nSecond half."


def test_a_question_left_open_is_no_answer(nb, release, tmp_path):
    cell_of(nb, "judgement").source = release.visible["judgement"]
    nb.cells.append(new_markdown_cell("# My notes"))
    done = restored(nb, release, tmp_path)
    assert done.notes == ()
    assert cell_of(done.notebook, "judgement").source == release.visible["judgement"]


def test_a_picture_in_a_written_answer_stays(nb, release, tmp_path):
    picture = {"sketch.png": {"image/png": "aGVsbG8="}}
    number = at(nb, "judgement")
    nb.cells[number] = new_markdown_cell("![s](attachment:sketch.png)", attachments=picture)
    done = restored(nb, release, tmp_path)
    assert cell_of(done.notebook, "judgement").attachments == picture
