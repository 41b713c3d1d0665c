"""One class comes in eight ways: the same students, the same work, and no file without a word."""

from __future__ import annotations

import zipfile
from fractions import Fraction

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.collect.profiles import PROFILES, find_profile
from autograder.collect.run import collect
from autograder.errors import CollectError, ProfileError
from autograder.gradebook.store import register
from autograder.submissions.collect import find_submissions
from autograder.submissions.contents import read_content
from autograder.submissions.roster import read_roster
from autograder.workdir import WorkDir
from tests.support.course import NAME, make_course, submission
from tests.support.exports import (
    ABSENT,
    EMPTY,
    EXPORTS,
    LATE,
    PAGE,
    SCRIPT,
    TIMES,
    TWICE,
    make_class,
    write_export,
    write_roster,
)

SIZE = 60
PROFILE_OF = {
    "nbgrader": "folders",
    "moodle-flat": "moodle",
    "drive": "folders",
    "zips": "folders",
}
WITH_TIMES = {"nbgrader", "exchange", "gradescope"}


@pytest.fixture(scope="module")
def pupils():
    return make_class(SIZE)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def release(course):
    return register(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))


@pytest.fixture(scope="module", params=EXPORTS)
def way(request, pupils, release, tmp_path_factory):
    """Return an export's name, what became of it, and what the grader finds then."""
    folder = tmp_path_factory.mktemp("way")
    source = write_export(request.param, pupils, folder)
    roster = read_roster(write_roster(pupils, folder / "roster.csv"))
    done = collect(source, folder / "out", NAME, roster=roster)
    return request.param, done, find_submissions(folder / "out", NAME, release)


def test_each_is_recognised(way):
    name, done, _ = way
    assert done.profile == PROFILE_OF.get(name, name)


def test_everybody_is_there_once(way, pupils):
    _, done, found = way
    assert list(done.students) == [pupil.id for pupil in pupils]
    assert [one.student for one in found.submissions] == sorted(
        pupil.id for pupil in pupils if pupil.files
    )


def test_the_work_is_the_same(way, pupils):
    _, _, found = way
    by = {one.student: one for one in found.submissions}
    for pupil in pupils:
        if pupil.id in (SCRIPT, EMPTY, ABSENT):
            continue
        content = read_content(by[pupil.id].path)
        assert any(text.endswith(f"return 2 * x  # {pupil.id}") for _, text, _ in content.cells)
        if pupil.id != PAGE:
            assert by[pupil.id].path.read_bytes() == pupil.files[f"{NAME}.ipynb"]


def test_what_cannot_be_graded_is_told(way):
    _, done, found = way
    by = {one.student: one for one in found.submissions}
    assert by[SCRIPT].path is None
    assert ".py" in by[SCRIPT].problem
    assert done.students[ABSENT] == []
    (told,) = done.students[PAGE]
    assert "recovered from the page" in told.why


def test_times_and_lateness_come_along(way):
    name, done, found = way
    by = {one.student: one for one in found.submissions}
    if name in WITH_TIMES:
        assert by[LATE].timestamp.startswith(TIMES[True].removesuffix(" UTC"))
        assert by["s01"].timestamp.startswith(TIMES[False].removesuffix(" UTC"))
    assert done.late == ({LATE} if name == "canvas" else set())


def test_the_latest_attempt_counts(way):
    name, done, _ = way
    told = [entry.why for entry in done.students[TWICE]]
    if name in ("canvas", "exchange"):
        assert sorted(told) == ["", "an earlier attempt: the latest counts"]


def test_claims_come_along(way):
    name, _, found = way
    claims = {one.claim for one in found.submissions if one.path}
    assert claims == ({Fraction(96, 100)} if name == "drive" else {None})


def test_without_a_roster_students_are_named_as_the_export_does(pupils, tmp_path):
    source = write_export("canvas", pupils[:3], tmp_path)
    done = collect(source, tmp_path / "out", NAME)
    assert all(name.startswith("no0") for name in done.students)


def test_namesakes_are_told_apart_by_their_numbers(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"student_{number}_9_a1.ipynb").write_bytes(b"{}")
    done = collect(folder, tmp_path / "out", NAME)
    assert list(done.students) == ["student_1", "student_2"]


def test_who_is_not_on_the_roster_is_listed(pupils, tmp_path):
    source = write_export("zips", pupils[:3], tmp_path)
    roster = read_roster(write_roster(pupils[:2], tmp_path / "roster.csv"))
    done = collect(source, tmp_path / "out", NAME, roster=roster)
    assert list(done.students) == ["s01", "s02"]
    assert [str(entry) for entry in done.entries] == [
        "s03.zip: not taken: 's03' is not on the roster"
    ]


def test_a_profile_that_does_not_fit_is_refused(pupils, tmp_path):
    source = write_export("zips", pupils[:2], tmp_path)
    with pytest.raises(ProfileError, match=r"expected a file submission_metadata\.yml"):
        find_profile(source, "gradescope")
    with pytest.raises(ProfileError, match="profile 'x', expected one of gradescope"):
        find_profile(source, "x")
    assert find_profile(source)[0] is PROFILES["folders"]


def test_nothing_is_overwritten(pupils, tmp_path):
    source = write_export("zips", pupils[:2], tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(CollectError, match="expected an empty folder, or none"):
        collect(source, tmp_path / "out", NAME)


def test_an_archive_in_an_archive_is_unpacked(pupils, tmp_path):
    text = pupils[0].files[f"{NAME}.ipynb"]
    inner, outer = tmp_path / "work.zip", tmp_path / "class.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/a1.ipynb", text)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "s01/work.zip")
        archive.write(inner, "s02.zip")
    done = collect(outer, tmp_path / "out", NAME)
    assert list(done.students) == ["s01", "s02"]
    assert all(list((tmp_path / "out" / who).rglob("a1.ipynb")) for who in done.students)


@pytest.mark.parametrize("listed", [True, False])
def test_what_the_students_command_packs_is_found(course, release, tmp_path, listed):
    """The archive holds a notebook of its own name, which names no assignment, and other files."""
    text = nbformat.writes(submission())
    export = tmp_path / "in"
    export.mkdir()
    for who in ("s01", "s02"):
        with zipfile.ZipFile(export / f"72%_{who}.zip", "w") as archive:
            archive.writestr(f"72%_{who}.ipynb", text)
            archive.writestr("notes.txt", "my own")
    (tmp_path / "roster.csv").write_text("id\ns01\ns02\n")
    roster = read_roster(tmp_path / "roster.csv") if listed else None
    collect(export, tmp_path / "out", NAME, roster=roster)
    found = find_submissions(tmp_path / "out", NAME, release, course / "solutions" / NAME)
    assert [(one.student, one.problem, one.claim) for one in found.submissions] == [
        (who, None, Fraction(72, 100)) for who in ("s01", "s02")
    ]
    assert all(one.path.read_text() == text for one in found.submissions)


def test_a_repository_of_gits_is_left_behind(pupils, tmp_path):
    source = write_export("github", pupils[:2], tmp_path)
    collect(source, tmp_path / "out", NAME)
    assert not list((tmp_path / "out").rglob(".git"))


def test_recovered_cells_keep_their_order_and_code(pupils, tmp_path):
    source = write_export("drive", [pupils[12]], tmp_path)
    collect(source, tmp_path / "out", NAME)
    (path,) = (tmp_path / "out").rglob("*.ipynb")
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    assert [cell.cell_type for cell in nb.cells] == ["code"] * 4 + ["markdown"] + ["code"] * 2
    assert nb.cells[2].source == "def double(x):\n    return 2 * x  # s13"
