"""``autograder kernels``."""

from __future__ import annotations

import argparse

from autograder.sandbox.kernelspecs import install_kernels


def run_kernels(options: argparse.Namespace) -> int:
    """Install the sandbox's kernels and print where they are."""
    for folder in install_kernels(options.prefix):
        print(f"{folder.name}: {folder}")
    return 0
