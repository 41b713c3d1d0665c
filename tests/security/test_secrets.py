"""Show that no answer reaches the student's kernel: not on its way there, and not in its memory.

A submission is graded as `autograder grade` does it, in the cage.
Meanwhile each byte that the grader writes to either kernel is kept, and before a kernel is ended,
all memory of its process is read from outside.
Both are searched for what the student must not have, and, to know that the search finds things,
for what the student does have.
"""

from __future__ import annotations

import base64
import json
import os
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
import numpy as np
import pytest
import zmq
from nbformat import NotebookNode
from nbgrader.utils import is_solution

from autograder.assignment import load_assignment
from autograder.execution.job_factory import JobFactory
from autograder.execution.runner import run
from autograder.execution.session import KernelSession
from autograder.grading.pipeline import grade_class
from autograder.outcome import Outcome
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, hold_out, make_course, submission

PAGE = os.sysconf("SC_PAGE_SIZE")
STUDENTS_TEXT = "a sentence that the student wrote 5f1c"
STUDENTS_NUMBER = 0.7310585786300049
EXPECTED_NUMBER = 0.8317264519033817
EXPECTED_TEXT = "quetzal-4417"
THRESHOLD = 0.6180339887498949
HIDDEN = f'''"""Check what nobody may know: docstring-8812."""
import os
from pathlib import Path
import numpy as np
from autograder.holdout.files import read_labels
# comment-8813
handed = keep(np.float64({STUDENTS_NUMBER}), "handed-over-8814", np.arange(900, 950))
assert handed == 3, "hint-8815"
### BEGIN HIDDEN TESTS
truth = read_labels(Path(os.environ["COURSE_HOLDOUT"]))
expected = np.array([{EXPECTED_NUMBER}, {EXPECTED_NUMBER} / 7])
wanted = "{EXPECTED_TEXT}"
assert np.allclose(keep(0) * expected, expected), "hint-8816"
assert keep(1) < {THRESHOLD} or wanted != keep(2), "hint-8817"
### END HIDDEN TESTS'''
HIDDEN_TEXTS = [f"{word}-88{n}" for n, word in enumerate(("docstring", "comment"), 12)]
HIDDEN_TEXTS += ["hint-8815", "hint-8816", "hint-8817", EXPECTED_TEXT, "BEGIN HIDDEN TESTS"]
KEEP = f'''kept = []
note = "{STUDENTS_TEXT}"
def double(x):
    return 2 * x
def keep(*values):
    kept.append(values)
    return min(len(values), 3)'''
PREDICT = """def predict(images):
    kept.append(images)
    return np.zeros(len(images), dtype=int)"""


@dataclass
class Seen:
    """What one kernel got from the grader, and what was in its memory at the end."""

    sent: bytearray = field(default_factory=bytearray, repr=False)
    memory: list[bytes] = field(default_factory=list, repr=False)

    @cached_property
    def traffic(self) -> bytes:
        """Return what was sent, and again what is readable in it once it is unpacked."""
        packed = re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", self.sent)
        return bytes(self.sent) + b"".join(filter(None, map(_unpacked, packed)))

    def has_sent(self, needle: bytes) -> bool:
        return needle in self.traffic

    def remembers(self, needle: bytes) -> bool:
        return any(needle in part for part in self.memory)


def _unpacked(text: bytes) -> bytes:
    try:
        data = base64.b64decode(text)
        return zlib.decompress(data) if data[:1] == b"x" else data
    except (ValueError, zlib.error):
        return b""


@pytest.fixture
def seen(monkeypatch, sandbox):
    """Keep, by the folder of a kernel's sockets, all that goes there and all it ends with."""
    kernels: defaultdict[str, Seen] = defaultdict(Seen)
    send, stop = zmq.Socket.send, KernelSession.stop

    def keep_and_send(socket, data, *args, **kwargs):
        address = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        if address.startswith("ipc:///"):
            part = data.bytes if isinstance(data, zmq.Frame) else bytes(data)
            kernels[str(Path(address.removeprefix("ipc://")).parent)].sent.extend(part)
        return send(socket, data, *args, **kwargs)

    async def read_and_stop(session):
        manager = session._manager
        kernels[str(Path(manager.ip).parent)].memory = _memory_of(manager.provisioner.kernel_pid())
        await stop(session)

    monkeypatch.setattr(zmq.Socket, "send", keep_and_send)
    monkeypatch.setattr(KernelSession, "stop", read_and_stop)
    # in this very process, where the two above are in place
    monkeypatch.setattr("autograder.grading.reference.run_all", _run_here)
    monkeypatch.setattr("autograder.grading.pipeline.warm_up", lambda job: None)
    return kernels


def _run_here(jobs, workers, open_pool):
    return ((student, run(job)) for student, job in jobs)


def _memory_of(pid: int) -> list[bytes]:
    """Read all memory that a process has written since it began."""
    parts = []
    try:
        with (
            Path(f"/proc/{pid}/maps").open() as maps,
            Path(f"/proc/{pid}/mem").open("rb", 0) as memory,
            Path(f"/proc/{pid}/pagemap").open("rb", 0) as pages,
        ):
            for first, last in [_span(line) for line in maps if line.split()[1].startswith("rw")]:
                pages.seek(8 * first)
                flags = np.frombuffer(pages.read(8 * (last - first)), np.uint64)
                for run in _runs(first + np.flatnonzero(_own(flags))):
                    memory.seek(int(run[0]) * PAGE)
                    parts.append(memory.read(len(run) * PAGE))
    except PermissionError as error:
        pytest.skip(f"this user may not read the memory of a caged process: {error}")
    return parts


