"""Availability of the sandbox on this host: whether bubblewrap and all around it work here."""

from __future__ import annotations

import functools
import logging
import subprocess
import tempfile
from typing import IO

from autograder.errors import InfrastructureError, SandboxUnavailableError

logger = logging.getLogger(__name__)


@functools.cache
def require_sandbox() -> None:
    """Start and leave a sandbox, with all that belongs to one, once per process.

    Raises
    ------
    SandboxUnavailableError
        With the words of the tool that failed.
    """
    run_inside(["/usr/bin/env", "true"])
    logger.debug("a sandbox was started and left: it works here")


def run_inside(command: list[str], seconds: float = 20.0) -> str:
    """Run a command in a sandbox of its own and return what it prints.

    Raises
    ------
    SandboxUnavailableError
        With the words of the tool that failed.
    """
    # imported here: the policy asks this module for bubblewrap
    from autograder.sandbox.bwrap import start_bwrap
    from autograder.sandbox.policy import Policy, sandbox_command
    from autograder.sandbox.seccomp import program

    with tempfile.TemporaryFile() as printed:
        output = printed.fileno()
        try:
            start = [*sandbox_command(Policy(), uid=61_000), *command]
            process, _ = start_bwrap(start, seccomp=program(), stdout=output, stderr=output)
            status = process.wait(seconds)
        except SandboxUnavailableError:
            raise
        except (OSError, InfrastructureError, subprocess.TimeoutExpired) as error:
            raise SandboxUnavailableError(_text(printed) or str(error)) from error
        if status:
            raise SandboxUnavailableError(_text(printed) or f"bwrap ended with {status}")
        return _text(printed)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()
