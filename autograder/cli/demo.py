"""``autograder demo``."""

from __future__ import annotations

import argparse
from dataclasses import replace

from autograder.cli.grade import _grade_and_report
from autograder.cli.options import opened
from autograder.holdout.store import make_holdout

DEMO_SEED = "demo"
"""Published on purpose: the demo shows the machinery, not a secret."""

DEMO_IMAGES = 5_000
"""Half of what a class gets: a first look should not take long."""


def run_demo(options: argparse.Namespace) -> int:
    """Grade the demo class on images held out by a public seed."""
    assignment, work = opened(options)
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
    submitted = options.course / "data" / "demo_class"
    _grade_and_report(assignment, submitted, work, options)
    return 0
