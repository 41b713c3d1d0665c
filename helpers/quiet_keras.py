"""Import Keras without TensorFlow's greetings, which would stand in every notebook.

>>> from helpers.quiet_keras import keras

TensorFlow's C++ part says on stderr, whatever its log level, that there is no graphics card.
Only while it is imported stderr leads nowhere; an import that fails raises as usual.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["keras"]


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Lead the file descriptor itself nowhere: C++ does not ask Python's `sys.stderr`."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


with _silent_stderr():
    import keras
