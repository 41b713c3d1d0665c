"""Bound what all processes of one sandbox use together, by a control group.

Limits on each process do not bound their sum; only the kernel's control groups do.
Linux has two versions of them, and the same few files under other names.
The groups are made below the grader's own, where the host lets the grader do that; an ordinary
user usually needs a hint to systemd, which `NoCgroupsError` gives.

::

    v1   /sys/fs/cgroup/cpu/GRADER/NAME       cpu.cfs_quota_us   cpu.cfs_period_us
         /sys/fs/cgroup/memory/GRADER/NAME    memory.limit_in_bytes   memory.oom_control
                                              memory.max_usage_in_bytes
         /sys/fs/cgroup/pids/GRADER/NAME      pids.max
    v2   /sys/fs/cgroup/ABOVE_GRADER/NAME     memory.max   memory.events   pids.max   cpu.max

Where the processor can be shared out by groups, each has the same weight, whatever number of
processes is in it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError, NoCgroupsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CONTROLLERS = ("memory", "pids")
"""What a group has to bound: memory, and the number of processes."""

SHARED = "cpu"
"""What a group shares out, where the host offers it."""

PERIOD_US = 100_000
"""Microseconds over which Linux counts what a group computed; its own default."""

HUGE_PAGE = 2 << 20
"""Memory that version 1 may hold back at the limit: no more is asked for at once."""


@dataclass(frozen=True)
class Hierarchy:
    """Where this host has the groups of the grader.

    Attributes
    ----------
    version : int
        1 or 2.
    parents : dict of str to Path
        For each of `CONTROLLERS`, and for `SHARED` if it is offered, the folder below which a
        group is made.
    """

    version: int
    parents: dict[str, Path]

    @property
    def folders(self) -> tuple[Path, ...]:
        """The distinct parents: version 2 has one for all controllers."""
        return tuple(dict.fromkeys(self.parents.values()))


class Group:
    """One sandbox's control group.

    Parameters
    ----------
    hierarchy : Hierarchy
        Where to make it.
    name : str
        Unique on this host.
    memory : int
        Bytes that all processes and their files in memory may use together.
    processes : int
        Processes and threads together.
    """

    def __init__(self, hierarchy: Hierarchy, name: str, memory: int, processes: int) -> None:
        self._version, self._memory = hierarchy.version, memory
        self._shared = hierarchy.parents.get(SHARED)
        self._before: dict[str, int] = {}
        self._folders = {c: parent / name for c, parent in hierarchy.parents.items()}
        for folder in set(self._folders.values()):
            folder.mkdir()
        try:
            self._limit(memory, processes)
        except BaseException:
            self.remove()
            raise

    def _limit(self, memory: int, processes: int) -> None:
        (self._folders["pids"] / "pids.max").write_text(str(processes))
        size, swap = {
            1: ("memory.limit_in_bytes", ("memory.memsw.limit_in_bytes", memory)),
            2: ("memory.max", ("memory.swap.max", 0)),
        }[self._version]
        (self._folders["memory"] / size).write_text(str(memory))
        with contextlib.suppress(FileNotFoundError):  # a kernel without accounting of swap
            (self._folders["memory"] / swap[0]).write_text(str(swap[1]))

        if self._shared is not None:
            self._limit_processors((os.cpu_count() or 1) - 0.5)

    def _limit_processors(self, number: float) -> None:
        """Leave half a processor to others; new groups have the same weight by themselves."""
        folder, quota = self._folders[SHARED], round(number * PERIOD_US)
        name, text = {
            1: ("cpu.cfs_quota_us", f"{quota}"),
            2: ("cpu.max", f"{quota} {PERIOD_US}"),
        }[self._version]
        with contextlib.suppress(FileNotFoundError):  # a kernel that knows no quota
            (folder / name).write_text(text)

    def add(self, pid: int) -> None:
        """Move a process in; its later children and memory count here."""
        for entrance in self._entrances():
            entrance.write_text(str(pid))

    def open(self) -> list[int]:
        """Return descriptors of the files by which a process moves itself in, writing ``0``."""
        return [os.open(entrance, os.O_WRONLY | os.O_CLOEXEC) for entrance in self._entrances()]

    def watch_memory(self) -> None:
        """Let `memory_kills` and `ran_out` tell of what happens from now on."""
        self._before = self._events()
        for peak in self._peaks():
            peak.write_text("0")

    def memory_kills(self) -> int:
        """Return how many of its processes were ended for memory, whoever had too little."""
        return self._events().get("oom_kill", 0) - self._before.get("oom_kill", 0)

    def ran_out(self) -> bool:
        """Whether its own limit was reached: else the host, or a group above, had no more."""
        if self._version == 2:
            return self._events()["oom"] > self._before.get("oom", 0)
        most = max(int(peak.read_text()) for peak in self._peaks())
        return most > self._memory - HUGE_PAGE

    def _peaks(self) -> Iterator[Path]:
        """Files of the highest use; failcnt would say more, but stays 0 in newer kernels."""
        yield from self._folders["memory"].glob("memory.*max_usage_in_bytes")  # none in version 2

    def _events(self) -> dict[str, int]:
        name = {1: "memory.oom_control", 2: "memory.events"}[self._version]
        lines = (self._folders["memory"] / name).read_text().splitlines()
        return {what: int(count) for what, count in map(str.split, lines)}

    def remove(self) -> None:
        """End whatever is left in it, and remove it."""
        for folder in set(self._folders.values()):
            remove(folder)

    def _entrances(self) -> Iterator[Path]:
        for folder in dict.fromkeys(self._folders.values()):
            yield folder / "cgroup.procs"


def remove(folder: Path, seconds: float = 5.0) -> None:
    """End every process of a group and remove it; nothing happens if it is gone.

    Raises
    ------
    InfrastructureError
        If a process outlives its end by so many seconds.
    """
    latest = time.monotonic() + seconds
    while folder.exists():
        for pid in _members(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:  # busy: its processes are still ending
            if time.monotonic() > latest:
                raise InfrastructureError(f"{folder} cannot be removed: {error}") from error
            time.sleep(0.005)


def remove_all(prefix: str) -> list[str]:
    """Remove every group whose name begins so, and return their folders."""
    try:
        parents = find_hierarchy().folders
    except NoCgroupsError:
        return []
    found = [folder for parent in parents for folder in parent.glob(f"{prefix}*")]
    for folder in found:
        remove(folder)
    return [str(folder) for folder in found]


def _members(folder: Path) -> Iterable[int]:
    try:
        return [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
    except FileNotFoundError:
        return []


@functools.cache
def find_hierarchy() -> Hierarchy:
    """Return where this process may make groups.

    Raises
    ------
    NoCgroupsError
        If it may nowhere.
    """
    try:
        groups = Path("/proc/self/cgroup").read_text()
        mounts = Path("/proc/self/mountinfo").read_text()
    except FileNotFoundError as error:
        raise NoCgroupsError(f"{error.filename} is missing") from error
    return locate(groups, mounts)


def locate(groups: str, mounts: str) -> Hierarchy:
    """Return where a process may make groups.

    Parameters
    ----------
    groups, mounts : str
        Its ``/proc/PID/cgroup`` and ``/proc/PID/mountinfo``.

    Returns
    -------
    Hierarchy
    """
    own: dict[str, str] = {}  # by controller; version 2 calls itself by none
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)
    mounted = dict(_mounts(mounts))
    if all(controller in own and controller in mounted for controller in CONTROLLERS):
        return _locate_v1(own, mounted)
    if "" in own and "" in mounted:
        return _locate_v2(*_visible(own[""], mounted[""]))
    raise NoCgroupsError(f"neither {' and '.join(CONTROLLERS)} nor version 2 is mounted")


def _mounts(mounts: str) -> Iterator[tuple[str, tuple[Path, str]]]:
    """Give mount point and root of each controller's tree; version 2 as controller ``""``."""
    for line in mounts.splitlines():
        before, after = line.split(" - ")
        root, point = map(_unescaped, before.split()[3:5])
        kind, _, options = after.split(maxsplit=2)
        if kind == "cgroup2":
            yield "", (Path(point), root)
        elif kind == "cgroup":
            for controller in options.split(","):
                yield controller, (Path(point), root)


