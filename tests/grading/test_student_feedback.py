"""Each student's page: what it says, that it says nothing secret, and what it is called."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import pytest
from bs4 import BeautifulSoup

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.grading.hand_back import hand_back
from autograder.workdir import WorkDir
from helpers.data import load_sample
from tests.support.course import NAME, hand_in, knowing, make_course, submission

WRONG = {"s01": 7, "s02": 16, "s03": 16}
"""How many of the 250 held-out images each gets wrong: one more than the right digit."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("feedback"))
    for student, wrong in WRONG.items():
        nb = submission(predict=knowing(range(wrong)))
        if student == "s03":
            nb = submission(
                predict=knowing(range(wrong)),
                double="def double(x):\n    raise ValueError('<script>x</script> \\x1b[31mred')",
            )
        hand_in(course, student, nb)
    (course / "in" / "s04").mkdir()
    assert run(course, "grade", NAME, "--submitted", course / "in") == ExitCode.NOT_GRADED
    assert run(course, "publish", NAME) == ExitCode.NOT_GRADED
    assert run(course, "override", NAME, "s02", 91, "--why", "oral exam <b>") == ExitCode.NOT_GRADED
    assert run(course, "publish", NAME) == ExitCode.NOT_GRADED
    return course


def run(course, *arguments):
    return main(["--course", str(course), *map(str, arguments)])


def returned(course, **options):
    assignment, work = load_assignment(NAME, course / "solutions"), WorkDir(course / "work")
    return hand_back(NAME, work, open_holdout(assignment, work), **options)


def page_of(course, student, **options):
    path = returned(course, **options).pages[student]
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def text_of(page):
    return page.get_text(" ", strip=True)


def test_a_page_says_the_mark_where_it_comes_from_and_what_is_next(course):
    text = text_of(page_of(course, "s01"))
    assert "Final mark 100 of 100" in text
    assert "Its 95 % interval is 0.9433 to 0.9864" in text
    assert "The boundary below is 96 %, 1.20 points away." in text
    assert "Rank 1 of 3." in text
    text = text_of(page_of(course, "s03"))
    assert re.search(
        r"The next boundary is 94 %: 0\.40 points away, 1 more right answers? of 250", text
    )
    assert "Rank 2 of 3, shared with 1 other." in text
    assert "No notebook of yours has arrived." in text_of(page_of(course, "s04"))


def test_of_whom_nothing_came_the_page_says_so_once(tmp_path, capsys):
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    (course / "in" / "s03").mkdir()
    (course / "roster.csv").write_text("id\ns01\ns02\ns03\n")
    listed = ("--submitted", course / "in", "--roster", course / "roster.csv")
    assert run(course, "grade", NAME, *listed) == ExitCode.NOT_GRADED
    assert run(course, "publish", NAME) == ExitCode.NOT_GRADED
    text = text_of(page_of(course, "s02"))
    assert "No notebook of yours has arrived." in text
    assert "on the roster" not in text
    assert "expected one notebook of a1" in text_of(page_of(course, "s03"))


def test_the_matrix_is_what_was_answered(course):
    page, truth = page_of(course, "s02"), load_sample()[3].astype(int)
    answers = truth.copy()
    answers[:16] = (answers[:16] + 1) % 10
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (truth, answers), 1)
    lines = page.select("table.matrix tbody tr")
    found = [[td.get_text().replace("·", "0") for td in line.select("td")] for line in lines]
    assert np.array(found, int).tolist() == expected.tolist()
    off = [n for i, line in enumerate(expected.tolist()) for j, n in enumerate(line) if i != j]
    assert f"{max(off)} \N{MULTIPLICATION SIGN} a " in text_of(page)


def test_a_persons_mark_and_its_reason_stand_first(course):
    page = page_of(course, "s02")
    assert "Final mark 91 of 100" in text_of(page)
    assert "A person set this mark: oral exam <b>" in text_of(page)


def test_nothing_that_a_student_wrote_is_markup_and_nothing_is_fetched(course):
    page = page_of(course, "s03")
    assert "ValueError: <script>x</script> red" in text_of(page)
    assert "About your submission" not in text_of(page)  # the exercise says it already
    assert page.select("script, link, iframe, form") == []
    assert all(one["src"].startswith("data:") for one in page.select("[src]"))
    assert "default-src 'none'" in str(page.select_one("meta[http-equiv]"))


