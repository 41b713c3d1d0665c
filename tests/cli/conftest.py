"""Commands start as from a terminal, however the tests were started."""

from __future__ import annotations

import signal

import pytest

from autograder.cli.signals import ENDING


@pytest.fixture(autouse=True)
def heard_signals():
    """Let processes that a test starts hear the signals that nohup, or a shell's ``&``, ignores."""
    ignored = [number for number in ENDING if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
