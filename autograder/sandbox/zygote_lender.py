"""Lend the grader's fork servers to its workers, each when a job first needs it.

Which profiles a class needs is known only when the last submission was read, and no worker shall
import a library that another one's fork server has. So a worker asks the grader, by a socket that
all of them share; each request says itself where to answer, as those to a fork server do.
"""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError
from autograder.sandbox.zygote_client import Zygote

if TYPE_CHECKING:
    from types import TracebackType

logger = logging.getLogger(__name__)

LONGEST_NAME = 4096
"""Bytes of a request, which is a profile's name, and of its answer, which is a number."""


class ZygoteLender:
    """A thread of the grader's that hands out fork servers; a context manager, which ends it.

    Attributes
    ----------
    requests : socket
        For the workers, all together.
    """

    def __init__(self) -> None:
        self._ours, self.requests = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._thread = threading.Thread(target=self._serve, name="zygote-lender", daemon=True)

    def __enter__(self) -> ZygoteLender:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ours.shutdown(socket.SHUT_RDWR)  # the thread meets an end of file
        self._thread.join()
        self._ours.close()
        self.requests.close()

    def _serve(self) -> None:
        while True:
            profile, descriptors, _, _ = socket.recv_fds(self._ours, LONGEST_NAME, 1)
            if not descriptors:
                return
            with socket.socket(fileno=descriptors[0]) as answer:
                _lend(profile.decode(), answer)


def _lend(profile: str, answer: socket.socket) -> None:
    """Answer with a server's process and its socket; with nothing, if it does not start."""
    try:
        zygote = Zygote.of(profile)
        socket.send_fds(answer, [str(zygote.pid).encode()], [zygote.control.fileno()])
    except (InfrastructureError, OSError) as error:
        logger.warning("no fork server of profile %r to lend", profile, exc_info=error)


def borrow_from(requests: socket.socket) -> None:
    """Let `Zygote.of` ask there first, from now on and in this process."""

    def borrow(profile: str) -> tuple[int, socket.socket] | None:
        try:
            return _borrow(requests, profile)
        except OSError as error:  # the grader has ended: so does this process
            logger.warning("no fork server of profile %r was lent", profile, exc_info=error)
            return None

    Zygote.borrow = borrow


def _borrow(requests: socket.socket, profile: str) -> tuple[int, socket.socket] | None:
    answer, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with answer:
        with theirs:
            socket.send_fds(requests, [profile.encode()], [theirs.fileno()])
        pid, controls, _, _ = socket.recv_fds(answer, LONGEST_NAME, 1)
    return (int(pid), socket.socket(fileno=controls[0])) if controls else None
