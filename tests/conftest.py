"""What all tests share: kernels that print the same on every run and need no network."""

from __future__ import annotations

import os
import socket

import pytest
from hypothesis import settings

from autograder.build_solution import REPEATABLE
from autograder.errors import SandboxUnavailableError
from autograder.sandbox.host import require_sandbox

# Kernels inherit this, nbval's too: one thread each, and the outputs that the build committed.
os.environ.update(REPEATABLE)
# On a busy machine an example can take long for no fault of its own.
settings.register_profile("tests", settings(), deadline=None)
settings.load_profile("tests")
# Without it nbval and nbclient need TCP ports, and so fail where loopback is down (unshare -n).
os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "ipc-provisioner"


def pytest_configure(config: pytest.Config) -> None:
    """Run the cells of solutions/ in the sandbox, where there is one.

    The committed outputs come from a plain kernel, so nbval shows that both print the same.
    """
    if getattr(config.option, "nbval_lax", False) and not config.option.nbval_kernel_name:
        try:
            require_sandbox()
        except SandboxUnavailableError:
            config.option.nbval_current_env = True
        else:
            config.option.nbval_kernel_name = "sandbox-warm"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the build, the longest of all, so that no process waits for it in the end."""
    items.sort(key=lambda item: item.path.name != "test_build.py")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which kernel runs the cells."""
    if not getattr(config.option, "nbval_lax", False):
        return []
    return [f"cells of notebooks run in: {config.option.nbval_kernel_name or 'a plain kernel'}"]


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
