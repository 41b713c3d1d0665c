"""A student's way in Chromium, from the handout alone: start page, notebook, check, hand in.

The environment has the wheel of the handout and no repository; the server is `course lab`'s.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import closing

import nbformat
import pytest

from autograder.authoring.demo_class import answered
from autograder.authoring.handout import make_handout
from helpers.places import data_folder
from tests.support import ROOT
from tests.support.student_environment import environment_of, install, make_environment

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
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


def remove_cell(page, cell):
    """Remove a cell that needs what is defined below it: it would fail in a check."""
    text = cell.locator(".cm-line").last.inner_text()
    cell.locator(".jp-InputPrompt").click()
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.locator(".jp-CodeCell .cm-line", has_text=text).wait_for(state="detached")


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
    page.get_by_text("0 of 14 exercises").first.wait_for()
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
    cell.locator("text=flatten: 0.5 of 1 point").wait_for()
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
    assert "1 of 14 done" in told
    assert "missing: rbf-kernel is still open (8 points)." in told
    assert {path.name for path in folder.iterdir()} == {"s05.ipynb", "receipt.txt", "earlier"}
    assert RIGHT.splitlines()[1].strip() in (folder / "s05.ipynb").read_text()


FINISHED = "03_svc/finished.ipynb"
"""A notebook with all answers, in the student's folder."""

SLIDERS = """from functools import cache

from helpers.plots import search_view
from helpers.sliders import show_sliders

@cache
def search():
    grid = {"C": [1, 10], "gamma": [0.02, 0.08]}
    return GridSearchCV(SVC(), grid, cv=3, return_train_score=True).fit(scaled, labels)

show_sliders(lambda **place: search_view(search(), **place), C=[1, 10], gamma=[0.02, 0.08])"""


@pytest.fixture(scope="module")
def finished(page, course, server):
    """Return the page of a notebook with all answers, all of whose cells have run."""
    notebook = answered(ROOT, "03_svc")
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace("quick = False", "quick = True")
    nbformat.write(notebook, course[0] / FINISHED)
    page = page.context.new_page()
    page.set_default_timeout(1000 * SECONDS)
    page.goto(f"{server}/lab/tree/{FINISHED}?reset")
    page.wait_for_selector(".jp-Notebook h1:has-text('Support vector machines, pipelines')")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]:visible")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    cell = add_cell(page, "print('all', 'have run')")  # which waits behind the others
    cell.locator(".jp-OutputArea-output", has_text="all have run").wait_for()
    return page


def draw_seven(page, sheet):
    """Draw with the mouse: to the right, then down to the left."""
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()

    def go(x, y):
        page.mouse.move(
            box["x"] + x / 32 * box["width"], box["y"] + y / 32 * box["height"], steps=8
        )

    go(8, 6)
    page.mouse.down()
    go(23, 6)
    go(14, 27)
    page.mouse.up()


def test_a_seven_drawn_with_the_mouse_is_read_by_the_students_own_model(finished):
    cell = add_cell(finished, "from helpers.sheet import show_sheet\nshow_sheet(predict)")
    sheet = cell.locator("canvas.sheet-canvas")
    sheet.wait_for()
    assert "empty" in sheet.get_attribute("aria-label")
    draw_seven(finished, sheet)
    cell.locator(".sheet-answer .sheet-said", has_text="Read as 7.").wait_for()
    names = cell.locator(".sheet-answer img").evaluate_all("all => all.map((one) => one.alt)")
    assert [name.partition(":")[0] for name in names] == [
        *("ink", "straightened, 32 x 32", "8 x 8", "28 x 28")
    ]
    cell.get_by_role("button", name="Undo").press("Enter")
    cell.locator(".sheet-said", has_text="There is no digit in it").wait_for()
    files = [ROOT / "data" / "handwriting" / name for name in ("7_photo.png", "0_grey.png")]
    cell.locator("input[type=file]").set_input_files(files)
    cell.locator(".sheet-photos .sheet-name", has_text="0_grey.png").wait_for()
    assert cell.locator(".sheet-photos .sheet-said").count() == 2
    found = axe.Axe().run(finished, context=".sheet").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    remove_cell(finished, cell)


