import json
from fractions import Fraction
from pickle import dumps, loads

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

from autograder.errors import (
    PredictionError,
    PredictionShapeError,
    PredictionTypeError,
    PredictionValueError,
    TierError,
)
from autograder.kernel_side.codec import decode, encode
from autograder.scoring.metrics import Measured, measure_share
from autograder.scoring.practice import load_practice_digits
from autograder.scoring.predictions import CALL_BYTES, Score, score_predictions
from autograder.scoring.validation import check_clusters, check_indicators, check_predictions
from helpers.capstone import SCORE_MIME
from helpers.idx import IDXError, write_idx

N = 10_000

ARI = (
    'metric = "ari"\nchance = "0"\nbands = [{label = "any", from = "0", '
    'grades = [50, 50]}]\n[ranked]\nabove = "1"\ngrades = [50, 100]\n'
)
"""Tiers of a metric of clusters."""


@pytest.fixture
def holdout(tmp_path, monkeypatch):
    """10,000 tiny images whose one pixel says the label."""
    folder = tmp_path / "secret"
    folder.mkdir()
    labels = (np.arange(N) % 10).astype(np.uint8)
    write_idx(folder / "images-idx3-ubyte", np.broadcast_to(labels[:, None, None], (N, 2, 2)))
    write_idx(folder / "labels-idx1-ubyte", labels)
    monkeypatch.setenv("COURSE_HOLDOUT", str(folder))
    return folder


def knows(correct):
    """Return a `predict` that errs on all but the first images."""

    def predict(images):
        labels = images[:, 0, 0].astype(int)
        labels[correct:] = (labels[correct:] + 1) % 10
        return labels

    return predict


def right(score):
    """Return the number of right answers."""
    return score.measured.score * score.total


@pytest.mark.parametrize(
    ("correct", "tier", "points"),
    [
        (0, "fail", 0),
        (9199, "fail", 26.22),
        (9200, "60s", 26.67),
        (9299, "60s", 30.67),
        (9300, "70s", 31.11),
        (9599, "85s", 39.56),
        (9600, "90", 40),
        (9601, "above 96", 40),
        (10_000, "above 96", 40),
    ],
)
def test_points_are_the_grades_share_of_the_last_bands(holdout, tmp_path, correct, tier, points):
    score = score_predictions(knows(correct), 40, folder=tmp_path)
    assert score == Score("accuracy", measure_share(correct, N), N, points, 40.0, tier)


def test_points_are_rounded_to_two_decimals(holdout, tmp_path):
    assert score_predictions(knows(9299), 7.77, folder=tmp_path).points == 5.96  # 69 / 90 of it


def test_tiers_come_from_the_current_folder(holdout, tmp_path, monkeypatch):
    (tmp_path / "tiers.toml").write_text(ARI)
    monkeypatch.chdir(tmp_path)
    score = score_predictions(knows(3), 10)  # the next digit for all others: the same clusters
    assert (score.metric, score.tier, score.points) == ("ari", "any", 10.0)
    assert Fraction("0.99") < score.measured.score < 1


def test_bad_tiers_are_not_the_students_fault(holdout, tmp_path):
    (tmp_path / "tiers.toml").write_text("metric = 3")
    with pytest.raises(TierError):
        score_predictions(knows(0), 10, folder=tmp_path)


