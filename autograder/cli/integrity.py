"""``autograder integrity``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.options import Course, assignment_argument, work_option
from autograder.integrity.page import format_counts, format_flags, write_integrity
from autograder.integrity.run import gather
from autograder.reporting.tables import strip_controls

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("integrity")
@assignment_argument
@work_option(existing=True)
def command(course: Course, work: WorkDir, assignment: str) -> None:
    """Show a person what may not be a student's own work.

    The page of remarks is for that person to read; no grade is moved.
    """
    chosen = load_assignment(assignment, course.solutions)
    found = gather(chosen, work)
    write_integrity(found, work.report_of(chosen.name), title=chosen.name)
    page = write_integrity(found, work.report, title=chosen.name)
    print(format_flags(found))
    for sentence in found.missing:
        print(strip_controls(sentence))
    print(format_counts(found))
    print(f"A flag is for a person to look at; no grade was moved: {page}")
