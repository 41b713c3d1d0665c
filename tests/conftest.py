"""What all tests share: kernels that print the same on every run and need no network."""

from __future__ import annotations

import os
import reprlib
import socket
from functools import cache
from typing import TYPE_CHECKING

import nbgrader.api
import pytest
from hypothesis import settings
from nbformat.v4 import new_code_cell, new_notebook
from nbval.plugin import IPyNbCell

from autograder.authoring.compare import outputs_close
from autograder.authoring.execute import REPEATABLE, UNSTABLE, normalise
from autograder.errors import SandboxUnavailableError
from autograder.sandbox.availability import require_sandbox

if TYPE_CHECKING:
    from collections.abc import Generator

    from nbformat import NotebookNode

# Kernels inherit this, nbval's too: one thread each, and the outputs that the build committed.
os.environ.update(REPEATABLE)
# On a busy machine an example can take long for no fault of its own.
settings.register_profile("tests", settings(), deadline=None)
settings.load_profile("tests")
# Without it nbval and nbclient need TCP ports, and so fail where loopback is down (unshare -n).
os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "ipc-provisioner"
# nbgrader starts alembic for each new gradebook, seconds each, and the answer is always the same.
nbgrader.api.get_alembic_version = cache(nbgrader.api.get_alembic_version)


def pytest_configure(config: pytest.Config) -> None:
    """Run the cells of solutions/ as the build does, in a plain kernel, and compare its way too."""
    # what stands in this file itself would hold for this folder only
    config.pluginmanager.register(CommittedOutputs())
    if getattr(config.option, "nbval_lax", False) and not config.option.nbval_kernel_name:
        config.option.nbval_current_env = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what runs every notebook again: at the end the other processes would wait."""
    items.sort(key=lambda item: item.path.stem != "test_student")


class CommittedOutputs:
    """Compares all that a cell puts out, figures too, with what the build committed.

    nbval compares the cells that are tagged, word by word, and no pictures. This is the build's
    own comparison. So the cells need not run a second time to see that what they put out is what
    the build makes of them.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Let nbval run the cell and compare, then do the same with the rest."""
        yield
        if isinstance(item, IPyNbCell) and UNSTABLE not in item.cell.metadata.get("tags", []):
            ran = new_code_cell(outputs=item.test_outputs)
            normalise(new_notebook(cells=[ran]))
            committed, found = (
                _without_run(outputs, item.cell.source)
                for outputs in (item.cell.outputs, ran.outputs)
            )
            if not outputs_close(committed, found):
                message = f"committed: {reprlib.repr(committed)}\ncame out: {reprlib.repr(found)}"
                pytest.fail(message, pytrace=False)


def _without_run(outputs: list[NotebookNode], source: str) -> list[dict]:
    """Leave out what tells of a run: nbval runs cells without a number and without their history.

    Without that, IPython does not notice the semicolon that is to silence a result.
    """
    silenced = source.rstrip().endswith(";")
    return [
        {key: value for key, value in output.items() if key != "execution_count"}
        for output in outputs
        if not (silenced and output.output_type == "execute_result")
    ]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which kernel runs the cells."""
    if not getattr(config.option, "nbval_lax", False):
        return []
    return [f"cells of notebooks run in: {config.option.nbval_kernel_name or 'a plain kernel'}"]


@pytest.fixture(scope="session")
def loopback() -> None:
    """For tests that serve HTTP to themselves: skip where that cannot work."""
    with socket.socket() as listener, socket.socket() as caller:
        try:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            caller.connect(listener.getsockname())
        except OSError as error:
            pytest.skip(f"loopback is down, as in a fresh network namespace: {error}")


@pytest.fixture(scope="session")
def sandbox() -> None:
    """For tests that run submissions: skip where this host has no sandbox."""
    try:
        require_sandbox()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
