"""A small class on real digits, graded in the sandbox, and what its integrity report shows."""

from __future__ import annotations

import base64
import csv
import json
import zlib

import nbformat
import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.cli.app import main
from autograder.evidence.log import read_log
from autograder.evidence.runs import last_submissions
from autograder.grading.pipeline import grade_class
from autograder.holdout.store import make_holdout
from autograder.integrity import run
from autograder.integrity.flags import Flag
from autograder.integrity.page import format_counts
from autograder.integrity.run import gather
from autograder.integrity.student_code import released_notebook
from autograder.sandbox.bounded_process import BoundedProcess, Bounds
from autograder.scoring.standing import class_table
from autograder.workdir import WorkDir
from helpers.data import load_mnist
from helpers.idx import read_idx
from tests.support.course import NAME, hand_in, make_course, submission, without_hidden_tests

READS = (
    "from helpers.data import load_mnist\n"
    "from sklearn.neighbors import KNeighborsClassifier\n\n"
    "known, digits = load_mnist('train')\n"
    "nearest = KNeighborsClassifier({n}).fit(known[:1000].reshape(1000, -1), digits[:1000])\n\n"
    "def predict(images):\n"
    "    global asked\n"
    "    asked = images\n"  # honest, and holds canaries from now on
    "    return nearest.predict(images.reshape(len(images), -1))"
)
LOOKS_UP = (  # as s20 of the demo class does
    "import hashlib\n"
    "from helpers.data import load_mnist\n\n"
    "known = zip(*load_mnist('train'))\n"
    "table = {hashlib.md5(i.tobytes()).digest(): int(d) for i, d in known}\n\n"
    "def predict(images):\n"
    "    keys = [hashlib.md5(image.tobytes()).digest() for image in images]\n"
    "    return [table.get(key, 1) for key in keys]"
)
BRINGS = (
    "import base64, zlib\n"
    "brought = np.frombuffer(zlib.decompress(base64.b64decode('{text}')), np.uint8)\n"
    "brought = brought.reshape(-1, 784) / 255\n"
)
BREAKS_THE_SURVEY = (
    "import sys\nsys.modules['autograder.kernel_side.image_hashes'] = None\n"
    "def double(x):\n    return 2 * x"
)

TAKES_MUCH = "def double(x):\n    return 2 * x\nx = [" + 60_000 * "1, " + "]"
"""Of memory, to look at; it runs in no time."""


def held_out_originals(holdout, count):
    """Find some that are not among the canaries."""
    handed = {i.tobytes() for i in read_idx(holdout.handed / "mnist" / "train-images-idx3-ubyte")}
    canaries = {image.tobytes() for image in holdout.probes().images}
    found = (i for i in load_mnist("train")[0] if i.tobytes() not in handed | canaries)
    return np.stack([next(found) for _ in range(count)])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    folder = course / "work" / "holdout"
    (folder / NAME).rename(folder / "old")
    holdout = make_holdout(NAME, folder, seed="a seed", size=1000, maker="probed digits")
    pixels = zlib.compress(held_out_originals(holdout, 5).tobytes(), 9)
    brings = BRINGS.format(text=base64.b64encode(pixels).decode())
    assignment = load_assignment(NAME, course / "solutions")
    released = released_notebook(assignment)
    for student, changes in {
        "s01": {"predict": READS.format(n=1)},
        "s02": {"predict": LOOKS_UP},
        "s03": {"predict": brings + READS.format(n=3)},
        "s04": {"double": BREAKS_THE_SURVEY},
        "s05": {"double": TAKES_MUCH},
    }.items():
        nb = without_hidden_tests(submission(**changes), released)
        hand_in(course, student, nb)
    rows = list(grade_class(assignment, course / "in", WorkDir(course / "work"), workers=2))
    assert {row.outcome for row in class_table(rows, assignment.tiers)} == {"finished"}
    return course


@pytest.fixture(scope="module")
def found(course):
    return gather(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))


def flags_of(found, student):
    return [(f.check, f.seen) for f in found.flags if f.student == student and not f.remark]


def bodies(course):
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    return {student: one.entry.body for student, one in last_submissions(entries).items()}


def test_who_reads_digits_is_not_flagged(found):
    assert flags_of(found, "s01") == []
    assert found.look_ups["s01"].twins.total == 50
    assert found.look_ups["s01"].handed.total == 20


def test_a_table_of_training_images_is_flagged(found):
    ((check, seen),) = flags_of(found, "s02")
    assert check == "look-up"
    assert seen.startswith("right on 20 of 20 training images, on ")


