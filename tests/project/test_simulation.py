"""The simulation behind the figures in docs/explanation/chance.md, with few classes."""

import numpy as np
import pytest

from tests.support import simulation


@pytest.mark.parametrize("correlation", simulation.CORRELATIONS)
def test_errors_are_as_frequent_and_as_shared_as_they_should_be(correlation):
    rng, weight = np.random.default_rng(0), simulation.weight_of(correlation)
    right = simulation.draw_right(rng, [0.97, 0.97, 0.985], weight, images=400_000)
    assert right.mean(axis=1) == pytest.approx([0.97, 0.97, 0.985], abs=0.001)
    assert np.corrcoef(right[:2])[0, 1] == pytest.approx(correlation, abs=0.02)


def test_luck_makes_fewer_differences_by_the_rule_than_by_scores():
    by_score, by_rule = simulation.luck(0.97, size=10, correlation=0.5, classes=20)
    assert by_score.classes == 1
    assert by_score.pairs > 0.9
    assert by_score.spread > 8
    assert by_rule.classes <= 0.2
    assert by_rule.pairs <= by_rule.classes
    assert by_rule.spread < 2


def test_submissions_a_point_apart_are_told_apart_in_the_right_order():
    by_score, by_rule, tested = simulation.told([0.97, 0.98], correlation=0.8, classes=20)
    assert by_score.right >= 0.95
    assert by_rule.right >= 0.9
    assert by_rule.wrong == 0
    assert tested == by_rule.right  # in a class of two the rule is the test


def test_a_class_has_both_kinds_and_its_size():
    for halves in (True, False):
        accuracies = simulation.company(10, 0.97, 0.975, halves=halves)
        assert len(accuracies) == 10
        assert (accuracies[0], accuracies[-1]) == (0.97, 0.975)


def test_a_grade_on_a_boundary_is_borderline_and_one_far_above_is_not():
    assert simulation.borderline(0.96) > 0.9
    assert simulation.borderline(0.98) < 0.001
