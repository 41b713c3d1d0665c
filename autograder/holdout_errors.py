"""What can go wrong with held-out images.

Errors::

    AutograderError
    └── HoldoutError                  no held-out images can be had
        ├── HoldoutSizeError          more images wanted than there are
        ├── HoldoutDiffersError       there are some already, of another seed or size
        └── HoldoutDamagedError       a file of them is missing or altered
"""

from __future__ import annotations

from pathlib import Path

from autograder.errors import AutograderError


class HoldoutError(AutograderError):
    """No held-out images can be had; `folder` is where they belong."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(folder, problem)
        self.folder, self.problem = folder, problem

    def __str__(self) -> str:
        return f"held-out images in {self.folder}: {self.problem}"


class HoldoutSizeError(HoldoutError):
    """More images are wanted than there are, or fewer than one."""


class HoldoutDiffersError(HoldoutError):
    """There are held-out images already, of another seed or size."""


class HoldoutDamagedError(HoldoutError):
    """A file of the held-out images is missing or altered."""
