"""Grade a small class of right submissions by the command, and look at what became of each."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbgrader.api import Gradebook

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.errors import AutograderError
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support.course import NAME, author_notebook, hand_in, make_course, submission
from tests.support.processes import PATIENCE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

POINTS = 4.44
"""What the right submission to the small course gets by itself."""

LOOKS = 0.05
"""Seconds between two looks at processes and files, which cost the grader's processor time."""

TOLD = 600
"""Characters that are told of what a command said."""

WORKS = "import time\n\ntime.sleep(1)\n\n\ndef double(x):\n    return 2 * x"

GRADED = (ExitCode.DONE,)
"""How a command ends if everybody is graded."""


@dataclass
class FaultyClass:
    """A class of right submissions, and what is wrong with how it was graded.

    Attributes
    ----------
    folder : Path
        The course.
    size : int
        Submissions.
    found : list of str
        What is wrong, a line each.
    """

    folder: Path
    size: int
    found: list[str] = field(default_factory=list)

    @property
    def work(self) -> WorkDir:
        """What the grader writes."""
        return WorkDir(self.folder / "work")

    def start(self, *before: str, **environment: str) -> subprocess.Popen[str]:
        """Start to grade it."""
        pipe = subprocess.PIPE
        words = [*before, sys.executable, "-m", "autograder.cli.app", "--course", str(self.folder)]
        words += ["grade", NAME, "--submitted", str(self.folder / "in"), "--workers", "2"]
        return subprocess.Popen(
            words, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **environment}
        )

    def end(self, grader: subprocess.Popen[str], statuses: tuple[int, ...] = GRADED) -> str:
        """Wait for the grader, and look at how it ended; return what it said of errors."""
        output, errors = grader.communicate(timeout=6 * PATIENCE)
        if grader.returncode not in statuses:
            self.found.append(f"exit status {grader.returncode}: {errors.strip()[-TOLD:]}")
        if "Traceback" in output + errors:
            self.found.append(f"a traceback: {errors.strip()[-TOLD:]}")
        return errors

    def command(self, *words: str) -> tuple[int, str]:
        """Run another command here; return its exit status and all that it said."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = main(["--course", str(self.folder), *words])
        if "Traceback" in said.getvalue():
            self.found.append(f"{words[0]}: a traceback: {said.getvalue().strip()[-TOLD:]}")
        return status, said.getvalue().strip()

    def bodies(self) -> list[dict[str, Any]]:
        """Return what the evidence has by now; nothing while a line is being written."""
        try:
            return [dict(entry.body) for entry in read_log(self.work.evidence(NAME)).entries]
        except (AutograderError, OSError):  # not there yet, or being written
            return []

    def wait_until_recorded(
        self, number: int, grader: subprocess.Popen[str], *, runs: int = 1
    ) -> None:
        """Wait until a run, counted from 1, has recorded so many, or until the grader ended."""
        wait_for(lambda: self._recorded(runs) >= number or ended(grader), pause=LOOKS)

    def _recorded(self, runs: int) -> int:
        """Return how many a run has recorded; -1 before it began."""
        kinds = [body["kind"] for body in self.bodies()]
        starts = [place for place, kind in enumerate(kinds) if kind == "run"]
        return kinds[starts[runs - 1] :].count("submission") if len(starts) >= runs else -1

    def check(self, *, whole: bool = True) -> None:
        """Compare evidence, gradebook and `verify`; each submission is right or has no grade."""
        last = {str(b["student"]): b for b in self.bodies() if b["kind"] == "submission"}
        graded = {student for student, body in last.items() if body["points"] is not None}
        right = [student for student in graded if student.startswith("s")]  # others are spoilt
        wrong = [f"{s}: {last[s]['points']} points" for s in right if last[s]["points"] != POINTS]
        students = [f"s{n:02d}" for n in range(self.size)]
        missing = [student for student in students if student not in graded]
        why = [f"{student}: {_reason(last.get(student))}" for student in missing]
        self.found += wrong + ([f"no grade: {', '.join(why)}"] if whole and missing else [])
        if self.work.gradebook.exists() and last:
            with Gradebook(self.work.gradebook_url) as book:
                entered = Counter(one.student.id for one in book.assignment_submissions(NAME))
            if entered != Counter(graded):
                self.found.append(f"gradebook {sorted(entered)}, evidence {sorted(graded)}")
        if self.work.evidence(NAME).exists():
            status, said = self.command("verify", NAME)
            if status:
                self.found.append(f"verify: {said[-TOLD:]}")


def _reason(body: dict[str, Any] | None) -> str:
    """Return why a submission has no grade, as its entry says."""
    return "no entry" if body is None else f"{body['outcome']}, {'; '.join(body['notes'])}"


def ended(grader: subprocess.Popen[str]) -> bool:
    """Whether a grader ended by itself."""
    return grader.poll() is not None


@contextlib.contextmanager
def faulty_class(size: int) -> Iterator[FaultyClass]:
    """Make a class of right submissions, each of which takes a second."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        course = make_course(Path(folder))
        run = course / "solutions" / NAME / "run.toml"
        run.write_text("[parameters]\nquick = true\n[holdout]\nsize = 250\n")
        author = preloading(author_notebook())
        nbformat.write(author, course / "solutions" / NAME / f"{NAME}.ipynb")
        for number in range(size):
            hand_in(course, f"s{number:02d}", preloading(submission(double=WORKS)))
        yield FaultyClass(course, size)


def preloading(nb: NotebookNode) -> NotebookNode:
    """Let a notebook import what each score needs: then the fork server does, once for all."""
    nb.cells[1].source += "\nimport scipy.stats"
    return nb
