"""An assignment as it was handed out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
