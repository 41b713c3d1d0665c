"""Each check of the integrity report by itself: what it flags, and what honest work it leaves."""

from __future__ import annotations

import base64
import csv

import nbformat
import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.holdout.canaries import Canaries
from autograder.holdout.originals import Originals
from autograder.integrity import memorisation, shared_errors, static_analysis
from autograder.integrity.constants import (
    MOST_IN_CODE,
    MOST_IN_LITERALS,
    flag_constants,
    flag_files,
    measure,
)
from autograder.integrity.flags import LEVEL, Flag
from autograder.integrity.magics import LONGEST_CELL, to_python
from autograder.integrity.memorisation import LookUp, Pair, compare, flag_look_up
from autograder.integrity.model_recipe import Recipe, names_reached, recipe
from autograder.integrity.page import format_flags, write_integrity
from autograder.integrity.run import IntegrityReport
from autograder.integrity.shared_errors import Answered, flag_sharing, share_errors
from autograder.integrity.static_analysis import LARGEST_ATTACHMENTS, flag_attachments, flag_signs
from autograder.integrity.student_code import Cell, given_cells, own_cells, released_notebook
from autograder.integrity.tampering import flag_tamper
from autograder.kernel_side.image_hashes import describe
from tests.support import ROOT
from tests.support.course import NAME, make_course, marked, submission, without_hidden_tests

N = 2000


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    return released_notebook(load_assignment(NAME, course / "solutions"))


# Look-up


@pytest.fixture(scope="module")
def probes():
    """500 held-out canaries and 200 handed ones, of which nobody looks at the pixels."""
    labels = np.random.default_rng(0).integers(0, 10, 700)
    return Canaries(np.zeros((1400, 28, 28), np.uint8), np.arange(500), labels)


def answer(probes, held, twins, warped, handed, other, seed=1):
    """Answer at random with these chances to be right; return what the check finds."""
    rng = np.random.default_rng(seed)
    wrong = (probes.labels + 1) % 10
    chances = np.concatenate([np.full(500, held), np.full(200, handed)])
    luck = rng.random(700)
    canary = np.where(luck < chances, probes.labels, wrong)
    chances = np.concatenate([np.full(500, twins), np.full(200, other)])
    # a twin's luck is its canary's but for a few: who reads digits answers both alike
    luck = np.where(rng.random(700) < 0.02, rng.random(700), luck)
    twin = np.where(luck < chances, probes.labels, wrong)
    truth = np.zeros(N, np.uint8)
    truth[:500] = probes.labels[:500]
    answers = np.where(rng.random(N) < warped, truth, (truth + 1) % 10).astype(np.int64)
    return compare(answers, truth, np.concatenate([canary, twin]), probes)


def test_who_reads_digits_is_not_flagged(probes):
    for seed in range(20):
        found = answer(probes, 0.6, 0.6, 0.6, 0.98, 0.98, seed)
        assert flag_look_up("s01", found) == []


def test_who_is_better_at_what_is_not_warped_is_not_flagged(probes):
    found = answer(probes, 0.6, 0.6, 0.52, 0.98, 0.98)
    assert found.warped.only_canary > found.warped.only_other
    assert flag_look_up("s01", found) == []


def test_who_knows_by_heart_what_was_learnt_from_is_not_flagged(probes):
    assert flag_look_up("s01", answer(probes, 0.6, 0.6, 0.6, 1, 0.85)) == []


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("500 public images, on", (1, 0.6, 0.6, 0.98, 0.98)),
        ("on 500 of them a few grey levels off", (0.1, 1, 0.1, 0.1, 0.1)),
        ("of them warped", (1, 1, 0.6, 0.98, 0.98)),
        ("training images", (0.1, 0.1, 0.1, 1, 0.1)),
    ],
)
def test_a_table_is_flagged_by_what_it_knows(probes, what, facts):
    flags = flag_look_up("s20", answer(probes, *facts))
    if facts[0] < facts[1]:  # to know only what is off cannot come of a table
        assert flags == []
    else:
        assert any(what in flag.seen for flag in flags)
        assert all(flag.p_value <= LEVEL for flag in flags)


