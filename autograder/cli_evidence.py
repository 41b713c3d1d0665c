"""The commands that work on evidence: verify, rescore, diff, publish and integrity."""

from __future__ import annotations

import argparse

from autograder.chain import head_path, inspect
from autograder.cli_options import opened
from autograder.conclude import REPORT
from autograder.diff import Change, diff, format_change
from autograder.evidence import log_path, read_log
from autograder.evidence_errors import EvidenceMissingError
from autograder.grade import open_holdout
from autograder.publish import publish
from autograder.recall import last_standing
from autograder.report import format_table, printable
from autograder.rescore import rescore

SHOWN = 20
"""Problems of a log that are listed; one altered line is seldom more than two."""
_FIRST = "Nothing was published before: there is nothing to compare with."


def run_verify(options: argparse.Namespace) -> int:
    """Say whether the log of evidence is as it was written; 1 if it is not."""
    assignment, work = opened(options)
    path = log_path(work, assignment.name)
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


def run_rescore(options: argparse.Namespace) -> int:
    """Score recorded answers again and print the new table."""
    assignment, work = opened(options)
    done = rescore(assignment, work, tiers=options.tiers, labels=options.labels)
    print(format_table(done.rows, done.assignment.tiers))
    for notice in done.notices:
        print(notice)
    print(f"Report: {work / REPORT / 'index.html'}")
    print(f"Evidence: {done.seal}")
    return 0


def run_diff(options: argparse.Namespace) -> int:
    """Print which published grades would change, and why."""
    assignment, work = opened(options)
    path = log_path(work, assignment.name)
    entries = read_log(path).entries
    if last_standing(entries) is None:
        raise EvidenceMissingError(path, "nothing was graded to the end yet")
    _print_changes(diff(entries, open_holdout(assignment, work)))
    return 0


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


def run_integrity(options: argparse.Namespace) -> int:
    """Write the page of remarks for a person to read."""
    # here, because they take half a second, which no other command needs
    from autograder.integrity.gather import gather
    from autograder.integrity.page import format_flags, write_integrity

    assignment, work = opened(options)
    found = gather(assignment, work)
    page = write_integrity(found, work / REPORT, title=assignment.name)
    print(format_flags(found))
    for sentence in found.missing:
        print(printable(sentence))
    remarks = sum(flag.remark for flag in found.flags)
    print(f"{len(found.students)} submissions, {remarks} remarks; no grade was moved: {page}")
    return 0


def _print_changes(changes: list[Change] | None) -> None:
    if changes is None:
        print(_FIRST)
        return
    for change in changes:
        print(format_change(change))
    print(f"{len(changes)} of the published rows change" if changes else "No grade changes.")
