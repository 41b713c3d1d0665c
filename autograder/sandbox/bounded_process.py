"""A process of the grader's own, with bounds: for what reads data that anybody may have made.

It runs no code of a submission, but a parser may take long, or much memory, over what was made for
that. One process does all of it, one task after the other, so that a task costs milliseconds; it is
replaced when it breaks a bound or dies.
"""

from __future__ import annotations

import importlib
import logging
import os
import pickle
import resource
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from autograder.errors import InfrastructureError, TooCostlyError, WorkerTracebackError
from autograder.sandbox.worker_server import start_workers, worker_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess

Arguments = TypeVarTuple("Arguments")
Found = TypeVar("Found")

logger = logging.getLogger(__name__)

MIB = 1 << 20
"""Bytes."""

START_AFTER = (0.0, 0.1, 0.5, 2.0)
"""Seconds before each attempt to start: who was killed, and makes it, may take a moment to end."""

_MEMORY = "MB"

_OURS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What a person, or the host for want of memory, ends a process by; no parser ends so."""


@dataclass(frozen=True)
class Bounds:
    """What one task may use.

    Attributes
    ----------
    cpu_seconds : int
        Processor time.
    wall_seconds : float
        Time on the clock, which ends what waits for something.
    memory_mb : int
        Memory, in MiB, beyond what the process had before it was given any task.
    """

    cpu_seconds: int = 30
    wall_seconds: float = 300
    memory_mb: int = 1024


@dataclass(frozen=True)
class _Reply:
    """What a task gave, as plain data."""

    value: Any = None
    error: Exception | None = None
    traceback: str = ""
    out_of_memory: bool = False


class BoundedProcess:
    """Does tasks, one at a time, in a process of its own.

    Parameters
    ----------
    bounds : Bounds
        What each task may use.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self._process: ForkServerProcess | None = None
        self._tasks: Connection | None = None
        self._unread = 0  # replies that nobody waits for
        self._used = False
        self._lock = threading.Lock()
        self.prepare: Callable[[], None] | None = None

    @property
    def pid(self) -> int | None:
        """The process's id; None before the first task."""
        return None if self._process is None else self._process.pid

    def preload(self, module: str) -> None:
        """Let the process import a module, without waiting for it."""
        with self._lock:
            self._start()
            assert self._tasks is not None
            self._tasks.send((importlib.import_module, (module,), None))
            self._unread += 1

    def call(self, function: Callable[[*Arguments], Found], *args: *Arguments) -> Found:
        """Return what a function gives that is called there.

        Parameters
        ----------
        function : callable
            Known to another process by its name.
        *args : object
            Plain data.

        Returns
        -------
        object
            Plain data.

        Raises
        ------
        TooCostlyError
            If it takes more than it may.
        InfrastructureError
            If the process was ended from outside, and its successor too.
        Exception
            What the function raises.
        """
        with self._lock:
            fresh = not self._used
            try:
                found: Found = self._answer(function, args)
            except InfrastructureError as error:  # somebody ended it
                found = self._once_more(error, function, args)
            except TooCostlyError as error:
                if fresh or error.unit != _MEMORY:
                    raise
                # what earlier tasks left may have taken the memory
                found = self._once_more(error, function, args)
            return found

    def close(self) -> None:
        """End the process; the next task gets a new one."""
        process, self._process = self._process, None
        if self._tasks is not None:
            self._tasks.close()
        self._tasks, self._unread, self._used = None, 0, False
        if process is not None:
            process.kill()
            process.join()
            process.close()

    def _once_more(
        self, why: Exception, function: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        logger.info("done once more, by a new process: %s", why)
        return self._answer(function, args)

    def _answer(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        try:
            reply = self._exchange(function, args)
        except BaseException:
            self.close()  # or the next task would get this one's reply
            raise
        if reply.out_of_memory:
            self.close()
            raise TooCostlyError(self.bounds.memory_mb, _MEMORY)
        if reply.error is not None:
            raise reply.error from WorkerTracebackError(reply.traceback)
        return reply.value

    def _exchange(self, function: Callable[..., Any], args: tuple[Any, ...]) -> _Reply:
        self._start()
        assert self._tasks is not None
        self._used = True
        try:
            while self._unread:
                self._receive()
                self._unread -= 1
            self._tasks.send((function, args, self.bounds))
            return self._receive()
        except (EOFError, OSError) as error:
            raise self._why_dead() from error

    def _receive(self) -> _Reply:
        assert self._tasks is not None
        if not self._tasks.poll(self.bounds.wall_seconds):
            raise TooCostlyError(self.bounds.wall_seconds, "s")
        reply = pickle.loads(self._tasks.recv_bytes())  # noqa: S301  # of our own process
        assert isinstance(reply, _Reply)
        return reply

    def _why_dead(self) -> TooCostlyError | InfrastructureError:
        assert self._process is not None
        self._process.join(10)
        code = self._process.exitcode
        if code == -signal.SIGXCPU:
            return TooCostlyError(self.bounds.cpu_seconds, "s of processor time")
        if code is None or code >= 0 or -code in _OURS:
            return InfrastructureError(f"the process that reads submissions ended ({code})")
        return TooCostlyError(
            self.bounds.memory_mb, f"MB, or ended by {signal.Signals(-code).name}"
        )

    def _start(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        for pause in START_AFTER:
            time.sleep(pause)
            self.close()
            try:
                self._fork()
            except (EOFError, OSError) as error:
                logger.info("no process to read submissions: %r", error)
                failed = error
            else:
                return
        raise InfrastructureError(f"no process to read submissions: {failed!r}") from failed

    def _fork(self) -> None:
        start_workers()
        context = worker_context()
        self._tasks, theirs = context.Pipe()
        with theirs:
            process = context.Process(
                target=_serve, args=(theirs, self.prepare), daemon=True, name="reader"
            )
            process.start()
        self._process = process


@cache
def reading_process() -> BoundedProcess:
    """Return the process in which the grader reads what submissions hold."""
    return BoundedProcess(Bounds())


def _serve(tasks: Connection, prepare: Callable[[], None] | None) -> None:
    """Do tasks until the grader closes the pipe, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the grader decides
    if prepare is not None:
        prepare()
    base = _data_bytes()
    while True:
        try:
            function, args, bounds = tasks.recv()
        except (EOFError, OSError):
            return
        except Exception as error:  # noqa: BLE001  # a function that is not to be found here
            reply = _Reply(error=error, traceback=traceback.format_exc())
        else:
            if bounds is not None:
                _bound(bounds, base)
            reply = _reply(function, args)
            if bounds is None:
                base = _data_bytes()
        tasks.send_bytes(_packed(reply))
        del reply


def _reply(function: Callable[..., Any], args: tuple[Any, ...]) -> _Reply:
    try:
        return _Reply(function(*args))
    except MemoryError:
        return _Reply(out_of_memory=True)
    except Exception as error:  # noqa: BLE001  # for the grader to deal with
        return _Reply(error=error, traceback=traceback.format_exc())


def _packed(reply: _Reply) -> bytes:
    try:
        packed = pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
        if reply.error is not None:
            pickle.loads(packed)  # noqa: S301  # not every exception that can be packed
    except MemoryError:
        return pickle.dumps(_Reply(out_of_memory=True))
    except Exception as error:  # noqa: BLE001  # whatever cannot be sent
        known = reply.error or error
        ours = InfrastructureError(f"{type(known).__name__}: {known}")
        return pickle.dumps(_Reply(error=ours, traceback=reply.traceback))
    return packed


def _bound(bounds: Bounds, base: int) -> None:
    """Bound this process for one task: by the system, whatever it is stuck in."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + bounds.cpu_seconds
    for name, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, base + bounds.memory_mb * MIB),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        resource.setrlimit(name, (most if hard < 0 else min(most, hard), hard))


def _data_bytes() -> int:
    """Return the memory that Linux counts for RLIMIT_DATA."""
    if sys.platform != "linux":
        return 0
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * os.sysconf("SC_PAGE_SIZE")
