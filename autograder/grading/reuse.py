"""Find what is on record of a submission already, so that it need not run again.

It holds as long as nothing is new that a run could see: the notebook and the files handed in with
it, the release, the author's solution, held-out images, limits, parameters, a course's own metric,
and all code and versions at work. Points and lateness move without a run;
`autograder.grading.recount` counts them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import helpers
from autograder.outcome import Outcome
from autograder.sandbox.staging import stageable
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.evidence.runs import LatestSubmission
    from autograder.submissions.entries import Submission
    from autograder.workdir import WorkDir

SAME = (
    *("caged", "limits", "parameters", "release", "solution", "holdout", "versions", "course"),
    *("metric", "format"),
)
"""Keys of a ``run`` entry that say what a submission met in it."""


def as_received(body: Mapping[str, Any], submission: Submission) -> dict[str, Any]:
    """Return a ``submission`` entry's body with what its file's name and folder say now."""
    claim = None if submission.claim is None else str(submission.claim)
    notes = [*submission.notes, *body["notes"][body["received"] :]]
    return {**body, "claim": claim, "notes": notes, "received": len(submission.notes)}


@dataclass(frozen=True)
class Reuse:
    """What is on record of a class.

    Attributes
    ----------
    run : mapping
        Body of the ``run`` entry of the run at hand.
    work : WorkDir
        Folder with the executed notebooks.
    recorded : mapping of str to LatestSubmission
        The last entry about each student; empty where everybody is to run again.
    """

    run: Mapping[str, Any]
    work: WorkDir
    recorded: Mapping[str, LatestSubmission] = field(default_factory=dict)

    def find(
        self, submission: Submission, submitted: str, files: Mapping[str, str]
    ) -> LatestSubmission | None:
        """Return what is on record of a submission, if it holds; else None.

        Parameters
        ----------
        submission : Submission
            As it was found in the class's folder.
        submitted : str
            SHA-256 of its notebook.
        files : mapping of str to str
            SHA-256 of what was handed in with it, by name.

        Returns
        -------
        LatestSubmission or None
        """
        seen = self.recorded.get(submission.student)
        if seen is None or not Outcome(seen.entry.body["outcome"]).graded:
            return None
        body = seen.entry.body
        executed = self.work.autograded_notebook(submission.student, self.run["assignment"])
        same = (
            body["submitted"] == submitted
            and body["files"] == dict(files)
            and "received" in body  # 0.2 did not tell these notes from the others
            and all(seen.run.body.get(key) == self.run.get(key) for key in SAME)
            and executed.is_file()
        )
        return seen if same else None


def course_sha256(folder: Path) -> str:
    """Return one hash of what notebooks may read of the course: its data beside them, its library.

    Parameters
    ----------
    folder : Path
        The assignment's own.

    Returns
    -------
    str
    """
    library = Path(helpers.__file__).parent
    found = [(name, path) for path, name in stageable(folder)]
    found += [(f"helpers/{path.relative_to(library)}", path) for path in library.rglob("*.py")]
    digest = hashlib.sha256()
    for name, path in sorted(found):
        inner = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in filter(Path.is_file, inner):
            digest.update(f"{name} {file.name} {sha256(file)}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
