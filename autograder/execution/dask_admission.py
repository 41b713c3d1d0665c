"""Let a worker prove what it is before its first job, and send it what it lacks."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from autograder.errors import InfrastructureError
from autograder.execution.blob_store import Part
from autograder.execution.dask_connection import TLS, start_thread
from autograder.execution.dask_worker import admit, lacking, prove, receive
from autograder.execution.environment import differences, environment
from autograder.execution.tracebacks import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from autograder.execution.dask_connection import DaskConnection
    from autograder.execution.packed_job import FileTree

logger = logging.getLogger(__name__)

PROOF_SECONDS = 180.0
"""How long a worker may take for one answer; it imports all that grading needs."""

PART_BYTES = 4 << 20
"""Of what is sent at a time."""

AT_ONCE = 4
"""Workers that are sent data at a time."""


class Admission:
    """Asks workers what they are.

    Parameters
    ----------
    connection : DaskConnection
        The way to them.
    places : mapping of str to Path
        Where each content lies here.
    trees : sequence of FileTree
        What each job needs.
    token : str
        By which an admitted worker knows this grader's jobs.
    """

    def __init__(
        self,
        connection: DaskConnection,
        places: Mapping[str, Path],
        trees: Sequence[FileTree],
        token: str,
    ) -> None:
        self._connection, self._places = connection, places
        self._trees, self._token = tuple(trees), token
        self._expected = environment(runs=False)
        self._turns = threading.Semaphore(AT_ONCE)

    def begin(self, worker: str, slots: int, tell: Callable[[tuple[Any, ...]], None]) -> None:
        """Ask a worker in the background; `tell` gets the event that comes of it."""
        start_thread(f"admission of {worker}", self._ask, worker, slots, tell)

    def _ask(self, worker: str, slots: int, tell: Callable[[tuple[Any, ...]], None]) -> None:
        try:
            with self._turns:
                self._admit(worker)
        except InfrastructureError as error:
            tell(("refused", worker, str(error)))
        except Exception as error:  # of whatever kind: a worker may be anything
            logger.info("worker %s gave no proof", worker, exc_info=error)
            tell(("refused", worker, f"no proof of what it is: {describe(error)}"))
        else:
            tell(("admitted", worker, slots))

    def _admit(self, worker: str) -> None:
        if self._connection.scheduler.encrypted and not worker.startswith(TLS):
            raise InfrastructureError(f"its address is not one of TLS, expected {TLS}")
        found = self._connection.ask(PROOF_SECONDS, worker, prove)
        if told := differences(found, self._expected):
            raise InfrastructureError("; ".join(told))
        lacks = self._connection.ask(PROOF_SECONDS, worker, lacking, self._trees)
        for parts in messages(lacks, self._places):
            self._connection.ask(PROOF_SECONDS, worker, receive, parts)
        self._connection.ask(PROOF_SECONDS, worker, admit, self._token)


def messages(contents: Sequence[str], places: Mapping[str, Path]) -> Iterator[list[Part]]:
    """Yield what is sent at a time: a part of a large file, or many small ones.

    Parameters
    ----------
    contents : sequence of str
        What is to be sent.
    places : mapping of str to Path
        Where each content lies here.

    Yields
    ------
    list of Part
        At most `PART_BYTES` of data, and never nothing.
    """
    held, size = list[Part](), 0
    for content in contents:
        for part in _parts(content, places[content]):
            if held and size + len(part.data) > PART_BYTES:
                yield held
                held, size = [], 0
            held.append(part)
            size += len(part.data)
    if held:
        yield held


def _parts(content: str, path: Path) -> Iterator[Part]:
    total, offset = path.stat().st_size, 0
    with path.open("rb") as file:
        while offset == 0 or offset < total:
            data = file.read(PART_BYTES)
            yield Part(content, offset, data, total)
            offset += max(1, len(data))
