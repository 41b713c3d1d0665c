"""The start page tells how far one is, and JupyterLab opens without what is for those who grade."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from helpers.course.install import missing_requirements
from helpers.course.lab import lab_command, prepare_folder, write_settings
from helpers.course.outline import list_exercises
from helpers.course.status import is_done, read_status, to_markdown, to_text
from tests.helpers.course.small import small_notebook
from tests.support import ROOT


def done_notebook():
    """Return the small notebook as it is saved after its checks have run."""
    notebook = small_notebook()
    for cell in notebook.cells:
        if cell.id in ("check-double", "check-accuracy"):
            cell.outputs = [new_output("stream", text="double: 2 of 5 points.\n")]
        if cell.id == "check-add-one":
            cell.outputs = [new_output("error", ename="AssertionError", evalue="no")]
    return notebook


def test_an_exercise_is_done_once_its_own_check_has_passed():
    notebook = done_notebook()
    done = {one.name: is_done(one, notebook) for one in list_exercises(notebook)}
    assert done == {"double": True, "add-one": False, "halve": False, "why": True, "predict": True}


def test_an_answer_whose_check_never_ran_is_not_done():
    notebook = small_notebook()
    assert [one.name for one in list_exercises(notebook) if is_done(one, notebook)] == ["why"]


@pytest.fixture
def folder(tmp_path):
    """Return a student's folder with two of the course's notebooks, one begun, one damaged."""
    for name in ("02_binary", "03_svc"):
        (tmp_path / name).mkdir()
    nbformat.write(done_notebook(), tmp_path / "02_binary" / "02_binary.ipynb")
    (tmp_path / "03_svc" / "03_svc.ipynb").write_text("{")
    return tmp_path


def test_status_names_what_is_done_and_where_to_go_on(folder):
    first, second = to_text(read_status(folder)).splitlines()
    assert first == "09 Small numbers: 3 of 5 exercises. `add-one`"
    assert second.startswith("03_svc: ")
    assert "is no notebook that can be read" in second
    table = to_markdown(read_status(folder)).splitlines()
    assert table[2] == (
        "| [09 Small numbers](02_binary/02_binary.ipynb) | 3 of 5 exercises | `add-one` "
        "| 5 minutes, 4 GB |"
    )


def test_status_says_so_where_there_is_nothing(tmp_path):
    assert to_text(read_status(tmp_path)) == "There is no notebook of the course here."


def test_a_students_own_lines_on_the_start_page_stay(folder):
    start = prepare_folder(folder, None)
    page = nbformat.read(start, as_version=4)
    page.cells[0].source += "\n\nMy own note."
    nbformat.write(page, start)
    notebook = done_notebook()
    notebook.cells[5].source, notebook.cells[6].outputs = "def add_one(x):\n    return x + 1", []
    nbformat.write(notebook, folder / "02_binary" / "02_binary.ipynb")
    page = nbformat.read(prepare_folder(folder, None), as_version=4)
    assert page.cells[0].source.endswith("My own note.")
    (output,) = next(cell for cell in page.cells if cell.id == "status").outputs
    assert "3 of 5 exercises" in output["data"]["text/markdown"]
    nbformat.validate(page)


def test_a_notebook_that_is_there_is_never_replaced(tmp_path):
    mine, handed_out = tmp_path / "mine", ROOT / "notebooks"
    prepare_folder(mine, handed_out)
    copied = {path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file()}
    there = {path.relative_to(handed_out).as_posix() for path in handed_out.glob("*/*")}
    assert copied == there | {"start.ipynb"}
    changed = mine / "03_svc" / "03_svc.ipynb"
    changed.write_text("mine")
    shutil.rmtree(mine / "02_binary")
    prepare_folder(mine, handed_out)
    assert changed.read_text() == "mine"
    assert (mine / "02_binary" / "02_binary.ipynb").is_file()


def test_what_is_missing_is_told_by_name_whatever_its_version():
    assert missing_requirements() == []
    assert missing_requirements("nbconvert") == []


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start JupyterLab as `course lab` does; yield its address, and the token for it."""
    folder = tmp_path_factory.mktemp("lab")
    start = prepare_folder(folder / "notebooks", ROOT / "notebooks")
    write_settings(folder / "settings")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    options = [f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", "--no-browser"]
    environment = {"JUPYTER_CONFIG_PATH": str(folder / "settings"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        lab_command(start, options),
        cwd=start.parent,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for_server(address, token, process)
            yield address, token
        finally:
            process.kill()


def get(address, token):
    request = urllib.request.Request(address, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def wait_for_server(address, token, process):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            get(f"{address}/api/status", token)
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not begin")


def test_a_students_lab_has_nothing_of_nbgraders(server):
    address, token = server
    page = get(f"{address}/lab", token)
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.S)[1])
    assert "@jupyter/nbgrader" in config["disabledExtensions"]
    for path in ("formgrader", "assignments", "nbgrader_version"):
        with pytest.raises(urllib.error.HTTPError) as told:
            get(f"{address}/{path}", token)
        with told.value as answer:
            assert answer.code == 404


def test_a_students_lab_has_pythons_kernel_alone(server):
    address, token = server
    assert [*json.loads(get(f"{address}/api/kernelspecs", token))["kernelspecs"]] == ["python3"]


def test_a_students_lab_shows_the_start_page_and_the_notebooks(server):
    address, token = server
    names = {one["name"] for one in json.loads(get(f"{address}/api/contents", token))["content"]}
    assert names == {"start.ipynb", *(path.name for path in ROOT.glob("notebooks/*"))}


def test_the_command_opens_it_by_python_itself(tmp_path):
    command = lab_command(tmp_path / "start.ipynb", ["--no-browser"])
    assert command[:4] == [sys.executable, "-m", "jupyterlab", "start.ipynb"]
    assert command[-1] == "--no-browser"


def test_a_terminal_of_the_students_lab_finds_the_command(tmp_path):
    code = """
import sys
from pathlib import Path
from helpers.course import lab
look = "import shutil, sys; print(shutil.which('course')); sys.exit(7)"
lab.lab_command = lambda start, options: [sys.executable, "-c", look]
sys.exit(lab.open_lab(Path("start.ipynb").resolve(), []))
"""
    environment = os.environ | {"PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    command = Path(sys.executable).with_name("course")
    assert (done.returncode, done.stdout) == (7, f"{command}\n"), done.stderr
