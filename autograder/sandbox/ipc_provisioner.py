"""Kernels that talk over sockets in the file system instead of TCP ports.

A TCP port can be a neighbour's by the time a kernel binds it, and it needs a network interface,
if only loopback, which a fresh network namespace has not got.
``JUPYTER_DEFAULT_PROVISIONER_NAME=ipc-provisioner`` makes every tool use this that starts a plain
kernel, nbval too, which takes no settings.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from autograder.sandbox.runtime_dir import new_folder

if TYPE_CHECKING:
    from pathlib import Path


class IPCProvisioner(LocalProvisioner):
    """Start a kernel as usual, with its sockets in a folder that nobody else can enter."""

    _folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the sockets, unless the kernel's manager was set up for some already."""
        manager: Any = self.parent
        if manager.transport != "ipc":
            self._folder = new_folder("ipc")
            manager.transport = "ipc"
            manager.ip = str(self._folder / "s")
        return await super().pre_launch(**kwargs)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets with the kernel; a restarted one keeps its addresses."""
        await super().cleanup(restart)
        if self._folder is not None and not restart:
            shutil.rmtree(self._folder, ignore_errors=True)
