"""``autograder diff``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.exit_codes import ExitCode
from autograder.cli.options import Course, assignment_argument, work_option
from autograder.evidence.log import read_log
from autograder.evidence.runs import class_run, partial_notice
from autograder.grading.diff import Change, diff, format_change

if TYPE_CHECKING:
    from autograder.workdir import WorkDir

_FIRST = "Nothing was published before: there is nothing to compare with."


@click.command("diff")
@assignment_argument
@work_option(existing=True)
def command(course: Course, work: WorkDir, assignment: str) -> int:
    """Say which published grades the report would change, and why.

    After a run that was cut short it goes by the one before, and the exit status is 5.
    """
    chosen = load_assignment(assignment, course.solutions)
    path = work.evidence(chosen.name)
    entries = read_log(path).entries
    class_run(path, entries, consent=True)
    print_changes(diff(entries, open_holdout(chosen, work)))
    for notice in (partial := partial_notice(entries)):
        print(notice, file=sys.stderr)
    return ExitCode.CUT_SHORT if partial else ExitCode.DONE


def print_changes(changes: list[Change] | None) -> None:
    """Print what is new against the last publication; None if there was none."""
    if changes is None:
        print(_FIRST)
        return
    for change in changes:
        print(format_change(change))
    verb = "changes" if len(changes) == 1 else "change"
    print(f"{len(changes)} of the published rows {verb}" if changes else "No grade changes.")
