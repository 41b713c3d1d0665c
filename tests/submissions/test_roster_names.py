"""A roster says who somebody is, however a platform writes them."""

from __future__ import annotations

import unicodedata

import pytest

from autograder.submissions.roster import read_roster

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


@pytest.mark.parametrize("text", ["Student One", "One Student", "onestudent", "a@b", "s01"])
@pytest.mark.parametrize(
    "content",
    [
        "First name,Surname,ID number,Email address,Grade\nStudent,One,s01,a@b,95\n",
        'Student,ID,SIS User ID,SIS Login ID,a1\n"One, Student",7,s01,a@b,95\n',
    ],
)
def test_what_a_platform_lists_says_who_is_meant_and_its_marks_do_not(tmp_path, content, text):
    (tmp_path / "roster.csv").write_text(content)
    found = read_roster(tmp_path / "roster.csv")
    assert found.find([text]) == {"s01"}
    assert not found.find(["95"])
