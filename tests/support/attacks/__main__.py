"""Let every attack run on stock ``nbgrader autograde`` and on ours, and print what it wins.

    python -m tests.support.attacks [NAME ...]

Stock nbgrader runs what it is given, as you: use a machine that you can spare. Bombs are left out
there. For each attack it gets a fresh course, grades an honest student, the attacker, and another
honest student. Exit status 1 if an attack wins anything on ours.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from tests.support.attacks.attack_class import (
    HONEST,
    NEIGHBOURLY,
    NEIGHBOURS,
    Attack,
    hand_in_class,
    read_attacks,
    stolen,
    warp_held_out,
)
from tests.support.course import NAME, make_course
from tests.support.nbgrader_baseline import Scores, cell_scores, nbgrader, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 60
FAILED = "nbgrader failed"
NO_WIN = ("nothing", "not run", "not graded", f"nothing: {FAILED}", f"not graded: {FAILED}")
LINGER = 2.0  # seconds in which a process that was left behind may act
BEFORE, AFTER = NEIGHBOURS


def verdict(work: Path, attack: Attack) -> str:
    """Say what an attack has won, by the gradebook and the executed notebook."""
    scores = cell_scores(NAME, attack.name, work)
    path = work / "autograded" / attack.name / NAME / f"{NAME}.ipynb"
    found = [f"+{more:g} points" for more in [_more(scores)] if more > 0]
    if path.exists():
        found += [f"takes {what}" for what in stolen(nbformat.read(path, as_version=4))]
    harmed = [n for n in NEIGHBOURS if not _unharmed(cell_scores(NAME, n, work))]
    found += [f"harms {neighbour}" for neighbour in harmed]
    if scores is None:
        found.append("not graded")
    return ", ".join(found) or "nothing"


def _more(scores: Scores | None) -> float:
    return round(sum(score or 0 for score in (scores or {}).values()) - sum(HONEST.values()), 2)


def _unharmed(scores: Scores | None) -> bool:
    return scores is not None and NEIGHBOURLY.items() <= scores.items()


def on_stock(attacks: list[Attack], course: Path) -> Mapping[str, str]:
    """Grade each attacker between two honest students by stock nbgrader."""
    found = {}
    notebooks = {name: course / "in" / f"{name}.ipynb" for name in hand_in_class(course, attacks)}
    with tempfile.TemporaryDirectory(prefix="stock-") as folder:
        fresh = Path(folder) / "fresh"
        environment = prepare(NAME, notebooks, course, fresh, course / "work/holdout" / NAME)
        nbgrader(["autograde", NAME, "--student", BEFORE], fresh, environment, SECONDS)
        for attack in attacks:
            if not attack.on_stock:
                found[attack.name] = "not run"
                continue
            place = Path(folder) / attack.name
            shutil.copytree(fresh, place)
            commands = [["autograde", NAME, "--student", s] for s in (attack.name, AFTER)]
            survived = [nbgrader(command, place, environment, SECONDS) for command in commands]
            time.sleep(LINGER)
            found[attack.name] = verdict(place / "work", attack)
            if not survived[0]:
                found[attack.name] += f": {FAILED}"
    return found


def on_ours(attacks: list[Attack], course: Path) -> Mapping[str, str]:
    """Grade all attackers in one class by ours, on held-out images that are warped."""
    warp_held_out(course)
    hand_in_class(course, attacks)
    assignment = load_assignment(NAME, course / "solutions")
    list(grade_class(assignment, course / "in", WorkDir(course / "work"), workers=2))
    return {attack.name: verdict(course / "work", attack) for attack in attacks}


def main() -> int:
    """Print the table."""
    attacks = [a for a in read_attacks() if not sys.argv[1:] or a.name in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        tables = []
        for run in (on_stock, on_ours):
            course = Path(folder) / run.__name__
            course.mkdir()
            tables.append(run(attacks, make_course(course)))
    stock, ours = tables
    print(f"{'attack':24}{'stock nbgrader':52}ours")
    for attack in attacks:
        print(f"{attack.name:24}{stock[attack.name]:52}{ours[attack.name]}")
    won = [sum(what not in NO_WIN for what in table.values()) for table in tables]
    print(f"of {len(attacks)} attacks {won[0]} win on stock nbgrader, {won[1]} on ours")
    return int(won[1] > 0)


if __name__ == "__main__":
    sys.exit(main())
