"""A kernel provisioner whose kernels are forked by a server that has imported everything.

The sandbox is made by bubblewrap under the same policy as a cold one, around a sleeping holder.
The fork server's child joins it, drops every privilege and becomes the kernel; see
`autograder.sandbox.zygote_server` for that side.
The kernel's channels are unix sockets made before it drops its privileges: the sandbox sees no
folder of the host, and writes to none.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import warnings
from pathlib import Path
from typing import Any

from autograder.errors import InfrastructureError
from autograder.sandbox.bwrap import readable
from autograder.sandbox.policy import environment, limits
from autograder.sandbox.preload import PROFILES
from autograder.sandbox.provisioner import SandboxProvisioner
from autograder.sandbox.zygote_client import FORK_SECONDS, Zygote

logger = logging.getLogger(__name__)

HOLDER = ["/usr/bin/cat"]
"""Answers once, which proves that the sandbox is set up, then sleeps until its input ends."""


MOST_REFUSALS = 2
"""By servers that live on, until a kernel starts cold, and all after it."""

MOST_IN_ROW = 12
"""Failures of any kind without a kernel between them, until the same."""


class WarmProvisioner(SandboxProvisioner):
    """Start, interrupt and end one sandboxed kernel that has its libraries already.

    ``start_kernel(profile=...)`` names what is imported, a key of `PROFILES`.
    """

    _profile: str
    _kernel: int | None = None
    _cold = False  # of the class, for all kernels: what the host refuses it refuses always
    _in_row = 0  # failures since the last kernel that was forked, of all kernels

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare as for a cold kernel."""
        self._profile = kwargs.pop("profile", "scientific")
        if self._profile not in PROFILES:
            expected = ", ".join(map(repr, PROFILES))
            raise ValueError(f"unknown profile {self._profile!r}: expected one of {expected}")
        return await super().pre_launch(**kwargs)

    async def _launch(self, command: list[str]) -> None:
        """Set up the sandbox, then have the kernel forked into it.

        A server that fails is given up and a new one tried. One that was killed says nothing of the
        host, unless all are; what a server refuses twice, the host does not allow, and kernels
        start cold from then on, as safe and slower, by the command of the kernelspec.
        """
        uid = self._take_uid()
        self._cold, refused = WarmProvisioner._cold, 0
        while not self._cold:
            zygote = None
            try:
                zygote = Zygote.of(self._profile)
                await self._fork(zygote, uid)
            except InfrastructureError as error:
                logger.warning("no kernel was forked", exc_info=error)
                killed = zygote is not None and await zygote.was_killed()
                if zygote is not None:
                    zygote.close()
                await self.kill()
                await self.wait()
                WarmProvisioner._in_row += 1
                refused += not killed
                if refused == MOST_REFUSALS or WarmProvisioner._in_row >= MOST_IN_ROW:
                    self._cold = WarmProvisioner._cold = True
                    warnings.warn(f"kernels start cold, which is slower: {error}", stacklevel=2)
            else:
                WarmProvisioner._in_row = 0
                return
        await super()._launch(command)

    async def _fork(self, zygote: Zygote, uid: int) -> None:
        await zygote.ready()
        pipe = subprocess.PIPE
        self._start_sandbox(HOLDER, uid, enter=zygote.entrance(), stdin=pipe, stdout=pipe)
        await self._set_up()
        assert self._folder is not None
        assert self._first_pidfd is not None
        connection = json.loads((self._folder / "connection.json").read_text())
        request = {
            "uid": uid if os.geteuid() == 0 else None,
            "limits": limits(self._policy),
            "environment": {**environment(self._policy), "PWD": "/scratch"},  # as bwrap sets it
            "connection": {**connection, "ip": "k"},  # relative to the folder
        }
        folder = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        group = self._group.open() if self._group else []
        try:
            for old in self._folder.glob("k-*"):  # of the kernel before a restart
                old.unlink()
            self._kernel = await zygote.fork(request, self._first_pidfd, folder, group)
        finally:
            for descriptor in (folder, *group):
                os.close(descriptor)

    async def _set_up(self) -> None:
        """Wait for the holder's answer: it runs when everything around it is in place."""
        holder: Any = self.process
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        if not await readable(holder.stdout.fileno(), FORK_SECONDS) or not holder.stdout.read(1):
            raise InfrastructureError("bubblewrap did not set a sandbox up")
        holder.stdout.close()

    def kernel_pid(self) -> int | None:
        """Return the kernel's process as this one sees it; None if there is none any more."""
        if self._kernel is None:
            return super().kernel_pid() if self._cold else None
        facts = Path(f"/proc/self/fdinfo/{self._kernel}").read_text()
        pid = int(facts.partition("Pid:")[2].split()[0])
        return pid if pid > 0 else None  # -1 once it has ended

    async def poll(self) -> int | None:
        """Return None while the kernel lives; the holder may outlive it."""
        status = await super().poll()
        if status is None and self._kernel is not None and await readable(self._kernel, 0):
            self._end()
            return 1
        return status

    def _interrupt(self) -> None:
        if self._cold:
            super()._interrupt()
        elif self._kernel is not None:
            with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
                signal.pidfd_send_signal(self._kernel, signal.SIGINT)

    async def kill(self, restart: bool = False) -> None:
        """End every process of the sandbox and wait until all are gone."""
        await super().kill(restart)
        if self._kernel is not None:
            os.close(self._kernel)
            self._kernel = None
