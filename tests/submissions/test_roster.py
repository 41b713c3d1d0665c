"""Rosters: what they may look like, what is said of a wrong one, and what a class makes of one."""

from __future__ import annotations

import csv
import hashlib
import shutil

import pytest

from autograder.cli.app import main
from autograder.errors import RosterError
from autograder.evidence.log import read_log
from autograder.evidence.runs import complete_run
from autograder.outcome import Outcome
from autograder.submissions.class_list import apply_roster
from autograder.submissions.entries import Entry, Intake, Status, Submission
from autograder.submissions.roster import Contact, read_roster
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, knowing, make_course, submission

FORMS = {
    "names": "s02\ns01\n",
    "names with a header": "student\r\ns01\r\n\r\n s02 \r\n",
    "table": "student,mail\ns01,a@b\ns02,c@d\n",
    "semicolons": "name;Student\nA;s01\nB;s02\n",
    "tabs": "id\tmail\ns01\ta\ns02\tb\n",
    "nbgrader": "id,first_name,last_name,email\ns02,,,\ns01,,,\n",
    "quotes": '"student","note"\n"s01","one, two"\n"s02",""\n,\n',
    "Moodle's participants": (
        '\ufeff"First name",Surname,"ID number","Email address",Groups\n'
        "Student,One,s01,a@b,A\nStudent,Two,s02,c@d,A\n"
    ),
    "Canvas's gradebook": (
        "Student,ID,SIS User ID,SIS Login ID,Section,a1 (7)\n,,,,,Manual Posting\n"
        '    Points Possible,,,,,10\n"One, Student",1,s01,l1,A,9\n"Two, Student",2,s02,l2,A,\n'
        '"Student, Test",3,,x,A,\n'
    ),
    "Canvas's without the school's": (
        "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
        '"One, Student",s01,,l1,A\n"Two, Student",s02,,l2,A\n'
    ),
    "one's own, with Canvas's": "id,SIS User ID\ns01,x\ns02,y\n",
    "one's own, with Moodle's": "ID number,student\nx,s01\ny,s02\n",
    "byte order mark": "\ufeffstudent,mail\ns01,a\ns02,b\n",
}

WRONG = {
    "empty": ("", "it has no name, expected one a line"),
    "no column": (
        "name,mail\ns01,a\n",
        "line 1: the columns are name, mail; expected one of student, id, ID number (Moodle's) or ",
    ),
    "no number of Moodle's": (
        "Full name,ID number\nStudent One,s01\nStudent Two,\n",
        "line 3: nothing in the column 'id number'",
    ),
    "nobody of Canvas's": ("Student,ID,SIS User ID\n  Points Possible,,\n", "it has no name"),
    "twice": ("s01\ns02\ns01\n", "line 3: 's01' stands in line 1 already"),
    "no name": ("student,mail\ns01,a\n,b\n", "line 3: '' is no name of a student"),
    "path": ("s01\n../s02\n", "line 2: '../s02' is no name of a student"),
    "control": ("s01\ns\x1b[2J\n", "line 2: 's\\x1b[2J' is no name of a student"),
    "long": ("s01\n" + "x" * 300, "is no name of a student"),
    "short row": ("mail,student\na,s01\nb\n", "line 3: '' is no name of a student"),
}


@pytest.fixture
def roster(tmp_path):
    def write(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read(roster, form):
    path = roster(FORMS[form])
    found = read_roster(path)
    assert found.students == ("s01", "s02")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("content", "contact"),
    [
        ("id,first_name,last_name,email\ns01,Student,One,a@b\n", ("Student", "One", "", "a@b")),
        ("id;Surname;First name;E-mail\ns01; One ;A  B;a@b\n", ("A B", "One", "", "a@b")),
        ('id,name\ns01,"One, Student"\n', ("Student", "One", "One, Student", "")),
        ("id,name,mail\ns01,Student One,\n", ("", "", "Student One", "")),
        ("id,name,last_name\ns01,Student One\n", ("", "", "Student One", "")),
        ("id,name\ns01,a\x1b[2J\u202eb\n", ("", "", "a[2Jb", "")),
        ("s01\n", ("", "", "", "")),
        (
            "First name,Surname,ID number,Email address\nStudent,One,s01,a@b\n",
            ("Student", "One", "", "a@b"),
        ),
        ('Student,ID,SIS User ID\n"One, Student",7,s01\n', ("Student", "One", "One, Student", "")),
    ],
)
def test_names_and_addresses_are_read_where_they_stand(roster, content, contact):
    assert read_roster(roster(content)).contacts == {"s01": Contact(*contact)}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_said_with_its_line(roster, kind):
    content, expected = WRONG[kind]
    path = roster(content)
    with pytest.raises(RosterError) as raised:
        read_roster(path)
    assert expected in str(raised.value)
    assert str(path) in str(raised.value)


