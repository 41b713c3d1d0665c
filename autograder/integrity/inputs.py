"""What the checks are asked about: a class's notebooks, answers, and what was held out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.integrity.model_recipe import names_in
from autograder.integrity.student_code import Cell, given_cells, own_cells
from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from nbformat import NotebookNode
    from numpy.typing import NDArray

    from autograder.holdout.canaries import Canaries
    from autograder.holdout.originals import Loaded


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
    common_code : frozenset of int, optional
        Features of the code that is common by right (`autograder.integrity.course_code`).
    handed_code : frozenset of int, optional
        Those of them that were handed out, suggested or printed: the authors' answers are not.
    solution : tuple of Cell, optional
        The authors' own answers.
    files : mapping of str to mapping of str to int, optional
        Bytes, compressed, of each file that came with a notebook, by student and name.
    """

    released: NotebookNode
    notebooks: Mapping[str, NotebookNode]
    answers: Mapping[str, NDArray[np.int64]]
    probed: Mapping[str, NDArray[np.int64]]
    loaded: Mapping[str, Loaded]
    truth: NDArray[np.uint8] | None
    probes: Canaries | None
    scored: str
    common_code: frozenset[int] = frozenset()
    handed_code: frozenset[int] = frozenset()
    solution: tuple[Cell, ...] = ()
    files: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @cached_property
    def given(self) -> list[Cell]:
        """What was handed out, as code."""
        return given_cells(self.released)

    @cached_property
    def cells(self) -> Mapping[str, list[Cell]]:
        """Each student's own cells."""
        return {s: own_cells(nb, self.released) for s, nb in self.notebooks.items()}

    @cached_property
    def scored_names(self) -> frozenset[str]:
        """Names that the scoring cell uses, among them the student's function."""
        cells = (cell for cell in self.released.cells if grade_id(cell) == self.scored)
        return frozenset[str]().union(*(names_in(cell.source) for cell in cells))
