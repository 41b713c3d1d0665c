"""A grader in a process of its own, which is root or an ordinary user, and its kernels."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.sandbox.bwrap import find_bwrap
from tests.support import ROOT
from tests.support.kernels import question, value_in

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
SECRET = "hunter2-of-the-grader"
RUNNER = [sys.executable, "-m", "tests.security.runner", SECRET]


class Grader:
    """A process that runs probes in sandboxes.

    Parameters
    ----------
    enter : list of str
        Command that changes the user first.
    """

    def __init__(self, enter: list[str]) -> None:
        pipe = subprocess.PIPE
        environment = {"PATH": os.environ["PATH"], "GRADER_TOKEN": SECRET, "HOME": "/tmp"}
        environment["PYTHONPATH"] = str(ROOT)
        self._process = subprocess.Popen(
            [*enter, *RUNNER], stdin=pipe, stdout=pipe, text=True, env=environment
        )
        self.pid = self._process.pid

    def do(self, do: str, **parts: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **parts}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["answer"]

    def close(self) -> None:
        self._process.communicate()


@dataclass
class Cell:
    """What one cell came to."""

    outcome: str
    dead: bool
    text: str
    errors: list[str]
    seconds: float
    grown_mb: float


@dataclass
class Kernel:
    """One kernel in a sandbox of its own."""

    grader: Grader
    name: str
    ended: bool = False

    def run(self, source: str, seconds: float = 30) -> Cell:
        return Cell(**self.grader.do("cell", name=self.name, source=source, seconds=seconds))

    def ask(self, expression: str, before: str = "") -> Any:
        """Return the value of an expression that JSON can carry."""
        cell = self.run(question(expression, before))
        assert cell.outcome == "finished", cell.errors
        return value_in(cell.text)

    def end(self) -> float:
        """End it and return how many seconds that took; nothing happens the second time."""
        self.ended, ended = True, self.ended
        return 0.0 if ended else self.grader.do("end", name=self.name)


@dataclass
class Cage:
    """Makes kernels of one kind for one grader."""

    grader: Grader
    kind: str
    is_root: bool
    _names: Iterator[int] = field(default_factory=itertools.count)

    def start(self, output_mb: float = 1, **policy: Any) -> Kernel:
        name = f"{self.kind}{next(self._names)}"
        parts = {"kernel": self.kind, "policy": policy, "output_mb": output_mb}
        self.grader.do("start", name=name, **parts)
        return Kernel(self.grader, name)


def as_nobody() -> list[str]:
    """Return the command that makes root an ordinary user who can reach the interpreter.

    It may be in root's home: then that is replaced by a folder with nothing else in it.
    """
    enter, emptied = [str(find_bwrap()), "--dev-bind", "/", "/"], set[Path]()
    for path in map(Path, (sys.base_prefix, sys.prefix, ROOT)):
        closed = [parent for parent in reversed(path.parents) if _closed(parent)]
        if not closed:
            continue
        if closed[0] not in emptied:
            emptied.add(closed[0])
            enter += ["--perms", "0755", "--tmpfs", str(closed[0])]
        for parent in reversed(path.relative_to(closed[0]).parents):
            enter += ["--perms", "0755", "--dir", str(closed[0] / parent)]
        enter += ["--ro-bind", str(path), str(path)]
    identity = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return [*enter, "setpriv", *identity, "--bounding-set=-all", "--inh-caps=-all"]


def _closed(folder: Path) -> bool:
    return not folder.stat().st_mode & 0o001
