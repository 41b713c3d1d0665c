"""A course's own images are held out, and a maker that is wrong is told by its file."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest

from autograder.authoring.build import scripts
from autograder.cli.app import main
from autograder.sandbox.staging import left_out, stageable
from autograder.workdir import WorkDir
from helpers.files import sha256
from helpers.idx import read_idx
from tests.support.course import NAME, hand_in, make_course, submission

MAKER = """
import numpy as np
from autograder.holdout.sampling import entropy
from helpers.idx import write_idx

def make(folder, seed, size):
    chance = np.random.default_rng(entropy(seed))
    labels = chance.integers(0, 10, size).astype(np.uint8)
    images = np.zeros((size, 8, 8), np.uint8) + labels[:, None, None]
    write_idx(folder / "secret" / "images-idx3-ubyte", images)
    write_idx(folder / "secret" / "labels-idx1-ubyte", labels)
    return {"side": 8}
"""

READS = "def predict(images):\n    return images[:, 0, 0]"


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    shutil.rmtree(WorkDir(course / "work").holdouts)
    folder = course / "solutions" / NAME
    (folder / "run.toml").write_text('[holdout]\nsize = 40\nmaker = "maker.py"\n')
    return course


def held_out(course, text, capsys):
    if text is not None:
        (course / "solutions" / NAME / "maker.py").write_text(text)
    status = main(["--course", str(course), "holdout", NAME, "--seed", "a seed"])
    return status, capsys.readouterr().err


def test_a_class_is_graded_on_a_courses_own_images(course, capsys):
    assert held_out(course, MAKER, capsys)[0] == 0
    work = WorkDir(course / "work")
    labels = read_idx(work.holdouts / NAME / "secret" / "labels-idx1-ubyte")
    assert len(np.unique(labels)) > 5
    hand_in(course, "s01", submission(predict=READS))
    main(["--course", str(course), "grade", NAME, "--submitted", str(course / "in")])
    row = (work.report / "grades.csv").read_text().splitlines()[1]
    assert row.startswith(f"s01,{NAME},finished,1.0000,")


def test_its_file_stays_with_the_author(course):
    folder = course / "solutions" / NAME
    (folder / "maker.py").write_text(MAKER)
    assert not any(name == "maker.py" for _, name in stageable(folder))
    assert "maker.py" not in left_out(folder)
    assert not any(path.name == "maker.py" for path in scripts(folder))


def test_the_description_says_by_which_file(course, capsys):
    held_out(course, MAKER, capsys)
    described = (WorkDir(course / "work").holdouts / NAME / "secret" / "holdout.json").read_text()
    assert sha256(course / "solutions" / NAME / "maker.py") in described
    assert '"side": 8' in described


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(None, "no .*maker.py, which run.toml names", id="no file"),
        pytest.param("made = 1", "defines no function make", id="no function"),
        pytest.param("def make(:", "failed: SyntaxError", id="no Python"),
        pytest.param("raise SystemError('x')", "failed: SystemError: x", id="raises"),
        pytest.param("def make(folder, seed, size): pass", "no images, expected", id="no images"),
        pytest.param(
            MAKER.replace("(0, 10, size)", "(0, 10, size + 1)").replace("((size,", "((size + 1,"),
            "images of shape",
            id="too many",
        ),
        pytest.param(MAKER.replace("uint8) +", "int16) +"), "of type uint8", id="another type"),
    ],
)
def test_a_maker_that_is_wrong_is_told(course, capsys, text, told):
    status, said = held_out(course, text, capsys)
    assert status == 1
    assert re.search(told, said), said
    assert not WorkDir(course / "work").holdouts.joinpath(NAME).exists()
