"""The fork server: import the libraries once, then fork one kernel for each sandbox.

``python -m autograder.sandbox.zygote_server FD PROFILE`` runs in the cage of
`policy.zygote_command`. ``FD`` is one end of a socket pair; at its end of file, when the grader is
gone, the server ends. It only imports and never computes, because a process may fork safely only
before its first thread; and it never runs a line of any submission.

::

    zygote ──fork──▸ kernel, in the sandbox's pid namespace: joins the others,
                     drops everything, then answers the grader

Each request carries, beside its JSON, these descriptors: where to answer, the sandbox's first
process, the folder in which the kernel's sockets shall listen, and, where there are control
groups, the files by which the kernel enters its own.
The kernel answers with its own pidfd, or whoever failed answers with a text.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.sandbox.namespaces import (
    close_descriptors,
    drop_privileges,
    filter_calls,
    fork_into,
    join,
    limit,
)
from autograder.sandbox.preload import PROFILES
from autograder.sandbox.seccomp import program

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
"""A kernel's channels, as a Jupyter connection file names their ports."""

READY = b"ready"
"""The answer that all is well; any other is the text of an error."""

MOST_DESCRIPTORS = 6
"""That come with a request: answer, sandbox, folder, and three control groups."""


@dataclass(frozen=True)
class Request:
    """One kernel to start.

    Attributes
    ----------
    uid : int or None
        User id to take; None where the sandbox has a user namespace of its own.
    limits : dict of str to int
        Resource limits by name.
    environment : dict of str to str
        The kernel's whole environment.
    connection : dict
        As in a Jupyter connection file, for sockets in `folder`.
    answer : socket
        Where the kernel's pidfd goes.
    sandbox : int
        Pidfd of the sandbox's first process.
    folder : int
        Descriptor of a folder of the grader's, closed before the kernel starts.
    group : tuple of int
        Descriptors of the ``cgroup.procs`` of the sandbox's control groups.
    """

    uid: int | None
    limits: dict[str, int]
    environment: dict[str, str]
    connection: dict[str, Any]
    answer: socket.socket
    sandbox: int
    folder: int
    group: tuple[int, ...]

    def close(self) -> None:
        """Close every descriptor that came with the request."""
        self.answer.close()
        for descriptor in (self.sandbox, self.folder, *self.group):
            os.close(descriptor)


def main() -> None:
    """Serve until the grader is gone; return in each child once its kernel has ended."""
    control, profile = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    del sys.path[0]  # the working directory, as ipykernel_launcher does
    try:
        preload(profile)
    except Exception as error:  # noqa: BLE001  # told to the grader, which raises it
        control.send(_text(error))
        return
    control.send(READY)
    request = serve(control)
    if request is not None:
        sockets = enter(request)
        run_kernel(request.connection, sockets)


def preload(profile: str) -> None:
    """Import a profile's modules and prove that none of them started a thread.

    Raises
    ------
    RuntimeError
        If there is more than one thread: forking would copy locks that nobody holds any more.
    """
    gc.disable()  # until all is frozen: nothing of what is imported is garbage
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # 110 modules no grader needs
    importlib.import_module("ipykernel.debugger")
    del sys.modules["debugpy"]
    for name in PROFILES[profile]:
        importlib.import_module(name)
    program()  # kept for every child
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"{threads} threads after importing {profile!r}, expected 1")
    gc.collect()
    gc.freeze()  # a collection in a child would copy the pages of all that is shared
    gc.enable()


