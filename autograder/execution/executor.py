"""Run a submission with two kernels.

Student cells run in the student kernel; cells that carry points run in the checker kernel, in
which no student code ever ran, at their own place in the notebook.
The run goes on after errors, because one failed exercise must not cost the next.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbformat.v4 import new_code_cell, new_output

from autograder.errors import InfrastructureError, MetricError
from autograder.execution.rpc import AgentSession
from autograder.execution.session import KernelSession
from autograder.execution.timing import (
    CHECKER,
    STARVED_SHARE,
    STUDENT,
    Span,
    Stopwatch,
    longest_wait,
)
from autograder.kernel_side.image_hashes import LOADED_MIME, MOST_SECONDS
from autograder.outcome import Outcome
from autograder.submissions.cells import is_check

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from nbformat import NotebookNode

    from autograder.assignment import Limits

logger = logging.getLogger(__name__)

_CHECKER = "__import__('autograder.kernel_side.checker', fromlist=['_']).install(get_ipython())"

_SEED = "__import__('autograder.kernel_side.seeding', fromlist=['_']).seed_everything({})"

_SURVEY = (
    "__import__('autograder.kernel_side.image_hashes', fromlist=['_'])"
    ".display_hashes(__import__('IPython').get_ipython())"
)

BREAKPOINT = re.compile(r"^[^#\n]*\bbreakpoint\s*\(", re.MULTILINE)
"""How a cell stops for somebody at the keyboard; a kernel is told to pass it over."""

SHOWN_FAULTS = 2
"""How many of a submission's faults are named; of more, only the number."""

_GRAVITY = (
    Outcome.OUT_OF_MEMORY,
    Outcome.OUTPUT_FLOOD,
    Outcome.TIME_OUT,
    Outcome.STUDENT_ERROR,
    Outcome.FINISHED,
)


@dataclass
class RunRecord:
    """What the engine found out, beside the outputs in the notebook itself.

    Attributes
    ----------
    outcome : Outcome
        The gravest thing that happened.
    faults : list of str
        What happened, and in which cell.
    remarks : list of str
        What a reader should know besides.
    notebook : NotebookNode or None
        The executed notebook; None as long as it is not done.
    stopwatch : Stopwatch
        Where the time went.
    loaded : str or None
        What the student's kernel said about the images that it holds; None without an answer.
    died : bool
        Whether the student's kernel died of what nobody saw.
    starved : bool
        Whether its time was over while it mostly waited for a processor.
    """

    outcome: Outcome = Outcome.FINISHED
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notebook: NotebookNode | None = None
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    loaded: str | None = None
    died: bool = False
    starved: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """The first faults, which tend to be the cause of the others, and all remarks."""
        more = len(self.faults) - SHOWN_FAULTS
        rest = [f"and {more} more cells failed"] if more > 0 else []
        return (*self.faults[:SHOWN_FAULTS], *rest, *self.remarks)

    def add(self, outcome: Outcome, where: str, why: str = "") -> None:
        """Keep the gravest outcome, and note each that is not `FINISHED`."""
        self.outcome = min(self.outcome, outcome, key=_GRAVITY.index)
        if outcome is not Outcome.FINISHED:
            self.faults.append(f"{where}: {why or outcome}")


