"""Seed what a student's code draws from, where it did not choose a seed by itself."""

from __future__ import annotations

import ast
import random
import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # a student's kernel has no use for it
    from nbformat import NotebookNode

PARAMETER = "seed"
"""Papermill parameter that is set to the seed, if the notebook has it."""


def sow(seed: int) -> None:
    """Seed this process: Python's generator, numpy's old one, TensorFlow's if it is imported.

    Keras takes its own seeds from Python's.  ``default_rng()`` without a seed asks the operating
    system, and no seed reaches it.
    """
    random.seed(seed)
    np.random.seed(seed)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)


def has_parameter(nb: NotebookNode) -> bool:
    """Whether a notebook's cell of parameters sets `PARAMETER`."""
    tagged = (cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    return any(_sets_seed(cell.source) for cell in tagged)


def _sets_seed(source: str) -> bool:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # running the cell reports it
    stored = (n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return any(name.id == PARAMETER for name in stored)
