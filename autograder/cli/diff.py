"""``autograder diff``."""

from __future__ import annotations

import argparse

from autograder.assignment import open_holdout
from autograder.cli.options import opened
from autograder.errors import EvidenceMissingError
from autograder.evidence.log import read_log
from autograder.evidence.queries import last_standing
from autograder.grading.diff import Change, diff, format_change

_FIRST = "Nothing was published before: there is nothing to compare with."


def run_diff(options: argparse.Namespace) -> int:
    """Print which published grades would change, and why."""
    assignment, work = opened(options)
    path = work.evidence(assignment.name)
    entries = read_log(path).entries
    if last_standing(entries) is None:
        raise EvidenceMissingError(path, "nothing was graded to the end yet")
    _print_changes(diff(entries, open_holdout(assignment, work)))
    return 0


def _print_changes(changes: list[Change] | None) -> None:
    if changes is None:
        print(_FIRST)
        return
    for change in changes:
        print(format_change(change))
    print(f"{len(changes)} of the published rows change" if changes else "No grade changes.")
