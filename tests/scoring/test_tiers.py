from dataclasses import replace
from fractions import Fraction
from pickle import dumps, loads

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import TierError
from autograder.scoring.mcnemar import p_value, per_comparison
from autograder.scoring.ranking import Standing, grade_by_points, grade_by_tiers
from autograder.scoring.tiers import DEFAULT_TIERS, Placement, load_tiers, load_tiers_text
from tests.support import ROOT

SOLUTIONS = ROOT / "solutions"
TIERS = load_tiers_text(DEFAULT_TIERS)
STEP = Fraction(1, 10_000)  # one image of the usual 10,000

scores = st.integers(0, 10_000).map(lambda correct: Fraction(correct, 10_000))


# Both sides of every step at which the default tiers change, one image apart.
@pytest.mark.parametrize(
    ("score", "label", "grade"),
    [
        ("0", "fail", 0),
        ("0.1", "fail", 6),
        ("0.9046", "fail", 58),
        ("0.9047", "fail", 59),
        ("0.9199", "fail", 59),
        ("0.92", "60s", 60),
        ("0.9209", "60s", 60),
        ("0.921", "60s", 61),
        ("0.9289", "60s", 68),
        ("0.929", "60s", 69),
        ("0.9299", "60s", 69),
        ("0.93", "70s", 70),
        ("0.9309", "70s", 70),
        ("0.931", "70s", 71),
        ("0.9389", "70s", 78),
        ("0.939", "70s", 79),
        ("0.9399", "70s", 79),
        ("0.94", "80s", 80),
        ("0.9419", "80s", 80),
        ("0.942", "80s", 81),
        ("0.9479", "80s", 83),
        ("0.948", "80s", 84),
        ("0.9499", "80s", 84),
        ("0.95", "85s", 85),
        ("0.9519", "85s", 85),
        ("0.952", "85s", 86),
        ("0.9579", "85s", 88),
        ("0.958", "85s", 89),
        ("0.9599", "85s", 89),
        ("0.96", "90", 90),
        ("0.9601", "above 96", 90),
        ("1", "above 96", 90),
    ],
)
def test_a_single_score(score, label, grade):
    assert TIERS.place(Fraction(score)) == Placement(label, grade)


@pytest.mark.parametrize("boundary", ["0.92", "0.93", "0.94", "0.95", "0.96"])
@pytest.mark.parametrize("total", [10_000, 70_000, 10_000_000_000, 3 * 10**30])
def test_a_boundary_is_exact_however_many_images(boundary, total):
    # As floats, 0.93 and the last score below it are equal long before 10**30.
    boundary = Fraction(boundary)
    below = Fraction((boundary * total).numerator - 1, total)
    at, under = TIERS.place(boundary), TIERS.place(below)
    assert at.label != under.label
    assert at.grade == under.grade + 1


def test_just_above_the_last_boundary_is_ranked():
    assert TIERS.place(Fraction("0.96") + Fraction(1, 10**30)).label == "above 96"


def test_chance_and_metric():
    assert (TIERS.metric.name, TIERS.chance, TIERS.provisional) == ("accuracy", Fraction(1, 10), 90)


@given(scores, scores)
def test_a_better_score_never_earns_less(one, other):
    low, high = sorted([one, other])
    assert TIERS.place(low).grade <= TIERS.place(high).grade
    assert 0 <= TIERS.place(low).grade <= TIERS.provisional


# The class


def grades(*values):
    scores = {f"s{i:02}": Fraction(value) for i, value in enumerate(values, start=1)}
    return [standing.grade for standing in grade_by_tiers(scores, TIERS).values()]


def ranks(*values):
    scores = {f"s{i:02}": Fraction(value) for i, value in enumerate(values, start=1)}
    return [standing.rank for standing in grade_by_tiers(scores, TIERS).values()]


def test_an_empty_class():
    assert grade_by_tiers({}, TIERS) == {}


def test_a_single_submission_is_the_best_of_its_class():
    assert grades("0.9601") == [100]
    assert grades("0.96") == [90]


def test_two_equal_bests_both_get_everything():
    assert grades("0.99", "0.99") == [100, 100]
    assert ranks("0.99", "0.99") == [1, 1]


def test_only_those_above_share_the_ranked_grades():
    assert grades("0.98", "0.97", "0.96", "0.5") == [100, 95, 90, 32]
    assert ranks("0.5", "0.97", "0.98", "0.96") == [4, 2, 1, 3]


def test_equal_scores_take_the_best_rank_and_leave_the_next_ones_free():
    assert ranks("0.99", "0.98", "0.98", "0.97", "0.1", "0.1") == [1, 2, 2, 4, 5, 5]
    # m = 4: (4 - 2 + 1) / 4 of 10 is 7.5, up to 8; (4 - 4 + 1) / 4 of 10 is 2.5, up to 3
    assert grades("0.99", "0.98", "0.98", "0.97") == [100, 98, 98, 93]