def test_a_slider_moves_the_picture_beside_it(finished):
    cell = add_cell(finished, SLIDERS)
    picture = cell.locator(".jp-OutputArea-output img")
    picture.wait_for()
    before = picture.get_attribute("alt")
    assert "C = 10, gamma = 0.08" in before
    handle = cell.locator(".noUi-handle").last
    handle.focus()
    handle.press("ArrowLeft")
    cell.locator("img[alt*='gamma = 0.02']").wait_for()
    assert picture.get_attribute("src").startswith("data:image/png;base64,")
    remove_cell(finished, cell)


def test_a_hint_comes_in_steps(finished):
    cell = add_cell(finished, "%hint flatten\n%hint flatten")
    cell.locator("text=hint 1 of 3: The check that you can see passes.").wait_for()
    assert "hint 2 of 3" in cell.locator(".jp-OutputArea").inner_text()


@pytest.fixture(scope="module")
def handed_in(finished, course):
    """Hand the finished notebook in; return the file, and what was said."""
    with finished.expect_response(
        lambda one: FINISHED in one.url and one.request.method == "PUT" and one.ok
    ):
        finished.keyboard.press("Control+s")
    cell = add_cell(finished, "%submit s07")
    cell.locator("text=Receipt:").wait_for(timeout=3000 * SECONDS)
    (file,) = (course[0] / "handed-in" / "03_svc").glob("*s07.ipynb")
    return file, cell.locator(".jp-OutputArea").inner_text()


def test_what_is_finished_is_handed_in_with_its_estimate(handed_in):
    file, told = handed_in
    assert re.fullmatch(r"9\d%_s07\.ipynb", file.name)
    assert "Estimate: accuracy 9" in told
    assert "14 of 14 done" in told
    assert "missing:" not in told


def few_held_out(folder):
    """Copy the assignment, with a hundred held-out images instead of 10,000; return the course."""
    course = folder / "teachers"
    shutil.copytree(ROOT / "solutions" / "03_svc", course / "solutions" / "03_svc")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for name, of in (("run.toml", "size"), ("tiers.toml", "held_out")):
        path = course / "solutions" / "03_svc" / name
        text, count = re.subn(rf"(?m)^{of} = 10_?000", f"{of} = 100", path.read_text())
        assert count == 1, name
        path.write_text(text)
    return course


def test_it_is_graded_elsewhere_and_the_page_comes_back(handed_in, course, tmp_path):
    file, _ = handed_in
    teachers = few_held_out(tmp_path)
    (teachers / "in").mkdir()
    shutil.copy(file, teachers / "in")
    command = [sys.executable, "-m", "autograder", "--course", str(teachers)]
    for words in (
        ["holdout", "03_svc"],
        ["grade", "03_svc", "--submitted", str(teachers / "in")],
        ["publish", "03_svc"],
        ["feedback", "03_svc"],
    ):
        done = subprocess.run(
            [*command, *words],
            cwd=teachers,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stdout[-1000:], done.stderr[-2000:])
    table = (teachers / "work" / "report" / "grades.csv").read_text().splitlines()
    row = dict(zip(table[0].split(","), table[1].split(","), strict=True))
    assert (row["student"], row["outcome"]) == ("s07", "finished")
    (page,) = (teachers / "work" / "returned" / "03_svc").glob("s07.html")
    folder, python = course
    (folder / "feedback" / "03_svc").mkdir(parents=True, exist_ok=True)
    shutil.copy(page, folder / "feedback" / "03_svc")
    found = subprocess.run(
        [python.with_name("course"), "feedback", "03_svc", "--print"],
        cwd=folder,
        env=environment_of(python),
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == str(folder / "feedback" / "03_svc" / "s07.html")
