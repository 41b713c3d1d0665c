"""Let machines and people fail while a class is graded, and count what that costs the class.

``python -m benchmarks.validity.faults`` kills processes, locks the gradebook, fills disks and hands
in spoilt notebooks, each in a class of its own, graded by the command itself. Nothing of that may
cost a submission a point or its row, show a traceback, or leave a log that `autograder verify`
refuses; whatever does is printed, and makes the exit status 1. Run it as root and as an ordinary
user: sandboxes are made in another way there. Small disks need root, and are left out without.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbgrader.api import Gradebook

from autograder.errors import AutograderError
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.processes import PATIENCE, find, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POINTS = 4.44
"""What the right submission to the small course gets by itself."""

CLASS = 8
"""Submissions of a class."""

KILLED = ("worker", "workers' parent", "fork server", "bwrap", "holder", "kernel")
"""Processes besides the grader itself."""

AT_ONCE = 3
"""Kills in one class: more would fall into second runs, which count whatever ends them."""

DISK_KB = 300
"""Room on a small disk."""

WORKS = "import time\n\ntime.sleep(1)\n\n\ndef double(x):\n    return 2 * x"


@dataclass
class Class:
    """A class of right submissions, and a grader that grades it.

    Attributes
    ----------
    folder : Path
        The course.
    found : list of str
        What is wrong, a line each.
    """

    folder: Path
    found: list[str] = field(default_factory=list)

    @property
    def work(self) -> WorkDir:
        """What the grader writes."""
        return WorkDir(self.folder / "work")

    def start(self, *before: str, **environment: str) -> subprocess.Popen[str]:
        """Start to grade it."""
        pipe = subprocess.PIPE
        words = [*before, sys.executable, "-m", "autograder.cli.app", "--course", str(self.folder)]
        words += ["grade", NAME, "--submitted", str(self.folder / "in"), "--workers", "2"]
        return subprocess.Popen(
            words, stdout=pipe, stderr=pipe, text=True, env={**os.environ, **environment}
        )

    def end(self, grader: subprocess.Popen[str], statuses: tuple[int, ...] = (0,)) -> str:
        """Wait for the grader, and look at how it ended."""
        output, errors = grader.communicate(timeout=4 * PATIENCE)
        if grader.returncode not in statuses:
            self.found.append(f"exit status {grader.returncode}: {errors.strip()[-300:]}")
        if "Traceback" in output + errors:
            self.found.append(f"a traceback: {errors.strip()[-300:]}")
        return errors

    def entries(self) -> list[dict[str, object]]:
        """Return what the evidence has by now; nothing while a line is being written."""
        try:
            return [dict(entry.body) for entry in read_log(self.work.evidence(NAME)).entries]
        except (AutograderError, OSError):  # not there yet, or being written
            return []

    def recorded(self, number: int) -> bool:
        """Whether so many submissions are in the evidence."""
        return sum(body["kind"] == "submission" for body in self.entries()) >= number

    def check(self, *, whole: bool = True) -> None:
        """Compare evidence, gradebook and `verify`; each submission is right or has no grade."""
        last = {str(b["student"]): b for b in self.entries() if b["kind"] == "submission"}
        graded = {student for student, body in last.items() if body["points"] is not None}
        wrong = [f"{s}: {last[s]['points']} points" for s in graded if last[s]["points"] != POINTS]
        missing = [f"s{n:02d}" for n in range(CLASS) if f"s{n:02d}" not in graded]
        self.found += wrong + ([f"no grade: {', '.join(missing)}"] if whole and missing else [])
        with contextlib.ExitStack() as stack:
            if self.work.gradebook.exists() and last:
                book = stack.enter_context(Gradebook(self.work.gradebook_url))
                entered = Counter(one.student.id for one in book.assignment_submissions(NAME))
                if entered != Counter(graded):
                    self.found.append(f"gradebook {sorted(entered)}, evidence {sorted(graded)}")
        if self.work.evidence(NAME).exists():
            words = [sys.executable, "-m", "autograder.cli.app", "--course", str(self.folder)]
            done = subprocess.run([*words, "verify", NAME], capture_output=True, text=True)
            if done.returncode:
                self.found.append(f"verify: {(done.stdout + done.stderr).strip()[-300:]}")


@contextlib.contextmanager
def some_class() -> Iterator[Class]:
    """Make a class of right submissions, each of which takes a second."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        course = make_course(Path(folder))
        run = course / "solutions" / NAME / "run.toml"
        run.write_text("[parameters]\nquick = true\n[holdout]\nsize = 250\n")
        for number in range(CLASS):
            hand_in(course, f"s{number:02d}", submission(double=WORKS))
        yield Class(course)