def test_ten_ranked_submissions_are_one_grade_apart():
    values = [str(Fraction(97 + i, 1000) + Fraction("0.87")) for i in range(10)]
    assert grades(*values) == list(range(91, 101))


def test_a_hundred_ranked_submissions_reach_from_90_to_100():
    grade = grades(*[str(Fraction(9601 + i, 10_000)) for i in range(100)])
    assert (min(grade), max(grade)) == (90, 100)
    assert grade == sorted(grade)


def test_a_better_classmate_changes_ranks_but_no_band():
    before = grade_by_tiers({"s01": Fraction("0.97"), "s02": Fraction("0.935")}, TIERS)
    after = grade_by_tiers(
        {"s01": Fraction("0.97"), "s02": Fraction("0.935"), "s03": Fraction("0.98")}, TIERS
    )
    assert before["s01"] == Standing("above 96", 100, 1)
    assert after["s01"] == Standing("above 96", 95, 2)
    assert (before["s02"], after["s02"]) == (Standing("70s", 75, 2), Standing("70s", 75, 3))


# Image by image


def vectors(**wrong):
    """Which of 1,000 images each gets right: all but these."""
    right = {student: np.ones(1000, bool) for student in wrong}
    for student, images in wrong.items():
        right[student][list(images)] = False
    return right


def standings(right, tiers=TIERS):
    scores = {student: Fraction(int(one.sum()), len(one)) for student, one in right.items()}
    return grade_by_tiers(scores, tiers, right)


def places(right, tiers=TIERS):
    return {s: (one.rank, one.grade) for s, one in standings(right, tiers).items()}


def test_those_who_cannot_be_told_apart_share_a_rank_and_a_grade():
    right = vectors(s01=range(3), s02=range(500, 506), s03=range(600, 639), s04=range(30, 100))
    # s03 is told apart from s01, s02 is not; s04 is below the boundary and has a rank by score
    assert places(right) == {
        "s01": (1, 100), "s02": (1, 100), "s03": (3, 93), "s04": (4, 70),
    }  # fmt: skip
    assert [one.tested for one in standings(right).values()] == [True, True, True, False]


def test_a_group_is_compared_with_its_best_and_not_with_its_neighbour():
    """Which is not transitive: s02 and s03 are as alike as s01 and s02."""
    right = vectors(s01=(), s02=range(6), s03=range(6, 20))
    assert p_value(right["s02"], right["s03"]) > per_comparison(3)
    assert p_value(right["s01"], right["s02"]) > per_comparison(3)
    assert p_value(right["s01"], right["s03"]) <= per_comparison(3)
    assert {s: rank for s, (rank, _) in places(right).items()} == {"s01": 1, "s02": 1, "s03": 3}


def test_the_level_is_divided_by_the_number_of_pairs():
    alone = vectors(s01=(), s02=range(8))
    assert places(alone) == {"s01": (1, 100), "s02": (2, 95)}  # p = 2 / 2**8 < 0.05
    among_five = vectors(s01=(), s02=range(8), s03=(1,), s04=(2,), s05=(3,))
    assert places(among_five)["s02"][0] == 1  # and above 0.05 / 10


def test_equal_scores_stay_together_even_if_only_one_of_them_is_told_apart():
    # s02 gets wrong all that s01 does and ten more, s03 as many others: one is further away
    right = vectors(s01=range(4), s02=range(14), s03=range(100, 114))
    assert p_value(right["s01"], right["s02"]) <= per_comparison(3)
    assert p_value(right["s01"], right["s03"]) > per_comparison(3)
    assert {rank for rank, _ in places(right).values()} == {1}


def test_the_names_and_the_order_make_no_difference():
    rng = np.random.default_rng(2)
    right = vectors(**{f"s{n:02}": rng.choice(1000, n, replace=False) for n in range(0, 39, 2)})
    ranks = {s: rank for s, (rank, _) in places(right).items()}
    assert 1 < len(set(ranks.values())) < len(ranks)
    backwards = {f"z{99 - int(s[1:]):02}": one for s, one in reversed(right.items())}
    again = {s: rank for s, (rank, _) in places(backwards).items()}
    assert list(again.values())[::-1] == list(ranks.values())


def test_a_single_submission_and_two_equal_bests_image_by_image():
    assert places(vectors(s01=range(5))) == {"s01": (1, 100)}
    assert places(vectors(s01=range(5), s02=range(500, 505))) == {"s01": (1, 100), "s02": (1, 100)}
    assert grade_by_tiers({}, TIERS, {}) == {}


