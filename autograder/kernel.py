"""Drive one kernel, caged or plain: run a cell within its limits and say what became of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook, new_output

from autograder.outcome import Outcome
from autograder.workspace import own_folder

KERNELS = Path(__file__).parent / "sandbox" / "kernels"
TIMED_OUT = "CellTimeoutError"
OUT_OF_MEMORY = ("MemoryError", "_ArrayMemoryError", "ArrayMemoryError", "ResourceExhaustedError")
Answer = Callable[[str], Coroutine[Any, Any, str]]


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_seconds, call_seconds, notebook_seconds : float
        Wall time of one cell, of one call from a graded cell, and of everything, in seconds.
    memory_mb : int
        Memory of each process, in MiB.
    output_mb : float
        All outputs of one kernel together, in MiB.
    """

    cell_seconds: float = 120
    call_seconds: float = 120
    notebook_seconds: float = 300
    memory_mb: int = 4096
    output_mb: float = 10


class KernelSession:
    """One running kernel.

    Parameters
    ----------
    kernel_name : str
        ``"sandbox"`` or the name of a plain kernel.
    output_mb : float
        Outputs beyond this many MiB are dropped, and the kernel is interrupted.
    start : dict
        Options of the kernel manager's ``start_kernel``.
    """

    def __init__(self, kernel_name: str, output_mb: float, start: dict[str, Any]) -> None:
        specs = KernelSpecManager()
        specs.kernel_dirs.insert(0, str(KERNELS))
        self._sockets = tempfile.TemporaryDirectory(prefix="kernel-", dir=own_folder())
        self._manager = AsyncKernelManager(
            kernel_name=kernel_name,
            kernel_spec_manager=specs,
            transport="ipc",  # a TCP port can be a neighbour's by the time it is bound
            ip=f"{self._sockets.name}/k",  # short: a socket's path ends at 107 bytes
        )
        self._client = _CappedClient(new_notebook(), self._manager, output_mb)
        self._start = start
        self.dead = False
        self._memory_kills = 0

    async def __aenter__(self) -> KernelSession:
        try:
            await self._client.async_start_new_kernel(**self._start)
            await self._client.async_start_new_kernel_client()
        except BaseException:
            self._sockets.cleanup()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        channels = self._client.kc
        await self._manager.shutdown_kernel(now=True)
        if channels is not None:
            channels.stop_channels()
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
        """
        client = self._client
        client.nb.cells.append(cell)
        client.timeout = max(1, round(seconds))
        client.last_error = None
        channels: Any = client.kc
        channels.allow_stdin = answer is not None
        run = asyncio.ensure_future(client.async_execute_cell(cell, len(client.nb.cells) - 1))
        try:
            await (self._with_answers(run, answer) if answer else run)
        except DeadKernelError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                # nbclient takes the wall limit's cancellation for the kernel's death
                raise asyncio.CancelledError from None
            self.dead = True
            _add_error(cell, "DeadKernelError", "the kernel died in this cell")
            return self._failure()
        return self._outcome(cell)

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

    async def _pump(self, answer: Answer) -> None:
        channels: Any = self._client.kc
        while True:
            message = await channels.get_stdin_msg(timeout=None)
            if message["msg_type"] == "input_request":
                channels.input(await answer(message["content"]["prompt"]))

    def _outcome(self, cell: NotebookNode) -> Outcome:
        if self._client.flooded:
            _add_error(cell, "OutputFlood", "more output than one submission may write")
            return Outcome.OUTPUT_FLOOD
        if self._client.last_error == TIMED_OUT:
            _add_error(cell, TIMED_OUT, f"stopped after {self._client.timeout} seconds")
            return Outcome.TIME_OUT
        names = [output.ename for output in cell.outputs if output.output_type == "error"]
        if any(name in OUT_OF_MEMORY for name in names):
            return Outcome.OUT_OF_MEMORY
        if not names and self._client.last_error is not None:  # its message got lost on the way
            _add_error(cell, self._client.last_error, "the cell failed")
            names.append(self._client.last_error)
        return self._failure() if names else Outcome.FINISHED

    def _failure(self) -> Outcome:
        """Tell a cell in which a process was ended for its memory from other failures."""
        kills = getattr(self._manager.provisioner, "memory_kills", int)()  # a plain kernel's: 0
        starved, self._memory_kills = kills > self._memory_kills, kills
        return Outcome.OUT_OF_MEMORY if starved else Outcome.STUDENT_ERROR


class _CappedClient(NotebookClient):
    """An nbclient that keeps at most so many bytes of output and remembers the last error."""

    def __init__(self, nb: NotebookNode, manager: AsyncKernelManager, output_mb: float) -> None:
        super().__init__(
            nb,
            km=manager,
            allow_errors=True,
            record_timing=False,
            coalesce_streams=True,
            interrupt_on_timeout=True,
            error_on_timeout={"ename": TIMED_OUT, "evalue": "", "traceback": []},
            on_cell_error=self._remember,
        )
        self._interrupt = manager.interrupt_kernel
        self._left = output_mb * (1 << 20)
        self.flooded = False
        self.last_error: str | None = None

    def _remember(self, cell: NotebookNode, cell_index: int, execute_reply: Any) -> None:
        self.last_error = execute_reply["content"].get("ename")

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        if msg["msg_type"] != "status":
            self._left -= _size(msg["content"])
            if self._left < 0:
                if not self.flooded:
                    self.flooded = True
                    self._interrupting = asyncio.ensure_future(self._interrupt())
                return None
        return super().process_message(msg, cell, cell_index)


def _size(content: Any) -> int:
    """Return how many characters a message's content holds, whatever its shape."""
    if isinstance(content, dict):
        return sum(_size(value) for value in content.values())
    if isinstance(content, list):
        return sum(_size(value) for value in content)
    return len(content) if isinstance(content, str) else 8


def _add_error(cell: NotebookNode, name: str, message: str) -> None:
    error = new_output("error", ename=name, evalue=message, traceback=[f"{name}: {message}"])
    cell.outputs.append(error)