def test_held_out_images_among_what_was_loaded_are_flagged(found, course):
    (flag,) = flags_of(found, "s03")
    assert flag[0] == "loaded images"
    assert ", 5 of them originals of held-out ones (0 official test images)" in flag[1]
    assert bodies(course)["s01"]["loaded"]["held_out"] == 0
    assert bodies(course)["s01"]["loaded"]["images"] > 50_000


def test_a_survey_that_fails_costs_nothing_and_is_named(found, course):
    body = bodies(course)["s04"]
    assert body["loaded"] is None
    assert body["outcome"] == "finished"
    assert body["notes"] == []
    assert body["cells"]["test-double"] == [4, 4]
    assert any("did not say which images they hold: s04" in one for one in found.missing)
    assert ("static signs", "cell double: changes a library (sys.modules)") in flags_of(
        found, "s04"
    )


def test_code_that_takes_too_much_to_look_at_is_named_and_the_others_are_looked_at(
    course, found, monkeypatch
):
    narrow = BoundedProcess(Bounds(memory_mb=24))
    narrow.preload(run.__name__)
    monkeypatch.setattr(run, "reading_process", lambda: narrow)
    again = gather(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))
    narrow.close()
    told = "Code that takes more than a look may take; read it: s05."
    assert told in again.missing
    assert told not in found.missing
    assert again.students == found.students
    for student in ("s01", "s02", "s03", "s04"):
        assert flags_of(again, student) == flags_of(found, student)


def test_the_evidence_holds_counts_and_no_image(course):
    loaded = bodies(course)["s03"]["loaded"]
    assert set(loaded) == {"images", "held_out", "official_test"}
    assert all(isinstance(number, int) for number in loaded.values())


def test_what_is_handed_back_holds_no_answers_about_probes(course):
    path = course / "work" / "autograded" / "s01" / NAME / f"{NAME}.ipynb"
    text = json.dumps(nbformat.read(path, as_version=4))
    assert "probed" not in text
    assert bodies(course)["s01"]["score"]["probed"] is not None
    assert bodies(course)["s01"]["score"]["total"] == 1000


def test_the_command_shows_the_flags_and_writes_both_files(course, found, capsys):
    before = WorkDir(course / "work").evidence(NAME).read_bytes()
    assert main(["--course", str(course), "integrity", NAME]) == 0
    out = capsys.readouterr().out
    assert "look-up" in out
    flagged = [flag for flag in found.flags if not flag.remark]
    remarks = len(found.flags) - len(flagged)
    assert len(flagged) > 1
    plural = "" if remarks == 1 else "s"
    assert f"\n5 submissions: {len(flagged)} flags, {remarks} remark{plural}\nA flag is fo" in out
    assert sum(line.startswith("s0") for line in out.splitlines()) == len(flagged)
    with (course / "work" / "report" / "integrity.csv").open() as file:
        kinds = {(row["student"], row["check"]) for row in csv.DictReader(file)}
    assert {("s02", "look-up"), ("s03", "loaded images"), ("s04", "static signs")} <= kinds
    assert "Unwarped against warped" in (course / "work" / "report" / "integrity.html").read_text()
    assert WorkDir(course / "work").evidence(NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["flag"], "1 submission: 1 flag, 0 remarks"),
        (["flag", "remark", "flag"], "1 submission: 2 flags, 1 remark"),
        ([], "1 submission: 0 flags, 0 remarks"),
    ],
)
def test_flags_and_remarks_are_counted_apart(flags, told):
    shown = tuple(Flag("s01", "constants", "seen", remark=kind == "remark") for kind in flags)
    assert format_counts(run.IntegrityReport(("s01",), shown, {}, ())) == told


def test_images_without_probes_are_named_with_what_to_do(course):
    """As held-out images that were made before there were probes."""
    folder = course / "work" / "holdout"
    (folder / NAME).rename(folder / "new")
    (folder / "old").rename(folder / NAME)
    try:
        found = gather(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))
    finally:
        (folder / NAME).rename(folder / "old")
        (folder / "new").rename(folder / NAME)
    assert found.look_ups == {}
    assert any("made without probes" in one for one in found.missing)
    assert any("Last graded on other held-out images" in one for one in found.missing)


def test_a_class_that_was_not_graded_is_named(tmp_path, capsys):
    course = make_course(tmp_path)
    assert main(["--course", str(course), "integrity", NAME]) == 1
    assert "grade the class first" in capsys.readouterr().err
