"""docs/reference/intake.md says what really becomes of each kind of entry."""

from __future__ import annotations

import re

import pytest

from autograder.submissions.collect import find_submissions
from autograder.submissions.extra_files import (
    MANY_BYTES,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
)
from autograder.submissions.old_outputs import MAX_FILE_BYTES as MAX_NOTEBOOK_FILE_BYTES
from autograder.submissions.old_outputs import MAX_NOTEBOOK_BYTES, MIB
from autograder.submissions.timestamps import parse_timestamp
from tests.support import ROOT
from tests.support.course import NAME
from tests.support.intake_class import make_class, release, table_of

PAGE = (ROOT / "docs" / "reference" / "intake.md").read_text()


def test_the_table_is_what_happens(tmp_path):
    found = find_submissions(make_class(tmp_path), NAME, release())
    told = PAGE.partition("## Every kind of entry")[2].partition("\n## ")[0]
    assert [line for line in told.splitlines() if line.startswith("|")] == [*table_of(found)]


def test_every_entry_of_the_folder_has_one_line_and_nobody_two_rows(tmp_path):
    found = find_submissions(make_class(tmp_path), NAME, release())
    told = [entry.path for entry in found.entries]
    there = {path.name.encode(errors="surrogateescape") for path in tmp_path.iterdir()}
    assert len(told) == len(set(told))
    assert {one.encode().replace(rb"\xe9", b"\xe9") for one in told if "/" not in one} == there
    students = [one.student for one in found.submissions]
    assert len(students) == len(set(students))


def test_limits_are_those_of_the_page():
    assert f"at most {MAX_FILES} |" in PAGE
    sizes = (MAX_FILE_BYTES // MIB, MAX_TOTAL_BYTES // MIB)
    assert "each at most {} MiB, all together at most {} MiB".format(*sizes) in PAGE
    assert f"More than {MANY_BYTES:,} bytes" in PAGE
    most = (MAX_NOTEBOOK_FILE_BYTES // MIB, MAX_NOTEBOOK_BYTES // MIB)
    assert "{} MiB with old outputs, and {} MiB without".format(*most) in PAGE


ROWS = re.findall(
    r"^\| (`.*`) \| (.*) \|$", PAGE.partition("## When it was")[2].partition("## Late")[0], re.M
)


@pytest.mark.parametrize(("texts", "said"), ROWS, ids=[texts for texts, _ in ROWS])
def test_times_are_read_as_the_page_says(texts, said):
    assert len(ROWS) == 9
    for text in re.findall(r"`([^`]+)`", texts):
        if said.startswith("none"):
            with pytest.raises(ValueError, match="expected"):
                parse_timestamp(text)
        else:
            time, notes = parse_timestamp(text)
            assert time.tzinfo is not None
            assert bool(notes) == ("with a note" in said)
