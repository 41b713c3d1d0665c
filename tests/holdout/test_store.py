import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograder.holdout.store
from autograder.errors import (
    AutograderError,
    HoldoutDamagedError,
    HoldoutDiffersError,
    HoldoutError,
    HoldoutSizeError,
)
from autograder.holdout.dataset import MAKER_NAMES, read_holdout
from autograder.holdout.files import idx_name
from autograder.holdout.perturb import WarpRanges, warp
from autograder.holdout.sampling import draw_stratified
from autograder.holdout.store import MAKERS, make_holdout
from helpers.data import load_mnist, load_sample
from helpers.idx import read_idx, write_idx

SIZE = 500
HANDED_FILES = [
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
]


@pytest.fixture(scope="module")
def holdout(tmp_path_factory):
    out = tmp_path_factory.mktemp("holdout")
    return make_holdout("03_svc", out, seed="a seed", size=SIZE, public=True)


@pytest.fixture(scope="module")
def mnist():
    train, test = load_mnist("train"), load_mnist("test")
    return np.concatenate([train[0], test[0]]), np.concatenate([train[1], test[1]])


def keys(images):
    return [image.tobytes() for image in images]


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_files_are_where_the_contract_says(holdout, tmp_path):
    names = {path.name for path in holdout.secret.iterdir()}
    assert names == {"images-idx3-ubyte", "labels-idx1-ubyte", "holdout.json"}
    assert holdout.secret.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in (holdout.handed / "mnist").iterdir()) == HANDED_FILES
    assert read_idx(holdout.secret / "images-idx3-ubyte").shape == (SIZE, 28, 28)
    assert read_idx(holdout.secret / "labels-idx1-ubyte").shape == (SIZE,)


def test_nothing_secret_is_handed(holdout):
    names = "\n".join(str(path) for path in holdout.handed.rglob("*"))
    assert "holdout.json" not in names
    registry = (holdout.handed / "registry.toml").read_text()
    assert holdout.seed not in registry
    secret = [holdout.sha256[name] for name in holdout.sha256 if name.startswith("secret")]
    assert len(secret) == 2
    assert not any(checksum in registry for checksum in secret)


def test_what_a_setting_may_name_is_what_there_is():
    assert sorted(MAKERS) == sorted(MAKER_NAMES)


def test_another_maker_gives_other_images(tmp_path, monkeypatch):
    def hold_out_squares(folder, seed, size):
        images = np.full((size, 3, 3, 3), len(seed), np.uint8)
        write_idx(folder / "secret" / idx_name("images", images), images)
        labels = np.ones((size, 2), np.uint8)
        write_idx(folder / "secret" / idx_name("labels", labels), labels)
        (folder / "handed").mkdir()
        return {"side": 3}

    monkeypatch.setattr(autograder.holdout.store, "MAKERS", {"squares": hold_out_squares})
    made = make_holdout("05", tmp_path, seed="abcd", size=6, maker="squares")
    assert set(made.sha256) == {"secret/images-idx4-ubyte", "secret/labels-idx2-ubyte"}
    assert (read_idx(made.secret / "images-idx4-ubyte") == 4).all()
    assert json.loads((made.secret / "holdout.json").read_text())["side"] == 3
    assert made.secret.stat().st_mode & 0o777 == 0o700


def test_the_description(holdout):
    table = json.loads((holdout.secret / "holdout.json").read_text())
    assert (table["seed"], table["size"], table["public"]) == ("a seed", SIZE, True)
    assert table["warp"] == {"shift": 0.3, "rotation": 4.0, "scale": 0.04, "stroke": 0.25}
    assert set(table["versions"]) == {"python", "numpy", "scipy"}
    assert len(table["sha256"]) == 7  # two secret files, four handed ones and their registry


