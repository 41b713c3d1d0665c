"""What students are told of the capstone's conditions is what a graded run does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.authoring.execute import read_script
from autograder.errors import AssignmentError, TierError
from autograder.scoring.practice import load_practice_digits
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers, load_tiers_text
from helpers.capstone import Capstone, learn, load_capstone
from helpers.data import load_mnist

COURSE = Path(__file__).resolve().parents[2]
SOLUTIONS = COURSE / "solutions"
WITH_TIERS = sorted(path.parent.name for path in SOLUTIONS.glob("*/tiers.toml"))

TABLE = {
    "images": "5_000",
    "held_out": "10_000",
    "cell_seconds": "120",
    "call_seconds": "60",
    "notebook_seconds": "300",
    "memory_mb": "4_096",
}
STATED = Capstone(5_000, 10_000, 120, 60, 300, 4_096)


def tiers_with(**changed: str | None) -> str:
    """Return tiers whose [capstone] has other values; None leaves a key out."""
    lines = [f"{k} = {v}" for k, v in (TABLE | changed).items() if v is not None]
    return DEFAULT_TIERS + "\n[capstone]\n" + "\n".join(lines) + "\n"


# The table


def test_tiers_state_the_conditions():
    assert load_tiers_text(tiers_with()).capstone == STATED
    assert load_tiers_text(DEFAULT_TIERS).capstone is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": None}, "capstone: found 'missing key images', expected a table with exactly"),
        ({"colour": "3"}, "unknown key colour"),
        ({"images": "0"}, r"capstone\.images: found 0, expected a whole number from 1 up"),
        ({"held_out": "1.5"}, r"capstone\.held_out: found 1.5, expected a whole number"),
        ({"memory_mb": "true"}, r"capstone\.memory_mb: found True"),
        ({"call_seconds": '"60"'}, r"capstone\.call_seconds: found '60', expected a number"),
        ({"cell_seconds": "inf"}, r"capstone\.cell_seconds: found inf"),
        ({"cell_seconds": "nan"}, r"capstone\.cell_seconds: found nan"),
    ],
)
def test_another_table_is_refused(changed, message, tmp_path):
    with pytest.raises(TierError, match=message):
        load_tiers_text(tiers_with(**changed))
    (tmp_path / "tiers.toml").write_text(tiers_with(**changed))
    with pytest.raises(match=message):
        load_capstone(tmp_path)


def test_what_is_no_table_is_refused():
    with pytest.raises(TierError, match="capstone: found 3, expected a table"):
        load_tiers_text("capstone = 3\n" + DEFAULT_TIERS)


def test_a_folder_without_the_table_has_none(tmp_path):
    assert load_capstone(tmp_path) is None
    (tmp_path / "tiers.toml").write_text(DEFAULT_TIERS)
    assert load_capstone(tmp_path) is None
    (tmp_path / "tiers.toml").write_text("=")
    with pytest.raises(match="expected valid TOML"):
        load_capstone(tmp_path)


# In step with run.toml


def a_sixth(folder: Path, *, run: str, **changed: str | None) -> Path:
    """Make an assignment that the course does not have; return the folder of its folder."""
    sixth = folder / "06_sixth"
    sixth.mkdir(parents=True)
    (sixth / "06_sixth.ipynb").write_text("{}")
    (sixth / "run.toml").write_text(run)
    (sixth / "tiers.toml").write_text(tiers_with(**changed))
    return folder


RUN = """
[limits]
cell_seconds = 120
call_seconds = 60
notebook_seconds = 300
memory_mb = 4096