def kill(victim: str, kills: int) -> list[str]:
    """Kill processes of one kind in a class, each as soon as it is there."""
    with some_class() as graded:
        grader, seen = graded.start(), set[int]()
        wait_for(lambda: graded.recorded(1) or grader.poll() is not None)
        for _ in range(kills):
            seen.add(wait_for(lambda: _new(victim, grader, seen)))
        graded.end(grader)
        graded.check()
        return graded.found


def _new(victim: str, grader: subprocess.Popen[str], seen: set[int]) -> int:
    """Kill a process that was not killed before, and return it; 0 if there is none now."""
    for pid in find(victim, grader.pid):
        if pid not in seen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return pid
    return -1 if grader.poll() is not None else 0


def kill_grader(number: int) -> list[str]:
    """Kill a grader at a chance moment after so many submissions, and grade once more."""
    with some_class() as graded:
        grader = graded.start()
        wait_for(lambda: graded.recorded(number) or grader.poll() is not None)
        time.sleep(random.uniform(0, 1))  # any moment between two
        grader.kill()
        grader.communicate()
        graded.end(graded.start())
        graded.check()
        return graded.found


def lock(kind: str, seconds: float) -> list[str]:
    """Keep the gradebook locked for a while, as a reader or as a writer does."""
    with some_class() as graded:
        grader = graded.start()
        wait_for(lambda: graded.recorded(1) or grader.poll() is not None)
        with contextlib.closing(sqlite3.connect(graded.work.gradebook, timeout=60)) as other:
            how = {
                "writer": "BEGIN EXCLUSIVE",
                "reader": "SELECT * FROM grade, grade AS more, grade AS most",
            }
            holding = other.execute(how[kind])
            holding.fetchone()  # a reader holds its lock as long as more is to be read
            time.sleep(seconds)
            holding.close()  # else the connection would keep the lock after its end
        graded.end(grader)
        graded.check()
        return graded.found


def fill(place: str) -> list[str]:
    """Grade with a small disk for the work folder, for TMPDIR, or for ``/tmp`` itself."""
    with some_class() as graded:
        temporary = Path("/tmp")  # noqa: S108  # a small disk is laid over it, for this alone
        small = {"work": graded.work.root, "TMPDIR": graded.folder / "small", "/tmp": temporary}  # noqa: S108  # its name
        target = small[place]
        target.mkdir(exist_ok=True)
        keep = graded.folder / "kept"
        mount = f"mount -t tmpfs -o size={DISK_KB}k,mode=1777 none {target}"
        if place == "work":
            mount = f"cp -r {target} {keep} && {mount} && cp -r {keep}/. {target}"
        elif target == temporary:  # the course stays visible
            seen = [graded.folder, *([ROOT] if ROOT.is_relative_to(temporary) else [])]
            aside = {path: f"/run/faults/{n}" for n, path in enumerate(seen)}
            before = [f"mkdir -p {to} && mount --bind {path} {to}" for path, to in aside.items()]
            after = [f"mkdir -p {path} && mount --bind {to} {path}" for path, to in aside.items()]
            mount = " && ".join([*before, mount, *after])
        leave = f"; status=$?; mkdir -p {keep}; cp -r {target}/. {keep} 2>/dev/null; exit $status"
        leave = leave if place == "work" else ""
        command = f'{mount} && "$@"{leave}'
        environment = {"TMPDIR": str(target)} if place == "TMPDIR" else {}
        words = ("unshare", "-m", "sh", "-c", command, "sh")
        errors = graded.end(graded.start(*words, **environment), (0, 1, 3))
        if place == "work":
            graded.work.root.rename(graded.folder / "before")
            keep.rename(graded.work.root)
        if not errors.strip():
            graded.found.append("not a word")
        graded.check(whole=False)
        return graded.found


