"""Of an author's folder a submission sees data, and nothing that holds an answer."""

import pytest

from autograder.execution.runner import run
from autograder.outcome import Outcome
from autograder.sandbox.staging import left_out, stageable
from tests.support.jobs import job, notebook, printed

DATA = ("points.csv", "pictures/seven.png", "pictures/small/one.PNG", "notes/read.txt")
"""Files that a notebook may read."""

NEVER = (
    *("a1.ipynb", "a1.ipynb~", "a1.ipynb.bak", "#a1.ipynb#", "a1.IPYNB", "Copy of a1.ipynb"),
    *("a1.py", "a1.py~", "run.toml", "gradebook.db", "answers", "answers.pkl", ".env", ".#a1"),
    *(".ipynb_checkpoints/a1-checkpoint.ipynb", ".ipynb_checkpoints/points.csv", ".git/x.txt"),
    *("__pycache__/a1.cpython-311.pyc", "notes/a1.ipynb", "notes/.hidden/points.csv"),
)
"""Files that hold answers or settings, or may do so."""

LINKS = ("linked.csv", "notes/linked.csv")
"""Links, which may lead anywhere."""


@pytest.fixture
def folder(tmp_path):
    """Return an author's folder with one file of each kind."""
    folder, elsewhere = tmp_path / "a1", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "labels.csv").write_text("secret")
    for name in (*DATA, *NEVER):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    for name in LINKS:
        (folder / name).symlink_to(elsewhere / "labels.csv")
    (folder / "outside").symlink_to(elsewhere)
    return folder


def test_data_are_staged_and_nothing_else(folder):
    staged = {name for _, name in stageable(folder)}
    assert staged == {"points.csv", "pictures", "notes/read.txt"}


def test_all_else_is_named_but_the_assignments_own(folder):
    own = {"a1.ipynb", "a1.py", "run.toml"}
    hidden = {".ipynb_checkpoints", ".git", "notes/.hidden"}
    plain = {name for name in NEVER if not any(name.startswith(f"{top}/") for top in hidden)}
    assert set(left_out(folder)) == (plain - own) | hidden | set(LINKS) | {"outside"}


def test_a_folder_that_is_empty_or_holds_data_alone_is_staged_whole(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "images").mkdir()
    for number in range(3):
        (tmp_path / "images" / f"{number}.png").touch()
    assert stageable(tmp_path) == [
        (tmp_path / "empty", "empty"),
        (tmp_path / "images", "images"),
    ]


@pytest.mark.parametrize("sandboxed", [True, False], ids=["sandboxed", "plain"])
def test_a_submission_meets_just_these(folder, tmp_path, sandboxed):
    look = (
        "import os\nfound = sorted(os.path.relpath(os.path.join(top, name), '.')"
        " for top, _, names in os.walk('.') for name in names)"
    )
    result = run(job(notebook(look, tests=("print(found)",)), folder, sandboxed=sandboxed))
    assert result.outcome is Outcome.FINISHED, result.notes
    assert printed(result, "t0").strip() == str(sorted(DATA))


@pytest.mark.parametrize("kernel", ["sandbox", "sandbox-warm", None])
def test_what_was_handed_in_is_the_students_to_change_and_nothing_of_the_checkers(
    tmp_path, monkeypatch, kernel
):
    if kernel is not None:
        monkeypatch.setattr("autograder.execution.runner.SANDBOX_KERNEL", kernel)
    beside = {"my_tools.py": b"two = 2", "data/words.txt": b"some words"}
    look = (
        "import os, my_tools\n"
        "with open('data/words.txt', 'a') as file:\n    file.write('!')\n"
        "os.replace('data/words.txt', 'data/renamed.txt')\n"
        "seen = [my_tools.two, open('data/renamed.txt').read(), sorted(os.listdir('.'))]"
    )
    check = (
        "import importlib.util, os\n"
        "print(seen[:2], 'data' in seen[2], sorted(os.listdir('.')))\n"
        "assert importlib.util.find_spec('my_tools') is None"
    )
    (tmp_path / "a1").mkdir()
    text, sandboxed = notebook(look, tests=(check,)), kernel is not None
    result = run(job(text, tmp_path / "a1", sandboxed=sandboxed, beside=beside))
    assert result.outcome is Outcome.FINISHED, result.notes
    assert printed(result, "t0").strip() == "[2, 'some words!'] True []"
