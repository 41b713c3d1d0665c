"""``autograder holdout``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.options import Course, assignment_argument, work_option
from autograder.holdout.store import make_holdout
from autograder.reporting.tables import counted

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("holdout")
@assignment_argument
@work_option()
@click.option("--seed", help="default: a new secret one")
def command(course: Course, work: WorkDir, assignment: str, seed: str | None) -> None:
    """Draw an assignment's held-out images.

    Images that are there already stay; an assignment without tiers by score needs none.
    """
    chosen = load_assignment(assignment, course.solutions)
    if chosen.holdout_size is None:
        print(f"{chosen.name} has no tiers by score and needs no held-out images")
        return
    kept = work.holdout(chosen.name).exists()
    made = make_holdout(
        chosen.name,
        work.holdouts,
        seed=seed,
        size=chosen.holdout_size,
        maker=chosen.holdout_maker,
        source=chosen.folder,
    )
    told = f"{counted(made.size, 'held-out image')} for {chosen.name}"
    print(f"{told} {'are there already, and kept:' if kept else 'in'} {made.folder}")
