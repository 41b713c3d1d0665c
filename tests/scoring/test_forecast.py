"""The forecast of a held-out score, and what is shown of it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbgrader.utils import determine_grade

from autograder.scoring.display import to_html
from autograder.scoring.forecast import (
    CALIBRATED,
    Calibration,
    count_wrong,
    find_steps,
    forecast,
    log_odds,
    prediction_interval,
)
from autograder.scoring.metrics import METRICS, measure_share
from autograder.scoring.predictions import Score, score_predictions
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
from helpers.capstone import SCORE_MIME, Usage

N = 10_000
CAPSTONE = """
[capstone]
images = 5_000
held_out = 10_000
cell_seconds = 120
call_seconds = 60
notebook_seconds = 300
memory_mb = 400_000
"""
TIERS = load_tiers_text(DEFAULT_TIERS + CAPSTONE)
NOTHING = Calibration(shift=0, learning=0)


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.delenv("COURSE_HOLDOUT", raising=False)


# The interval


def coverage(calibration, *, shift=0.0, learning=0.0, n=2_000, m=2_000, interval=None):
    """Return how often an interval of practice scores covers held-out ones, drawn by the model."""
    rng, covered, times = np.random.default_rng(0), 0, 1_000
    for odds in rng.uniform(1, 5, times):
        home = 1 / (1 + np.exp(-odds - shift))
        graded = 1 / (1 + np.exp(-odds - rng.normal(0, learning)))
        measured = measure_share(int(rng.binomial(n, home)), n)
        low, high = (
            (measured.low, measured.high)
            if interval == "Wilson"
            else prediction_interval(measured, n, m, calibration)
        )
        covered += low <= rng.binomial(m, graded) / m <= high
    return covered / times


@pytest.mark.parametrize(("shift", "learning"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.15), (-0.2, 0.3)])
def test_it_covers_what_it_says(shift, learning):
    assert 0.93 < coverage(Calibration(shift, learning), shift=shift, learning=learning) < 0.97


def test_the_interval_of_one_score_is_too_narrow_for_another():
    assert coverage(NOTHING, interval="Wilson") < 0.87


def test_a_shift_that_nobody_corrects_is_missed():
    assert coverage(NOTHING, shift=0.2) < 0.87


def test_a_bootstrap_tells_the_same_as_the_theory():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, (2_000, 4))
    answers = np.where(rng.random(truth.shape) < 0.1, 1 - truth, truth).astype(bool)
    metric = METRICS["macro_f1"]
    low, high = prediction_interval(metric.measure(truth, answers), 2_000, 2_000, NOTHING)
    redrawn = []
    for _ in range(300):
        again = rng.integers(0, 2, (2_000, 4))
        said = np.where(rng.random(again.shape) < 0.1, 1 - again, again)
        redrawn.append(float(metric.score_of(again, said.astype(bool))))
    assert np.mean([low <= score <= high for score in redrawn]) > 0.95
    assert high - low < 2.2 * np.sqrt(2) * 1.96 * np.std(redrawn)


@pytest.mark.parametrize("correct", [0, 1, N - 1, N])
def test_all_or_nothing_right_is_no_certainty(correct):
    low, high = prediction_interval(measure_share(correct, N), N, N, NOTHING)
    assert 0 < low < high < 1
    assert (low < correct / N < high) == (0 < correct < N)


def test_more_held_out_images_are_surer_and_never_surer_than_practice():
    widths = [np.ptp(prediction_interval(measure_share(950, 1_000), 1_000, m, NOTHING)) for m in
              (100, 1_000, 100_000)]  # fmt: skip
    assert widths == sorted(widths, reverse=True)
    measured = measure_share(950, 1_000)
    assert widths[-1] > 0.98 * (measured.high - measured.low)


def test_log_odds_are_symmetric():
    assert log_odds(0.3, N) == pytest.approx(-log_odds(0.7, N))


def test_there_is_a_calibration_for_each_metric():
    assert CALIBRATED.keys() == METRICS.keys()
    assert all(calibration.learning >= 0 for calibration in CALIBRATED.values())


# Tiers, boundaries and borders


@given(st.integers(0, N))
def test_so_many_images_more_or_fewer_lead_to_the_next_tier(correct):
    score = Fraction(correct, N)
    down, up = find_steps(score, TIERS, N, N - correct)
    for step, side in ((up, 1), (down, -1)):
        if step is not None:
            there = score + side * Fraction(step.images, N)
            assert TIERS.place(there - side * Fraction(1, N)).label == TIERS.place(score).label
            assert TIERS.place(there).label != TIERS.place(score).label
            assert abs(score - step.boundary) == step.gap
    assert (up is None) == (TIERS.place(score).label == "above 96")
    assert (down is None) == (TIERS.place(score).label == "fail")


def test_a_step_names_the_tier_that_it_leads_to():
    down, up = find_steps(Fraction(9512, N), TIERS, N, 488)
    assert (down.label, down.images, up.label, up.images) == ("80s", 13, "90", 88)


def test_images_of_other_metrics_are_counted_as_if_each_was_worth_the_same():
    tiers = load_tiers_text((DEFAULT_TIERS + CAPSTONE).replace('"accuracy"', '"ari"'))
    _, up = find_steps(Fraction(1, 2), tiers, 3_000, 1_000)
    assert up.images == 840  # 0.42 of the way up at 0.0005 an image


def seen(correct):
    truth = np.arange(N) % 10
    answers = np.where(np.arange(N) < correct, truth, (truth + 1) % 10)
    return forecast(truth, answers, measure_share(correct, N), TIERS, TIERS.capstone)


def test_a_boundary_in_the_interval_makes_it_borderline():
    assert seen(9_500).borderline
    assert {"80s", "85s"} <= set(seen(9_500).reached)
    for correct in (8_500, 9_900):
        assert not seen(correct).borderline
        assert seen(correct).reached == (seen(correct).placed.label,)


@given(st.integers(8_900, 9_900))
@settings(max_examples=30)
def test_reached_are_the_tiers_of_interval_and_score(correct):
    found = seen(correct)
    scores = np.linspace(found.low, found.high, 200).tolist()
    labels = {TIERS.place(Fraction(s)).label for s in scores} | {found.placed.label}
    # Of "90" there is but one score.
    assert labels | {"90"} == {*found.reached, "90"}


def test_wrong_images_are_counted_by_metric():
    digits = np.array([1, 2, 3, 4])
    assert count_wrong(digits, np.array([1, 2, 3, 5]), METRICS["accuracy"]) == 1
    marks = np.eye(4, dtype=np.uint8)
    assert count_wrong(marks, np.roll(marks, 1, axis=0), METRICS["macro_f1"]) == 4
    halves = np.array([0, 0, 0, 1, 1, 1])
    assert count_wrong(halves, np.array([7, 7, 5, 5, 5, 5]), METRICS["ari"]) == 1
    assert count_wrong(halves, np.array([-1, 2, 2, 8, 8, 8]), METRICS["ari"]) == 1


# What is shown


def scored(tmp_path, correct, tiers=DEFAULT_TIERS + CAPSTONE):
    (tmp_path / "tiers.toml").write_text(tiers)
    images = np.zeros((N, 2, 2), np.uint8)
    truth = (np.arange(N) % 10).astype(np.uint8)

    def predict(images):
        return np.where(np.arange(N) < correct, truth, (truth + 1) % 10)

    return score_predictions(predict, 40, folder=tmp_path, practice=lambda: (images, truth))


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("&nbsp;", " "))).strip()


@pytest.mark.parametrize(
    ("correct", "expected"),
    [
        (9_000, ["Accuracy 90.00 %", "10,000 practice images: 25.78 of 40 points",
                 "tier “fail”, grade 58", "Not borderline",
                 "Up to “60s” (boundary 92 %): 2.00 percentage points, or 200 more images right"]),
        (9_512, ["tier “85s”, grade 85", "Borderline: the interval reaches", "“80s” too",
                 "or 88 more images right", "or 13 fewer images right"]),
        (9_800, ["tier “above 96”, grade 90 to 100, by rank in your class", "Not borderline",
                 "There is no tier above", "Down to “90” (boundary 96 %): 2.00 percentage points"]),
    ],
    ids=["fail", "borderline", "ranked"],
)  # fmt: skip
def test_the_last_cell_says_all_of_it_in_words(tmp_path, correct, expected):
    bundle = scored(tmp_path, correct)._repr_mimebundle_()
    said = re.sub(r"\s+(?=[.,:])", "", words(bundle["text/html"]))
    always = [
        "(95 % prediction interval)",
        "predict took 0.0 s of 60 s, peak memory",
        "Your grade is decided by 10,000 held-out images",
    ]
    for sentence in expected + always:
        assert sentence in said
    low, high = re.search(r"expect ([\d.]+) % to ([\d.]+) %", said).groups()
    assert float(low) < correct / 100 + 0.5
    assert float(low) < float(high)
    assert float(bundle["text/plain"]) == scored(tmp_path, correct).points


def test_of_several_calls_the_longest_is_told(tmp_path):
    shown = scored(tmp_path, 9_512).shown
    usages = Usage(2.5, 100.0), Usage(61.0, 120.0), Usage(3.5, 130.0)
    said = words(to_html(replace(shown, usages=usages)))
    assert "The longest of 3 calls of predict took 61.0 s of 60 s, peak memory 130 MB" in said
    assert "Over the limit" in said
    said = words(to_html(replace(shown, usages=(usages[0], usages[2]))))
    assert "Over the limit" not in said


def test_what_nbgrader_and_the_grader_read_is_what_it_was(tmp_path):
    score = scored(tmp_path, 9_512)
    data, _ = InteractiveShell.instance().display_formatter.format(score)
    assert data["text/plain"] == "37.78"
    assert data[SCORE_MIME].keys() == {
        *("metric", "measured", "total", "points", "max_points", "tier")
    }
    assert Score.from_mimebundle(json.loads(json.dumps(data))) == score


def test_the_picture_is_sound_and_fetches_nothing(tmp_path):
    for correct in (0, 3_000, 9_000, 9_512, 9_600, 9_800, N):
        html = scored(tmp_path, correct)._repr_mimebundle_()["text/html"]
        (picture,) = re.findall(r"<svg.*?</svg>", html)
        tree = ElementTree.fromstring(picture)
        assert len(tree.findall("circle")) == 1
        assert not re.search(r"https?:|src=|href=|url\(|@import|<script", html)
        xs = [float(element.get("x")) for element in tree.iter() if element.get("x")]
        assert xs
        assert all(0 <= x <= 640 for x in xs)


def test_what_a_label_holds_is_text(tmp_path):
    tiers = (DEFAULT_TIERS + CAPSTONE).replace('"85s"', '"<b>85 & more</b>"')
    html = scored(tmp_path, 9_512, tiers)._repr_mimebundle_()["text/html"]
    assert "<b>85" not in html
    assert "&lt;b&gt;85 &amp; more&lt;/b&gt;" in html


@pytest.mark.parametrize("metric", [("ari", "Adjusted Rand index"), ("macro_f1", "Macro F1")])
def test_a_metric_is_called_by_its_usual_name(tmp_path, metric):
    name, title = metric
    tiers = f'metric = "{name}"\n' + (DEFAULT_TIERS + CAPSTONE).replace('metric = "accuracy"\n', "")
    (tmp_path / "tiers.toml").write_text(tiers)
    images, truth = np.zeros((N, 2, 2), np.uint8), np.arange(N) % 2
    truth = truth.astype(np.uint8) if name == "ari" else np.eye(2, dtype=np.uint8)[truth]
    score = score_predictions(
        lambda _: truth, 40, folder=tmp_path, practice=lambda: (images, truth)
    )
    assert words(score._repr_mimebundle_()["text/html"]).startswith(f"{title} 1.000 on")


def test_a_call_beyond_its_limit_is_told(tmp_path):
    tiers = DEFAULT_TIERS + CAPSTONE.replace("memory_mb = 400_000", "memory_mb = 1")
    said = words(scored(tmp_path, 9_512, tiers)._repr_mimebundle_()["text/html"])
    assert "Over the limit: a graded run would stop it, for 0 points." in said


def test_without_stated_conditions_there_is_no_forecast(tmp_path):
    bundle = scored(tmp_path, 9_512, DEFAULT_TIERS)._repr_mimebundle_()
    assert bundle.keys() == {"text/plain", SCORE_MIME}


def test_held_out_images_show_no_forecast(tmp_path, monkeypatch):
    from helpers.idx import write_idx

    (tmp_path / "tiers.toml").write_text(DEFAULT_TIERS + CAPSTONE)
    write_idx(tmp_path / "images-idx3-ubyte", np.zeros((20, 2, 2), np.uint8))
    write_idx(tmp_path / "labels-idx1-ubyte", np.zeros(20, np.uint8))
    monkeypatch.setenv("COURSE_HOLDOUT", str(tmp_path))
    monkeypatch.setattr(
        "autograder.scoring.predictions.forecast", lambda *_: pytest.fail("no forecast is made")
    )
    score = score_predictions(lambda images: np.zeros(len(images), int), 40, folder=tmp_path)
    assert score.shown is None
    assert score._repr_mimebundle_().keys() == {"text/plain", SCORE_MIME}


def test_a_real_cell_keeps_points_and_picture_and_nbconvert_shows_them(tmp_path, monkeypatch):
    (tmp_path / "tiers.toml").write_text(DEFAULT_TIERS + CAPSTONE)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.chdir(tmp_path)
    cell = nbformat.v4.new_code_cell(
        "import numpy as np\nfrom autograder.score import score_predictions\n"
        "truth = np.arange(1000) % 10\n"
        "images = np.zeros((1000, 2, 2), np.uint8)\n"
        "score_predictions(lambda new: truth, points=40, practice=lambda: (images, truth))"
    )
    cell.metadata["nbgrader"] = {
        "grade": True, "grade_id": "capstone", "locked": True, "points": 40,
        "schema_version": 3, "solution": False, "task": False,
    }  # fmt: skip
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    assert determine_grade(notebook.cells[0]) == (40.0, 40.0)
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "prediction interval" in page
    assert re.search(r"""<svg[^>]* viewbox=["']0 0 640""", page, re.IGNORECASE)
