"""A metric as an author writes it: how far numbers are from the digits, as a score of 0 to 1."""

from __future__ import annotations

TEXT = '''"""How near the answers are to the digits: 1 for all right, 0 for 9 apart each time."""

from fractions import Fraction

import numpy as np

from autograder.score import Metric, check_numbers


def check(answer, truth):
    return check_numbers(answer, truth.shape, low=0, high=9, decimals=2)


def score(pairs):
    hundredths = np.rint(100 * pairs.answers).astype(int)
    errors = np.abs(hundredths - 100 * pairs.truth)
    return 1 - Fraction(int(errors @ pairs.counts), 900 * int(pairs.counts.sum()))


metric = Metric(name="nearness", title="nearness to the digit", check=check, score=score)
'''
"""Of `metric.py`."""

TIERS = """\
metric = "metric.py"
chance = "0.50"
bands = [
    { label = "low", from = "0", grades = [0, 59] },
    { label = "high", from = "0.80", grades = [60, 90] },
]
[ranked]
above = "0.95"
grades = [90, 100]
"""
"""Of the `tiers.toml` that names it."""