def _span(line: str) -> list[int]:
    """Return the first page of a mapping and the one after its last."""
    return [int(end, 16) // PAGE for end in line.split()[0].split("-")]


def _own(flags: np.ndarray) -> np.ndarray:
    """Tell pages that are swapped, or present and not shared with the fork server.

    What it shares with that server was there before any submission or test was read.
    """
    present, swapped, exclusive = (flags >> np.uint64(bit) & np.uint64(1) for bit in (63, 62, 56))
    return swapped | present & exclusive


def _runs(numbers: np.ndarray) -> list[np.ndarray]:
    """Split rising numbers where some are left out."""
    return np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1) if len(numbers) else []


def _course(folder, labels, images):
    """Write a course whose graded cell holds secrets, and one submission."""
    course = make_course(folder)
    hold_out(course, images=images, labels=labels)
    path = course / "solutions" / NAME / f"{NAME}.ipynb"
    nb = nbformat.read(path, as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
    cells["test-double"].source = HIDDEN
    answers = {"double": KEEP, "predict": PREDICT}
    for name, answer in answers.items():
        cells[name].source = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
    nbformat.write(nb, path)
    hand_in(course, "s01", submission(**answers))
    return course


def _as_text(text: str) -> list[bytes]:
    """Return how a process may hold a text: Python takes 1, 2 or 4 bytes a letter."""
    return [text.encode(code) for code in ("utf-8", "utf-16-le", "utf-32-le")]


def _as_number(number: float) -> list[bytes]:
    return [repr(number).encode(), np.float64(number).tobytes()]


def _as_labels(labels: np.ndarray) -> list[bytes]:
    """Return some long runs of a vector of labels in the forms that arrays and JSON give it."""
    runs = [labels[first : first + 24] for first in range(0, len(labels) - 24, 100)]
    kinds = [run.astype(kind).tobytes() for run in runs for kind in ("u1", "<i4", "<i8", "<f8")]
    lists = [sep.join(map(str, run.tolist())).encode() for run in runs for sep in (",", ", ", "")]
    return [*kinds, *lists]


def test_a_graded_submission_never_meets_an_answer(tmp_path, seen):
    random = np.random.default_rng(8)
    images = random.integers(0, 256, (250, 28, 28), dtype=np.uint8)
    labels = random.integers(0, 10, 250, dtype=np.uint8)
    course = _course(tmp_path, labels, images)
    assignment = load_assignment(NAME, course / "solutions")
    (row,) = grade_class(assignment, course / "in", WorkDir(course / "work"))
    assert row.outcome is Outcome.FINISHED
    assert row.points is not None
    assert row.points > 4  # all of the cell with the secrets, and some for the labels

    secrets = {text: _as_text(text) for text in HIDDEN_TEXTS}
    secrets |= {str(n): _as_number(n) for n in (EXPECTED_NUMBER, EXPECTED_NUMBER / 7, THRESHOLD)}
    secrets["labels"] = _as_labels(labels)
    students = [one for one in seen.values() if one.has_sent(STUDENTS_TEXT.encode())]
    checkers = [one for one in seen.values() if one.has_sent(b"BEGIN HIDDEN TESTS")]
    assert (len(students), len(checkers), len(seen)) == (2, 2, 4)  # the reference's, then s01's
    for one in students:
        # what it was told is found, packed or not: so would be what it was not told
        handed = [
            _as_number(STUDENTS_NUMBER)[1],
            np.arange(900, 950).tobytes(),
            images[99].tobytes(),
        ]
        for needle in (STUDENTS_TEXT.encode(), b"handed-over-8814", *handed):
            assert one.has_sent(needle)
            assert one.remembers(needle)
        assert _found(secrets, one) == set()
    for one in checkers:
        # and each secret, in the form that is looked for, is where it belongs
        assert {name for name, where in _found(secrets, one) if where == "memory"} == set(secrets)


def _found(secrets: dict[str, list[bytes]], one: Seen) -> set[tuple[str, str]]:
    """Return which secrets a kernel has, and whether on their way or in its memory."""
    places = {"traffic": [one.traffic], "memory": one.memory}
    return {
        (name, where)
        for where, parts in places.items()
        for name, forms in secrets.items()
        if any(form in part for form in forms for part in parts)
    }


def test_no_line_of_a_real_assignments_hidden_tests_is_met(seen):
    assignment = load_assignment("01_idx", ROOT / "solutions")
    job = JobFactory(assignment, None, sandboxed=True).reference()
    cells = [c for c in nbformat.reads(job.notebook, as_version=4).cells if c.cell_type == "code"]
    hidden = [line for line in map(_hidden_line, cells) if line]
    given = max("\n".join(c.source for c in cells if is_solution(c)).splitlines(), key=len)
    assert len(hidden) >= 10
    assert run(job).outcome is Outcome.FINISHED

    forms = {line: [json.dumps(line)[1:-1].encode(), line.encode()] for line in [given, *hidden]}
    (student,) = (one for one in seen.values() if one.has_sent(forms[given][0]))
    (checker,) = (one for one in seen.values() if one is not student)
    assert _found(forms, student) == {(given, "traffic"), (given, "memory")}
    assert {name for name, where in _found(forms, checker) if where == "traffic"} == set(hidden)


def _hidden_line(cell: NotebookNode) -> str:
    """Return the longest line of a cell's hidden tests; empty if it has none."""
    _, _, hidden = cell.source.partition("### BEGIN HIDDEN TESTS\n")
    return max(hidden.splitlines(), key=len, default="").strip()
