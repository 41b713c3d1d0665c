"""Machines and people that fail while a class is graded cost it nothing: a few of each kind.

`python -m benchmarks.validity.faults` tries many of each.
"""

from __future__ import annotations

import os

import pytest

from benchmarks.validity import faults

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("victim", ["bwrap", "holder", "kernel", "fork server"])
def test_what_is_killed_costs_nobody_a_point(victim):
    assert faults.kill(victim, 2) == []


def test_a_killed_grader_loses_no_row():
    assert faults.kill_grader(3) == []


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_a_locked_gradebook_costs_nobody_a_grade(kind):
    assert faults.lock(kind, 10) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
@pytest.mark.parametrize("place", ["work", "TMPDIR", "/tmp"])
def test_a_full_disk_makes_no_zero(place):
    assert faults.fill(place) == []


def test_spoilt_notebooks_have_their_rows():
    assert faults.spoil(20) == []
