"""``autograder handout``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.authoring.handout import make_handout
from autograder.cli.options import FOLDER, Course

if TYPE_CHECKING:
    from pathlib import Path


@click.command("handout")
@click.option("--output", type=FOLDER, metavar="PATH", help="default: COURSE/work/handout")
@click.option("--github", default="", metavar="OWNER/NAME", help="where it will be published")
@click.pass_obj
def command(course: Course, output: Path | None, github: str) -> None:
    """Make what students receive: a zip file, and the wheel in it.

    No answer, no hidden test and nothing of the grader is in it. With --github first cells know
    where the wheel is, and README has badges of Colab, Kaggle and Binder.
    """
    root = course.folder.resolve()
    made = make_handout(root, output or course.work(None).handout, github)
    print(f"{made.archive}: {len(made.files)} files, {made.archive.stat().st_size / 1e6:.1f} MB")
    print(f"{made.wheel}: the library that the notebooks import, which is in the zip file, too")