def test_bytes_that_are_no_text_and_a_missing_file_are_named(roster, tmp_path):
    with pytest.raises(RosterError, match=r"line 2: byte b'\\xe9' is no UTF-8"):
        read_roster(roster(b"s01\nJ\xe9r\n"))
    with pytest.raises(RosterError, match="cannot be read: No such file"):
        read_roster(tmp_path / "none.csv")


def test_names_are_one_person_s_however_a_system_composes_them(roster):
    path = roster("Zoe\u0308\ns01\n")
    intake = Intake((Submission("Zo\u00eb", path), Submission("s01", path)), ())
    outcomes = {one.outcome for one in apply_roster(intake, read_roster(path), path).submissions}
    assert outcomes == {Outcome.NEEDS_REVIEW}  # which is a submission's before it ran
    assert all(one.path for one in apply_roster(intake, read_roster(path), path).submissions)


def test_a_stranger_is_refused_and_asked_about(roster):
    path = roster("s01\ns02\n")
    taken = [Entry(f"{name}.ipynb", name, Status.TAKEN, usual=True) for name in ("S02", "s01")]
    intake = Intake((Submission("S02", path), Submission("s01", path)), tuple(taken))
    found = apply_roster(intake, read_roster(path), path)
    rows = {one.student: (one.path, one.problem, one.outcome) for one in found.submissions}
    assert rows["S02"] == (
        None,
        "not on the roster; s02 is: the same student?",
        Outcome.NEEDS_REVIEW,
    )
    assert rows["s02"][2] is Outcome.NOT_HANDED_IN
    assert found.unusual == (
        "S02.ipynb: not taken: not on the roster; s02 is: the same student?",
        "s02: not taken: on the roster, and nothing was handed in",
    )


def test_another_class_s_roster_is_refused(roster):
    path = roster("t01\nt02\n")
    with pytest.raises(RosterError, match=r"nobody who handed in \(s01\) is on it \(t01, t02\)"):
        apply_roster(Intake((Submission("s01", path),), ()), read_roster(path), path)


def table(course):
    with (course / "work" / "report" / "grades.csv").open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_invented_students_move_no_grade_and_missing_ones_have_a_row(tmp_path, roster, capsys):
    (tmp_path / "course").mkdir()
    course = make_course(tmp_path / "course")
    for student, wrong in {"s01": 0, "s02": 12}.items():
        hand_in(course, student, submission(predict=knowing(range(wrong))))

    def grade(*options):
        command = ["--course", str(course), "grade", NAME, "--submitted", str(course / "in")]
        return main([*command, "--workers", "1", *options])

    path = roster("s01\ns02\ns03\n")
    assert grade("--roster", str(path)) == 3  # s03 has no grade
    alone = table(course)
    assert alone["s03"]["outcome"] == "not handed in"
    for k in range(3):
        hand_in(course, f"x{k}", submission(predict=knowing(range(4 * k))))
    assert grade("--roster", str(path)) == 3
    told = capsys.readouterr()
    assert "x0" in told.err
    assert "not on the roster" in told.err
    crowded = table(course)
    for student in ("s01", "s02", "s03"):
        assert crowded[student] == alone[student]
    assert {crowded[f"x{k}"]["rank"] for k in range(3)} == {""}
    run = complete_run(read_log(WorkDir(course / "work").evidence(NAME)).entries)
    assert run.entry.body["roster"] == {
        "students": ["s01", "s02", "s03"],
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    shutil.copy(course / "work" / "report" / "grades.csv", tmp_path / "before.csv")
    assert main(["--course", str(course), "rescore", NAME]) == 3
    after = (course / "work" / "report" / "grades.csv").read_text()
    assert after == (tmp_path / "before.csv").read_text()
    assert main(["--course", str(course), "verify", NAME]) == 0
