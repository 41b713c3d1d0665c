"""What is named as the folder of submissions by mistake is told, with what was meant."""

from __future__ import annotations

import shutil
import zipfile

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.cli.app import main
from autograder.errors import IntakeError, MistakenFolderError
from autograder.grading import mistaken_folder
from autograder.grading.mistaken_folder import refuse_mistaken, tell_exports
from autograder.sandbox.bounded_process import BoundedProcess, Bounds
from autograder.submissions.collect import find_submissions
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.exports import ZIPPED, make_class, write_export


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path)


def refuse(course, folder):
    refuse_mistaken(folder, load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))


def grade(course, folder, *options):
    words = ["grade", NAME, "--submitted", str(folder), "--quiet", *options]
    return main(["--course", str(course), *words])


@pytest.mark.parametrize("platform", ["moodle", "moodle-flat", "canvas", "gradescope"])
def test_an_export_is_told_with_the_command_that_sorts_it(course, platform, capsys):
    source = write_export(platform, make_class(3), course)
    assert grade(course, source) == 4
    told = capsys.readouterr().err
    assert f"looks like an export of {platform.partition('-')[0]}" in told
    assert f"`autograder collect {source} {NAME}`" in told


def test_another_zip_file_is_told_as_one(course, capsys):
    source = write_export("drive", make_class(3), course)
    named = source.rename(source.with_name("my class.ZIP"))
    assert grade(course, named) == 4
    told = capsys.readouterr().err
    assert "is a zip file, as exports are" in told
    assert f"`autograder collect '{named}' {NAME}`" in told


@pytest.mark.parametrize("platform", sorted(ZIPPED - {"drive"}))
def test_an_export_beside_a_class_is_no_students(course, platform):
    hand_in(course, "s01", submission())
    source = write_export(platform, make_class(3), course)
    shutil.move(source, course / "in" / "week3.zip")
    (course / "in" / "roster.csv").write_text("id\ns01\n")
    found = find_submissions(course / "in", NAME)
    assert [one.student for one in found.submissions] == ["s01", "week3"]
    told = tell_exports(found, course / "in", NAME)
    assert [one.student for one in told.submissions] == ["s01"]
    (line,) = (str(one) for one in told.entries if one.path == "week3.zip")
    assert line.startswith("week3.zip: not taken: looks like an export of ")
    assert f"`autograder collect {course / 'in' / 'week3.zip'} {NAME}`" in line


def test_what_a_student_packed_is_still_a_students(course):
    hand_in(course, "s01", submission())
    shutil.make_archive(str(course / "in" / "s02"), "zip", course / "in", "s01.ipynb")
    shutil.make_archive(str(course / "in" / "s05"), "zip", course, "solutions")
    (course / "in" / "s03.zip").write_bytes(b"PK")
    (course / "in" / "s04.zip").mkdir()
    found = find_submissions(course / "in", NAME)
    assert tell_exports(found, course / "in", NAME) == found


@pytest.mark.slow
def test_a_zip_file_of_many_names_is_looked_into_within_bounds(course, monkeypatch):
    """A student may have made it, and its directory alone takes many times its size."""
    hand_in(course, "s01", submission())
    with zipfile.ZipFile(course / "in" / "s02.zip", "w") as packed:
        for number in range(60_000):
            packed.writestr(f"s_{number}_assignsubmission_file_/{'x' * 100}.ipynb", b"")
    narrow = BoundedProcess(Bounds(memory_mb=16))
    narrow.preload("autograder.collect.profiles")
    monkeypatch.setattr(mistaken_folder, "reading_process", lambda: narrow)
    found = find_submissions(course / "in", NAME)
    assert tell_exports(found, course / "in", NAME) == found
    narrow.close()


def test_where_there_is_nothing_but_an_export_the_command_is_named(course, capsys):
    folder = course / "in"
    folder.mkdir()
    shutil.move(write_export("moodle", make_class(3), course), folder / "week3.zip")
    (folder / "roster.csv").write_text("id\ns01\n")
    (folder / "count.py").write_text("")
    assert grade(course, folder) == 4
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"week3.zip looks like an export of moodle: `autograder collect {folder}" in told
    assert "the student" not in told
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "s01.zip").write_bytes(b"PK")
    assert grade(course, folder) == 4
    told = capsys.readouterr().err.splitlines()[-1]
    assert f"`autograder collect {folder} {NAME}` unpacks what is zipped" in told


def test_the_folder_above_a_class_is_refused_and_the_class_named(course):
    above = course / "collected"
    for student in ("s01", "s02"):
        (above / NAME / student).mkdir(parents=True)
        nbformat.write(submission(), above / NAME / student / f"{NAME}.ipynb")
    with pytest.raises(MistakenFolderError, match=rf"did you mean {above / NAME}\?"):
        refuse(course, above)
    refuse(course, above / NAME)


def test_a_folder_of_other_assignments_names_no_class(course):
    (course / "solutions" / "a2").mkdir()
    (course / "collected" / "a2" / "s01").mkdir(parents=True)
    with pytest.raises(MistakenFolderError, match=r"holds folders of assignments \(a2\)") as raised:
        refuse(course, course / "collected")
    assert "did you mean" not in str(raised.value)
    with pytest.raises(MistakenFolderError, match="expected students'") as raised:
        refuse(course, course / "solutions")
    assert "did you mean" not in str(raised.value)


def test_students_beside_a_folder_named_as_the_assignment_are_a_class(course):
    hand_in(course, "s01", submission())
    (course / "in" / NAME).mkdir()
    refuse(course, course / "in")
    (course / "nested" / "s01" / NAME).mkdir(parents=True)
    (course / "nested" / NAME).mkdir()
    refuse(course, course / "nested")


def test_the_graders_own_folder_is_refused(course):
    work = WorkDir(course / "work")
    with pytest.raises(MistakenFolderError, match=r"the folder that the grader writes to$"):
        refuse(course, work.root)
    with pytest.raises(IntakeError, match="is not a folder; expected one with"):
        refuse(course, work.submitted)
    work.collected(NAME).mkdir(parents=True)
    for folder in (work.root, work.submitted):
        with pytest.raises(MistakenFolderError, match=f"did you mean {work.collected(NAME)}"):
            refuse(course, folder)