def test_without_a_holdout_warped_official_test_images_are_used(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_HOLDOUT", raising=False)
    images, labels = load_practice_digits()
    seen = []

    def predict(given):
        seen.append(given)
        return labels

    assert right(score_predictions(predict, 40, folder=tmp_path)) == len(labels) == N
    assert len(seen) == 1
    assert np.array_equal(seen[0], images)
    assert (seen[0].dtype, seen[0].flags.writeable) == (np.uint8, True)


def parted(monkeypatch):
    """Let a call hold 3,500 of the tiny images; return a right `predict` and how many it got."""
    monkeypatch.setattr("autograder.scoring.predictions.CALL_BYTES", 14_003)
    sizes = []

    def predict(images):
        sizes.append(len(images))
        return images[:, 0, 0]

    return predict, sizes


def test_many_images_come_in_several_calls_and_their_answers_in_order(
    holdout, tmp_path, monkeypatch
):
    predict, sizes = parted(monkeypatch)
    score = score_predictions(predict, 1, folder=tmp_path)
    assert sizes == [3_334, 3_333, 3_333]
    assert (score.total, right(score)) == (N, N)
    assert np.array_equal(score.answers, np.arange(N) % 10)


def test_what_sorts_all_images_together_gets_them_in_one_call(holdout, tmp_path, monkeypatch):
    (tmp_path / "tiers.toml").write_text(ARI)
    predict, sizes = parted(monkeypatch)
    score_predictions(predict, 1, folder=tmp_path)
    assert sizes == [N]


def test_each_of_several_calls_has_to_answer_its_images(holdout, tmp_path, monkeypatch):
    predict, _ = parted(monkeypatch)
    with pytest.raises(PredictionShapeError, match=r"\(3333,\)"):
        score_predictions(lambda images: predict(images)[:3_333], 1, folder=tmp_path)


def test_a_whole_call_of_any_images_passes_between_kernels():
    noise = np.frombuffer(np.random.default_rng(0).bytes(CALL_BYTES), np.uint8)
    assert np.array_equal(decode(encode(((noise,), {})))[0][0], noise)


def test_predict_gets_a_copy(holdout, tmp_path):
    def predict(images):
        answer = knows(N)(images)
        images[:] = 0
        return answer

    assert right(score_predictions(predict, 1, folder=tmp_path)) == N
    assert right(score_predictions(predict, 1, folder=tmp_path)) == N


def test_an_error_of_predict_is_passed_on(holdout, tmp_path):
    def predict(images):
        raise KeyError("model")

    with pytest.raises(KeyError, match="model"):
        score_predictions(predict, 1, folder=tmp_path)


@pytest.mark.parametrize("points", [0, -1, float("nan")])
def test_a_cell_without_points(holdout, tmp_path, points):
    with pytest.raises(ValueError, match="expected a number above 0"):
        score_predictions(knows(N), points, folder=tmp_path)


def test_a_holdout_that_does_not_fit_together(holdout, tmp_path):
    write_idx(holdout / "labels-idx1-ubyte", np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match=r"labels of shape \(3,\), expected"):
        score_predictions(knows(N), 1, folder=tmp_path)
    (holdout / "labels-idx1-ubyte").write_bytes(b"no")
    with pytest.raises(IDXError):
        score_predictions(knows(N), 1, folder=tmp_path)
    (holdout / "labels-idx1-ubyte").unlink()
    with pytest.raises(FileNotFoundError):  # and never a fall-back to the official images
        score_predictions(knows(N), 1, folder=tmp_path)


# What was answered


@pytest.mark.parametrize("metric", ["accuracy", "ari"])
def test_the_answers_are_kept_and_nothing_that_tells_what_is_right(holdout, tmp_path, metric):
    (tmp_path / "tiers.toml").write_text(OTHER_TIERS.format(metric))
    score = score_predictions(knows(9000), 40, folder=tmp_path)
    bundle = json.loads(json.dumps(score._repr_mimebundle_()))
    assert np.array_equal(Score.from_mimebundle(bundle).answers, knows(9000)(np.repeat(
        (np.arange(N) % 10)[:, None, None], 1, axis=1)))  # fmt: skip
    assert set(bundle[SCORE_MIME]) == {
        "metric", "measured", "total", "points", "max_points", "tier", "answers",
    }  # fmt: skip
    assert set(bundle[SCORE_MIME]["answers"]) == {"dtype", "shape", "data"}


def test_practice_keeps_no_answers(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_HOLDOUT", raising=False)
    images, truth = np.zeros((2, 2, 2), np.uint8), np.array([0, 1], np.uint8)
    score = score_predictions(
        lambda images: [0, 1], 1, folder=tmp_path, practice=lambda: (images, truth)
    )
    assert score.answers is None
    assert "answers" not in score._repr_mimebundle_()[SCORE_MIME]


# Other metrics

OTHER_TIERS = """\
metric = "{}"
chance = "0"
bands = [{{label = "low", from = "0", grades = [0, 49]}},
         {{label = "high", from = "0.5", grades = [50, 90]}}]
[ranked]
above = "0.8"
grades = [90, 100]
"""


def test_clusters_are_scored_whatever_their_numbers(holdout, tmp_path):
    (tmp_path / "tiers.toml").write_text(OTHER_TIERS.format("ari"))
    score = score_predictions(lambda images: 90 - images[:, 0, 0], 40, folder=tmp_path)
    assert score == Score("ari", Measured(Fraction(1), 1.0, 1.0), N, 40.0, 40.0, "above 0.8")
    noisy = score_predictions(lambda images: [-1] * len(images), 40, folder=tmp_path)
    assert (noisy.measured.score, noisy.points, noisy.tier) == (0, 0, "low")


def test_several_labels_an_image(tmp_path, monkeypatch):
    (tmp_path / "tiers.toml").write_text(OTHER_TIERS.format("macro_f1"))
    truth = np.eye(4, dtype=np.uint8)[np.arange(40) % 4] | np.array([0, 0, 0, 1], np.uint8)
    images = np.broadcast_to(truth[:, None, :, None] * 255, (40, 4, 4, 3)).astype(np.uint8)
    write_idx(tmp_path / "images-idx4-ubyte", images)
    write_idx(tmp_path / "labels-idx2-ubyte", truth)
    monkeypatch.setenv("COURSE_HOLDOUT", str(tmp_path))
    score = score_predictions(lambda images: images[:, 0, :, 0] > 0, 10, folder=tmp_path)
    assert (score.metric, score.measured.score, score.total) == ("macro_f1", 1, 40)
    again = Score.from_mimebundle(json.loads(json.dumps(score._repr_mimebundle_())))
    assert np.array_equal(again.answers, truth.astype(bool))
    # Always the last label alone: F1 0, 0, 0 and 1.
    score = score_predictions(lambda images: [[0, 0, 0, 1]] * 40, 10, folder=tmp_path)
    assert (score.measured.score, score.tier) == (Fraction(1, 4), "low")


def test_without_a_holdout_practice_images_are_used(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_HOLDOUT", raising=False)
    (tmp_path / "tiers.toml").write_text(OTHER_TIERS.format("macro_f1"))
    images, truth = np.zeros((2, 9, 9, 3), np.uint8), np.eye(2, dtype=np.uint8)
    score = score_predictions(
        lambda images: np.ones((2, 2), int), 1, folder=tmp_path, practice=lambda: (images, truth)
    )
    assert score.measured.score == Fraction(2, 3)


def test_two_files_of_images_are_one_too_many(holdout, tmp_path):
    write_idx(holdout / "images-idx4-ubyte", np.zeros((2, 2, 2, 2), np.uint8))
    with pytest.raises(FileNotFoundError, match=r"images-idx4-ubyte.*expected one file"):
        score_predictions(knows(N), 1, folder=tmp_path)


# What a student's function may answer


@pytest.mark.parametrize(
    "answer",
    [
        [0, 9, 4],
        (0, 9, 4),
        np.array([0, 9, 4], np.uint8),
        np.array([0, 9, 4], np.uint64),
        np.array([0, 9, 4], ">i8"),
        np.array([4, 9, 0], np.int16)[::-1],
    ],
)
def test_legal_answers(answer):
    labels = check_predictions(answer, 3)
    assert labels.tolist() == [0, 9, 4]
    assert (type(labels), labels.dtype) == (np.ndarray, np.int64)


class Sly(np.ndarray):
    """An array that is equal to everything."""

    def __eq__(self, other):
        return np.ones(len(self), bool)

    __hash__ = None


def test_an_array_with_operators_of_its_own_becomes_a_plain_one(holdout, tmp_path):
    sly = np.zeros(N, int).view(Sly)
    assert (sly == 7).all()
    assert right(score_predictions(lambda images: sly, 1, folder=tmp_path)) == N // 10


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (None, PredictionTypeError, "gave None, expected an array .*return"),
        ([1, 2.5, 3], PredictionValueError, r"labels 2.5, expected digits .*argmax\(axis=1\)"),
        (["1", "2", "3"], PredictionTypeError, "type <U1.*these are texts"),
        (np.zeros(3, "m8[s]"), PredictionTypeError, "type timedelta64"),
        ([1, None, 3], PredictionTypeError, "type object"),
        ([10**30, 1, 2], PredictionValueError, f"the labels {10**30}, expected digits"),
        ([[1], [2, 3], 4], PredictionTypeError, "a list that is no array"),
        (7, PredictionShapeError, r"shape \(\), expected shape \(3,\).*all images at once"),
        ({1, 2, 3}, PredictionShapeError, r"shape \(\)"),
        ([1, 2], PredictionShapeError, r"shape \(2,\), expected shape \(3,\) .*every image"),
        (np.zeros((3, 1), int), PredictionShapeError, r"shape \(3, 1\).*ravel"),
        (np.zeros((3, 10)), PredictionShapeError, r"shape \(3, 10\).*argmax\(axis=1\)"),
        (np.zeros((3, 28, 28), int), PredictionShapeError, r"shape \(3, 28, 28\)"),
        ([-1, 4, 10], PredictionValueError, "the labels -1, 10, expected digits from 0 to 9"),
        (np.array([0, 1, 2**63], np.uint64), PredictionValueError, "9223372036854775808"),
    ],
)
def test_other_answers_name_what_was_found_and_expected(answer, error, message):
    with pytest.raises(error, match=message) as caught:
        check_predictions(answer, 3)
    assert isinstance(caught.value, PredictionError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "answer", [[4, -1, 4], np.array([4, -1, 4], np.int8), (10**15, -1, 10**15)]
)
def test_legal_clusters(answer):
    labels = check_clusters(answer, 3)
    assert labels.tolist() == list(answer)
    assert (type(labels), labels.dtype) == (np.ndarray, np.int64)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (None, PredictionTypeError, r"cluster\(images\) gave None, expected .*return"),
        (["a"] * 3, PredictionTypeError, r"cluster\(images\) gave an array of type <U1"),
        ([1, 2], PredictionShapeError, r"cluster\(images\) gave shape \(2,\)"),
        (5, PredictionShapeError, r"single value; cluster gets all images at once"),
        ([0, -2, 1], PredictionValueError, "labels -2, expected labels from 0 up, or -1 for noise"),
        (np.array([2**64 - 1, 0.5, 1]), PredictionValueError, "labels 0.5"),
    ],
)
def test_other_clusters(answer, error, message):
    with pytest.raises(error, match=message):
        check_clusters(answer, 3)


