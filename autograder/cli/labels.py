"""``autograder labels``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.exit_codes import ExitCode, code_of_class
from autograder.cli.options import Course, complete_assignment, work_option
from autograder.cli.rescore import print_rescored
from autograder.grading.decide import correct_label
from autograder.grading.label_review import ImageReview, review_image

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("labels")
@click.argument("action", type=click.Choice(["show", "fix", "withdraw"]))
@click.argument("assignment", shell_complete=complete_assignment)
@click.argument("image", type=int)
@click.argument("label", required=False)
@work_option(existing=True)
@click.option("--why", default="", help="the reason, for the record")
def command(
    course: Course,
    work: WorkDir,
    action: str,
    assignment: str,
    image: int,
    label: str | None,
    why: str,
) -> int:
    """Show a held-out image, correct its label, or withdraw that.

    IMAGE is its number, from 0.
    LABEL, for fix, is a digit, or a 0 or 1 for each label that an image may have.
    A corrected label holds in every later run, until it is withdrawn.
    """
    if (label is not None) != (action == "fix"):
        raise click.UsageError(f"{action}: expected {'a' if action == 'fix' else 'no'} LABEL")
    chosen = load_assignment(assignment, course.solutions)
    if action == "show":
        _show(review_image(chosen, work, image), image)
        return ExitCode.DONE
    done = correct_label(chosen, work, image, label, why)
    print_rescored(done, work)
    return code_of_class(done.rows)


def _show(found: ImageReview, image: int) -> None:
    corrected = "" if found.held == found.now else f", corrected from {found.held}"
    print(f"Image {image} is labelled {found.now}{corrected}.")
    told = ", ".join(f"{n} answered {answer}" for answer, n in found.answers.items())
    print(f"Of the class {told}." if told else "Nobody's answers are on record.")
    print(f"Picture: {found.picture}")
