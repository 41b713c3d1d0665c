"""A roster says who somebody is, however a platform writes them; a wrong line is named."""

from __future__ import annotations

import unicodedata

import pytest

from autograder.collect.roster import read_roster
from autograder.errors import RosterError

ROWS = """id,name,email,canvas_id,section
s01,Étudiant No01,s01@example.org,1001,A
s02,"No02, Student",s02@example.org,1002,A
s03,학생 No03,,1003,B
"""


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(ROWS, encoding="utf-8-sig")
    return read_roster(path)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("S01", "s01"),
        ("s01@EXAMPLE.org", "s01"),
        ("1002", "s02"),
        (unicodedata.normalize("NFD", "étudiant no01"), "s01"),
        ("no01étudiant", "s01"),
        ("Student No02", "s02"),
        ("No02 Student", "s02"),
        ("no03학생", "s03"),
        (" 학생\u00a0No03 ", "s03"),
    ],
)
def test_who_is_meant(roster, text, who):
    assert roster.find([text]) == {who}


def test_a_section_says_nobody(roster):
    assert roster.find(["A", "nobody"]) == set()


def test_the_first_key_that_anybody_has_decides(roster):
    assert roster.find(["unknown", "1001", "s02"]) == {"s01"}


def test_namesakes_are_several(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("id;name\ns01;Student One\ns02;Student One\n")
    assert read_roster(path).find(["student one"]) == {"s01", "s02"}


WRONG = {
    "no column": ("name\ns01\n", "line 1: the columns are name; expected one named student or id"),
    "empty": ("", "line 1: the columns are ; expected one named student or id"),
    "nobody": ("id,name\n", "line 1: there is no student below the header"),
    "twice": ("id\ns01\ns01\n", "line 3: 's01' stands on line 2 too"),
    "no id": ("id,name\n,Student\n", "line 2: the id is '', expected a name"),
    "dots": ("id\n..\n", "line 2: the id is '..', expected a name"),
    "a path": ("id\na/b\n", "line 2: the id is 'a/b', expected a name"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_line_is_named(tmp_path, what):
    path = tmp_path / "roster.csv"
    path.write_text(WRONG[what][0])
    with pytest.raises(RosterError) as caught:
        read_roster(path)
    assert str(caught.value) == f"roster {path}: {WRONG[what][1]}"


def test_another_encoding_is_named(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes("id,name\ns01,Étudiant\n".encode("latin-1"))
    with pytest.raises(RosterError, match="line 1: no UTF-8"):
        read_roster(path)
