"""``autograder course``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.cli.exit_codes import ExitCode
from autograder.cli.options import Course, work_option
from autograder.errors import EvidenceMissingError
from autograder.grading.course_totals import (
    course_table,
    format_course,
    format_course_csv,
    published_marks,
    read_rules,
)
from autograder.reporting.tables import counted
from helpers.files import replacing

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("course")
@work_option(existing=True)
def command(course: Course, work: WorkDir) -> int:
    """Add up the marks of all assignments that were published.

    What counts how much stands in solutions/course.toml. The table is printed, and written to
    WORK/published/course.csv. The exit status is 3 if somebody has no total yet.
    """
    names = sorted(path.parent.name for path in course.solutions.glob("*/*.ipynb"))
    rules, marks = read_rules(course.solutions), published_marks(names, work)
    if not marks:
        raise EvidenceMissingError(work.root / "evidence", "nothing was published yet")
    rows, listed = course_table(marks, rules), list(marks)
    target = work.course_totals
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as file:
        file.write(format_course_csv(rows, listed).encode("utf-8", "replace"))
    print(format_course(rows, listed))
    print(f"{counted(len(rows), 'student')} in {target}")
    if missing := [name for name in names if name not in marks]:
        print(f"Not published, and not in it: {', '.join(missing)}")
    done = all(row.total is not None for row in rows)
    return ExitCode.DONE if done else ExitCode.NOT_GRADED
