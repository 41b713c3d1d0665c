"""What is right about digits, in the form that a metric compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARKS = frozenset({"macro_f1"})
"""Metrics that compare a row of zeros and ones an image; all others compare a number."""


def truth_for(metric: str, digits: NDArray[Any]) -> NDArray[Any]:
    """Return digits as the metric has them: as they are, or with a column for each of the ten."""
    return np.eye(10, dtype=np.uint8)[digits] if metric in MARKS else digits
