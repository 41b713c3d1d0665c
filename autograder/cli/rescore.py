"""``autograder rescore``."""

from __future__ import annotations

import argparse

from autograder.cli.options import opened
from autograder.grading.rescore import rescore
from autograder.reporting.tables import format_table


def run_rescore(options: argparse.Namespace) -> int:
    """Score recorded answers again and print the new table."""
    assignment, work = opened(options)
    done = rescore(assignment, work, tiers=options.tiers, labels=options.labels)
    print(format_table(done.rows, done.assignment.tiers))
    for notice in done.notices:
        print(notice)
    print(f"Report: {work.report / 'index.html'}")
    print(f"Evidence: {done.seal}")
    return 0
