"""Count false and missed flags of the integrity report, by the size of the class.

    python -m benchmarks.validity.copies [--pool 260] [--tries 20]

Classes are drawn from a pool of honest submissions (`benchmarks.validity.synthetic_class`), whose
answers are kept below ``work/benchmarks/integrity``, and computed where they are not there yet.
In the first table every check looks at honest classes; in the second, somebody's code is handed in
again, disguised in one way after the other (`benchmarks.validity.copying`), or by a whole ring.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from autograder.assignment import load_assignment
from autograder.integrity.code_similarity import flag_similar, match_code, pieces_of
from autograder.integrity.course_code import common_code, known_names
from autograder.integrity.run import run_checks
from autograder.integrity.student_code import own_cells
from benchmarks.validity.copying import WAYS, disguised, retuned
from benchmarks.validity.integrity import class_of, open_images
from benchmarks.validity.synthetic_class import ASSIGNMENT, SUGGESTED, make_honest
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nbformat import NotebookNode

    from autograder.integrity.inputs import CheckInputs

SIZES = (3, 5, 10, 20, 60, 200)
RINGS = (4, 10)
HONEST_CLASSES = {3: 200, 5: 120, 10: 60, 20: 30, 60: 10, 200: 4}
"""How many honest classes of each size; together some 600 submissions or more a size."""

FEWER = {60: 2, 200: 4}
"""By how much tries are divided in large classes, which take longer."""

Pieces = list[frozenset[int]]


@dataclass(frozen=True, eq=False)
class Pool:
    """Honest submissions, of which classes are drawn.

    Parameters
    ----------
    asked
        All of them, as one class.
    """

    asked: CheckInputs

    @cached_property
    def students(self) -> list[str]:
        """All names."""
        return sorted(self.asked.notebooks)

    @cached_property
    def pieces(self) -> Mapping[str, Pieces]:
        """What is each one's own, as `code_similarity` takes it."""
        return {student: self.pieces_in(nb) for student, nb in self.asked.notebooks.items()}

    @cached_property
    def originals(self) -> list[str]:
        """Who can be copied from: the course's own suggestion is nobody's."""
        return [student for k, student in enumerate(self.students) if k % SUGGESTED]

    def pieces_in(self, nb: NotebookNode) -> Pieces:
        """Take one notebook apart."""
        known = known_names(self.asked.given)
        return pieces_of(own_cells(nb, self.asked.released), known, self.asked.common_code)

    def part(self, students: Iterable[str]) -> CheckInputs:
        """Return what the checks are asked about some of them."""
        some = set(students)
        tables = ("notebooks", "answers", "probed", "loaded")
        kept = {
            name: {s: value for s, value in getattr(self.asked, name).items() if s in some}
            for name in tables
        }
        return replace(self.asked, **kept)


def make_pool(count: int, work: Path) -> Pool:
    """Make honest submissions and let their code answer, or take the answers that are there."""
    images = open_images(work)
    made = []
    for number in range(count):
        about = (images.known, images.images, images.probes.images)
        made.append(make_honest(*about, number, work))
        print(f"\r{number + 1} submissions", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    asked = class_of(made, images)
    assignment = load_assignment(ASSIGNMENT, ROOT / "solutions")
    return Pool(replace(asked, common_code=common_code(assignment, asked.released)))


def print_honest(pool: Pool) -> None:
    """Count who is flagged by any check in honest classes."""
    print("\nhonest classes, all checks together")
    print("  size  classes  submissions  flagged  classes with a flag")
    for size in SIZES:
        rng, count = np.random.default_rng([1, size]), HONEST_CLASSES[size]
        flagged = [_flagged(pool, rng.choice(pool.students, size, False)) for _ in range(count)]
        people, classes = sum(map(len, flagged)), sum(map(bool, flagged))
        print(f"  {size:4}  {count:7}  {size * count:11}  {people:7}  {classes:5}", flush=True)


def _flagged(pool: Pool, students: Iterable[str]) -> set[str]:
    return {flag.student for flag in run_checks(pool.part(students)).flags if not flag.remark}


def print_copies(pool: Pool, tries: int) -> None:
    """Count copies that similar code misses, and others whom it flags beside them."""
    print("\ncopies that similar code flags, of those handed in, by the size of the class")
    print("  " + "".join([f"{'':22}", *(f"{size:>9}" for size in SIZES)]))
    others = dict.fromkeys(SIZES, 0)
    for name, way in {**WAYS, "numbers changed": retuned}.items():
        row = []
        for size in SIZES:
            some = pool.originals[:: len(pool.originals) // tries][: tries // FEWER.get(size, 1)]
            copies = {s: [pool.pieces_in(disguised(pool.asked.notebooks[s], way))] for s in some}
            found, wrong = _try(pool, size, copies)
            others[size] += wrong
            row.append(f"{found}/{len(some)}")
        print(f"  {name:22}" + "".join(f"{one:>9}" for one in row), flush=True)
    for ring in RINGS:
        row = []
        for size in SIZES:
            some = pool.originals[:: len(pool.originals) // tries][: tries // FEWER.get(size, 1)]
            copies = {s: [pool.pieces[s]] * (ring - 1) for s in some}
            found, wrong = _try(pool, size, copies) if ring <= size else (0, 0)
            others[size] += wrong
            row.append(f"{found}/{len(some) * (ring - 1)}" if ring <= size else "")
        print(f"  ring of {ring:<14}" + "".join(f"{one:>9}" for one in row), flush=True)
    print(f"  {'others flagged':22}" + "".join(f"{others[size]:>9}" for size in SIZES))


def _try(pool: Pool, size: int, copies: Mapping[str, Sequence[Pieces]]) -> tuple[int, int]:
    """Hand copies of each one in to a class of its own; count those flagged, and others."""
    found = wrong = 0
    for original, several in copies.items():
        rng = np.random.default_rng([2, size, pool.students.index(original)])
        rest = [student for student in pool.students if student != original]
        honest = [original, *rng.choice(rest, size - 1 - len(several), replace=False)]
        pieces = {str(student): pool.pieces[student] for student in honest}
        pieces |= {f"copy {k}": one for k, one in enumerate(several)}
        flagged = {flag.student for flag in flag_similar(match_code(pieces), size)}
        found += sum(student.startswith("copy") for student in flagged)
        wrong += len(flagged & {str(student) for student in honest[1:]})
    return found, wrong


def main() -> None:
    """Parse the command line, make the pool, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pool", type=int, default=260)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--work", type=Path, default=ROOT / "work" / "benchmarks" / "integrity")
    options = parser.parse_args()
    if options.pool < max(SIZES):
        parser.error(f"--pool is {options.pool}, expected {max(SIZES)} or more")
    with threadpool_limits(1):
        pool = make_pool(options.pool, options.work)
        print_honest(pool)
        print_copies(pool, options.tries)
    print(f"CPU seconds: {time.process_time():.0f}")


if __name__ == "__main__":
    main()
