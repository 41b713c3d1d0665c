"""Grade a class by the command, on this machine or by a cluster, and read what came of it."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook

from autograder.authoring.demo_class import NAME as DEMO
from autograder.authoring.demo_class import write_demo_class
from autograder.cli.demo import DEMO_IMAGES, DEMO_SEED
from autograder.errors import AutograderError
from autograder.evidence.log import read_log
from autograder.holdout.store import make_holdout
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, knowing, make_course, submission

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.dask_cluster import RealCluster

FACTS = ("outcome", "points", "max_points", "cells", "score")
"""What the evidence says of a submission that has to be the same; its answers are in the score."""


@dataclass(frozen=True)
class SubmittedClass:
    """A class that handed in, to be graded as often as wanted.

    Attributes
    ----------
    course : Path
        Folder of the course.
    assignment : str
        What was handed in.
    submitted : Path
        Folder with a notebook for each student.
    holdout : Path
        Folder of held-out images, which each work folder links to.
    """

    course: Path
    assignment: str
    submitted: Path
    holdout: Path

    def words(self, work: Path, command: str = "grade", database: str | None = None) -> list[str]:
        """Return the words of a command of ours about this class."""
        words = [sys.executable, "-m", "autograder.cli.app", "--course", str(self.course)]
        words += [] if database is None else ["--db", database]
        words += [command, self.assignment, "--work", str(work)]
        return [*words, "--submitted", str(self.submitted)] if command == "grade" else words

    def start(
        self,
        work: Path,
        options: Sequence[str] = (),
        database: str | None = None,
        **variables: str,
    ) -> subprocess.Popen[bytes]:
        """Start a grader; its last words are in ``<work>.log``."""
        work.mkdir(parents=True, exist_ok=True)
        if not (work / "holdout").exists():
            (work / "holdout").symlink_to(self.holdout)
        with work.with_name(f"{work.name}.log").open("ab") as log:
            words = [*self.words(work, database=database), *options]
            environment = {**os.environ, **variables}
            return subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, env=environment)

    def verify(self, work: Path) -> bool:
        """Whether ``autograder verify`` holds."""
        words = self.words(work, "verify")
        done = subprocess.run(words, check=False, cwd=ROOT, stdout=subprocess.DEVNULL)
        return done.returncode == 0

    def bodies(self, work: Path) -> list[dict[str, object]]:
        """Return what the evidence says of submissions; nothing while a line is being written."""
        try:
            entries = read_log(WorkDir(work).evidence(self.assignment)).entries
        except (AutograderError, OSError):
            return []
        return [dict(entry.body) for entry in entries if entry.body["kind"] == "submission"]

    def facts(self, work: Path) -> dict[str, tuple[object, ...]]:
        """Return what came of each student last."""
        found = self.bodies(work)
        return {str(body["student"]): tuple(body[name] for name in FACTS) for body in found}

    def table(self, work: Path) -> bytes:
        """Return the class's table, ``grades.csv``."""
        return (work / "report" / "grades.csv").read_bytes()

    def cell_scores(self, work: Path, database: str | None = None) -> dict[str, dict[str, float]]:
        """Return each student's score of each graded cell, as the gradebook has it."""
        with Gradebook(WorkDir(work, database).gradebook_url) as gradebook:
            return {
                one.student_id: {g.name: g.auto_score for n in one.notebooks for g in n.grades}
                for one in gradebook.assignment_submissions(self.assignment)
            }


def small_class(folder: Path, size: int) -> SubmittedClass:
    """Make a class of small submissions: most of them work, each in another way."""
    course = make_course(folder)
    for number in range(size):
        answers = {"predict": knowing(wrong=range(number % 200))}
        if number % 7 == 3:
            answers["double"] = f"def double(x):\n    return {number} * x"
        if number % 50 == 13:
            answers["double"] = "import os; os._exit(3)"
        hand_in(course, f"s{number:06d}", submission(**answers))
    return SubmittedClass(course, NAME, course / "in", course / "work" / "holdout")


def demo_class(folder: Path) -> SubmittedClass:
    """Make the demo class, with its held-out images."""
    write_demo_class(ROOT, folder / "in")
    holdouts = folder / "holdout"
    make_holdout(DEMO, holdouts, seed=DEMO_SEED, public=True, size=DEMO_IMAGES)
    return SubmittedClass(ROOT, DEMO, folder / "in", holdouts)


def options_of(cluster: RealCluster) -> list[str]:
    """Return the options by which a grader finds a cluster."""
    assert cluster.certificates is not None
    return ["--scheduler", cluster.address, *cluster.certificates.options]


def seconds_inside(work: Path) -> float:
    """Return a class's time inside cells, in both kernels."""
    with WorkDir(work).timings.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["where"] != "grader"]
    return sum(float(row["seconds"]) for row in rows)
