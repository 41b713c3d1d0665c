"""What several commands do with their options."""

from __future__ import annotations

import argparse

from autograder.assignment import Assignment, load_assignment
from autograder.workdir import WorkDir


def opened(options: argparse.Namespace) -> tuple[Assignment, WorkDir]:
    """Return the assignment that was named, and the folder that the grader writes to."""
    work = WorkDir(options.work or options.course / "work")
    return load_assignment(options.assignment, options.course / "solutions"), work
