import base64
import csv
import hashlib
import re
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.outcome import Outcome
from autograder.reporting.chart import draw_class
from autograder.reporting.page import write_report
from autograder.reporting.statistics import (
    ClassStatistics,
    ExerciseStatistics,
    MissedImage,
    RunTimes,
)
from autograder.reporting.tables import COLUMNS, format_table, strip_controls
from autograder.scoring.metrics import Measured, measure_share
from autograder.scoring.standing import GradeRow, stand
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text

TIERS = load_tiers_text(DEFAULT_TIERS)
N = 10_000
DASH = "\N{EN DASH}"


def row(student, correct=None, outcome=Outcome.FINISHED, **more):
    measured = None if correct is None else measure_share(correct, N)
    return GradeRow(student, "03_svc", outcome, measured, **more)


def small_class():
    rows = [
        row("s01", 9299, notes=("Cell test-scale was put back.",), points=27.6, max_points=40.0),
        row("s02", 9934),
        row("s03", 1028),
        row("s04", outcome=Outcome.TIME_OUT),
        row("s05", 9412, claim=Fraction(96, 100)),
        row("s06", outcome=Outcome.INFRASTRUCTURE, notes=("The kernel did not start.",)),
        row("s07", 9934),
    ]
    return stand(rows, TIERS)


def write(folder, rows, notices=(), tiers=TIERS):
    write_report(rows, tiers, folder, title="03_svc", notices=notices)
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        grades = list(csv.DictReader(file))
    return grades, BeautifulSoup((folder / "index.html").read_text("utf-8"), "html.parser")


