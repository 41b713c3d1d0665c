"""``autograder doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.sandbox.doctor import format_check, is_ready, run_checks

if TYPE_CHECKING:
    from autograder.cli.options import Course


@click.command("doctor")
@click.pass_obj
def command(course: Course) -> int:
    """Say what this machine lacks for grading.

    What can be tried is tried. The exit status is 1 if something needed is missing.
    """
    findings = []
    for finding in run_checks(course.folder):
        print(format_check(finding), flush=True)
        findings.append(finding)
    return 0 if is_ready(findings) else 1