def test_clusters_may_have_numbers_too_large_for_int64():
    """None of them is taken for noise, and who is together stays so."""
    large = np.array([2**64 - 1, 7, 2**63, 2**64 - 1], np.uint64)
    assert check_clusters(large, 4).tolist() == [2, 0, 1, 2]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, float])
def test_legal_indicators(dtype):
    matrix = check_indicators(np.array([[0, 1], [1, 1], [0, 0]], dtype), 3, 2)
    assert matrix.tolist() == [[False, True], [True, True], [False, False]]
    assert (type(matrix), matrix.dtype) == (np.ndarray, np.bool_)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (None, PredictionTypeError, r"None, expected an array of zeros and ones, shape \(3, 2\)"),
        (np.full((3, 2), 0.5), PredictionValueError, "values 0.5.*probabilities with a threshold"),
        (np.full((3, 2), np.nan), PredictionValueError, "values nan"),
        ([[1.0, 1 + 1e-12]] * 3, PredictionValueError, "values 1.000000000001"),
        (np.zeros((3, 2), complex), PredictionTypeError, "complex128"),
        ([["a", "b"]] * 3, PredictionTypeError, "type <U1"),
        (np.zeros((2, 3), int), PredictionShapeError, r"shape \(2, 3\), expected shape \(3, 2\)"),
        (np.zeros(3, int), PredictionShapeError, "one row an image"),
        ([[0, 2], [-1, 1], [0, 0]], PredictionValueError, "the values -1, 2, expected 1 where"),
    ],
)
def test_other_indicators(answer, error, message):
    with pytest.raises(error, match=message):
        check_indicators(answer, 3, 2)


