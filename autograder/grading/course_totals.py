"""Add up a course: each student's mark over all assignments that were published.

``solutions/course.toml`` may say what counts how much::

    drop_lowest = 1

    [weights]
    01_idx = 1
    03_svc = 2

An assignment that it does not name has weight 1. What a student did not hand in counts 0; as long
as something of theirs is not graded, there is no total.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograder.errors import AssignmentError
from autograder.evidence.log import read_log
from autograder.evidence.queries import published_standing, rows_of_standing
from autograder.outcome import Outcome
from autograder.reporting.tables import escape_formula, format_columns, strip_controls
from autograder.scoring.final import percent
from helpers._errors import SettingError
from helpers._toml import number, read_toml, table, table_of, whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from autograder.scoring.standing import GradeRow
    from autograder.workdir import WorkDir

COURSE_FILE = "course.toml"
"""What counts how much, in the folder of the assignments."""

HEAVIEST = 1000
"""Of weights."""

_SETTINGS = table(
    {}, {"drop_lowest": whole(0), "weights": table_of(number(HEAVIEST), "a table of weights")}
)


@dataclass(frozen=True)
class CourseRules:
    """What counts how much.

    Attributes
    ----------
    weights : mapping of str to float
        By assignment; 1 where none is named.
    drop_lowest : int
        How many of a student's lowest marks do not count.
    """

    weights: Mapping[str, float]
    drop_lowest: int = 0

    def weight(self, assignment: str) -> Fraction:
        """Return the weight of an assignment, the decimal that was written."""
        return Fraction(str(self.weights.get(assignment, 1)))


@dataclass(frozen=True)
class CourseRow:
    """One student in the course's table.

    Attributes
    ----------
    student : str
        Whose.
    marks : mapping of str to int or None
        By assignment, 0 where nothing was handed in; None where it is not graded yet.
    dropped : tuple of str
        Assignments that do not count, as the lowest.
    total : int or None
        From 0 to 100, halves rounded up; None as long as a mark is missing.
    """

    student: str
    marks: Mapping[str, int | None]
    dropped: tuple[str, ...]
    total: int | None


def read_rules(solutions: Path) -> CourseRules:
    """Read ``course.toml``; a missing file means that all count the same.

    Raises
    ------
    AssignmentError
        If a key or a value in it is wrong, or it names an assignment that is not there.
    """
    path = solutions / COURSE_FILE
    if not path.exists():
        return CourseRules({})
    try:
        settings: dict[str, Any] = read_toml(path, _SETTINGS, where=path.name)
    except SettingError as error:
        raise AssignmentError("course", str(error)) from error
    known = {one.parent.name for one in solutions.glob("*/*.ipynb")}
    for name in settings.get("weights", {}):
        if name not in known:
            listed = ", ".join(sorted(known))
            raise AssignmentError(name, f"{path.name}: weights: expected one of {listed}")
    return CourseRules(settings.get("weights", {}), settings.get("drop_lowest", 0))


def published_marks(assignments: Sequence[str], work: WorkDir) -> dict[str, list[GradeRow]]:
    """Return the rows of each assignment as it was published; those that never were are left out.

    Raises
    ------
    EvidenceDamagedError
        If the evidence was altered.
    """
    found = {}
    for name in assignments:
        told = published_standing(read_log(work.evidence(name)).entries)
        if told is not None:
            found[name] = rows_of_standing(told.body, name)
    return found


def course_table(marks: Mapping[str, Sequence[GradeRow]], rules: CourseRules) -> list[CourseRow]:
    """Add up a course.

    Parameters
    ----------
    marks : mapping of str to sequence of GradeRow
        Each assignment's class.
    rules : CourseRules
        What counts how much.

    Returns
    -------
    list of CourseRow
        By student.
    """
    rows = {name: {row.student: row for row in found} for name, found in marks.items()}
    students = sorted({student for found in rows.values() for student in found})
    by_student = (
        (student, {name: _mark(found.get(student)) for name, found in rows.items()})
        for student in students
    )
    return [_add_up(student, found, rules) for student, found in by_student]


def _mark(row: GradeRow | None) -> int | None:
    if row is None or (row.final is None and row.outcome is Outcome.NOT_HANDED_IN):
        return 0
    return row.final


def _add_up(student: str, marks: dict[str, int | None], rules: CourseRules) -> CourseRow:
    known = {name: mark for name, mark in marks.items() if mark is not None}
    if len(known) < len(marks):
        return CourseRow(student, marks, (), None)
    lowest = sorted(known, key=lambda name: (known[name], name))
    # one counts in any case
    dropped = tuple(lowest[: min(rules.drop_lowest, len(known) - 1)])
    counted = [name for name in known if name not in dropped]
    weight = sum((rules.weight(name) for name in counted), Fraction(0))
    total = sum((rules.weight(name) * known[name] for name in counted), Fraction(0))
    return CourseRow(student, marks, dropped, percent(total / weight / 100))


def format_course(rows: Sequence[CourseRow], assignments: Sequence[str]) -> str:
    """Lay the course's table out for the terminal; a mark in brackets does not count."""
    header = ("student", *assignments, "total")
    lines = [
        (
            strip_controls(row.student),
            *(_cell(row, name) for name in assignments),
            _text(row.total),
        )
        for row in rows
    ]
    return format_columns([header, *lines])


def _cell(row: CourseRow, name: str) -> str:
    mark = _text(row.marks[name])
    return f"({mark})" if name in row.dropped else mark


def format_course_csv(rows: Sequence[CourseRow], assignments: Sequence[str]) -> str:
    """Lay the course's table out as CSV, with every mark and the total."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", *assignments, "dropped", "total"])
    for row in rows:
        marks = ["" if row.marks[name] is None else row.marks[name] for name in assignments]
        total = "" if row.total is None else row.total
        student = escape_formula(strip_controls(row.student))
        writer.writerow([student, *marks, " ".join(row.dropped), total])
    return text.getvalue()


def _text(mark: int | None) -> str:
    return "-" if mark is None else str(mark)
