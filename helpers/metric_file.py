"""A course's own metric: the file ``metric.py`` beside ``tiers.toml``, if that names it.

`autograder.scoring.own_metric` says what is in it. Students get it with their notebook, so that
their score is measured at home as it will be when they are graded.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from helpers.capstone import TIERS_FILE

if TYPE_CHECKING:
    from pathlib import Path

METRIC_FILE = "metric.py"
"""What ``metric`` in `tiers.toml` may name besides the metrics that there are."""


def named_metric(folder: Path) -> Path | None:
    """Return the file of a folder's own metric.

    Parameters
    ----------
    folder : Path
        Of an assignment, or of what a student got of it.

    Returns
    -------
    Path or None
        None where ``tiers.toml`` names another metric, or cannot be read, or the file is missing
        or a link.
    """
    try:
        settings = tomllib.loads((folder / TIERS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # whoever needs the settings says what is wrong with them
        return None
    path = folder / METRIC_FILE
    named = settings.get("metric") == METRIC_FILE
    return path if named and path.is_file() and not path.is_symlink() else None