def test_held_out_images_are_shown_only_when_released(course):
    assert page_of(course, "s02").select("img") == []
    shown = page_of(course, "s02", pictures=True).select("img")
    assert shown
    assert all(one["alt"].startswith("a held-out ") for one in shown)


EXPORTS = {
    "moodle": {
        "s01": "s01_11_assignsubmission_file_/a1.ipynb",
        "s02": "s02_12_assignsubmission_file_/a1.ipynb",
    },
    "canvas": {"s01": "s01_11_501_a1.ipynb", "s02": "s02_LATE_12_502_a1-1.ipynb"},
}
NAMES = {
    "moodle": {f"s0{n}_1{n}_assignsubmission_file_/feedback.html" for n in (1, 2)},
    "canvas": {"s01_11_501_feedback.html", "s02_LATE_12_502_feedback.html"},
}


@pytest.mark.parametrize("platform", EXPORTS)
def test_the_archive_is_named_as_the_platform_takes_it_back(course, tmp_path, platform):
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        for student, name in EXPORTS[platform].items():
            packed.write(course / "in" / f"{student}.ipynb", name)
    done = returned(course, export=tmp_path / "export.zip")
    with zipfile.ZipFile(done.archive) as packed:
        assert set(packed.namelist()) == NAMES[platform]
        (first, *_) = sorted(packed.namelist())
        assert packed.read(first) == done.pages["s01"].read_bytes()
    assert done.without == ("s03", "s04")


def written(course, path, names):
    with zipfile.ZipFile(path, "w") as packed:
        for student, name in names.items():
            folder = f"{name}_1_assignsubmission_file_"
            packed.write(course / "in" / f"{student}.ipynb", f"{folder}/{NAME}.ipynb")
    return path


def test_the_roster_that_was_given_last_says_whom_a_platform_means(course, tmp_path, capsys):
    names = {"s01": "Student One", "s02": "Student Two"}
    export = written(course, tmp_path / "export.zip", names)
    feedback = ("feedback", NAME, "--like", export)
    before = zipfile.ZipFile(returned(course).archive).namelist()
    assert run(course, *feedback) == ExitCode.ERROR
    told = f"{export}: names nobody of s01, s02, s03 and 1 more; expected their files; if it "
    assert told in capsys.readouterr().err
    assert zipfile.ZipFile(returned(course).archive).namelist() == before
    roster = tmp_path / "roster.csv"
    roster.write_text("id,name\n" + "".join(f"{s},{name}\n" for s, name in names.items()))
    expected = {f"{name}_1_assignsubmission_file_/feedback.html" for name in names.values()}
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Full name,Grade,Maximum grade\nStudent One,,100\nStudent Two,,100\n")
    assert run(course, "export", sheet, NAME) == ExitCode.ERROR
    assert "names Student One, Student Two, expected some of s01, s02" in capsys.readouterr().err
    for options in (["--roster", roster], []):  # then without it, once `collect` has had it
        assert run(course, *feedback, *options) == ExitCode.DONE
        assert run(course, "export", sheet, NAME, *options) == ExitCode.DONE
        archive = WorkDir(course / "work").returned(NAME) / f"{NAME}.zip"
        assert set(zipfile.ZipFile(archive).namelist()) == expected
        assert "Student Two,91,100" in (tmp_path / "sheet-filled.csv").read_text()
        into = ("--into", tmp_path / f"class-{len(options)}")
        assert run(course, "collect", export, NAME, "--roster", roster, *into) == ExitCode.DONE
    WorkDir(course / "work").roster.unlink()


def test_an_export_of_another_platform_is_refused(course, tmp_path, capsys):
    folder = tmp_path / "class" / "s01"
    folder.mkdir(parents=True)
    (folder / "a1.ipynb").write_bytes((course / "in" / "s01.ipynb").read_bytes())
    assert run(course, "feedback", NAME, "--like", tmp_path / "class") == ExitCode.ERROR
    assert "read as folders; expected an export of " in capsys.readouterr().err


def test_before_anything_was_published_nothing_goes_back(tmp_path, capsys):
    course = make_course(tmp_path)
    assert run(course, "feedback", NAME) == ExitCode.ERROR
    assert "nothing was published yet" in capsys.readouterr().err
