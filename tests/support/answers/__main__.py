"""Print what each answer gets: ``make answers``."""

from __future__ import annotations

import sys

import matplotlib

from tests.support.answers.exercises import ASSIGNMENTS, load, points, stub

matplotlib.use("agg")


def main() -> int:
    """Print a line for each answer; return 1 if any gets what it should not."""
    surprises = 0
    for name in sys.argv[1:] or ASSIGNMENTS:
        assignment = load(name)
        stubs = [(e, "(the stub)", stub(name, e)) for e in assignment.exercises]
        rows = [("right", *answer) for answer in assignment.right]
        rows += [("wrong", *answer) for answer in (*stubs, *assignment.wrong)]
        rows.sort(key=lambda row: assignment.exercises.index(row[1]))
        print(f"\n{name}\n{'exercise':<24} {'answer':<64} {'points':>9}")
        for kind, exercise, about, answer in rows:
            earned, total = points(name, exercise, answer)
            as_meant = (earned == total) == (kind == "right")
            surprises += not as_meant
            mark = "" if as_meant else "  <-- not as meant"
            print(f"{exercise:<24} {kind + ': ' + about:<64} {earned:>4g} / {total:g}{mark}")
    print(f"\n{surprises} answers got what they should not")
    return int(surprises > 0)


if __name__ == "__main__":
    sys.exit(main())
