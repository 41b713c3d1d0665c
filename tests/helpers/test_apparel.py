"""The apparel images: the stand-in as a whole, one picture's facts, and folders that are wrong."""

import colorsys
import hashlib
import io
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import _apparel_errors as apparel_errors
from helpers import apparel, apparel_draw, registry
from helpers.apparel import LABELS, MISSING_PAIRS, PAIR_COUNTS
from helpers.apparel_pool import pool_garments
from helpers.capstone import load_capstone
from helpers.data import load_fashion_mnist
from helpers.places import data_folder
from tests.support import ROOT

REAL_DATA = data_folder()
SMALL = {"red_dress": 3, "black_pants": 2, "black_shorts": 2, "white_shoes": 1}


@pytest.fixture(scope="session")
def garments():
    return load_fashion_mnist("test")


@pytest.fixture(scope="session")
def stand_in():
    return apparel.find_apparel()


@pytest.fixture
def course(tmp_path, monkeypatch, garments):
    """An empty data folder, and a stand-in of eight images."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(apparel, "PAIR_COUNTS", SMALL)
    monkeypatch.setattr(apparel, "load_fashion_mnist", lambda split: garments)
    apparel.load_practice.cache_clear()  # of another course, that was loaded before
    yield tmp_path
    apparel.load_practice.cache_clear()


@pytest.fixture
def folder(tmp_path, garments):
    """A good folder, as a student's own would be."""
    root = tmp_path / "mine"
    root.mkdir()
    apparel.write_pairs(root, apparel_draw.draw_pairs(SMALL, *garments))
    return root


def pixels(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)))


# The stand-in


def test_the_24_pairs_make_11385_images_and_six_pairs_are_missing():
    assert len(PAIR_COUNTS) == 24
    assert sum(PAIR_COUNTS.values()) == 11_385
    assert len(MISSING_PAIRS) == 6
    assert not {*MISSING_PAIRS} & {*PAIR_COUNTS}


def test_the_stand_in_has_them_in_folders_of_the_same_names(stand_in):
    paths, pairs = apparel.list_images(stand_in.folder)
    assert stand_in.source == "stand-in"
    assert {pair: pairs.count(pair) for pair in PAIR_COUNTS} == PAIR_COUNTS
    assert [path.parent.name for path in paths] == pairs


def test_the_original_split_is_9686_and_1699(stand_in):
    pairs = apparel.list_images(stand_in.folder)[1]
    mask = apparel.validation_mask(pairs)
    assert (np.sum(~mask), np.sum(mask)) == (9_686, 1_699)
    assert [p for p, m in zip(pairs, mask, strict=True) if m][:3] == ["black_dress"] * 3


def test_it_was_drawn_from_seed_0(stand_in):
    counts = dict.fromkeys(("black_dress", "black_pants"), 2)
    drawn = list(apparel_draw.draw_pairs(counts, *load_fashion_mnist("train")))
    for k, (pair, jpeg) in enumerate(drawn):
        if pair == "black_dress":  # black_pants follow 450 dresses, and take other trousers
            committed = apparel.load_images([stand_in.folder / pair / f"{k:05d}.jpg"])[0]
            # decoders of other versions may round differently
            assert np.abs(committed.astype(int) - pixels(jpeg)).max() <= 8


def test_no_two_images_of_it_are_the_same(stand_in):
    paths = apparel.list_images(stand_in.folder)[0]
    assert len({hashlib.sha256(path.read_bytes()).digest() for path in paths}) == 11_385


def test_the_unseen_images_are_fifty_of_each_missing_pair():
    pairs = apparel.list_images(apparel.find_unseen().folder)[1]
    assert {pair: pairs.count(pair) for pair in pairs} == dict.fromkeys(MISSING_PAIRS, 50)


