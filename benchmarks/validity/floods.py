"""Say how much memory the grader takes while submissions flood it with messages.

``python -m benchmarks.validity.floods`` grades a class of two for each flood: who sends it, and a
neighbour who works honestly. For each it prints the peak memory of the grader itself, and of the
largest of its grading processes, which read what kernels send, above what these had before; then
what the sender got, and whether the neighbour has all points. The status is 1 if one of them has
not, or a peak is higher than its bound.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.assignment import load_assignment
from autograder.execution.memory_guard import MOST_BYTES
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.floods import FRAMES, HEAVY, NONSENSE, SOCKETS
from tests.support.processes import tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MIB = 1 << 20
"""Bytes."""

MOST_MB = {"grader": 100.0, "grading process": 1.6 * MOST_BYTES / MIB}
"""Memory above the level before; a process is ended when it has `MOST_BYTES` more."""

LOOK_SECONDS = 0.02
"""Between two looks; the system itself keeps each process's peak in between."""

ANSWER = "def double(x):\n    return 2 * x\n"

OUTPUTS = {
    "a text of 2 GB, printed": "for _ in range(2000):\n    print('x' * 1_000_000)",
    "a million short lines": "for k in range(1_000_000):\n    print(k)",
    "pictures of 60 MB": "display({'image/png': 'A' * 60_000_000}, raw=True)\n" * 20,
    "a million displays": "for k in range(1_000_000):\n    display(k)",
    "one display, updated": (
        "handle = display('', display_id=True)\n"
        "for k in range(2000):\n    handle.update('x' * 900_000)"
    ),
}
"""Floods by what any notebook may do."""


def floods() -> Mapping[str, str]:
    """Return each flood's code, by name."""
    frames = {name: f"{SOCKETS}\nflood({frame})" for name, frame in FRAMES.items()}
    heavy = {
        f"an answer of {name}": f"{NONSENSE}\nother(kernel.shell_stream, 'execute_reply', {text})"
        for name, text in HEAVY.items()
    }
    return {**OUTPUTS, **frames, **heavy}


@dataclass
class Peaks:
    """Peak memory of processes while something is watched.

    Attributes
    ----------
    highest : dict of int to float
        MiB, by process id.
    """

    highest: dict[int, float] = field(default_factory=dict)

    def look(self) -> None:
        """Ask this process, and all that graded for it, for their peaks."""
        for pid, process in tree().items():
            if pid == os.getpid() or process.runs("multiprocessing.forkserver"):
                with suppress(OSError, IndexError):  # it has just ended
                    self.highest[pid] = max(self.highest.get(pid, 0), _peak_mb(pid))


@contextmanager
def watched() -> Iterator[Peaks]:
    """Watch this process and those that grade for it."""
    peaks, over = Peaks(), threading.Event()

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            peaks.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()
        peaks.look()


def run(source: str, folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    """Grade a class of two; return how much memory that took, and what each of them got."""
    course = make_course(folder)
    hand_in(course, "s01", submission(double=ANSWER + source))
    hand_in(course, "s02", submission())
    assignment, work = load_assignment(NAME, course / "solutions"), WorkDir(course / "work")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # peaks count anew
    before = _peak_mb(os.getpid())
    with watched() as peaks:
        rows = list(grade_class(assignment, course / "in", work, workers=1))
    own = peaks.highest.pop(os.getpid())
    # each was forked from one that had imported all: the smallest is what that takes
    level = min(peaks.highest.values())
    took = {"grader": own - before, "grading process": max(peaks.highest.values()) - level}
    return took, {row.student: f"{row.outcome}, {row.points:g} points" for row in rows}


def main() -> int:
    """Print a line for each flood."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="what has this in its name")
    asked = parser.parse_args()
    honest, bad = "", 0
    print("flood                             grader  grading process  sender; neighbour")
    for name, source in {"none": "", **floods()}.items():
        if asked.only not in name and honest:
            continue
        with tempfile.TemporaryDirectory(prefix="floods-") as folder:
            took, got = run(source, Path(folder))
        honest = honest or got["s02"]
        bad += got["s02"] != honest or any(took[which] > most for which, most in MOST_MB.items())
        sizes = f"{took['grader']:6.0f} MB {took['grading process']:12.0f} MB"
        print(f"{name:32} {sizes}  {got['s01']}; {got['s02']}", flush=True)
    return int(bad > 0)


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