def test_a_tenth_of_a_table_shows_beside_an_honest_model(probes):
    none = Pair(0, 0, 0, 0, 0)
    assert flag_look_up("s01", LookUp(Pair(500, 300, 275, 27, 2), none, none))
    assert not flag_look_up("s01", LookUp(Pair(500, 300, 298, 16, 14), none, none))


def test_too_few_answers_are_named(probes):
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(1400,\)"):
        compare(np.zeros(N, int), np.zeros(N, np.uint8), np.zeros(3, int), probes)


# Loaded images


def test_images_are_found_in_whatever_form_they_are_held():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 28, 28), dtype=np.uint8)
    rows = images.reshape(6, 784)

    class Model:
        def __init__(self):
            self.known = rows[5:] / 255

    names = {
        "a": images[:1],
        "b": [rows[1:2] / np.float32(255)],
        "c": {"x": images[2:3, ..., None] / 256},
        "d": rows[3:4].astype(int),
        "e": (rows[4:5] / 255).astype(np.float16),
        "model": Model(),
    }
    assert describe(names) == describe({"all": images})
    assert describe({"_hidden": images, "Out": [images], "odd": rows * 1.37 / 255}) == ""


def test_what_holds_no_images_is_nothing():
    names = {"n": 3, "text": "x", "table": np.zeros((5, 10)), "nan": np.full((1, 784), np.nan)}
    names |= {
        "words": np.array([["a"] * 784]),
        "none": np.zeros((0, 784)),
        "neg": -np.ones((1, 784)),
    }
    assert describe(names) == ""


@pytest.mark.parametrize("text", [None, "no base64!", "QUJD", "é"])
def test_an_answer_that_cannot_be_read_is_none(text):
    assert Originals(None).count(text) is None


# Static signs


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\n!pip list",
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 90\nplt.style.use('ggplot')",
        "import numpy as np\nnp.random.seed(0)\nnp.seterr(all='ignore')",
        "import pandas as pd\npd.options.display.max_rows = 9",
        "from sklearn.svm import SVC\nclass Mine(SVC):\n    def fit(self, x, y):\n"
        "        self.seen = len(x)\n        return super().fit(x, y)",
        "import warnings\ndef warn(*a, **k): pass\nwarnings.warn = warn",
        "import os, sys, inspect, gc\nos.environ['A'] = '1'\nsys.path.append('.')\ngc.collect()\n"
        "print(os.cpu_count(), inspect.signature(print))",
        "import os\nos.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'",
        "table = {i: i * i for i in range(10_000)}",
        "model.threshold = 3\nself = model\nself.x = 1",
        "def broken(:",
    ],
)
def test_honest_code_shows_no_sign(source):
    assert flag_signs("s01", [Cell("a", to_python(source))]) == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("get_ipython().events.register('pre_run_cell', f)", "hooks into IPython (events)"),
        ("ip = get_ipython()\nip.set_custom_exc((Exception,), f)", "hooks into IPython (set_cus"),
        ("ip = get_ipython()\nip.ast_transformers.append(t)", "hooks into IPython (ast_trans"),
        ("kernel.do_execute = nothing", "hooks into IPython (do_execute)"),
        ("import sklearn.metrics as m\nm.accuracy_score = f", "changes a library (m.accuracy_s"),
        ("import numpy as np\nsetattr(np, 'array_equal', f)", "changes a library (setattr of np)"),
        ("import sys\nsys.modules['numpy'] = fake", "changes a library (sys.modules)"),
        ("import sys\nsys._getframe(1).f_locals", "frames or other objects' insides (_getframe)"),
        ("from inspect import currentframe as c", "insides (currentframe)"),
        ("import gc\ngc.get_objects()", "insides (get_objects)"),
        ("import ctypes", "imports ctypes"),
        ("from subprocess import run", "imports subprocess"),
        ("import importlib\nimportlib.import_module('socket')", "imports socket"),
        ("__import__('nbgrader.api')", "imports nbgrader.api"),
        ("import autograder.kernel_side.agent", "imports autograder.kernel_side.agent"),
        ("import os\nos._exit(0)", "works with processes (os._exit)"),
        ("from os import fork", "works with processes (os.fork)"),
        ("print(In[-1])", "reads the history of cells"),
        ("open('/proc/self/maps')", "names the grader's own (/proc/)"),
        (f"table = {[1] * 1001}", "1001 items in one literal"),
        (f"text = '{'x' * 10_001}'", "10001 characters in one literal"),
        ("x = 1\n" * LONGEST_CELL, "more than an answer needs"),
    ],
)
def test_a_sign_is_named_with_its_cell(source, seen):
    flags = flag_signs("s01", [Cell("double", to_python(source))])
    assert any(seen in flag.seen for flag in flags), flags
    assert all(flag.seen.startswith("cell double: ") for flag in flags)


