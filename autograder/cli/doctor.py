"""``autograder doctor``."""

from __future__ import annotations

import argparse

from autograder.sandbox.doctor import examine, format_finding, is_ready


def run_doctor(options: argparse.Namespace) -> int:
    """Print what this machine has for grading; 1 if something needed is missing."""
    findings = []
    for finding in examine(options.course):
        print(format_finding(finding), flush=True)
        findings.append(finding)
    return 0 if is_ready(findings) else 1
