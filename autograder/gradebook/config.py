"""Read the course's nbgrader settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets.config.loader import PyFileConfigLoader

if TYPE_CHECKING:
    from pathlib import Path

    from traitlets.config import Config


def load_config(root: Path) -> Config:
    """Return the settings in ``root/nbgrader_config.py``."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
