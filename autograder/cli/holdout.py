"""``autograder holdout``."""

from __future__ import annotations

import argparse

from autograder.cli.options import opened
from autograder.holdout.store import make_holdout


def run_holdout(options: argparse.Namespace) -> int:
    """Draw an assignment's held-out images, if it needs any."""
    assignment, work = opened(options)
    if assignment.holdout_size is None:
        print(f"{assignment.name} has no tiers by score and needs no held-out images")
        return 0
    made = make_holdout(
        assignment.name,
        work.holdouts,
        seed=options.seed,
        size=assignment.holdout_size,
        maker=assignment.holdout_maker,
    )
    print(f"{made.size} held-out images for {assignment.name} in {made.folder}")
    return 0
