"""Make the jobs of an assignment: a notebook, and all that its run depends on."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import nbformat

from autograder.execution.job import Job
from helpers.places import data_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from autograder.assignment import Assignment
    from autograder.holdout.dataset import Holdout


@dataclass(frozen=True)
class JobFactory:
    """Makes the jobs of a class from what all of them have in common.

    Attributes
    ----------
    assignment : Assignment
        What is graded.
    holdout : Holdout or None
        Its held-out images, if it has any.
    sandboxed : bool
        Whether submissions run in the sandbox.
    """

    assignment: Assignment
    holdout: Holdout | None
    sandboxed: bool

    def make(self, notebook: str, beside: Mapping[str, bytes] = MappingProxyType({})) -> Job:
        """Return the job that runs a notebook's text, with the files handed in with it."""
        return Job(
            notebook=notebook,
            files=self.assignment.folder,
            parameters=self.assignment.parameters,
            limits=self.assignment.limits,
            data=self._data(),
            holdout=self.holdout.secret if self.holdout else None,
            sandboxed=self.sandboxed,
            beside=dict(beside),
        )

    def reference(self) -> Job:
        """Return the author's own solution as a job like any other."""
        path = self.assignment.folder / f"{self.assignment.name}.ipynb"
        return self.make(nbformat.writes(nbformat.read(path, as_version=4)))

    def _data(self) -> Path | None:
        """Return what submissions learn from: the course's own data if nothing is held out."""
        if self.holdout is not None:
            return self.holdout.handed
        folder = data_folder()
        return folder if folder.is_dir() else None
