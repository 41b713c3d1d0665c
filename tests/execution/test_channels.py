"""The grader's end of a kernel's channels, against real kernels."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.execution.channels import BoundedKernelClient, BoundedKernelManager

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("s")  # a socket's path must be short


@contextlib.asynccontextmanager
async def kernel(folder: Path) -> AsyncIterator[tuple[BoundedKernelClient, Path]]:
    """Start a kernel; its client looks for the stdin channel where nothing is yet."""
    manager = BoundedKernelManager(transport="ipc", ip=str(folder / "k"))
    await manager.start_kernel()
    client = manager.client()
    channel = Path(f"{client.ip}-{client.stdin_port}")
    client.stdin_port = 999
    client.start_channels()
    try:
        yield client, channel
    finally:
        client.disconnect()
        await manager.shutdown_kernel(now=True)


def test_a_kernel_is_ready_only_once_it_can_ask_a_question(folder):
    async def ask() -> str:
        async with kernel(folder) as (client, channel):
            ready = asyncio.ensure_future(client.wait_for_ready(30))
            while not channel.exists():
                await asyncio.sleep(0.05)
            assert not (await asyncio.wait({ready}, timeout=3))[0]
            (folder / "k-999").symlink_to(channel)
            await ready
            client.execute("input('how many?')")
            return (await client.get_stdin_msg(timeout=10))["content"]["prompt"]

    assert asyncio.run(ask()) == "how many?"


def test_a_kernel_that_can_ask_none_is_an_error(folder):
    async def wait() -> None:
        async with kernel(folder) as (client, _):
            await client.wait_for_ready(2)

    with pytest.raises(RuntimeError, match="did not answer in 2 seconds"):
        asyncio.run(wait())
