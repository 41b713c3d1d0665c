"""One sandbox policy: what the sandboxed kernel may see and how much it may use.

Every path is an allow-list.
The interpreter's own folders are named one by one and ``sys.path`` is never copied, because its
first entry can be the course itself, with its answers.
The fork server of `autograder.sandbox.zygote_server` sees the very same files, read-only and at the
same paths, so whatever its children inherit (modules, mapped files, ``/proc/self/exe``) is on the
allow-list too.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.sandbox.bwrap import find_bwrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIB = 1 << 20
"""Bytes."""

COURSE = "/course"
"""Where the sandbox sees `helpers`, `autograder` and the data that they ship with."""

VISIBLE = (
    *("__init__.py", "errors.py", "arrays.py", "outcome.py", "score.py"),
    *("scoring", "holdout", "kernel_side", "sandbox"),
)
"""Parts of this package that a sandbox shows: what its kernels and their fork server import."""

ZYGOTE_CAPABILITIES = ("SYS_ADMIN", "SYS_CHROOT", "SETUID", "SETGID", "SETPCAP")
"""What root's fork server keeps: the first two to join a sandbox, the others to drop all five."""

USERS_ZYGOTE_CAPABILITIES = ("SYS_ADMIN",)
"""What an ordinary user's keeps, over its own user namespace alone, to fork into those below."""

KEYS = ("/proc/keys", "/proc/key-users")
"""Files of the kernel's that tell of keyrings in other sandboxes, and of who has any."""

_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime")

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


