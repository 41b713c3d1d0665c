"""Marks go into the files that platforms give and take back, and into nothing else of them."""

from __future__ import annotations

import csv
import io

import pytest

from autograder.cli.app import main
from autograder.errors import MarksheetError
from autograder.grading.marksheet import fill_marksheet
from autograder.submissions.roster import Roster, plain, read_roster
from tests.support.course import NAME, make_course

MARKS = {"s01": 85, "s02": 90, "s04": 77}
ROSTER = """id,name,email,canvas_id
s01,Student One,s01@example.org,101
s02,Student Two,s02@example.org,102
s03,Student Three,s03@example.org,103
s04,Student Four,s04@example.org,104
"""

# what Moodle's assignment writes under "Download grading worksheet"
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    'Participant 7,Student One,s01@example.org,Submitted,,50.00,Yes,"Sunday, 1 March",-,\r\n'
    "Participant 8,Student Two,s02@example.org,Submitted for grading,12.00,50.00,Yes,-,-,Good\r\n"
    "Participant 9,Student Three,s03@example.org,No submission,,50.00,Yes,-,-,\r\n"
)
# what Canvas's gradebook writes under "Export"
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,03_svc (4711),Other (4712),Final Score\r\n"
    "    Points Possible,,,,,20,10,(read only)\r\n"
    '"One, Student",101,,s01@example.org,A,,5,50\r\n'
    '"Two, Student",102,,s02@example.org,A,,,\r\n'
    '"Student, Test",999,,x,A,,,\r\n'
)
GRADEBOOK = (
    "First name,Last name,ID number,Email address,Assignment: 03_SVC (Real),Course total (Real)\r\n"
    "Student,One,,,-,-\r\n"
    "Student,Two,s02,,-,-\r\n"
)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER)
    return read_roster(path)


def filled(tmp_path, text, roster, **options):
    path = tmp_path / "sheet.csv"
    path.write_bytes(text.encode())
    done = fill_marksheet(path, MARKS, roster, "03_svc", **options)
    return done, list(csv.reader(io.StringIO(done.text, newline="")))


def before(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def differences(old, new):
    assert [len(row) for row in old] == [len(row) for row in new]
    return {
        (n, old[0][k]): value
        for n, row in enumerate(new)
        for k, value in enumerate(row)
        if value != old[n][k]
    }


def test_moodles_worksheet(tmp_path, roster):
    done, rows = filled(tmp_path, WORKSHEET, roster)
    assert differences(before(WORKSHEET), rows) == {(1, "Grade"): "42.5", (2, "Grade"): "45"}
    assert done.filled == ("s01", "s02")
    assert done.without == ("Student Three",)
    assert done.missing == ("s04",)


def test_canvas_gradebook(tmp_path, roster):
    done, rows = filled(tmp_path, CANVAS, roster)
    assert done.column == "03_svc (4711)"
    assert differences(before(CANVAS), rows) == {(2, done.column): "17", (3, done.column): "18"}
    assert done.without == ("Student, Test",)


def test_moodles_gradebook(tmp_path, roster):
    done, rows = filled(tmp_path, GRADEBOOK, roster)
    assert differences(before(GRADEBOOK), rows) == {(1, done.column): "85", (2, done.column): "90"}


def test_another_column_by_its_heading(tmp_path, roster):
    _, rows = filled(tmp_path, CANVAS, roster, column="Other (4712)")
    assert differences(before(CANVAS), rows)[2, "Other (4712)"] == "8.5"


def test_without_a_roster_ids_decide(tmp_path):
    ids = Roster(tuple(MARKS), keys={plain(name): frozenset({name}) for name in MARKS})
    done, _ = filled(tmp_path, GRADEBOOK, ids)
    assert done.filled == ("s02",)
    assert done.without == ("Student",)


WRONG = {
    "no names": (
        "Mark,Note\r\n1,2\r\n",
        {},
        "the columns are Mark, Note; expected one of ID number",
    ),
    "empty": ("", {}, "the columns are none; expected one of ID number"),
    "no column": (
        "Student,ID,,SVC (1)\r\n",
        {},
        "no column has '03_svc' in its heading; name one of these by --column: Student, ID, SVC",
    ),
    "two columns": (
        "ID,03_svc (1),03_svc (2)\r\n",
        {},
        "more than one column has '03_svc' in its heading: 03_svc (1), 03_svc (2); name one by --",
    ),
    "unknown": (
        CANVAS,
        {"column": "Nix"},
        "no column is named 'Nix'; name one of these by --column: Student, ID",
    ),
    "twice": ("ID,x,x\r\n", {"column": "x"}, "more than one column is named 'x': x, x"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_cannot_be_filled_says_why(tmp_path, roster, what):
    text, options, expected = WRONG[what]
    with pytest.raises(MarksheetError) as caught:
        filled(tmp_path, text, roster, **options)
    assert expected in str(caught.value)


def test_nothing_is_filled_in_before_it_was_published(tmp_path, capsys):
    course = make_course(tmp_path)
    (tmp_path / "sheet.csv").write_text(CANVAS)
    assert main(["--course", str(course), "export", str(tmp_path / "sheet.csv"), NAME]) == 1
    assert "nothing was published yet" in capsys.readouterr().err
    assert not (tmp_path / "sheet-filled.csv").exists()


# Moodle's mod/assign/feedback/offline/importgradeslib.php looks these up by their English names,
# `recordid`, `grade` and `lastmodifiedgrade` of lang/en/assign.php, and refuses a file without one.
MOODLE_NEEDS = {"Identifier", "Grade", "Last modified (grade)"}

# Canvas's gradebook export begins with these, as `csv.student`, `csv.id` and so on of its
# assignment model have them; then comes "NAME (ID)" for each assignment, and a second line that
# begins with "Points Possible".
CANVAS_BEGINS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def test_what_the_platforms_go_by_is_still_there(tmp_path, roster):
    _, rows = filled(tmp_path, WORKSHEET, roster)
    assert set(rows[0]) >= MOODLE_NEEDS
    number = rows[0].index("Identifier")
    # Moodle takes what follows the word for a participant, and only a number will do
    assert [row[number] for row in rows[1:]] == [f"Participant {n}" for n in (7, 8, 9)]
    assert all(float(row[rows[0].index("Grade")] or 0) <= 50 for row in rows[1:])
    _, rows = filled(tmp_path, CANVAS, roster)
    assert rows[0][:5] == CANVAS_BEGINS
    assert rows[0][5] == "03_svc (4711)"
    assert rows[1][0].strip() == "Points Possible"


# the same worksheet as a German Moodle writes it
GERMAN = (
    "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung\r\n"
    "Teilnehmer/in 7,Student One,s01@example.org,Abgegeben,,50\r\n"
    "Teilnehmer/in 8,Student Two,s02@example.org,Abgegeben,,50\r\n"
    "Teilnehmer/in 9,Student Three,s03@example.org,-,,50\r\n"
)


def test_a_worksheet_in_another_language_is_filled_by_its_names(tmp_path, roster):
    options = {"column": "Bewertung", "maximum": 50}
    done, rows = filled(tmp_path, GERMAN, roster, **options)
    assert done.filled == ("s01", "s02")
    assert differences(before(GERMAN), rows) == {(1, "Bewertung"): "42.5", (2, "Bewertung"): "45"}
