"""``autograder grade``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.cli.exit_codes import code_of_class
from autograder.cli.lazy import frozen_imports
from autograder.cli.options import (
    PATH,
    Course,
    assignment_argument,
    cluster_options,
    run_options,
    work_option,
)
from autograder.execution.prefork import start_early

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.workdir import WorkDir


@click.command("grade")
@assignment_argument
@work_option()
@click.option("--submitted", type=PATH, help="default: WORK/submitted")
@click.option("--roster", type=PATH, help="who is in the class: a CSV file, or a name a line")
@click.option("--student", "students", multiple=True, metavar="NAME", help="only this one's")
@click.option("--force", is_flag=True, help="run again what is on record already")
@run_options
@cluster_options
@click.option("--quiet", is_flag=True, help="show no progress")
@click.option("--json", "as_json", is_flag=True, help="print the table for programs")
def command(
    course: Course,
    work: WorkDir,
    assignment: str,
    submitted: Path | None,
    roster: Path | None,
    students: tuple[str, ...],
    force: bool,
    workers: int | None,
    unsafe: bool,
    scheduler: str | None,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    adaptive: int | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Grade every submission in a folder.

    The table is printed; the report, the gradebook and the evidence are in the work folder.
    What is on record already, and unchanged, does not run again: a run that was stopped goes on.
    With a roster, who is not on it is not graded, and who handed in nothing has a row.
    The exit status is 3 if somebody was not graded, and 4 if no submission was found.
    """
    if scheduler is None:
        start_early(course.solution(assignment), sandboxed=not unsafe)
    elif unsafe:
        raise click.UsageError("--unsafe is for this machine alone: leave out --scheduler")
    if adaptive is not None and scheduler is None:
        raise click.UsageError("--adaptive is for a cluster: name its --scheduler")
    with frozen_imports():  # while what was just started imports as much
        from autograder.assignment import load_assignment
        from autograder.cli.progress import Output, grade_and_report
        from autograder.execution.dask_connection import SchedulerAddress
        from autograder.submissions.kept_roster import keep_roster
    address = scheduler and SchedulerAddress(scheduler, tls_ca, tls_cert, tls_key, adaptive or 0)
    table = grade_and_report(
        load_assignment(assignment, course.solutions),
        submitted or work.submitted,
        work,
        roster=roster,
        students=students,
        force=force,
        workers=workers,
        sandboxed=not unsafe,
        scheduler=address or None,
        output=Output(quiet=quiet, as_json=as_json),
    )
    if roster is not None:
        keep_roster(work, roster)
    return code_of_class(table)