[holdout]
size = 10000
"""


@pytest.mark.parametrize("name", WITH_TIERS)
def test_every_assignment_with_tiers_states_what_run_toml_does(name):
    assignment = load_assignment(name, SOLUTIONS)
    stated = assignment.tiers.capstone
    assert stated is not None
    assert stated.held_out == assignment.holdout_size
    for limit in ("cell_seconds", "call_seconds", "notebook_seconds", "memory_mb"):
        assert getattr(stated, limit) == getattr(assignment.limits, limit)


@pytest.mark.parametrize("name", WITH_TIERS)
def test_students_get_the_same_file(name):
    handed = COURSE / "notebooks" / name / "tiers.toml"
    assert handed.read_bytes() == (SOLUTIONS / name / "tiers.toml").read_bytes()


@pytest.mark.parametrize("name", WITH_TIERS)
def test_the_notebook_says_which_number_is_final(name):
    cells = read_script(SOLUTIONS / name / f"{name}.py").cells
    prose = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    said = set(re.findall(r'final = "(\w+)"', prose))
    assert said == {str(load_tiers(SOLUTIONS / name).final)}


def test_a_sixth_in_step_is_read(tmp_path):
    assert load_assignment("06_sixth", a_sixth(tmp_path, run=RUN)).tiers.capstone == STATED


@pytest.mark.parametrize(
    ("key", "stated", "run"),
    [
        ("cell_seconds", "99", "120"),
        ("call_seconds", "61", "60"),
        ("notebook_seconds", "1", "300"),
        ("memory_mb", "4_000", "4096"),
        ("held_out", "9_999", "10000"),
    ],
)
def test_a_sixth_out_of_step_is_refused(tmp_path, key, stated, run):
    message = f"{key} = {int(stated)}, but run.toml runs with {run}"
    with pytest.raises(AssignmentError, match=re.escape(message)):
        load_assignment("06_sixth", a_sixth(tmp_path, run=RUN, **{key: stated}))


def test_limits_that_run_toml_leaves_out_count_too(tmp_path):
    run = "[holdout]\nsize = 10000\n"
    with pytest.raises(AssignmentError, match=r"call_seconds = 60, but run\.toml runs with 120"):
        load_assignment("06_sixth", a_sixth(tmp_path, run=run))


# In step with the notebook


def sizes_learnt_from(sources: list[str], *, quick: bool) -> list[int]:
    """Return how many images each call of `learn(train, images[:size], ...)` takes.

    The size is a name that some cell sets from numbers and from the notebook's two switches. Where
    students write a `learn` of their own, the course's has another name.
    """
    trees = [ast.parse(re.sub(r"^\s*[%!].*", "", source, flags=re.MULTILINE)) for source in sources]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    ours = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "helpers.capstone"
        for alias in node.names
        if alias.name == "learn"
    }
    calls = [
        node
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ours
    ]
    switches = {"quick": quick, "full": False}
    values = {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }

    def worth(node: ast.expr) -> int:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - switches.keys()
        known = {name: worth(values[name]) for name in names}
        return eval(compile(ast.Expression(node), "a size", "eval"), {**switches, **known})

    return [worth(call.args[1].slice.upper) for call in calls]


@pytest.mark.parametrize("quick", [False, True], ids=["at home", "graded"])
@pytest.mark.parametrize("name", WITH_TIERS)
def test_the_notebook_learns_from_as_many_images_as_stated(name, quick):
    sources = [
        c.source
        for c in read_script(SOLUTIONS / name / f"{name}.py").cells
        if c.cell_type == "code"
    ]
    stated = load_tiers(SOLUTIONS / name).capstone
    sizes = sizes_learnt_from(sources, quick=quick)
    if not sizes and stated.images != stated.held_out:
        pytest.skip("its notebook does not call helpers.capstone.learn yet")
    # What learns from no other images learns from those that it is asked about.
    assert sizes == [stated.images] if sizes else stated.images == stated.held_out


@pytest.mark.parametrize(
    ("size", "at_home", "graded"),
    [
        ("5_000", 5_000, 5_000),
        ("1_200 if quick else 60_000 if full else 30_000", 30_000, 1_200),
        ("half * 2", 5_000, 5_000),
    ],
)
def test_the_size_in_a_sixth_notebook_is_found(size, at_home, graded):
    sources = [
        "from helpers.capstone import learn\n%matplotlib inline",
        f"half = 2_500\ntrain_size = {size}",
        "model = learn(train, all_images[:train_size], all_labels[:train_size])",
    ]
    assert sizes_learnt_from(sources, quick=False) == [at_home]
    assert sizes_learnt_from(sources, quick=True) == [graded]


def test_the_size_is_found_by_another_name_of_learn():
    sources = [
        "from helpers.capstone import learn as learn_within_limits\nsize = 7",
        "def learn(images, truth):\n    return size",
        "learn(images[:3], truth[:3])",
        "model = learn_within_limits(learn, images[:size], truth[:size])",
    ]
    assert sizes_learnt_from(sources, quick=True) == [7]


# Learning


def test_learn_says_what_it_took_of_what(tmp_path, monkeypatch, capsys):
    (tmp_path / "tiers.toml").write_text(tiers_with())
    monkeypatch.chdir(tmp_path)
    assert (
        learn(lambda images, labels: images.sum() + labels.sum(), np.ones(5000), np.ones(5000))
        == 10_000
    )
    line = r"learnt from 5,000 images in \d+\.\d s of 120 s, peak memory [\d,]+ MB of 4,096 MB\n"
    assert re.fullmatch(line, capsys.readouterr().out)


def test_learn_without_stated_limits_says_what_it_took(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert learn(lambda images, labels: "model", [1], [2]) == "model"
    said = capsys.readouterr().out
    assert re.fullmatch(r"learnt from 1 images in \d\.\d s, peak memory [\d,]+ MB\n", said)


def test_learn_wants_a_label_for_each_image():
    with pytest.raises(ValueError, match="3 images and 2 labels, expected a label for each image"):
        learn(lambda images, labels: None, [1, 2, 3], [1, 2])


def test_an_error_of_train_is_passed_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZeroDivisionError):
        learn(lambda images, labels: 1 / 0, [1], [2])


# Practice images


def test_practice_digits_are_official_ones_warped_like_held_out_ones():
    images, labels = load_practice_digits(500)
    assert (images.shape, images.dtype, labels.shape) == ((500, 28, 28), np.uint8, (500,))
    shares = np.bincount(load_mnist("test")[1]) / 20
    assert np.abs(np.bincount(labels) - shares).max() < 1
    official = {image.tobytes() for image in load_mnist("test")[0]}
    assert not official & {image.tobytes() for image in images}


def test_practice_digits_are_the_same_for_all_and_made_once():
    first, again = load_practice_digits(100), load_practice_digits(100)
    assert first[0] is again[0]
    assert not first[0].flags.writeable
    other = load_practice_digits(100, seed="another")
    assert not np.array_equal(other[0], first[0])


def test_no_practice_image_is_an_error():
    with pytest.raises(ValueError, match="size is 0, expected 1 or more"):
        load_practice_digits(0)
