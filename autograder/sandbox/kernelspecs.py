"""Install the sandbox's kernelspecs, so that every Jupyter tool finds them by name."""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

KERNELS = Path(__file__).parent / "kernels"
"""Folder of the kernelspecs, one folder each."""


def install_kernels(prefix: Path | None = None) -> list[Path]:
    """Install all kernelspecs of `KERNELS` and return where they are.

    Parameters
    ----------
    prefix : Path, optional
        Folder whose ``share/jupyter/kernels`` they go to; by default this environment's.

    Returns
    -------
    list of Path
        Their folders.

    Raises
    ------
    OSError
        If that folder cannot be written.
    """
    manager = KernelSpecManager()
    return [
        Path(
            manager.install_kernel_spec(
                str(folder), kernel_name=folder.name, prefix=str(prefix or sys.prefix)
            )
        )
        for folder in sorted(KERNELS.iterdir())
    ]
