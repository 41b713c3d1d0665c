"""Let machines and people fail while a class is graded, and count what that costs the class.

``python -m benchmarks.validity.faults`` kills processes, locks the gradebook, fills disks, hands in
spoilt notebooks and makes every mistake in settings, each in a class of its own, graded by the
command itself. Nothing of that may cost a submission a point or its row, show a traceback, end with
another exit status than the documented one, or leave a log that `autograder verify` refuses;
whatever does is printed, and makes the exit status 1. Run it as root and as an ordinary user:
sandboxes are made in another way there.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import itertools
import os
import random
import signal
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

import nbformat

from autograder.cli.exit_codes import ExitCode
from benchmarks.validity.faulty_class import LOOKS, ended, faulty_class
from benchmarks.validity.small_disk import DISK_KB, TEMPORARY, small_disk
from benchmarks.validity.spoilt_notebooks import spoil
from tests.support.course import NAME, submission
from tests.support.processes import find, wait_for
from tests.support.settings_mistakes import RUN, RUN_MISTAKES, TIER_MISTAKES, TIERS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.validity.faulty_class import FaultyClass

CLASS = 20
"""Submissions of the largest class in which something is killed."""

LEFT = 4
"""Submissions of such a class that no kill meets."""

KILLED = {"worker": 4, "fork server": 2, "bwrap": 1, "holder": 1, "kernel": 1, "workers' parent": 4}
"""Processes besides the grader itself, and how many first runs one of them takes along."""

ENDINGS = {
    signal.SIGKILL: -signal.SIGKILL,
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HUNG_UP,
}
"""Signals to a grader, and how it ends then."""

IN_A_CHAIN = 10
"""Graders that are killed one after the other in the same class."""

PLACES = ("work", "TMPDIR", "/tmp")  # noqa: S108  # names
"""What is a small disk."""

FULL = (ExitCode.DONE, ExitCode.ERROR, ExitCode.NOT_GRADED)
"""How a grader may end with a full disk: if it was not everything that it could write, in words."""

LOCKING = {
    "writer": "BEGIN EXCLUSIVE",
    "reader": "SELECT * FROM grade, grade AS more, grade AS most",  # a lock until all is fetched
}
"""What locks a gradebook."""


def kill(victims: Sequence[str], size: int = CLASS) -> list[str]:
    """Kill processes in a class, each as soon as there is one, and grade it to the end.

    Only first runs may meet one: a submission whose kernel dies again has died by itself.
    """
    with faulty_class(size) as graded:
        grader, seen = graded.start(), set[int]()
        graded.wait_until_recorded(1, grader)
        for victim in victims:
            seen.add(wait_for(lambda kind=victim: _kill_new(kind, grader, seen), pause=LOOKS))  # type: ignore[misc]  # bound here
        if -1 in seen:
            graded.found.append("the class ended before the last kill")
        graded.end(grader)
        graded.check()
        return graded.found


def _kill_new(victim: str, grader: subprocess.Popen[str], seen: set[int]) -> int:
    """Kill a process that was not killed before; return it, 0 if there is none, -1 at the end."""
    for pid in find(victim, grader.pid):
        if pid not in seen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return pid
    return -1 if ended(grader) else 0


def kill_grader(signals: Sequence[signal.Signals], size: int = 8) -> list[str]:
    """End graders by signals, each some submissions later, and grade to the end at last.

    One half of them ends while a submission is recorded, the other at any moment.
    """
    with faulty_class(size) as graded:
        for number, ending in enumerate(signals):
            grader = graded.start()
            graded.wait_until_recorded(number % (size + 1), grader, runs=number + 1)
            if number % 2 == 0:
                journal = graded.work.evidence(NAME).with_suffix(".journal")
                wait_for(lambda: journal.exists() or ended(grader), pause=0.001)  # noqa: B023  # at once
            else:
                time.sleep(random.uniform(0, 1))  # any moment between two
            grader.send_signal(ending)
            graded.end(grader, (ENDINGS[ending], ExitCode.DONE))
            _mend(graded)
            graded.check(whole=False)
        graded.end(graded.start())
        graded.check()
        return graded.found


def _mend(graded: FaultyClass) -> None:
    """Let the next command make up for what a killed grader left, without grading anything."""
    status, said = graded.command("rescore", NAME)
    if status not in {ExitCode.DONE, ExitCode.CUT_SHORT}:
        graded.found.append(f"rescore: exit status {status}: {said}")


def lock(kind: str, seconds: float, size: int = 8) -> list[str]:
    """Keep the gradebook locked, as a reader or a writer does, until the grader has met that."""
    with faulty_class(size) as graded:
        grader = graded.start()
        graded.wait_until_recorded(1, grader)
        latest = time.monotonic() + seconds
        with contextlib.closing(sqlite3.connect(graded.work.gradebook, timeout=60)) as other:
            holding = other.execute(LOCKING[kind])
            holding.fetchone()
            met = wait_for(lambda: _waits(graded) or ended(grader), pause=LOOKS)
            time.sleep(max(0.0, latest - time.monotonic()))
            holding.close()  # else the connection would keep the lock after its end
        if ended(grader) or not met:
            graded.found.append("the class ended before the lock did")
        graded.end(grader)
        graded.check()
        return graded.found


def _waits(graded: FaultyClass) -> bool:
    return "is locked by another program; waiting" in graded.work.log.read_text()


def fill(place: str, size: int = 8) -> list[str]:
    """Grade with a small disk for the work folder, for TMPDIR, or for ``/tmp`` itself."""
    with faulty_class(size) as graded:
        small = {"work": graded.work.root, "TMPDIR": graded.folder / "small"}
        target = small.get(place, TEMPORARY)
        target.mkdir(exist_ok=True)
        keep = graded.folder / "kept" if place == "work" else None
        environment = {"TMPDIR": str(target)} if place == "TMPDIR" else {}
        with small_disk(target, seen=graded.folder, keep=keep) as before:
            grader = graded.start(*before, **environment)
            errors = graded.end(grader, FULL)
        if keep is not None:
            graded.work.root.rename(graded.folder / "before")
            keep.rename(graded.work.root)
        last = errors.strip().rpartition("\n")[2]
        if grader.returncode == ExitCode.ERROR and not last.startswith("autograder: "):
            graded.found.append(f"not the grader's own words: {last}")
        graded.check(whole=False)
        return graded.found


def hand_in_spoilt(notebooks: int, seed: int = 0, size: int = 4) -> list[str]:
    """Hand in notebooks that were spoilt by chance: each has a row, and the class ends."""
    chance = random.Random(seed)
    with faulty_class(size) as graded:
        right = nbformat.writes(submission()).encode()
        for number in range(notebooks):
            path = graded.folder / "in" / f"f{number:03d}.ipynb"
            path.write_bytes(spoil(right, chance))
        graded.end(graded.start(), (ExitCode.DONE, ExitCode.NOT_GRADED))
        with (graded.work.report / "grades.csv").open(newline="", encoding="utf-8") as file:
            rows = sorted(row["student"] for row in csv.DictReader(file))
        expected = [f"f{n:03d}" for n in range(notebooks)] + [f"s{n:02d}" for n in range(size)]
        if rows != expected:
            graded.found.append(
                f"rows that are not expected, or missing: {set(rows) ^ {*expected}}"
            )
        ours = [b for b in graded.bodies() if b.get("outcome") == "infrastructure"]
        graded.found += [f"{b['student']}: {b['notes']}" for b in ours]
        graded.check()
        return graded.found


def mistake(name: str, text: str) -> list[str]:
    """Grade with a file of settings that has a mistake: one line says so, and nothing is made."""
    with faulty_class(0) as graded:
        folder = graded.folder / "solutions" / NAME
        texts = {"run.toml": RUN, "tiers.toml": TIERS, name: text}
        for file, content in texts.items():
            (folder / file).write_text(content, encoding="utf-8")
        status, said = graded.command("grade", NAME, "--submitted", str(graded.folder))
        lines = [line for line in said.splitlines() if line.startswith("autograder: ")]
        if (status, len(lines)) != (ExitCode.ERROR, 1) or name not in lines[0]:
            graded.found.append(f"exit status {status}: {said[-300:]}")
        if graded.work.evidence(NAME).exists():
            graded.found.append("something was recorded")
        return [f"{text[:60]!r}: {one}" for one in graded.found]


def make_mistakes(every: int = 1) -> list[str]:
    """Make each mistake in settings, or every second, third, ..."""
    run = [("run.toml", RUN.replace(*change, 1)) for change in RUN_MISTAKES]
    tiers = [("tiers.toml", TIERS.replace(*change, 1)) for change in TIER_MISTAKES]
    return [one for made in (run + tiers)[::every] for one in mistake(*made)]


def faults(asked: argparse.Namespace) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Yield what is to be tried, and how."""
    for victim, lost in KILLED.items():
        for number in _parts(asked.kills, (CLASS - LEFT) // lost):
            victims, size = [victim] * number, number * lost + LEFT
            yield f"{number} kills of a {victim}", lambda v=victims, s=size: kill(v, s)  # type: ignore[misc]  # bound here
    for number in _parts(asked.kills, IN_A_CHAIN):
        kills = [signal.SIGKILL] * number
        yield f"{number} kills of the grader", lambda k=kills: kill_grader(k)  # type: ignore[misc]  # so too
    for number in _parts(asked.kills, IN_A_CHAIN)[:1]:
        mixed = list(itertools.islice(itertools.cycle([*ENDINGS][1:]), number))
        yield f"{number} signals to the grader", lambda k=mixed: kill_grader(k)  # type: ignore[misc]  # so too
    for kind in LOCKING if asked.lock else ():
        yield f"a {kind} for {asked.lock:g} s", lambda k=kind: lock(k, asked.lock)  # type: ignore[misc]  # so too
    for place in PLACES:
        yield f"a disk of {DISK_KB} kB for {place}", lambda p=place: fill(p)  # type: ignore[misc]  # so too
    if asked.notebooks:
        yield f"{asked.notebooks} spoilt notebooks", lambda: hand_in_spoilt(asked.notebooks)
    number = len(RUN_MISTAKES) + len(TIER_MISTAKES)
    yield f"{number} mistakes in settings", make_mistakes


def _tried(attempt: Callable[[], list[str]]) -> list[str]:
    """Return what an attempt found; one that fails itself does not keep the next from going on."""
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001  # of whatever kind
        return [f"the attempt failed: {type(error).__name__}: {error}"]


def _parts(total: int, most: int) -> list[int]:
    """Return how many of a total come into each class."""
    return [min(most, total - done) for done in range(0, total, most)]


def main() -> int:
    """Try everything; print a line for each, and what was found below it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="of each kind of process")
    parser.add_argument("--lock", type=float, default=30, help="seconds")
    parser.add_argument("--notebooks", type=int, default=300)
    parser.add_argument("--only", default="", help="what has this in its name")
    asked = parser.parse_args()
    bad = 0
    for name, attempt in faults(asked):
        if asked.only in name:
            began, found = time.monotonic(), _tried(attempt)
            bad += bool(found)
            told = "; ".join(found) or "nothing lost"
            print(f"{name}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
