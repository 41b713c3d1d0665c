"""What changes against what the class was told, and why; and how it is told."""

from __future__ import annotations

import csv
import shutil
from random import Random

import numpy as np
import pytest

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.app import main
from autograder.errors import HoldoutDamagedError
from autograder.evidence.entries import describe_submission
from autograder.evidence.log import open_log, read_log
from autograder.grading.diff import SHOWN, diff, format_change
from autograder.grading.finalize import conclude
from autograder.grading.publish import publish
from autograder.grading.rescore import rescore
from autograder.holdout.labels import labels_of
from autograder.outcome import Outcome
from autograder.scoring.metrics import METRICS
from autograder.scoring.predictions import Score, points_for_grade
from autograder.scoring.standing import GradeRow
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
from autograder.workdir import WorkDir
from helpers.data import load_sample
from helpers.files import sha256
from helpers.idx import write_idx
from tests.support.course import NAME, hold_out, make_course

TRUTH = load_sample()[3]
TIERS = load_tiers_text(DEFAULT_TIERS)
OTHER_TIERS = DEFAULT_TIERS.replace("[85, 89]", "[85, 88]")
CLASS = {"s01": [1, 2], "s02": range(20, 40), "s03": range(50, 62), "s04": range(150)}
"""Which images each gets wrong: 248, 230, 238 and 100 of 250 are right."""
STANDING = ("grade", "tier", "rank")


def answers(wrong):
    given = TRUTH.astype(int)
    given[list(wrong)] = (given[list(wrong)] + 1) % 10
    return given


class Course:
    """A course whose runs are written down and not run."""

    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self.folder = make_course(folder)
        self.work = self.folder / "work"
        self.path = WorkDir(self.work).evidence(NAME)

    @property
    def assignment(self):
        return load_assignment(NAME, self.folder / "solutions")

    @property
    def holdout(self):
        return open_holdout(self.assignment, WorkDir(self.work))

    def run(self, wrong, **outcomes):
        """Note a run of submissions that err on these images, or end in such an outcome.

        They are measured by the labels that are held out now, right or wrong.
        """
        labels = labels_of(self.holdout)
        with open_log(self.path) as log:
            sums = {"labels": labels.sha256, "images": labels.images}
            log.append({"kind": "run", "caged": True, "holdout": sums})
            rows = [self.submit(log, s, errors, labels.values) for s, errors in wrong.items()]
            for student, outcome in outcomes.items():
                row = GradeRow(student, NAME, outcome)
                log.append(describe_submission(row))
                rows.append(row)
            facts = {"by": "grade", "tiers": DEFAULT_TIERS, "labels": labels}
            conclude(rows, self.assignment, log, WorkDir(self.work), **facts)

    def submit(self, log, student, errors, labels):
        given = answers(errors)
        measured = METRICS["accuracy"].measure(labels, given)
        earned = points_for_grade(10.0, TIERS.place(measured.score).grade, TIERS)
        score = Score("accuracy", measured, len(TRUTH), earned, 10.0, "", given)
        facts = {"points": round(4.0 + earned, 2), "max_points": 16.0}
        row = GradeRow(student, NAME, Outcome.FINISHED, measured, **facts)
        file = self.folder / f"{student}.ipynb"
        if not file.exists():
            file.write_text(student)
        log.append(describe_submission(row, submitted=sha256(file), score=("accuracy", score)))
        return GradeRow(**vars(row) | {"answers": given})

    def rescore(self, **options):
        return rescore(self.assignment, WorkDir(self.work), **options)

    def publish(self, **options):
        return publish(NAME, WorkDir(self.work), self.holdout, **options)

    def diff(self):
        """Return why each student's place changes."""
        changes = diff(read_log(self.path).entries, self.holdout)
        return {change.student: "; ".join(change.reasons) for change in changes}

    def report(self):
        """Return the report's rows by student, as the table of grades has them."""
        with (self.work / "report" / "grades.csv").open(newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}

    def cli(self, *arguments):
        return main(["--course", str(self.folder), *arguments])


@pytest.fixture
def course(tmp_path):
    """A class that was graded and told."""
    course = Course(tmp_path / "course")
    course.run(CLASS)
    course.publish()
    return course


# Publishing


def test_what_is_published_is_what_the_report_says(course):
    published = course.work / "published" / NAME / "grades.csv"
    assert published.read_bytes() == (course.work / "report" / "grades.csv").read_bytes()
    with published.open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {student: row["rank"] for student, row in rows.items()} == {
        "s01": "1", "s03": "2", "s02": "3", "s04": "4",
    }  # fmt: skip


