"""Print how many mutants of each exercise's solution get full points: ``make mutants``."""

from __future__ import annotations

import sys
import time

import matplotlib

from tests.support.answers.exercises import ASSIGNMENTS, load
from tests.support.mutants.trials import all_mutants, survivors, tried


def main() -> int:
    """Print a line for each exercise; return 1 if a mutant gets full points."""
    total = excused = survived = 0
    began = time.process_time()
    print("| | exercise | mutants | no mistakes, with reasons | get full points |")
    print("|---|---|---|---|---|")
    for name in [a for a in sys.argv[1:] if a in ASSIGNMENTS] or ASSIGNMENTS:
        for exercise in chosen(name):
            count, left = len(all_mutants(name, exercise)), survivors(name, exercise)
            fine = len(tried(name, exercise)) - count
            print(f"| {name[:2]} | {exercise} | {count} | {fine} | {len(left)} |", flush=True)
            for mutant in left:
                print(f"  {mutant.kind}: {mutant.change}", file=sys.stderr, flush=True)
            total, excused, survived = total + count, excused + fine, survived + len(left)
    seconds = time.process_time() - began
    print(f"\n{survived} of {total} mutants get full points; {excused} more are no mistakes")
    print(f"{seconds:.0f} CPU seconds")
    return int(survived > 0)


def chosen(name: str) -> tuple[str, ...]:
    """Return the exercises that are named on the command line, or all."""
    named = [exercise for exercise in load(name).exercises if exercise in sys.argv[1:]]
    return tuple(named) or load(name).exercises


if __name__ == "__main__":
    matplotlib.use("agg")
    sys.exit(main())
