"""Keep nbgrader's gradebook: the released assignment in it, and what each submission scored."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import sys
import tempfile
import warnings
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Assignment as Entered
from nbgrader.api import BaseCell, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets.config import Config

from autograder.errors import (
    AssignmentChangedError,
    AssignmentError,
    GradebookError,
    GradebookLockedError,
)
from autograder.gradebook.config import load_config
from autograder.gradebook.locking import Patience, transient_words
from autograder.gradebook.preprocessors import WarningsToStdout
from autograder.submissions.release import Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from autograder.assignment import Assignment
    from autograder.scoring.standing import Capstone
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)

_INTERRUPT = re.compile(r"^KeyboardInterrupt(?:: (\d+))?$", re.MULTILINE)
"""The end of a traceback, with the signal's number as `autograder.cli.signals` raises it."""

_TOKENS = "autograder_tokens"
"""Table of our own in nbgrader's database: by assignment, the last transaction's token."""

_FOLDERS = "autograder_folders"
"""The same: by assignment, the work folder with the evidence. A file lies in that folder itself."""


def register(assignment: Assignment, work: WorkDir) -> Release:
    """Enter an assignment into the gradebook by nbgrader's own generate_assignment.

    Raises
    ------
    AssignmentChangedError
        If the gradebook holds submissions for a version with other cells.
    AssignmentError
        If nbgrader refuses for another reason.
    GradebookLockedError
        If somebody else keeps the gradebook locked.
    """
    work.root.mkdir(parents=True, exist_ok=True)
    return Patience(work.gradebook_name).wait(lambda: _register(assignment, work))


def _register(assignment: Assignment, work: WorkDir) -> Release:
    with _own_tools(), tempfile.TemporaryDirectory(prefix="release-") as folder:
        settings = _settings(assignment, work, Path(folder))
        api = NbGraderAPI(CourseDirectory(config=settings), config=settings)
        api.log.setLevel(logging.ERROR)
        result = api.generate_assignment(assignment.name)
        if not result["success"]:
            _interrupt_again(result)
            raise _refusal(assignment.name, result, work)
        path = Path(folder, "release", assignment.name, f"{assignment.name}.ipynb")
        released = nbformat.read(path, as_version=4)
    logger.info("%s is in the gradebook", assignment.name)
    visible = {c.metadata.nbgrader.grade_id: c.source for c in released.cells if _marked(c)}
    master = _with_hidden_tests(released, assignment.name, work)
    if work.database is not None:
        with Gradebook(work.gradebook_url) as gradebook:
            _note(gradebook, _FOLDERS, assignment.name, str(work.root.resolve()))
            gradebook.db.commit()
    if assignment.late is not None and assignment.late.due is not None:
        due = assignment.late.due.astimezone(UTC).replace(tzinfo=None)
        with Gradebook(work.gradebook_url) as gradebook:
            gradebook.update_or_create_assignment(assignment.name, duedate=due)
    return Release(master, visible)


