"""Let each step that follows the grades fail alone, and say in one line what failed and where."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.errors import AfterwardsError, EvidenceError
from autograder.execution.logs import log_fault
from autograder.execution.tracebacks import describe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

logger = logging.getLogger(__name__)


@dataclass
class Boundary:
    """Around steps of which none shall keep the next from being done.

    Attributes
    ----------
    problems : list of str
        One line for each step that failed.
    """

    problems: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, path: Path | str) -> Iterator[None]:
        """Do one step; if it fails, log the traceback and go on.

        Parameters
        ----------
        name : str
            What it makes.
        path : Path or str
            Where.

        Raises
        ------
        EvidenceError
            If the evidence cannot be used: everything else follows from that.
        """
        try:
            yield
        except EvidenceError:
            raise
        except Exception as error:  # noqa: BLE001  # the next step can do without this one
            where = log_fault(logger, error, "%s: not made", name)
            self.problems.append(f"{name} was not made, {path}: {describe(error)} ({where})")

    def close(self) -> None:
        """Tell of what failed, once everything is done.

        Raises
        ------
        AfterwardsError
            If anything failed.
        """
        if self.problems:
            raise AfterwardsError(tuple(self.problems))
