"""``autograder diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.options import Course, assignment_argument, work_option
from autograder.errors import EvidenceMissingError
from autograder.evidence.log import read_log
from autograder.evidence.queries import last_standing
from autograder.grading.diff import Change, diff, format_change

if TYPE_CHECKING:
    from autograder.workdir import WorkDir

_FIRST = "Nothing was published before: there is nothing to compare with."


@click.command("diff")
@assignment_argument
@work_option(existing=True)
def command(course: Course, work: WorkDir, assignment: str) -> None:
    """Say which published grades the report would change, and why."""
    chosen = load_assignment(assignment, course.solutions)
    path = work.evidence(chosen.name)
    entries = read_log(path).entries
    if last_standing(entries) is None:
        raise EvidenceMissingError(path, "nothing was graded to the end yet")
    print_changes(diff(entries, open_holdout(chosen, work)))


def print_changes(changes: list[Change] | None) -> None:
    """Print what is new against the last publication; None if there was none."""
    if changes is None:
        print(_FIRST)
        return
    for change in changes:
        print(format_change(change))
    print(f"{len(changes)} of the published rows change" if changes else "No grade changes.")
