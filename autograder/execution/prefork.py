"""Start the processes that a class needs most, while the rest of the grader is still imported.

A fork server has as much to import as the grader itself, so the two do it side by side: this module
imports little, and the command line calls it first.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from autograder.errors import AutograderError
from autograder.sandbox.preload import choose
from autograder.sandbox.worker_server import start_workers
from autograder.sandbox.zygote_client import Zygote

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)


def start_early(notebook: Path, *, sandboxed: bool) -> None:
    """Start what the runs of an assignment will be forked from.

    Whatever prevents that is left to be found again, and told, where it is needed.

    Parameters
    ----------
    notebook : Path
        The author's own solution; its imports tell what kernels need.
    sandboxed : bool
        Whether kernels are forked.
    """
    start_workers()
    if sandboxed:
        try:
            cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
            Zygote.of(choose("".join(c["source"]) for c in cells if c["cell_type"] == "code"))
        except (AutograderError, OSError, ValueError, LookupError, TypeError) as error:
            logger.info("no fork server was started early", exc_info=error)
