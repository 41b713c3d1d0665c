"""What several commands do with their options."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.assignment import Assignment, load_assignment


def opened(options: argparse.Namespace) -> tuple[Assignment, Path]:
    """Return the assignment that was named, and the folder that the grader writes to."""
    work = options.work or options.course / "work"
    return load_assignment(options.assignment, options.course / "solutions"), work