@dataclass(frozen=True)
class Policy:
    """Limits and read-only extras of one sandbox.

    Attributes
    ----------
    memory_mb : int
        Data segment of each process, in MiB; the address space may be four times as large,
        because TensorFlow reserves far more than it touches.
    processes : int
        Processes and threads together.
    cpu_seconds : int
        CPU time of each process, in seconds.
    file_mb, scratch_mb, tmp_mb, shm_mb : int
        Largest file, and sizes of ``/scratch``, ``/tmp`` and ``/dev/shm``, in MiB.
    open_files : int
        File descriptors of each process.
    read_only : tuple of (Path, str)
        Extra host paths and where the sandbox sees them.
    environment : tuple of (str, str)
        Extra environment variables.
    copied : Path or None
        Folder whose files are copied into ``/scratch``, where they may be changed.
    """

    memory_mb: int = 4096
    processes: int = 128
    cpu_seconds: int = 600
    file_mb: int = 128
    scratch_mb: int = 256
    tmp_mb: int = 128
    shm_mb: int = 64
    open_files: int = 512
    read_only: tuple[tuple[Path, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    copied: Path | None = None

    @property
    def total_bytes(self) -> int:
        """Memory of all processes together: one that is full, and all files in memory."""
        return (self.memory_mb + self.scratch_mb + self.tmp_mb + self.shm_mb) * MIB

    @property
    def total_processes(self) -> int:
        """Processes and threads together, with the sandbox's own first two."""
        return self.processes + 2


def with_data(policy: Policy, folder: Path) -> Policy:
    """Return a policy whose sandbox reads the course's data from a folder of the host."""
    return replace(
        policy,
        read_only=(*policy.read_only, (folder, "/data")),
        environment=(*policy.environment, ("COURSE_DATA", "/data")),
    )


COPIED = "/handed-in"
"""Where the sandbox sees the files that are copied into ``/scratch``."""

COPY = ("/bin/sh", "-c", f'/usr/bin/cp -R {COPIED}/. /scratch && exec "$@"', "sh")
"""Copies them, as the sandbox's own user, and becomes the command that follows."""


def sandbox_command(policy: Policy, uid: int, *, writable: tuple[Path, ...] = ()) -> list[str]:
    """Return the command line that starts a sandbox; the caller appends what to run in it.

    Parameters
    ----------
    policy : Policy
        Limits and extras.
    uid : int
        User and group id inside. As root it is a real id of its own for each sandbox, because
        the limit on processes counts per user id; otherwise a user namespace maps it.
    writable : tuple of Path, optional
        Host folders that the sandbox may write, at the same path.

    Returns
    -------
    list of str
        ``bwrap``, its options, and the tools that set limits and drop privileges.
    """
    options = [
        *_namespaces(),
        *("--unshare-pid", "--die-with-parent"),
        *_identity(uid, ("SETUID", "SETGID", "SETPCAP")),  # for `setpriv`, which drops them in turn
        *_files(policy, proc=("--proc", "/proc", *_closed(*KEYS), "--remount-ro", "/proc")),
        *_extras(policy, writable),
        *("--remount-ro", "/", "--chdir", "/scratch"),
    ]
    copy = COPY if policy.copied else ()
    return [str(find_bwrap()), *options, "--", *_drop_privileges(uid), *_limits(policy), *copy]


def zygote_command() -> list[str]:
    """Return the command line of the cage around a fork server; the caller appends the server.

    It differs from a sandbox in three points.
    It stays in the host's pid namespace, because Linux lets a process join only namespaces below
    its own; it keeps capabilities to enter them; and nothing of any submission is bound into it.
    """
    options = [
        *_namespaces(),
        *_identity(1000, ZYGOTE_CAPABILITIES, USERS_ZYGOTE_CAPABILITIES),
        # a new procfs needs a pid namespace of one's own
        *_files(Policy(), proc=("--ro-bind", "/proc", "/proc")),
        *("--remount-ro", "/", "--chdir", "/"),
    ]
    return [str(find_bwrap()), *options, "--"]


def limits(policy: Policy) -> dict[str, int]:
    """Return the resource limits of each process, by their names in ``prlimit`` and ``RLIMIT_*``.

    Sizes are in bytes, ``cpu`` in seconds, the others are numbers of things.
    """
    return {
        "data": policy.memory_mb * MIB,
        "as": 4 * policy.memory_mb * MIB,
        "nproc": policy.processes,
        "cpu": policy.cpu_seconds,
        "fsize": policy.file_mb * MIB,
        "nofile": policy.open_files,
        "core": 0,
    }


def environment(policy: Policy) -> dict[str, str]:
    """Return the whole environment of a sandboxed process; nothing of the grader's passes."""
    # one thread a kernel, parallel over submissions: two threads on two busy cores cost 20 x
    threads = dict.fromkeys(_THREADS, "1")
    return {
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "PYTHONPATH": COURSE,
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/tmp/home",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "USER": "student",
        "IPYTHONDIR": "/tmp/home/.ipython",
        "MPLCONFIGDIR": "/tmp/home/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONBREAKPOINT": "0",  # nobody sits at the keyboard; a plain kernel passes it over too
        **threads,
        **dict(policy.environment),
    }


def _namespaces() -> Iterator[str]:
    yield from ("--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
    yield from ("--new-session", "--hostname", "sandbox", "--clearenv")


def _identity(uid: int, roots: Iterable[str], users: Iterable[str] = ()) -> Iterator[str]:
    """Keep some capabilities of root; an ordinary user's hold in a new user namespace."""
    if os.geteuid() == 0:
        yield from ("--cap-drop", "ALL")
    else:
        yield from ("--unshare-user", "--uid", str(uid), "--gid", str(uid))
    for name in roots if os.geteuid() == 0 else users:
        yield from ("--cap-add", f"CAP_{name}")


def _files(policy: Policy, proc: tuple[str, ...]) -> Iterator[str]:
    yield from _environment(policy)
    yield from _system()
    yield from proc
    yield from _private(policy)
    yield from _interpreter()
    yield from _course()


def _environment(policy: Policy) -> Iterator[str]:
    for name, value in environment(policy).items():
        yield from ("--setenv", name, value)


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc")
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for name in _ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _private(policy: Policy) -> Iterator[str]:
    yield from ("--dev", "/dev")
    for path, size in (
        ("/dev/shm", policy.shm_mb),
        ("/tmp", policy.tmp_mb),
        ("/scratch", policy.scratch_mb),
    ):
        yield from ("--perms", "1777", "--size", str(size * MIB), "--tmpfs", path)
    yield from ("--perms", "0777", "--dir", "/tmp/home", "--remount-ro", "/dev")
    yield from ("--perms", "0777", "--dir", "/tmp/home/.matplotlib")


def _closed(*files: str) -> Iterator[str]:
    """Cover files by a device, which nobody may open on a file system without devices."""
    for file in files:
        yield from ("--ro-bind", "/dev/null", file)


def _interpreter() -> Iterator[str]:
    folders = [sys.base_prefix, sys.prefix, sysconfig.get_path("platlib")]
    bound: list[str] = []
    for folder in folders:
        if not any(folder == known or folder.startswith(known + "/") for known in [*bound, "/usr"]):
            bound.append(folder)
            yield from _bind(Path(folder), folder)


def _course() -> Iterator[str]:
    """Show what kernels and their fork server import, and the data that the course ships."""
    root = Path(__file__).resolve().parents[2]
    shipped = ("data/registry.toml", "data/sample", "data/handwriting", "data/embedding")
    for name in ("helpers", *(f"autograder/{part}" for part in VISIBLE), *shipped):
        yield from _bind(root / name, f"{COURSE}/{name}")


def _extras(policy: Policy, writable: tuple[Path, ...]) -> Iterator[str]:
    for host, inside in policy.read_only:
        yield from _bind(host, inside)
    if policy.copied is not None:
        yield from _bind(policy.copied, COPIED)
    for folder in writable:
        yield from _parents(str(folder))
        yield from ("--bind", str(folder), str(folder))


def _bind(host: Path, inside: str) -> Iterator[str]:
    yield from _parents(inside)
    yield from ("--ro-bind", str(host), inside)


def _parents(path: str) -> Iterator[str]:
    """Make missing parents readable: bwrap's own are 0700 and belong to root."""
    for parent in reversed(Path(path).parents):
        if str(parent) not in ("/", "/tmp", "/scratch"):
            yield from ("--perms", "0755", "--dir", str(parent))


def _drop_privileges(uid: int) -> Iterator[str]:
    if os.geteuid() == 0:  # otherwise bwrap already dropped everything
        yield from ("/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
        yield from ("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")


def _limits(policy: Policy) -> Iterator[str]:
    yield "/usr/bin/prlimit"
    yield from (f"--{name}={value}" for name, value in limits(policy).items())
    yield "--"