def test_a_library_that_a_released_cell_imports_is_known():
    cells = [Cell("a", "np.array_equal = lambda a, b: True")]
    assert flag_signs("s01", cells) == []  # it may be anything
    assert flag_signs("s01", cells, [Cell("imports", "import numpy as np")])


def test_large_attachments_are_a_remark(released):
    nb = submission()
    assert flag_attachments("s01", nb, released) == []
    nb.cells[0].attachments = {"a.png": {"image/png": "x" * LARGEST_ATTACHMENTS}}
    assert [flag.remark for flag in flag_attachments("s01", nb, released)] == [True]


# Constants

WEIGHTS = np.random.default_rng(0).bytes(6_000)

HIDDEN = {
    "base64": f"w = {base64.b64encode(WEIGHTS).decode()!r}",
    "base85": f"w = {base64.b85encode(WEIGHTS).decode()!r}",
    "bytes": f"w = {WEIGHTS!r}",
    "list": f"w = {list(WEIGHTS)}",
    "decimals": f"w = {[round(b / 255, 3) for b in WEIGHTS]}",
    "one number": f"w = 0x{WEIGHTS.hex()}",
    "letters of another alphabet": f"w = '{''.join(chr(0x4E00 + b) for b in WEIGHTS)}'",
    "docstring": f"def f():\n    'w = {WEIGHTS.hex()}'",
    "shell": f"!echo {WEIGHTS.hex()} > w",
    "written file": f"%%writefile w\n{WEIGHTS.hex()}",
    "names": f"w = dict({', '.join(f'a{WEIGHTS[k : k + 9].hex()}=1' for k in range(0, 6000, 9))})",
    "comment": f"w = 1  # {WEIGHTS.hex()}",
}


@pytest.mark.parametrize("form", HIDDEN)
@pytest.mark.parametrize("parts", [1, 40])
def test_what_is_carried_along_shows_in_any_form(form, parts):
    if form in ("comment", "names") or parts == 1:
        cells = [Cell("a", HIDDEN[form])] * 1
    else:
        step = len(WEIGHTS) // parts
        pieces = [WEIGHTS[k : k + step].hex() for k in range(0, len(WEIGHTS), step)]
        cells = [Cell(f"cell {k}", f"w{k} = {piece!r}") for k, piece in enumerate(pieces)]
    cells = [Cell(cell.name, to_python(cell.source)) for cell in cells]
    flags = flag_constants("s01", measure(cells))
    if form in ("comment", "names"):  # code has no use of these but by a trick: it takes more
        assert measure(cells).code > 5_000
    else:
        assert [flag.remark for flag in flags] == [False], measure(cells)


def test_the_course_s_own_answers_carry_little():
    for folder in sorted((ROOT / "solutions").iterdir()):
        assignment = load_assignment(folder.name, ROOT / "solutions")
        released = released_notebook(assignment)
        nb = nbformat.read(folder / f"{folder.name}.ipynb", as_version=4)
        found = measure(own_cells(nb, released), [cell.source for cell in released.cells])
        assert flag_constants("s01", found) == []
        assert found.literals < MOST_IN_LITERALS / 2, folder.name
        assert found.code < MOST_IN_CODE / 2, folder.name


