"""Count a recorded submission's points again: marks by a person and lateness move without a run.

What the notebook answered stays as it was recorded. What people enter in formgrader later, and
extensions, stand in the gradebook, and are taken from there.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from autograder.evidence.decisions import read_decisions
from autograder.evidence.entries import amended
from autograder.evidence.runs import last_submissions
from autograder.gradebook.lateness import Lateness, LatePenalties
from autograder.gradebook.manual import find_submission, read_given
from autograder.gradebook.overview import SubmissionOverview, overview
from autograder.gradebook.store import (
    cell_points,
    open_gradebook,
    submission_transaction,
    waiting_points,
)
from autograder.outcome import Outcome
from autograder.scoring.final import FinalRule, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbgrader.api import Gradebook

    from autograder.assignment import Assignment
    from autograder.evidence.decisions import Decisions
    from autograder.evidence.log import Log
    from autograder.evidence.runs import Run
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)

ASIDES = ("marks", "waiting", "late")
"""Kinds of notes that may change without a run, in the order in which a row has them."""


@dataclass(frozen=True)
class Recounter:
    """Counts an assignment's submissions again.

    Attributes
    ----------
    gradebook : Gradebook
        Open.
    assignment : Assignment
        Whose.
    penalties : LatePenalties
        What lateness costs.
    """

    gradebook: Gradebook
    assignment: Assignment
    penalties: LatePenalties

    def recount(self, body: Mapping[str, Any], **entered: str | None) -> dict[str, Any]:
        """Return a ``submission`` entry's body as it would be written now.

        Parameters
        ----------
        body : mapping
            Of the last entry about the submission that the gradebook holds.
        **entered : str or None
            What the gradebook is to hold of it from now on, its ``timestamp``.

        Returns
        -------
        dict
            Equal to `body` where nothing has changed.
        """
        name, student = self.assignment.name, body["student"]
        if body["points"] is None or find_submission(self.gradebook, name, student) is None:
            return dict(body)
        with submission_transaction(self.gradebook) as commit:
            if entered:
                self.gradebook.update_or_create_submission(name, student, **entered)
            late = self.penalties.assign(self.gradebook, name, student)
            commit()
        cells = self._cells(body)
        counted = {"cells": cells, **penalty_of(late), **self._notes(body, cells, late)}
        if cells != body["cells"]:  # else the sum as it was, to its last digit
            counted["points"] = float(sum((exact(got) for got, _ in cells.values()), exact(0)))
        # 0.2 left out what is 0 or empty
        return {
            **body,
            **{k: new for k, new in counted.items() if (body.get(k) or 0) != (new or 0)},
        }

    def _cells(self, body: Mapping[str, Any]) -> dict[str, list[float]]:
        """Return each cell's points, a person's included.

        The cell of the score holds what the class's standing gave it: there the run's own count.
        """
        name, student = self.assignment.name, body["student"]
        now = {cell: list(p) for cell, p in cell_points(self.gradebook, name, student).items()}
        scored = (body["score"] or {}).get("cell", "")
        given = read_given(self.gradebook, name, student).get(scored)
        if scored in now and (given is None or (given.points, given.extra) == (None, None)):
            now[scored][0] = body["score"]["points"]
        return now

    def _notes(
        self, body: Mapping[str, Any], cells: Mapping[str, list[float]], late: Lateness | None
    ) -> dict[str, Any]:
        if "asides" not in body:  # 0.2 did not tell them from the others
            return {}
        before = {kind: body["asides"].get(kind, []) for kind in ASIDES}
        now = {
            "marks": before["marks"] if cells == body["cells"] else [],
            "waiting": list(waiting_notes(self.gradebook, self.assignment, body["student"])),
            "late": late_notes(late, self.assignment),
        }
        fixed = body["notes"][: len(body["notes"]) - sum(map(len, before.values()))]
        told = [note for kind in ASIDES for note in now[kind]]
        asides = {kind: notes for kind, notes in now.items() if notes}
        return {"notes": [*fixed, *told], "asides": asides}


def recount_class(run: Run, log: Log, work: WorkDir, assignment: Assignment) -> bool:
    """Add entries for those of a class whose points or lateness have changed since.

    Parameters
    ----------
    run : Run
        The class's.
    log : Log
        Open for appending.
    work : WorkDir
        Folder with the gradebook; without one nothing can have changed.
    assignment : Assignment
        Whose.

    Returns
    -------
    bool
        False if another program has the gradebook open, so that nothing was counted.
    """
    if not work.has_gradebook:
        return True
    try:
        _recount_class(run, log, work, assignment)
    except OperationalError as error:
        logger.warning("points are not counted again", exc_info=error)
        return False
    return True


def _recount_class(run: Run, log: Log, work: WorkDir, assignment: Assignment) -> None:
    last = {student: seen.entry.hash for student, seen in last_submissions(log.entries).items()}
    penalties = penalties_of(assignment, read_decisions(log.entries))
    with open_gradebook(work) as gradebook:
        recounter = Recounter(gradebook, assignment, penalties)
        now = overview(gradebook, assignment.name)
        for student, seen in list(run.submissions.items()):
            # what a later run that was cut short has put into the gradebook is not of this one
            if seen.hash != last[student] or not Outcome(seen.body["outcome"]).graded:
                continue
            if student in now and (student in penalties or _moved(seen.body, now[student])):
                body = recounter.recount(seen.body)
                if body != seen.body:
                    log.append(amended(body, seen.hash, run.entry.hash))


def _moved(body: Mapping[str, Any], now: SubmissionOverview) -> bool:
    """Whether a submission's entry may differ from what the gradebook holds: a quick look."""
    scored = (body["score"] or {}).get("cell")
    own = {cell: points for cell, (points, _) in body["cells"].items()}
    points = {
        cell: own.get(cell) if cell == scored and cell not in now.given else got
        for cell, got in now.points.items()
    }
    late = now.timestamp is not None and now.due is not None and now.timestamp > now.due
    told = bool(body.get("penalty") or body.get("deduction") or body.get("asides", {}).get("late"))
    waited = bool(body.get("asides", {}).get("waiting"))
    return points != own or late or told or (waited and not now.unread)


def penalties_of(assignment: Assignment, decisions: Decisions) -> LatePenalties:
    """Return what lateness costs in an assignment, with the extensions that hold."""
    until = {s: None if e is None else e.until for s, e in decisions.extensions.items()}
    return LatePenalties(assignment.folder.parent.parent, assignment.late, until)


def penalty_of(late: Lateness | None) -> dict[str, Any]:
    """Return what lateness costs, as a submission's row and entry name it."""
    if late is None:
        return {"penalty": 0.0, "deduction": 0}
    return {"penalty": late.penalty, "deduction": late.marks or 0}


def late_notes(late: Lateness | None, assignment: Assignment) -> list[str]:
    """Say that a submission came late, and what that costs."""
    if late is None:
        return []
    tiers = assignment.tiers
    by_tier = tiers is not None and tiers.final is FinalRule.TIER
    unknown = late.penalty and late.marks is None and by_tier
    return [f"{late}, which the grade by tiers does not know" if unknown else str(late)]


def waiting_notes(gradebook: Gradebook, assignment: Assignment, student: str) -> Iterator[str]:
    """Say what a final mark by points does not hold yet."""
    tiers = assignment.tiers
    if tiers is None or tiers.final is FinalRule.TOTAL:
        waiting = waiting_points(gradebook, assignment.name, student)
        if waiting:
            yield f"{waiting:g} points wait for a person to read the answer"
