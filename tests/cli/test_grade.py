"""What ``autograder grade`` prints for scripts: the table as JSON, and nothing of the progress."""

from __future__ import annotations

import csv
import json

import pytest

from autograder.cli.app import main
from tests.support.course import NAME, hand_in, knowing, make_course, submission


@pytest.mark.slow
def test_json_is_all_of_stdout_and_says_what_the_csv_says(tmp_path, capsys):
    course = make_course(tmp_path)
    hand_in(course, "s01", submission(predict=knowing(range(5))))
    hand_in(course, "s02", submission(double="def double(x):\n    return x"))
    (course / "in" / "s03.zip").write_bytes(b"PK")
    words = ["--course", str(course), "grade", NAME, "--submitted", str(course / "in")]
    assert main([*words, "--quiet", "--json"]) == 3
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "s03.zip: not taken: handed in s03.zip, which is no notebook; expected s03.ipynb"
    ]
    found = json.loads(told.out)
    assert found["metric"] == "accuracy"
    assert found["report"] == str(course / "work" / "report" / "index.html")
    with (course / "work" / "report" / "grades.csv").open(newline="") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    assert [row["student"] for row in found["rows"]] == ["s01", "s02", "s03"]
    for row in found["rows"]:
        expected = table[row["student"]]
        assert row["outcome"] == expected["outcome"]
        for name in ("grade", "rank", "final", "points"):
            assert row[name] == (float(expected[name]) if expected[name] else None)
    assert found["rows"][0]["score"] == 245 / 250
    assert found["rows"][2]["score"] is None
