"""One sandbox policy: what the caged kernel may see and how much it may use.

Every path is an allow-list.
The interpreter's own folders are named one by one and ``sys.path`` is never copied, because its
first entry can be the course itself, with its answers.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.host import find_bwrap

MIB = 1 << 20
COURSE = "/course"
"""Where the sandbox sees `helpers`, `autograder` and the shipped sample."""

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


def sandbox_command(policy: Policy, uid: int, *, writable: tuple[Path, ...] = ()) -> list[str]:
    """Return the command line that starts a sandbox; the caller appends what to run in it.

    Parameters
    ----------
    policy : Policy
        Limits and extras.
    uid : int
        User and group id inside. As root it is a real id of its own for each sandbox, because
        the limit on processes counts per user id; otherwise a user namespace maps it.
    writable : tuple of Path
        Host folders that the sandbox may write, at the same path.

    Returns
    -------
    list of str
        ``bwrap``, its options, and the tools that set limits and drop privileges.
    """
    options = [
        *_namespaces(uid),
        *_environment(policy),
        *_system(),
        *_private(policy),
        *_interpreter(),
        *_course(),
        *_extras(policy, writable),
        *("--remount-ro", "/", "--chdir", "/scratch"),
    ]
    return [str(find_bwrap()), *options, "--", *_drop_privileges(uid), *_limits(policy)]


def environment(policy: Policy) -> dict[str, str]:
    """Return the whole environment of a caged process; nothing of the grader's passes."""
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
        **threads,
        **dict(policy.environment),
    }


def _namespaces(uid: int) -> Iterator[str]:
    yield from ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts")
    yield from ("--unshare-cgroup-try", "--die-with-parent", "--new-session")
    yield from ("--hostname", "sandbox", "--clearenv")
    if os.geteuid() == 0:  # just what `setpriv` needs; it gives them up in turn
        yield from ("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
        yield from ("--cap-add", "CAP_SETPCAP")
    else:
        yield from ("--unshare-user", "--uid", str(uid), "--gid", str(uid))


def _environment(policy: Policy) -> Iterator[str]:
    for name, value in environment(policy).items():
        yield from ("--setenv", name, value)


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc")
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for name in _ETC:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")


def _private(policy: Policy) -> Iterator[str]:
    yield from ("--proc", "/proc", "--dev", "/dev")
    for path, size in (
        ("/dev/shm", policy.shm_mb),
        ("/tmp", policy.tmp_mb),
        ("/scratch", policy.scratch_mb),
    ):
        yield from ("--perms", "1777", "--size", str(size * MIB), "--tmpfs", path)
    yield from ("--perms", "0777", "--dir", "/tmp/home", "--remount-ro", "/dev")
    yield from ("--perms", "0777", "--dir", "/tmp/home/.matplotlib")


def _interpreter() -> Iterator[str]:
    folders = [sys.base_prefix, sys.prefix, sysconfig.get_path("platlib")]
    bound: list[str] = []
    for folder in folders:
        if not any(folder == known or folder.startswith(known + "/") for known in [*bound, "/usr"]):
            bound.append(folder)
            yield from _bind(Path(folder), folder)


def _course() -> Iterator[str]:
    root = Path(__file__).resolve().parents[2]
    for name in ("helpers", "autograder", "data/registry.toml", "data/sample"):
        yield from _bind(root / name, f"{COURSE}/{name}")


def _extras(policy: Policy, writable: tuple[Path, ...]) -> Iterator[str]:
    for host, inside in policy.read_only:
        yield from _bind(host, inside)
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
    yield f"--data={policy.memory_mb * MIB}"
    yield f"--as={4 * policy.memory_mb * MIB}"
    yield f"--nproc={policy.processes}"
    yield f"--cpu={policy.cpu_seconds}"
    yield f"--fsize={policy.file_mb * MIB}"
    yield f"--nofile={policy.open_files}"
    yield from ("--core=0", "--")
