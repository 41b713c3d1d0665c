"""A grader that is root and one that is an ordinary user, each with cold and with warm kernels."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.security.grader import Cage, Grader, Kernel, as_nobody

SMALL = {"memory_mb": 400, "scratch_mb": 16, "tmp_mb": 16, "shm_mb": 16}
"""A policy that bombs reach the limits of in no time."""


@pytest.fixture(scope="session", params=["root", "user"])
def grader(request, sandbox):
    """A grader of each sort; an ordinary user's tests can only be one of them."""
    if request.param == "root" and os.geteuid() != 0:
        pytest.skip("only root can be root")
    enter = as_nobody() if request.param == "user" and os.geteuid() == 0 else []
    grader = Grader(enter)
    yield grader, request.param == "root"
    grader.close()


@pytest.fixture(scope="session", params=["sandbox", "sandbox-warm"])
def cage(request, grader):
    return Cage(grader[0], request.param, grader[1])


@pytest.fixture(scope="session")
def kernel(cage):
    """A kernel for probes that leave it alive."""
    kernel = cage.start()
    yield kernel
    kernel.end()


@pytest.fixture
def small(cage):
    """A kernel of its own for one bomb, with little of everything."""
    started = []

    def start(output_mb: float = 1, **policy: Any) -> Kernel:
        started.append(cage.start(output_mb, **SMALL | policy))
        return started[-1]

    yield start
    for kernel in started:
        kernel.end()
