"""The commands that prepare a grader: holdout, doctor and kernels."""

from __future__ import annotations

import argparse

from autograder.cli_options import opened
from autograder.doctor import examine, format_finding, is_ready
from autograder.holdout import make_holdout
from autograder.kernels import install_kernels


def run_holdout(options: argparse.Namespace) -> int:
    """Draw an assignment's held-out images, if it needs any."""
    assignment, work = opened(options)
    if assignment.holdout_size is None:
        print(f"{assignment.name} has no tiers by score and needs no held-out images")
        return 0
    made = make_holdout(
        assignment.name,
        work / "holdout",
        seed=options.seed,
        size=assignment.holdout_size,
        maker=assignment.holdout_maker,
    )
    print(f"{made.size} held-out images for {assignment.name} in {made.folder}")
    return 0


def run_doctor(options: argparse.Namespace) -> int:
    """Print what this machine has for grading; 1 if something needed is missing."""
    findings = []
    for finding in examine(options.course):
        print(format_finding(finding), flush=True)
        findings.append(finding)
    return 0 if is_ready(findings) else 1


def run_kernels(options: argparse.Namespace) -> int:
    """Install the sandbox's kernels and print where they are."""
    for folder in install_kernels(options.prefix):
        print(f"{folder.name}: {folder}")
    return 0
