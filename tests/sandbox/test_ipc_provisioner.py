"""A plain kernel without a TCP port."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerFactory

from autograder.sandbox.ipc_provisioner import IPCProvisioner


def start(manager: KernelManager) -> None:
    """Start the manager's kernel through our provisioner, whatever the environment says."""
    spec = KernelSpec(**manager.kernel_spec.to_dict())
    spec.metadata["kernel_provisioner"] = {"provisioner_name": "ipc-provisioner"}
    manager._kernel_spec = spec
    manager.start_kernel()
    assert isinstance(manager.provisioner, IPCProvisioner)


@pytest.fixture
def manager():
    manager = KernelManager(kernel_name="python3")
    yield manager
    manager.shutdown_kernel(now=True)


def test_the_installed_entry_point_is_ours():
    factory = KernelProvisionerFactory.instance()
    assert (
        factory.get_provisioner_entries()["ipc-provisioner"]
        == "autograder.sandbox.ipc_provisioner:IPCProvisioner"
    )


def test_a_kernel_answers_over_private_sockets_and_leaves_nothing(manager):
    start(manager)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    reply = client.execute_interactive("1 + 1", timeout=60)
    client.stop_channels()
    assert reply["content"]["status"] == "ok"
    folder = Path(manager.ip).parent
    assert manager.transport == "ipc"
    assert folder.stat().st_mode & 0o777 == 0o700
    manager.shutdown_kernel(now=True)
    assert not folder.exists()


def test_sockets_that_a_manager_chose_itself_are_kept(manager, tmp_path_factory):
    chosen = str(tmp_path_factory.mktemp("s") / "s")
    manager.transport = "ipc"
    manager.ip = chosen
    start(manager)
    assert manager.ip == chosen