def test_practice_images_are_250_of_each_of_all_30_pairs():
    images, truth = apparel.load_practice()
    assert (images.shape, images.dtype) == ((7_500, 72, 72, 3), np.uint8)
    rows, counts = np.unique(truth, axis=0, return_counts=True)
    assert (len(rows), set(counts.tolist())) == (30, {250})
    assert np.all(rows[:, :6].sum(axis=1) == 1)
    assert np.all(rows[:, 6:].sum(axis=1) == 1)


def test_practice_images_are_as_many_as_are_held_out():
    stated = load_capstone(ROOT / "solutions" / "05_multilabel")
    assert stated.held_out == len(apparel.load_practice()[0])


class Recorder:
    """Garments that remember which of them were asked for."""

    def __init__(self, images):
        self.images, self.asked = images, []

    def __getitem__(self, k):
        self.asked.append(k)
        return self.images[k]


def test_the_pool_is_every_garment_but_those_that_training_images_show(garments):
    images, labels = load_fashion_mnist("train")
    shown = Recorder(images)
    for _ in apparel_draw.draw_pairs(PAIR_COUNTS, shown, labels, size=4):
        pass
    assert len(shown.asked) == len(set(shown.asked)) == 11_385
    pool, pool_labels = pool_garments(PAIR_COUNTS, (images, labels), garments)
    assert len(pool) == len(pool_labels) == 70_000 - 11_385
    # no two of the one and the other are alike, so their bytes tell them apart
    known = {images[k].tobytes() for k in shown.asked}
    assert not any(garment.tobytes() in known for garment in pool)
    both = np.concatenate([images, garments[0]]), np.concatenate([labels, garments[1]])
    named = {image.tobytes(): label for image, label in zip(*both, strict=True)}
    assert all(named[g.tobytes()] == label for g, label in zip(pool, pool_labels, strict=True))


def test_practice_images_show_garments_of_the_pool(course, monkeypatch, garments):
    pools = []

    def drawn(counts, images, labels, **options):
        pools.append(images)
        return draw(counts, images, labels, **options)

    draw = apparel.draw_pairs
    monkeypatch.setattr(apparel, "draw_pairs", drawn)
    apparel.load_practice()
    (pool,) = pools
    # of this course both splits are the test images, of which eight are drawn to train on
    assert len(pool) == 2 * len(garments[0]) - sum(SMALL.values())


def test_the_same_seed_draws_the_same_and_another_does_not(garments):
    first, again, other = (
        [jpeg for _, jpeg in apparel_draw.draw_pairs(SMALL, *garments, seed=seed)]
        for seed in (5, 5, 6)
    )
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_a_garment_is_used_once_only(garments):
    images, labels = garments
    trousers = int(np.sum(labels == 1))
    with pytest.raises(ValueError, match=f"{trousers} of black_shorts wanted"):
        list(apparel_draw.draw_pairs({"red_pants": 1, "black_shorts": trousers}, images, labels))


@pytest.mark.parametrize("colour", apparel.COLOURS)
def test_the_middle_of_a_garment_has_its_colour(colour):
    square = np.zeros((28, 28), np.uint8)
    square[4:24, 4:24] = 255
    for seed in range(20):
        random = np.random.default_rng(seed)
        picture = apparel_draw.draw(square, colour, 64, random)
        # the garment fills at least 40 % of the width, so a point of it is the median of its row
        cover = apparel_draw._placed(square, 64, np.random.default_rng(seed)) > 0.9
        hue, saturation, value = colorsys.rgb_to_hsv(*np.median(picture[cover], axis=0) / 255)
        (low, high), saturations, values = apparel_draw.COLOUR_RANGES[colour]
        if saturations[0] > 0.3:
            assert (low - 0.04 < (hue + 0.5) % 1 - 0.5 < high + 0.04) or low < hue < high
        assert saturations[0] - 0.1 < saturation < saturations[1] + 0.1
        assert values[0] * 0.9 - 0.03 < value < values[1] * 1.08 + 0.07


def test_shorts_are_short(garments):
    images, labels = garments
    random = np.random.default_rng(0)
    for trousers in images[labels == 1][:50]:
        rows = np.flatnonzero(apparel_draw.cut_to_shorts(trousers, random).max(axis=1) > 40)
        assert rows[-1] - rows[0] < 19
        assert np.flatnonzero(trousers.max(axis=1) > 40)[-1] > 24


