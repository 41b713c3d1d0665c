"""Images that are slipped into the scoring call: what they are, and that they cost nothing."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from autograder.errors import PredictionShapeError
from autograder.grading.executed import take_score
from autograder.holdout.canaries import NOISE, shuffle_in
from autograder.holdout.store import make_holdout
from autograder.scoring.predictions import ANSWERS, PROBED, Score, score_predictions
from helpers.capstone import SCORE_MIME
from helpers.data import load_mnist
from helpers.idx import read_idx

SIZE = 600


@pytest.fixture(scope="module")
def holdout(tmp_path_factory):
    out = tmp_path_factory.mktemp("holdout")
    return make_holdout("03_svc", out, seed="a seed", size=SIZE, maker="probed digits")


@pytest.fixture(scope="module")
def probes(holdout):
    return holdout.probes()


@pytest.fixture(scope="module")
def held(holdout):
    images = read_idx(holdout.secret / "images-idx3-ubyte")
    return images, read_idx(holdout.secret / "labels-idx1-ubyte")


def keys(images):
    return [image.tobytes() for image in images]


def test_canaries_are_public_images_with_their_labels(holdout, probes, held):
    images, digits = map(np.concatenate, zip(*map(load_mnist, ("train", "test")), strict=True))
    public = dict(zip(keys(images), digits.tolist(), strict=True))
    canaries = keys(np.split(probes.images, 2)[0])
    assert [public[key] for key in canaries] == probes.labels.tolist()
    assert len(probes.rows) == SIZE // 20
    assert len(canaries) == SIZE // 20 + SIZE // 50
    assert held[1][probes.rows].tolist() == probes.labels[: len(probes.rows)].tolist()


def test_only_the_last_canaries_were_handed_out(holdout, probes):
    handed = set(keys(read_idx(holdout.handed / "mnist" / "train-images-idx3-ubyte")[:1000]))
    canaries = keys(np.split(probes.images, 2)[0])
    here = [key in handed for key in canaries]
    assert here == [False] * len(probes.rows) + [True] * (SIZE // 50)


def test_a_twin_differs_in_every_inked_pixel_and_little(probes):
    canaries, twins = (half.astype(int) for half in np.split(probes.images, 2))
    steps = np.abs(twins - canaries)
    assert (steps[canaries == 0] == 0).all()
    assert steps[canaries > 0].min() >= 1
    assert steps.max() <= NOISE


def test_held_out_images_are_the_same_with_and_without(holdout, tmp_path):
    plain = make_holdout("03_svc", tmp_path, seed="a seed", size=SIZE)
    assert plain.probes() is None
    assert {name: holdout.sha256[name] for name in plain.sha256} == plain.sha256
    assert holdout.sha256.keys() - plain.sha256.keys() == {"secret/probes-idx3-ubyte"}


def test_held_out_canaries_are_harder_than_the_rest(holdout, probes, held):
    known = read_idx(holdout.handed / "mnist" / "train-images-idx3-ubyte")[:3000].reshape(-1, 784)
    digits = read_idx(holdout.handed / "mnist" / "train-labels-idx1-ubyte")[:3000]
    rows = held[0].reshape(-1, 784).astype(float)
    known = known.astype(float)
    nearest = digits[((known**2).sum(1) - 2 * rows @ known.T).argmin(1)]
    right = nearest == held[1]
    assert right[probes.rows].mean() < right.mean() - 0.1


def test_mixed_images_are_found_again(holdout, probes, held):
    mixed, places = shuffle_in(held[0], holdout.secret)
    assert np.array_equal(mixed[places[:SIZE]], held[0])
    assert np.array_equal(mixed[places[SIZE:]], probes.images)
    assert (np.diff(places[SIZE:]) < 0).any()
    assert np.median(places[SIZE:]) == pytest.approx(len(mixed) / 2, rel=0.3)


def test_a_folder_without_probes_changes_nothing(held, tmp_path):
    mixed, places = shuffle_in(held[0], tmp_path)
    assert np.array_equal(mixed, held[0])
    assert mixed is not held[0]
    assert places.tolist() == list(range(SIZE))


# What becomes of answers


def by_table(table):
    return lambda images: np.array([table.get(image.tobytes(), 0) for image in images])


@pytest.fixture
def graded(holdout, monkeypatch):
    monkeypatch.setenv("COURSE_HOLDOUT", str(holdout.secret))
    return holdout


def test_a_score_is_about_the_held_out_images_alone(graded, probes, held):
    table = dict(zip(keys(held[0]), held[1].tolist(), strict=True))
    score = score_predictions(by_table(table), points=40)
    assert (score.measured.score, score.total) == (1, SIZE)
    assert score.probed.tolist() == [0] * len(probes.images)


def test_answers_to_probes_are_kept_in_their_own_order(graded, probes, held):
    answers = np.arange(len(probes.images)) % 10
    table = dict(zip(keys(probes.images), answers.tolist(), strict=True))
    score = score_predictions(by_table(table), points=40)
    assert score.probed.tolist() == answers.tolist()
    assert score.answers.tolist() == [0] * SIZE
    again = Score.from_mimebundle(score._repr_mimebundle_())
    assert again.probed.tolist() == answers.tolist()
    assert again == score


def test_every_image_needs_an_answer(graded, probes):
    with pytest.raises(PredictionShapeError, match=rf"\({SIZE + len(probes.images)},\)"):
        score_predictions(lambda images: np.zeros(SIZE, int), points=40)


def test_no_answer_about_probes_stays_in_a_notebook(graded):
    import nbformat

    data = score_predictions(lambda images: np.zeros(len(images), int), 40)._repr_mimebundle_()
    cell = nbformat.v4.new_code_cell("score_predictions(predict, points=40)")
    cell.metadata.nbgrader = {"grade": True, "solution": False, "grade_id": "accuracy"}
    cell.outputs = [nbformat.v4.new_output("execute_result", data)]
    assert {ANSWERS, PROBED} <= cell.outputs[0].data[SCORE_MIME].keys()
    found = take_score(nbformat.v4.new_notebook(cells=[cell]))
    assert found[1].probed is not None
    assert not {ANSWERS, PROBED} & cell.outputs[0].data[SCORE_MIME].keys()


def test_a_lost_file_of_probes_is_damage(holdout, tmp_path):
    from autograder.errors import HoldoutDamagedError
    from autograder.holdout.dataset import read_holdout

    shutil.copytree(holdout.folder, tmp_path / "a")
    (tmp_path / "a" / "secret" / "probes-idx3-ubyte").unlink()
    with pytest.raises(HoldoutDamagedError, match="probes"):
        read_holdout(tmp_path / "a")