def test_if_one_of_those_above_lacks_its_answers_all_are_ranked_by_score():
    right = vectors(s01=(), s02=(1,), s03=range(2, 4))
    scores = {student: Fraction(int(one.sum()), 1000) for student, one in right.items()}
    del right["s02"]
    found = grade_by_tiers(scores, TIERS, right)
    assert [one.rank for one in found.values()] == [1, 2, 3]
    assert not any(one.tested for one in found.values())


def test_below_the_boundary_no_answers_are_needed():
    right = vectors(s01=(), s02=(1,))
    scores = {"s01": Fraction(1), "s02": Fraction(999, 1000), "s03": Fraction(1, 2)}
    assert [one.rank for one in grade_by_tiers(scores, TIERS, right).values()] == [1, 1, 3]


@given(st.dictionaries(st.text(max_size=3), scores, max_size=12), st.randoms())
def test_the_order_of_a_class_makes_no_difference(scores, random):
    shuffled = list(scores.items())
    random.shuffle(shuffled)
    assert grade_by_tiers(dict(shuffled), TIERS) == grade_by_tiers(scores, TIERS)


@given(st.dictionaries(st.text(max_size=3), scores, min_size=1, max_size=12))
def test_a_class_is_graded_in_the_order_of_its_scores(scores):
    standings = grade_by_tiers(scores, TIERS)
    by_score = sorted(scores, key=lambda student: scores[student])
    grades = [standings[student].grade for student in by_score]
    ranks = [standings[student].rank for student in by_score]
    assert grades == sorted(grades)
    assert ranks == sorted(ranks, reverse=True)
    assert min(ranks) == 1
    assert max(grades) <= 100
    for student in scores:
        assert standings[student].grade >= TIERS.place(scores[student]).grade
        assert standings[student].rank == 1 + sum(s > scores[student] for s in scores.values())


@pytest.mark.parametrize("score", [0.96, 0.0, True, "0.96", None])
def test_an_inexact_score_is_refused(score):
    with pytest.raises(TypeError, match="expected a Fraction"):
        TIERS.place(score)


@pytest.mark.parametrize("score", [Fraction(-1, 10), Fraction(11, 10), 2])
def test_a_score_outside_0_to_1_is_refused(score):
    with pytest.raises(TierError, match="between 0 and 1"):
        TIERS.place(score)


# By points


def test_without_tiers_the_grade_is_the_share_in_percent_with_halves_rounded_up():
    shares = {"s01": "1", "s02": "0.945", "s03": "0.9449", "s04": "0.945", "s05": "0"}
    standings = grade_by_points({student: Fraction(share) for student, share in shares.items()})
    places = {student: (one.grade, one.rank) for student, one in standings.items()}
    assert places == {
        "s01": (100, 1),
        "s02": (95, 2),
        "s03": (94, 4),
        "s04": (95, 2),
        "s05": (0, 5),
    }
    assert {one.label for one in standings.values()} == {"by points"}


# tiers.toml


def test_a_folder_without_tiers_has_the_default(tmp_path):
    assert load_tiers(tmp_path) == TIERS


def test_a_folder_and_its_file_say_the_same(tmp_path):
    file = tmp_path / "tiers.toml"
    file.write_text(DEFAULT_TIERS.replace("0.96", "0.965").replace("above 96", "ranked"))
    tiers = load_tiers(file)
    assert load_tiers(str(tmp_path)) == tiers
    assert tiers.ranked.above == Fraction(965, 1000)
    assert tiers.place(Fraction("0.9649")) == Placement("85s", 89)
    assert tiers.place(Fraction("0.9651")).label == "ranked"


@pytest.mark.parametrize(
    "path", sorted(SOLUTIONS.glob("*/tiers.toml")), ids=lambda p: p.parent.name
)
def test_students_read_the_tiers_that_they_are_graded_by(path):
    tiers = load_tiers(path)
    script = path.with_name(f"{path.parent.name}.py").read_text()
    scores, grades = (
        [cell.strip() for cell in line.split("|")[2:-1]]
        for line in script.splitlines()
        if line.startswith("# | ") and ("above 0." in line or line.startswith("# | grade"))
    )
    starts = [band.start for band in tiers.bands]
    assert [f"below {_decimal(starts[1])}", *map(_decimal, starts[1:])] == scores[:-1]
    assert scores[-1] == f"above {_decimal(tiers.ranked.above)}"
    spans = [{str(b.first), str(b.last)} for b in tiers.bands]
    assert [set(grade.split("\N{EN DASH}")) for grade in grades[:-1]] == spans
    assert grades[-1] == f"ranked in your class, up to {tiers.ranked.last}"


def _decimal(score):
    text = f"{float(score):.2f}"
    assert Fraction(text) == score  # or students would read a rounded one
    return text


