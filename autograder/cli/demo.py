"""``autograder demo``."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from autograder.cli.lazy import frozen_imports
from autograder.cli.options import Course, run_options, work_option
from autograder.execution.prefork import start_early

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.assignment import Assignment
    from autograder.workdir import WorkDir

ASSIGNMENT = "03_svc"
"""The assignment that the demo class handed in."""

DEMO_SEED = "demo"
"""Published on purpose: the demo shows the machinery, not a secret."""

DEMO_IMAGES = 5_000
"""Half of what a class gets: a first look should not take long."""


@click.command("demo")
@work_option()
@run_options
def command(course: Course, work: WorkDir, workers: int | None, unsafe: bool) -> None:
    """Grade the demo class on real data.

    Its images are held out by a public seed. It has a folder of its own, WORK/demo.
    """
    start_early(course.solution(ASSIGNMENT), sandboxed=not unsafe)
    with frozen_imports():  # while what was just started imports as much
        from autograder.assignment import load_assignment
        from autograder.errors import AssignmentChangedError

        assignment = load_assignment(ASSIGNMENT, course.solutions)
    try:
        _grade(assignment, course, work.demo, workers=workers, sandboxed=not unsafe)
    except AssignmentChangedError as error:
        kept = set_aside(work.demo)
        print(f"{error}. The demo begins anew; what was there is in {kept}", file=sys.stderr)
        _grade(assignment, course, work.demo, workers=workers, sandboxed=not unsafe)


def _grade(
    assignment: Assignment, course: Course, work: WorkDir, *, workers: int | None, sandboxed: bool
) -> None:
    with frozen_imports():
        from autograder.authoring.demo_class import write_demo_class
        from autograder.cli.progress import grade_and_report
        from autograder.holdout.store import make_holdout
    write_demo_class(course.folder, work.downloaded)
    # the class has an endless loop in it, which nobody wants to watch for long
    assignment = replace(assignment, limits=replace(assignment.limits, call_seconds=10))
    make_holdout(
        assignment.name,
        work.holdouts,
        seed=DEMO_SEED,
        public=True,
        size=DEMO_IMAGES,
        maker=assignment.holdout_maker,
    )
    grade_and_report(assignment, work.downloaded, work, workers=workers, sandboxed=sandboxed)


def set_aside(work: WorkDir) -> Path:
    """Move a demo that was graded by an earlier version of the course out of the way.

    Returns
    -------
    Path
        Where it is now; what an even earlier one had left there is gone.
    """
    kept = work.root.with_name(f"{work.root.name}.before")
    shutil.rmtree(kept, ignore_errors=True)
    return work.root.rename(kept)
