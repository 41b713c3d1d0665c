"""Find what came back for a notebook: the newest page of feedback, wherever it was put."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from helpers.course.errors import ExchangeError, MissingToolError, NoFeedbackError

if TYPE_CHECKING:
    from pathlib import Path

FEEDBACK = "feedback"
"""Folder in which a student keeps such pages; nbgrader fetches into one beside the notebook."""


def find_feedback(notebook: Path) -> Path:
    """Return the newest page of feedback on a notebook.

    Parameters
    ----------
    notebook : Path
        The student's own.

    Returns
    -------
    Path
        Of the page.

    Raises
    ------
    NoFeedbackError
        If there is none.
    """
    name, beside = notebook.stem, notebook.parent
    shared = (beside.parent / FEEDBACK).rglob("*.html")
    pages = [*(beside / FEEDBACK).rglob("*.html"), *(one for one in shared if name in str(one))]
    if not pages:
        raise NoFeedbackError(name, beside.parent / FEEDBACK)
    return max(pages, key=lambda page: page.stat().st_mtime)


def call_nbgrader(words: list[str], folder: Path) -> str:
    """Call nbgrader, where it is installed, for its exchange.

    Parameters
    ----------
    words : list of str
        Its arguments, such as ``["submit", "03_svc"]``.
    folder : Path
        Of the student's notebooks.

    Returns
    -------
    str
        What it said.

    Raises
    ------
    MissingToolError
        If it is not installed.
    ExchangeError
        If it fails.
    """
    if importlib.util.find_spec("nbgrader") is None:
        advice = "hand in the file by hand, or where nbgrader's exchange is"
        raise MissingToolError("nbgrader", advice)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    told = (done.stderr or done.stdout).strip()
    if done.returncode:
        raise ExchangeError(_reason(told) or f"exit status {done.returncode}")
    return told


def _reason(told: str) -> str:
    """Return why nbgrader failed: the first thing that it logs as an error; the last says that."""
    found = re.search(r"\| (?:CRITICAL|ERROR)\] (.+)", told)
    return found[1] if found else told.rpartition("\n")[2]