def test_a_scrap_of_cloth_cannot_be_cut_to_shorts():
    scrap = np.zeros((28, 28), np.uint8)
    scrap[3:6] = 200
    assert np.array_equal(apparel_draw.cut_to_shorts(scrap, np.random.default_rng(0)), scrap)


# Making it once


def test_it_is_made_once_and_then_found(course, capsys):
    made = apparel.find_apparel()
    assert "drawing 8 images" in capsys.readouterr().err
    before = {path: path.stat().st_mtime_ns for path in made.folder.rglob("*.jpg")}
    assert len(before) == 8
    assert apparel.find_apparel() == made
    assert capsys.readouterr().err == ""
    assert before == {path: path.stat().st_mtime_ns for path in made.folder.rglob("*.jpg")}


def test_a_process_killed_in_the_middle_leaves_nothing_that_counts(course):
    # real Fashion-MNIST, so that drawing takes long enough to be killed
    (course / "data" / "fashion-mnist").symlink_to(REAL_DATA / "fashion-mnist")
    code = "from helpers.apparel import find_apparel; find_apparel()"
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    there = course / "data" / "apparel"
    deadline = time.monotonic() + 120
    while len(list(there.rglob("*.jpg"))) < 5:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert [path.name for path in there.glob("[!.]*")] == []
    (left,) = there.glob(".*.part")
    os.utime(left, (0, 0))
    assert len(list(apparel.find_apparel().folder.rglob("*.jpg"))) == 8
    assert not list(there.glob(".*"))


def test_an_error_in_the_middle_leaves_nothing(course, monkeypatch):
    def failing(*args, **options):
        yield "red_dress", b"..."
        raise KeyboardInterrupt

    monkeypatch.setattr(apparel, "draw_pairs", failing)
    with pytest.raises(KeyboardInterrupt):
        apparel.find_apparel()
    assert list((course / "data" / "apparel").iterdir()) == []


def test_whoever_comes_second_takes_what_the_first_has_made(course, monkeypatch):
    draw = apparel.draw_pairs

    def slowly(*args, **options):
        monkeypatch.setattr(apparel, "draw_pairs", draw)
        first.append(apparel.find_apparel().folder)  # another process, meanwhile
        yield from draw(*args, **options)

    first = []
    monkeypatch.setattr(apparel, "draw_pairs", slowly)
    assert apparel.find_apparel().folder == first[0]
    assert [path.name for path in first[0].parent.iterdir()] == [first[0].name]


def test_a_stand_in_that_lost_an_image_says_so(course):
    folder = apparel.find_apparel().folder
    (folder / "red_dress" / "00001.jpg").unlink()
    with pytest.raises(apparel_errors.AlteredStandInError, match="has 7 images, expected 8"):
        apparel.find_apparel()


def test_a_data_folder_that_cannot_be_written_is_named(course):
    (course / "data" / "apparel").write_text("in the way")
    with pytest.raises(registry.FolderError, match="cannot write to the data folder"):
        apparel.find_apparel()


def test_the_command_says_what_there_is(course, capsys, monkeypatch):
    monkeypatch.setattr(apparel, "MISSING_PAIRS", ("red_shirt",))
    assert apparel.main() == 0
    out = capsys.readouterr().out
    assert "8 images (stand-in)" in out
    assert "50 images (stand-in)" in out
    assert "1,250 images to practise on" in out
    (apparel.find_apparel().folder / "red_dress" / "00001.jpg").write_bytes(b"no image")
    assert apparel.main() == 1
    assert "00001.jpg cannot be read as an image" in capsys.readouterr().err


# A student's own folder


