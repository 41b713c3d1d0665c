"""What fails after a class is graded fails alone, in one line with its path."""

from __future__ import annotations

import os
import re
import resource
from contextlib import contextmanager

import pytest

from autograder.cli.app import main
from autograder.errors import AfterwardsError, EvidenceUnwritableError
from autograder.grading.boundary import Boundary
from autograder.reporting.page import write_report
from helpers.files import open_regular, replace_together, sha256
from tests.support.course import NAME, hand_in, make_course, submission


@contextmanager
def disk_for(size: int):
    """Let no file grow beyond a size meanwhile: a write is refused as by a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_steps_fail_alone_and_are_told_together(tmp_path):
    boundary, done = Boundary(), []
    with boundary.step("the report", tmp_path / "report"):
        raise OSError(28, "No space left on device", "grades.csv")
    with boundary.step("the times", tmp_path / "times.csv"):
        done.append("times")
    with boundary.step("the standing", tmp_path / "gradebook.db"):
        raise KeyError("s01")
    assert done == ["times"]
    with pytest.raises(AfterwardsError) as caught:
        boundary.close()
    said = str(caught.value)
    assert "\n" not in said
    assert re.search(
        r"the report was not made, .*/report: No space left on device: 'grades.csv' \(log, entry",
        said,
    )
    assert re.search(r"the standing was not made, .*/gradebook.db: KeyError: 's01' \(log", said)


def test_evidence_that_cannot_be_used_ends_everything(tmp_path):
    boundary = Boundary()
    with pytest.raises(EvidenceUnwritableError), boundary.step("the report", tmp_path):
        raise EvidenceUnwritableError(tmp_path, "full")
    boundary.close()


def test_a_report_is_replaced_as_a_whole_or_not_at_all(tmp_path):
    write_report([], None, tmp_path, title="before")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    small = len(before["grades.csv"]) + 1
    assert len(before["index.html"]) > small
    with disk_for(small), pytest.raises(OSError, match="File too large"):
        write_report([], None, tmp_path, title="after")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_several_files_take_their_places_together(tmp_path):
    files = {tmp_path / "a": b"one", tmp_path / "b": b"two"}
    replace_together(files)
    with disk_for(3), pytest.raises(OSError, match="File too large"):
        replace_together({tmp_path / "a": b"1", tmp_path / "b": b"long"})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "data.gz")
    with pytest.raises(OSError, match="Not a regular file"):
        sha256(tmp_path / "data.gz")
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "other")


def test_grades_stand_where_neither_times_nor_report_can_be_written(tmp_path, capsys, monkeypatch):
    """And with a TMPDIR of which a socket's path would be too long."""
    long = tmp_path / ("long" * 25)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    (course / "work" / "report").write_text("no folder")
    words = ["--course", str(course), "grade", NAME, "--submitted", str(course / "in")]
    assert main(words) == 1
    printed = capsys.readouterr()
    assert "4.44/16" in printed.out or "4.44" in printed.out
    last = printed.err.splitlines()[-1]
    assert last.startswith("autograder: the grades are recorded, but the table of times was not ")
    assert f"the report was not made, {course / 'work' / 'report'}: " in last
    assert "Traceback" not in printed.err
    assert "Traceback" in (course / "work" / "grader.log").read_text()


@pytest.mark.parametrize("command", ["grade", "holdout", "rescore", "verify", "integrity"])
def test_a_work_folder_that_is_a_file_is_named(tmp_path, capsys, command):
    course = make_course(tmp_path)
    (tmp_path / "file").touch()
    words = ["--course", str(course), command, NAME, "--work", str(tmp_path / "file")]
    assert main(words) == 2
    assert f"Directory '{tmp_path / 'file'}' is a file" in capsys.readouterr().err


def test_damaged_data_is_one_line_for_holdout(tmp_path, capsys, monkeypatch):
    course = make_course(tmp_path)
    data = tmp_path / "data" / "mnist"
    data.mkdir(parents=True)
    for name in ("train-images", "train-labels", "t10k-images", "t10k-labels"):
        dimensions = 3 if "images" in name else 1
        (data / f"{name}-idx{dimensions}-ubyte.gz").write_bytes(b"\x1f\x8bdamaged")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # no network: there is nothing to mend it by
    other = tmp_path / "other"
    words = ["--course", str(course), "holdout", NAME, "--work", str(other)]
    assert main(words) == 1
    said = capsys.readouterr().err
    (last,) = [line for line in said.splitlines() if line.startswith("autograder: ")]
    assert "mnist" in last
    assert "Traceback" not in said