def test_a_draft_changes_nothing_that_was_told(course, tmp_path):
    published = course.work / "published" / NAME / "grades.csv"
    before = published.read_bytes()
    (tmp_path / "t.toml").write_text(OTHER_TIERS)
    course.rescore(tiers=tmp_path / "t.toml")
    assert published.read_bytes() == before
    done = course.publish()
    assert published.read_bytes() != before
    assert [change.student for change in done.changes] == ["s03"]
    assert course.diff() == {}


def test_the_first_time_there_is_nothing_to_compare_with(tmp_path, capsys):
    course = Course(tmp_path)
    course.run(CLASS)
    assert course.cli("diff", NAME) == 0
    assert "nothing to compare with" in capsys.readouterr().out
    assert course.cli("publish", NAME) == 0
    assert "nothing to compare with" in capsys.readouterr().out
    assert course.cli("publish", NAME) == 0
    assert "published already" in capsys.readouterr().out
    kinds = [entry.body["kind"] for entry in read_log(course.path).entries]
    assert kinds.count("published") == 1


@pytest.mark.parametrize("command", ["diff", "publish", "rescore", "verify"])
def test_before_any_run_there_is_nothing(tmp_path, command, capsys):
    course = Course(tmp_path)
    assert course.cli(command, NAME) == 1
    assert "grade" in capsys.readouterr().err


def test_a_damaged_log_is_not_published(course, capsys):
    course.path.write_bytes(course.path.read_bytes().replace(b"s04", b"s05", 1))
    for command in ("diff", "publish", "rescore"):
        assert course.cli(command, NAME) == 1
        assert "was altered" in capsys.readouterr().err
    assert course.cli("verify", NAME) == 1
    assert capsys.readouterr().out.startswith("line 5: was altered")


# Reasons


def test_nothing_changed(course, capsys):
    course.run(CLASS)
    assert course.diff() == {}
    assert course.cli("diff", NAME) == 0
    assert capsys.readouterr().out == "No grade changes.\n"


def test_a_corrected_label_is_told_to_each_whom_it_changes(course, tmp_path):
    """One wrong label: rescore, diff and publish survive it."""
    labels = TRUTH.copy()
    labels[1] = (labels[1] + 1) % 10
    write_idx(tmp_path / "labels.idx", labels)
    course.rescore(labels=tmp_path / "labels.idx")
    image = "the label of image 1 was corrected, 1 of their predictions affected"
    # s01 and s04 are one better by it, which takes neither of them to another grade
    assert course.diff() == {
        "s02": f"the score changed, 0.9200 → 0.9160: {image}",
        "s03": f"the score changed, 0.9520 → 0.9480: {image}",
    }
    assert course.publish().changes
    # back again: the corrected labels are those to compare with now
    write_idx(tmp_path / "labels.idx", TRUTH)
    course.rescore(labels=tmp_path / "labels.idx")
    assert set(course.diff()) == {"s02", "s03"}
    assert "0.9160 → 0.9200" in course.diff()["s02"]


CLOSE = CLASS | {"s05": range(60, 68), "s06": []}
"""With two more above 0.96, of whom one label tells some apart, or no longer."""
ANYWHERE = Random(7).randrange(250)


@pytest.mark.parametrize(
    ("image", "step"), [(1, 1), (50, 1), (50, 5), (ANYWHERE, 5)]
)  # by one: the wrong label is what some answered; by five, what nobody did
def test_any_single_wrong_label_is_survived(tmp_path, image, step):
    """Graded and told by a wrong label, then put right: as if it had been right at once."""
    course = Course(tmp_path / "course")
    labels = TRUTH.copy()
    labels[image] = (labels[image] + step) % 10
    hold_out(course.folder, labels=labels)
    course.run(CLOSE)
    course.publish()
    told = course.report()
    write_idx(tmp_path / "right.idx", TRUTH)
    course.rescore(labels=tmp_path / "right.idx")
    rescored, reasons = course.report(), course.diff()
    moved = {s for s, row in told.items() if any(row[k] != rescored[s][k] for k in STANDING)}
    assert reasons.keys() == moved
    for student, reason in reasons.items():
        assert f"the label of image {image} was corrected" in reason
        if told[student]["accuracy"] != rescored[student]["accuracy"]:
            assert reason.startswith("the score changed, ")
            assert reason.endswith(", 1 of their predictions affected")
        else:
            assert reason.startswith("the score is the same: ")
            assert ", 0 of their predictions affected; the " in reason
    assert {change.student for change in course.publish().changes} == moved
    hold_out(course.folder, labels=TRUTH)
    course.run(CLOSE)
    assert course.report() == rescored
    assert course.diff() == {}