def test_many_wrong_labels_are_not_all_listed():
    with pytest.raises(PredictionValueError, match=r"labels 10, 11, 12, 13, 14, \.\.\., expected"):
        check_predictions(np.arange(10, 1000), 990)


def test_an_error_survives_a_process_border():
    error = PredictionShapeError("shape (3, 1)", "shape (3,)", "use .ravel()", "cluster(images)")
    again = loads(dumps(error))
    assert (str(again), again.hint) == (str(error), "use .ravel()")


# As the result of a cell

SCORE = Score("accuracy", Measured(Fraction(9299, N), 0.925, 0.935), N, 27.6, 40.0, "60s")


def test_a_shell_shows_the_points_and_keeps_the_data():
    data, _ = InteractiveShell.instance().display_formatter.format(SCORE)
    assert data == {
        "text/plain": "27.6",
        SCORE_MIME: {
            "metric": "accuracy",
            "measured": {"score": "9299/10000", "low": 0.925, "high": 0.935},
            "total": N,
            "points": 27.6,
            "max_points": 40.0,
            "tier": "60s",
        },
    }
    assert Score.from_mimebundle(json.loads(json.dumps(data))) == SCORE


def run_cell(source, points=40):
    """Execute a graded cell in a real kernel and return it."""
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["nbgrader"] = {
        "grade": True, "grade_id": "capstone", "locked": True, "points": points,
        "schema_version": 3, "solution": False, "task": False,
    }  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    nbformat.validate(notebook)
    return nbformat.reads(nbformat.writes(notebook), as_version=4).cells[0]


IMPORTS = "import numpy as np\nfrom autograder.score import score_predictions\n"


def test_nbgrader_reads_the_points_off_a_real_cell(holdout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = run_cell(IMPORTS + "score_predictions(lambda images: images[:, 0, 0], points=40)")
    assert determine_grade(cell) == (40.0, 40.0)
    (output,) = cell.outputs
    assert output.output_type == "execute_result"
    assert right(Score.from_mimebundle(output.data)) == N


def test_nbgrader_gives_nothing_for_a_wrong_shape(holdout, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = run_cell(IMPORTS + "score_predictions(lambda images: np.zeros((len(images), 1)), 40)")
    assert determine_grade(cell) == (0, 40.0)
    assert cell.outputs[0].ename == "PredictionShapeError"
    assert "use .ravel()" in cell.outputs[0].evalue


def test_nbgrader_does_not_take_no_points_for_full_points(holdout, tmp_path, monkeypatch):
    # It reads a result that it cannot parse as full credit: "0.0" has to be parsable.
    monkeypatch.chdir(tmp_path)
    cell = run_cell(IMPORTS + "score_predictions(lambda i: (i[:, 0, 0] + 1) % 10, 40)")
    assert determine_grade(cell) == (0.0, 40.0)
