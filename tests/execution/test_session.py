"""A flood of output is stopped at its cell, quickly, and never fills the grader's memory."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys

import pytest
import zmq.asyncio

from autograder.execution.session import KernelSession
from autograder.outcome import Outcome
from tests.support import ROOT
from tests.support.kernels import run_cells

BOTH = pytest.mark.parametrize("name", ["sandbox", "sandbox-warm"])


ENDLESS = """
import time
print('word ' * 1000)
time.sleep(1)  # so that this much arrives
while True:
    print('more ' * 200)
"""
STUBBORN = """
while True:
    try:
        print('word ' * 200)
    except KeyboardInterrupt:
        pass
"""


@BOTH
def test_an_endless_flood_ends_soon_and_the_next_cell_runs(name):
    (_, before, _), (flood, outcome, took), (after, last, _) = run_cells(
        name, "x = 1", ENDLESS, "print('x is', x)", seconds=60
    )
    assert (before, outcome, last) == (Outcome.FINISHED, Outcome.OUTPUT_FLOOD, Outcome.FINISHED)
    assert took < 20
    assert flood.outputs[0].text.startswith("word word")
    assert len(flood.outputs[0].text) == 1000
    assert flood.outputs[-1].ename == "OutputFlood"
    assert after.outputs[0].text == "x is 1\n"


def test_a_flood_that_ignores_the_interrupt_ends_the_kernel():
    (_, outcome, took), (_, after, _) = run_cells("sandbox-warm", STUBBORN, "1", seconds=60)
    assert outcome is Outcome.OUTPUT_FLOOD
    assert took < 30
    assert after is not Outcome.FINISHED


@BOTH
def test_one_message_that_is_too_long_is_a_flood(name):
    (cell, outcome, _), (after, last, _) = run_cells(
        name, "print('x' * (5 << 20)); import time; time.sleep(2)", "print(2)"
    )
    assert outcome is Outcome.OUTPUT_FLOOD
    assert cell.outputs[-1].ename == "OutputFlood"
    assert last is Outcome.FINISHED
    assert after.outputs[0].text == "2\n"


SLOW_DEATH = """
import os, signal, socket, time
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as one that is being killed
for name in os.listdir('/proc/self/fd'):
    try:
        channel = socket.socket(fileno=os.dup(int(name)))
        channel.getpeername()  # an error unless it is connected
        if '/k-' in channel.getsockname():
            channel.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
time.sleep(3)
os._exit(3)
"""


@BOTH
def test_a_kernel_that_takes_long_to_die_is_no_flood(name):
    ((cell, outcome, _),) = run_cells(name, SLOW_DEATH)
    assert outcome is Outcome.STUDENT_ERROR
    assert cell.outputs[-1].ename == "DeadKernelError"


@BOTH
def test_a_long_cell_after_a_flood_is_left_alone(name):
    found = run_cells(name, ENDLESS, "import time; time.sleep(18)", "print(1)", seconds=60)
    assert [outcome for _, outcome, _ in found] == [
        Outcome.OUTPUT_FLOOD,
        Outcome.FINISHED,
        Outcome.FINISHED,
    ]


def test_a_message_too_long_at_the_end_of_a_cell_leaves_the_kernel():
    (_, flood, _), (after, last, _) = run_cells(
        "sandbox-warm", "x = 1; print('x' * (5 << 20))", "print(x)"
    )
    assert (flood, last) == (Outcome.OUTPUT_FLOOD, Outcome.FINISHED)
    assert after.outputs[0].text == "1\n"


def test_what_a_flood_wrote_is_not_charged_to_later_cells():
    half = "print('x' * 600_000)"
    outcomes = [
        outcome for _, outcome, _ in run_cells("sandbox-warm", half, ENDLESS, "print(1)", half)
    ]
    assert outcomes == [
        Outcome.FINISHED,
        Outcome.OUTPUT_FLOOD,
        Outcome.FINISHED,
        Outcome.OUTPUT_FLOOD,
    ]


def test_a_kernel_that_ignores_the_interrupt_after_a_time_out_is_ended():
    deaf = "while True:\n    try:\n        pass\n    except KeyboardInterrupt:\n        pass"
    deaf = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{deaf}"
    (_, outcome, took), (_, after, waited) = run_cells("sandbox-warm", deaf, "1", seconds=1)
    assert outcome is Outcome.TIME_OUT
    assert took < 40  # 1 s, then OUTPUT_SECONDS and GRACE_SECONDS
    assert after is not Outcome.FINISHED
    assert waited < 8


def test_a_gigabyte_of_output_leaves_the_grader_its_memory():
    """In a process of its own, because a peak never falls."""
    program = """
from tests.support.kernels import run_cells
peak = lambda: int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024
run_cells('sandbox-warm', 'print(1)', output_mb=10)
before = peak()
many = "for _ in range(20_000):\\n    print('x' * 50_000)"
one = "print('x' * 200_000_000); import time; time.sleep(3)"
for source in (many, one):
    (_, outcome, _), = run_cells('sandbox-warm', source, seconds=60, output_mb=10)
    print(outcome)
print(peak() - before)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    first, second, grown = done.stdout.splitlines()
    assert (first, second) == (Outcome.OUTPUT_FLOOD, Outcome.OUTPUT_FLOOD), done.stderr
    assert float(grown) < 50


def open_contexts():
    """Return ZeroMQ's contexts that nobody has closed."""
    found = [one for one in gc.get_objects() if isinstance(one, zmq.asyncio.Context)]
    return {id(one): one for one in found if not one.closed}


async def start_and_die():
    kernel = KernelSession("python3", 1, {"env": {**os.environ, "PYTHONHOME": "/nowhere"}})
    with pytest.raises(RuntimeError, match="died before it answered"):
        await kernel.start()
    return kernel


async def start_and_cancel():
    kernel = KernelSession("python3", 1, {})
    started = asyncio.ensure_future(kernel.start())
    while kernel._client.kc is None:
        await asyncio.sleep(0.01)
    started.cancel()
    with pytest.raises(asyncio.CancelledError):
        await started
    return kernel


@pytest.mark.parametrize("start", [start_and_die, start_and_cancel])
def test_a_start_that_fails_leaves_no_kernel_and_no_context(start):
    """The garbage collector would wait in one for ever, and the grading process with it."""
    gc.collect()
    gc.disable()
    before = open_contexts()
    try:
        kernel = asyncio.run(start())
        assert not kernel._manager.has_kernel
        left = {number: one for number, one in open_contexts().items() if number not in before}
        for one in left.values():
            one.destroy(linger=0)
        assert left == {}
    finally:
        gc.enable()
