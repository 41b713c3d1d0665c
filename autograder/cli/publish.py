"""``autograder publish``."""

from __future__ import annotations

import argparse

from autograder.assignment import open_holdout
from autograder.cli.diff import _print_changes
from autograder.cli.options import opened
from autograder.grading.publish import publish


def run_publish(options: argparse.Namespace) -> int:
    """Make the report what the class is told, and print what changes by it."""
    assignment, work = opened(options)
    done = publish(assignment.name, work, open_holdout(assignment, work))
    if done.again:
        print("Just this was published already.")
    else:
        _print_changes(done.changes)
    print(f"Published: {done.students} students in {done.path}")
    print(f"Evidence: {done.seal}")
    return 0