def lines(page):
    """The leaderboard's rows, each as the texts of its cells."""
    table = page.select("table.class tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in tr.find_all(["th", "td"])] for tr in table]


# Outcome and Row


def test_what_we_failed_at_and_what_no_machine_can_tell_is_not_graded():
    assert [outcome for outcome in Outcome if not outcome.graded] == [
        Outcome.INFRASTRUCTURE,
        Outcome.NEEDS_REVIEW,
        Outcome.NOT_HANDED_IN,
    ]
    assert [str(outcome) for outcome in Outcome] == [
        "finished",
        "student error",
        "time-out",
        "out of memory",
        "output flood",
        "infrastructure",
        "for a person to decide",
        "not handed in",
    ]


def test_the_interval_is_wilsons():
    # Wilson's bounds by his formula, for 9,500 of 10,000: about 0.43 points to each side.
    z, share = 1.959963984540054, 0.95
    middle = (share + z**2 / (2 * N)) / (1 + z**2 / N)
    half = z * (share * (1 - share) / N + z**2 / (4 * N**2)) ** 0.5 / (1 + z**2 / N)
    one = row("s01", 9500)
    assert one.low == pytest.approx(middle - half, abs=1e-12)
    assert one.high == pytest.approx(middle + half, abs=1e-12)
    assert one.score == Fraction(19, 20)


def test_without_a_score_there_is_no_interval():
    one = row("s01")
    assert (one.score, one.low, one.high, one.interval) == (None,) * 4


def test_a_class_gets_its_standing():
    standing = {r.student: (r.tier, r.grade, r.rank) for r in small_class()}
    assert standing == {
        "s01": ("60s", 69, 4),
        "s02": ("above 96", 100, 1),
        "s03": ("fail", 6, 5),
        "s04": ("none", 0, None),
        "s05": ("80s", 80, 3),
        "s06": ("not graded", None, None),
        "s07": ("above 96", 100, 1),
    }


def test_a_score_before_our_own_failure_is_nobodys_rival():
    rows = stand([row("s01", 9999, Outcome.INFRASTRUCTURE), row("s02", 9700)], TIERS)
    assert (rows[0].tier, rows[0].grade, rows[0].rank) == ("not graded", None, None)
    assert (rows[1].grade, rows[1].rank) == (100, 1)


def test_a_time_out_after_the_score_keeps_it():
    (one,) = stand([row("s01", 9500, Outcome.TIME_OUT)], TIERS)
    assert (one.tier, one.grade, one.rank) == ("85s", 85, 1)


def test_standing_anew_forgets_the_old():
    old = {"grade": 1, "rank": 7, "tier": "old", "borderline": (Fraction(1),), "tested": True}
    stale = [replace(r, **old) for r in small_class()]
    assert stand(stale, TIERS) == small_class()


def test_one_row_a_student():
    with pytest.raises(ValueError, match="several rows for s01, expected one"):
        stand([row("s01", 1), row("s01", 2)], TIERS)


# Luck


def test_a_grade_is_borderline_where_its_interval_holds_a_boundary():
    near = {one.student: one.borderline for one in small_class()}
    assert near == {
        "s01": (Fraction("0.93"),),
        "s02": (),
        "s03": (),
        "s04": (),
        "s05": (Fraction("0.94"),),
        "s06": (),
        "s07": (),
    }


@pytest.mark.parametrize(
    ("low", "high", "near"),
    [
        (0.9201, 0.9299, ""),
        (0.9199, 0.9299, "0.92"),
        (0.91, 0.945, "0.92 0.93 0.94"),
        (0.951, 0.99, "0.96"),  # the last band's start and the ranked part's: one boundary
        (0.9601, 1.0, ""),
        (0.0, 0.5, ""),  # the first band's start is no boundary between grades
    ],
)
def test_every_boundary_in_the_interval_is_named(low, high, near):
    measured = Measured(Fraction((low + high) / 2), low, high)
    (one,) = stand([GradeRow("s01", "03_svc", Outcome.FINISHED, measured)], TIERS)
    assert one.borderline == tuple(map(Fraction, near.split()))


@pytest.mark.parametrize("ends", [(0.625, 0.75), (0.5, 0.625)])  # exact as floats
def test_the_ends_of_an_interval_belong_to_it(ends):
    one = GradeRow("s01", "04", Outcome.FINISHED, Measured(Fraction(ends[0]), *ends))
    assert stand([one], ARI_TIERS)[0].borderline == (Fraction(5, 8),)


def test_what_is_not_graded_is_not_borderline():
    one = row("s01", 9412, Outcome.INFRASTRUCTURE)
    assert stand([one], TIERS)[0].borderline == ()
    assert stand([replace(one, outcome=Outcome.TIME_OUT)], TIERS)[0].borderline != ()


def answering(student, truth, wrong):
    """A row with answers that err on some images."""
    answers = truth.copy()
    answers[list(wrong)] += 1
    right = int((answers == truth).sum())
    return GradeRow(
        student, "03_svc", Outcome.FINISHED, measure_share(right, len(truth)), answers=answers
    )


def paired_class():
    truth = np.arange(1000) % 9
    wrong = {"s01": range(3), "s02": range(10, 16), "s03": range(600, 639)}
    return [answering(student, truth, images) for student, images in wrong.items()], truth


def test_with_answers_and_truth_ranks_are_shared_by_those_who_cannot_be_told_apart():
    rows, truth = paired_class()
    assert [(r.rank, r.grade, r.tested) for r in stand(rows, TIERS, truth)] == [
        (1, 100, True), (1, 100, True), (3, 93, True),
    ]  # fmt: skip


def test_without_truth_or_without_answers_ranks_are_by_score():
    rows, truth = paired_class()
    by_score = [(1, 100, False), (2, 97, False), (3, 93, False)]
    for lacking in (
        stand(rows, TIERS),
        stand([replace(rows[0], answers=None), *rows[1:]], TIERS, truth),
        stand([replace(rows[0], answers=np.zeros(3, int)), *rows[1:]], TIERS, truth),
        stand(rows, load_tiers_text(DEFAULT_TIERS.replace('"accuracy"', '"ari"')), truth),
    ):
        assert [(r.rank, r.grade, r.tested) for r in lacking] == by_score


def test_the_page_says_how_ranks_came_about_and_what_is_borderline(tmp_path):
    rows, truth = paired_class()
    _, page = write(tmp_path, stand(rows, TIERS, truth))
    assert "above 96 % so do submissions that McNemar's exact test" in page.get_text()
    assert "tell apart from the best of them" in page.get_text()
    _, page = write(tmp_path, stand(rows, TIERS))
    assert "McNemar" not in page.get_text()
    _, page = write(tmp_path, small_class())
    assert lines(page)[2][3] == "80s borderline: 94 %"
    assert lines(page)[0][3] == "above 96"


def test_the_evidence_is_named_at_the_end(tmp_path):
    write_report(small_class(), TIERS, tmp_path, title="03_svc", evidence="7 entries, abc")
    text = (tmp_path / "index.html").read_text("utf-8")
    assert text.index("7 entries, abc") > text.index("How a score becomes a grade")
    assert "Evidence" not in write(tmp_path, small_class())[1].get_text()


# Without tiers


def class_by_points():
    rows = [
        row("s01", points=27.6, max_points=40.0),
        row("s02", points=40.0, max_points=40.0),
        row("s03", outcome=Outcome.TIME_OUT, points=0.0, max_points=40.0),
        row("s04", outcome=Outcome.INFRASTRUCTURE, points=40.0, max_points=40.0),
    ]
    return stand(rows, None)


def test_without_tiers_a_class_stands_by_its_points():
    places = {one.student: (one.tier, one.grade, one.rank) for one in class_by_points()}
    assert places == {
        "s01": ("by points", 69, 2),
        "s02": ("by points", 100, 1),
        "s03": ("by points", 0, 3),
        "s04": ("not graded", None, None),
    }


def test_a_share_is_exact():
    assert row("s01", points=27.6, max_points=40.0).share == Fraction(69, 100)
    assert row("s01").share is row("s01", points=0.0, max_points=0.0).share is None


def test_a_class_without_tiers_is_reported_by_its_points(tmp_path):
    grades, page = write(tmp_path, class_by_points(), tiers=None)
    assert [one["grade"] for one in grades] == ["69", "100", "0", ""]
    assert [line[1] for line in lines(page)] == ["s02", "s01", "s03", "s04"]
    assert page.select(".rules") == []
    assert "share of all points in percent" in page.get_text()
    assert "tiers" not in page.get_text()
    counts = {item.span.text: int(item.b.text) for item in page.select(".counts li")}
    assert counts == {"not graded": 1, "by points": 3}


def test_the_picture_without_tiers_has_a_bar_for_each_graded_submission():
    picture = draw_class(class_by_points(), None)
    named = [f"s0{n}" for n in range(1, 5) if f">s0{n}<" in picture]
    assert named == ["s01", "s02", "s03"]
    assert ElementTree.fromstring(draw_class([], None)).tag.endswith("svg")


# grades.csv


def test_the_csv_file(tmp_path):
    write(tmp_path, small_class())
    assert (tmp_path / "grades.csv").read_text() == (
        "student,assignment,outcome,accuracy,low,high,tier,grade,rank,points,max_points,final\n"
        "s01,03_svc,finished,0.9299,0.9247,0.9347,60s,69,4,27.6,40,69\n"
        "s02,03_svc,finished,0.9934,0.9916,0.9948,above 96,100,1,,,100\n"
        "s03,03_svc,finished,0.1028,0.0970,0.1089,fail,6,5,,,6\n"
        "s04,03_svc,time-out,,,,none,0,,,,0\n"
        "s05,03_svc,finished,0.9412,0.9364,0.9456,80s,80,3,,,80\n"
        "s06,03_svc,infrastructure,,,,not graded,,,,,\n"
        "s07,03_svc,finished,0.9934,0.9916,0.9948,above 96,100,1,,,100\n"
    )


def test_accuracy_never_shows_a_boundary_that_was_not_reached(tmp_path):
    one = GradeRow("s01", "03_svc", Outcome.FINISHED, measure_share(919_999, 1_000_000))
    grades, page = write(tmp_path, stand([one], TIERS))
    assert (grades[0]["accuracy"], grades[0]["tier"]) == ("0.9199", "fail")
    assert lines(page)[0][4].startswith("0.9199")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r\n=1"])
def test_a_name_is_no_formula(tmp_path, name):
    grades, _ = write(tmp_path, stand([row(name, 9500)], TIERS))
    assert grades[0]["student"].startswith("'")
    assert grades[0]["student"].endswith(name.strip())


def test_a_name_with_commas_and_quotes_stays_one_cell(tmp_path):
    grades, _ = write(tmp_path, stand([row('a,"b"', 9500)], TIERS))
    assert list(grades[0]) == COLUMNS
    assert grades[0]["student"] == 'a,"b"'


# index.html


def test_the_leaderboard_lists_everyone_by_rank_and_then_by_name(tmp_path):
    _, page = write(tmp_path, small_class())
    board = lines(page)
    assert [cells[1] for cells in board] == ["s02", "s07", "s05", "s01", "s03", "s04", "s06"]
    best = ["1", "s02", "100", "above 96", "0.9934 0.9916 to 0.9948", DASH, "100", "finished"]
    assert board[0] == best
    assert board[3][5:] == ["27.6 / 40", "69", "finished Cell test-scale was put back."]
    assert board[5] == [DASH, "s04", "0", "none", DASH, DASH, "0", "time-out"]
    assert board[6][2:4] == [DASH, "not graded"]
    assert board[6][6:] == [DASH, "infrastructure The kernel did not start."]
    assert "7 submissions, 5 with a score, 1 not graded" in page.get_text()


def test_a_claim_stands_beside_what_was_measured(tmp_path):
    rows = [row("s01", 9412, claim=Fraction("0.96")), row("s02", 9590, claim=Fraction("0.96"))]
    _, page = write(tmp_path, stand(rows, TIERS))
    claims = {
        tr.th.text: tr.select_one(".small:last-child") for tr in page.select(".class tbody tr")
    }
    assert [claim.text for claim in claims.values()] == ["claimed 96 %"] * 2
    assert "off" in claims["s01"]["class"]  # outside the interval
    assert "off" not in claims["s02"]["class"]


def test_a_claim_without_a_score_is_shown_too(tmp_path):
    rows = [row("s01", outcome=Outcome.STUDENT_ERROR, claim=Fraction("0.965"))]
    _, page = write(tmp_path, stand(rows, TIERS))
    assert lines(page)[0][4] == f"{DASH} claimed 96.5 %"


def test_notices_come_before_everything_else(tmp_path):
    _, page = write(tmp_path, small_class(), ["The seed is <published>."])
    assert [item.text for item in page.select(".notices li")] == ["The seed is <published>."]
    text = page.get_text()
    assert text.index("The seed is") < text.index("Leaderboard")
    assert write(tmp_path, small_class())[1].select(".notices") == []


def test_the_number_in_each_tier(tmp_path):
    _, page = write(tmp_path, small_class())
    counts = {item.span.text: int(item.b.text) for item in page.select(".counts li")}
    assert counts == {
        "not graded": 1, "none": 1, "fail": 1, "60s": 1, "70s": 0, "80s": 1, "85s": 0, "90": 0,
        "above 96": 2,
    }  # fmt: skip


def test_the_rules_are_those_of_the_tiers(tmp_path):
    _, page = write(tmp_path, small_class())
    rules = [tr.get_text(" ", strip=True) for tr in page.select(".rules tr")]
    assert rules[1] == "60s from 92 % grade 60 to 69, in even steps"
    assert rules[5] == "90 from 96 % grade 90"
    assert rules[6] == "above 96 above 96 % grade 90 to 100, by rank among those above"


def test_the_page_needs_nothing_else_and_runs_its_own_script_alone(tmp_path):
    _, page = write(tmp_path, small_class())
    assert page.find_all(["link", "iframe"]) == []
    (script,) = page.find_all("script")
    digest = base64.b64encode(hashlib.sha256(script.string.encode()).digest()).decode()
    policy = page.select_one("meta[http-equiv]")["content"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith(f"; script-src 'sha256-{digest}'")
    assert [image["src"][:26] for image in page.find_all("img")] == ["data:image/svg+xml;base64,"]
    text = str(page).replace("http-equiv", "")
    for drawn in (page.img["src"], page.source["srcset"]):
        text = text.replace(drawn, "")
    assert "http" not in text
    picture = base64.b64decode(page.img["src"].partition(",")[2])
    assert picture == (tmp_path / "class.svg").read_bytes()


ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "$\\frac{$",
    "a$b$c",
    "]]></svg><script>",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_names_and_notes_are_text(tmp_path, text):
    _, page = write(tmp_path, stand([row(text, 9500, notes=(text,))], TIERS), [text])
    assert len(page.find_all("script")) == len(page.find_all("img")) == 1
    assert page.select_one(".class tbody th").text == text
    assert page.select_one(".told li").text == text
    drawn = {element.text for element in ElementTree.parse(tmp_path / "class.svg").iter()}
    assert (text if len(text) <= 22 else text[:21] + "…") in drawn


def test_what_cannot_be_printed_is_replaced(tmp_path):
    name = "s\x00\x1b[31m\u202e01\udc80\n\U000e0001"
    grades, page = write(tmp_path, stand([row(name, 9500)], TIERS))
    expected = "s??[31m?01? ?".replace("?", "\ufffd")
    assert grades[0]["student"] == expected
    assert page.select_one(".class tbody th").text == expected
    assert expected in format_table([row(name, 9500)])
    assert "\x1b" not in format_table([row(name, 9500)])
    ElementTree.parse(tmp_path / "class.svg")


@pytest.mark.parametrize("name", ["Ωmega", "王", "नेहा", "é", "🐙"])
def test_names_in_any_script(tmp_path, name):
    grades, page = write(tmp_path, stand([row(name, 9500)], TIERS))
    assert grades[0]["student"] == page.select_one(".class tbody th").text == name
    assert name in (tmp_path / "class.svg").read_text("utf-8")


@given(st.text(st.characters(exclude_categories=()), max_size=8))
def test_printable_texts_can_be_written_anywhere(text):
    shown = strip_controls(text)
    shown.encode()
    ElementTree.fromstring(f"<a>{shown.replace('&', '').replace('<', '').replace(']]>', '')}</a>")
    assert len(shown.splitlines()) <= 1
    assert strip_controls(shown) == shown


def test_an_older_report_is_replaced_and_nothing_else_is_left(tmp_path):
    write(tmp_path, small_class())
    grades, page = write(tmp_path, [])
    assert grades == []
    assert "There are no submissions." in page.get_text()
    assert {path.name for path in tmp_path.iterdir()} == {
        *("grades.csv", "index.html", "class.html", "class.svg")
    }


def test_the_folder_is_made(tmp_path):
    write(tmp_path / "work" / "report", small_class())


# Another metric

ARI_TIERS = load_tiers_text(
    'metric = "ari"\nchance = "0"\nbands = [{label = "low", from = "0", grades = [0, 59]}, '
    '{label = "high", from = "0.625", grades = [60, 90]}]\n'
    '[ranked]\nabove = "0.9"\ngrades = [90, 100]\n'
)


def ari_class():
    scores = {"s01": ("0.94125", 0.93, 0.95), "s02": ("0.62499", 0.61, 0.64)}
    measured = {name: Measured(Fraction(score), *ends) for name, (score, *ends) in scores.items()}
    rows = [GradeRow(name, "04", Outcome.FINISHED, score) for name, score in measured.items()]
    return stand(rows, ARI_TIERS)


def test_the_report_names_another_metric_everywhere(tmp_path):
    write_report(ari_class(), ARI_TIERS, tmp_path, title="04")
    heading, first, second = (tmp_path / "grades.csv").read_text().splitlines()
    assert heading.startswith("student,assignment,outcome,ari,low,high,tier,grade,rank,")
    assert first == "s01,04,finished,0.9412,0.9300,0.9500,above 0.9,100,1,,,100"
    assert second == "s02,04,finished,0.6249,0.6100,0.6400,low,59,2,,,59"
    page = BeautifulSoup((tmp_path / "index.html").read_text("utf-8"), "html.parser")
    assert page.select(".class thead th")[4].text == "Adjusted Rand index"
    assert page.select(".class tbody td")[3]["data-label"] == "Adjusted Rand index"
    assert "95 % interval (bootstrap)" in page.figcaption.text
    rules = [tr.get_text(" ", strip=True) for tr in page.select(".rules tr")]
    assert rules[1:] == [
        "high from 0.625 grade 60 to 90, in even steps",
        "above 0.9 above 0.9 grade 90 to 100, by rank among those above",
    ]
    assert "answers by chance reaches 0." in page.get_text()
    assert "ccuracy" not in page.get_text()
    assert "adjusted Rand index, with its 95 % interval" in (tmp_path / "class.svg").read_text()


def test_the_table_names_another_metric():
    heading = format_table(ari_class(), ARI_TIERS).splitlines()[0]
    assert heading.split(maxsplit=3)[:3] == ["rank", "student", "ari"]


# The picture


def marks(svg):
    """Number of points drawn, without the axis's own marks."""
    return len(re.findall(r'<use [^>]*style="fill: #(?:0b4f8a|a8321a)', svg))


@pytest.mark.parametrize("n", [0, 1, 16, 300])
def test_every_score_is_one_point(n):
    rows = [row(f"s{i:03}", (1028, 9000, 9199, 9200, 9600, 10_000, 0)[i % 7]) for i in range(n)]
    svg = draw_class([*rows, row("s999"), row("s998", 5, Outcome.INFRASTRUCTURE)], TIERS)
    assert marks(svg) == n
    assert ("no submission has a score" in svg) == (n == 0)
    assert ("s000" in svg) == (0 < n <= 60)
    assert "s999" not in svg


def test_equal_classes_give_equal_pictures():
    rows = small_class()
    assert draw_class(rows, TIERS) == draw_class(rows[::-1], TIERS)


def test_what_fails_is_told_apart_without_colour():
    good, bad = (draw_class([row("s01", correct)], TIERS) for correct in (9200, 9199))
    assert "#a8321a" not in good
    assert "#0b4f8a" not in bad
    assert good.count(" C ") + good.count("\nC ") > bad.count(" C ") + bad.count("\nC ")


def test_the_passing_tiers_have_most_of_the_width():
    svg = draw_class(small_class(), TIERS)
    drawn = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
    for text in ("0.9", "0.92", "0.93", "0.94", "0.95", "0.96", "0.98", "85s", "above 96"):
        assert drawn.count(text) == 1
    assert drawn.count("fail") == 2  # on either side of the cut


@pytest.mark.parametrize("start", ["0.01", "0.5"])
def test_other_tiers_can_be_drawn(start):
    tiers = load_tiers_text(
        'metric = "ari"\nchance = "0"\nbands = [{label = "low", from = "0", grades = [0, 9]}, '
        f'{{label = "some", from = "{start}", grades = [9, 50]}}]\n'
        '[ranked]\nabove = "1"\ngrades = [50, 100]\n'
    )
    svg = draw_class([row("s01", 7000), row("s02", 10)], tiers)
    assert marks(svg) == 2
    assert "adjusted Rand index, with its 95 % interval" in svg


def test_a_single_band_has_one_axis():
    tiers = load_tiers_text(
        'metric = "ari"\nchance = "0"\nbands = [{label = "any", from = "0", grades = [0, 9]}]\n'
        '[ranked]\nabove = "0.5"\ngrades = [9, 100]\n'
    )
    assert draw_class([row("s01", 7000)], tiers).count(">any<") == 1


# The terminal


def test_the_table():
    first, *rest = format_table(small_class()).splitlines()
    assert first.split(maxsplit=3)[:3] == ["rank", "student", "accuracy"]
    assert [line.split()[1] for line in rest[:5]] == ["s02", "s07", "s05", "s01", "s03"]
    assert re.search(
        r"^3 +s05 +0\.9412 +0\.9364-0\.9456 +80s +80 +80 +finished +claimed 96 %; "
        r"borderline: 94 %$",
        rest[2],
    )
    assert re.search(
        r"^4 +s01 +0\.9299 +0\.9247-0\.9347 +27\.6 / 40 +60s +69 +69 +finished", rest[3]
    )
    assert re.search(r"^ +s04 +none +0 +0 +time-out$", rest[5])
    assert re.search(r"^ +s06 +not graded +infrastructure +The kernel did not start\.$", rest[6])
    assert len({line.index("finished") for line in rest[:5]}) == 1


def test_the_table_to_the_letter():
    told = """\
rank  student  accuracy  95 % interval  points     tier        grade  final  outcome         notes
1     s02      0.9934    0.9916-0.9948             above 96    100    100    finished
1     s07      0.9934    0.9916-0.9948             above 96    100    100    finished
3     s05      0.9412    0.9364-0.9456             80s         80     80     finished        \
claimed 96 %; borderline: 94 %
4     s01      0.9299    0.9247-0.9347  27.6 / 40  60s         69     69     finished        \
borderline: 93 %; Cell test-scale was put back.
5     s03      0.1028    0.0970-0.1089             fail        6      6      finished
      s04                                          none        0      0      time-out
      s06                                          not graded                infrastructure  \
The kernel did not start."""
    assert format_table(small_class()) == told


def test_the_table_of_an_empty_class_is_its_header():
    assert len(format_table([]).splitlines()) == 1


names = st.text(st.characters(exclude_categories=()), min_size=1, max_size=5)
rows_of_a_class = st.lists(
    st.builds(
        row,
        names,
        st.none() | st.integers(0, N),
        st.sampled_from(Outcome),
        notes=st.lists(names, max_size=2).map(tuple),
    ),
    max_size=5,
    unique_by=lambda one: one.student,
)


@settings(max_examples=10, deadline=None)
@given(rows_of_a_class)
def test_any_class_can_be_reported(tmp_path_factory, rows):
    grades, page = write(tmp_path_factory.mktemp("report"), stand(rows, TIERS))
    assert len(grades) == len(lines(page)) == len(rows)
    assert len(format_table(rows).splitlines()) == len(rows) + 1


STATISTICS = ClassStatistics(
    exercises=(
        ExerciseStatistics("flatten", 5, 0.8, 3, 1, 0.41),
        ExerciseStatistics("scale", 5, 1.0, 4, 0, None),
    ),
    confusion=((90, 3), (0, 95)),
    missed=(MissedImage(17, "4", "9", 3, 4, "data:image/png;base64,AA=="),),
    times=RunTimes(40.0, 9.5, 14.2, "s03"),
)


def test_the_page_shows_exercises_mistakes_and_doubtful_labels(tmp_path):
    write_report(small_class(), TIERS, tmp_path, title="03_svc", statistics=STATISTICS)
    text = BeautifulSoup((tmp_path / "index.html").read_text(), "html.parser").get_text(
        " ", strip=True
    )
    assert "flatten 5 0.80 3 1 0.41 scale 5 1.00 4 0 \N{EN DASH}" in text
    assert "0 90 3 1 \N{MIDDLE DOT} 95" in text
    assert "Image 17, labelled 4 : 3 of 4 disagree, most say 9 ." in text
    assert "autograder labels fix 03_svc 17 9 --why" in text
    assert "40 s together, 9.5 s in the middle, and 14.2 s for the slowest, s03." in text


def test_the_copy_for_the_class_names_nobody_and_shows_no_held_out_image(tmp_path):
    rows = small_class()
    entries = ["s99.zip: not taken"]
    write_report(
        rows,
        TIERS,
        tmp_path,
        title="a1",
        statistics=STATISTICS,
        entries=entries,
        evidence="7 entries",
    )
    text = (tmp_path / "class.html").read_text()
    page = BeautifulSoup(text, "html.parser")
    drawn = [base64.b64decode(page.img["src"].partition(",")[2]).decode()]
    drawn.append(base64.b64decode(page.source["srcset"].partition(",")[2]).decode())
    for hidden in (*(one.student for one in rows), "s99", "s03", "7 entries", "labels fix"):
        assert all(re.search(rf"\b{re.escape(hidden)}\b", part) is None for part in (text, *drawn))
    assert len(page.select("table.class tbody tr")) == len(rows)
    assert [one.text for one in page.select(".class tbody th")][:2] == [
        "submission 1",
        "submission 2",
    ]
    assert "flatten" in text
