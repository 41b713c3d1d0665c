"""The ``autograder`` command: a group of commands that turns errors into one line.

``COMMANDS`` is all that is known of a command before it is chosen: only some need all that grading
does. Each parses its options and calls plain functions.
"""

from __future__ import annotations

import os
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

import click
from click.shell_completion import shell_complete

from autograder.cli.exit_codes import code_of_error
from autograder.cli.lazy import LazyGroup
from autograder.cli.options import PATH, Course, find_course
from autograder.cli.signals import farewell, raise_at_signals, status_of
from autograder.cli.streams import forgiving_output
from autograder.execution.logs import log_to_terminal
from autograder.execution.tracebacks import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROGRAM = "autograder"
"""Name of the command."""

COMPLETION = "_AUTOGRADER_COMPLETE"
"""Variable by which a shell asks for completions, as click names it."""

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "collect": ("autograder.cli.collect", "Sort a platform's export by student."),
        "grade": ("autograder.cli.grade", "Grade every submission in a folder."),
        "spread": ("autograder.cli.spread", "Run again with other seeds; no grade changes."),
        "demo": ("autograder.cli.demo", "Grade the demo class on real data."),
        "rescore": ("autograder.cli.rescore", "Score recorded answers again, without a run."),
        "override": ("autograder.cli.override", "Set a student's final mark, 0 to 100."),
        "extend": ("autograder.cli.extend", "Let an assignment be due later for one student."),
        "labels": (
            "autograder.cli.labels",
            "Show a held-out image, correct its label, or withdraw that.",
        ),
        "diff": (
            "autograder.cli.diff",
            "Say which published grades the report would change, and why.",
        ),
        "publish": ("autograder.cli.publish", "Make the report what the class is told."),
        "feedback": (
            "autograder.cli.feedback",
            "Write a page for each student of what was published.",
        ),
        "export": (
            "autograder.cli.export",
            "Put published marks into a platform's own CSV file.",
        ),
        "course": (
            "autograder.cli.course",
            "Add up the marks of all assignments that were published.",
        ),
        "verify": ("autograder.cli.verify", "Check that no line of the evidence was altered."),
        "integrity": (
            "autograder.cli.integrity",
            "Show a person what may not be a student's own work.",
        ),
        "holdout": ("autograder.cli.holdout", "Draw an assignment's held-out images."),
        "doctor": ("autograder.cli.doctor", "Say what this machine lacks for grading."),
        "kernels": ("autograder.cli.kernels", "Install the sandbox's kernels for Jupyter."),
        "new-course": (
            "autograder.cli.new_course",
            "Make a course of one's own, outside of this one.",
        ),
        "new-assignment": (
            "autograder.cli.new_assignment",
            "Begin an assignment: a script to edit, and its settings.",
        ),
        "handout": (
            "autograder.cli.handout",
            "Make what students receive: a zip file, and the wheel in it.",
        ),
        "build": ("autograder.cli.build", "Make the notebooks from the authors' scripts."),
    }
)
"""By a command's name, the module that defines it and the first line of its help."""


@click.group(
    PROGRAM,
    cls=LazyGroup,
    modules=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--course", type=PATH, default=find_course, help="folder of the course")
@click.option("--db", metavar="URL", help="address of the gradebook; default: WORK/gradebook.db")
@click.option("-v", "--verbose", count=True, help="say on stderr what is done; -vv: with details")
@click.version_option(package_name="digits-course")
@click.pass_context
def autograder(context: click.Context, course: Path, db: str | None, verbose: int) -> None:
    """Grade a class's notebooks.

    Exit codes: 0 done, 1 error, 2 usage, 3 somebody was not graded, 4 no submission found,
    5 the last run was cut short, 6 publishing would take marks, 130 interrupted.
    """
    context.obj = Course(course, db)
    context.with_resource(log_to_terminal(verbose))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status.

    As click's own ``main``, which would take an end of file or a closed pipe that the grader met
    for the user's.
    """
    if instruction := os.environ.get(COMPLETION):
        return shell_complete(autograder, {}, PROGRAM, COMPLETION, instruction)
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        with (
            raise_at_signals(),
            forgiving_output(),
            autograder.make_context(PROGRAM, words) as context,
        ):
            return autograder.invoke(context) or 0
    except click.exceptions.Exit as ended:  # --help and --version
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        status = status_of(interrupt)
        print(farewell(status), file=sys.stderr)
        return status
    except Exception as error:  # noqa: BLE001  # the log has the traceback, if there is a log
        print(f"{PROGRAM}: {describe(error)}", file=sys.stderr)
        return code_of_error(error)


if __name__ == "__main__":
    sys.exit(main())
