"""Remote calls into the student's kernel: those in quick succession share one execution.

An execution costs more than most answers do: it has a beginning and an end on three channels.
So the agent (`autograder.kernel_side.agent`) goes on asking for the next question until it hears
that there is none.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell

from autograder.kernel_side.agent import NEXT, NO_MORE

if TYPE_CHECKING:
    from autograder.execution.session import KernelSession
    from autograder.outcome import Outcome

# a student may have given the name get_ipython to something else
_AGENT = (
    "__import__('autograder.kernel_side.agent', fromlist=['_'])"
    ".serve(__import__('IPython').get_ipython())"
)

SESSION_SECONDS = 1.0
"""A session older than this ends after its current answer: a call's limit stays its own."""

SILENT_SECONDS = 0.1
"""A session ends when no question comes for so long: the checker's time is not the student's."""


class AgentSession:
    """One execution of the agent, which answers questions until there are no more.

    Parameters
    ----------
    session : KernelSession
        The student's kernel; nothing else may run there until `end`.
    call_seconds : float
        Wall time that one answer may take; it gets at most `SESSION_SECONDS` more.

    Attributes
    ----------
    cell : NotebookNode
        What the answers printed is in its outputs, after `end`.
    ended : bool
        Whether it takes no more questions.
    """

    def __init__(self, session: KernelSession, call_seconds: float) -> None:
        self.cell = new_code_cell(_AGENT)
        self.ended = False
        self._began = time.monotonic()
        self._questions: asyncio.Queue[str] = asyncio.Queue()
        self._answer: asyncio.Future[str] | None = None
        seconds = call_seconds + SESSION_SECONDS
        self._run = asyncio.ensure_future(session.execute(self.cell, seconds, self._exchange))

    async def ask(self, question: str) -> str | None:
        """Return the answer, or None if the execution ended without one."""
        self._answer = asyncio.get_running_loop().create_future()
        self._questions.put_nowait(question)
        first: list[asyncio.Future[Any]] = [self._answer, self._run]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if self._answer.done():
            return self._answer.result()
        self.ended = True
        return None

    async def end(self) -> Outcome:
        """Let the agent go, and return how its execution ended."""
        if not self.ended:
            self.ended = True
            self._questions.put_nowait(NO_MORE)
        return await self._run

    def cancel(self) -> None:
        """Give up, as when the whole notebook's time is over."""
        self._run.cancel()

    async def _exchange(self, request: str) -> str:
        """Take the agent's answer and give it the next question."""
        if not request.startswith(NEXT):
            return ""  # the student's own input()
        answer = request.removeprefix(NEXT)
        if answer and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
        if answer and time.monotonic() - self._began > SESSION_SECONDS:
            self.ended = True
            return NO_MORE
        try:
            return await asyncio.wait_for(self._questions.get(), SILENT_SECONDS)
        except TimeoutError:
            if not self._questions.empty():  # it came just as the wait was over
                return self._questions.get_nowait()
            self.ended = True
            return NO_MORE
