"""A private course scored by its own metric on its own images: handed out, handed in, graded."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.log import read_log
from autograder.scoring.own_metric import load_own_metric
from autograder.workdir import WorkDir
from helpers.data import load_sample
from helpers.files import sha256
from helpers.idx import read_idx
from tests.support import ROOT
from tests.support.course import marked
from tests.support.nbgrader_command import nbgrader
from tests.support.own_metric import TEXT, TIERS
from tests.support.student_environment import environment_of, install, make_environment

NAME = "01_near"

SECRET = "only the author knows how these are drawn"

MAKER = f"""
import numpy as np
from autograder.holdout.sampling import entropy
from helpers.data import load_sample
from helpers.idx import write_idx

def make(folder, seed, size):
    '''{SECRET}'''
    images, labels = load_sample()[:2]
    order = np.random.default_rng(entropy(seed)).permutation(len(labels))[:size]
    write_idx(folder / "secret" / "images-idx3-ubyte", images[order])
    write_idx(folder / "secret" / "labels-idx1-ubyte", labels[order])
"""

CELL = "\n# %% nbgrader={}\n{}\n"
"""A cell of a percent script."""

PREDICT = '''def predict(images):
    """Return a number for each image, near its digit.

    images: ndarray of shape (n, 28, 28), uint8
    Returns a ndarray of shape (n,), floats from 0 to 9.
    """
    ### BEGIN SOLUTION
    return 4 + np.zeros(len(images))
    ### END SOLUTION
    raise NotImplementedError("predict: return a number for each image")'''

SCORE = '''"""Score predict on images that it never saw."""
from autograder.score import score_predictions
from helpers.data import load_sample

score_predictions(predict, points=10, practice=lambda: load_sample()[2:])'''

ANSWERS = {
    "mean-square": "def mean_square(values):\n    return float(np.mean(values * 1.0 * values))",
    "predict": "def predict(images):\n    return np.full(len(images), 3.5)",
}


def exercise():
    """Return the cells that the author adds to what `new-assignment` wrote."""
    cells = {
        PREDICT: marked("predict", solution=True),
        SCORE: marked("check-score", grade=True, locked=True, points=10),
    }
    return "".join(CELL.format(json.dumps(m["nbgrader"]), text) for text, m in cells.items())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Make a course outside of the repository as its author does, up to what `build` makes."""
    course = tmp_path_factory.mktemp("private") / "own"
    assert main(["--course", str(ROOT), "new-course", str(course)]) == ExitCode.DONE
    assert main(["--course", str(course), "new-assignment", NAME]) == ExitCode.DONE
    folder = course / "solutions" / NAME
    script = folder / f"{NAME}.py"
    script.write_text(script.read_text() + exercise())
    (folder / "tiers.toml").write_text(TIERS)
    (folder / "metric.py").write_text(TEXT)
    (folder / "maker.py").write_text(MAKER)
    # its own comment says how
    settings = (folder / "run.toml").read_text().replace("size = 1000", "size = 300")
    lines = [re.sub(r"^# (\[holdout\]|size|maker)", r"\1", one) for one in settings.splitlines()]
    (folder / "run.toml").write_text("\n".join(lines))
    assert main(["--course", str(course), "build"]) == ExitCode.DONE
    return course


@pytest.fixture(scope="module")
def handed_out(course, tmp_path_factory):
    """Return the unpacked zip file, in which the wheel is, as a student has it."""
    assert main(["--course", str(course), "handout"]) == ExitCode.DONE
    folder = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(course / "work" / "handout" / "digits-course.zip") as archive:
        archive.extractall(folder)
    return folder / "digits-course"


def score_of(course, answers, labels):
    metric = load_own_metric(course / "solutions" / NAME / "metric.py")
    return metric.score_of(labels, metric.check(answers, labels))


