"""A class that comes in nine ways gets the same grades each time; what is the same runs once."""

from __future__ import annotations

import csv

import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support.course import NAME, make_course
from tests.support.exports import (
    EXPORTS,
    PAGE,
    make_class,
    write_export,
    write_roster,
)

SIZE = 60
FIRST, *OTHERS = EXPORTS


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def graded(course, tmp_path_factory):
    """Return a function that collects and grades an export: its table, and who ran."""
    pupils = make_class(SIZE)
    done = {}

    def grade(name):
        if name in done:
            return done[name]
        folder = tmp_path_factory.mktemp("way")
        source = write_export(name, pupils, folder)
        roster = write_roster(pupils, folder / "roster.csv")
        options = ["--roster", str(roster)]
        assert main(["--course", str(course), "collect", str(source), NAME, *options]) == 0
        work = WorkDir(course / "work")
        before = len(read_log(work.evidence(NAME)).entries)
        command = ["--course", str(course), "grade", NAME, "--quiet", *options]
        status = main([*command, "--submitted", str(work.collected(NAME))])
        assert status == ExitCode.NOT_GRADED  # a script, an empty file, and nothing at all
        new = [entry.body for entry in read_log(work.evidence(NAME)).entries[before:]]
        ran = {b["student"] for b in new if b["kind"] == "submission" and "amends" not in b}
        with (work.report / "grades.csv").open(newline="", encoding="utf-8") as file:
            done[name] = list(csv.DictReader(file)), ran
        return done[name]

    grade(FIRST)
    return grade


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_each_way_gives_the_same_grades(graded, name):
    table, ran = graded(name)
    assert len(table) == SIZE
    assert table == graded(FIRST)[0]
    # a page is recovered anew, and what cannot be graded is looked at again
    ungraded = {row["student"] for row in table if not row["final"]}
    assert ran <= ungraded | {PAGE}