def test_single_labels_cross_a_band_and_change_ranks(tmp_path):
    """Those of the test above: else it would show little."""
    found = {}
    for image in (1, 50):
        course = Course(tmp_path / str(image))
        labels = TRUTH.copy()
        labels[image] = (labels[image] + 1) % 10
        hold_out(course.folder, labels=labels)
        course.run(CLOSE)
        found[image] = course.report()
    course = Course(tmp_path / "right")
    course.run(CLOSE)
    right = course.report()
    assert {s for s in right if right[s]["tier"] != found[50][s]["tier"]}
    assert {s for s in right if right[s]["rank"] != found[1][s]["rank"]}


def test_corrected_labels_that_were_altered_are_named(course, tmp_path, capsys):
    labels = TRUTH.copy()
    labels[1] = (labels[1] + 1) % 10
    write_idx(tmp_path / "labels.idx", labels)
    course.rescore(labels=tmp_path / "labels.idx")
    (path,) = (course.holdout.folder / "corrected").iterdir()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for command in ("diff", "publish"):
        assert course.cli(command, NAME) == 1
        assert f"corrected/{path.name}: found sha256" in capsys.readouterr().err


def test_a_label_that_everybody_has_wrong_either_way_changes_nothing(tmp_path):
    course = Course(tmp_path / "course")
    course.run({"s01": [1, 2], "s02": range(20)})
    course.publish()
    labels = TRUTH.copy()
    labels[1] = (labels[1] + 5) % 10
    write_idx(tmp_path / "labels.idx", labels)
    course.rescore(labels=tmp_path / "labels.idx")
    assert course.diff() == {}


def test_several_corrected_labels_are_named(course, tmp_path):
    labels = TRUTH.copy()
    labels[[1, 25, 30]] = (labels[[1, 25, 30]] + 1) % 10
    write_idx(tmp_path / "labels.idx", labels)
    course.rescore(labels=tmp_path / "labels.idx")
    named = "the labels of images 1, 25, 30 were corrected, 3 of their predictions affected"
    assert course.diff()["s03"].endswith(named)
    assert course.diff()["s02"] == f"the score changed, 0.9200 → 0.9240: {named}"


def test_many_corrected_labels_are_counted(course, tmp_path):
    labels = (TRUTH + 1) % 10
    write_idx(tmp_path / "labels.idx", labels.astype(np.uint8))
    course.rescore(labels=tmp_path / "labels.idx")
    assert len(TRUTH) > SHOWN
    assert "labels of 250 images were corrected, 250 of their" in course.diff()["s03"]


def test_labels_that_are_gone_are_told_without_a_count(course, tmp_path):
    labels = TRUTH.copy()
    labels[1] = (labels[1] + 1) % 10
    write_idx(tmp_path / "labels.idx", labels)
    course.rescore(labels=tmp_path / "labels.idx")
    course.publish()
    shutil.rmtree(course.holdout.folder / "corrected")
    with pytest.raises(HoldoutDamagedError, match=r"corrected/[0-9a-f]{64}\.idx is missing"):
        course.rescore()
    write_idx(tmp_path / "labels.idx", TRUTH)
    course.rescore(labels=tmp_path / "labels.idx")
    assert course.diff()["s02"] == "the score changed, 0.9160 → 0.9200: labels were corrected"


def test_changed_bands(course, tmp_path):
    (tmp_path / "t.toml").write_text(OTHER_TIERS)
    course.rescore(tiers=tmp_path / "t.toml")
    assert course.diff() == {"s03": "the bands changed"}


def test_another_metric(course, tmp_path):
    (tmp_path / "t.toml").write_text(DEFAULT_TIERS.replace('"accuracy"', '"ari"'))
    course.rescore(tiers=tmp_path / "t.toml")
    assert "the metric changed: accuracy → adjusted Rand index" in course.diff()["s02"]


def test_another_outcome(course):
    wrong = {student: errors for student, errors in CLASS.items() if student != "s04"}
    course.run(wrong, s04=Outcome.TIME_OUT)
    assert course.diff()["s04"].startswith("the outcome changed: finished → time-out")


