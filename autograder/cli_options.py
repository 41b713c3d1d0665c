"""What several commands do with their options."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.assignment import Assignment, load_assignment


def opened(options: argparse.Namespace, name: str) -> tuple[Assignment, Path]:
    """Return an assignment of the course, and the folder that the grader writes to."""
    work = options.work or options.course / "work"
    return load_assignment(name, options.course / "solutions"), work


def positive(text: str) -> int:
    """Read a whole number from 1 up."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}, expected 1 or more")
    return number
