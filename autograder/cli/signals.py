"""End at a signal as its sender expects: soon, in one line, and with nothing left running."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a user, a service and a terminal that closes send."""


@contextmanager
def raise_at_signals() -> Iterator[None]:
    """Meanwhile let a signal raise `KeyboardInterrupt`, with its number; a second one kills.

    A signal that is ignored, as nohup does it, stays so.
    """
    with _handling(_raise):
        yield


@contextmanager
def end_at_signals() -> Iterator[None]:
    """Meanwhile let a signal end this process at once: for imports, which may swallow errors.

    Whatever was started meanwhile ends by itself, for it notices that this process did.
    """
    with _handling(_end):
        yield


def end_from_the_start() -> None:
    """Let a signal end the command at once also while its own modules are imported."""
    if _is_command():
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _end)


def status_of(interrupt: KeyboardInterrupt) -> int:
    """Return the exit status that tells which signal it was, as a shell does."""
    # CPython ends itself by SIGINT, whatever the status, if an interrupt was last seen to leave an
    # exec of text, as dataclasses use it, also if it was caught further out; another one forgets it
    exec("")  # noqa: S102  # of no text
    return 128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)


def farewell(status: int) -> str:
    """Return the line that says what ended the grader, by its exit status."""
    number = status - 128
    how = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    return f"autograder: {how}; what was recorded so far is kept"


@contextmanager
def _handling(handler: Callable[[int, Any], None]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING}
    heard = [number for number in ENDING if before[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in heard:
            if signal.getsignal(number) is handler:
                signal.signal(number, before[number])


def _raise(number: int, frame: object) -> None:  # noqa: ARG001  # as Python calls it
    for one in ENDING:
        if signal.getsignal(one) is _raise:
            signal.signal(one, signal.SIG_DFL)
    raise KeyboardInterrupt(number)


def _end(number: int, frame: object) -> None:  # noqa: ARG001  # as Python calls it
    status = 128 + number
    sys.stderr.write(f"{farewell(status)}\n")
    sys.stderr.flush()
    os._exit(status)


def _is_command() -> bool:
    """Whether this process was started as the command, and not, say, to test it.

    A grading process imports the command's modules, too, and has its arguments; its own main
    module is another one while it does.
    """
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    started = Path(main or "")
    return sys.argv[0] == "-m" or "autograder" in (started.name, started.parent.name)