def test_newly_graded(course):
    course.run(CLASS, s05=Outcome.INFRASTRUCTURE)
    assert course.diff() == {"s05": "new in the class, and not graded"}
    course.publish()
    course.run(CLASS | {"s05": range(240)})
    assert course.diff() == {"s05": "newly graded"}
    course.run(CLASS | {"s05": range(240), "s06": range(245)})
    assert course.diff() == {"s05": "newly graded", "s06": "newly graded"}


def test_gone_from_the_class(course):
    course.run({"s01": CLASS["s01"], "s03": CLASS["s03"], "s02": CLASS["s02"]})
    assert course.diff() == {"s04": "not in the class any more"}


def test_another_file_and_another_answer(course):
    (course.folder / "s03.ipynb").write_text("better")
    course.run(CLASS | {"s03": range(50, 60), "s02": range(20, 45)})
    assert course.diff() == {
        "s02": "run again, the same file answered differently",
        "s03": "another file was handed in",
    }


def test_ranks_move_because_others_move(course):
    course.run(CLASS | {"s02": range(20, 25)})
    reasons = course.diff()
    assert reasons["s03"] == "the rank moved, because others' did"
    assert "answered differently" in reasons["s02"]


def test_a_change_is_one_line(course, tmp_path, capsys):
    (tmp_path / "t.toml").write_text(OTHER_TIERS)
    course.rescore(tiers=tmp_path / "t.toml")
    (change,) = diff(read_log(course.path).entries, course.holdout)
    assert format_change(change) == "s03: grade 86 → 85: the bands changed"
    assert course.cli("diff", NAME) == 0
    assert capsys.readouterr().out.splitlines()[0] == format_change(change)


def test_names_cannot_draw_on_the_terminal(course):
    course.run(CLASS | {"s\x1b[2J": [1]})
    entries = read_log(course.path).entries
    lines = [format_change(change) for change in diff(entries, course.holdout)]
    assert any("newly graded" in line for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_points_that_are_not_there_any_more(tmp_path):
    """Graded by points, told, and then lost to a failure of ours."""
    course = Course(tmp_path)
    shutil.rmtree(course.work / "holdout")
    (course.folder / "solutions" / NAME / "run.toml").write_text("")
    for outcome, points in ((Outcome.FINISHED, 4.0), (Outcome.INFRASTRUCTURE, None)):
        with open_log(course.path) as log:
            log.append({"kind": "run", "caged": True, "holdout": None})
            row = GradeRow("s01", NAME, outcome, points=points, max_points=points and 6.0)
            log.append(describe_submission(row))
            facts = {"by": "grade", "tiers": None, "labels": None}
            conclude([row], course.assignment, log, WorkDir(course.work), **facts)
        if points:
            course.publish()
    changed = "the outcome changed: finished → infrastructure; the points changed: 4 → none"
    assert course.diff() == {"s01": changed}


def test_a_grade_that_moves_and_a_rank_that_does_not(tmp_path):
    """Second of four, and then of two: what the rank is worth is not the same."""
    course = Course(tmp_path / "course")
    course.run({"s01": [], "s02": range(9), "s03": range(20, 29), "s04": range(40, 49)})
    course.publish()
    before = course.report()["s02"]
    course.run({"s01": [], "s02": range(9)})
    after = course.report()["s02"]
    assert before["rank"] == after["rank"] == "2"
    assert before["grade"] != after["grade"]
    assert course.diff()["s02"] == "the grade moved with the ranks, because others' did"


def test_points(tmp_path):
    course = Course(tmp_path)
    shutil.rmtree(course.work / "holdout")
    (course.folder / "solutions" / NAME / "run.toml").write_text("")
    for points in (4.0, 6.0):
        with open_log(course.path) as log:
            log.append({"kind": "run", "caged": True, "holdout": None})
            row = GradeRow("s01", NAME, Outcome.FINISHED, points=points, max_points=6.0)
            log.append(describe_submission(row))
            facts = {"by": "grade", "tiers": None, "labels": None}
            conclude([row], course.assignment, log, WorkDir(course.work), **facts)
        if points == 4.0:
            course.publish()
    assert course.diff() == {"s01": "the points changed: 4 → 6"}
    done = course.rescore()
    assert [(row.grade, row.points) for row in done.rows] == [(100, 6.0)]
    with pytest.raises(Exception, match="graded by points"):
        course.rescore(tiers=tmp_path / "t.toml")
