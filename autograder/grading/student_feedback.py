"""Gather what each student of a class is told: the mark, where it comes from, what went wrong.

All of it follows from what was published, from the evidence, and from comments in the gradebook.
Of hidden tests only the message of one that failed is told, never its text.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np

from autograder.arrays import unpack
from autograder.errors import EvidenceMissingError
from autograder.evidence.entries import SUBMISSION
from autograder.evidence.log import read_log
from autograder.evidence.queries import capstone_in, published_standing, rows_of_standing, tiers_in
from autograder.evidence.runs import last_submissions
from autograder.gradebook.manual import find_submission, read_given
from autograder.gradebook.store import open_gradebook
from autograder.grading.statistics import CLASSES, confusion, data_url
from autograder.holdout.files import read_images
from autograder.holdout.labels import read_corrected
from autograder.reporting.feedback import Exercise, Feedback, Misread
from autograder.scoring.final import exact
from autograder.submissions.cells import grade_id, is_check
from autograder.submissions.class_list import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode
    from nbgrader.api import Gradebook
    from numpy.typing import NDArray

    from autograder.evidence.hashchain import Entry
    from autograder.gradebook.manual import Given
    from autograder.holdout.dataset import Holdout
    from autograder.holdout.labels import Labels
    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers
    from autograder.workdir import WorkDir

KINDS, PICTURES = 3, 8
"""Most frequent mistakes that are told, and images that are shown of each."""

LONGEST = 600
"""Characters of a failed check's message."""

_HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS", re.MULTILINE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class _Class:
    """What was published, and all that it was made from."""

    assignment: str
    standing: Mapping[str, Any]
    entries: tuple[Entry, ...]
    work: WorkDir
    holdout: Holdout | None
    pictures: bool

    @cached_property
    def rows(self) -> list[GradeRow]:
        return rows_of_standing(self.standing, self.assignment)

    @cached_property
    def tiers(self) -> Tiers | None:
        return tiers_in(self.standing)

    @cached_property
    def labels(self) -> Labels | None:
        sha256 = self.standing["labels"]
        return read_corrected(self.holdout, sha256) if self.holdout and sha256 else None

    @cached_property
    def images(self) -> NDArray[np.uint8] | None:
        return read_images(self.holdout.secret) if self.holdout and self.pictures else None

    @cached_property
    def bodies(self) -> dict[str, Mapping[str, Any]]:
        """Bodies of the submissions that the rows are made from, by student."""
        found = {e.hash: e.body for e in self.entries if e.body.get("kind") == SUBMISSION}
        named = {row["student"]: row["entry"] for row in self.standing["rows"]}
        return {student: found[entry] for student, entry in named.items() if entry in found}

    @cached_property
    def current(self) -> frozenset[str]:
        """Whose executed notebook and comments are of the very submission that was published."""
        last = last_submissions(self.entries)
        named = {row["student"]: row["entry"] for row in self.standing["rows"]}
        of = {student: self.bodies.get(student, {}).get("submitted") for student in named}
        same = (s for s, one in last.items() if one.entry.body["submitted"] == of.get(s, ""))
        return frozenset(same)


def student_feedback(
    assignment: str, work: WorkDir, holdout: Holdout | None, *, pictures: bool = False
) -> Iterator[Feedback]:
    """Yield what each student of a class is told, by name.

    Parameters
    ----------
    assignment : str
        Name of the assignment, which was published.
    work : WorkDir
        Folder that the grader writes to.
    holdout : Holdout or None
        The assignment's held-out images, if it has any.
    pictures : bool, default False
        Whether misread held-out images are shown: from then on they are secret no more.

    Yields
    ------
    Feedback

    Raises
    ------
    EvidenceMissingError
        If nothing was published yet.
    EvidenceError, HoldoutError
        If something cannot be read.
    """
    path = work.evidence(assignment)
    entries = tuple(read_log(path).entries)
    told = published_standing(entries)
    if told is None:
        raise EvidenceMissingError(path, "nothing was published yet; `autograder publish` first")
    class_ = _Class(assignment, told.body, entries, work, holdout, pictures)
    with open_gradebook(work) as gradebook:
        for row in sorted(class_.rows, key=lambda row: row.student):
            yield _feedback(class_, row, gradebook)


def _feedback(class_: _Class, row: GradeRow, gradebook: Gradebook) -> Feedback:
    body = class_.bodies.get(row.student)
    if body is None or body["points"] is None:
        # of whom nothing came, the page says so in a sentence of its own
        notes = () if body is None else tuple(n for n in body["notes"] if n != MISSING)
        return Feedback(row, class_.tiers, notes=notes)
    confusion, misread = _mistakes(class_, body)
    exercises = tuple(_exercises(class_, row, body, gradebook))
    place = tuple(_place(class_, row))
    told = tuple(f"{one.name}: " for one in exercises if one.said)
    notes = tuple(note for note in body["notes"] if not note.startswith(told))
    return Feedback(row, class_.tiers, exercises, place, confusion, misread, notes)


