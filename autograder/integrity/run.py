"""Ask every check about a class: from evidence, submissions and held-out images to flags.

Nothing of a submission is run, and no grade moves.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograder.arrays import unpack
from autograder.assignment import Assignment, image_notices, open_holdout
from autograder.errors import EvidenceMissingError, TooCostlyError, UnreadableNotebookError
from autograder.evidence.log import read_log
from autograder.evidence.runs import (
    LatestSubmission,
    class_submissions,
    complete_run,
    cut_short,
    partial_notice,
)
from autograder.holdout.canaries import PROBES_FILE
from autograder.holdout.labels import labels_of
from autograder.holdout.originals import Loaded
from autograder.integrity import (
    code_similarity,
    constants,
    leaked_images,
    memorisation,
    shared_errors,
    solution_copy,
    static_analysis,
    tampering,
)
from autograder.integrity.course_code import common_code, handed_code, solution_cells
from autograder.integrity.inputs import CheckInputs
from autograder.integrity.student_code import released_notebook
from autograder.sandbox.bounded_process import reading_process
from autograder.submissions.reader import read_notebook
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from nbformat import NotebookNode

    from autograder.holdout.dataset import Holdout
    from autograder.holdout.labels import Labels
    from autograder.integrity.flags import Flag
    from autograder.integrity.memorisation import LookUp
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


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
    """Look at the submissions of the class, which is that of the last complete run.

    Where there is none yet, it is that of the run that was cut short.

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
    entries = read_log(path).entries
    run = complete_run(entries) or cut_short(entries)  # no grade is at stake: better than nothing
    if run is None:
        raise EvidenceMissingError(path, "there is no submission yet; grade the class first")
    seen = class_submissions(run)
    holdout = open_holdout(assignment, work)
    labels = labels_of(holdout)
    by_digits = assignment.tiers is not None and assignment.tiers.metric.is_share
    probes = None if holdout is None else holdout.probes()
    current = {
        student: one.entry.body
        for student, one in seen.items()
        if labels is None or (one.run.body["holdout"] or {}).get("images") == labels.images
    }
    scored = {s: body["score"] for s, body in current.items() if body["score"] and by_digits}
    scores = {s: score for s, score in scored.items() if _is_by_label(score["answers"], labels)}
    same = {s for s in scores if _same_probes(seen[s], holdout)}
    released = released_notebook(assignment)
    asked = CheckInputs(
        released=released,
        notebooks={},
        answers={s: unpack(one["answers"]) for s, one in scores.items() if one["answers"]},
        probed={s: unpack(scores[s]["probed"]) for s in same if scores[s].get("probed")},
        loaded={s: Loaded(**body["loaded"]) for s, body in current.items() if body.get("loaded")},
        truth=labels.values if labels is not None and by_digits else None,
        probes=probes,
        scored=next((one["cell"] for one in scores.values()), ""),
        common_code=common_code(assignment, released),
        handed_code=handed_code(assignment, released),
        solution=solution_cells(assignment, released),
        files={s: dict(_files(one, work, assignment.name)) for s, one in seen.items()},
    )
    read = dict(_notebooks(seen, assignment.name, work))
    costly = {student for student, nb in read.items() if not _can_be_checked(asked, student, nb)}
    asked = replace(asked, notebooks={s: nb for s, nb in read.items() if s not in costly})
    told = (*image_notices(assignment), *partial_notice(entries))
    missing = [*told, *_unseen(asked, seen, current, costly), *_unprobed(asked)]
    return _run_checks(asked, tuple(sorted(seen)), tuple(missing))


def _is_by_label(packed: Mapping[str, Any] | None, labels: Labels | None) -> bool:
    """Whether answers are labels, one for each that is held out; an own metric's need not be."""
    if packed is None or labels is None:
        return True
    return bool(packed["shape"] == list(labels.values.shape) and packed["dtype"] != "<f8")


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
    return IntegrityReport(students, tuple(flags), memorisation.look_ups(asked), missing)


CHECKS: Mapping[str, Callable[[CheckInputs], Iterable[Flag]]] = MappingProxyType(
    {
        memorisation.NAME: memorisation.find_flags,
        leaked_images.NAME: leaked_images.find_flags,
        static_analysis.NAME: static_analysis.find_flags,
        constants.NAME: constants.find_flags,
        tampering.NAME: tampering.find_flags,
        code_similarity.NAME: code_similarity.find_flags,
        solution_copy.NAME: solution_copy.find_flags,
        shared_errors.NAME: shared_errors.find_flags,
    }
)
"""Every check, by its name in reports: what it is asked about in, its flags out."""

CODE_CHECKS = (
    static_analysis.find_flags,
    constants.find_flags,
    code_similarity.find_flags,
    solution_copy.find_flags,
)
"""Those that parse what students wrote."""


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
                yield student, reading_process().call(read_notebook, path).notebook
        except (UnreadableNotebookError, TooCostlyError) as error:
            logger.info("%r is no notebook: %s", student, error)
        except Exception as error:  # whatever one file holds, the others are read
            logger.warning("%r cannot be read: %s", student, path, exc_info=error)


def _can_be_checked(asked: CheckInputs, student: str, nb: NotebookNode) -> bool:
    """Try a submission's code where there are bounds: no parser is at its mercy here after that."""
    try:
        reading_process().call(check_code, replace(asked, notebooks={student: nb}))
    except TooCostlyError as error:
        logger.warning("the code of %r takes too much to look at: %s", student, error)
        return False
    except Exception as error:  # whatever one holds, the others are looked at
        logger.warning("the code of %r cannot be looked at", student, exc_info=error)
        return False
    return True


def check_code(asked: CheckInputs) -> None:
    """Do all that the checks do with code, for what it takes."""
    for look in CODE_CHECKS:
        for _ in look(asked):
            pass


def _files(one: LatestSubmission, work: WorkDir, assignment: str) -> Iterator[tuple[str, int]]:
    """Measure what came with a notebook, as it was kept."""
    body = one.entry.body
    folder = work.submitted_notebook(body["student"], assignment).parent
    for name in body.get("files", {}):
        try:
            yield name, constants.compressed_size((folder / name).read_bytes())
        except OSError as error:  # collected anew meanwhile
            logger.info("%r of %r cannot be read: %s", name, body["student"], error)


def _same_probes(one: LatestSubmission, holdout: Holdout | None) -> bool:
    """Whether a submission was asked about the probes that are there now."""
    if holdout is None:
        return False
    now = holdout.sha256.get(f"secret/{PROBES_FILE}")
    return now is not None and (one.run.body["holdout"] or {}).get("probes") == now


def _unseen(
    asked: CheckInputs,
    seen: Mapping[str, LatestSubmission],
    current: Mapping[str, Any],
    costly: AbstractSet[str],
) -> Iterator[str]:
    if costly:
        yield f"Code that takes more than a look may take; read it: {', '.join(sorted(costly))}."
    unread = sorted(seen.keys() - asked.notebooks.keys() - costly)
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
