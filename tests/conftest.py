"""What all tests share: kernels that print the same on every run and need no network."""

from __future__ import annotations

import os
import socket

import pytest

from autograder.build_solution import REPEATABLE

# Kernels inherit this, nbval's too: one thread each, and the outputs that the build committed.
os.environ.update(REPEATABLE)
# Without it nbval and nbclient need TCP ports, and so fail where loopback is down (unshare -n).
os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "ipc-provisioner"


@pytest.fixture(scope="session")
def loopback() -> None:
    """For tests that serve HTTP to themselves: skip where that cannot work."""
    with socket.socket() as listener, socket.socket() as caller:
        try:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            caller.connect(listener.getsockname())
        except OSError as error:
            pytest.skip(f"loopback is down, as in a fresh network namespace: {error}")