def test_tables_written_one_by_one():
    tiers = load_tiers_text(
        'metric = "accuracy"\nchance = "0.5"\n'
        '[[bands]]\nlabel = "low"\nfrom = "0"\ngrades = [0, 49]\n'
        '[[bands]]\nlabel = "high"\nfrom = "0.5"\ngrades = [50, 89]\n'
        '[ranked]\nabove = "0.965"\ngrades = [90, 100]\n'
    )
    assert tiers.ranked.label == "above 96.5"
    assert tiers.place(Fraction("0.4999")) == Placement("low", 49)
    # The last band ends with, and holds, the score from which on the class decides.
    assert tiers.place(Fraction("0.965")) == Placement("high", 89)


def test_above_is_named_as_the_metric_is_read():
    text = DEFAULT_TIERS.replace('label = "above 96"\n', "")
    assert load_tiers_text(text).ranked.label == "above 96"
    assert load_tiers_text(text.replace("accuracy", "ari")).ranked.label == "above 0.96"


def test_a_missing_file_is_no_default(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a folder or a TOML file"):
        load_tiers(tmp_path / "tiers.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('metric = "accuracy"', "", "missing key metric"),
        ('metric = "accuracy"', 'metric = "accuracy"\ncolour = 1', "unknown key colour"),
        (
            'metric = "accuracy"',
            'metric = ""',
            "metric: found '', expected one of 'accuracy'",
        ),
        ('"accuracy"', '"ARI"', "metric: found 'ARI', expected one of"),
        ('"accuracy"', "7", "metric: found 7, expected one of"),
        ("metric", "metric metric", "valid TOML"),
        ('"0.10"', "0.10", r"chance: found 0\.1, expected a decimal in quotes"),
        ('"0.92"', "0.92", r"bands\[1\].from: found 0\.92"),
        ('"0.92"', '"92"', "found '92'"),
        ('"0.92"', '"92 %"', "found '92 %'"),
        ('"0.92"', '"-0.92"', "found '-0.92'"),
        ('"0.92"', '"9.2e-1"', "found '9.2e-1'"),
        ('"0.92"', '"1/2"', "found '1/2'"),
        ('"0.92"', '"\u0660.\u0669"', "decimal in quotes"),
        ('"0.92"', '"nan"', "found 'nan'"),
        ('"0.92"', '"0.93"', "'70s' from 0.93 after 0.93"),
        ('"0.92"', '"0.935"', "'70s' from 0.93 after 0.935"),
        ('from = "0"', 'from = "0.1"', "start of the first band"),
        ("[60, 69]", "[60.0, 69]", "two whole numbers"),
        ("[60, 69]", "[false, true]", "two whole numbers"),
        ("[60, 69]", "[69, 60]", r"bands\[1\].grades: found \[69, 60\]"),
        ("[60, 69]", "[60]", "two whole numbers"),
        ("[60, 69]", "60", "two whole numbers"),
        ("[60, 69]", "[60, 101]", "from 0 to 100"),
        ("[60, 69]", "[58, 69]", "grades that never decrease"),
        ("[60, 69]", "[60, 71]", "'70s' from grade 70 after 71"),
        ("[90, 100]", "[89, 100]", "'above 96' from grade 89 after 90"),
        ('label = "60s"', 'label = "70s"', r"found \['70s'\], expected a label of its own"),
        ('label = "60s"', 'label = "60s", to = "1"', "unknown key to"),
        ('label = "60s", ', "", "missing key label"),
        ('above = "0.96"', 'above = "0.95"', "where the last band starts"),
        ('above = "0.96"', 'above = "1.1"', "decimal in quotes"),
        ('above = "0.96"', "", "missing key above"),
    ],
)
def test_bad_tiers_name_the_value_and_what_was_expected(old, new, message):
    text = DEFAULT_TIERS.replace(old, new, 1)
    assert text != DEFAULT_TIERS
    with pytest.raises(TierError, match=message) as caught:
        load_tiers_text(text, where="03_svc/tiers.toml")
    assert str(caught.value).startswith("03_svc/tiers.toml")


@pytest.mark.parametrize("bands", ["[]", "3", "[3]", '"x"', "{ from = 3 }"])
def test_bands_that_are_no_bands(bands):
    text = 'metric = "m"\nchance = "0"\nbands = ' + bands + '\n[ranked]\nabove = "1"\n'
    with pytest.raises(TierError, match="table"):
        load_tiers_text(text + "grades = [0, 1]\n")


def test_an_error_survives_a_process_border():
    error = TierError(0.92, "a decimal in quotes", "tiers.toml: chance")
    again = loads(dumps(error))
    assert (str(again), again.found) == (str(error), 0.92)


def test_03_svc_grades_by_the_default_bands(pytestconfig):
    # The file itself: a folder without one would have the default anyway.
    found = load_tiers(pytestconfig.rootpath / "solutions" / "03_svc" / "tiers.toml")
    assert replace(found, capstone=None) == TIERS
