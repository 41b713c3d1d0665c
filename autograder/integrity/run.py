"""Ask every check about a class: from evidence, submissions and held-out images to flags.

Nothing of a submission is run, and no grade moves.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograder.arrays import unpack
from autograder.assignment import Assignment, open_holdout
from autograder.errors import EvidenceMissingError, UnreadableNotebookError
from autograder.evidence.log import read_log
from autograder.evidence.queries import LatestSubmission, last_submissions
from autograder.holdout.canaries import PROBES_FILE, Canaries
from autograder.holdout.labels import labels_of
from autograder.holdout.originals import Loaded
from autograder.integrity.code_similarity import fingerprints, flag_similar, match_code
from autograder.integrity.flags import ERRORS, LOADED, LOOK_UP, SIGNS, SIMILAR, TAMPER, Flag
from autograder.integrity.leaked_images import flag_loaded
from autograder.integrity.memorisation import LookUp, compare, flag_look_up
from autograder.integrity.model_recipe import names_in, recipe
from autograder.integrity.shared_errors import Answered, flag_sharing, share_errors
from autograder.integrity.static_analysis import flag_attachments, flag_signs
from autograder.integrity.student_code import Cell, given_cells, own_cells, released_notebook
from autograder.integrity.tampering import flag_tamper
from autograder.scoring.metrics import METRICS
from autograder.submissions.cells import grade_id
from autograder.submissions.restore import read_notebook
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import numpy as np
    from nbformat import NotebookNode
    from numpy.typing import NDArray

    from autograder.holdout.dataset import Holdout
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class CheckInputs:
    """What the checks are asked about.

    Attributes
    ----------
    released : NotebookNode
        The notebook that was handed out.
    notebooks : mapping of str to NotebookNode
        Notebooks as they were handed in, by student.
    answers, probed : mapping of str to ndarray of shape (n,) or (2 k,), dtype int64
        What was answered about the n held-out images and about the 2 k probes, by student.
    loaded : mapping of str to Loaded
        What kernels held, by student.
    truth : ndarray of shape (n,), dtype uint8, or None
        What is right for each held-out image; None without held-out images.
    probes : Canaries or None
        What was slipped in; None without probes.
    scored : str
        Name of the cell that scored the answers.
    """

    released: NotebookNode
    notebooks: Mapping[str, NotebookNode]
    answers: Mapping[str, NDArray[np.int64]]
    probed: Mapping[str, NDArray[np.int64]]
    loaded: Mapping[str, Loaded]
    truth: NDArray[np.uint8] | None
    probes: Canaries | None
    scored: str

    @cached_property
    def given(self) -> list[Cell]:
        """What was handed out, as code."""
        return given_cells(self.released)

    @cached_property
    def cells(self) -> Mapping[str, list[Cell]]:
        """Each student's own cells."""
        return {s: own_cells(nb, self.released) for s, nb in self.notebooks.items()}

    @cached_property
    def look_ups(self) -> Mapping[str, LookUp]:
        """How each answered about probes, by student."""
        return {
            student: compare(self.answers[student], self.truth, probed, self.probes)
            for student, probed in sorted(self.probed.items())
            if self.truth is not None and self.probes is not None and student in self.answers
        }


@dataclass(frozen=True)
class IntegrityReport:
    """What the checks found.

    Attributes
    ----------
    students : tuple of str
        All that were looked at.
    flags : tuple of Flag
        By student, in the order of `CHECKS`; remarks last.
    look_ups : mapping of str to LookUp
        How each answered about probes, by student.
    missing : tuple of str
        What could not be looked at, a sentence each.
    """

    students: tuple[str, ...]
    flags: tuple[Flag, ...]
    look_ups: Mapping[str, LookUp]
    missing: tuple[str, ...]


def gather(assignment: Assignment, work: WorkDir) -> IntegrityReport:
    """Look at each student's last submission.

    Parameters
    ----------
    assignment : Assignment
        What was graded.
    work : WorkDir
        Folder that the grader writes to: evidence, held-out images, submissions.

    Returns
    -------
    IntegrityReport

    Raises
    ------
    EvidenceMissingError
        If no submission was graded yet.
    EvidenceError, HoldoutError
        If something cannot be read.
    """
    path = work.evidence(assignment.name)
    seen = last_submissions(read_log(path).entries)
    if not seen:
        raise EvidenceMissingError(path, "there is no submission yet; grade the class first")
    holdout = open_holdout(assignment, work)
    labels = labels_of(holdout)
    by_digits = assignment.tiers is not None and METRICS[assignment.tiers.metric].is_share
    probes = None if holdout is None else holdout.probes()
    current = {
        student: one.entry.body
        for student, one in seen.items()
        if labels is None or (one.run.body["holdout"] or {}).get("images") == labels.images
    }
    scores = {s: body["score"] for s, body in current.items() if body["score"] and by_digits}
    same = {s for s in scores if _same_probes(seen[s], holdout)}
    asked = CheckInputs(
        released=released_notebook(assignment),
        notebooks=dict(_notebooks(seen, assignment.name, work)),
        answers={s: unpack(one["answers"]) for s, one in scores.items() if one["answers"]},
        probed={s: unpack(scores[s]["probed"]) for s in same if scores[s].get("probed")},
        loaded={s: Loaded(**body["loaded"]) for s, body in current.items() if body.get("loaded")},
        truth=labels.values if labels is not None and by_digits else None,
        probes=probes,
        scored=next((one["cell"] for one in scores.values()), ""),
    )
    missing = [*_unseen(asked, seen, current), *_unprobed(asked)]
    return _run_checks(asked, tuple(sorted(seen)), tuple(missing))


