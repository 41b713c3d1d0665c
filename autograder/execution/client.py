"""A notebook client of nbclient that stops a flood of output at the cell that wrote it."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING, Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete

from autograder.execution.memory_guard import wait_for_growth

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from nbformat import NotebookNode

    from autograder.execution.channels import BoundedKernelManager

logger = logging.getLogger(__name__)

TIMED_OUT = "CellTimeoutError"
"""Name of the error that stands below a cell which took too long."""

GRACE_SECONDS = 5.0
"""How long an interrupted kernel has to answer again before it is ended."""

OUTPUT_SECONDS = 10
"""How long the outputs of a cell that ended may stay away; nbclient knows no flood."""

SHOWN_OF_A_FLOOD = 1000
"""How many characters of an output that was too long stay in the notebook."""

MAX_DEPTH = 100
"""How deeply lists and dictionaries of an output may be nested; JSON itself gives up later."""


class BoundedNotebookClient(NotebookClient):
    """A notebook client that bounds the output of each cell, and remembers the last error."""

    def __init__(self, nb: NotebookNode, manager: BoundedKernelManager) -> None:
        super().__init__(
            nb,
            km=manager,
            allow_errors=True,
            record_timing=False,
            coalesce_streams=False,  # `merge_streams` does, in linear time
            interrupt_on_timeout=True,
            error_on_timeout={"ename": TIMED_OUT, "evalue": "", "traceback": []},
            on_cell_error=self._remember,
        )
        self._manager: Any = manager
        self._limit = self._left = self._left_before = manager.output_bytes
        self._tasks: set[asyncio.Future[None]] = set()
        self.flooded = self.complete = self._surmised = self._captured = False
        self.drowned = False
        self.on_timeout: Callable[[], None] = lambda: None
        self.last_error: str | None = None

    def begin(self, seconds: float) -> None:
        """Prepare for the next cell; what a flood used up is given back."""
        self.timeout = max(1, round(seconds))
        self.last_error = None
        self.complete = False
        self.iopub_timeout = OUTPUT_SECONDS
        self._left = self._left_before if self.flooded else self._left
        self._left_before = self._left
        self.flooded = self._surmised = self._captured = False

    def died(self) -> bool:
        """Tell a kernel that died, known to be dead, from one that was ended for its flood."""
        return self._surmised or not self.flooded

    def watch(self) -> None:
        """Take a message that was too long to receive for the flood that it is."""
        self._do(self._watch())

    def watch_memory(self) -> None:
        """End the kernel if its messages fill the memory of this process."""
        self._do(self._watch_memory())

    async def unwatch(self) -> None:
        """End whatever still runs in the background."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _async_handle_timeout(
        self,
        timeout: int,  # noqa: ASYNC109  # as nbclient's
        cell: NotebookNode | None = None,
    ) -> dict[str, Any] | None:
        self.on_timeout()  # before anything ends the kernel
        return await super()._async_handle_timeout(timeout, cell)

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Add a message to the cell's outputs, if it makes sense and there are not too many."""
        try:
            if msg["msg_type"] == "status":
                state = msg["content"]["execution_state"]
                self.complete |= state == "idle"
                msg = {**msg, "content": {"execution_state": state}}  # and nothing uncounted
            elif self._is_too_much(msg["content"]) or not _is_sound(msg["content"]):
                return None
            return super().process_message(msg, cell, cell_index)
        except (CellExecutionComplete, MemoryError):
            raise
        except Exception:  # noqa: BLE001  # a student's code can send or display anything
            return None

    def handle_comm_msg(
        self,
        outs: list[NotebookNode],  # noqa: ARG002  # as nbclient's
        msg: dict[str, Any],
        cell_index: int,  # noqa: ARG002  # as nbclient's
    ) -> None:
        """Keep nothing of a widget, but notice whether one takes what is printed.

        nbclient would keep, and send back, more than anyone counts.
        """
        state = msg["content"]["data"].get("state", {})
        if msg["msg_type"] == "comm_msg" and "msg_id" in state:
            self._captured = bool(state["msg_id"])

    def clear_output(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Clear the cell's outputs, but not for a widget."""
        if not self._captured:
            super().clear_output(outs, msg, cell_index)

    def output(
        self,
        outs: list[NotebookNode],
        msg: dict[str, Any],
        display_id: str | None,
        cell_index: int,
    ) -> NotebookNode | None:
        """Add an output, a widget's too; but what went wrong there did not end the cell."""
        if self._captured and msg["msg_type"] == "error":
            return None
        return super().output(outs, msg, display_id, cell_index)

    def _is_too_much(self, content: Any) -> bool:
        self._left -= _size(content)
        if self._left < 0 and not self.flooded:
            self._flood()
        return self._left < 0

    def replace_outputs(self, outputs: list[NotebookNode]) -> None:
        """Give the last cell fewer outputs; an update of a display will find it among these."""
        cell, index = self.nb.cells[-1], len(self.nb.cells) - 1
        places = {id(output): place for place, output in enumerate(outputs)}
        for shown in self._display_id_map.values():
            before = [id(cell.outputs[place]) for place in shown.pop(index, [])]
            shown[index] = [places[output] for output in before if output in places]
        cell.outputs = outputs

    def _flood(self) -> None:
        """Stop the cell; what its kernel has not sent yet shall never arrive."""
        channels: Any = self.kc
        channels.forget_output()
        if not self.flooded:
            self.flooded = True
            self.iopub_timeout = 1  # its end may have got lost with the rest
            if self.task_poll_for_reply is not None:
                self._do(self._stop(self.task_poll_for_reply))

    async def _stop(self, reply: asyncio.Future[Any]) -> None:
        """End the cell of this reply and no later one."""
        if reply.done():
            return
        await self._manager.interrupt_kernel()
        # one that ended already, but for its lost outputs, is waited for by nbclient so long
        await asyncio.wait({reply}, timeout=OUTPUT_SECONDS + GRACE_SECONDS)
        if not reply.done():
            self._surmised = False
            await self._manager.signal_kernel(signal.SIGKILL)

    async def _watch_memory(self) -> None:
        await wait_for_growth()
        self.drowned = True
        channels: Any = self.kc
        await self._manager.signal_kernel(signal.SIGKILL)
        channels.forget()
        logger.warning("a kernel was ended: its messages took too much of the grader's memory")

    async def _watch(self) -> None:
        channels: Any = self.kc
        while True:
            await channels.output_was_cut()
            await asyncio.sleep(0.5)  # a kernel that ended cuts it too, a moment before it is gone
            if await self._manager.is_alive():
                self._surmised |= not self.flooded  # that moment is long on a busy machine
                self._flood()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _remember(
        self,
        cell: NotebookNode,  # noqa: ARG002  # nbclient passes it by name
        cell_index: int,  # noqa: ARG002  # nbclient passes it by name
        execute_reply: Any,
    ) -> None:
        name = str(execute_reply["content"].get("ename", "Error"))
        self.last_error = name[:SHOWN_OF_A_FLOOD]  # no limit on output counts a reply


def head_of(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Keep the beginning of the first printed output."""
    printed = [output for output in outputs if output.output_type == "stream"][:1]
    for output in printed:
        output.text = output.text[:SHOWN_OF_A_FLOOD]
    return printed


def _is_sound(content: dict[str, Any]) -> bool:
    """Whether a notebook can hold what nbclient takes over unseen."""
    count, text = content.get("execution_count"), content.get("text", "")
    return (count is None or (type(count) is int and count >= 0)) and isinstance(text, str)


def _size(content: Any, depth: int = MAX_DEPTH) -> int:
    """Return how many bytes of text a message's content holds, whatever its shape.

    Raises
    ------
    ValueError
        If it is nested too deeply, or its text has no UTF-8: nothing that a file could hold.
    """
    if depth == 0:
        raise ValueError(f"nested more than {MAX_DEPTH} times")
    if isinstance(content, dict):
        return sum(_size(key) + _size(value, depth - 1) for key, value in content.items())
    if isinstance(content, list):
        return sum(_size(value, depth - 1) for value in content)
    return len(content.encode()) if isinstance(content, str) else 8
