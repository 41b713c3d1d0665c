"""What is handed in is what was checked, under a name that whoever collects reads right."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from fractions import Fraction

import pytest

from autograder.submissions.names import read_name
from helpers.course.cli import main
from helpers.course.errors import ExchangeError, NoFeedbackError, StudentNameError
from helpers.course.feedback import call_nbgrader, find_feedback
from helpers.course.folder import find_folder, find_notebook
from helpers.course.report import Estimate
from helpers.course.submit import check_student, submit_notebook
from tests.helpers.course.small import write_small


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_small(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def handed_in(path):
    """Return what was written for s05, who had handed in before."""
    earlier = path.parent.parent / "handed-in" / "09_small"
    earlier.mkdir(parents=True)
    (earlier / "95%_s05.ipynb").write_text("earlier")
    (earlier / "95%_s055.ipynb").write_text("somebody else's")
    (path.parent / "notes.txt").write_text("my own")
    (path.parent / "tiers.toml").write_text("of the course")
    return submit_notebook(path, "s05")


def test_the_file_has_the_bytes_that_were_checked(path, handed_in):
    assert handed_in.file.read_bytes() == path.read_bytes()
    assert handed_in.file.name == "96%_s05.ipynb"


def test_who_collects_reads_student_and_claim_from_its_name(handed_in):
    name = read_name(handed_in.file.name)
    assert (name.student, name.claim, name.copied) == ("s05", Fraction(96, 100), False)


def test_one_file_is_there_to_upload(handed_in):
    there = {path.name for path in handed_in.file.parent.iterdir() if path.is_file()}
    assert there == {"96%_s05.ipynb", "95%_s055.ipynb", "receipt.txt"}
    (kept,) = (handed_in.file.parent / "earlier").iterdir()
    assert kept.read_text() == "earlier"


def test_the_receipt_says_when_what_and_what_was_missing(path, handed_in):
    text = handed_in.receipt.read_text()
    assert text == handed_in.text
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"sha256      {digest}" in text
    assert f"with sha256 {digest}" in text
    assert "exercises   3 of 5 done" in text
    assert "claims      96 %, the estimate rounded down" in text
    assert "missing: halve is still open (4 points).\n" in text


def test_a_zip_file_has_the_students_own_files_too(path, handed_in):
    packed = submit_notebook(path, "s06", packed=True)
    with zipfile.ZipFile(packed.file) as archive:
        assert archive.namelist() == ["96%_s06.ipynb", "notes.txt"]
        assert archive.read("96%_s06.ipynb") == path.read_bytes()
    assert handed_in.file.exists()


@pytest.mark.parametrize(
    ("score", "percent"),
    [("96999/100000", 96), ("97/100", 97), ("29/100", 29), ("1/1", 100), ("-1/50", 0)],
)
def test_the_claim_is_never_more_than_the_estimate(score, percent):
    assert Estimate("accuracy", score, "a tier", 1, 1).percent == percent


@pytest.mark.parametrize("name", ["s05", "Zoë", "a.b-c_9", "s_1"])
def test_a_name_that_is_accepted_is_read_as_it_is(name):
    assert read_name(f"96%_{check_student(name)}.ipynb").student == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "s05 (1)",
        "../s05",
        "s05-copy",
        "s05_Kopie",
        "96%_s05",
        ".s05",
        "s05.ipynb",
        "a/b",
        "s.txt",
    ],
)
def test_a_name_that_would_be_read_as_another_is_refused(name):
    with pytest.raises(StudentNameError, match="expected the name"):
        check_student(name)


def test_without_an_exchange_nbgraders_own_words_are_told(path, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    with pytest.raises(ExchangeError, match=r"nbgrader says: .*(course|exchange)"):
        call_nbgrader(["submit", "09_small"], path.parent.parent)


def test_with_an_exchange_nbgrader_sends_it(path, tmp_path, monkeypatch):
    course = tmp_path / "exchange" / "digits"
    shutil.copytree(path.parent, course / "outbound" / "09_small")  # as it was released
    (course / "inbound").mkdir()
    (course / "inbound").chmod(0o733)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    settings = f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    settings += "c.CourseDirectory.course_id = 'digits'\n"
    (tmp_path / "nbgrader_config.py").write_text(settings)
    assert "Submitted as: digits 09_small" in call_nbgrader(
        ["submit", "09_small"], path.parent.parent
    )
    (sent,) = (course / "inbound").glob("*/09_small.ipynb")
    assert sent.read_bytes() == path.read_bytes()


def test_the_newest_page_of_feedback_is_found_wherever_it_was_put(path, tmp_path):
    with pytest.raises(NoFeedbackError, match="no feedback of 09_small in"):
        find_feedback(path)
    beside = path.parent / "feedback" / "2026-11-30" / "09_small.html"
    shared = path.parent.parent / "feedback" / "09_small.html"
    other = path.parent.parent / "feedback" / "03_svc.html"
    for n, page in enumerate((beside, shared, other)):
        page.parent.mkdir(parents=True, exist_ok=True)
        page.touch()
        os.utime(page, (n, n))
    assert find_feedback(path) == shared
    shared.unlink()
    assert find_feedback(path) == beside


def test_feedback_is_printed_for_who_has_no_browser(tmp_path, monkeypatch, capsys):
    notebook = tmp_path / "03_svc" / "03_svc.ipynb"
    page = tmp_path / "feedback" / "03_svc.html"
    for file in (notebook, page):
        file.parent.mkdir()
        file.touch()
    monkeypatch.chdir(tmp_path)
    assert main(["feedback", "03", "--print"]) == 0
    assert capsys.readouterr().out == f"{page}\n"


def test_in_a_clone_a_students_own_copies_come_first(tmp_path):
    for place in ("notebooks", "work/notebooks"):
        notebook = tmp_path / place / "03_svc" / "03_svc.ipynb"
        notebook.parent.mkdir(parents=True)
        notebook.touch()
    assert find_folder(tmp_path) == tmp_path / "work" / "notebooks"
    assert find_folder(tmp_path / "notebooks" / "03_svc") == tmp_path / "notebooks"
    assert find_notebook("03", tmp_path / "notebooks").parent.parent == tmp_path / "notebooks"
    shutil.rmtree(tmp_path / "work")
    assert find_folder(tmp_path) == tmp_path / "notebooks"


def test_in_a_clone_what_is_handed_in_is_not_put_among_what_is_released(tmp_path):
    path = write_small(tmp_path / "notebooks")
    (tmp_path / "nbgrader_config.py").touch()
    written = submit_notebook(path, "s05")
    assert written.file.parent == tmp_path / "work" / "handed-in" / "09_small"


def test_nbgrader_is_named_where_it_is_missing(tmp_path):
    code = (
        "import sys; sys.modules['nbgrader'] = None\n"
        "from pathlib import Path\n"
        "from helpers.course.feedback import call_nbgrader\n"
        "call_nbgrader(['submit', 'a'], Path())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "nbgrader is not installed: hand in the file by hand" in done.stderr