@contextlib.contextmanager
def _own_tools() -> Iterator[None]:
    """Let nbgrader find ``alembic``, which it starts by name to create a database."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([f"{sys.prefix}/bin", before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _settings(assignment: Assignment, work: WorkDir, scratch: Path) -> Config:
    course = assignment.folder.parent.parent
    settings = Config(load_config(course))
    settings.CourseDirectory.root = str(scratch)
    settings.CourseDirectory.db_url = work.gradebook_url
    source = scratch / settings.CourseDirectory.source_directory / assignment.name
    shutil.copytree(assignment.folder, source)
    settings.CourseDirectory.release_directory = "release"
    return settings


def _interrupt_again(result: dict[str, str]) -> None:
    """Raise the interrupt that nbgrader's interface takes for one of its own failures.

    Raises
    ------
    KeyboardInterrupt
        With the number of its signal, if it had one.
    """
    if found := _INTERRUPT.search(result.get("error", "")):
        raise KeyboardInterrupt(*map(int, filter(None, found.groups())))


def _refusal(
    name: str, result: dict[str, str], work: WorkDir
) -> AssignmentError | GradebookLockedError:
    said = result.get("error", "") + result.get("log", "")
    if why := transient_words(said):
        return GradebookLockedError(why, work.gradebook_name)
    if "Cannot add or remove cells" in said:
        why = "its graded cells differ from those that the gradebook holds submissions for"
        return AssignmentChangedError(name, f"{why}; grade into another folder with --work")
    lines = [line for line in said.splitlines() if "Error: " in line] or said.splitlines()
    return AssignmentError(name, f"nbgrader refused it: {lines[-1].strip()}")


def _with_hidden_tests(released: NotebookNode, name: str, work: WorkDir) -> NotebookNode:
    with Gradebook(work.gradebook_url) as gradebook:
        for cell in filter(_marked, released.cells):
            source = gradebook.find_source_cell(cell.metadata.nbgrader.grade_id, name, name)
            cell.source = source.source
            cell.metadata.nbgrader.checksum = source.checksum
    return released


def _marked(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade_id"))


@contextlib.contextmanager
def open_gradebook(work: WorkDir) -> Iterator[Gradebook]:
    """Open the gradebook of a work folder for as many submissions as there are.

    Opening it costs ten times what one submission's scores do.
    """
    with warnings.catch_warnings(), Gradebook(work.gradebook_url) as gradebook:
        # nbgrader links new rows before it adds them; SQLAlchemy says so each time
        warnings.simplefilter("ignore", SAWarning)
        # nbgrader commits after each cell, and would then read everything again
        gradebook.db.remove()
        gradebook.db.configure(expire_on_commit=False)
        # as long as somebody holds them, no grade has to look its cell up
        cells = gradebook.db.query(BaseCell).all()
        logger.debug("the gradebook is open, with %d cells", len(cells))
        yield gradebook
        del cells


@contextlib.contextmanager
def submission_transaction(gradebook: Gradebook) -> Iterator[Callable[[], None]]:
    """Keep all that is written of one submission meanwhile, or none of it.

    Half of one would read as a student's zero: by itself nbgrader commits a new submission
    before its scores are in, and then after each cell.

    Yields
    ------
    commit : callable
        Keeps it; without this call, nothing is.
    """
    session = gradebook.db

    def commit() -> None:
        del session.commit
        session.commit()
        logger.debug("committed to the gradebook")

    session.commit = session.flush  # on this object alone: its class has the real one
    try:
        yield commit
    finally:
        vars(session).pop("commit", None)
        session.rollback()


def record_scores(
    gradebook: Gradebook,
    nb: NotebookNode,
    assignment: str,
    student: str,
    timestamp: str | None = None,
) -> tuple[float, float]:
    """Write a run submission's scores into the gradebook, by nbgrader's own rules.

    `submission_transaction` commits them.

    Parameters
    ----------
    gradebook : Gradebook
        From `open_gradebook`.
    nb : NotebookNode
        The executed notebook; its graded cells' stderr is moved to stdout first.
    assignment, student : str
        Whose.
    timestamp : str, optional
        When it was handed in.

    Returns
    -------
    score, max_score : float
        Points of the whole submission.
    """
    WarningsToStdout().preprocess(nb, {})
    saver = SaveAutoGrades()
    saver.log.setLevel(logging.ERROR)
    # as its own `preprocess` does, which opens the database once more
    saver.notebook_id, saver.assignment_id, saver.student_id = assignment, assignment, student
    saver.gradebook = gradebook
    _enter(gradebook, assignment, student, timestamp)
    for number, cell in enumerate(nb.cells):
        saver.preprocess_cell(cell, {}, number)
    gradebook.db.flush()
    return total_points(gradebook, assignment, student)


def mark_with_token(gradebook: Gradebook, assignment: str, token: str) -> None:
    """Let a transaction tell by its token, later, that it was committed.

    The table is ours; nbgrader reads and keeps its own alone.
    """
    _note(gradebook, _TOKENS, assignment, token)


def last_token(gradebook: Gradebook, assignment: str) -> str | None:
    """Return the token of the last transaction of an assignment that was committed."""
    return _noted(gradebook, _TOKENS, assignment)


def evidence_folder(db_url: str, assignment: str) -> Path | None:
    """Return the work folder of the grader that last used a database for an assignment.

    Parameters
    ----------
    db_url : str
        Address of nbgrader's database, as its settings have it.
    assignment : str
        Name of the assignment.

    Returns
    -------
    Path or None
        None if no grader did.
    """
    with Gradebook(db_url) as gradebook:
        folder = _noted(gradebook, _FOLDERS, assignment)
    return None if folder is None else Path(folder)


def _note(gradebook: Gradebook, table: str, assignment: str, value: str) -> None:
    """Keep one value of an assignment, in words of SQL that every database knows."""
    columns = "(name VARCHAR(255) PRIMARY KEY, token VARCHAR(4096))"
    gradebook.db.execute(text(f"CREATE TABLE IF NOT EXISTS {table} {columns}"))
    named = {"name": assignment, "token": value}
    gradebook.db.execute(text(f"DELETE FROM {table} WHERE name = :name"), named)  # noqa: S608  # a constant
    gradebook.db.execute(text(f"INSERT INTO {table} VALUES (:name, :token)"), named)  # noqa: S608  # too


def _noted(gradebook: Gradebook, table: str, assignment: str) -> str | None:
    if not inspect(gradebook.engine).has_table(table):
        return None
    statement = text(f"SELECT token FROM {table} WHERE name = :name")  # noqa: S608  # a constant
    value: str | None = gradebook.db.execute(statement, {"name": assignment}).scalar()
    return value


def record_capstones(work: WorkDir, assignment: str, capstones: Mapping[str, Capstone]) -> None:
    """Let the cell that measured each score hold the points that the class's standing gives it.

    When it ran, that cell knew neither the ranking nor tiers that were changed since. Formgrader,
    feedback and ``nbgrader export`` add up what stands here.

    Parameters
    ----------
    work : WorkDir
        Folder whose gradebook is written; without one there is nothing to do.
    assignment : str
        Name of the assignment.
    capstones : mapping of str to Capstone
        By student; who has no submission in the gradebook is passed over.

    Raises
    ------
    GradebookError
        If somebody else keeps the database locked.
    """
    if not capstones or not work.has_gradebook:
        return
    try:
        Patience(work.gradebook_name).wait(lambda: _record_capstones(work, assignment, capstones))
    except GradebookLockedError as error:
        raise GradebookError(work.gradebook_name, error.reason) from error
    except OperationalError as error:
        raise GradebookError(work.gradebook_name, str(error.orig)) from error


def _record_capstones(work: WorkDir, assignment: str, capstones: Mapping[str, Capstone]) -> None:
    with open_gradebook(work) as gradebook:
        cells = {capstone.cell for capstone in capstones.values()}
        lost = _lost_to_lateness(gradebook, assignment)
        for student, cell, grade in _grades(gradebook, assignment, cells):
            capstone = capstones.get(student)
            if capstone is not None and capstone.cell == cell:
                grade.auto_score = capstone.points
        gradebook.db.flush()
        gradebook.db.expire_all()  # the database adds the points up
        for notebook in lost:
            notebook.late_submission_penalty = notebook.score
        gradebook.db.commit()


def _lost_to_lateness(gradebook: Gradebook, assignment: str) -> list[SubmittedNotebook]:
    """Return the notebooks all of whose points the course takes for lateness."""
    query = gradebook.db.query(SubmittedNotebook)
    query = query.join(SubmittedAssignment).join(
        Entered, Entered.id == SubmittedAssignment.assignment_id
    )
    late = query.filter(Entered.name == assignment, SubmittedNotebook.late_submission_penalty > 0)
    return [notebook for notebook in late if notebook.late_submission_penalty >= notebook.score]


def _grades(
    gradebook: Gradebook, assignment: str, cells: set[str]
) -> Iterator[tuple[str, str, Grade]]:
    """Yield student, cell and grade of every submission that has such a cell, by one query."""
    query = gradebook.db.query(SubmittedAssignment.student_id, BaseCell.name, Grade)
    query = query.join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
    query = query.join(Grade, Grade.notebook_id == SubmittedNotebook.id)
    query = query.join(BaseCell, BaseCell.id == Grade.cell_id)
    query = query.join(Entered, Entered.id == SubmittedAssignment.assignment_id)
    yield from query.filter(Entered.name == assignment, BaseCell.name.in_(cells))


def cell_points(
    gradebook: Gradebook, assignment: str, student: str
) -> dict[str, tuple[float, float]]:
    """Return each graded cell's points, a person's included, and points to be had."""
    submission = gradebook.find_submission(assignment, student)
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    return {grade.name: (float(grade.score), float(grade.max_score)) for grade in grades}


def waiting_points(gradebook: Gradebook, assignment: str, student: str) -> float:
    """Return the points of those answers that a person has yet to read."""
    submission = gradebook.find_submission(assignment, student)
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    # nbgrader asks for another look after each run, also at what has been read
    unread = [g for g in grades if g.needs_manual_grade and g.manual_score is None]
    return float(sum(grade.max_score for grade in unread))


def _enter(gradebook: Gradebook, assignment: str, student: str, timestamp: str | None) -> None:
    gradebook.update_or_create_student(student)
    # also if none is known: an earlier file's time is not this one's
    gradebook.update_or_create_submission(assignment, student, timestamp=timestamp)


def total_points(gradebook: Gradebook, assignment: str, student: str) -> tuple[float, float]:
    """Return the points of a whole submission, a person's included, and points to be had."""
    gradebook.db.expire_all()  # the database adds the points up
    submission = gradebook.find_submission(assignment, student)
    return float(submission.score), float(submission.max_score)
