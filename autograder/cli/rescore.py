"""``autograder rescore``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.exit_codes import code_of_class
from autograder.cli.options import PATH, Course, assignment_argument, consent_option, work_option
from autograder.cli.unread import print_unread
from autograder.grading.rescore import Rescored, rescore
from autograder.reporting.changes import changed_marks
from autograder.reporting.tables import format_table, strip_controls

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.workdir import WorkDir


@click.command("rescore")
@assignment_argument
@work_option(existing=True)
@click.option("--tiers", type=PATH, help="other bands, such as a changed tiers.toml")
@click.option("--labels", type=PATH, help="corrected labels of the held-out images, IDX")
@click.option("--why", default="", help="why labels are corrected, for the evidence")
@consent_option("after a run that was cut short, go by the one before")
def command(
    course: Course,
    work: WorkDir,
    assignment: str,
    tiers: Path | None,
    labels: Path | None,
    why: str,
    consent: bool,
) -> int:
    """Score recorded answers again, without a run.

    The report is written anew, and the new table is printed.
    The exit status is 3 if somebody is not graded, and 5 if the last run was cut short.
    """
    chosen = load_assignment(assignment, course.solutions)
    done = rescore(chosen, work, tiers=tiers, labels=labels, why=why, consent=consent)
    print_rescored(done, work)
    return code_of_class(done.rows)


def print_rescored(done: Rescored, work: WorkDir) -> None:
    """Print whose mark changed, the table of the class, and where its report is."""
    if done.effect:
        print(strip_controls(done.effect))
    changed = list(changed_marks(done.before, done.rows))
    print("\n".join(changed) if changed else "No final mark changes.")
    print(format_table(done.rows, done.assignment.tiers))
    for notice in done.notices:
        print(notice)
    print_unread(work, done.assignment.name, done.rows)
    print(f"Report: {work.report / 'index.html'}")
    print(f"Evidence: {done.seal}")
