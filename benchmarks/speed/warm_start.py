"""Measure how long a sandboxed kernel takes to start, cold and warm, and what it costs.

    python -m benchmarks.speed.warm_start [--rounds 10] [--profile scientific]

The two take turns, so that whatever else the machine does meets both.
Start: from the call until the kernel has answered.
Imports: numpy, scikit-learn, matplotlib and the course's helpers.
CPU: of the kernel's process since it began, once everything is imported.
Private: its memory that it shares with nobody; what a fork shares with the server is counted once,
in the server's line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from nbformat.v4 import new_code_cell

from autograder.execution.session import KernelSession
from autograder.sandbox.zygote_client import Zygote

IMPORTS = """
import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from helpers import data, plots, preprocessing
"""
MEASURE = """
import json, time
fields = dict(line.split(":") for line in open("/proc/self/smaps_rollup").readlines()[1:])
kib = sum(int(fields[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))
print(json.dumps([time.process_time(), kib / 1024]))
"""


@dataclass(frozen=True)
class Start:
    """One start: seconds, seconds, CPU seconds, MiB."""

    start: float
    imports: float
    cpu: float
    private: float


async def measure(kernel_name: str, options: dict[str, str]) -> Start:
    """Start one kernel, import everything, and end it."""
    began = time.perf_counter()
    async with KernelSession(kernel_name, 10, dict(options)) as kernel:
        started = time.perf_counter()
        await kernel.execute(new_code_cell(IMPORTS), 60)
        imported = time.perf_counter()
        cell = new_code_cell(MEASURE)
        await kernel.execute(cell, 60)
    cpu, private = json.loads(cell.outputs[0].text)
    return Start(started - began, imported - started, cpu, private)


def main() -> None:
    """Parse the command line, measure, and print medians."""
    parser = argparse.ArgumentParser(description="Time sandboxed kernels, cold and warm.")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--profile", default="scientific")
    options = parser.parse_args()
    kernels = {"sandbox": {}, "sandbox-warm": {"profile": options.profile}}
    began = time.perf_counter()
    asyncio.run(measure("sandbox-warm", kernels["sandbox-warm"]))
    print(f"first warm start, importing included: {time.perf_counter() - began:.2f} s")
    found: dict[str, list[Start]] = {name: [] for name in kernels}
    for _ in range(options.rounds):
        for name, extra in kernels.items():
            found[name].append(asyncio.run(measure(name, extra)))
    print(f"{'median of ' + str(options.rounds):14} start s  imports s  CPU s  private MiB")
    for name, starts in found.items():
        start, imports, cpu, private = map(
            statistics.median, zip(*map(astuple, starts), strict=True)
        )
        print(f"{name:14} {start:7.3f} {imports:10.3f} {cpu:6.3f} {private:12.1f}")
    print(f"fork server: {_resident(Zygote.of(options.profile).pid):.0f} MiB resident")
    print(f"load average of the machine: {os.getloadavg()[0]:.1f}")


def _resident(pid: int) -> float:
    statm = Path(f"/proc/{pid}/statm").read_text()
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


if __name__ == "__main__":
    main()
