"""A kernel session, sandboxed or plain: runs cells within their limits and says how each ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import tempfile
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import zmq
from jupyter_client.kernelspec import KernelSpecManager
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_notebook, new_output

from autograder.errors import InfrastructureError
from autograder.execution.channels import BoundedKernelManager
from autograder.execution.client import GRACE_SECONDS, TIMED_OUT, BoundedNotebookClient, head_of
from autograder.execution.streams import merge_streams
from autograder.execution.timing import (
    STARVED_SHARE,
    cpu_seconds,
    longest_wait,
    waited_seconds,
)
from autograder.outcome import Outcome
from autograder.sandbox.kernelspecs import KERNELS
from autograder.sandbox.runtime_dir import own_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

logger = logging.getLogger(__name__)

OUT_OF_MEMORY = ("MemoryError", "_ArrayMemoryError", "ArrayMemoryError", "ResourceExhaustedError")
"""Names of the errors by which Python, numpy and TensorFlow say that memory is used up."""

MIB = 1 << 20
"""Bytes."""

Answer = Callable[[str], Coroutine[Any, Any, str]]


class KernelSession:
    """One running kernel.

    Parameters
    ----------
    kernel_name : str
        ``"sandbox"`` or the name of a plain kernel.
    output_mb : float
        A cell that would bring the outputs beyond this many MiB is interrupted, its outputs are
        cut, and the rest of the notebook has what is left without them.
    start : dict
        Options of the kernel manager's ``start_kernel``.

    Attributes
    ----------
    dead : bool
        Whether the kernel has ended.
    died : bool
        Whether it ended of what nobody here saw: neither for its memory nor by its session.
    starved : bool
        Whether a cell's time was over that had mostly waited for a processor.
    """

    def __init__(self, kernel_name: str, output_mb: float, start: dict[str, Any]) -> None:
        specs = KernelSpecManager()
        specs.kernel_dirs.insert(0, str(KERNELS))
        self._sockets = tempfile.TemporaryDirectory(prefix="kernel-", dir=own_folder())
        self._manager = BoundedKernelManager(
            kernel_name=kernel_name,
            kernel_spec_manager=specs,
            output_bytes=round(output_mb * MIB),
            transport="ipc",  # a TCP port can be a neighbour's by the time it is bound
            ip=f"{self._sockets.name}/k",  # short: a socket's path ends at 107 bytes
        )
        self._client = BoundedNotebookClient(new_notebook(), self._manager)
        self._start = start
        self._started = False
        self._client.on_timeout = self._judge_time_out
        self._waited: dict[int, float] = {}
        self.dead = self.died = self.starved = False

    async def __aenter__(self) -> KernelSession:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the kernel and wait until it answers."""
        try:
            await self._client.async_start_new_kernel(**self._start)
            await self._client.async_start_new_kernel_client()
        except BaseException:
            await self._abandon()
            raise
        self._started = True
        logger.debug("kernel %s started", self._manager.kernel_name)
        self._client.watch()
        self._watch_memory()

    async def _abandon(self) -> None:
        """End whatever a start that failed, or that was cancelled, has begun."""
        channels: Any = self._client.kc
        if channels is not None:
            channels.disconnect()
        with contextlib.suppress(Exception):  # the start's own error is the one to tell
            if self._manager.has_kernel:
                await self._manager.shutdown_kernel(now=True)
        self._sockets.cleanup()

    def guard_memory(self) -> None:
        """End this kernel if messages fill the grading process's memory; it must be running."""
        self._client.watch_memory()

    async def stop(self) -> None:
        """End the kernel, if it was started, and whatever it left."""
        if not self._started:
            return
        self._started = False
        channels: Any = self._client.kc
        try:
            await self._client.unwatch()
            await self._manager.shutdown_kernel(now=True)
        finally:
            if channels is not None:
                channels.disconnect()
            self._sockets.cleanup()

    async def execute(
        self, cell: NotebookNode, seconds: float, answer: Answer | None = None
    ) -> Outcome:
        """Run one code cell and fill its outputs.

        Parameters
        ----------
        cell : NotebookNode
            Its ``outputs`` are replaced.
        seconds : float
            Wall time after which the kernel is interrupted.
        answer : callable, optional
            Coroutine function that answers what the cell asks over stdin; without it,
            ``input()`` fails as it does in any unattended run.

        Returns
        -------
        Outcome
            `FINISHED` if the cell raised nothing. The cell's outputs hold an error in every
            other case, so that nothing unfinished can read as a pass.

        Raises
        ------
        InfrastructureError
            If the host ended a process of the kernel for its own lack of memory.
        """
        if not cell.source.strip():  # nbclient sends none, and no end of it would ever come
            return Outcome.FINISHED
        client = self._client
        client.nb.cells.append(cell)
        client.begin(seconds)
        self._waited = self.waits()
        channels: Any = client.kc
        channels.allow_stdin = answer is not None
        run = asyncio.ensure_future(client.async_execute_cell(cell, len(client.nb.cells) - 1))
        try:
            await (self._with_answers(run, answer) if answer else run)
        except (DeadKernelError, zmq.Again) as error:  # the latter: nobody to send to
            if isinstance(error, zmq.Again) and not client.drowned:
                raise
            if (task := asyncio.current_task()) is not None and task.cancelling():
                # nbclient takes the wall limit's cancellation for the kernel's death
                raise asyncio.CancelledError from None
            self.dead = True
            logger.info("a kernel died, or was ended for its flood of output")
            if client.drowned:
                return _drowned(cell)
            if client.died():
                _add_error(cell, "DeadKernelError", "the kernel died in this cell")
                outcome = self._failure()
                self.died = outcome is Outcome.STUDENT_ERROR
                return outcome
        client.replace_outputs(merge_streams(cell.outputs))
        outcome = self._outcome(cell)
        if outcome in (Outcome.TIME_OUT, Outcome.OUTPUT_FLOOD) and not self.dead:
            self.dead = not await self._answers_again()
        self._watch_memory()  # until the next cell ends: an idle kernel can be ended too
        return outcome

    async def _answers_again(self) -> bool:
        """Wait for an interrupted kernel; end one that ignores the interrupt."""
        channels: Any = self._client.kc
        with contextlib.suppress(RuntimeError):
            await channels.wait_for_ready(GRACE_SECONDS)
            return True
        await self._manager.signal_kernel(signal.SIGKILL)
        return False

    async def _with_answers(self, run: asyncio.Future[Any], answer: Answer) -> None:
        pump = asyncio.ensure_future(self._pump(answer))
        try:
            await asyncio.wait({run, pump}, return_when=asyncio.FIRST_COMPLETED)
            if not run.done():
                run.cancel()
                pump.result()
            run.result()
        finally:
            pump.cancel()
            run.cancel()
            await asyncio.gather(pump, run, return_exceptions=True)  # else asyncio reports them

    async def _pump(self, answer: Answer) -> None:
        channels: Any = self._client.kc
        while True:
            message = await channels.get_stdin_msg(timeout=None)
            if message["msg_type"] == "input_request":
                text = await answer(message["content"]["prompt"])
                with contextlib.suppress(zmq.Again):  # it reads none of them: its time runs out
                    channels.input(text)

    def _outcome(self, cell: NotebookNode) -> Outcome:
        timed_out = self._client.last_error == TIMED_OUT
        if self._client.flooded or not (self._client.complete or timed_out):
            self._client.replace_outputs(head_of(cell.outputs))
            _add_error(cell, "OutputFlood", "more output than one submission may write")
            return Outcome.OUTPUT_FLOOD
        if timed_out:
            _add_error(cell, TIMED_OUT, f"stopped after {self._client.timeout} seconds")
            return Outcome.TIME_OUT
        names = [output.ename for output in cell.outputs if output.output_type == "error"]
        if any(name in OUT_OF_MEMORY for name in names):
            return Outcome.OUT_OF_MEMORY
        if not names and self._client.last_error is not None:  # its message got lost on the way
            _add_error(cell, self._client.last_error, "the cell failed")
            names.append(self._client.last_error)
        return self._failure() if names else Outcome.FINISHED

    def waits(self) -> dict[int, float]:
        """Return how long each of the kernel's threads has waited for a processor."""
        return waited_seconds(self._pid())

    def _judge_time_out(self) -> None:
        waited = longest_wait(self._waited, self.waits())
        self.starved |= waited > STARVED_SHARE * (self._client.timeout or 0)

    def _pid(self) -> int | None:
        provisioner: Any = self._manager.provisioner
        find = getattr(provisioner, "kernel_pid", lambda: provisioner.pid)  # a plain kernel's: pid
        pid: int | None = find()
        return pid

    def cpu_seconds(self) -> float | None:
        """Return the processor time of the kernel's own process; None if it has ended."""
        pid = self._pid()
        return None if pid is None else cpu_seconds(pid)

    def _failure(self) -> Outcome:
        """Tell a cell in which a process was ended for its memory from other failures."""
        provisioner: Any = self._manager.provisioner
        if not getattr(provisioner, "memory_kills", int)():  # a plain one's: 0
            return Outcome.STUDENT_ERROR
        if not provisioner.ran_out():
            raise InfrastructureError(
                "this host ran out of memory before the submission reached its own limit; "
                "use fewer workers, or a host with more memory"
            )
        return Outcome.OUT_OF_MEMORY

    def _watch_memory(self) -> None:
        getattr(self._manager.provisioner, "watch_memory", int)()  # a plain one cannot


def _drowned(cell: NotebookNode) -> Outcome:
    _add_error(cell, "MessageFlood", "its kernel was ended: it sent the grader too much")
    return Outcome.OUTPUT_FLOOD


def _add_error(cell: NotebookNode, name: str, message: str) -> None:
    error = new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
    cell.outputs.append(error)
