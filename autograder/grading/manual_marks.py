"""Decide what becomes of a person's marks when a submission is graded again.

===============================  ==============================================================
the answer                       the person's points, extra credit and comment
===============================  ==============================================================
is the one that they read        stay, and nobody is asked again
is another written one           go into the evidence; the new answer waits for a person
is other code, scored lower      stay, and a person is asked to look again
is other code, scored as high    go into the evidence; the machine's points count
is back, once more               come back out of the evidence
cannot be graded                 go into the evidence, with all of the earlier version
===============================  ==============================================================

What a person read is the executed notebook in ``autograded/``, which formgrader shows.
Nothing that a person wrote is deleted: it is in the evidence, as ``manual`` entries, first.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import nbformat

from autograder.errors import EvidenceError
from autograder.evidence.entries import describe_manual
from autograder.evidence.queries import last_graded, manual_marks
from autograder.execution.logs import log_fault
from autograder.gradebook.manual import (
    Given,
    find_submission,
    machine_points,
    read_given,
    write_given,
)
from autograder.gradebook.store import submission_transaction
from autograder.submissions.answer_digests import answer_digests
from autograder.submissions.cells import is_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nbformat import NotebookNode
    from nbgrader.api import Gradebook

    from autograder.evidence.log import Log
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Before:
    """What the gradebook had of a submission before it was graded again.

    Attributes
    ----------
    given : mapping of str to Given
        A person's marks, by cell.
    digests : mapping of str to str, or None
        Of what they read, by cell; None where that is not known.
    """

    given: Mapping[str, Given]
    digests: Mapping[str, str] | None


class ManualMarks:
    """A person's marks of one assignment's submissions.

    Parameters
    ----------
    gradebook : Gradebook
        Open.
    log : Log
        Evidence, open for appending.
    work : WorkDir
        Folder with the executed notebooks.
    assignment : str
        Name of the assignment.
    received : Path
        Folder that the class is graded from; what was handed in there stays there.
    """

    def __init__(
        self, gradebook: Gradebook, log: Log, work: WorkDir, assignment: str, received: Path
    ) -> None:
        self._gradebook, self._log, self._work, self._name = gradebook, log, work, assignment
        self._in_place = received.resolve().is_relative_to(work.submitted.resolve())
        self._kept = {key: Given(**given) for key, given in manual_marks(log.entries).items()}
        self._graded = last_graded(log.entries)

    def read(self, student: str) -> Before:
        """Read what a person gave a submission; to be called before it is graded again."""
        given = read_given(self._gradebook, self._name, student)
        known = given or self._knows(student)
        return Before(given, self._read_digests(student) if known else None)

    def settle(self, student: str, nb: NotebookNode, before: Before) -> list[str]:
        """Decide about each mark once the machine's points are in; the caller commits.

        Parameters
        ----------
        student : str
            Whose submission.
        nb : NotebookNode
            What was run.
        before : Before
            From `read`.

        Returns
        -------
        list of str
            What a person should know, a sentence each; points moved only if there is one.
        """
        if not before.given and not self._knows(student):
            return []
        now, then = answer_digests(nb), before.digests or {}
        cells = now.keys() | before.given.keys()
        changed = {cell for cell in cells if now.get(cell, "") != then.get(cell)}
        checks = {cell.metadata.nbgrader.grade_id for cell in nb.cells if is_check(cell)}
        machine = machine_points(self._gradebook, self._name, student)
        after, told = dict(before.given), dict[str, str]()
        for cell in sorted(changed & before.given.keys()):
            judge = _judge_check if cell in checks else _judge_answer
            after[cell], told[cell] = judge(cell, before.given[cell], machine.get(cell))
        taken = {c: one for c, one in before.given.items() if not one.same_as(after[c])}
        self._keep(student, taken, then)
        for cell in sorted(changed & now.keys()):
            back = self._kept.get((student, cell, now[cell]))
            if back is not None:
                after[cell] = back
                told[cell] = f"{cell!r} is the one{_points(back)} before"
        write_given(self._gradebook, self._name, student, after)
        return list(told.values())

    def take_out(self, student: str, submitted: str | None) -> list[str]:
        """Take an earlier version out of the gradebook, for a newer one cannot be graded.

        What was graded of that very file stays.

        Parameters
        ----------
        student : str
            Whose submission.
        submitted : str or None
            SHA-256 of the newer file; None if there is none, or none that can be read.

        Returns
        -------
        list of str
            What a person should know, a sentence each.
        """
        if submitted is not None and self._graded.get(student) == submitted:
            return []
        try:
            return self._take_out(student, kept=submitted is not None)
        except EvidenceError:
            raise
        except Exception as error:  # noqa: BLE001  # it must not end the class
            where = log_fault(logger, error, "an earlier version of %s stays", student)
            return [f"points of an earlier version are still in the gradebook ({where})"]

    def _take_out(self, student: str, *, kept: bool) -> list[str]:
        told = []
        if find_submission(self._gradebook, self._name, student) is not None:
            with submission_transaction(self._gradebook) as commit:
                given = read_given(self._gradebook, self._name, student)
                self._gradebook.remove_submission(self._name, student)
                self._keep(student, given, self._read_digests(student) or {})
                commit()
            told.append("points of an earlier version are not in the gradebook any more")
        folders = list(self._work.made_of(student, self._name))
        if not kept and not self._in_place:  # nbgrader would take the old copy for the newer one
            folders.append(self._work.submitted_notebook(student, self._name).parent)
        if aside := self._move_away(student, folders):
            told.append(f"files of an earlier version are in {aside.relative_to(self._work.root)}")
        return told

    def _move_away(self, student: str, folders: Iterable[Path]) -> Path | None:
        """Move what is there of an earlier version to a folder that no tool shows."""
        present = [folder for folder in folders if folder.is_dir()]
        if not present:
            return None
        time = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        target = self._work.earlier(student, self._name) / time
        target.mkdir(parents=True)
        for folder in present:
            shutil.move(folder, target / folder.parent.parent.name)
        return target

    def _keep(self, student: str, given: Mapping[str, Given], digests: Mapping[str, str]) -> None:
        """Put marks into the evidence."""
        if not given:
            return
        marks = {cell: one.to_dict() | {"read": digests.get(cell)} for cell, one in given.items()}
        self._log.append(describe_manual(student, marks))
        for cell, one in given.items():
            if cell in digests:
                self._kept[student, cell, digests[cell]] = one

    def _knows(self, student: str) -> bool:
        return any(key[0] == student for key in self._kept)

    def _read_digests(self, student: str) -> dict[str, str] | None:
        path = self._work.autograded_notebook(student, self._name)
        try:
            return answer_digests(nbformat.read(path, as_version=4))
        except Exception as error:  # noqa: BLE001  # another tool may have left anything there
            logger.info("what was read of %r is not known: %s", student, error)
            return None


def _judge_answer(cell: str, given: Given, machine: float | None) -> tuple[Given, str]:
    """Say what is left of the marks of an answer that changed, and why."""
    if given.points is None and given.extra is None:
        return Given(waits=machine is None), f"{cell!r} was changed since a person commented on it"
    return Given(waits=True), f"{cell!r} waits for a person: it is not the one{_points(given)}"


def _judge_check(cell: str, given: Given, machine: float | None) -> tuple[Given, str]:
    """Say what is left of the marks of a cell that the machine scored for other code, and why."""
    if given.points is not None and machine is not None and machine >= given.total:
        return Given(), f"{cell!r} has {machine:g} points; earlier code is the one{_points(given)}"
    why = f"{cell!r} is to be looked at again: other code is the one{_points(given)}"
    return replace(given, waits=True), why


def _points(given: Given) -> str:
    """Say which answer it is: by its points, as far as there are any."""
    return " that a person gave " + (f"{given.total:g} points" if given.total else "a mark")
