"""A student's way in Chromium, from the handout alone: start page, notebook, check, hand in.

The environment has the wheel of the handout and no repository; the server is `course lab`'s.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import closing

import pytest

from autograder.authoring.handout import make_handout
from helpers.places import data_folder
from tests.support import ROOT
from tests.support.student_environment import environment_of, install, make_environment

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("Chromium is not installed", allow_module_level=True)

pytestmark = pytest.mark.slow

TOKEN = "of-a-student"  # a server of this test's own, which ends with it

SECONDS = 180
"""How long a page may take to show something: on a busy machine a kernel needs many."""

NOTEBOOK = "03_svc/03_svc.ipynb"

RIGHT = "def flatten(images):\n    return images.reshape(len(images), -1)"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return the folder of the unpacked handout, and the interpreter that has its wheel."""
    folder = tmp_path_factory.mktemp("student")
    made = make_handout(ROOT, folder / "made")
    with zipfile.ZipFile(made.archive) as archive:
        archive.extractall(folder)
    python = make_environment(folder / "env")
    install(python, folder / "digits-course" / made.wheel.name)
    cache = folder / "cache" / "digits-course"
    cache.mkdir(parents=True)
    (cache / "mnist").symlink_to(data_folder() / "mnist")  # no test needs the network
    return folder / "digits-course", python


@pytest.fixture(scope="module")
def server(course):
    """Start `course lab`; yield its address."""
    folder, python = course
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}"]
    home = folder.parent
    own = {name: str(home / name.lower()) for name in ("HOME", "JUPYTER_RUNTIME_DIR")}
    environment = environment_of(python, XDG_CACHE_HOME=str(home / "cache"), **own)
    log = home / "server.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            [python.with_name("course"), "lab", *options],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_it_answers(address, process, log)
            yield address
        finally:
            process.terminate()


def wait_until_it_answers(address, process, log):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def page(server):
    """Return a page of a browser that has logged in."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(f"{server}/lab/tree/start.ipynb?token={TOKEN}")
        page.wait_for_selector(".jp-Notebook h1:has-text('Handwritten digits: start here')")
        yield page
        browser.close()


@pytest.fixture(scope="module")
def notebook(page):
    """Return the page once 03 is open, by its link, and its first cell has run."""
    page.locator(".jp-Notebook a", has_text="03 Support vector machines").first.click()
    page.wait_for_selector(".jp-Notebook h1:has-text('Support vector machines, pipelines')")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]:visible")
    setup = page.locator(".jp-CodeCell:visible", has_text="Where the course is not installed")
    began = setup.locator(".jp-InputPrompt", has_text=re.compile(r"\[[*\d]+\]:"))
    for _ in range(SECONDS // 5):  # before the kernel is there, JupyterLab drops what is run
        setup.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        try:
            began.wait_for(timeout=5000)
            break
        except sync_api.TimeoutError:
            continue
    setup.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]:")).wait_for()
    return page


def add_cell(page, text):
    """Write a new cell below the first one, and run it; return the cell."""
    setup = page.locator(".jp-CodeCell:visible", has_text="Where the course is not installed")
    setup.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")
    return page.locator(".jp-CodeCell.jp-mod-selected:visible")


def answer(page, text):
    """Write an answer in place of `flatten`'s, and save the notebook."""
    cell = page.locator(".jp-CodeCell:visible", has_text="def flatten(images)").first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    with page.expect_response(
        lambda one: NOTEBOOK in one.url and one.request.method == "PUT" and one.ok
    ):
        page.keyboard.press("Control+s")


def test_the_start_page_shows_the_way_and_nothing_of_nbgraders(page):
    page.locator(".jp-Notebook tr:visible").nth(5).wait_for()
    page.get_by_text("0 of 12 exercises").first.wait_for()
    menus = page.locator(".lm-MenuBar-itemLabel").all_text_contents()
    assert "File" in menus
    assert not [one for one in menus if "nbgrader" in one.lower()]
    for name in ("Formgrader", "Create Assignment", "Validate", "sandbox"):
        assert page.get_by_text(name, exact=True).count() == 0, name


def test_a_wrong_answer_and_then_a_right_one_are_told_by_a_check(notebook):
    answer(notebook, "def flatten(images):\n    return images")
    cell = add_cell(notebook, "%check flatten")
    cell.locator("text=flatten does not pass").wait_for()
    answer(notebook, RIGHT)
    cell = add_cell(notebook, "%check flatten")
    cell.locator("text=flatten: 2 of 4 points").wait_for()
    cell.locator("text=Nothing is missing that can be seen here").wait_for()


def test_while_a_check_runs_other_pages_load_and_a_click_stops_it(notebook, server):
    cell = add_cell(notebook, "%check")
    cell.locator("text=/check: [1-9]\\d* of \\d+ cells/").wait_for()
    other = notebook.context.new_page()
    began = time.monotonic()
    other.goto(f"{server}/lab/tree/start.ipynb", wait_until="domcontentloaded")
    seconds = time.monotonic() - began
    other.close()
    cell.get_by_role("button", name="Stop").click()
    cell.locator("text=Stopped.").wait_for()
    assert seconds < 2


def test_handing_in_gives_a_receipt_and_the_file(notebook, course):
    cell = add_cell(notebook, "%submit s05")
    cell.locator("text=Receipt:").wait_for()
    told = cell.locator(".jp-OutputArea").inner_text()
    folder = course[0] / "handed-in" / "03_svc"
    assert f"Hand in: {folder / 's05.ipynb'}" in told
    assert cell.locator(".jupyter-widgets").count() == 0  # only what came out is kept
    assert "exercises  " in told
    assert "1 of 12 done" in told
    assert "missing: rbf-kernel is still open (8 points)." in told
    assert {path.name for path in folder.iterdir()} == {"s05.ipynb", "receipt.txt", "earlier"}
    assert RIGHT.splitlines()[1].strip() in (folder / "s05.ipynb").read_text()