def test_files_beside_a_notebook_are_told_and_flagged_where_answers_come_from_them():
    cells = [
        Cell("load", "import numpy as np\nw = np.load('w.npy')"),
        Cell("predict", "def predict(images):\n    return images @ w"),
        Cell("other", "picture = open('own.png')"),
    ]
    answered = names_reached(cells, [], ["predict"])
    assert [f.remark for f in flag_files("s01", {"w.npy": 9_000}, answered)] == [False]
    honest = names_reached(
        [*cells[2:], Cell("predict", "def predict(x): return x")], [], ["predict"]
    )
    assert [f.remark for f in flag_files("s01", {"own.png": 9_000}, honest)] == [True]
    assert flag_files("s01", {"notes.txt": 90}, answered) == []
    module = names_reached([Cell("p", "from mine import predict")], [], ["predict"])
    assert [f.remark for f in flag_files("s01", {"mine.py": 9_000}, module)] == [False]


# Tamper


def answered(released):
    nb = without_hidden_tests(submission(), released)
    nb.cells.insert(3, nbformat.v4.new_code_cell("extra = 1"))
    return nb


def named(nb):
    return {c.metadata.nbgrader.grade_id: c for c in nb.cells if "nbgrader" in c.metadata}


def test_an_answered_notebook_is_not_tampered_with(released):
    assert flag_tamper("s01", answered(released), released) == []


def tampered(released, change):
    nb = answered(released)
    change(nb, named(nb))
    return [(flag.seen, flag.remark) for flag in flag_tamper("s01", nb, released)]


def test_accidents_are_remarks(released):
    assert tampered(released, lambda nb, c: nb.cells.remove(c["test-double"])) == [
        ("cell test-double was deleted", True)
    ]
    assert tampered(released, lambda nb, c: nb.cells.append(c["test-double"])) == [
        ("cell test-double was copied", True)
    ]

    def add_lines(nb, cells):
        cells["test-double"].source += "\n\n"

    assert tampered(released, add_lines) == [
        ("locked cell test-double was changed in its spaces only", True)
    ]


def test_what_no_accident_does_is_flagged(released):
    def edit(nb, cells):
        cells["test-double"].source = "pass"
        cells["accuracy"].metadata.nbgrader.points = 1000
        cells["imports"].metadata.nbgrader.locked = False
        invented = nbformat.v4.new_code_cell("pass", metadata=marked("mine", grade=True))
        nb.cells.append(nbformat.from_dict(invented))

    assert tampered(released, edit) == [
        ("cell imports: locked is False, released as True", False),
        ("locked cell test-double was changed", False),
        ("cell accuracy: points is 1000, released as 10", False),
        ("cell mine was invented, to carry points", False),
    ]


# Recipe and shared errors


def test_a_recipe_is_what_the_scored_function_reaches():
    given = [Cell("imports", "from sklearn.svm import SVC\nfrom sklearn.decomposition import PCA")]
    cells = [
        Cell("other", "elsewhere = PCA(2).fit(rows)"),
        Cell("train", "def train(rows):\n    return SVC(C=5).fit(rows)"),
        Cell("cell 7", "model = train(all_rows)"),
        Cell("predict", "def predict(rows):\n    elsewhere = 3\n    return model.predict(rows)"),
    ]
    assert recipe(cells, given, ["predict"]) == Recipe(frozenset({"SVC"}), frozenset())


def test_what_learns_by_chance_is_explained_by_a_common_seed_alone():
    forest, machine = frozenset({"RandomForestClassifier"}), frozenset({"SVC"})
    zero, one, none = frozenset({"0"}), frozenset({"1"}), frozenset[str]()
    assert Recipe(machine, none).explains(Recipe(machine, one))
    assert Recipe(forest, zero).explains(Recipe(forest, zero))
    assert not Recipe(forest, zero).explains(Recipe(forest, one))
    assert not Recipe(forest, none).explains(Recipe(forest, none))
    assert not Recipe(machine, none).explains(Recipe(forest, none))
    assert Recipe(none, none).explains(Recipe(none, none))


