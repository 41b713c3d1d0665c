"""``autograder feedback``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.options import PATH, Course, assignment_argument, work_option
from autograder.grading.hand_back import hand_back
from autograder.reporting.tables import counted, strip_controls

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.workdir import WorkDir


@click.command("feedback")
@assignment_argument
@work_option(existing=True)
@click.option("--like", type=PATH, help="what Moodle or Canvas exported: name pages as it does")
@click.option("--roster", type=PATH, help="CSV of who is in the course; default: the last one")
@click.option("--pictures", is_flag=True, help="show misread held-out images: secret no more")
def command(
    course: Course,
    work: WorkDir,
    assignment: str,
    like: Path | None,
    roster: Path | None,
    pictures: bool,
) -> None:
    """Write a page for each student of what was published.

    Each is one file: the mark and why, points and comments, what was misread. A zip file holds
    all of them, named as Moodle and Canvas take them back with --like.
    """
    chosen = load_assignment(assignment, course.solutions)
    holdout = open_holdout(chosen, work)
    done = hand_back(chosen.name, work, holdout, export=like, roster=roster, pictures=pictures)
    print(f"{counted(len(done.pages), 'page')} in {work.returned(chosen.name)}")
    print(f"To hand them back: {done.archive}")
    if done.without:
        print(f"Not in it: {', '.join(map(strip_controls, done.without))}")
