"""A log that only grows: what is altered is named, and what a kill leaves is mended."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tracemalloc
from pickle import dumps, loads

import pytest

from autograder.errors import EvidenceBusyError, EvidenceDamagedError, EvidenceError
from autograder.evidence.hashchain import START, Problem, head_path, inspect
from autograder.evidence.log import open_log, read_log
from autograder.workdir import WorkDir

BODIES = [{"kind": "run", "n": n, "text": "naïve \udc80 A", "share": 0.1 + n} for n in range(5)]


@pytest.fixture
def path(tmp_path):
    """A log of five entries."""
    path = WorkDir(tmp_path).evidence("a1")
    with open_log(path) as log:
        for body in BODIES:
            log.append(body)
    return path


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def problems(path):
    return [str(problem) for problem in inspect(path).problems]


def append(path, body):
    with open_log(path) as log:
        log.append(body)


# What is written


def test_entries_come_back_in_order(path):
    found = read_log(path)
    assert [dict(entry.body) for entry in found.entries] == BODIES
    assert found.problems == ()
    assert [entry.previous for entry in found.entries] == [
        START,
        *(entry.hash for entry in found.entries[:-1]),
    ]


def test_each_line_is_plain_json_with_its_hash_and_the_one_before(path):
    first, second, *_ = map(json.loads, lines_of(path))
    assert set(first) == {"body", "hash", "previous"}
    assert second["previous"] == first["hash"]
    assert path.read_bytes().isascii()


def test_a_log_goes_on_where_it_ended(path):
    append(path, {"kind": "more"})
    assert [entry.body["kind"] for entry in read_log(path).entries] == ["run"] * 5 + ["more"]
    assert problems(path) == []


def test_only_its_owner_may_read_it(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_no_log_is_an_empty_one(tmp_path):
    found = inspect(WorkDir(tmp_path).evidence("a1"))
    assert (found.entries, found.problems, found.last_hash) == ((), (), START)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_refused(path, number):
    with open_log(path) as log, pytest.raises(ValueError, match="JSON"):
        log.append({"kind": "run", "n": number})
    assert problems(path) == []


def test_a_full_disk_leaves_the_log_as_it_was(path, tmp_path):
    """A head that cannot be replaced: its folder is gone while the log is open."""
    before = path.read_bytes()
    with open_log(path) as log:
        path.parent.rename(tmp_path / "away")
        with pytest.raises(EvidenceError, match="cannot be written"):
            log.append({"kind": "run"})
    (tmp_path / "away").rename(path.parent)
    assert path.read_bytes() == before
    assert problems(path) == []


# What was altered


def test_any_flipped_bit_is_named_by_its_line(path):
    data = path.read_bytes()
    for position in range(len(data)):
        line = data[:position].count(b"\n") + 1
        for bit in range(8):
            altered = bytearray(data)
            altered[position] ^= 1 << bit
            path.write_bytes(altered)
            found = inspect(path)
            assert found.problems, (position, bit)
            assert found.problems[0].line == line, (position, bit, found.problems)


def test_any_flipped_bit_of_the_head_is_noticed(path):
    data = head_path(path).read_bytes()
    for position in range(len(data)):
        for bit in range(8):
            altered = bytearray(data)
            altered[position] ^= 1 << bit
            head_path(path).write_bytes(altered)
            assert inspect(path).problems, (position, bit)


def test_a_letter_that_means_the_same_is_noticed(path):
    data = path.read_bytes()
    assert b"\\u00ef" in data
    path.write_bytes(data.replace(b"\\u00ef", b"\\u00EF", 1))
    assert problems(path) == ["line 1: was altered: it is not as the grader writes it"]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_deleted_line_is_named(path, number):
    lines = lines_of(path)
    del lines[number - 1]
    path.write_bytes(b"".join(lines))
    gap, cut = problems(path)
    assert gap.startswith(f"line {number}: does not follow ")
    assert cut == "line 5: is missing: the head knows of 5 entries, 4 are here"


@pytest.mark.parametrize("left", [0, 1, 4])
def test_a_log_cut_short_is_named(path, left):
    path.write_bytes(b"".join(lines_of(path)[:left]))
    named = f"line {left + 1}: is missing: the head knows of 5 entries, {left} are here"
    assert problems(path) == [named]


def test_a_log_cut_within_a_line_is_no_kill(path):
    path.write_bytes(path.read_bytes()[:-10])
    torn, missing = problems(path)
    assert torn.startswith("line 5: torn: ")
    assert missing == "line 5: is missing: the head knows of 5 entries, 4 are here"
    assert not inspect(path).mendable


def test_a_log_that_is_gone_is_noticed(path):
    path.unlink()
    assert problems(path) == ["line 1: is missing: the head knows of 5 entries, 0 are here"]


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_inserted_line_is_named(path, tmp_path, number):
    other = WorkDir(tmp_path / "other").evidence("a1")
    append(other, {"kind": "forged"})
    lines = lines_of(path)
    lines.insert(number - 1, lines_of(other)[0])
    path.write_bytes(b"".join(lines))
    named = f"line {number + 1 if number == 1 else number}: does not follow"
    assert problems(path)[0].startswith(named)


def test_a_line_added_at_the_end_is_named(path, tmp_path):
    """A line that chains well, made by someone who did not write the head."""
    head = head_path(path).read_bytes()
    append(path, {"kind": "forged"})
    append(path, {"kind": "forged"})
    head_path(path).write_bytes(head)
    assert problems(path)[0].startswith("line 6: is not in the head: ")
    assert not inspect(path).mendable  # a kill leaves one at most


def test_swapped_lines_are_named(path):
    lines = lines_of(path)
    lines[1], lines[2] = lines[2], lines[1]
    path.write_bytes(b"".join(lines))
    assert [problem.split(":")[0] for problem in problems(path)] == ["line 2", "line 3", "line 4"]


def test_a_last_line_made_anew_is_named(path):
    """Altered with a hash that fits: only the head knows better."""
    lines, head = lines_of(path), head_path(path).read_bytes()
    path.write_bytes(b"".join(lines[:4]))
    head_path(path).write_text(f"4 {json.loads(lines[3])['hash']}\n")
    append(path, {"kind": "forged"})
    head_path(path).write_bytes(head)
    assert problems(path) == ["line 5: is not the one whose hash is in the head"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json",
        b"[]",
        b'{"body":{},"hash":"a"}',
        b'{"body":3,"hash":"a","previous":"b"}',
        b'{"body":{},"hash":3,"previous":"b"}',
        b'{"body":{"n":NaN},"hash":"a","previous":"b"}',
        b'{"body":{},"hash":"\\ud800","previous":"b"}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_no_entry_is_named(path, line):
    lines = lines_of(path)
    path.write_bytes(b"".join([*lines[:2], line + b"\n", *lines[3:]]))
    assert problems(path)[0].startswith("line 3: ")


def test_a_damaged_log_is_neither_read_nor_written(path):
    data = path.read_bytes().replace(b'"n":2', b'"n":7')
    path.write_bytes(data)
    for use in (lambda: read_log(path), lambda: append(path, {"kind": "run"})):
        with pytest.raises(EvidenceDamagedError, match=r"line 3: was altered.*verify a1") as caught:
            use()
    assert path.read_bytes() == data
    again = loads(dumps(caught.value))
    assert (str(again), again.problems) == (str(caught.value), caught.value.problems)
    assert again.problems[0] == Problem(3, "was altered: its content and its hash do not fit")


# What a kill leaves


def test_a_line_torn_anywhere_is_mended(path):
    whole, head = path.read_bytes(), head_path(path).read_bytes()
    append(path, {"kind": "last"})
    last = path.read_bytes()[len(whole) :]
    for written in range(1, len(last)):
        path.write_bytes(whole + last[:written])
        head_path(path).write_bytes(head)
        assert problems(path)[0].startswith("line 6: torn: "), written
        with open_log(path) as log:
            assert str(log.mended[0]).startswith("line 6: torn: ")
        kept = [entry.body["kind"] for entry in read_log(path).entries]
        assert kept == ["run"] * 5 + ["last"] * (written == len(last) - 1)
        assert problems(path) == []


def test_an_entry_that_the_head_does_not_know_yet_is_kept(path):
    head = head_path(path).read_bytes()
    append(path, {"kind": "last"})
    head_path(path).write_bytes(head)
    (named,) = problems(path)
    assert named.startswith("line 6: is not in the head: the grader was ended before")
    append(path, {"kind": "next"})
    assert [entry.body["kind"] for entry in read_log(path).entries[-2:]] == ["last", "next"]
    assert problems(path) == []


def test_a_first_entry_without_a_head_is_kept(tmp_path):
    path = WorkDir(tmp_path).evidence("a1")
    append(path, {"kind": "first"})
    head_path(path).unlink()
    append(path, {"kind": "second"})
    assert len(read_log(path).entries) == 2
    assert problems(path) == []


KILLED = """
import sys
from pathlib import Path
from autograder.evidence.log import open_log
with open_log(Path(sys.argv[1])) as log:
    for n in range(100_000):
        log.append({"kind": "submission", "n": n, "padding": "x" * 100_000})
        print(n, flush=True)
