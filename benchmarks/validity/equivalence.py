"""Do honest submissions get what they deserve? Right answers, and random honest variants of them.

    python -m benchmarks.validity.equivalence [--variants N] [--seed S] [--assignments NAME ...]
                                              [--exercises NAME ...] [--no-ordinary] [--out FILE]

Right answers are those of `tests/support/answers`, as whole submissions. Each is graded as it is,
by ``autograder grade``'s own path and by stock `nbgrader autograde`, which runs all cells in one
ordinary kernel: every score should be the same. Then variants are graded, changed at random as
`tests.support.variants` says or, every other one, rearranged as `tests.support.rearrange` does: a
cell that scores less than in the submission that it was made from is a false zero. Writes
``work/bench/honest.json``; exit status 1 if a score differs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.holdout.store import make_holdout
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.answers.exercises import load
from tests.support.nbgrader_baseline import Scores, cell_scores, grade_with_nbgrader
from tests.support.rearrange import at_random
from tests.support.short_course import make_course, right_submissions
from tests.support.variants import varied

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from nbformat import NotebookNode

SHARES = {"01_idx": 110, "02_binary": 50, "03_svc": 30, "04_clustering": 4, "05_multilabel": 6}
"""Of 200 variants; the last two train for half a minute each."""
HELD_OUT = {"03_svc": 1_000, "04_clustering": 500, "05_multilabel": 300}
"""Fewer images than in a real class: a score on them is as good to compare."""
COUNTED = ("variants", "false_zeros")
SECONDS = 600


@dataclass(frozen=True)
class Difference:
    """A graded cell whose score is not what it should be.

    Attributes
    ----------
    submission : str
        Which one: ``right0`` is the author's solution.
    cell : str
        The graded cell.
    expected, found : float or None
        The scores; None where there is none.
    changes : tuple of str
        What was done to a variant.
    """

    submission: str
    cell: str
    expected: float | None
    found: float | None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What became of the right answers to one assignment.

    Attributes
    ----------
    right, variants : int
        Numbers of submissions.
    cells : int
        Scores of right answers that were compared with an ordinary kernel's.
    ordinary : tuple of Difference
        Between one ordinary kernel (expected) and ours (found).
    varied : tuple of Difference
        Between a right submission (expected) and its variants (found).
    short : tuple of Difference
        Between a check's points (expected) and what a right submission got: its answers do not go
        together, or one of them is wrong.
    """

    right: int
    variants: int
    cells: int
    ordinary: tuple[Difference, ...]
    varied: tuple[Difference, ...]
    short: tuple[Difference, ...] = ()

    @property
    def false_zeros(self) -> int:
        """How many variants lost points."""
        lost = {d.submission for d in self.varied if (d.found or 0) < (d.expected or 0)}
        return len(lost)


def compare(
    assignment: str,
    variants: int,
    seed: str,
    folder: Path,
    *,
    exercises: Collection[str] = (),
    ordinary: bool = True,
) -> Comparison:
    """Grade all right answers to an assignment, and variants of them, in a new course.

    Parameters
    ----------
    assignment
        Such as ``"01_idx"``.
    variants
        How many to make.
    seed
        What the changes depend on.
    folder
        Where the course is to be; it must not be there yet.
    exercises
        Those to keep; all by default.
    ordinary
        Whether to compare with an ordinary kernel, which costs some seconds a submission.
    """
    course = make_course(folder, assignment, exercises)
    right = right_submissions(course, assignment)
    handed_in = course / "in"
    handed_in.mkdir()
    for k, nb in enumerate(right):
        nbformat.write(nb, handed_in / f"right{k}.ipynb")
    changes = {}
    for k in range(variants):
        name, rng = f"variant{k:03}", Random(f"{seed} {assignment} {k}")
        change = at_random if k % 2 else varied
        content, changes[name] = change(right[k % len(right)], assignment, rng)
        (handed_in / f"{name}.ipynb").write_bytes(content)
    ours = _grade(assignment, course)
    expected = {name: ours[f"right{k % len(right)}"] for k, name in enumerate(changes)}
    found = [d for name, e in expected.items() for d in _differ(name, e, ours[name], changes[name])]
    stock = _one_kernel(assignment, course, len(right)) if ordinary else {}
    told = [d for name, e in stock.items() for d in _differ(name, e, ours[name])]
    cells = sum(len(scores or {}) for scores in stock.values())
    full = _points(right[0])
    short = [
        d
        for name in (f"right{k}" for k in range(len(right)))
        for d in _differ(name, full, {cell: (ours[name] or {}).get(cell) for cell in full})
    ]
    return Comparison(len(right), variants, cells, tuple(told), tuple(found), tuple(short))


