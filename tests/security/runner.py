"""Runs probes in the sandbox as whoever starts it: one JSON request a line, one answer a line.

A process of its own, because the tests run as root and the same probes have to run as an ordinary
user too, and because it stands for the grader, whose memory a flood must not fill.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from autograder.errors import NoCgroupsError
from autograder.execution.session import KernelSession
from autograder.sandbox.cgroups import find_hierarchy
from autograder.sandbox.policy import Policy
from tests.support.kernels import printed_by, run_cell


class Runner:
    """Keeps kernels by name until told to end them."""

    def __init__(self) -> None:
        self.sessions: dict[str, KernelSession] = {}

    async def start(self, name: str, kernel: str, policy: dict[str, Any], output_mb: float) -> str:
        start = {"policy": Policy(**policy)}
        if kernel == "sandbox-warm":
            start["profile"] = "base"
        self.sessions[name] = KernelSession(kernel, output_mb, start)
        await self.sessions[name].start()
        return "started"

    async def cell(self, name: str, source: str, seconds: float) -> dict[str, Any]:
        session = self.sessions[name]
        before, began = _peak(), time.monotonic()
        cell, outcome = await run_cell(session, source, seconds)
        return {
            "outcome": str(outcome),
            "dead": session.dead,
            "text": printed_by(cell),
            "errors": [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"],
            "seconds": time.monotonic() - began,
            "grown_mb": (_peak() - before) / 1024,
        }

    async def end(self, name: str) -> float:
        """Return how long the end took."""
        began = time.monotonic()
        await self.sessions.pop(name).stop()
        return time.monotonic() - began

    async def groups(self) -> str:
        """Return why the sum of memory is not bounded here, if so."""
        try:
            find_hierarchy()
        except NoCgroupsError as error:
            return str(error)
        return ""


def _peak() -> int:
    """Return the most memory this process ever had, in KiB; then begin to count anew."""
    with Path("/proc/self/status").open() as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    Path("/proc/self/clear_refs").write_text("5")
    return peak


async def main() -> None:
    runner = Runner()
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        try:
            answer = {"answer": await getattr(runner, request.pop("do"))(**request)}
        except Exception:  # noqa: BLE001  # the test that asked shows it
            answer = {"failed": traceback.format_exc()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