def _unescaped(path: str) -> str:
    return re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), path)


def _visible(path: str, mount: tuple[Path, str]) -> tuple[Path, Path]:
    """Return a group's folder and its tree's top, as this process sees them."""
    point, root = mount
    return point / os.path.relpath(path, root), point


def _locate_v1(own: dict[str, str], mounted: dict[str, tuple[Path, str]]) -> Hierarchy:
    parents = {c: _visible(own[c], mounted[c])[0] for c in CONTROLLERS}
    for folder in parents.values():
        if not os.access(folder, os.W_OK):
            raise NoCgroupsError(f"{folder} is not writable")
    if SHARED in own and SHARED in mounted:
        shared = _visible(own[SHARED], mounted[SHARED])[0]
        parents |= {SHARED: shared} if os.access(shared, os.W_OK) else {}
    return Hierarchy(1, parents)


def _locate_v2(own: Path, top: Path) -> Hierarchy:
    """Look upwards: a group with processes of its own cannot have limited ones below it."""
    for folder in (own, *own.parents):
        if not folder.is_relative_to(top) or not folder.exists():
            break
        offered = (folder / "cgroup.subtree_control").read_text().split()
        if set(CONTROLLERS) <= set(offered) and os.access(folder / "cgroup.procs", os.W_OK):
            named = (*CONTROLLERS, *({SHARED} & {*offered}))
            return Hierarchy(2, dict.fromkeys(named, folder))
    raise NoCgroupsError(f"no writable group at or above {own} offers {' and '.join(CONTROLLERS)}")