def _points(nb: NotebookNode) -> Scores:
    """Return the points of each check that is passed or not; a held-out score has tiers."""
    marked = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return {
        cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
        for cell in marked
        if not cell.metadata.nbgrader.solution and "score_" not in cell.source
    }


def _grade(assignment: str, course: Path) -> dict[str, Scores | None]:
    """Grade what was handed in as ``autograder grade`` does; return each one's scores."""
    settings = load_assignment(assignment, course / "solutions")
    if settings.holdout_size is not None:
        options: dict[str, Any] = {"size": HELD_OUT[assignment], "maker": settings.holdout_maker}
        make_holdout(assignment, course / "work/holdout", seed="honest", public=True, **options)
    rows = list(grade_class(settings, course / "in", WorkDir(course / "work"), workers=1))
    return {row.student: cell_scores(assignment, row.student, course / "work") for row in rows}


def _one_kernel(assignment: str, course: Path, count: int) -> Mapping[str, Scores | None]:
    notebooks = {f"right{k}": course / "in" / f"right{k}.ipynb" for k in range(count)}
    holdout = course / "work/holdout" / assignment
    return grade_with_nbgrader(assignment, notebooks, course, holdout, SECONDS)


def _differ(
    name: str, expected: Scores | None, found: Scores | None, changes: Iterable[str] = ()
) -> list[Difference]:
    expected, found = expected or {}, found or {}
    return [
        Difference(name, cell, expected.get(cell), found.get(cell), tuple(changes))
        for cell in sorted(expected.keys() | found.keys())
        if expected.get(cell) != found.get(cell)
    ]


def _print(assignment: str, done: Comparison) -> None:
    print(
        f"{assignment:14} {done.right} right: {done.cells} scores compared with one ordinary "
        f"kernel's, {len(done.ordinary)} differ; {len(done.short)} are short of all points; "
        f"{done.variants} variants: {done.false_zeros} false zeros",
        flush=True,
    )
    found = (*done.ordinary, *done.short, *done.varied)
    for name, group in itertools.groupby(found, key=lambda difference: difference.submission):
        first, *more = group
        told = f"{first.cell} has {first.found}, not {first.expected}, and {len(more)} more"
        print(f"    {name}: {told}. {'; '.join(first.changes)}", flush=True)


def main() -> int:
    """Compare all assignments and print a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--variants", type=int, default=200, help="in all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--assignments", nargs="+", choices=SHARES, default=list(SHARES))
    parser.add_argument(
        "--exercises", nargs="+", default=[], help="of one assignment; default: all"
    )
    parser.add_argument("--no-ordinary", action="store_true", help="grade variants only")
    parser.add_argument("--out", type=Path, default=ROOT / "work" / "bench" / "honest.json")
    options = parser.parse_args()
    known = {exercise for name in options.assignments for exercise in load(name).exercises}
    if unknown := set(options.exercises) - known:
        parser.error(f"unknown exercise {min(unknown)!r}, expected some of {sorted(known)}")
    if options.exercises and len(options.assignments) > 1:
        parser.error(f"--exercises for {options.assignments}, expected one assignment")
    whole, done = sum(SHARES[name] for name in options.assignments), {}
    for name in options.assignments:
        count = round(options.variants * SHARES[name] / whole)
        with tempfile.TemporaryDirectory(prefix="honest-") as folder:
            place = Path(folder, "course")
            ordinary = not options.no_ordinary
            choice = {"exercises": options.exercises, "ordinary": ordinary}
            done[name] = compare(name, count, options.seed, place, **choice)
        _print(name, done[name])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({name: asdict(one) for name, one in done.items()}, indent=1))
    variants, zeros = (sum(getattr(one, what) for one in done.values()) for what in COUNTED)
    print(f"{variants} honest variants, {zeros} false zeros")
    return int(any(one.ordinary or one.varied or one.short for one in done.values()))


if __name__ == "__main__":
    sys.exit(main())
