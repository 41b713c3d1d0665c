"""Print what a student reads on each wrong answer: ``python -m tests.support.answers.readings``."""

from __future__ import annotations

import contextlib
import io
import sys

import matplotlib

from tests.support.answers.exercises import ASSIGNMENTS, load, outcomes

SENTENCES = (AssertionError, NotImplementedError)
"""Kinds of errors by which a graded cell speaks to a student; any other is Python's own."""


def reading(name: str, exercise: str, about: str, answer: str) -> tuple[str, Exception]:
    """Return the first graded cell that a wrong answer fails, and what it says."""
    raised = outcomes(name, exercise, answer)
    return next((grade_id, error) for grade_id, error in raised.items() if error)


def is_bare(error: Exception) -> bool:
    """Whether an error is Python's own, and not a sentence of the course's."""
    return not isinstance(error, SENTENCES)


def main() -> int:
    """Print a table of wrong answers, and return 1 if more than 1 in 50 reads a bare error."""
    bare = count = 0
    for name in sys.argv[1:] or ASSIGNMENTS:
        print(f"\n## {name}\n\n| exercise | wrong answer | what the student reads |\n|---|---|---|")
        for exercise, about, answer in load(name).wrong:
            with contextlib.redirect_stdout(io.StringIO()):
                grade_id, error = reading(name, exercise, about, answer)
            said = f"{type(error).__name__}: " * is_bare(error) + " ".join(str(error).split())
            hidden = " (hidden)" * grade_id.endswith("-more")
            print(f"| {exercise} | {about} | {said.replace('|', '/')}{hidden} |")
            bare, count = bare + is_bare(error), count + 1
    print(f"\n{bare} of {count} wrong answers read a bare error of Python's")
    return int(50 * bare > count)


if __name__ == "__main__":
    matplotlib.use("agg")
    sys.exit(main())
