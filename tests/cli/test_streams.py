"""A terminal that knows little, or is gone, costs nobody a traceback, and no class its grades."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support import ROOT
from tests.support.course import NAME, hand_in, make_course, submission


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    hand_in(course, "s01", submission())
    hand_in(course, "s\u00e9\u4e00", submission())
    return course


def command(course):
    return [
        *(sys.executable, "-m", "autograder.cli.app", "--course", str(course)),
        *("grade", NAME, "--submitted", str(course / "in"), "--workers", "2"),
    ]


def test_what_the_terminals_encoding_lacks_is_escaped(course):
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command(course), env=ascii_only, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert rb"s\xe9\u4e00" in done.stdout
    assert b"Evidence: " in done.stdout


def test_a_reader_that_is_gone_changes_nothing(course):
    reader, writer = os.pipe()
    os.close(reader)
    report = course / "work" / "report" / "grades.csv"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        command(course),
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
    assert report.is_file()
