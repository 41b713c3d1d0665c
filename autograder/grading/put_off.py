"""Keep results on the disk that cannot be recorded yet: a class of them would fill the memory."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.sandbox.runtime_dir import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from autograder.errors import InfrastructureError
    from autograder.execution.job import Result


class PutOff:
    """Results by student, in a folder of their own; a context manager, which removes it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="put-off-", dir=own_folder())
        self._students: list[str] = []

    def __enter__(self) -> PutOff:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def add(self, student: str, result: Result | InfrastructureError) -> None:
        """Keep a result."""
        self._path(len(self._students)).write_bytes(pickle.dumps(result))
        self._students.append(student)

    def take(self) -> Iterator[tuple[str, Result | InfrastructureError]]:
        """Yield all results, in the order in which they came."""
        for number, student in enumerate(self._students):
            pickled = self._path(number).read_bytes()
            yield student, pickle.loads(pickled)  # noqa: S301  # by `add`, in the grader's own folder

    def _path(self, number: int) -> Path:
        return Path(self._folder.name, str(number))
