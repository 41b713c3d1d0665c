"""The grader's side of the fork server: start one for each profile, and ask it for kernels.

`autograder.sandbox.zygote_server` is what runs in it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from autograder.errors import ZygoteError
from autograder.sandbox.bwrap import readable, start_bwrap
from autograder.sandbox.policy import zygote_command
from autograder.sandbox.zygote_server import READY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

logger = logging.getLogger(__name__)

IMPORT_SECONDS, FORK_SECONDS = 120.0, 30.0
"""How long a fork server may take to import everything, and to fork one kernel."""


DEATH_SECONDS = 2.0
"""How long a process that closed its sockets may take to be gone."""


class Zygote:
    """One fork server, seen from the process that started it or from one it was handed to.

    Parameters
    ----------
    profile : str
        Key of `PROFILES`.
    """

    _running: dict[str, Zygote] = {}  # noqa: RUF012  # shared on purpose: one for each profile

    borrow: Callable[[str], tuple[int, socket.socket] | None] | None = None
    """In a worker, how to get the process and the socket of another one's server by profile."""

    def __init__(self, profile: str) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        module = ["-m", "autograder.sandbox.zygote_server", str(theirs.fileno()), profile]
        with theirs:
            try:
                process, pid = start_bwrap(
                    [*zygote_command(), sys.executable, *module], pass_fds=(theirs.fileno(),)
                )
            except BaseException:
                self._control.close()
                raise
        self._set(profile, pid, process)

    def _set(self, profile: str, pid: int, process: subprocess.Popen[bytes] | None) -> None:
        self.profile, self.pid, self.process = profile, pid, process
        self._told = False  # whether it said itself why it is of no use
        self._pidfd: int | None = os.pidfd_open(pid)

    @classmethod
    def of(cls, profile: str) -> Zygote:
        """Return the running server of a profile; borrow or start it if there is none."""
        zygote = cls._running.get(profile)
        if zygote is None or zygote.ended():
            failed = None
            if zygote is not None:
                logger.warning("the fork server of profile %r is gone", profile)
                failed = zygote.pid
                zygote.close()
            zygote = cls._running[profile] = cls._borrowed(profile, failed) or cls._started(profile)
        return zygote

    @classmethod
    def _started(cls, profile: str) -> Zygote:
        try:
            zygote = cls(profile)
        except OSError as error:
            raise ZygoteError(profile, f"did not start: {error}") from error
        logger.info("a fork server of profile %r started, process %d", profile, zygote.pid)
        return zygote

    @classmethod
    def _borrowed(cls, profile: str, failed: int | None) -> Zygote | None:
        """Return a server that another process started and goes on using.

        Its socket is a duplicate: every request says itself where to answer. None where nobody
        lends one, or only the one that just failed here.
        """
        lent = None if cls.borrow is None else cls.borrow(profile)
        if lent is None:
            return None
        pid, control = lent
        zygote = cls.__new__(cls)
        zygote._control = control
        try:
            if pid != failed:
                zygote._set(profile, pid, None)
                return zygote
        except ProcessLookupError:  # it is gone already
            logger.warning("the fork server of profile %r is gone", profile)
        control.close()
        return None

    @classmethod
    def close_all(cls) -> None:
        """End every server of this process."""
        while cls._running:
            cls._running.popitem()[1].close()

    @property
    def control(self) -> socket.socket:
        """The server's end of file, and so its end, is when every duplicate of this is closed."""
        return self._control

    def ended(self) -> bool:
        """Whether the server is gone."""
        if self._pidfd is None:
            return True
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(0))

    async def was_killed(self) -> bool:
        """Return whether the server has ended without a word, or another kernel gave it up."""
        if self._pidfd is None:
            return True
        return not self._told and await readable(self._pidfd, DEATH_SECONDS)

    def close(self) -> None:
        """End the server, unless another process uses it; its kernels live on."""
        self._control.close()
        if self._pidfd is None:
            return
        if self.process is not None:
            self._end(self.process, self._pidfd)
        os.close(self._pidfd)
        self._pidfd = None

    def _end(self, bwrap: subprocess.Popen[bytes], server: int) -> None:
        try:
            bwrap.wait(2)
        except subprocess.TimeoutExpired:  # it is still importing, or in another's use
            bwrap.kill()
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(server, signal.SIGKILL)
            bwrap.wait()

    async def ready(self) -> None:
        """Wait until everything is imported.

        Raises
        ------
        ZygoteError
            If an import failed or started a thread.
        """
        with self._gone_on_error():  # another kernel may have given it up meanwhile
            if not await readable(self._control.fileno(), IMPORT_SECONDS):
                raise ZygoteError(
                    profile=self.profile, reason=f"not ready after {IMPORT_SECONDS:g} seconds"
                )
            # its only message is left where it is, for all who wait
            words = self._control.recv(4096, socket.MSG_PEEK)
        if words != READY:
            self._told = bool(words)
            raise ZygoteError(
                profile=self.profile, reason=words.decode() or "ended while importing"
            )

    def entrance(self) -> tuple[str, ...]:
        """Return the command that makes a sandbox below this server's user namespace, if any.

        Linux lets an ordinary user's process join only namespaces below its own.
        """
        if os.geteuid() == 0:
            return ()
        namespace = f"--user=/proc/{self.pid}/ns/user"
        return ("/usr/bin/nsenter", namespace, "--preserve-credentials", "--")

    async def fork(
        self, request: dict[str, Any], sandbox: int, folder: int, group: Sequence[int] = ()
    ) -> int:
        """Fork one kernel.

        Parameters
        ----------
        request : dict
            The plain fields of `autograder.sandbox.zygote_server.Request`.
        sandbox, folder : int
            Descriptors of the sandbox's first process and of the folder for the sockets.
        group : sequence of int, optional
            Descriptors by which the kernel enters its control group.

        Returns
        -------
        int
            Pidfd of the kernel, which is in its sandbox and has no privilege left.

        Raises
        ------
        ZygoteError
            With the words of whoever failed.
        """
        answer, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with answer, self._gone_on_error():
            with theirs:
                parts = [theirs.fileno(), sandbox, folder, *group]
                socket.send_fds(self._control, [json.dumps(request).encode()], parts)
            if not await readable(answer.fileno(), FORK_SECONDS):
                raise ZygoteError(
                    profile=self.profile, reason=f"no kernel after {FORK_SECONDS:g} seconds"
                )
            words, pidfds, _, _ = socket.recv_fds(answer, 4096, 1)
        if not pidfds:
            raise ZygoteError(profile=self.profile, reason=words.decode() or "ended without a word")
        os.set_inheritable(pidfds[0], False)
        return pidfds[0]

    @contextlib.contextmanager
    def _gone_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ZygoteError(profile=self.profile, reason=f"is gone: {error}") from error


# a fork of the grader must not end servers that are its parent's
os.register_at_fork(after_in_child=Zygote._running.clear)

atexit.register(Zygote.close_all)
