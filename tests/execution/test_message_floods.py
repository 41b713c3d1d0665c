"""What a student's code sends on its kernel's own sockets takes neither memory nor the blame."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from autograder.execution.memory_guard import MOST_BYTES, bound_memory
from autograder.execution.session import KernelSession
from autograder.outcome import Outcome
from tests.support.floods import FRAMES, HEAVY, NONSENSE, SOCKETS
from tests.support.kernels import run_cell


def peak_mb() -> float:
    """Return the most memory that this process had since the last call, in MiB."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def run_guarded(*sources, seconds=60, answer=None):
    """Run cells in one guarded kernel; return their outcomes, and the memory that it took."""

    async def main():
        async with KernelSession("sandbox-warm", 1, {"profile": "base"}) as kernel:
            kernel.guard_memory()
            before = peak_mb() and peak_mb()
            found = [await run_cell(kernel, source, seconds, answer) for source in sources]
            return found, peak_mb() - before, kernel

    return asyncio.run(main())


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_a_message_that_never_ends_ends_its_kernel(name):
    found, took, kernel = run_guarded("x = 1", f"{SOCKETS}\nflood({FRAMES[name]})", "print(x)")
    (_, first), (cell, outcome), (_, after) = found
    assert (first, outcome) == (Outcome.FINISHED, Outcome.OUTPUT_FLOOD)
    assert cell.outputs[-1].ename == "MessageFlood"
    assert after is not Outcome.FINISHED
    assert kernel.dead
    assert not kernel.died  # else it would be run again
    assert took < 1.6 * MOST_BYTES / (1 << 20)


@pytest.mark.parametrize("name", sorted(HEAVY))
def test_a_heavy_message_is_not_even_read(name):
    heavy = f"{NONSENSE}\nother(kernel.shell_stream, 'execute_reply', {HEAVY[name]})\nprint('on')"
    ((cell, outcome),), took, _ = run_guarded(heavy)
    assert outcome is Outcome.FINISHED
    assert cell.outputs[0].text == "on\n"
    assert took < 300


FORGED = {
    "a question in place of the answer": "'input_request', {'prompt': ''}",
    "an answer to nothing": "'complete_reply', {'status': 'ok'}",
    "an unknown kind": "'no_such_reply', {}",
    "a status": "'status', {'execution_state': 'idle'}",
    "another version": "'execute_reply', {'status': 'ok'}, version='1.0', msg_type=None",
}


@pytest.mark.parametrize("name", sorted(FORGED))
def test_what_is_no_answer_is_passed_over(name):
    forged = f"{NONSENSE}\nother(kernel.shell_stream, {FORGED[name]})\nprint('on')"
    ((cell, outcome), (_, after)), _, kernel = run_guarded(forged, "1 + 1")
    assert (outcome, after) == (Outcome.FINISHED, Outcome.FINISHED)
    assert cell.outputs[0].text == "on\n"
    assert not kernel.died


def test_a_wrong_signature_is_passed_over():
    forged = "key, session.key = session.key, b'x'\nother(kernel.shell_stream, 'execute_reply', {})"
    ((_, outcome),), _, _ = run_guarded(f"{NONSENSE}\n{forged}\nsession.key = key")
    assert outcome is Outcome.FINISHED


def test_a_grading_process_gets_no_more_than_its_bound():
    free = bound_memory(1 << 30)
    try:
        with pytest.raises(MemoryError):
            bytearray(2 << 30)
    finally:
        free()
    assert len(bytearray(2 << 30))
