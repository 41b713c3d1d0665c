"""``autograder verify``."""

from __future__ import annotations

import argparse

from autograder.cli.options import opened
from autograder.errors import EvidenceMissingError
from autograder.evidence.hashchain import head_path, inspect

SHOWN = 20
"""Problems of a log that are listed; one altered line is seldom more than two."""


def run_verify(options: argparse.Namespace) -> int:
    """Say whether the log of evidence is as it was written; 1 if it is not."""
    assignment, work = opened(options)
    path = work.evidence(assignment.name)
    if not path.exists() and not head_path(path).exists():
        raise EvidenceMissingError(path, "there is none; grade the class first")
    found = inspect(path)
    for problem in found.problems[:SHOWN]:
        print(problem)
    if len(found.problems) > SHOWN:
        print(f"and {len(found.problems) - SHOWN} more")
    if not found.problems:
        print(f"{len(found.entries)} entries, all intact, the last one {found.last_hash}")
    elif found.mendable:
        print("A grader that was killed leaves it so: the next grade, rescore or publish mends it.")
    return int(bool(found.problems))
