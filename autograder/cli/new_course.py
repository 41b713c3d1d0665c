"""``autograder new-course``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.authoring.new_course import new_course
from autograder.cli.options import PATH, Course

if TYPE_CHECKING:
    from pathlib import Path


@click.command("new-course")
@click.argument("folder", type=PATH)
@click.pass_obj
def command(course: Course, folder: Path) -> None:
    """Make a course of one's own, outside of this one.

    It has the settings of the course at hand, and no assignment yet.
    """
    made = new_course(folder, course.folder.resolve())
    print(f"Course: {made}")
    print(f"Next: cd {made} && autograder new-assignment 01_first")
