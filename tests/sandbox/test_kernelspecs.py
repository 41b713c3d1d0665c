"""The tools that people know run a notebook in the sandbox by choosing the kernel's name."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tornado.websocket import websocket_connect

from autograder.sandbox.kernelspecs import install_kernels
from tests.support.course import NAME, author_notebook, make_course, submission, without
from tests.support.nbgrader_baseline import cell_scores

WHERE = "import os\nprint(os.uname().nodename, 'helpers' in os.listdir('/course'))"
BOTH = pytest.mark.parametrize("kernel", ["sandbox", "sandbox-warm"])


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("prefix")
    assert {path.name for path in install_kernels(prefix)} == {"sandbox", "sandbox-warm"}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "JUPYTER_PATH": str(prefix / "share" / "jupyter")}


@pytest.fixture
def notebook(tmp_path):
    outputs = [new_output("stream", name="stdout", text="sandbox True\n")]
    tags = {"tags": ["nbval-check-output"]}
    cell = new_code_cell(WHERE, outputs=outputs, execution_count=1, metadata=tags)
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb = new_notebook(cells=[cell], metadata={"kernelspec": kernelspec})
    nbformat.write(nb, tmp_path / "it.ipynb")
    return tmp_path / "it.ipynb"


def run(command, environment, folder):
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@BOTH
def test_papermill(kernel, environment, notebook):
    run(["papermill", "it.ipynb", "out.ipynb", "-k", kernel], environment, notebook.parent)
    (cell,) = nbformat.read(notebook.parent / "out.ipynb", as_version=4).cells
    assert cell.outputs[0].text == "sandbox True\n"


@BOTH
def test_papermill_sees_the_data_beside_the_notebook_and_nothing_below(
    kernel, environment, notebook
):
    nb = nbformat.read(notebook, as_version=4)
    nb.cells[0].source = "import os\nprint(sorted(os.listdir('.')), open('points.csv').read())"
    nbformat.write(nb, notebook)
    for name in ("points.csv", "secret/labels.csv", "answers.py", ".hidden.csv"):
        (notebook.parent / name).parent.mkdir(exist_ok=True)
        (notebook.parent / name).write_text("1,2")
    run(["papermill", "it.ipynb", "out.ipynb", "-k", kernel], environment, notebook.parent)
    (cell,) = nbformat.read(notebook.parent / "out.ipynb", as_version=4).cells
    assert cell.outputs[0].text == "['points.csv'] 1,2\n"


@BOTH
def test_nbval(kernel, environment, notebook):
    options = ["--nbval-lax", f"--nbval-kernel-name={kernel}", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, f"--rootdir={notebook.parent}"]
    assert "1 passed" in run([*command, str(notebook)], environment, notebook.parent)


@BOTH
def test_nbgrader_autograde(kernel, environment, tmp_path):
    course = make_course(tmp_path)
    double = f"def double(x):\n    import os\n    return 2 * x if {tiny_inside()} else None"
    nb = without(submission(double=double), "accuracy")
    author = course / "solutions" / NAME / f"{NAME}.ipynb"
    nbformat.write(without(author_notebook(), "accuracy"), author)
    target = course / "work" / "submitted" / "s01" / NAME / f"{NAME}.ipynb"
    target.parent.mkdir(parents=True)
    nbformat.write(nb, target)
    run(["nbgrader", "generate_assignment", NAME], environment, course)
    option = f"--Execute.kernel_name={kernel}"
    run(["nbgrader", "autograde", NAME, option], environment, course)
    scores = cell_scores(NAME, "s01", course / "work")
    assert sum(score or 0 for score in scores.values()) == 4


def tiny_inside():
    return "os.uname().nodename == 'sandbox'"


@BOTH
def test_a_jupyterlab_kernel(kernel, environment, tmp_path, loopback):
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--IdentityProvider.token=t"]
    runtime = {"JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    server = subprocess.Popen(
        ["jupyter", "lab", *options, f"--ServerApp.root_dir={tmp_path}"],
        env=environment | runtime,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert asyncio.run(_ask_lab(kernel, tmp_path / "runtime")) == "sandbox True\n"
    finally:
        server.terminate()
        server.wait(30)


async def _ask_lab(kernel: str, runtime: Path) -> str:
    """Start a kernel by JupyterLab's own interface and return what `WHERE` prints there."""
    async with asyncio.timeout(90):
        while not (found := list(runtime.glob("jpserver-*.json"))):
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.5)  # until it is written
        url = json.loads(found[0].read_text())["url"]
        request = urllib.request.Request(
            f"{url}api/kernels?token=t", json.dumps({"name": kernel}).encode(), method="POST"
        )
        with await asyncio.to_thread(urllib.request.urlopen, request) as answer:
            number = json.load(answer)["id"]
        address = f"{url.replace('http', 'ws', 1)}api/kernels/{number}/channels?token=t"
        channels = await websocket_connect(address)
        content = {"code": WHERE, "silent": False}
        header = {"msg_id": "1", "msg_type": "execute_request", "session": "s", "username": "u"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await channels.write_message(json.dumps({**message, "channel": "shell", "buffers": []}))
        while (received := json.loads(await channels.read_message()))["msg_type"] != "stream":
            pass
        channels.close()
        while await channels.read_message() is not None:  # until the server has closed it too
            pass
        return received["content"]["text"]
