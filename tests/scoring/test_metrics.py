"""Scores are exact and those of scikit-learn; intervals hold what they promise."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, adjusted_rand_score, f1_score

from autograder.scoring import metrics
from autograder.scoring.metric_scores import Pairs
from autograder.scoring.metrics import METRICS, Measured, measure_share
from tests.support.truth import truth_for

labels = arrays(np.int64, 30, elements=st.integers(-1, 3))
indicators = arrays(bool, (20, 3))


def exact(name, truth, answers):
    """Return the score without its interval, which takes a while."""
    return METRICS[name].score(metrics._count_pairs(truth, answers)[0])


@settings(deadline=None)
@given(labels, labels)
def test_ari_is_scikit_learns(truth, answers):
    score = exact("ari", truth, answers)
    assert isinstance(score, Fraction)
    assert float(score) == pytest.approx(max(0, adjusted_rand_score(truth, answers)), abs=1e-12)


@settings(deadline=None)
@given(indicators, indicators)
def test_macro_f1_is_scikit_learns(truth, answers):
    score = exact("macro_f1", truth, answers)
    assert isinstance(score, Fraction)
    wanted = f1_score(truth, answers, average="macro", zero_division=0)
    assert float(score) == pytest.approx(wanted, abs=1e-12)


@settings(deadline=None)
@given(labels, labels)
def test_accuracy_is_scikit_learns(truth, answers):
    measured = METRICS["accuracy"].measure(truth, answers)
    assert float(measured.score) == pytest.approx(accuracy_score(truth, answers), abs=1e-12)
    assert measured.low <= measured.score <= measured.high


@given(labels, labels, st.permutations(range(5)))
def test_the_numbers_of_clusters_make_no_difference(truth, answers, names):
    renamed = np.array(names)[answers]
    assert exact("ari", truth, answers) == exact("ari", truth, renamed)


@pytest.mark.parametrize(
    ("truth", "answers", "score"),
    [
        ([0, 0, 1, 1], [7, 7, 3, 3], 1),
        ([0, 0, 0], [5, 5, 5], 1),  # one cluster, one class
        ([0, 1, 2], [2, 0, 1], 1),  # all apart in both
        ([0, 0, 0], [0, 1, 2], 0),
        ([0, 1, 2], [0, 0, 0], 0),
        ([0, 0, 1, 1], [0, 1, 0, 1], 0),  # worse than chance: -1/2
        ([0], [9], 1),
        ([0, 0, 1, 1], [0, 0, 1, -1], Fraction(4, 7)),
    ],
)
def test_ari_by_hand(truth, answers, score):
    assert exact("ari", np.array(truth), np.array(answers)) == score


def test_noise_is_a_cluster_like_any_other():
    truth = np.repeat([0, 1, 2], 20)
    answers = np.where(np.arange(60) % 5 == 0, -1, truth)
    renamed = np.where(answers == -1, 9, answers)
    assert exact("ari", truth, answers) == exact("ari", truth, renamed) < 1


def test_a_score_is_exact_where_floats_are_not():
    truth = np.arange(100_003) % 7
    answers = np.where(np.arange(100_003) % 11 == 0, 0, truth)
    score = exact("ari", truth, answers)
    assert score.denominator > 10**14
    assert Fraction(float(score)) != score


def guessed(name, share=0.8, n=500):
    """Return truth and answers, of which a share is right and the rest are guesses."""
    rng = np.random.default_rng(1)
    digits = rng.integers(0, 10, n)
    guesses = np.where(rng.random(n) < share, digits, rng.integers(0, 10, n))
    return truth_for(name, digits), truth_for(name, guesses)


@pytest.mark.parametrize("name", METRICS)
def test_an_interval_repeats_and_holds_its_score(name):
    truth, answers = guessed(name)
    one, two = (METRICS[name].measure(truth, answers) for _ in range(2))
    assert one == two
    assert one.low < one.score < one.high
    assert 0.01 < one.high - one.low < 0.3


def test_a_bootstrap_agrees_with_wilson_on_a_share():
    # On one label that all images have, F1 rises with the share of hits alone.
    truth, answers = np.ones((4000, 1), int), (np.arange(4000) % 5 > 0).astype(int)[:, None]
    measured = METRICS["macro_f1"].measure(truth, answers)
    wilson = measure_share(3200, 4000)
    wanted = [2 * share / (1 + share) for share in (wilson.low, wilson.high)]
    assert [measured.low, measured.high] == pytest.approx(wanted, abs=0.002)


def test_a_bootstrap_interval_holds_the_score_of_all_images_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 5, 100_000)
    answers = np.where(rng.random(100_000) < 0.85, truth, rng.integers(0, 5, 100_000))
    whole, hits = exact("ari", truth, answers), 0
    for _ in range(40):
        some = rng.integers(0, len(truth), 400)
        measured = METRICS["ari"].measure(truth[some], answers[some])
        hits += measured.low <= whole <= measured.high
    assert 34 <= hits <= 40  # 38 expected; fewer than 34 would happen once in 100 times


@pytest.mark.parametrize("name", METRICS)
def test_pairs_of_which_no_image_was_drawn_count_for_nothing(name):
    pairs, _ = metrics._count_pairs(*guessed(name))
    sides = (side.reshape(len(side), -1)[:, 0] for side in (pairs.truth, pairs.answers))
    drawn = np.all([side != 1 for side in sides], axis=0)  # of one class none at all
    drawn[::3] = False
    counts = np.where(drawn, pairs.counts, 0)
    kept = Pairs(pairs.truth[drawn], pairs.answers[drawn], pairs.counts[drawn])
    assert METRICS[name].score(replace(pairs, counts=counts)) == METRICS[name].score(kept)


def test_a_mean_of_shares_is_refused_as_a_share():
    recalls = replace(METRICS["accuracy"], name="recalls", score=lambda _: Fraction(5, 6))
    with pytest.raises(ValueError, match=r"recalls scored 5/6 on 4 images, .* is_share=False"):
        recalls.measure(np.zeros(4, int), np.zeros(4, int))


def test_only_the_share_of_right_answers_has_wilsons_interval():
    assert {name: metric.interval for name, metric in METRICS.items() if metric.is_share} == {
        "accuracy": "Wilson"
    }
    assert all(metric.by_image for metric in METRICS.values() if metric.is_share)


@pytest.mark.parametrize(("correct", "total"), [(2, 1), (-1, 1), (0, 0)])
def test_impossible_counts(correct, total):
    with pytest.raises(ValueError, match=f"{correct} of {total} correct, expected"):
        measure_share(correct, total)


@pytest.mark.parametrize(("score", "low", "high"), [(2, 0, 1), (0.5, 0.6, 0.4), (0.5, 0.4, 1.1)])
def test_impossible_scores(score, low, high):
    with pytest.raises(ValueError, match="expected all from 0 to 1"):
        Measured(Fraction(score), low, high)


@pytest.mark.parametrize("shape", [(3,), (0,)])
def test_answers_that_do_not_fit_the_truth(shape):
    with pytest.raises(ValueError, match="expected as many of both, and an image or more"):
        METRICS["ari"].measure(np.zeros(0 if shape == (0,) else 4, int), np.zeros(shape, int))


def test_each_metric_checks_answers_its_own_way():
    truth = np.zeros((2, 3), bool)
    assert METRICS["macro_f1"].check([[0, 1, 0]] * 2, truth).shape == (2, 3)
    assert METRICS["ari"].check([-1, 12], truth[:, 0]).tolist() == [-1, 12]
    with pytest.raises(ValueError, match="digits from 0 to 9"):
        METRICS["accuracy"].check([-1, 12], truth[:, 0])
