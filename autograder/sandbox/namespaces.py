"""Join a sandbox and give up every privilege: the system calls Python has no names for.

Python gained ``os.setns`` and ``os.unshare`` in 3.12; capabilities it has none of.
Each call either succeeds or raises `OSError` with the call's name, so a step that the kernel
refused is never taken for done.
"""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_CLONE_NEWNS, _CLONE_NEWCGROUP = 0x0002_0000, 0x0200_0000

_CLONE_NEWUTS, _CLONE_NEWIPC = 0x0400_0000, 0x0800_0000

_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x1000_0000, 0x2000_0000, 0x4000_0000

_PRIVATE = (
    _CLONE_NEWNS | _CLONE_NEWCGROUP | _CLONE_NEWUTS | _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET
)

_PR_SET_PDEATHSIG = 1

_PR_SET_DUMPABLE, _PR_CAPBSET_READ, _PR_CAPBSET_DROP = 4, 23, 24

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2

_PR_SET_NO_NEW_PRIVS = 38

_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

_CAPABILITY_VERSION_3 = 0x2008_0522

_libc = ctypes.CDLL(None, use_errno=True)


class _Filter(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def join(pidfd: int, *, user: bool) -> None:
    """Enter the namespaces of another process, all of them or none.

    The caller's root and working directory become the sandbox's.
    A process keeps the pid namespace that it was born in: see `fork_into`.

    Parameters
    ----------
    pidfd : int
        Descriptor of the sandbox's first process.
    user : bool
        Whether the sandbox has a user namespace of its own.

    Raises
    ------
    OSError
        If the kernel refuses, or the sandbox is gone.
    """
    _require(_libc.setns(pidfd, _PRIVATE | (_CLONE_NEWUSER if user else 0)), "setns")


def fork_into(pidfd: int) -> int:
    """Fork a child into the pid namespace of another process; return as ``os.fork`` does.

    The caller stays where it is, and names a namespace anew for each child: to come back, an
    ordinary user's process would need a capability over the host.

    Parameters
    ----------
    pidfd : int
        Descriptor of that process, in a namespace below the caller's.

    Returns
    -------
    int
        0 in the child; the child's pid, as the caller numbers it, in the caller.

    Raises
    ------
    OSError
        If the kernel refuses, or that process is gone.
    """
    _require(_libc.setns(pidfd, _CLONE_NEWPID), "setns")
    return os.fork()


def limit(limits: Mapping[str, int]) -> None:
    """Set resource limits, soft and hard, by their names such as ``"nofile"``."""
    for name, value in limits.items():
        number = getattr(resource, f"RLIMIT_{name.upper()}")
        hard = resource.getrlimit(number)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (value, value))


def drop_privileges(uid: int | None) -> None:
    """Give up all capabilities for good and, as root, root's identity.

    Parameters
    ----------
    uid : int or None
        User and group id to take; None keeps those of the user namespace just joined.
    """
    _empty_bounding_set()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    _drop_capabilities()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    # /proc/self would belong to root otherwise, as it does not after an exec in a cold sandbox
    _prctl(_PR_SET_DUMPABLE, 1)


def filter_calls(program: bytes) -> None:
    """Submit this process, its threads and its children to a filter of system calls, for good.

    Parameters
    ----------
    program : bytes
        As `autograder.sandbox.seccomp.program` gives it.
        An ordinary user may load one after `drop_privileges`.
    """
    instructions = ctypes.create_string_buffer(program, len(program))
    filtering = _Filter(len(program) // 8, ctypes.addressof(instructions))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(filtering))


def close_descriptors(keep: Collection[int]) -> None:
    """Close every file descriptor but these."""
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor not in keep:
            os.closerange(descriptor, descriptor + 1)  # no error for the listing's own


def _empty_bounding_set() -> None:
    capability = 0
    while _libc.prctl(_PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:  # negative after the last
        _prctl(_PR_CAPBSET_DROP, capability)
        capability += 1


def _drop_capabilities() -> None:
    """Empty the effective, permitted and inheritable sets."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    _require(_libc.capset(header, sets), "capset")


def _prctl(option: int, *arguments: int) -> None:
    # prctl is variadic: without the casts the upper halves of its arguments are undefined
    padded = (ctypes.c_ulong(n) for n in (*arguments, 0, 0, 0, 0)[:4])
    _require(_libc.prctl(option, *padded), f"prctl({option}, {arguments[0]})")


def _require(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
