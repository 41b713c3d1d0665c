"""What reads hostile data ends at its bounds, and its successor reads the rest."""

from __future__ import annotations

import os
import signal
import time

import pytest

from autograder.errors import CodecError, InfrastructureError, TooCostlyError
from autograder.sandbox.bounded_process import BoundedProcess, Bounds


@pytest.fixture(scope="module")
def process():
    process = BoundedProcess(Bounds(cpu_seconds=1, wall_seconds=60, memory_mb=100))
    yield process
    process.close()


def refuse(text):
    raise CodecError(text)


def end_by(number):
    os.kill(os.getpid(), number)


def end_once_by(number, path):
    if not path.exists():
        path.touch()
        end_by(number)
    return "done"


class Awkward(Exception):  # noqa: N818  # no name for it
    def __init__(self, one, two):
        super().__init__(one)


def fail_awkwardly():
    raise Awkward(1, 2)


def give_what_cannot_be_sent():
    return lambda: None


def block_and_grow():
    blocks = []
    while True:
        try:
            blocks.append(bytearray(1 << 20))
        except MemoryError:
            return bytearray(1 << 24)


@pytest.mark.parametrize(
    ("function", "arguments", "unit"),
    [
        pytest.param(bytearray, (1 << 30,), "MB", id="one block"),
        pytest.param(block_and_grow, (), "MB", id="many blocks"),
        pytest.param(end_by, (signal.SIGSEGV,), "MB", id="code that gets no memory"),
        pytest.param(pow, (3, 10**9), "s of processor time", id="one long step of C"),
    ],
)
def test_whatever_breaks_a_bound_is_told_and_the_next_task_is_done(
    process, function, arguments, unit
):
    with pytest.raises(TooCostlyError, match=unit):
        process.call(function, *arguments)
    assert process.call(len, "four") == 4


def test_what_waits_ends_too():
    process = BoundedProcess(Bounds(wall_seconds=60))
    process.call(len, "started")
    process.bounds = Bounds(wall_seconds=0.1)
    with pytest.raises(TooCostlyError, match=r"more than 0\.1 s$"):
        process.call(time.sleep, 3600)
    process.close()


def test_an_error_arrives_with_its_traceback(process):
    with pytest.raises(CodecError, match="why") as caught:
        process.call(refuse, "why")
    assert "in refuse" in str(caught.value.__cause__)


@pytest.mark.parametrize("function", [fail_awkwardly, give_what_cannot_be_sent])
def test_what_cannot_be_sent_is_an_error_of_ours(process, function):
    with pytest.raises(InfrastructureError):
        process.call(function)
    assert process.call(len, "four") == 4


def test_whoever_ends_the_process_costs_no_task(process, tmp_path):
    assert process.call(end_once_by, signal.SIGKILL, tmp_path / "ended") == "done"


def test_who_ends_it_again_is_told_as_ours(process):
    with pytest.raises(InfrastructureError, match=r"ended \(-9\)"):
        process.call(end_by, signal.SIGKILL)
    assert process.call(len, "four") == 4


def test_whoever_ends_its_parent_too_costs_no_task(process):
    """As often as one likes: the one that is killed may not have ended yet."""
    for _ in range(5):
        parent = process.call(os.getppid)
        os.kill(parent, signal.SIGKILL)
        process.close()
        assert process.call(len, "four") == 4


def test_one_process_does_many_tasks(process):
    assert len({process.call(os.getpid) for _ in range(20)}) == 1


def test_the_bound_is_each_tasks_own(process):
    began = process.call(time.process_time)
    while process.call(time.process_time) < began + 3:  # of 2 that a task may take
        process.call(sum, range(10**7))
