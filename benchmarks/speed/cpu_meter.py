"""Count the CPU seconds of a command and of every process it ever starts, by a control group."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

V1, V2 = Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup")


class CpuGroup:
    """A control group of its own for the time of a ``with`` block.

    A child's rusage does not do: kernels that a fork server starts are nobody's children.

    Parameters
    ----------
    name : str, default "run"
        What tells it from another that this process has at the same time.

    Raises
    ------
    OSError
        If no control group can be made here.
    """

    def __init__(self, name: str = "run") -> None:
        self._unified = (V2 / "cgroup.controllers").exists()
        self._folder = (V2 if self._unified else V1) / f"bench-{os.getpid()}-{name}"

    def __enter__(self) -> CpuGroup:
        self._folder.mkdir()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _ in range(100):
            try:
                self._folder.rmdir()
            except OSError:  # the last process is still ending
                time.sleep(0.05)
            else:
                return
        raise OSError(f"{self._folder} still holds processes")

    def enter(self, pid: int = 0) -> None:
        """Move a process in, by default this one; to be called between fork and exec."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    @property
    def before(self) -> list[str]:
        """Words that go before a command, which then runs in here from its beginning."""
        script = 'echo $$ > "$0" && exec "$@"'
        return ["sh", "-c", script, str(self._folder / "cgroup.procs")]

    def seconds(self) -> float:
        """Return the CPU seconds used so far."""
        if self._unified:
            stat = (self._folder / "cpu.stat").read_text().split()
            return int(stat[stat.index("usage_usec") + 1]) / 1e6
        return int((self._folder / "cpuacct.usage").read_text()) / 1e9
