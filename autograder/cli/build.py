"""``autograder build``."""

from __future__ import annotations

import logging
import sys

import click

from autograder.authoring.build import build
from autograder.cli.options import Course, complete_assignment
from autograder.errors import BuildError

logger = logging.getLogger(__name__)


@click.command("build")
@click.argument(
    "assignments", metavar="[ASSIGNMENT]...", nargs=-1, shell_complete=complete_assignment
)
@click.option("--check", is_flag=True, help="write nothing; fail on a difference")
@click.pass_obj
def command(course: Course, assignments: tuple[str, ...], check: bool) -> int:
    """Make the notebooks from the authors' scripts.

    By default those of all assignments. solutions/ gets the executed notebooks, notebooks/ the
    student versions.
    """
    try:
        build(course.folder.resolve(), assignments, check=check)
    except BuildError as error:
        logger.info("the build failed", exc_info=error)
        print(f"build failed: {error}", file=sys.stderr)
        return 1
    if check:
        print("solutions/ and notebooks/ are what the scripts make")
    return 0
