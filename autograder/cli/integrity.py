"""``autograder integrity``."""

from __future__ import annotations

import argparse

from autograder.cli.options import opened
from autograder.reporting.tables import strip_controls


def run_integrity(options: argparse.Namespace) -> int:
    """Write the page of remarks for a person to read."""
    # here, because they take half a second, which no other command needs
    from autograder.integrity.page import format_flags, write_integrity
    from autograder.integrity.run import gather

    assignment, work = opened(options)
    found = gather(assignment, work)
    page = write_integrity(found, work.report, title=assignment.name)
    print(format_flags(found))
    for sentence in found.missing:
        print(strip_controls(sentence))
    remarks = sum(flag.remark for flag in found.flags)
    print(f"{len(found.students)} submissions, {remarks} remarks; no grade was moved: {page}")
    return 0