class SubmissionExecutor:
    """Runs the cells of one notebook, each in its own kernel.

    Parameters
    ----------
    nb : NotebookNode
        Its cells' outputs are filled.
    kernel_name : str
        Kernel of both sessions.
    limits : Limits
        What the submission may use.
    record : RunRecord
        Filled with outcome and faults.
    seed : int, optional
        What the student's kernel is seeded with before its first cell.
    """

    def __init__(
        self,
        nb: NotebookNode,
        kernel_name: str,
        limits: Limits,
        record: RunRecord,
        seed: int | None = None,
    ) -> None:
        self.nb, self.kernel_name = nb, kernel_name
        self.limits, self.record, self.seed = limits, record, seed
        self.agent_session: AgentSession | None = None

    async def execute(
        self, student: dict[str, Any], checker: dict[str, Any], *, survey: bool = False
    ) -> None:
        """Start both kernels, run all cells, end both kernels.

        Parameters
        ----------
        student, checker : dict
            ``start_kernel`` options of the two kernels.
        survey : bool, default False
            Whether to ask the student's kernel last which images it holds.

        Raises
        ------
        InfrastructureError
            If a kernel does not start: nothing that the student did.
        """
        size = self.limits.output_mb
        self.student = KernelSession(self.kernel_name, size, student)
        self.checker = KernelSession(self.kernel_name, size, checker)
        try:
            with self.record.stopwatch.step("start"):
                await self._start()
            await self._run_cells()
            if survey:
                with self.record.stopwatch.step("survey"):
                    self.record.loaded = await self._survey()
        finally:
            self.record.died = self.student.died
            self.record.starved |= self.student.starved
            with self.record.stopwatch.step("stop"):
                await _together(kernel.stop() for kernel in (self.student, self.checker))

    async def _start(self) -> None:
        try:
            await _together(kernel.start() for kernel in (self.student, self.checker))
            await self._prepare(self.checker, "checker", _CHECKER)
            if self.seed is not None:
                await self._prepare(self.student, "student's", _SEED.format(self.seed))
        except RuntimeError as error:
            raise InfrastructureError(f"a kernel did not start: {error}") from error
        self.student.guard_memory()

    async def _prepare(self, kernel: KernelSession, name: str, source: str) -> None:
        outcome = await kernel.execute(new_code_cell(source), 60)
        if outcome is not Outcome.FINISHED:
            raise InfrastructureError(f"the {name} kernel did not get ready: {outcome}")

    async def _run_cells(self) -> None:
        cells = [c for c in self.nb.cells if c.cell_type == "code"]
        kernels = self.student, self.checker
        before = [kernel.waits() for kernel in kernels]
        try:
            async with asyncio.timeout(self.limits.notebook_seconds):
                while cells:
                    await self._run_cell(cells[0])
                    cells.pop(0)
        except TimeoutError:
            self.record.add(Outcome.TIME_OUT, "whole notebook")
            waits = zip(before, (kernel.waits() for kernel in kernels), strict=True)
            waited = sum(longest_wait(*both) for both in waits)
            self.record.starved |= waited > STARVED_SHARE * self.limits.notebook_seconds
            for cell in cells:
                _mark_not_run(cell, f"after {self.limits.notebook_seconds:g} seconds in all")

    async def _survey(self) -> str | None:
        """Ask for checksums of loaded images; whatever becomes of it costs the student nothing."""
        if self.student.dead:
            return None
        cell = new_code_cell(_SURVEY)
        try:
            async with asyncio.timeout(3 * MOST_SECONDS):
                await self.student.execute(cell, 2 * MOST_SECONDS)
            shown = [output for output in cell.outputs if output.output_type == "display_data"]
            text = next((o.data[LOADED_MIME] for o in shown if LOADED_MIME in o.data), None)
        except Exception as error:  # the grade is found already
            logger.warning("which images the kernel holds was not found out", exc_info=error)
            return None
        return text if isinstance(text, str) else None

    async def _run_cell(self, cell: NotebookNode) -> None:
        cell.outputs, cell.execution_count = [], None
        where = cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id
        if not cell.source.strip():
            return
        began, used = time.perf_counter(), self._cpu_seconds()
        if is_check(cell):
            kernel, outcome = CHECKER, await self._check(cell, where)
        elif self.student.dead:
            _mark_not_run(cell, "after the kernel died")
            return
        else:
            if BREAKPOINT.search(cell.source):
                self.record.remarks.append(f"{where}: breakpoint() is passed over; take it out")
            kernel, outcome = STUDENT, await self.student.execute(cell, self.limits.cell_seconds)
            self.record.add(outcome, where, _first_error(cell))
        took, total = time.perf_counter() - began, self._cpu_seconds()
        cpu = None if used is None or total is None else total - used
        self.record.stopwatch.spans.append(Span(kernel, where, took, outcome, cpu))

    def _cpu_seconds(self) -> float | None:
        """Return what both kernels have used so far: a graded cell makes both of them work."""
        both = [self.student.cpu_seconds(), self.checker.cpu_seconds()]
        return None if None in both else sum(filter(None, both))

    async def _check(self, cell: NotebookNode, where: str) -> Outcome:
        """Run a graded cell; what the student's functions print goes with its outputs."""
        printed: list[NotebookNode] = []

        async def answer(question: str) -> str:
            return await self._ask_student(question, printed, where)

        noted = len(self.record.faults)
        try:
            outcome = await self.checker.execute(cell, self.limits.notebook_seconds, answer)
            await self._end_session(printed, where)
        finally:
            if self.agent_session is not None:
                self.agent_session.cancel()
        if self.checker.dead:
            raise InfrastructureError(f"the checker kernel died in {where}")
        names = {output.ename for output in cell.outputs if output.output_type == "error"}
        if MetricError.__name__ in names:  # which no error of the student's is rebuilt as
            raise InfrastructureError(f"the course's own metric fails: {_first_error(cell)}")
        # anything but a failed check: the answer could not even be checked
        if names - {"AssertionError"} and len(self.record.faults) == noted:
            self.record.add(outcome, where, _first_error(cell))
        cell.outputs[:0] = printed
        return outcome

    async def _ask_student(self, question: str, printed: list[NotebookNode], where: str) -> str:
        """Carry one question from the checker to the student's kernel and its answer back."""
        if self.agent_session is not None and self.agent_session.ended:
            await self._end_session(printed, where)
        if self.student.dead:
            return _failed("RuntimeError", "the kernel had died before this cell")
        if self.agent_session is None:
            self.agent_session = AgentSession(self.student, self.limits.call_seconds)
        answer = await self.agent_session.ask(question)
        if answer is not None:
            return answer
        outcome = await self._end_session(printed, where)
        if outcome is Outcome.FINISHED:
            return _failed("RuntimeError", "no answer came back")
        return _failed(*self._error_of(outcome))

    async def _end_session(self, printed: list[NotebookNode], where: str) -> Outcome:
        """Free the student's kernel for its next cell."""
        agent_session, self.agent_session = self.agent_session, None
        if agent_session is None:
            return Outcome.FINISHED
        outcome = await agent_session.end()
        outputs = agent_session.cell.outputs
        printed += [_as_stdout(output) for output in outputs if output.output_type == "stream"]
        if outcome is not Outcome.FINISHED:
            self.record.add(outcome, where, self._note_of(outcome))
        return outcome

    def _note_of(self, outcome: Outcome) -> str:
        if outcome is Outcome.TIME_OUT:
            return f"{outcome}: the call took longer than {self.limits.call_seconds:g} s"
        return f"{outcome} while the check called the answer"

    def _error_of(self, outcome: Outcome) -> tuple[str, str]:
        """Return the kind and the words of the error by which a check learns of an outcome."""
        kinds = {Outcome.TIME_OUT: "TimeoutError", Outcome.OUT_OF_MEMORY: "MemoryError"}
        return kinds.get(outcome, "RuntimeError"), f"the call ended: {self._note_of(outcome)}"


async def _together(steps: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do all to the end, side by side, and only then raise what the first of them raised."""
    for done in await asyncio.gather(*steps, return_exceptions=True):
        if done is not None:
            raise done


def _first_error(cell: NotebookNode) -> str:
    """Return the first error of a cell in one short line."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return f"{errors[0].ename}: {errors[0].evalue}".splitlines()[0][:200] if errors else ""


def _failed(kind: str, message: str) -> str:
    return json.dumps({"error": {"kind": kind, "name": kind, "message": message}})


def _as_stdout(output: NotebookNode) -> NotebookNode:
    output.name = "stdout"  # nbgrader would take stderr, say a warning, for a failed check
    return output


def _mark_not_run(cell: NotebookNode, why: str) -> None:
    """Leave an error, so that a cell that never ran cannot read as a pass."""
    cell.outputs = [
        new_output("error", ename="NotRun", evalue=why, traceback=[f"this cell was not run {why}"])
    ]