def run_checks(asked: CheckInputs) -> IntegrityReport:
    """Ask every check about a class.

    Raises
    ------
    ValueError
        If answers are to be compared, but the cell that scored them was not released.
    """
    students = tuple(sorted(asked.notebooks.keys() | asked.answers.keys()))
    return _run_checks(asked, students, tuple(_unprobed(asked)))


def _run_checks(
    asked: CheckInputs, students: tuple[str, ...], missing: tuple[str, ...]
) -> IntegrityReport:
    logger.info("checks %d submissions", len(students))
    found = [flag for look in CHECKS.values() for flag in look(asked)]
    order = {check: place for place, check in enumerate(CHECKS)}
    flags = sorted(found, key=lambda flag: (flag.remark, flag.student, order[flag.check]))
    return IntegrityReport(students, tuple(flags), asked.look_ups, missing)


def _memorisation(asked: CheckInputs) -> Iterator[Flag]:
    for student, found in asked.look_ups.items():
        yield from flag_look_up(student, found)


def _leaked_images(asked: CheckInputs) -> Iterator[Flag]:
    for student, found in asked.loaded.items():
        yield from flag_loaded(student, found)


def _static_analysis(asked: CheckInputs) -> Iterator[Flag]:
    for student, notebook in asked.notebooks.items():
        yield from flag_signs(student, asked.cells[student], asked.given)
        yield from flag_attachments(student, notebook, asked.released)


def _tampering(asked: CheckInputs) -> Iterator[Flag]:
    for student, notebook in asked.notebooks.items():
        yield from flag_tamper(student, notebook, asked.released)


def _code_similarity(asked: CheckInputs) -> Iterator[Flag]:
    prints = {student: fingerprints(own) for student, own in asked.cells.items()}
    yield from flag_similar(match_code(prints), len(prints))


def _shared_errors(asked: CheckInputs) -> Iterator[Flag]:
    if asked.truth is None or not asked.answers:
        return
    scored = _scored_names(asked)
    answered = {
        student: Answered(answers, recipe(asked.cells.get(student, []), asked.given, scored))
        for student, answers in asked.answers.items()
    }
    yield from flag_sharing(share_errors(answered, asked.truth), len(answered))


CHECKS: Mapping[str, Callable[[CheckInputs], Iterable[Flag]]] = MappingProxyType(
    {
        LOOK_UP: _memorisation,
        LOADED: _leaked_images,
        SIGNS: _static_analysis,
        TAMPER: _tampering,
        SIMILAR: _code_similarity,
        ERRORS: _shared_errors,
    }
)
"""Every check, by its name in reports: what it is asked about in, its flags out."""


def _scored_names(asked: CheckInputs) -> frozenset[str]:
    """Names that the scoring cell uses, among them the student's function."""
    names = {grade_id(cell): names_in(cell.source) for cell in asked.released.cells}
    if asked.scored not in names:
        raise ValueError(f"no cell {asked.scored!r} among {list(names)}, expected the scoring cell")
    return names[asked.scored]


def _notebooks(
    seen: Mapping[str, LatestSubmission], assignment: str, work: WorkDir
) -> Iterator[tuple[str, NotebookNode]]:
    """Read what was graded; what is no notebook, or another one by now, is left out."""
    for student, one in sorted(seen.items()):
        path = work.submitted_notebook(student, assignment)
        if one.entry.body["submitted"] is None or not path.is_file():
            continue
        try:
            if sha256(path) == one.entry.body["submitted"]:
                yield student, read_notebook(path)
        except UnreadableNotebookError as error:
            logger.info("%r is no notebook: %s", student, error)


def _same_probes(one: LatestSubmission, holdout: Holdout | None) -> bool:
    """Whether a submission was asked about the probes that are there now."""
    if holdout is None:
        return False
    now = holdout.sha256.get(f"secret/{PROBES_FILE}")
    return now is not None and (one.run.body["holdout"] or {}).get("probes") == now


def _unseen(
    asked: CheckInputs, seen: Mapping[str, LatestSubmission], current: Mapping[str, Any]
) -> Iterator[str]:
    unread = sorted(seen.keys() - asked.notebooks.keys())
    if unread:
        yield f"No notebook to read, or not the one that was graded: {', '.join(unread)}."
    if others := sorted(seen.keys() - current.keys()):
        yield f"Last graded on other held-out images, so not compared: {', '.join(others)}."
    if asked.probes is not None:
        silent = sorted(s for s in current if s in asked.answers and s not in asked.loaded)
        if silent:
            yield f"Their kernels did not say which images they hold: {', '.join(silent)}."


def _unprobed(asked: CheckInputs) -> Iterator[str]:
    if asked.truth is None:
        yield "Not graded by accuracy on held-out digits: answers are not compared."
    elif asked.probes is None:
        yield (
            "The held-out images were made without probes: nothing tells whether answers are "
            "looked up. Make them anew, by a maker that draws probes, and grade again."
        )