def test_submissions_read_what_is_handed_through_the_helpers(holdout):
    code = "from helpers.data import load_mnist as l; print([len(a) for s in ('train', 'test')"
    code += " for a in l(s)])"
    environment = os.environ | {"COURSE_DATA": str(holdout.handed)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    counts = json.loads(done.stdout)
    assert counts[0] == counts[1] < 60_000
    assert counts[2] == counts[3] < 10_000
    assert counts[0] + counts[2] == 70_000 - SIZE


def test_held_out_and_handed_images_are_all_of_mnist_and_share_none(holdout, mnist, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(holdout.handed))
    train, test = load_mnist("train"), load_mnist("test")
    left = Counter(keys(mnist[0]))
    left.subtract(keys(train[0]) + keys(test[0]))
    assert set(left.values()) == {0, 1}
    assert left.total() == SIZE
    held_out_counts = np.bincount(mnist[1]) - np.bincount(train[1]) - np.bincount(test[1])
    labels = read_idx(holdout.secret / "labels-idx1-ubyte")
    assert np.bincount(labels).tolist() == held_out_counts.tolist()
    sample = load_sample()
    assert not any(left[key] for key in keys(sample[0]) + keys(sample[2]))


def test_the_sample_stays_at_the_front_of_what_is_handed(holdout):
    sample = load_sample()
    train = read_idx(holdout.handed / "mnist" / "train-images-idx3-ubyte")
    test = read_idx(holdout.handed / "mnist" / "t10k-images-idx3-ubyte")
    assert np.array_equal(train[:750], sample[0])
    assert np.array_equal(test[:250], sample[2])


def test_no_held_out_image_is_in_a_table_of_the_public_ones(holdout, mnist):
    images = read_idx(holdout.secret / "images-idx3-ubyte")
    assert not set(keys(images)) & set(keys(mnist[0]))


def test_held_out_images_still_show_their_digits(holdout, mnist):
    # The nearest public image is, nearly always, of the digit that the label says.
    images = read_idx(holdout.secret / "images-idx3-ubyte").reshape(SIZE, -1)[:200]
    labels = read_idx(holdout.secret / "labels-idx1-ubyte")[:200]
    public = mnist[0].reshape(-1, 784).astype(np.float32)
    distance = (public**2).sum(1) - 2 * images.astype(np.float32) @ public.T
    assert np.mean(mnist[1][distance.argmin(1)] == labels) > 0.97


def test_every_digit_has_its_share(holdout, mnist):
    labels = read_idx(holdout.secret / "labels-idx1-ubyte")
    sample = np.concatenate(load_sample()[1::2])
    pool = np.bincount(mnist[1]) - np.bincount(sample)
    assert np.abs(np.bincount(labels) - SIZE * pool / pool.sum()).max() < 1
    assert (np.diff(labels.astype(int)) < 0).any()  # in random order, not digit after digit


def test_same_seed_same_bytes(holdout, tmp_path):
    again = make_holdout("03_svc", tmp_path, seed="a seed", size=SIZE, public=True)
    assert files(again.folder) == files(holdout.folder)


def test_another_seed_gives_other_images(holdout, tmp_path):
    other = make_holdout("03_svc", tmp_path, seed=5, size=SIZE)
    assert other.sha256["secret/images-idx3-ubyte"] != holdout.sha256["secret/images-idx3-ubyte"]
    assert make_holdout("03_svc", tmp_path, seed="5", size=SIZE) == other  # 5 and "5" are one


def test_without_a_seed_it_is_secret_and_kept(tmp_path):
    first = make_holdout("a", tmp_path, size=10)
    assert not first.public
    assert len(first.seed) == 32
    assert make_holdout("a", tmp_path, size=10) == first
    assert make_holdout("b", tmp_path, size=10, public=True).seed != first.seed
    assert not read_holdout(tmp_path / "b").public  # a seed nobody has read is not published


def test_what_is_there_is_reused_untouched(holdout):
    before = {p: p.stat().st_mtime_ns for p in holdout.folder.rglob("*")}
    assert make_holdout("03_svc", holdout.folder.parent, size=SIZE) == holdout
    assert {p: p.stat().st_mtime_ns for p in holdout.folder.rglob("*")} == before


@pytest.mark.parametrize("asked", [{"seed": "other", "size": SIZE}, {"size": SIZE + 1}])
def test_what_is_there_is_never_replaced(holdout, asked):
    before = files(holdout.folder)
    with pytest.raises(HoldoutDiffersError, match="another seed or size") as caught:
        make_holdout("03_svc", holdout.folder.parent, **asked)
    assert holdout.seed not in str(caught.value)
    assert files(holdout.folder) == before


def flip(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("secret/labels-idx1-ubyte", flip, "labels-idx1-ubyte: found sha256"),
        ("secret/images-idx3-ubyte", Path.unlink, "no such file"),
        ("handed/mnist/train-labels-idx1-ubyte", flip, "expected"),
        ("handed/registry.toml", Path.unlink, "no such file"),
        ("secret/holdout.json", Path.unlink, "cannot read holdout.json"),
        ("secret/holdout.json", lambda p: p.write_text("{"), "cannot read holdout.json"),
        ("secret/holdout.json", lambda p: p.write_text("{}"), "KeyError"),
        ("secret/holdout.json", lambda p: p.write_text("[]"), "TypeError"),
    ],
)
def test_damage_is_seen(holdout, tmp_path, name, damage, message):
    folder = tmp_path / "03_svc"
    shutil.copytree(holdout.folder, folder)
    damage(folder / name)
    with pytest.raises(HoldoutDamagedError, match=message):
        make_holdout("03_svc", tmp_path, size=SIZE)


@pytest.mark.parametrize("size", [0, -1, 69_001])
def test_a_size_that_cannot_be_had(tmp_path, size):
    with pytest.raises(HoldoutSizeError, match=f"size is {size}, expected 1 to 69000"):
        make_holdout("03_svc", tmp_path, seed=1, size=size)
    assert list(tmp_path.iterdir()) == []


def test_a_reduced_mnist_is_refused(holdout, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(holdout.handed))
    with pytest.raises(HoldoutError, match="does COURSE_DATA name a reduced one") as caught:
        make_holdout("03_svc", tmp_path, seed=1, size=10)
    assert isinstance(caught.value, AutograderError)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_draw_leaves_nothing_that_is_used(tmp_path):
    code = (
        "from pathlib import Path; from autograder.holdout.store import make_holdout as m; m('a', "
    )
    code += f"Path({str(tmp_path)!r}), seed=1, size=10)"
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".a.*/secret")):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not (tmp_path / "a").exists()
    assert make_holdout("a", tmp_path, seed=1, size=10).size == 10