def simulate(number, seed=0):
    """Draw a class that errs on the same hard images, and tends to the same wrong digit there."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, N).astype(np.uint8)
    difficulty = rng.beta(0.2, 2, N)
    usual = (truth + rng.integers(1, 10, N)) % 10
    answered = {}
    for k in range(number):
        errs = rng.random(N) < np.clip(difficulty * rng.uniform(0.7, 1.4), 0, 1)
        label = np.where(rng.random(N) < 0.7, usual, rng.integers(0, 10, N))
        made = Recipe(frozenset({f"Model{k}"}), frozenset())
        answered[f"s{k:02}"] = Answered(np.where(errs, label, truth).astype(np.int64), made)
    return answered, truth


def test_independent_models_are_not_flagged():
    for seed in range(5):
        answered, truth = simulate(20, seed)
        assert flag_sharing(share_errors(answered, truth), 20) == []


def test_answers_taken_from_another_are_flagged():
    answered, truth = simulate(20)
    taken = answered["s03"].answers.copy()
    taken[::50] = 7
    answered["s99"] = Answered(taken, Recipe(frozenset({"Other"}), frozenset()))
    flags = flag_sharing(share_errors(answered, truth), 21)
    assert [flag.student for flag in flags] == ["s03", "s99"]
    assert flags[0].p_value < LEVEL
    assert "with s99" in flags[0].seen
    assert "expected of independent models" in flags[0].seen


def test_equal_answers_by_one_standard_recipe_are_only_a_remark():
    answered, truth = simulate(20)
    one = answered["s03"]
    answered |= {"s98": one, "s99": one}
    flags = flag_sharing(share_errors(answered, truth), 22)
    assert [(f.student, f.remark) for f in flags] == [("s03", True), ("s98", True), ("s99", True)]
    assert "as 2 others of the same recipe: expected" in flags[0].seen


def test_a_small_class_and_constant_answers_say_nothing():
    answered, truth = simulate(4)
    assert share_errors(answered, truth) == []
    none = Recipe(frozenset(), frozenset())
    zeros = {f"z{k}": Answered(np.zeros(N, np.int64), none) for k in range(9)}
    assert share_errors(zeros, truth) == []


# Own cells and page


def test_own_cells_are_answers_and_added_ones(released):
    nb = submission(double="def double(x):\n    return x + x")
    nb.cells.append(nbformat.v4.new_code_cell("%time double(2)"))
    names = [cell.name for cell in own_cells(nb, released)]
    assert names == ["double", "predict", f"cell {len(nb.cells)}"]
    assert "run_line_magic" in own_cells(nb, released)[-1].source
    assert [cell.name for cell in given_cells(released)] == [
        "cell 1",
        "imports",
        "double",
        "predict",
    ]
    assert "hidden" not in "".join(cell.source for cell in released.cells).lower()
    assert own_cells(released, released) == []


def test_the_table_of_flags_to_the_letter():
    flags = (
        Flag("s01", memorisation.NAME, "20 of 20  canaries", 0.00042),
        Flag("s02", shared_errors.NAME, "r", remark=True),
        Flag("zoë\tlong name", static_analysis.NAME, "two words"),
    )
    found = IntegrityReport(("s01", "s02"), flags, {}, ())
    told = """\
student        check         p      seen
s01            look-up       4e-04  20 of 20 canaries
zoë long name  static signs         two words"""
    assert format_flags(found) == told
    none = IntegrityReport(("s02",), flags[1:2], {}, ())
    assert format_flags(none) == "No check has anything to show to a person."


def test_what_is_shown_is_text_and_no_formula(tmp_path):
    flags = (
        Flag("=s01", shared_errors.NAME, "<b>\x1b[2J</b>" + "x" * 400, 0.0001),
        Flag("s02", shared_errors.NAME, "r"),
    )
    found = IntegrityReport(("=s01", "s02"), flags, {}, ("<i>none</i>",))
    (tmp_path / "index.html").write_text("<p>before</p><!-- integrity -->")
    page = write_integrity(found, tmp_path, title="a1").read_text()
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;" in page
    assert "\x1b" not in page + format_flags(found)
    with (tmp_path / "integrity.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (rows[0]["student"], rows[0]["p_value"], rows[0]["kind"]) == (
        "'=s01",
        "1.00e-04",
        "flag",
    )
    assert 'href="integrity.html"' in (tmp_path / "index.html").read_text()