def _exercises(
    class_: _Class, row: GradeRow, body: Mapping[str, Any], gradebook: Gradebook
) -> Iterator[Exercise]:
    given: dict[str, Given] = {}
    cells: dict[str, NotebookNode] = {}
    if row.student in class_.current:
        given = read_given(gradebook, class_.assignment, row.student)
        cells = _executed(class_.work, class_.assignment, row.student)
        if find_submission(gradebook, class_.assignment, row.student) is None:
            given = {}
    capstone = capstone_in(body)
    order = {name: number for number, name in enumerate(cells)}
    for name, (points, most) in sorted(body["cells"].items(), key=lambda it: order.get(it[0], 0)):
        cell, mark = cells.get(name), given.get(name)
        earned = points
        if capstone is not None and capstone.cell == name and row.points is not None:
            others = sum((exact(p) for n, (p, _) in body["cells"].items() if n != name), exact(0))
            earned = float(exact(row.points) - others)  # as the class's standing gave it
        check = cell is not None and is_check(cell)
        read = mark is not None and mark.points is not None
        yield Exercise(
            name,
            _about(cell.source) if cell is not None and check else "",
            earned,
            most,
            said=_said(cell) if cell is not None and check and earned < most else "",
            comment=(mark.comment or "") if mark else "",
            waits=not check and not read and bool(cell is not None and most) and not points,
        )


def _executed(work: WorkDir, assignment: str, student: str) -> dict[str, NotebookNode]:
    path = work.autograded_notebook(student, assignment)
    if not path.is_file():
        return {}
    nb = nbformat.read(path, as_version=4)
    return {name: cell for cell in nb.cells if (name := grade_id(cell))}


def _about(source: str) -> str:
    """Return the first line of what a graded cell says of itself, where students can read it."""
    found = _HIDDEN.search(source)
    try:
        told = ast.get_docstring(ast.parse(source[: found.start()] if found else source))
    except SyntaxError:
        return ""
    return (told or "").partition("\n")[0]


def _said(cell: NotebookNode) -> str:
    """Return what a graded cell that failed told: the error's text, no line of the cell."""
    for output in cell.outputs:
        if output.output_type == "error":
            text = _COLOURS.sub("", output.evalue).strip()
            named = text if output.ename == "AssertionError" else f"{output.ename}: {text}"
            return named[:LONGEST] or "A check failed."
    return ""


def _place(class_: _Class, row: GradeRow) -> Iterator[str]:
    """Say where a score lies: its interval, the boundaries beside it, the class."""
    if row.measured is None or class_.tiers is None:
        return
    metric, total = class_.tiers.metric, _total(class_, row)
    yield (
        f"Its 95 % interval is {row.low:.4f} to {row.high:.4f}: with other held-out images it "
        "might have been anything in there."
    )
    above = [b for b in class_.tiers.boundaries if b > row.measured.score]
    below = [b for b in class_.tiers.boundaries if b <= row.measured.score]
    if above:
        gap = float(above[0] - row.measured.score)
        images = math.ceil((above[0] - row.measured.score) * total) if metric.is_share else 0
        more = f", {images} more right answer{'s' if images > 1 else ''}" if images else ""
        more += f" of {total}" if images else ""
        yield f"The next boundary is {metric.format(above[0])}: {100 * gap:.2f} points away{more}."
    if below:
        gap = float(row.measured.score - below[-1])
        yield f"The boundary below is {metric.format(below[-1])}, {100 * gap:.2f} points away."
    if row.borderline:
        near = ", ".join(map(metric.format, row.borderline))
        yield f"The interval holds {near}: chance alone could have put the score on the other side."
    if row.rank is not None:
        ranked = [one for one in class_.rows if one.rank is not None]
        equal = sum(one.rank == row.rank for one in ranked) - 1
        shared = f", shared with {equal} other{'s' if equal > 1 else ''}" if equal else ""
        yield f"Rank {row.rank} of {len(ranked)}{shared}."


def _total(class_: _Class, row: GradeRow) -> int:
    score = class_.bodies[row.student]["score"]
    return int(score["total"]) if score else 0


def _mistakes(
    class_: _Class, body: Mapping[str, Any]
) -> tuple[tuple[tuple[int, ...], ...], tuple[Misread, ...]]:
    """Count what was answered for what, where there is one right digit an image."""
    score, labels = body["score"], class_.labels
    if class_.tiers is None or labels is None or not score or not score["answers"]:
        return (), ()
    truth, answers = labels.values, np.asarray(unpack(score["answers"]))
    fits = class_.tiers.metric.is_share and truth.ndim == 1 and answers.dtype.kind in "iu"
    if not fits or answers.shape != truth.shape or max(truth.max(), answers.max()) >= CLASSES:
        return (), ()
    truth, answers = np.asarray(truth, int), np.asarray(answers, int)
    wrong = Counter(zip(truth.tolist(), answers.tolist(), strict=True))
    kinds = [(pair, count) for pair, count in wrong.most_common() if pair[0] != pair[1]][:KINDS]
    misread = (
        Misread(t, a, count, _pictures(class_, np.flatnonzero((truth == t) & (answers == a))))
        for (t, a), count in kinds
    )
    return confusion(truth, answers), tuple(misread)


def _pictures(class_: _Class, numbers: NDArray[np.intp]) -> tuple[str, ...]:
    if class_.images is None:
        return ()
    return tuple(data_url(class_.images[number]) for number in numbers[:PICTURES])
