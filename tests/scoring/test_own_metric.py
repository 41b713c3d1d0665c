"""A course's own metric is read strictly, and what it gives is looked at each time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from autograder.errors import MetricError, PredictionError, TierError
from autograder.scoring import metrics
from autograder.scoring.forecast import forecast
from autograder.scoring.metrics import METRICS
from autograder.scoring.own_metric import (
    RESERVED,
    describe_metric,
    load_own_metric,
    recorded_metric,
)
from autograder.scoring.predictions import Score, score_predictions
from autograder.scoring.tiers import load_tiers, load_tiers_text
from helpers.capstone import SCORE_MIME
from helpers.files import sha256
from helpers.metric_file import named_metric
from tests.support.own_metric import TEXT, TIERS

TRUTH = np.array([0, 3, 9, 9], np.uint8)

TOP_2 = """
from fractions import Fraction
import numpy as np
from autograder.score import Metric, check_numbers

def check(answer, truth):
    return check_numbers(answer, (len(truth), 10), low=0, high=1)

def score(pairs):
    best = np.argsort(-pairs.answers, axis=1, kind="stable")[:, :2]
    right = (best == pairs.truth[:, None]).any(axis=1)
    return Fraction(int(right @ pairs.counts), int(pairs.counts.sum()))

metric = Metric(
    name="top_2", title="top-2 accuracy", percent=True, is_share=True, check=check, score=score
)
"""

KAPPA = """
from fractions import Fraction
import numpy as np
from autograder.score import Metric, check_predictions

def score(pairs):
    table = np.zeros((10, 10), int)
    np.add.at(table, (pairs.truth, pairs.answers), pairs.counts)
    weights = np.subtract.outer(np.arange(10), np.arange(10)) ** 2
    seen = int((weights * table).sum()) * int(table.sum())
    chance = int((weights * np.outer(table.sum(1), table.sum(0))).sum())
    return max(Fraction(0), 1 - Fraction(seen, chance)) if chance else Fraction(1)

