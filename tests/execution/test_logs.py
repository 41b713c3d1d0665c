"""The log holds whole lines, one owner's, within a bound, and nothing that forges or betrays."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys

import jsonschema
import pytest
import sqlalchemy
from nbclient.exceptions import CellTimeoutError
from nbformat.v4 import new_code_cell

from autograder.cli.app import main
from autograder.execution import logs
from autograder.execution.logs import LogFile, log_about, log_fault, log_to_file, log_to_terminal
from autograder.execution.tracebacks import MOST_CHARACTERS, MOST_LINES, format_error

logger = logging.getLogger("autograder.tests")

HEAD = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "work" / "grader.log"


def raised(error):
    """Return an exception with a traceback, as one that was caught."""
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - whatever was raised
        return caught


# The file


def test_a_record_is_a_line_with_its_time_level_logger_and_process(path):
    with log_to_file(path):
        logger.info("one %s", "word")
        logger.debug("not this")
    assert re.fullmatch(rf"{HEAD} INFO autograder\.tests \[\d+\]: one word\n", path.read_text())


def test_only_its_owner_may_read_it(path):
    with log_to_file(path):
        logger.info("a word")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_log_goes_on_where_it_ended(path):
    for number in range(2):
        with log_to_file(path):
            logger.info("%d", number)
    assert [line[-1] for line in path.read_text().splitlines()] == ["0", "1"]


def test_nothing_is_logged_afterwards(path):
    before = logging.getLogger("autograder").handlers[:]
    with log_to_file(path):
        pass
    logger.info("a word")
    assert not path.exists()
    assert logging.getLogger("autograder").handlers == before


def test_a_file_that_is_full_is_put_aside(path, monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 1000)
    with log_to_file(path):
        for number in range(100):
            logger.info("%04d", number)
    aside = path.with_name("grader.log.1")
    assert max(path.stat().st_size, aside.stat().st_size) <= 1000
    numbers = [int(line[-4:]) for line in (aside.read_text() + path.read_text()).splitlines()]
    assert numbers == list(range(numbers[0], 100))
    assert sorted(path.parent.iterdir()) == [path, aside]


def test_a_record_longer_than_the_bound_is_kept(path, monkeypatch):
    monkeypatch.setattr(logs, "MOST_BYTES", 10)
    with log_to_file(path):
        logger.info("a word")
    assert path.read_text().endswith("a word\n")


WRITES = """
import logging, sys
from pathlib import Path
from autograder.execution import logs
logs.MOST_BYTES = int(sys.argv[3])
with logs.log_to_file(Path(sys.argv[1])):
    for number in range(300):
        logging.getLogger("autograder.tests").info("%s %d %s", sys.argv[2], number, "x" * 400)
