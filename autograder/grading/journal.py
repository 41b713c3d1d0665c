"""Keep gradebook and evidence in step: both have a submission's result, or neither has.

No single write can change both, and the grader may be killed between any two. So the order is:

1. the evidence's entry, as the journal, and the executed notebook, beside its place;
2. the gradebook's commit, with the journal's token: from here on the result holds;
3. the entry into the evidence, the notebook to its place, the journal away.

A journal that is found at the next start belongs to a grader that was killed. If the gradebook has
its token, the third step is made up for; else nothing of that result was kept, and it is dropped.
"""

from __future__ import annotations

import json
import logging
import secrets
from typing import TYPE_CHECKING, Any

from autograder.errors import EvidenceUnwritableError
from autograder.gradebook.store import last_token, mark_with_token, open_gradebook
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nbgrader.api import Gradebook

    from autograder.evidence.log import Log
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


class Journal:
    """What is about to be recorded of one submission, on the disk.

    Parameters
    ----------
    log : Log
        Evidence of the assignment; open, so nobody else has this journal.
    gradebook : Gradebook
        Open too.
    work : WorkDir
        Folder that both are in.
    assignment : str
        Name of the assignment.
    """

    def __init__(self, log: Log, gradebook: Gradebook, work: WorkDir, assignment: str) -> None:
        self.log, self.gradebook, self.work, self.assignment = log, gradebook, work, assignment
        self.path = path_of(log)

    def record(
        self,
        body: Mapping[str, Any],
        commit: Callable[[], None],
        notebook: tuple[Path, bytes] | None = None,
    ) -> None:
        """Commit a submission's scores, and add them to the evidence.

        Parameters
        ----------
        body : mapping
            Of the evidence's entry.
        commit : callable
            Commits the gradebook, whose transaction has the scores already.
        notebook : tuple of (Path, bytes), optional
            The executed notebook's place, and its text.

        Raises
        ------
        EvidenceUnwritableError
            If the disk refuses. Unless the gradebook was committed, nothing is kept.
        """
        token = secrets.token_hex(16)
        place = None if notebook is None else notebook[0]
        try:
            self._note(token, body, place)
            if notebook is not None:
                _write(_waiting(notebook[0]), notebook[1])
            mark_with_token(self.gradebook, self.assignment, token)
            commit()
        except Exception:  # an interrupt may come after the commit: then `mend` will find out
            _forget(self.path, place)
            raise
        self.log.append(body)
        _finish(self.path, place)

    def _note(self, token: str, body: Mapping[str, Any], place: Path | None) -> None:
        # relative: by the next start the folder may have been moved
        named = None if place is None else str(place.relative_to(self.work.root))
        noted = {"token": token, "body": body, "notebook": named}
        try:
            _write(self.path, json.dumps(noted).encode())
        except OSError as error:
            raise EvidenceUnwritableError(self.path, str(error)) from error


def mend(log: Log, work: WorkDir, assignment: str) -> bool:
    """Make up for what a grader left that was killed while it recorded a submission.

    Parameters
    ----------
    log : Log
        Evidence of the assignment.
    work : WorkDir
        Folder with the gradebook.
    assignment : str
        Name of the assignment.

    Returns
    -------
    bool
        Whether the evidence got an entry.
    """
    path = path_of(log)
    if not path.exists():
        return False
    noted = json.loads(path.read_bytes())
    place = None if noted["notebook"] is None else work.root / noted["notebook"]
    with open_gradebook(work) as gradebook:
        kept = last_token(gradebook, assignment) == noted["token"]
    if not kept:
        logger.warning("what a killed grader had not recorded is dropped: %s", path)
        _forget(path, place)
        return False
    known = any(entry.body == noted["body"] for entry in log.entries)
    if not known:
        logger.warning("what a killed grader had recorded gets its entry: %s", path)
        log.append(noted["body"])
    _finish(path, place)
    return not known


def path_of(log: Log) -> Path:
    """Return where the journal of a log is: in its folder, which is the grader's alone."""
    return log.path.with_suffix(".journal")


def _waiting(place: Path) -> Path:
    return place.with_name(f".{place.name}.waiting")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(data)


def _forget(path: Path, place: Path | None) -> None:
    if place is not None:
        _waiting(place).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _finish(path: Path, place: Path | None) -> None:
    if place is not None and _waiting(place).exists():
        _waiting(place).replace(place)
    path.unlink()
