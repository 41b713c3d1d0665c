"""``autograder spread``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from autograder.cli.lazy import frozen_imports
from autograder.cli.options import Course, assignment_argument, run_options, work_option
from autograder.execution.prefork import start_early

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("spread")
@assignment_argument
@work_option(existing=True)
@click.option("--student", help="only this one's submission")
@click.option("--seeds", type=click.IntRange(min=1), default=5, help="how many; default: 5")
@run_options
def command(
    course: Course,
    work: WorkDir,
    assignment: str,
    student: str | None,
    seeds: int,
    workers: int | None,
    unsafe: bool,
) -> None:
    """Run again with other seeds; no grade changes.

    How far scores and grades vary by luck is printed, and noted in the evidence.
    """
    start_early(course.solution(assignment), sandboxed=not unsafe)
    with frozen_imports():  # while what was just started imports as much
        from autograder.assignment import load_assignment
        from autograder.grading.seed_spread import format_spreads, spread
        from autograder.sandbox.runtime_dir import sweep
    chosen = load_assignment(assignment, course.solutions)
    sweep()
    found = spread(
        chosen,
        work,
        seeds,
        student=student,
        workers=workers or os.cpu_count() or 1,
        sandboxed=not unsafe,
    )
    print(format_spreads(found))
    print("Lowest / median / highest; the recorded grades stay as they are.")
