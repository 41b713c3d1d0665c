"""Start Jupyter's server in a course's folder, as an instructor does."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 180
"""How long a server may take to answer: on a busy machine it needs many."""


@contextmanager
def jupyter_server(course: Path, application: str, *options: str) -> Iterator[tuple[str, str]]:
    """Run ``python -m application`` until the end; yield its address, and the token for it."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    command = [
        *(sys.executable, "-m", application, "--allow-root", "--no-browser", *options),
        *(f"--ServerApp.port={port}", f"--IdentityProvider.token={token}"),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_TOKEN": token}
    log = course / "server.log"
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=file, stderr=file)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(f"{address}/api", process, log)
        yield address, token
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())
