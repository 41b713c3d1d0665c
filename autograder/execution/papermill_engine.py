"""The papermill engine: ``papermill.execute_notebook(..., engine_name="autograder")``.

Only papermill imports this module, by entry point: it needs papermill's base class, and papermill
loads every engine while it is itself being imported.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from papermill.engines import Engine

from autograder.execution.executor import RunRecord, SubmissionExecutor

if TYPE_CHECKING:
    from autograder.assignment import Limits


class SubmissionEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Run a restored submission with two kernels."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        limits: Limits,
        student: dict[str, Any],
        checker: dict[str, Any],
        record: RunRecord,
        survey: bool,
        seed: int | None = None,
        **kwargs: Any,  # noqa: ARG003  # papermill adds options of its own
    ) -> None:
        """Run every code cell of ``nb_man.nb`` in its own kernel.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
            Holds the notebook; its cells' outputs are filled.
        kernel_name : str
            Kernel of both sessions.
        limits : Limits
            What the submission may use.
        student, checker : dict
            ``start_kernel`` options of the two kernels.
        record : RunRecord
            Filled with outcome, notes and the executed notebook.
        survey : bool
            Whether to ask which images the student's kernel holds.
        seed : int, optional
            What the student's kernel is seeded with.
        """
        executor = SubmissionExecutor(nb_man.nb, kernel_name, limits, record, seed)
        asyncio.run(executor.execute(student, checker, survey=survey))
        record.notebook = nb_man.nb
