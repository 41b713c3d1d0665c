"""``autograder kernels``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.cli.options import PATH
from autograder.sandbox.kernelspecs import install_kernels

if TYPE_CHECKING:
    from pathlib import Path


@click.command("kernels")
@click.option("--prefix", type=PATH, help="default: this environment")
def command(prefix: Path | None) -> None:
    """Install the sandbox's kernels for Jupyter.

    Every Jupyter tool then finds them by their names, which are printed with their folders.
    """
    for folder in install_kernels(prefix):
        print(f"{folder.name}: {folder}")
