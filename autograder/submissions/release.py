"""An assignment as it was handed out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from autograder.submissions.cells import grade_id

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Release:
    """An assignment as the gradebook knows it.

    Attributes
    ----------
    master : NotebookNode
        The student version with its hidden tests: what submissions are restored from.
    visible : dict
        Text of each cell as students got it, by ``grade_id``.
    """

    master: NotebookNode
    visible: dict[str, str]

    @cached_property
    def texts(self) -> frozenset[str]:
        """Texts of all cells as students got them, without the spaces at their ends."""
        plain = (cell.source for cell in self.master.cells if grade_id(cell) is None)
        return frozenset(text.strip() for text in (*plain, *self.visible.values(), ""))
