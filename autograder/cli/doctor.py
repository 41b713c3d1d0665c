"""``autograder doctor``."""

from __future__ import annotations

import argparse

from autograder.sandbox.doctor import format_check, is_ready, run_checks


def run_doctor(options: argparse.Namespace) -> int:
    """Print what this machine has for grading; 1 if something needed is missing."""
    findings = []
    for finding in run_checks(options.course):
        print(format_check(finding), flush=True)
        findings.append(finding)
    return 0 if is_ready(findings) else 1
