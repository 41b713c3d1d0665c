"""What all tests share: kernels that print the same on every run."""

from __future__ import annotations

import os

from autograder.build_solution import REPEATABLE

# Kernels inherit this, nbval's too: one thread each, and the outputs that the build committed.
os.environ.update(REPEATABLE)
