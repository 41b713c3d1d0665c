"""Run the command ``course`` in a process of its own, and tell what it says while it runs.

Neither a kernel nor Jupyter's server waits for it. It says a JSON object a line: how far it is,
and in the end what it found, or why it could not.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GRACE_SECONDS = 5
"""How long the process may take to end its own kernel before it is killed."""


class View(Protocol):
    """What shows a process to somebody."""

    def progress(self, done: int, of: int) -> None:
        """Show how many cells are done, and of how many."""

    def end(self, lines: Sequence[str]) -> None:
        """Show what came out, and that nothing runs any more."""


@dataclass
class Background:
    """A running command.

    Attributes
    ----------
    process : Popen
        The command.
    thread : Thread
        Reads what it says, and shows it.
    cancelled : bool
        Whether somebody stopped it.
    """

    process: subprocess.Popen[str]
    thread: threading.Thread
    cancelled: bool = False

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def cancel(self) -> None:
        """Stop the command, and its kernel."""
        self.cancelled = True
        if self.running:
            self.process.terminate()
            threading.Thread(target=self._insist, daemon=True).start()

    def _insist(self) -> None:
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its kernel ends by itself, once its parent is gone


def start(words: Sequence[str], folder: Path, view: View) -> Background:
    """Start the command and return at once.

    Parameters
    ----------
    words : sequence of str
        Its arguments, such as ``["check", "03_svc"]``.
    folder : Path
        Where it runs.
    view : View
        Shows how far it is, and what came out; called from a thread.

    Returns
    -------
    Background
    """
    command = [sys.executable, "-m", "helpers.course", *words, "--json"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # a pipe that nobody reads would stop it once it is full
        text=True,
        encoding="utf-8",
    )
    context = copy_context()  # by which IPython knows the cell that this is shown below
    thread = threading.Thread(target=lambda: context.run(_follow, job, view), daemon=True)
    job = Background(process, thread)
    thread.start()
    return job


def _follow(job: Background, view: View) -> None:
    assert job.process.stdout is not None
    lines: Sequence[str] = ()
    other = "it said nothing"
    with job.process:  # which waits for it, and closes the pipe
        for line in job.process.stdout:
            said = _read(line)
            if "of" in said:
                view.progress(said["done"], said["of"])
            elif "lines" in said:
                lines = said["lines"]
            elif line.strip():
                other = line.strip()
    view.end(["Stopped."] if job.cancelled else lines or [f"It broke off: {other}"])


def _read(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
