"""Print whatever happens to the terminal: it may know ASCII alone, or be gone."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class ForgivingStream(io.TextIOBase):
    """Standard output that nothing printed can end a command by.

    What its encoding lacks is escaped. Once nobody reads any more, as behind ``| head``, the rest
    is dropped: what a command does is done all the same.

    Parameters
    ----------
    stream : TextIO
        The stream itself.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute there
        """That of the stream itself."""
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Write what can be written of a text, as far as anybody reads it."""
        printed = text.encode(self.encoding, "backslashreplace").decode(self.encoding)
        with self._while_read():
            self._stream.write(printed)
        return len(text)

    def flush(self) -> None:
        """Send on what is written."""
        with self._while_read():
            self._stream.flush()

    def isatty(self) -> bool:
        """Whether somebody sits at a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the stream's own descriptor."""
        return self._stream.fileno()

    @contextlib.contextmanager
    def _while_read(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())  # Python's own last flush would fail too
            os.close(null)


@contextlib.contextmanager
def forgiving_output() -> Iterator[None]:
    """Let what is printed on standard output, and on its end, end no command."""
    stream = ForgivingStream(sys.stdout)
    with contextlib.redirect_stdout(stream):
        try:
            yield
        finally:
            stream.flush()
