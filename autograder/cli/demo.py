"""``autograder demo``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.authoring.demo_class import write_demo_class
from autograder.cli.grade import _grade_and_report
from autograder.cli.options import opened
from autograder.holdout.store import make_holdout

DEMO_SEED = "demo"
"""Published on purpose: the demo shows the machinery, not a secret."""

DEMO_IMAGES = 5_000
"""Half of what a class gets: a first look should not take long."""


def run_demo(options: argparse.Namespace) -> int:
    """Make the demo class and grade it in a folder of its own, on images with a public seed."""
    assignment, work = opened(options)
    work = work.demo
    write_demo_class(options.course, work.downloaded)
    # the class has an endless loop in it, which nobody wants to watch for long
    assignment = replace(assignment, limits=replace(assignment.limits, call_seconds=5))
    make_holdout(
        assignment.name,
        work.holdouts,
        seed=DEMO_SEED,
        public=True,
        size=DEMO_IMAGES,
        maker=assignment.holdout_maker,
    )
    _grade_and_report(assignment, work.downloaded, work, options)
    return 0
