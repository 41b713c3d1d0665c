"""``autograder spread``."""

from __future__ import annotations

import argparse
import os

from autograder.cli.options import opened
from autograder.grading.seed_spread import format_spreads, spread
from autograder.sandbox.runtime_dir import sweep


def run_spread(options: argparse.Namespace) -> int:
    """Run submissions with other seeds and print how far their scores vary."""
    assignment, work = opened(options)
    sweep()
    found = spread(
        assignment,
        work,
        options.seeds,
        student=options.student,
        workers=options.workers or os.cpu_count() or 1,
        sandboxed=not options.unsafe,
    )
    print(format_spreads(found))
    print("Lowest / median / highest; the recorded grades stay as they are.")
    return 0
