"""Stock nbgrader commands read the settings in nbgrader_config.py."""

from __future__ import annotations

import shutil
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.utils.importstring import import_item

from autograder.gradebook.config import load_config
from autograder.gradebook.preprocessors import ContentPolicy, WarningsToStdout
from autograder.grading.feedback import FinalMark
from autograder.sanitize.notebook import Inert
from tests.support import ROOT
from tests.support.nbgrader_command import nbgrader

if TYPE_CHECKING:
    from pathlib import Path

METADATA = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}


def author_notebook() -> nbformat.NotebookNode:
    answer = nbformat.v4.new_code_cell(
        "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
        metadata={"nbgrader": METADATA | {"grade_id": "double", "solution": True}},
    )
    check = nbformat.v4.new_code_cell(
        'assert double(2) == 4, "twice two is four"',
        metadata={
            "nbgrader": METADATA
            | {"grade_id": "test-double", "grade": True, "locked": True, "points": 4}
        },
    )
    notebook = nbformat.v4.new_notebook(cells=[answer, check])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    return notebook


@pytest.fixture
def course(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    for name in ("01_tiny.py", "run.toml", "points.csv"):
        (tmp_path / "solutions" / "01_tiny").mkdir(parents=True, exist_ok=True)
        (tmp_path / "solutions" / "01_tiny" / name).write_text("x")
    nbformat.write(author_notebook(), tmp_path / "solutions" / "01_tiny" / "01_tiny.ipynb")
    return tmp_path


def hand_in(course: Path, student: str, code: str) -> None:
    folder = course / "work" / "submitted" / student / "01_tiny"
    folder.mkdir(parents=True)
    notebook = nbformat.read(course / "notebooks" / "01_tiny" / "01_tiny.ipynb", as_version=4)
    notebook.cells[0].source = code
    nbformat.write(notebook, folder / "01_tiny.ipynb")


@pytest.mark.slow
def test_stock_commands_take_a_class_from_release_to_exported_grades(course):
    nbgrader(course, "generate_assignment", "01_tiny")
    released = {path.name for path in (course / "notebooks" / "01_tiny").iterdir()}
    assert released == {"01_tiny.ipynb", "points.csv"}
    hand_in(
        course,
        "s01",
        "import warnings\ndef double(x):\n    warnings.warn('slow')\n    return 2 * x",
    )
    hand_in(course, "s02", "def double(x):\n    return x")

    hand_in(course, "s03", "def double(x):\n    return x + x")

    said = nbgrader(course, "validate", "work/submitted/s03/01_tiny/01_tiny.ipynb")
    assert "Success" in said
    nbgrader(course, "autograde", "01_tiny")
    nbgrader(course, "export", "--to", "grades.csv")
    rows = (course / "grades.csv").read_text().splitlines()
    columns = rows[0].split(",")
    scores = {
        row.split(",")[columns.index("student_id")]: float(row.split(",")[columns.index("score")])
        for row in rows[1:]
    }
    assert scores == {
        "s01": 4.0,
        "s02": 0.0,
        "s03": 4.0,
    }  # s01 although it wrote a warning to stderr
    nbgrader(course, "generate_feedback", "01_tiny")
    assert (course / "work" / "feedback" / "s01" / "01_tiny" / "01_tiny.html").exists()
    assert "Released assignments" in nbgrader(course, "list")
    assert (course / "work" / "gradebook.db").exists()


def test_autograding_is_nbgraders_own_with_a_step_after_execution_and_one_at_the_end():
    ours = load_config(ROOT).Autograde.autograde_preprocessors
    *steps, last = [import_item(name) for name in ours]
    assert last is Inert
    assert steps.pop(1) is WarningsToStdout
    assert steps == Autograde().autograde_preprocessors


def test_feedback_is_nbgraders_own_without_hidden_tests():
    hidden, *steps, mark, policy = map(
        import_item, load_config(ROOT).GenerateFeedback.preprocessors
    )
    assert (hidden, mark, policy) == (ClearHiddenTests, FinalMark, ContentPolicy)
    assert steps == GenerateFeedback().preprocessors


def test_the_settings_ignore_at_least_what_nbgrader_ignores():
    ours = load_config(ROOT).CourseDirectory.ignore
    assert {*CourseDirectory().ignore, "run.toml"} <= {*ours}


@pytest.mark.parametrize(
    "name",
    [
        *("03_svc.py", "maker.py", "m.py", "metri.py", "metrics.py", "metric_2.py", "a_metric.py"),
        *(".py", "Metric.py", "metricy.py", "me.py", "run.toml", "hints.toml"),
    ],
)
def test_nbgrader_leaves_sources_and_settings_behind(name):
    assert any(fnmatch(name, one) for one in load_config(ROOT).CourseDirectory.ignore)


@pytest.mark.parametrize("name", ["metric.py", "tiers.toml", "points.csv", "a1.ipynb"])
def test_nbgrader_takes_data_and_the_own_metric_along(name):
    assert not any(fnmatch(name, one) for one in load_config(ROOT).CourseDirectory.ignore)


def test_the_gradebook_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_config(ROOT).CourseDirectory
    assert settings.db_url == f"sqlite:///{ROOT}/work/gradebook.db"
    assert settings.root == str(ROOT)
