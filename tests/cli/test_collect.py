"""``autograder collect`` prints what became of each file, and lays out what `grade` reads."""

from __future__ import annotations

import zipfile

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.cli.app import main
from autograder.workdir import WorkDir
from tests.support.course import NAME, make_course, submission
from tests.support.exports import make_class, write_export, write_roster

SOLVED = nbformat.writes(submission())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


def collect(course, source, *options):
    return main(["--course", str(course), "collect", str(source), NAME, *map(str, options)])


def test_the_table_tells_of_every_file(course, tmp_path, capsys):
    pupils = make_class(23)
    source = write_export("gradescope", pupils, tmp_path)
    roster = write_roster(pupils, tmp_path / "roster.csv")
    assert collect(course, source, "--roster", roster, "--dry-run") == 0
    assert not WorkDir(course / "work").collected(NAME).exists()
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-03-02 00:00:00")
    capsys.readouterr()
    assert collect(course, source, "--roster", roster) == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "2026-03-01 22:00:00 UTC" in lines["s01"]
    assert "1:30:00" in lines["s07"]
    assert "recovered from the page" in lines["s13"]
    assert "expected one notebook, found: s17/a1.py" in lines["s17"]
    assert lines["s23"].endswith("not handed in")
    target = WorkDir(course / "work").collected(NAME)
    assert lines[f"Collected: 22 of 23 students, in {target}"]
    words = f"autograder --course {course} grade {NAME} --submitted {target} --roster {roster}"
    assert lines[f"Next: {words}"]
    assert {path.name for path in target.iterdir()} == {p.id for p in pupils if p.files}


@pytest.mark.parametrize(
    ("platform", "told"),
    [
        ("moodle", "This export has no times: who was late is not known, and lateness costs not"),
        ("canvas", "who was late is known where the export says so, by how much is not, and late"),
        ("gradescope", None),
        ("nbgrader", None),
    ],
)
def test_an_export_without_times_is_told(course, tmp_path, capsys, platform, told):
    assert collect(course, write_export(platform, make_class(7), tmp_path), "--dry-run") == 0
    shown = capsys.readouterr().out
    assert ("This export has no times" in shown) == (told is not None)
    assert told is None or told in shown


@pytest.mark.parametrize(
    ("platform", "header", "row"),
    [
        ("moodle", "First name,Surname,ID number,Email address", "{first},{last},{id},{id}@x.org"),
        ("canvas", "Student,ID,SIS User ID,SIS Login ID", '"{last}, {first}",{number},{id},{id}'),
    ],
)
def test_a_platforms_own_list_is_the_roster_of_its_export(
    course, tmp_path, capsys, platform, header, row
):
    pupils = make_class(7)
    names = ({"id": one.id, "number": one.number, "name": one.name.split()} for one in pupils)
    lines = [row.format(first=one["name"][0], last=one["name"][1], **one) for one in names]
    (tmp_path / "list.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    source = write_export(platform, pupils, tmp_path)
    assert collect(course, source, "--roster", tmp_path / "list.csv") == 0
    target = WorkDir(course / "work").collected(NAME)
    assert {path.name for path in target.iterdir()} == {one.id for one in pupils}


def test_a_later_export_takes_the_place_of_the_one_before(course, tmp_path, capsys):
    for size in (3, 2):
        assert collect(course, write_export("zips", make_class(size), tmp_path)) == 0
    assert "In place of what was collected before: 3 students" in capsys.readouterr().out
    target = WorkDir(course / "work").collected(NAME)
    assert sorted(path.name for path in target.iterdir()) == ["s01", "s02"]


@pytest.mark.parametrize(("size", "told"), [(1, "1 of 1 student"), (2, "2 of 2 students")])
def test_students_are_counted_in_english(course, tmp_path, capsys, size, told):
    assert collect(course, write_export("zips", make_class(size), tmp_path)) == 0
    assert f"\nCollected: {told}, in " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"lecture1/slides.pdf": b"%PDF", "lecture2/slides.pdf": b"%PDF"}, "has no notebook in it"),
        ({"s01.pdf": b"%PDF"}, "has no notebook in it"),
        ({"s01/b2.ipynb": SOLVED, "s02/b2.ipynb": SOLVED}, "has b2.ipynb in it"),
    ],
)
def test_an_export_of_something_else_replaces_no_class(course, tmp_path, capsys, files, told):
    other = course / "solutions" / "b2"
    other.mkdir(exist_ok=True)
    nbformat.write(submission(), other / "b2.ipynb")
    assert collect(course, write_export("zips", make_class(2), tmp_path)) == 0
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    for options in ([], ["--dry-run"]):
        capsys.readouterr()
        assert collect(course, tmp_path / "other.zip", *options) == 1
        said = capsys.readouterr()
        assert f"{told}, expected notebooks of {NAME}; nothing was collected" in said.err
        assert "Next:" not in said.out
    target = WorkDir(course / "work").collected(NAME)
    assert sorted(path.name for path in target.iterdir()) == ["s01", "s02"]


def test_one_that_sent_another_assignments_notebook_is_seen_in_the_table(course, tmp_path, capsys):
    other = course / "solutions" / "b2"
    other.mkdir(exist_ok=True)
    nbformat.write(submission(), other / "b2.ipynb")
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as packed:
        packed.writestr(f"s01/{NAME}.ipynb", SOLVED)
        packed.writestr("s02/b2.ipynb", SOLVED)
    assert collect(course, tmp_path / "class.zip") == 0
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "another assignment's" in lines["s02"]
    assert "another assignment's" not in lines["s01"]


def test_another_folder_is_not_overwritten(course, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    source = write_export("zips", make_class(2), tmp_path)
    assert collect(course, source, "--into", tmp_path / "mine") == 1
    assert "expected an empty folder, or none" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "x"


@pytest.mark.slow
def test_what_was_collected_is_graded(course, tmp_path, capsys):
    assert collect(course, write_export("moodle", make_class(3), tmp_path)) == 0
    target = WorkDir(course / "work").collected(NAME)
    assert main(["--course", str(course), "grade", NAME, "--submitted", str(target)]) == 0
    assert "3 submissions in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["s01/a1.ipynb", "s02/96%_s02.ipynb"], 0),
        (["s01/A1 (1).ipynb"], 0),
        (["s01/homework.ipynb"], "names no assignment; expected one of: a1"),
        ([], "names no assignment; expected one of: a1"),
    ],
)
def test_without_an_assignment_it_is_the_one_that_names_tell(tmp_path, capsys, names, told):
    (tmp_path / "course").mkdir()
    course, export = make_course(tmp_path / "course"), tmp_path / "export"
    export.mkdir()
    for name in names:
        (export / name).parent.mkdir(exist_ok=True)
        nbformat.write(submission(), export / name)
    status = main(["--course", str(course), "collect", str(export), "--dry-run"])
    said = capsys.readouterr()
    assert (status == 0) if told == 0 else (told in said.err)
