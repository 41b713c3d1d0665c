"""Grade the same honest work by ours and by stock nbgrader, in the forms that arrive.

    python -m benchmarks.validity.forms [--assignment NAME] [--exercises NAME ...]
                                        [--cases FOLDER ...] [--times N] [--no-stock]

Without ``--cases``, a solved notebook is brought into each form of `tests.support.rearrange`: as
students rearrange cells, and as other tools save them. With it, the notebooks in these folders are
graded as they are, as submissions to the whole assignment. Prints a line for each, points by
``autograder grade``'s own path and by stock ``nbgrader autograde``; exit status 1 if honest work
gets less by ours anywhere. A row without points is for a person to decide.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from tests.support.nbgrader_baseline import grade_with_nbgrader
from tests.support.rearrange import CHANGES, FORMS, rearranged
from tests.support.short_course import make_course, right_submissions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

SECONDS = 600
EXERCISES = ("read-header", "count-of", "decode")
"""Of 01 by default: what each submission then takes is mostly the start of nbgrader."""


@dataclass(frozen=True)
class Beside:
    """One submission's points.

    Attributes
    ----------
    name : str
        The form, and which of them.
    ours : float or None
        Points by ours; None where a person has to decide.
    stock : float or None
        Points by stock nbgrader; None where it gives up.
    note : str
        What ours tells first.
    """

    name: str
    ours: float | None
    stock: float | None
    note: str

    @property
    def less(self) -> bool:
        """Whether ours gives less."""
        return self.ours is not None and (self.stock or 0) > self.ours + 1e-9


def solved_forms(course: Path, assignment: str, times: int) -> Iterator[tuple[str, bytes]]:
    """Yield a solved notebook in each form, by name."""
    right = right_submissions(course, assignment)[0]
    for step in (*CHANGES, *FORMS):
        changes, forms = ((step,), ()) if step in CHANGES else ((), (step,))
        for k in range(times):
            seed = Random(f"{step.__name__} {k}")
            yield f"{step.__name__}-{k}", rearranged(right, assignment, changes, forms, seed)


def grade_both(
    course: Path, assignment: str, *, stock: bool, seconds: float = SECONDS
) -> list[Beside]:
    """Grade what is in ``<course>/in`` by both; return each one's points."""
    settings = load_assignment(assignment, course / "solutions")
    work = WorkDir(course / "work")
    rows = {r.student: r for r in grade_class(settings, course / "in", work, workers=1)}
    files = {path.stem: path for path in sorted((course / "in").glob("*.ipynb"))}
    holdout = course / "work" / "holdout" / assignment
    theirs = grade_with_nbgrader(assignment, files, course, holdout, seconds) if stock else {}
    found = []
    for name in files:
        scores = theirs.get(name)
        points = None if scores is None else sum(score or 0 for score in scores.values())
        note = next(iter(rows[name].notes), "")
        found.append(Beside(name, rows[name].points, points, note))
    return found


def compare(
    assignment: str,
    exercises: Collection[str],
    cases: Sequence[Path],
    times: int,
    *,
    stock: bool = True,
) -> list[Beside]:
    """Grade solved notebooks in all forms, or the notebooks of some folders, by both."""
    with tempfile.TemporaryDirectory(prefix="forms-") as folder:
        course = make_course(Path(folder, "course"), assignment, () if cases else exercises)
        (course / "in").mkdir()
        for case in (path for one in cases for path in sorted(one.glob("*.ipynb"))):
            shutil.copyfile(case, course / "in" / f"{case.parent.name}-{case.name}")
        for name, content in () if cases else solved_forms(course, assignment, times):
            (course / "in" / f"{name}.ipynb").write_bytes(content)
        return grade_both(course, assignment, stock=stock)


def _print(found: Sequence[Beside]) -> None:
    width = max(len(one.name) for one in found)
    print(f"{'':{width}}  {'ours':>7}  {'nbgrader':>8}")
    for one in found:
        ours, stock = (_shown(points) for points in (one.ours, one.stock))
        mark = "  LESS" if one.less else ""
        print(f"{one.name:{width}}  {ours:>7}  {stock:>8}{mark}  {one.note[:60]}")
    fewer = sum(one.less for one in found)
    more = sum((one.ours or 0) > (one.stock or 0) for one in found)
    print(f"{len(found)} submissions: ours gives more {more} times, less {fewer} times")


def _shown(points: float | None) -> str:
    return "-" if points is None else f"{points:g}"


def main() -> int:
    """Print both points of each submission."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--assignment", default="01_idx")
    parser.add_argument(
        "--exercises", nargs="*", default=list(EXERCISES), help="to keep; none: all"
    )
    parser.add_argument("--cases", nargs="+", type=Path, default=[], help="folders of notebooks")
    parser.add_argument("--times", type=int, default=1, help="of each form")
    parser.add_argument("--no-stock", action="store_true", help="ours alone")
    options = parser.parse_args()
    found = compare(
        options.assignment,
        options.exercises,
        options.cases,
        options.times,
        stock=not options.no_stock,
    )
    _print(found)
    return int(any(one.less for one in found))


if __name__ == "__main__":
    sys.exit(main())
