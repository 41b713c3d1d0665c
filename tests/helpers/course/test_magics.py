"""``%check`` and ``%submit`` in a real kernel: they return at once, and show what comes out."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import nbformat
import pytest
from jupyter_client import KernelManager
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course.magics import NOT_OPEN, SESSION, USAGE, find_this_notebook, find_unsaved
from tests.helpers.course.small import write_small
from tests.support import ROOT

LOAD = "from helpers.course import magics\nmagics.load()"

SECONDS = 60
"""How long a test waits for what it is about: on a busy machine a kernel needs many."""


class Kernel:
    """A kernel as Jupyter's server starts it for a notebook."""

    def __init__(self, path, **more):
        environment = os.environ | {"PYTHONPATH": str(ROOT), SESSION: str(path)} | more
        self.unread, self.widgets = [], {}
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(path.parent), env=environment)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(SECONDS)

    def run(self, code, cell=None):
        """Run a cell; return what it put out until it ended, and how long that took."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content)
        message["metadata"]["cellId"] = cell
        began = time.monotonic()
        self.client.shell_channel.send(message)
        texts = []
        while True:
            one = self._next()
            own = one["parent_header"].get("msg_id") == message["header"]["msg_id"]
            if own and one["content"].get("execution_state") == "idle":
                return texts, time.monotonic() - began
            texts += filter(None, [text_of(one)])

    def _next(self):
        message = self.client.get_iopub_msg(timeout=SECONDS)
        self.unread.append(text_of(message))
        if message["msg_type"] == "comm_open":
            state = message["content"]["data"].get("state", {})
            self.widgets[state.get("_model_name")] = message["content"]["comm_id"]
        return message

    def click(self):
        """Click the button, as the page does."""
        content = {"comm_id": self.widgets["ButtonModel"]}
        content["data"] = {"method": "custom", "content": {"event": "click"}}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", content))

    def wait_for(self, words):
        """Return the first output that has these words in it, of those not asked for before."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            while self.unread:
                if words in (text := self.unread.pop(0)):
                    return text
            self._next()
        raise AssertionError(f"{words!r} was not shown")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


def text_of(message):
    content = message["content"]
    if message["msg_type"] == "error":
        return f"{content['ename']}: {content['evalue']}"
    return content.get("text") or content.get("data", {}).get("text/plain", "")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_small(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def kernel(path):
    kernel = Kernel(path)
    kernel.run(LOAD)
    yield kernel
    kernel.close()


def test_a_check_begins_and_the_kernel_goes_on(kernel):
    texts, seconds = kernel.run("%check double")
    assert seconds < 20
    assert not any("Error" in text for text in texts)
    assert kernel.run("print(6 * 7)")[0][-1] == "42\n"


def test_what_a_check_found_is_shown_below_the_cell(kernel):
    kernel.run("magics._session.job.thread.join()")
    kernel.run("%check add_one")
    assert "add-one does not pass: AssertionError: 1 and 1 are 2" in kernel.wait_for("Missing")


def test_an_exercise_that_is_none_is_told_in_a_line(kernel):
    kernel.run("magics._session.job.thread.join()")
    kernel.run("%check triple")
    assert "no exercise 'triple': expected double" in kernel.wait_for("broke off")


def test_handing_in_needs_a_name_and_then_gives_a_receipt(kernel, path):
    kernel.run("magics._session.job.thread.join()")
    assert kernel.run("%submit")[0] == [f"{USAGE}\n"]
    kernel.run("%submit s07")
    text = kernel.wait_for("Receipt")
    written = path.parent.parent / "handed-in" / "09_small" / "96%_s07.ipynb"
    assert f"Hand in: {written}" in text
    assert written.read_bytes() == path.read_bytes()


def test_a_cell_that_changed_since_the_file_was_saved_is_named(kernel):
    kernel.run("magics._session.job.thread.join()")
    kernel.run("def double(x):\n    return 3 * x", cell="double")
    texts, _ = kernel.run("%check double")
    assert any("Not saved yet: cell 4 has changed since" in text for text in texts)
    kernel.run("def double(x):\n    return 2 * x", cell="double")
    kernel.run("magics._session.job.thread.join()")
    texts, _ = kernel.run("%check double")
    assert not any("Not saved" in text for text in texts)


def test_a_check_is_stopped_by_word_and_another_begins_only_then(tmp_path):
    cells = [new_code_cell("while True:\n    pass")]
    kernel = Kernel(write_small(tmp_path, new_notebook(cells=cells)))
    try:
        kernel.run("import sys\nsys.modules['ipywidgets'] = None")  # as where it is missing
        kernel.run(LOAD)
        kernel.run("%check")
        kernel.wait_for("check: 0 of 1 cells. Stop it by %check --stop")
        assert kernel.run("%check")[0][-1].startswith("A check runs already")
        kernel.run("%check --stop")
        assert kernel.wait_for("Stopped.") == "Stopped."
    finally:
        kernel.close()


def test_the_button_stops_it(tmp_path):
    cells = [new_code_cell("while True:\n    pass")]
    kernel = Kernel(write_small(tmp_path, new_notebook(cells=cells)))
    try:
        kernel.run(LOAD)
        kernel.run("%check")
        kernel.click()
        assert kernel.wait_for("Stopped.") == "Stopped."
    finally:
        kernel.close()


def test_in_a_checks_own_kernel_nothing_begins(path):
    kernel = Kernel(path, COURSE_CHECKING="1")
    try:
        kernel.run(LOAD)
        assert kernel.run("%check")[0] == []
        assert kernel.run("%submit s05")[0] == []
    finally:
        kernel.close()


def test_without_a_server_that_tells_the_notebook_a_sentence_says_so(tmp_path):
    """As when a cell with ``%check`` in it is graded."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        f"{LOAD}\nresult = shell.run_cell('%check flatten')\nassert result.success"
    )
    environment = {key: value for key, value in os.environ.items() if key != SESSION}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, NOT_OPEN), done.stderr


def test_the_notebook_is_found_by_what_the_server_says(tmp_path):
    notebook = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(), notebook)
    assert find_this_notebook({SESSION: str(notebook)}, tmp_path) == notebook
    assert find_this_notebook({SESSION: "elsewhere/a.ipynb"}, tmp_path) == notebook
    assert find_this_notebook({SESSION: "elsewhere/b.ipynb"}, tmp_path) is None
    assert find_this_notebook({}, tmp_path) is None


def test_a_cell_that_is_new_or_the_same_is_not_unsaved(path):
    assert find_unsaved(path, {}) == []
    assert find_unsaved(path, {"new": "%check", "double": "def double(x):\n    return 2 * x"}) == []