def test_two_at_once_agree(tmp_path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        both = [pool.submit(make_holdout, "a", tmp_path, size=10) for _ in range(2)]
        one, other = (future.result(timeout=120) for future in both)
    assert one == other
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


# The warp


@pytest.fixture(scope="module")
def digits():
    return load_sample()[2]


def test_a_warp_of_nothing_changes_nothing(digits):
    same = warp(digits, np.random.default_rng(0), WarpRanges(0, 0, 0, 0))
    assert np.array_equal(same, digits)


def test_a_warp_leaves_its_input_alone_and_depends_on_the_seed(digits):
    before = digits.copy()
    one, same, other = (warp(digits, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(before, digits)
    assert np.array_equal(one, same)
    assert all((a != b).any() for a, b in zip(one, other, strict=True))
    assert all((a != b).any() for a, b in zip(one, digits, strict=True))


def test_neighbours_never_mix(digits):
    # Bright images around a black one would show in it if the strip's margins were too thin.
    images = np.full((3, 28, 28), 255, np.uint8)
    images[1] = 0
    ranges = WarpRanges(shift=2, rotation=10, scale=0.2, stroke=1)
    for seed in range(20):
        assert warp(images, np.random.default_rng(seed), ranges)[1].max() == 0


def centres(images):
    ink = images.astype(float)
    rows, columns = np.mgrid[:28, :28]
    mass = ink.sum((1, 2))
    return np.stack([(ink * rows).sum((1, 2)), (ink * columns).sum((1, 2))], 1) / mass[:, None]


def test_a_shift_stays_within_its_range(digits):
    moved = warp(digits, np.random.default_rng(0), WarpRanges(0.3, 0, 0, 0))
    shifts = np.abs(centres(moved) - centres(digits))
    assert shifts.max() < 0.35
    assert shifts.max() > 0.25


def spreads(images):
    ink = images.astype(float)
    rows, columns = np.mgrid[:28, :28]
    centre = centres(images)[:, :, None, None]
    square = (rows - centre[:, 0]) ** 2 + (columns - centre[:, 1]) ** 2
    return np.sqrt((ink * square).sum((1, 2)) / ink.sum((1, 2)))


def test_a_scale_stays_within_its_range(digits):
    scaled = warp(digits, np.random.default_rng(0), WarpRanges(0, 0, 0.04, 0))
    ratio = spreads(scaled) / spreads(digits)
    assert 0.955 < ratio.min() < 0.97
    assert 1.03 < ratio.max() < 1.055  # thin strokes ring a little


def test_a_stroke_grows_and_shrinks(digits):
    ink = warp(digits, np.random.default_rng(0), WarpRanges(0, 0, 0, 0.25)).sum((1, 2))
    ratio = ink / digits.sum((1, 2))
    assert 0.75 < ratio.min() < 0.95
    assert 1.05 < ratio.max() < 1.3


def test_a_rotation_stays_within_its_range():
    bar = np.zeros((400, 28, 28), np.uint8)
    bar[:, 13:15, 4:24] = 255
    turned = warp(bar, np.random.default_rng(0), WarpRanges(0, 4, 0, 0)).astype(float)
    rows, columns = np.mgrid[:28, :28] - 13.5
    slope = (turned * rows * columns).sum((1, 2)) / (turned * columns**2).sum((1, 2))
    angle = np.degrees(np.arctan(slope))
    assert 3.5 < angle.max() < 4.3
    assert -4.3 < angle.min() < -3.5


def test_no_images_are_no_problem():
    assert warp(np.zeros((0, 28, 28), np.uint8), np.random.default_rng(0)).shape == (0, 28, 28)


@pytest.mark.parametrize("images", [np.zeros((28, 28), np.uint8), np.zeros((1, 28, 28))])
def test_other_arrays_are_refused(images):
    with pytest.raises(ValueError, match=r"expected uint8 of shape \(n, rows, columns\)"):
        warp(images, np.random.default_rng(0))


# The draw


@given(st.lists(st.integers(0, 9), min_size=1, max_size=80), st.integers(0, 2**32 - 1), st.data())
def test_a_draw_is_distinct_allowed_and_proportional(digits, seed, data):
    labels = np.array(digits, np.uint8)
    allowed = np.array([data.draw(st.booleans()) for _ in digits])
    allowed[data.draw(st.integers(0, len(digits) - 1))] = True
    size = data.draw(st.integers(1, int(allowed.sum())))
    drawn = draw_stratified(labels, allowed, size, np.random.default_rng(seed))
    assert len(set(drawn.tolist())) == len(drawn) == size
    assert allowed[drawn].all()
    counts = np.bincount(labels[allowed], minlength=10)
    shares = size * counts / counts.sum()
    assert np.abs(np.bincount(labels[drawn], minlength=10) - shares).max() < 1