def spoil(notebooks: int, seed: int = 0) -> list[str]:
    """Hand in notebooks that were spoilt by chance: each has a row, and the class ends."""
    chance = random.Random(seed)
    with some_class() as graded:
        right = nbformat.writes(submission()).encode()
        for number in range(notebooks):
            spoilt = _spoilt(right, chance)
            (graded.folder / "in" / f"f{number:03d}.ipynb").write_bytes(spoilt)
        graded.end(graded.start(), (0, 3))
        with contextlib.suppress(OSError):
            rows = (graded.work.report / "grades.csv").read_text().splitlines()[1:]
            names = {row.partition(",")[0].lstrip("0123456789") for row in rows}
            there = sum(f"f{n:03d}" in "\n".join(rows) for n in range(notebooks))
            if there != notebooks:
                graded.found.append(f"{there} of {notebooks} have a row: {len(names)} names")
        bodies = [b for b in graded.entries() if b["kind"] == "submission"]
        wrong = [b["student"] for b in bodies if str(b["student"]).startswith("s")]
        if len(wrong) != CLASS:
            graded.found.append(f"{len(wrong)} right submissions have an entry, not {CLASS}")
        return graded.found


def _spoilt(right: bytes, chance: random.Random) -> bytes:
    """Change bytes, or one value somewhere in the JSON."""
    if chance.random() < 0.3:
        spoilt = bytearray(right)
        for _ in range(chance.randint(1, 20)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        return bytes(spoilt[: chance.choice([len(spoilt), chance.randrange(len(spoilt))])])
    table = json.loads(right)
    for _ in range(chance.randint(1, 3)):
        _change(table, chance)
    return json.dumps(table).encode()


def _change(value: object, chance: random.Random) -> None:
    """Replace, remove or add something at a chance place below a list or a table."""
    odd = [None, True, -1, 1e300, "", "\ud800", [], {}, [[]], {"a": {}}, "x" * 10_000]
    keys: list[object] = list(value) if isinstance(value, dict) else []
    keys = list(range(len(value))) if isinstance(value, list) else keys
    if not keys:
        return
    key = chance.choice(keys)
    inner = value[key]  # type: ignore[index]  # it is a list or a table
    if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
        _change(inner, chance)
    elif chance.random() < 0.4:
        del value[key]  # type: ignore[attr-defined]  # so too
    else:
        value[key] = chance.choice(odd)  # type: ignore[index]  # so too


def faults(asked: argparse.Namespace) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Yield what is to be tried, and how."""
    for victim in KILLED:
        for done in range(0, asked.kills, AT_ONCE):
            number = min(AT_ONCE, asked.kills - done)
            yield f"{number} kills of {victim}", lambda v=victim, n=number: kill(v, n)  # type: ignore[misc]  # bound here
    for number in range(asked.kills):
        yield "a kill of the grader", lambda n=number: kill_grader(n % CLASS)  # type: ignore[misc]  # so too
    for kind in ("reader", "writer"):
        if asked.lock:
            yield f"a {kind} for {asked.lock:g} s", lambda k=kind: lock(k, asked.lock)  # type: ignore[misc]  # so too
    for place in ("work", "TMPDIR", "/tmp") if os.geteuid() == 0 else ():  # noqa: S108  # a name
        yield f"a disk of {DISK_KB} kB for {place}", lambda p=place: fill(p)  # type: ignore[misc]  # so too
    if asked.notebooks:
        yield f"{asked.notebooks} spoilt notebooks", lambda: spoil(asked.notebooks)


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
            began, found = time.monotonic(), attempt()
            bad += bool(found)
            print(
                f"{name}: {'; '.join(found) or 'nothing lost'} ({time.monotonic() - began:.0f} s)"
            )
            sys.stdout.flush()
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