"""


def test_a_writer_that_is_killed_loses_nothing_that_it_had_written(tmp_path):
    path = WorkDir(tmp_path).evidence("a1")
    told = -1
    for _ in range(3):
        command = [sys.executable, "-c", KILLED, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(4):
                told = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
        assert inspect(path).mendable
        with open_log(path) as log:
            kept = [entry.body["n"] for entry in log.entries]
        assert problems(path) == []
        assert told in kept[-2:]
    assert kept.count(0) == 3


def test_two_writers_do_not_mix(path):
    with open_log(path), pytest.raises(EvidenceBusyError, match="another process"):
        append(path, {"kind": "run"})
    append(path, {"kind": "run"})
    assert problems(path) == []


def test_a_log_keeps_nothing_in_memory_of_what_it_was_given(tmp_path):
    """A class may have any number of submissions, and each entry holds one's answers."""
    path = tmp_path / "a.jsonl"
    with open_log(path) as log:
        tracemalloc.start()
        try:
            for number in range(100):
                log.append({"kind": "run", "n": number, "answers": f"{number:0100000d}"})
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert kept < 1_000_000  # of ten million characters
        assert len(log) == 100
        assert [entry.body["n"] for entry in log.entries] == list(range(100))


def test_a_log_that_somebody_else_wrote_meanwhile_is_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    with open_log(path) as log:
        log.append({"kind": "run"})
        with path.open("ab") as file:
            file.write(b"another line\n")
        with pytest.raises(EvidenceDamagedError):
            log.entries  # noqa: B018  # it reads