metric = Metric(
    name="kappa", title="quadratic weighted kappa",
    check=lambda answer, truth: check_predictions(answer, len(truth)), score=score,
)
"""


def load(folder, text=TEXT):
    (folder / "metric.py").write_text(text)
    return load_own_metric(folder / "metric.py")


def course(folder, text=TEXT, tiers=TIERS):
    (folder / "metric.py").write_text(text)
    (folder / "tiers.toml").write_text(tiers)
    return folder


# The file


def test_tiers_carry_it(tmp_path):
    metric = load_tiers(course(tmp_path)).metric
    assert (metric.name, metric.own) == ("nearness", True)
    assert metric.sha256 == sha256(tmp_path / "metric.py")
    assert metric.measure(TRUTH, metric.check([0, 3, 9, 4.5], TRUTH)).score == Fraction(7, 8)
    assert not (tmp_path / "__pycache__").exists()


def test_it_is_the_same_until_the_file_changes(tmp_path):
    one, same = load_tiers(course(tmp_path)), load_tiers(tmp_path)
    other = load_tiers(course(tmp_path, f"{TEXT}\n# harmless"))
    assert one == same != other


def test_a_text_of_tiers_alone_has_none():
    with pytest.raises(MetricError, match=r"metric: found 'metric\.py', expected that file"):
        load_tiers_text(TIERS)


def test_the_file_is_said_to_be_missing(tmp_path):
    course(tmp_path)
    (tmp_path / "metric.py").unlink()
    with pytest.raises(TierError, match=r"metric.py: found 'No such file.*which tiers.toml names"):
        load_tiers(tmp_path)


DEFINED = TEXT.partition("metric = ")[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("def (", "SyntaxError: .*expected a file that runs", id="no Python"),
        pytest.param("import nothing_such", "ModuleNotFoundError: ", id="import"),
        pytest.param("", "metric: found 'no metric', expected a Metric of", id="nothing"),
        pytest.param("metric = 3", "metric: found 3, expected a Metric", id="a number"),
        pytest.param(f"{DEFINED}metric = Metric", "metric: found <class", id="the class"),
        pytest.param(f"{DEFINED}metric = score", "metric: found <function score", id="a function"),
        pytest.param(f"{DEFINED}metric = Metric(name='x')", "TypeError: .*title", id="too little"),
        pytest.param(TEXT.replace("title=", "titles="), "argument 'titles'", id="unknown key"),
        *(
            pytest.param(
                TEXT.replace('"nearness"', repr(name)), rf"name: found {name!r}, expected a name",
                id=f"name {name!r}",
            )
            for name in ("accuracy", "ari", "Near", "near ness", "", "=near", "final", 3)
        ),
        *(
            pytest.param(
                TEXT.replace('title="nearness to the digit"', f"title={title!r}"),
                r"title: found .*, expected a text of one line", id=f"title {title!r}",
            )
            for title in ("", " ", "two\nlines", 7)
        ),
        *(
            pytest.param(
                TEXT.replace("check=check,", f"check=check, {key}=1,"),
                f"{key}: found 1, expected True or False", id=key,
            )
            for key in ("percent", "is_share", "by_image")
        ),
        pytest.param(TEXT.replace("=check,", "=3,"), r"check: found 3, .*check\(a", id="check"),
        pytest.param(TEXT.replace("=score)", "=3)"), r"score: found 3, .*score\(p", id="score"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_told(tmp_path, text, told):
    with pytest.raises(MetricError, match=told) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "metric.py"))


# What it gives


def scoring(lines):
    return f"{DEFINED}\ndef score(pairs):\n    {lines}\n" + TEXT[len(DEFINED) :]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param("return 0.5", "found 0.5, expected an exact Fraction", id="float"),
        pytest.param("return np.float64(1)", "expected an exact Fraction", id="numpy's"),
        pytest.param("return True", "found True, expected an exact Fraction", id="bool"),
        pytest.param("return None", "found None", id="None"),
        pytest.param("return Fraction(11, 10)", "found '11/10', expected .* 0 to 1", id="above"),
        pytest.param("return Fraction(-1, 10)", "found '-1/10'", id="below"),
        pytest.param("return Fraction(1, 0)", "ZeroDivisionError: .*count is 0", id="raises"),
        pytest.param(
            "return Fraction(1, int((pairs.counts[:1] > 0).sum()))",
            "ZeroDivisionError: ", id="of redrawn images",
        ),
    ],
)  # fmt: skip
def test_a_score_that_is_none_is_told(tmp_path, lines, told):
    metric = load(tmp_path, scoring(lines))
    with pytest.raises(MetricError, match=rf"metric\.py: score: found .*{told}|{told}"):
        metric.measure(TRUTH, metric.check(TRUTH, TRUTH))


def test_a_share_that_is_none_is_told(tmp_path):
    metric = load(tmp_path, TEXT.replace("score=score", "score=score, is_share=True"))
    with pytest.raises(MetricError, match="expected a whole number of 4 images, or is_share=False"):
        metric.measure(TRUTH, metric.check([0, 3, 9, 4.5], TRUTH))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param("return answer.tolist()", "expected a numpy array", id="a list"),
        pytest.param("return answer.astype(str)", "an array of <U", id="texts"),
        pytest.param("return answer[:-1]", "one row for each of 4 images", id="too few"),
        pytest.param("return answer * np.nan", "finite numbers", id="nan"),
        pytest.param("return answer[:, None, None]", "in one dimension or two", id="cube"),
        pytest.param("return answer + 1", "found 'another array'", id="not what it takes"),
        pytest.param("return answer.no_such", "AttributeError: ", id="raises"),
    ],
)
def test_a_check_that_is_none_is_told(tmp_path, lines, told):
    text = f"{DEFINED}\ndef check(answer, truth):\n    {lines}\n" + TEXT[len(DEFINED) :]
    with pytest.raises(MetricError, match=rf"metric\.py: check: .*{told}"):
        load(tmp_path, text).check([0, 3, 9, 4], TRUTH)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(None, "gave None, expected an array", id="None"),
        pytest.param([[1], [1, 2]], "that is no array", id="ragged"),
        pytest.param([0, 3, 9], r"shape \(3,\), expected shape \(4,\)", id="too few"),
        pytest.param([[0], [3], [9], [9]], r"use \.ravel", id="a column"),
        pytest.param([0, 3, 9, 9.5], "the values 9.5, expected numbers from 0 to 9", id="above"),
        pytest.param([0, 3, 9, np.nan], "the values nan", id="nan"),
        pytest.param(["0", "3", "9", "9"], "type <U1, expected numbers", id="texts"),
    ],
)
def test_what_a_student_answered_wrongly_is_the_students(tmp_path, answer, told):
    with pytest.raises(PredictionError, match=told):
        load(tmp_path).check(answer, TRUTH)


def test_an_object_that_fails_when_it_is_read_is_the_students(tmp_path):
    class Odd:
        def __array__(self, dtype=None, copy=None):
            raise OverflowError

    with pytest.raises(OverflowError):
        load(tmp_path).check(Odd(), TRUTH)


def test_labels_do_not_overflow(tmp_path):
    metric = load(tmp_path, scoring("return Fraction(int((300 * pairs.truth).max()), 2700)"))
    assert metric.score_of(TRUTH, TRUTH) == 1


def test_numbers_that_differ_a_little_are_different_answers(tmp_path):
    metric = load(tmp_path)
    answers = metric.check([0.25, 3.25, 8.75, 8.5], TRUTH)
    assert metric.score_of(TRUTH, answers) == 1 - Fraction(125, 3600)


# Examples of the documentation's kind


def test_top_2_accuracy_has_wilsons_interval_and_pairs(tmp_path):
    metric = load(tmp_path, TOP_2)
    answers = np.full((4, 10), 0.1)
    answers[[0, 1, 2], TRUTH[:3]] = 0.5
    checked = metric.check(answers, TRUTH)
    measured = metric.measure(TRUTH, checked)
    assert measured == metrics.measure_share(3, 4)
    assert metric.right(TRUTH, checked).tolist() == [True, True, True, False]
    assert metric.format(Fraction("0.95")) == "95 %"


def test_quadratic_weighted_kappa_is_scikit_learns(tmp_path):
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    truth = rng.integers(0, 10, 300).astype(np.uint8)
    answers = np.clip(truth.astype(int) + rng.integers(-2, 3, 300), 0, 9)
    metric = load(tmp_path, KAPPA)
    measured = metric.measure(truth, metric.check(answers, truth))
    expected = cohen_kappa_score(truth, answers, weights="quadratic")
    assert float(measured.score) == pytest.approx(expected)
    assert measured.low < expected < measured.high


# At home


def test_a_practice_score_is_forecast_and_counts_no_images(tmp_path):
    capstone = """
    [capstone]
    images = 100
    held_out = 300
    cell_seconds = 5
    call_seconds = 5
    notebook_seconds = 60
    memory_mb = 400_000
    """
    course(tmp_path, tiers=TIERS + capstone)
    truth = np.resize(TRUTH, 200)
    answers = iter([truth * 0.9])

    def practice():
        return np.zeros((200, 2, 2), np.uint8), truth

    score = score_predictions(
        lambda _: next(answers), points=10, folder=tmp_path, practice=practice
    )
    bundle = score._repr_mimebundle_()
    said = bundle["text/html"]
    assert "<strong>Nearness to the digit 0." in said
    assert "the choice of images alone" in said
    assert "right" not in said
    assert bundle[SCORE_MIME]["metric_sha256"] == sha256(tmp_path / "metric.py")
    assert Score.from_mimebundle(bundle) == score
    tiers = load_tiers(tmp_path)
    checked = tiers.metric.check(truth * 0.9, truth)
    seen = forecast(truth, checked, score.measured, tiers, tiers.capstone)
    assert seen.low < float(score.measured.score) < seen.high
    assert seen.up.images is None


@pytest.mark.parametrize(
    ("tiers", "named"),
    [
        pytest.param(TIERS, True, id="named"),
        pytest.param(TIERS.replace("metric.py", "accuracy"), False, id="another"),
        pytest.param("metric = ", False, id="no TOML"),
        pytest.param(None, False, id="no tiers"),
    ],
)
def test_only_a_file_that_tiers_name_counts(tmp_path, tiers, named):
    course(tmp_path, tiers=tiers or "")
    if tiers is None:
        (tmp_path / "tiers.toml").unlink()
    assert named_metric(tmp_path) == (tmp_path / "metric.py" if named else None)


# On record


def test_the_evidence_describes_it_and_it_is_read_back(tmp_path):
    metric = load(tmp_path)
    back = recorded_metric(describe_metric(metric))
    assert back == metric
    assert back.format(Fraction(1, 2)) == "0.5"
    with pytest.raises(MetricError, match="of which this is on record alone"):
        back.check([0], TRUTH)


@pytest.mark.parametrize("name", METRICS)
def test_a_built_in_metric_needs_no_description(name):
    assert describe_metric(METRICS[name]) is None


def test_no_name_is_a_heading():
    from autograder.reporting.tables import COLUMNS

    assert {*COLUMNS} - {*METRICS} <= RESERVED


def test_the_reference_shows_this_very_file(pytestconfig):
    page = (pytestconfig.rootpath / "docs" / "reference" / "tiers.md").read_text()
    assert f"```python\n{TEXT}```" in page
