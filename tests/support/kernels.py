"""Run cells in real kernels, and ask a kernel what an expression is worth there."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell

from autograder.execution.session import Answer, KernelSession
from autograder.outcome import Outcome

if TYPE_CHECKING:
    from nbformat import NotebookNode

_MARK = "value: "


def question(expression: str, before: str = "") -> str:
    """Return a cell that runs `before` and prints the value of an expression that JSON can carry.

    `value_in` finds it in what the cell prints.
    """
    # in one piece, and on a line of its own: others write too
    return f"import json, os, sys\n{before}\nprint('\\n{_MARK}' + json.dumps({expression}))"


def value_in(text: str) -> Any:
    """Return the value that a cell of `question` printed."""
    # IPython may have something to say too, such as that its own disk is full
    (line,) = (line for line in text.splitlines() if line.startswith(_MARK))
    return json.loads(line.removeprefix(_MARK))


def printed_by(cell: NotebookNode) -> str:
    """Return all that a cell wrote to stdout and stderr."""
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


async def run_cell(
    kernel: KernelSession, source: str, seconds: float = 60, answer: Answer | None = None
) -> tuple[NotebookNode, Outcome]:
    """Run one cell; return it with what became of it."""
    cell = new_code_cell(source)
    return cell, await kernel.execute(cell, seconds, answer)


async def finish_cell(kernel: KernelSession, source: str) -> NotebookNode:
    """Run one cell that has to end without an error; return it."""
    cell, outcome = await run_cell(kernel, source)
    assert outcome is Outcome.FINISHED, cell.outputs
    return cell


async def evaluate(kernel: KernelSession, expression: str, before: str = "") -> Any:
    """Return the value of an expression that JSON can carry."""
    return value_in(printed_by(await finish_cell(kernel, question(expression, before))))


def session(name: str = "sandbox-warm", *, output_mb: float = 1, **start: Any) -> KernelSession:
    """Return a kernel to be entered with ``async with``; `start` is for its provisioner."""
    return KernelSession(name, output_mb, start)


def ask(expression: str, name: str = "sandbox-warm", before: str = "", **start: Any) -> Any:
    """Return the value of an expression in a kernel started for it."""

    async def main() -> Any:
        async with session(name, **start) as kernel:
            return await evaluate(kernel, expression, before)

    return asyncio.run(main())


def run_cells(
    name: str, *sources: str, seconds: float = 20, output_mb: float = 1
) -> list[tuple[NotebookNode, Outcome, float]]:
    """Run cells one after another in one kernel; return each one's cell, outcome and seconds."""

    async def main() -> list[tuple[NotebookNode, Outcome, float]]:
        found = []
        async with session(name, output_mb=output_mb) as kernel:
            for source in sources:
                began = time.monotonic()
                found.append((*await run_cell(kernel, source, seconds), time.monotonic() - began))
        return found

    return asyncio.run(main())