def test_a_folder_of_ones_own_is_read_the_same_way(folder, monkeypatch):
    monkeypatch.setenv("COURSE_APPAREL", str(folder))
    found = apparel.find_apparel()
    assert found == apparel.Apparel(folder, "Kaggle")
    Image.new("RGBA", (200, 100), (0, 0, 255, 255)).save(folder / "red_dress" / "Z.PNG")
    (folder / "red_dress" / "notes.txt").write_text("mine")
    (folder / ".hidden").mkdir()
    paths, pairs = apparel.list_images(found.folder)
    assert pairs == ["black_pants"] * 2 + ["black_shorts"] * 2 + ["red_dress"] * 4 + ["white_shoes"]
    assert paths[7].name == "Z.PNG"
    images = apparel.load_images(paths, 72)
    assert (images.shape, images.dtype) == ((9, 72, 72, 3), np.uint8)
    assert np.abs(images[7].astype(int) - [0, 0, 255]).max() == 0
    jpeg = pixels((folder / "white_shoes" / "00000.jpg").read_bytes())
    assert np.array_equal(images[8], jpeg)
    assert apparel.load_images(paths, 24).shape == (9, 24, 24, 3)


def test_its_order_is_that_of_keras(folder, monkeypatch):
    from keras.utils import image_dataset_from_directory

    dataset = image_dataset_from_directory(folder, shuffle=False, image_size=(8, 8), verbose=False)
    assert dataset.file_paths == [str(path) for path in apparel.list_images(folder)[0]]


def test_a_folder_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_APPAREL", str(tmp_path / "gone"))
    with pytest.raises(apparel_errors.MissingFolderError, match="gone: expected a folder"):
        apparel.find_apparel()
    with pytest.raises(FileNotFoundError, match="expected a folder that holds folders"):
        apparel.list_images(tmp_path)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("purple_dress", "'purple' is none of black, blue, brown, green, red, white"),
        ("red_hat", "'hat' is none of dress, pants, shirt, shoes, shorts"),
        ("red", "'' is none of dress"),
        ("red_dress_long", "'dress_long' is none of dress"),
        ("Red_dress", "'Red' is none of black"),
    ],
)
def test_an_unknown_colour_or_garment_is_named(folder, name, part):
    (folder / "red_dress").rename(folder / "x").rename(folder / name)
    with pytest.raises(apparel_errors.UnknownLabelError, match=f"class '{name}': {part}"):
        apparel.list_images(folder)
    with pytest.raises(ValueError, match=part):
        apparel.to_indicator(["black_pants", name])


def test_a_class_without_an_image_is_named(folder):
    (folder / "blue_shirt").mkdir()
    (folder / "blue_shirt" / "notes.txt").write_text("none yet")
    with pytest.raises(apparel_errors.EmptyClassError, match="blue_shirt holds no image"):
        apparel.list_images(folder)


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"no image", lambda data: b"", lambda data: data[: len(data) // 2]],
    ids=["text", "empty", "cut off"],
)
def test_an_image_that_cannot_be_read_is_named(folder, damage):
    path = folder / "red_dress" / "00001.jpg"
    path.write_bytes(damage(path.read_bytes()))
    paths, _ = apparel.list_images(folder)
    for read in (apparel.check_images, apparel.load_images):
        with pytest.raises(apparel_errors.UnreadableImageError, match=r"00001\.jpg cannot be read"):
            read(paths)


def test_indicator_rows_hold_a_colour_and_a_garment():
    rows = apparel.to_indicator(["white_shorts", "black_dress"])
    assert [[LABELS[k] for k in np.flatnonzero(row)] for row in rows] == [
        ["white", "shorts"],
        ["black", "dress"],
    ]
    assert apparel.to_indicator([]).shape == (0, 11)


@pytest.mark.parametrize(
    "error",
    [
        apparel_errors.MissingFolderError(Path("a")),
        apparel_errors.UnknownLabelError("a_b", "a", ("c",)),
        apparel_errors.EmptyClassError(Path("a")),
        apparel_errors.UnreadableImageError(Path("a"), "b"),
        apparel_errors.AlteredStandInError(Path("a"), 1, 2),
    ],
)
def test_errors_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), vars(again)) == (str(error), vars(error))