"""


@pytest.mark.parametrize("most", [10 << 20, 100_000])
def test_processes_that_write_at_once_mix_no_lines(path, most):
    command = [sys.executable, "-c", WRITES, str(path)]
    writers = [subprocess.Popen([*command, name, str(most)]) for name in "abc"]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    aside = path.with_name("grader.log.1")
    lines = [line for one in (aside, path) if one.exists() for line in one.read_text().splitlines()]
    found = [re.fullmatch(rf"{HEAD} \S+ \S+ \[\d+\]: ([abc]) (\d+) x{{400}}", one) for one in lines]
    assert all(found)
    assert (len(found) == 900) is (most > 100_000)
    assert all(one.stat().st_size <= most for one in (aside, path) if one.exists())


def test_a_folder_is_made_unless_the_command_only_reads(path):
    with log_to_file(path, makes_folder=False):
        logger.info("a word")
    assert not path.parent.exists()
    with log_to_file(path):
        logger.info("a word")
    assert path.exists()


@pytest.mark.parametrize("in_the_way", ["the folder", "the file"])
def test_a_log_that_cannot_be_written_is_told_once(path, in_the_way, capsys):
    if in_the_way == "the folder":
        path.parent.write_text("no folder")
    else:
        path.mkdir(parents=True)
    with log_to_file(path):
        logger.info("a word")
        logger.info("another")
    told = capsys.readouterr().err
    assert told.startswith(f"autograder: the log {path} cannot be written: ")
    assert told.endswith("; going on without it\n")
    assert told.count("\n") == 1


# The terminal


@pytest.mark.parametrize(
    ("verbosity", "levels"), [(0, []), (1, ["INFO", "WARNING"]), (2, ["DEBUG", "INFO", "WARNING"])]
)
def test_what_is_told_grows_with_verbosity(verbosity, levels, capsys):
    with log_to_terminal(verbosity):
        logger.debug("a detail")
        logger.info("a word")
        logger.warning("a warning")
    assert re.findall("DEBUG|INFO|WARNING", capsys.readouterr().err) == levels


@pytest.mark.parametrize(("option", "levels"), [(None, 0), ("-v", 1), ("-vv", 1)])
def test_an_error_is_one_line_unless_more_is_asked_for(option, levels, tmp_path, capsys):
    words = [] if option is None else [option]
    assert main(["--course", str(tmp_path), *words, "verify", "a1"]) == 1
    error = capsys.readouterr().err
    assert error.count("Traceback") == levels
    assert error.splitlines()[-1].startswith("autograder: assignment 'a1': ")


def test_what_ends_a_command_is_in_its_log(tmp_path):
    assert main(["--course", str(tmp_path), "holdout", "a1"]) == 1
    log = (tmp_path / "work" / "grader.log").read_text()
    assert " INFO autograder.cli.options " in log
    assert "autograder holdout a1" in log
    assert " ERROR autograder " in log
    assert "in load_assignment" in log


def test_a_work_folder_whose_name_was_mistyped_is_not_made(tmp_path, capsys):
    for command in ("spread", "rescore", "diff", "publish", "verify", "integrity"):
        words = ["--course", str(tmp_path), command, "a1", "--work", str(tmp_path / "wrok")]
        assert main(words) == 2
        assert (
            f"there is no folder {tmp_path / 'wrok'}, expected one that" in capsys.readouterr().err
        )
    assert not (tmp_path / "wrok").exists()


def test_a_secret_seed_that_is_typed_is_not_logged(tmp_path):
    assert main(["--course", str(tmp_path), "holdout", "a1", "--seed", "sesame"]) == 1
    assert "sesame" not in (tmp_path / "work" / "grader.log").read_text()


# What stands in it


def test_nothing_that_is_logged_can_make_a_line_of_its_own(path, monkeypatch):
    # pytest would keep half a character, and xdist cannot send that
    monkeypatch.setattr(logging.getLogger("autograder"), "propagate", False)
    forged = "s01\n2026-01-01T00:00:00.000+00:00 ERROR autograder [1]: a lie\x1b[2J\u202e\ud800\r"
    with log_to_file(path), log_about(forged):
        logger.info("handed in by %s", forged)
        logger.error("failed", exc_info=raised(ValueError(forged)))
    text = path.read_text(encoding="utf-8")
    heads = [line for line in text.split("\n") if line and not line.startswith("    ")]
    assert len(heads) == 2
    assert all(sign.isprintable() or sign == "\n" for sign in text)


def test_what_a_student_may_have_written_is_cut(path):
    long = "x" * 100_000
    with log_to_file(path), log_about(long):
        logger.error("%s", long, exc_info=raised(ValueError(long)))
    assert len(path.read_text()) < 3 * MOST_CHARACTERS
    assert "... (100000 characters)" in path.read_text()


def test_a_deep_traceback_keeps_both_its_ends():
    def first(depth):
        return second(depth - 1)

    def second(depth):
        return first(depth) if depth else {}["the end"]

    with pytest.raises(KeyError) as caught:
        first(150)
    lines = format_error(caught.value)
    assert len(lines) == MOST_LINES + 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-1] == "KeyError: 'the end'"
    assert re.fullmatch(r"\.\.\. \d+ lines \.\.\.", lines[MOST_LINES // 2])


def test_causes_stand_before_what_they_caused():
    def fail():
        try:
            {}["a"]
        except KeyError as error:
            raise ValueError("b") from error

    with pytest.raises(ValueError, match="b") as caught:
        fail()
    text = "\n".join(format_error(caught.value))
    words = ("KeyError: 'a'", "was the direct cause", "ValueError: b")
    assert sorted(words, key=text.index) == list(words)
    assert text.count("Traceback") == 2


def test_an_error_that_causes_itself_is_written_once():
    error = raised(ValueError("a"))
    error.__cause__ = error
    assert format_error(error)[-1] == "ValueError: a"


class WordlessError(Exception):
    def __str__(self):
        return {}["no such word"]


def test_an_error_that_cannot_say_what_it_is_is_written_too(path):
    with log_to_file(path):
        logger.error("failed", exc_info=raised(WordlessError()))
    assert "in raised\n" in path.read_text()
    assert "WordlessError: (no text: KeyError)" in path.read_text()


def test_a_record_that_cannot_be_written_stops_nothing(path, capsys):
    facts = ("autograder.tests", logging.INFO, __file__, 1, "%d words", ("some",), None)
    LogFile(path).handle(logger.makeRecord(*facts))
    assert "Logging error" in capsys.readouterr().err


HIDDEN = "assert double(21) == 42"


def quoting_schema():
    schema = {"type": "object", "properties": {"source": {"type": "number"}}}
    jsonschema.validate({"source": HIDDEN}, schema)


def quoting_cell():
    raise CellTimeoutError.error_from_timeout_and_cell("late", 4, new_code_cell(HIDDEN))


def quoting_values():
    with sqlalchemy.create_engine("sqlite://").begin() as connection:
        connection.execute(sqlalchemy.text("insert into nothing values (:test)"), {"test": HIDDEN})


@pytest.mark.parametrize("fail", [quoting_schema, quoting_cell, quoting_values])
def test_what_may_quote_a_hidden_test_is_left_out(path, fail):
    with pytest.raises(Exception, match=re.escape(HIDDEN)) as caught:  # whatever the library's is
        fail()
    with log_to_file(path):
        log_fault(logger, caught.value, "not graded")
    assert HIDDEN not in path.read_text()
    assert f"in {fail.__name__}\n" in path.read_text()


def test_values_of_variables_are_not_written(path):
    def fail(secret):
        return secret["no such key"]

    with log_to_file(path):
        try:
            fail({"labels": "emases"[::-1]})
        except KeyError as error:
            log_fault(logger, error, "not graded")
    assert "in fail\n" in path.read_text()
    assert "sesame" not in path.read_text()


def test_a_fault_is_found_by_the_name_that_was_given_for_it(path):
    with log_to_file(path):
        places = [log_fault(logger, raised(ValueError(n)), "fault %d", n) for n in range(2)]
    assert len(set(places)) == 2
    for number, place in enumerate(places):
        name = re.fullmatch(r"grader\.log, (entry [0-9a-f]{8})", place)[1]
        assert f"{name}: fault {number}\n" in path.read_text()


def test_versions_stand_below_each_traceback(path):
    with log_to_file(path):
        logger.error("failed", exc_info=raised(ValueError("a")))
    last = path.read_text().splitlines()[-1]
    assert re.match(r"    versions: python \d+\.\d+\.\d+, grader \S+ [0-9a-f]{64}, ", last)


ADOPTS = """
import json, logging, sys
from pathlib import Path
from autograder.execution import logs
logs.adopt_log_settings(logs.LogSettings(Path(sys.argv[1]), None))
logging.getLogger("autograder.tests").warning("from there")
print(json.dumps(str(logs.log_settings().file)))
"""


def test_settings_hold_for_another_process(path):
    path.parent.mkdir()
    command = [sys.executable, "-c", ADOPTS, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert json.loads(done.stdout) == str(path)
    assert path.read_text().endswith("from there\n")
