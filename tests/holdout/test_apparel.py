"""Held-out apparel: what is secret, what is handed, and that neither gives the other away."""

import hashlib

import numpy as np
import pytest

from autograder.errors import HoldoutError, HoldoutSizeError
from autograder.holdout.apparel import ALL_PAIRS, DECOYS, LARGEST
from autograder.holdout.store import make_holdout
from helpers import apparel
from helpers.apparel_draw import choose_garments, draw_pairs
from helpers.apparel_pool import pool_garments
from helpers.data import load_fashion_mnist
from helpers.idx import read_idx

SIZE = 60


@pytest.fixture(scope="module")
def holdout(tmp_path_factory):
    out = tmp_path_factory.mktemp("holdout")
    return make_holdout("05_multilabel", out, seed="a seed", size=SIZE, maker="apparel")


@pytest.fixture(scope="module")
def secret(holdout):
    return (
        read_idx(holdout.secret / "images-idx4-ubyte"),
        read_idx(holdout.secret / "labels-idx2-ubyte"),
    )


def test_all_30_pairs_are_held_out_alike(secret):
    images, truth = secret
    assert (images.shape, truth.shape) == ((SIZE, 72, 72, 3), (SIZE, 11))
    rows, counts = np.unique(truth, axis=0, return_counts=True)
    assert sorted(rows.tolist()) == sorted(apparel.to_indicator(ALL_PAIRS).tolist())
    assert set(counts.tolist()) == {SIZE // 30}


def test_their_order_says_nothing_about_the_pair(secret):
    numbers = secret[1] @ np.arange(11)
    assert not np.array_equal(numbers, np.sort(numbers))
    assert np.any(secret[1] != apparel.to_indicator(np.repeat(ALL_PAIRS, SIZE // 30)))


def test_held_out_images_show_their_colours(secret):
    # Without a network: is the middle of red garments redder, and of white ones brighter?
    images, truth = secret
    middle = images[:, 24:48, 24:48].astype(float).mean(axis=(1, 2))
    red, white, black = (truth[:, apparel.LABELS.index(c)] == 1 for c in ("red", "white", "black"))
    redness = middle[:, 0] - middle[:, 1:].mean(axis=1)
    assert redness[red].mean() > redness[~red].mean() + 20
    assert middle[white].mean() > middle[black].mean() + 50


def test_submissions_read_the_training_images_and_no_missing_pair(holdout, monkeypatch):
    ours = apparel.find_apparel().folder
    monkeypatch.setenv("COURSE_DATA", str(holdout.handed))
    handed = apparel.find_apparel().folder
    assert handed.is_relative_to(holdout.handed)
    paths, pairs = apparel.list_images(handed)
    assert pairs == apparel.list_images(ours)[1]
    assert paths[77].read_bytes() == (ours / paths[77].relative_to(handed)).read_bytes()
    decoys = apparel.list_images(apparel.find_unseen().folder)[1]
    assert {pair: decoys.count(pair) for pair in decoys} == dict.fromkeys(DECOYS, 50)
    names = {path.name for path in holdout.handed.rglob("*") if path.is_dir()}
    assert not names & {*apparel.MISSING_PAIRS}


def test_nothing_secret_is_handed(holdout):
    handed = {v for name, v in holdout.sha256.items() if name.startswith("handed")}
    kept = {v for name, v in holdout.sha256.items() if name.startswith("secret")}
    assert len(kept) == 2
    assert not handed & kept
    assert not list(holdout.handed.rglob("*-ubyte"))


def test_held_out_images_are_not_the_public_ones(secret):
    public = {hashlib.sha256(image).digest() for image in apparel.load_practice()[0]}
    assert not public & {hashlib.sha256(image).digest() for image in secret[0]}


def test_the_seed_decides(holdout, secret, tmp_path):
    again = make_holdout("a", tmp_path, seed="a seed", size=SIZE, maker="apparel")
    other = make_holdout("b", tmp_path, seed="b seed", size=SIZE, maker="apparel")
    assert again.sha256 == holdout.sha256
    name = "secret/images-idx4-ubyte"
    assert other.sha256[name] != holdout.sha256[name]


def test_no_garment_that_is_held_out_is_in_a_training_image(tmp_path, monkeypatch):
    drawn = []

    def draw(counts, garments, labels, **options):
        drawn.append((tuple(counts), garments))
        return draw_pairs(counts, garments, labels, **options)

    monkeypatch.setattr("autograder.holdout.apparel.draw_pairs", draw)
    make_holdout("a", tmp_path, seed="a seed", size=30, maker="apparel")
    (pool,) = (garments for pairs, garments in drawn if pairs == ALL_PAIRS)
    images, labels = load_fashion_mnist("train")
    shown = {images[k].tobytes() for _, _, k in choose_garments(apparel.PAIR_COUNTS, labels)}
    assert len(shown) == 11_385
    assert not any(garment.tobytes() in shown for garment in pool)


def test_the_largest_size_is_what_the_trousers_allow():
    train, test = load_fashion_mnist("train"), load_fashion_mnist("test")
    labels = pool_garments(apparel.PAIR_COUNTS, train, test)[1]
    for each, enough in ((LARGEST // 30, True), (LARGEST // 30 + 1, False)):
        chosen = choose_garments(dict.fromkeys(ALL_PAIRS, each), labels)
        if enough:
            assert len({k for _, _, k in chosen}) == LARGEST
        else:
            with pytest.raises(ValueError, match=f"{each} of .* wanted"):
                list(chosen)


@pytest.mark.parametrize("size", [0, 31, 8250])
def test_a_size_that_cannot_be_is_named(tmp_path, size):
    message = f"size is {size}, expected a multiple of 30 up to 8220"
    with pytest.raises(HoldoutSizeError, match=message):
        make_holdout("a", tmp_path, size=size, maker="apparel")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_reduced_fashion_mnist_is_refused(tmp_path, monkeypatch, split):
    few = np.zeros((5, 28, 28), np.uint8), np.zeros(5, np.uint8)
    load = {"train": load_fashion_mnist, "test": load_fashion_mnist, split: lambda _: few}
    monkeypatch.setattr(
        "autograder.holdout.apparel.load_fashion_mnist", lambda split: load[split](split)
    )
    with pytest.raises(HoldoutError, match=f"found 5 {split} images of Fashion-MNIST"):
        make_holdout("a", tmp_path, size=SIZE, maker="apparel")
