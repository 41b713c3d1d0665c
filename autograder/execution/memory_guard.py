"""Notice when a kernel's messages fill the memory of the process that grades it.

ZeroMQ bounds each frame of a message, and how many messages wait. It does not bound a message: it
keeps the frames of one that never ends, however many there are. So the process looks at its own
memory, and ends the kernel whose messages take too much of it.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20
"""Bytes."""

MOST_BYTES = 512 * MIB
"""Memory that one submission may take in a grading process; the longest answer takes some 200 MiB.
"""

LAST_BYTES = 4 << 30
"""Where the system refuses a grading process more memory, whatever it is taken by."""

SECONDS = 0.05
"""Between two looks; a kernel sends some 50 MiB meanwhile."""


async def wait_for_growth(most: int = MOST_BYTES) -> None:
    """Return once this process has so many bytes of memory more than now."""
    before = own_bytes()
    while own_bytes() - before <= most:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(SECONDS)


def own_bytes() -> int:
    """Return the memory of this process alone; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    resident, shared = Path("/proc/self/statm").read_text().split()[1:3]
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def bound_memory(most: int = LAST_BYTES) -> Callable[[], None]:
    """Bound what this process can have at all; return what takes the bound off again.

    Kernels that it starts meanwhile set limits of their own.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