def test_build_and_nbgrader_release_the_metric_and_not_the_maker(course):
    released = course / "notebooks" / NAME
    names = {f"{NAME}.ipynb", "metric.py", "tiers.toml"}
    assert {path.name for path in released.iterdir()} == names
    assert (released / "metric.py").read_text() == TEXT
    text = (released / f"{NAME}.ipynb").read_text()
    assert "np.zeros" not in text
    assert "HIDDEN" not in text
    # nbgrader's own command, into a folder of its own
    nbgrader(course, "generate_assignment", NAME, "--CourseDirectory.release_directory=stock")
    assert {path.name for path in (course / "stock" / NAME).iterdir()} == names


def test_the_handout_has_the_metric_and_nothing_of_the_maker(handed_out):
    names = {path.name for path in (handed_out / NAME).iterdir()}
    assert names == {f"{NAME}.ipynb", "metric.py", "tiers.toml"}
    (wheel,) = handed_out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    files = inside | {str(p): p.read_bytes() for p in handed_out.rglob("*") if p.is_file()}
    assert not [name for name in files if Path(name).name in ("maker.py", "run.toml")]
    assert not [name for name, content in files.items() if SECRET.encode() in content]
    assert {"autograder/score.py", "autograder/scoring/own_metric.py"} <= inside.keys()
    catalogue = json.loads(inside["helpers/shipped/assignments.json"])
    assert [*catalogue] == [NAME]


@pytest.mark.parametrize("name", ["maker.py", "run.toml", "deeper/notes.py"])
def test_what_somebody_put_among_the_released_is_not_handed_out(course, name, capsys):
    stray = course / "notebooks" / NAME / name
    stray.parent.mkdir(exist_ok=True)
    stray.write_text(MAKER)
    try:
        assert main(["--course", str(course), "handout"]) == ExitCode.ERROR
        assert f"{name} must not be released" in capsys.readouterr().err
    finally:
        stray.unlink()
        if stray.parent.name == "deeper":
            stray.parent.rmdir()


@pytest.mark.slow
def test_what_the_last_cell_says_at_home_is_what_grading_measures(course, handed_out, tmp_path):
    python = make_environment(tmp_path / "env")
    install(python, next(handed_out.glob("*.whl")))
    path = handed_out / NAME / f"{NAME}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = ANSWERS.get(name, cell.source)
    nbformat.write(nb, path)
    (path.parent / "notes.txt").write_text("my own")

    def student(*arguments):
        done = subprocess.run(
            [python, "-m", "helpers.course", *arguments],
            cwd=handed_out,
            env=environment_of(python, XDG_CACHE_HOME=str(tmp_path / "cache")),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    labels = load_sample()[3]
    at_home = score_of(course, np.full(len(labels), 3.5), labels)
    told = student("submit", NAME, "--student", "s01", "--zip")
    assert f"Estimate: nearness {float(at_home):.4f}"[:-1] in told  # cut, not rounded
    (file,) = (handed_out / "handed-in" / NAME).glob("*.zip")
    assert file.name == f"{int(100 * at_home)}%_s01.zip"
    with zipfile.ZipFile(file) as archive:
        inside = {Path(name).name for name in archive.namelist()}
    assert inside == {f"{int(100 * at_home)}%_s01.ipynb", "notes.txt"}

    (course / "arrived").mkdir()
    os.link(file, course / "arrived" / file.name)
    here = ["--course", str(course)]
    assert main([*here, "holdout", NAME]) == ExitCode.DONE
    assert main([*here, "collect", str(course / "arrived"), NAME]) == ExitCode.DONE
    work = WorkDir(course / "work")
    command = [*here, "grade", NAME, "--submitted", str(work.collected(NAME))]
    assert main(command) == ExitCode.DONE
    with (work.report / "grades.csv").open(newline="") as table:
        (row,) = csv.DictReader(table)
    held = read_idx(work.holdouts / NAME / "secret" / "labels-idx1-ubyte")
    graded = score_of(course, np.full(len(held), 3.5), held)
    assert len(held) == 300
    assert row["nearness"] == f"{float(Fraction(int(graded * 10_000), 10_000)):.4f}"
    assert row["tier"] == "low"
    bodies = [entry.body for entry in read_log(work.evidence(NAME)).entries]
    (body,) = (one for one in bodies if one["kind"] == "submission")
    assert body["score"]["metric_sha256"] == sha256(path.parent / "metric.py")
    assert body["outcome"] == "finished"