def serve(control: socket.socket) -> Request | None:
    """Fork at each request; return it in the child, and None in the server at the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children leave no zombies
    while (request := _receive(control)) is not None:
        try:
            child = fork_into(request.sandbox)
        except OSError as error:
            request.answer.send(_text(error))
            child = None
        if child == 0:
            control.close()
            return request
        request.close()
    return None


def enter(request: Request) -> dict[str, int]:
    """Move this process into the sandbox for good, and answer the grader.

    The order matters: each step still needs what the later ones take away.

    Returns
    -------
    dict of str to int
        The listening socket of each channel: all that is left of the outside.
    """
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for entrance in request.group:
            os.write(entrance, b"0")
        join(request.sandbox, user=request.uid is None)
        os.setsid()
        os.umask(0o022)
        sockets = _listen(request)
        _replace_streams()
        close_descriptors({0, 1, 2, request.answer.fileno(), *sockets.values()})
        limit(request.limits)
        drop_privileges(request.uid)
        filter_calls(program())
        _replace_state(request.environment)
        socket.send_fds(request.answer, [READY], [os.pidfd_open(os.getpid())])
    except Exception as error:  # noqa: BLE001  # told to the grader, which raises it
        request.answer.send(_text(error))
        os._exit(1)
    request.answer.detach()
    close_descriptors({0, 1, 2, *sockets.values()})
    return sockets


def run_kernel(connection: dict[str, Any], sockets: dict[str, int]) -> None:
    """Become an ipykernel on these sockets, until it is asked to end."""
    from traitlets.config import Config

    from autograder.sandbox.zygote_kernel import HandedSocketsApp

    quiet = Config(HistoryManager={"enabled": False}, IPKernelApp={"log_level": 50})
    app = HandedSocketsApp.instance(config=quiet)
    app.hand(connection, sockets)
    with _no_list_of_modules():
        app.initialize([])
    if "matplotlib.pyplot" in sys.modules:
        _draw_once()
    app.start()  # type: ignore[no-untyped-call]  # ipykernel's


@contextlib.contextmanager
def _no_list_of_modules() -> Iterator[None]:
    """Keep ipykernel from listing every module's file for the debugger, of which there is none.

    Only to look at thousands of modules would copy the pages that they lie in.
    """
    ipkernel: Any = importlib.import_module("ipykernel.ipkernel")
    ipkernel.sys = types.SimpleNamespace(modules={})
    try:
        yield
    finally:
        ipkernel.sys = sys


def _draw_once() -> None:
    """Leave the drawing of figures after a cell to the inline backend, which shows them.

    pyplot would draw each of them before that too, for windows that no kernel here has; that is
    half the cost of a picture.
    """
    importlib.import_module("matplotlib_inline.backend_inline")  # plugs pyplot's hook in
    importlib.import_module("matplotlib.pyplot").uninstall_repl_displayhook()


def _receive(control: socket.socket) -> Request | None:
    try:
        text, descriptors, _, _ = socket.recv_fds(control, 1 << 18, MOST_DESCRIPTORS)
    except ConnectionResetError:  # an end of file too: the grader only peeks at our greeting
        return None
    if not text:
        return None
    answer, sandbox, folder, *group = descriptors
    return Request(
        **json.loads(text),
        answer=socket.socket(fileno=answer),
        sandbox=sandbox,
        folder=folder,
        group=tuple(group),
    )


def _text(error: Exception) -> bytes:
    return f"{type(error).__name__}: {error}".encode()[:4096]


def _listen(request: Request) -> dict[str, int]:
    """Make the kernel's sockets, reachable from the grader's folder.

    They are made inside because a socket belongs to a network namespace for life, and bound by the
    descriptor's name so that ``getsockname`` tells no path of the host.
    """
    sockets = {}
    for name in CHANNELS:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        file = f"{request.connection['ip']}-{request.connection[f'{name}_port']}"
        listening.bind(f"/proc/self/fd/{request.folder}/{file}")
        listening.listen(16)
        listening.setblocking(False)
        sockets[name] = listening.detach()
    return sockets


def _replace_streams() -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def _replace_state(environment: dict[str, str]) -> None:
    """Replace what a fork copies and an exec would not."""
    os.chdir("/scratch")
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = [importlib.import_module("ipykernel_launcher").__file__ or ""]
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # else every kernel would draw the same numbers


if __name__ == "__main__":
    main()
