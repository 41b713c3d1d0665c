"""``autograder new-assignment``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.authoring.new_course import new_assignment

if TYPE_CHECKING:
    from autograder.cli.options import Course


@click.command("new-assignment")
@click.argument("name")
@click.pass_obj
def command(course: Course, name: str) -> None:
    """Begin an assignment: a script to edit, and its settings."""
    script = new_assignment(name, course.solutions)
    print(f"Script: {script}")
    print(f"Next: edit it, then autograder build {name}")
