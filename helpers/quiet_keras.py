"""Import Keras without TensorFlow's greetings, which would stand in every notebook.

>>> from helpers.quiet_keras import EpochLine, keras

What it would say later, in red, is no concern of a student's either: that it traces a function
again, or that a stream of images has come to its end. Whoever sets ``TF_CPP_MIN_LOG_LEVEL`` before
gets to read it. `EpochLine` shows how far a training is.

TensorFlow's C++ part says on stderr, whatever its log level, that there is no graphics card.
Only while it is imported stderr leads nowhere; an import that fails raises as usual.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from helpers.progress import count_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EpochLine", "keras"]

# for C++, which reads it once, when it is loaded
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


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

# for Python, which has a logger of its own
logging.getLogger("tensorflow").setLevel(logging.ERROR)


class EpochLine(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Shows in one line how many epochs of a training are done, where somebody looks."""

    def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002  # Keras passes it
        """Begin a line."""
        self._step = count_calls("epochs", self.params["epochs"])

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002  # see above
        """Go on by one."""
        self._step()
