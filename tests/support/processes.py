"""Find the processes of a grader that runs, and wait for them: to kill one as an accident would."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Found = TypeVar("Found")

PATIENCE = 300.0
"""Seconds to wait for an event on a machine that has much else to do."""


@dataclass(frozen=True)
class Process:
    """A process as ``/proc`` showed it.

    Attributes
    ----------
    pid, parent : int
        Its number, and its parent's.
    words : tuple of str
        Its command line.
    """

    pid: int
    parent: int
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of its program."""
        return Path(self.words[0]).name if self.words else ""

    def runs(self, word: str) -> bool:
        """Whether its command line has a word in it."""
        return any(word in one for one in self.words)


def wait_for(
    condition: Callable[[], Found], seconds: float = PATIENCE, *, pause: float = 0.01
) -> Found:
    """Return what a condition gives once it gives something; ask often, and not for ever."""
    latest = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > latest:
            raise AssertionError(f"nothing came of it within {seconds:g} seconds")
        time.sleep(pause)
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends while it is read
        return False


def tree(root: int | None = None) -> dict[int, Process]:
    """Return all processes below one, by default this one, and that one too."""
    everything = {process.pid: process for process in _all()}
    below, size = {os.getpid() if root is None else root}, 0
    while len(below) != size:
        size = len(below)
        below |= {pid for pid, process in everything.items() if process.parent in below}
    return {pid: everything[pid] for pid in sorted(below) if pid in everything}


def _all() -> Iterator[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            words = (folder / "cmdline").read_text(errors="replace").split("\0")[:-1]
        except OSError:  # it ended meanwhile
            continue
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        yield Process(int(facts["Pid"]), int(facts["PPid"]), tuple(words))


VICTIMS = ("worker", "workers' parent", "fork server", "bwrap", "holder", "kernel")
"""What of a grader `find` knows, besides itself."""


def find(victim: str, root: int | None = None) -> list[int]:
    """Return the processes of one kind below a grader; an empty list before there are any.

    Parameters
    ----------
    victim : str
        One of `VICTIMS`.
    root : int, optional
        The grader, by default this process.
    """
    found = tree(root)
    servers = {p for p, one in found.items() if one.runs("multiprocessing.forkserver")}
    top = {p for p in servers if found[p].parent not in servers}
    workers = {p for p, one in found.items() if one.parent in top}
    zygotes = {p for p, one in found.items() if one.runs("autograder.sandbox.zygote_server")}
    cages = {p for p, one in found.items() if one.parent in workers and one.name == "bwrap"}
    first = {p for p, one in found.items() if one.parent in cages}
    inner = {p for p in zygotes if found[p].name != "bwrap"}
    kinds = {
        "worker": {p for p in workers if any(one.parent == p for one in found.values())},
        "workers' parent": top,
        "fork server": {p for p in inner if found[p].parent not in inner},
        "bwrap": cages,
        "holder": {p for p, one in found.items() if one.parent in first and one.name == "cat"},
        "kernel": {p for p in inner if found[p].parent in inner},
    }
    return sorted(kinds[victim])
