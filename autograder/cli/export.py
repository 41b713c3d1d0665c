"""``autograder export``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.options import PATH, Course, complete_assignment, work_option
from autograder.errors import EvidenceMissingError
from autograder.evidence.log import read_log
from autograder.evidence.queries import published_standing, rows_of_standing
from autograder.grading.marksheet import Filled, fill_marksheet
from autograder.reporting.tables import counted, strip_controls
from autograder.submissions.kept_roster import course_roster
from helpers.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.workdir import WorkDir


@click.command("export")
@click.argument("sheet", type=PATH)
@click.argument("assignment", shell_complete=complete_assignment)
@work_option(existing=True)
@click.option("--roster", type=PATH, help="CSV of who is in the course; default: the last one")
@click.option("--column", help="heading of the column for marks; default: by the assignment")
@click.option(
    "--maximum", type=click.FloatRange(min=0, min_open=True), help="worth of a mark of 100"
)
@click.option("--to", "target", type=PATH, help="default: SHEET with '-filled' in its name")
def command(
    course: Course,
    work: WorkDir,
    sheet: Path,
    assignment: str,
    roster: Path | None,
    column: str | None,
    maximum: float | None,
    target: Path | None,
) -> None:
    """Put published marks into a platform's own CSV file.

    SHEET is what Moodle or Canvas exports for marks, and stays as it is: Moodle's grading
    worksheet, or the gradebook of either. Marks are scaled to the maximum that it names.
    """
    name = load_assignment(assignment, course.solutions).name
    marks = _marks(name, work)
    known = course_roster(work, roster, marks)
    done = fill_marksheet(sheet, marks, known, name, column, maximum)
    place = target or sheet.with_name(f"{sheet.stem}-filled{sheet.suffix}")
    with replacing(place) as file:
        file.write(done.text.encode())
    _tell(done, place)


def _marks(assignment: str, work: WorkDir) -> dict[str, int]:
    """Return the final marks that the class was told."""
    path = work.evidence(assignment)
    entries = read_log(path).entries
    told = published_standing(entries)
    if told is None:
        raise EvidenceMissingError(path, "nothing was published yet; `autograder publish` first")
    rows = rows_of_standing(told.body, assignment)
    return {row.student: row.final for row in rows if row.final is not None}


def _tell(done: Filled, place: Path) -> None:
    print(f"{counted(len(done.filled), 'mark')} in the column {done.column!r}: {place}")
    if done.without:
        print(f"Without a mark in it: {', '.join(map(strip_controls, done.without))}")
    if done.missing:
        print(f"With a mark, but not in it: {', '.join(map(strip_controls, done.missing))}")
