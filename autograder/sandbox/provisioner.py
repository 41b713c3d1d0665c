"""A kernel provisioner that starts any Python kernel inside the sandbox.

Chosen by kernelspec (``kernels/sandbox/kernel.json``), so nbclient, papermill, nbgrader and
JupyterLab use it by the kernel's name alone.
The kernel talks over ipc sockets in one private folder: no TCP port, so no neighbour can land
on it, and no network is needed inside.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from autograder.errors import InfrastructureError, NoCgroupsError
from autograder.sandbox import uids
from autograder.sandbox.bwrap import readable, start_bwrap
from autograder.sandbox.cgroups import Group, find_hierarchy
from autograder.sandbox.policy import Policy, sandbox_command, with_data
from autograder.sandbox.runtime_dir import new_folder, own_folder
from autograder.sandbox.seccomp import program
from autograder.sandbox.staging import stageable, stageable_files
from helpers.places import data_folder

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo

logger = logging.getLogger(__name__)

NAMED_KERNEL_MB = 8192
"""Memory of a kernel that was chosen by its name: no ``run.toml`` says what its notebook needs."""


class SandboxProvisioner(LocalProvisioner):
    """Start, interrupt and end one sandboxed kernel."""

    _policy: Policy
    _folder: Path | None = None
    _staged: tuple[tuple[Path, str], ...] = ()
    _first_pid: int | None = None
    _first_pidfd: int | None = None
    _uid: uids.UserId | None = None
    _group: Group | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the private folder, the connection file and the files the notebook may read."""
        policy = kwargs.pop("policy", None)
        self._policy = policy or _usual_policy()
        kwargs.pop("profile", None)  # of warm kernels; a cold one imports for itself
        if self._folder is None:  # a restarted kernel keeps its addresses
            self._folder = new_folder("cage")
        manager: Any = self.parent
        manager.transport = "ipc"
        manager.ip = str(self._folder / "k")
        manager.connection_file = str(self._folder / "connection.json")
        cwd = kwargs.pop("cwd", None)
        # papermill's kernels run where papermill stands
        beside = stageable(Path(cwd)) if cwd else [] if policy else stageable_files(Path.cwd())
        self._staged = tuple((path, f"/scratch/{name}") for path, name in beside)
        # jupyter_client fills the command from a kernelspec that names just "python"
        self.kernel_spec.argv[0] = sys.executable
        return await super().pre_launch(**kwargs)

    async def launch_kernel(
        self,
        cmd: list[str],
        **kwargs: Any,  # noqa: ARG002  # as jupyter_client's; the policy says all
    ) -> KernelConnectionInfo:
        """Start the sandbox, or leave nothing of it behind."""
        try:
            await self._launch(cmd)
        except BaseException:
            await self.cleanup()
            if self.process is not None:
                await self.wait()
            raise
        return self.connection_info

    async def _launch(self, command: list[str]) -> None:
        """Start the kernel as the child of the sandbox's first process, which is bubblewrap's."""
        assert self._folder is not None
        manager: Any = self.parent
        uid = self._take_uid()
        if os.geteuid() == 0:
            for path in (self._folder, Path(manager.connection_file)):
                os.chown(path, uid, uid)
        self._start_sandbox(command, uid, writable=(self._folder,))

    def _start_sandbox(
        self, command: list[str], uid: int, *, writable: tuple[Path, ...] = (), **start: Any
    ) -> None:
        """Start a sandbox of this kernel's policy around a command."""
        policy = replace(self._policy, read_only=(*self._policy.read_only, *self._staged))
        command = [*sandbox_command(policy, uid, writable=writable), *command]
        self._make_group()
        before = self._group.add if self._group else None
        self.process, self._first_pid = start_bwrap(
            command, seccomp=program(), before=before, **start
        )
        self._first_pidfd = os.pidfd_open(self._first_pid)
        logger.debug("sandbox of user id %d started, process %d", uid, self._first_pid)
        self.pid, self.pgid, self.cwd = self.process.pid, None, "/scratch"

    def _make_group(self) -> None:
        """Bound the sum over the sandbox's processes, where the host has the means."""
        assert self._folder is not None
        self._remove_group()
        name = f"{own_folder().name}.{self._folder.name}"  # found by it if this process is killed
        try:
            self._group = Group(
                find_hierarchy(), name, self._policy.total_bytes, self._policy.total_processes
            )
        except NoCgroupsError as error:  # `autograder doctor` says so
            logger.debug("%s", error)

    def _remove_group(self) -> None:
        if self._group is not None:
            self._group.remove()
            self._group = None

    def watch_memory(self) -> None:
        """Let `memory_kills` and `ran_out` tell of what happens from now on."""
        if self._group is not None:
            self._group.watch_memory()

    def memory_kills(self) -> int:
        """Return how many of its processes were ended for memory, whoever had too little."""
        return 0 if self._group is None else self._group.memory_kills()

    def ran_out(self) -> bool:
        """Whether all its processes together reached their limit on memory."""
        return self._group is not None and self._group.ran_out()

    async def send_signal(self, signum: int) -> None:
        """Interrupt the kernel alone; anything stronger ends the whole sandbox."""
        manager: Any = self.parent
        if signum != signal.SIGINT:
            self._end()
        elif not manager.shutting_down:  # else it is killed next
            self._interrupt()

    def _interrupt(self) -> None:
        if (kernel := self.kernel_pid()) is not None:
            os.kill(kernel, signal.SIGINT)

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002  # as jupyter_client's
        """End every process of the sandbox and wait until all are gone."""
        self._end()
        await self._gone()

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`: a graded kernel needs no farewell."""
        await self.kill(restart)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """As `kill`: waiting for a graceful exit costs up to 2.6 seconds a notebook."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove what the sandbox left on the host."""
        await self.kill(restart)
        self._remove_group()
        if self._uid is not None:
            self._uid.release()
            self._uid = None
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder)
            self._folder = None

    def _end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()  # --die-with-parent takes the pid namespace with it

    async def _gone(self, seconds: float = 5.0) -> None:
        """Wait for the sandbox's first process: the kernel reaps it after all the others."""
        if self._first_pidfd is None:
            return
        if not await readable(self._first_pidfd, seconds):
            raise InfrastructureError(f"a sandbox outlived its end by {seconds:g} seconds")
        os.close(self._first_pidfd)
        self._first_pidfd = None

    def kernel_pid(self) -> int | None:
        """Return the kernel's process as this one sees it; None if there is none any more."""
        children = Path(f"/proc/{self._first_pid}/task/{self._first_pid}/children")
        try:
            return int(children.read_text().split()[0])
        except (OSError, IndexError):
            return None  # it ended meanwhile

    def _take_uid(self) -> int:
        """Return a user id that no other sandbox on this host uses now."""
        if self._uid is None:
            self._uid = uids.take()
        return self._uid.number


def _usual_policy() -> Policy:
    """Return the policy of a kernel that was chosen by its name alone: it may read the data."""
    policy, folder = Policy(memory_mb=NAMED_KERNEL_MB), data_folder()
    return with_data(policy, folder) if folder.is_dir() else policy
