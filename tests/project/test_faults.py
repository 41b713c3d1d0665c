"""Machines and people that fail while a class is graded cost it nothing: a few of each kind.

`python -m benchmarks.validity.faults` tries many of each.
"""

from __future__ import annotations

import signal

import pytest

from benchmarks.validity import faults

pytestmark = pytest.mark.slow


def test_what_is_killed_costs_nobody_a_point():
    victims = ["holder", "fork server", "bwrap", "kernel", "worker"]
    assert faults.kill(victims, size=12) == []


def test_a_killed_grader_loses_no_row():
    """The first one while it records, the second at any moment after that."""
    assert faults.kill_grader([signal.SIGKILL, signal.SIGTERM], size=3) == []


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_a_locked_gradebook_costs_nobody_a_grade(kind):
    assert faults.lock(kind, 0, size=2) == []


@pytest.mark.parametrize("place", ["work", "TMPDIR", "/tmp"])
def test_a_full_disk_makes_no_zero(place):
    assert faults.fill(place, size=2) == []


def test_spoilt_notebooks_have_their_rows():
    assert faults.hand_in_spoilt(10, size=1) == []


def test_mistakes_in_settings_are_told_in_a_line():
    assert faults.make_mistakes(every=10) == []
