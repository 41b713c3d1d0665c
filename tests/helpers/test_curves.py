import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

import matplotlib.pyplot as plt

from helpers.curves import model_curves, score_histogram, threshold_curves

ACTUAL = np.array([False, False, True, False, True, True, False, True])
SCORES = np.array([-3.0, -2.0, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def many(n=2000):
    random = np.random.default_rng(0)
    actual = random.random(n) < 0.1
    return actual, random.normal(size=n) + 2 * actual


def curve(ax, name):
    return next(line for line in ax.lines if line.get_label() == name)


def test_histogram_counts_the_rows_of_both_classes():
    actual, scores = many()
    ax = score_histogram(actual, scores, 1.0, names=("other", "5"))
    low, high = np.percentile(scores, (0.5, 99.9))
    drawn = (scores >= low) & (scores <= high)
    half = len(ax.patches) // 2
    heights = [patch.get_height() for patch in ax.patches]
    assert sum(heights[:half]) == (drawn & ~actual).sum()
    assert sum(heights[half:]) == (drawn & actual).sum()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["other", "5", "threshold"]
    assert list(curve(ax, "threshold").get_xdata()) == [1.0, 1.0]


def test_threshold_curves_hold_precision_and_recall_at_each_score():
    ax = threshold_curves(ACTUAL, SCORES)
    for name, total in (("precision", None), ("recall", ACTUAL.sum())):
        line = curve(ax, name)
        assert list(line.get_xdata()) == list(SCORES)
        for threshold, value in zip(*line.get_data(), strict=True):
            called = np.greater_equal(SCORES, threshold)
            assert value == (called & ACTUAL).sum() / (total or called.sum())


def dots(ax):
    return [line.get_data() for line in ax.lines if line.get_marker() in ("o", "s")]


@pytest.mark.parametrize(
    ("mark", "precision", "recall"), [(-0.5, 3 / 5, 3 / 4), (-0.7, 3 / 5, 3 / 4), (2.0, 1, 1 / 4)]
)
def test_mark_has_a_dot_on_either_curve(mark, precision, recall):
    ax = threshold_curves(ACTUAL, SCORES, mark=mark)
    assert dots(ax) == [([mark], [precision]), ([mark], [recall])]


def test_without_a_mark_there_is_no_dot():
    assert dots(threshold_curves(ACTUAL, SCORES)) == []


def test_each_model_has_a_curve_from_corner_to_corner():
    actual, scores = many()
    roc, trade = model_curves(actual, {"good": scores, "turned round": -scores})
    for name in ("good", "turned round"):
        rates = np.array(curve(roc, name).get_data())
        assert rates[:, 0].tolist() == [0, 0]
        assert rates[:, -1].tolist() == [1, 1]
        assert curve(trade, name).get_xdata()[-1] == 0
    areas = [np.trapezoid(*curve(roc, name).get_data()[::-1]) for name in ("good", "turned round")]
    assert sum(areas) == pytest.approx(1)
    assert areas[0] > 0.9
    assert [text.get_text() for text in roc.get_legend().get_texts()] == ["good", "turned round"]


def test_chance_in_the_right_picture_is_the_share_of_positives():
    _, trade = model_curves(ACTUAL, {"model": SCORES})
    assert list(trade.lines[-1].get_ydata()) == [0.5, 0.5]


def test_texts_stay_inside_the_figure():
    actual, scores = many()
    for ax in (
        score_histogram(actual, scores, 1.0),
        threshold_curves(actual, scores, mark=1.0),
        *model_curves(actual, {"a model with a long name": scores}),
    ):
        ax.figure.canvas.draw()
        page, box = ax.figure.bbox, ax.get_tightbbox()
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert page.y0 <= box.y0
        assert box.y1 <= page.y1


def test_given_axes_are_drawn_on():
    (first, second, *pair) = plt.subplots(1, 4)[1]
    assert score_histogram(ACTUAL, SCORES, 0, ax=first) is first
    assert threshold_curves(ACTUAL, SCORES, ax=second) is second
    assert model_curves(ACTUAL, {"model": SCORES}, axes=pair) is pair
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize(
    ("actual", "scores", "problem"),
    [
        (ACTUAL[:-1], SCORES, r"actual has shape \(7,\) and scores \(8,\): expected \(n,\)"),
        (ACTUAL[:, None], SCORES[:, None], r"shape \(8, 1\)"),
        (ACTUAL & False, SCORES, "0 of 8 rows are positive: expected both classes"),
        (ACTUAL | True, SCORES, "8 of 8 rows are positive: expected both classes"),
    ],
)
def test_unfitting_data_are_named(actual, scores, problem):
    for draw in (
        lambda: score_histogram(actual, scores, 0),
        lambda: threshold_curves(actual, scores),
        lambda: model_curves(actual, {"model": scores}),
    ):
        with pytest.raises(ValueError, match=problem):
            draw()


def test_no_model_is_refused():
    with pytest.raises(ValueError, match="expected at least one model"):
        model_curves(ACTUAL, {})
