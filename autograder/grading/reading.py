"""Read what a submission holds, before its run and after it, in a process with bounds.

The grader itself parses nothing that was not read there before.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import nbformat

from autograder.execution.logs import adopt_log_settings, log_settings
from autograder.grading.executed import Executed, read_executed
from autograder.grading.pages import PageCheck, page_notes
from autograder.sandbox.bounded_process import reading_process
from autograder.submissions.restore import restore

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.submissions.release import Release


def prepare_reading() -> None:
    """Start the process in the background, while there are other things to do."""
    reader = reading_process()
    reader.prepare = partial(adopt_log_settings, log_settings())
    reader.close()  # one of an earlier class writes to that one's log
    reader.preload(__name__)


def restore_text(path: Path, release: Release) -> tuple[str, tuple[str, ...]]:
    """Restore a submission, as `autograder.submissions.restore.restore`.

    Parameters
    ----------
    path : Path
        The submitted file.
    release : Release
        What was handed out.

    Returns
    -------
    text : str
        The restored notebook, JSON.
    notes : tuple of str
        One line for each repair.
    """
    restored = restore(path, release)
    return nbformat.writes(restored.notebook), restored.notes


def read_result(text: str) -> tuple[Executed, tuple[str, ...]]:
    """Read a notebook that was run, and try the pages that people open of it.

    Parameters
    ----------
    text : str
        The executed notebook, JSON.

    Returns
    -------
    executed : Executed
        The notebook, inert.
    notes : tuple of str
        Which pages do not open.
    """
    executed = read_executed(text)
    return executed, tuple(page_notes(_pages(), executed.notebook))


@cache
def _pages() -> PageCheck:
    """Return what tries the pages of all submissions: what opened once opens again."""
    return PageCheck()
