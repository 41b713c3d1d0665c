"""Pictures of digits in every colour mode, and the forms of load_digits and MNIST."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits

from helpers.data import load_sample
from helpers.handwriting import (
    EmptyImageError,
    HandwritingError,
    UnreadableImageError,
    read_ink,
    to_8x8,
    to_28x28,
    to_bitmap,
)
from tests.support import ROOT

DRAWINGS = ROOT / "data" / "handwriting"


def digit(side=96):
    """A 7 with soft edges, as ink from 0 to 1, off centre."""
    ink = np.zeros((side, side), np.float32)
    ink[side // 4 : side // 3, side // 4 : side // 2] = 1
    for k in range(side // 2):
        y, x = side // 4 + k, side // 2 - k // 3
        ink[y, x - side // 12 : x] = 1
    return ndimage.gaussian_filter(ink, 0.7)


def levels(ink, paper, pen):
    return np.round(paper + (pen - paper) * ink).astype(np.uint8)


def png(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def transparent(ink, colour):
    alpha = Image.fromarray(np.round(255 * ink).astype(np.uint8))
    solid = Image.new("L", alpha.size, colour)
    return Image.merge("LA", [solid, alpha])


def grey(ink, paper=255, pen=0):
    return Image.fromarray(levels(ink, paper, pen))


KINDS = {
    "grey": grey,
    "grey, light on dark": lambda ink: grey(ink, 10, 240),
    "grey, faint": lambda ink: grey(ink, 200, 150),
    "black and white": lambda ink: Image.fromarray(ink < 0.5),
    "white on black": lambda ink: Image.fromarray(ink >= 0.5),
    "RGB": lambda ink: Image.merge(
        "RGB", [grey(ink, *pair) for pair in ((250, 20), (240, 40), (220, 150))]
    ),
    "RGBA, opaque": lambda ink: grey(ink).convert("RGBA"),
    "RGBA, black on nothing": lambda ink: transparent(ink, 0).convert("RGBA"),
    "RGBA, white on nothing": lambda ink: transparent(ink, 255).convert("RGBA"),
    "grey and alpha": lambda ink: transparent(ink, 30),
    "palette": lambda ink: grey(ink, 40, 220).convert("RGB").quantize(16),
    "palette, white on nothing": lambda ink: transparent(ink, 255).convert("RGBA").quantize(16),
    "16 bit": lambda ink: Image.fromarray(np.round(60_000 - 50_000 * ink).astype(np.uint16)),
    "16 bit, light on dark": lambda ink: Image.fromarray(np.round(60_000 * ink).astype(np.uint16)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", [32, 96, 150])
def test_ink_is_found_whatever_the_colours(kind, side):
    ink = digit(side)
    found = read_ink(png(KINDS[kind](ink)))
    assert found.shape == ink.shape
    assert found.dtype == np.float32
    assert (found.min(), found.max()) == (0, 1)
    assert np.mean((found >= 0.5) != (ink >= 0.5)) < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_all_colours_give_the_same_images(kind):
    wanted, found = read_ink(png(grey(digit()))), read_ink(png(KINDS[kind](digit())))
    assert np.abs(to_8x8(found) - to_8x8(wanted)).max() <= 3
    assert np.abs(to_28x28(found).astype(int) - to_28x28(wanted)).mean() < 4


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_light_from_one_side_and_grain_are_not_ink(turn):
    ink = digit()
    light = np.rot90(np.linspace(0.5, 1, ink.shape[1]) * np.ones(ink.shape), turn)
    noise = np.random.default_rng(turn).normal(0, 3, ink.shape)
    photo = ((220 - 170 * ink) * light + noise).clip(0, 255).astype(np.uint8)
    found = read_ink(png(Image.fromarray(photo)))
    assert np.mean((found >= 0.5) != (ink >= 0.5)) < 0.01


def test_dust_is_not_ink():
    ink = digit()
    ink[5, 90] = ink[80, 4] = 1
    clean = read_ink(png(grey(digit())))
    found = read_ink(png(grey(ink)))
    assert np.abs(found - clean).max() < 0.05  # ink's mean, which sets the scale, shifts a little
    assert to_28x28(found).any(axis=0).sum() == to_28x28(clean).any(axis=0).sum()


def test_large_pictures_are_made_smaller_and_wide_ones_keep_their_shape():
    assert read_ink(png(grey(digit(1000)))).shape == (256, 256)
    wide = np.pad(digit(400), ((0, 0), (0, 400)))
    assert read_ink(png(grey(wide))).shape == (128, 256)


def test_strokes_may_reach_the_rim():
    ink = digit()[24:72, 10:48]  # cut so that the top and the right side touch the rim
    assert np.mean((read_ink(png(grey(ink))) >= 0.5) != (ink >= 0.5)) < 0.01


def test_a_path_a_text_and_bytes_are_the_same():
    path = DRAWINGS / "2_rgb.png"
    inks = [read_ink(source) for source in (path, str(path), path.read_bytes())]
    assert np.array_equal(inks[0], inks[1])
    assert np.array_equal(inks[0], inks[2])


def test_a_turned_photograph_is_turned_back():
    file = io.BytesIO()
    turned = grey(digit()).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn by 90 degrees clockwise to see it upright"
    turned.save(file, "JPEG", exif=exif, quality=95)
    assert np.mean((read_ink(file.getvalue()) >= 0.5) != (digit() >= 0.5)) < 0.02


def test_bitmaps_are_as_high_and_about_as_wide_as_those_of_load_digits():
    for ink in (digit(), digit(40), np.ones((50, 3)), np.ones((3, 50))):
        bitmap = to_bitmap(ink)
        rows, columns = (np.flatnonzero(bitmap.any(axis=axis)) for axis in (1, 0))
        assert (rows[0], rows[-1]) == (0, 31)
        assert 14 <= np.ptp(columns) + 1 <= 20
        assert set(np.unique(bitmap)) <= {0, 1}


def test_slant_is_taken_out_on_request():
    slanted = np.zeros((60, 60))
    for k in range(40):
        slanted[10 + k, 40 - k // 2 : 46 - k // 2] = 1
    as_is, straight = to_bitmap(slanted, straighten=False), to_bitmap(slanted)
    assert as_is[:4].nonzero()[1].mean() - as_is[-4:].nonzero()[1].mean() > 6
    assert abs(straight[:4].nonzero()[1].mean() - straight[-4:].nonzero()[1].mean()) < 2


def test_8x8_counts_the_dots_of_each_block():
    bitmap, counts = to_bitmap(digit()), to_8x8(digit())
    assert counts.shape == (8, 8)
    assert counts.sum() == bitmap.sum()
    assert counts[2, 3] == bitmap[8:12, 12:16].sum()
    assert counts.max() <= load_digits().images.max()


def test_28x28_is_what_mnist_made_of_its_own_digits():
    images = load_sample()[0][:200]
    again = np.array([to_28x28(image / 255) for image in images])
    assert again.dtype == np.uint8
    rows = [np.ptp(np.flatnonzero((i >= 128).any(axis=1))) + 1 for i in again]
    columns = [np.ptp(np.flatnonzero((i >= 128).any(axis=0))) + 1 for i in again]
    assert np.median(np.maximum(rows, columns)) == 20
    centres = np.array([ndimage.center_of_mass(image) for image in again])
    assert np.abs(centres - 14).max() < 0.51
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(again, images, strict=True)]
    assert np.median(alike) > 0.99


def test_a_thin_pen_is_made_as_broad_as_others():
    thin = np.zeros((200, 200))
    thin[20:180, 100:102] = thin[20:22, 60:140] = 1
    assert to_28x28(thin).max() == 255
    assert (
        np.median((to_28x28(thin)[8:22] / 255).sum(axis=1)) >= 1.5
    )  # as wide as MNIST's thin ones


def test_missing_file_is_named(tmp_path):
    with pytest.raises(UnreadableImageError, match=r"my_seven\.png: no such file"):
        read_ink(tmp_path / "my_seven.png")


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_named(tmp_path, data):
    (tmp_path / "my_seven.png").write_bytes(data)
    with pytest.raises(UnreadableImageError, match=r"my_seven\.png: not a picture"):
        read_ink(tmp_path / "my_seven.png")


def test_damaged_picture_is_named(tmp_path):
    (tmp_path / "cut.png").write_bytes(png(grey(digit()))[:-300])
    with pytest.raises(UnreadableImageError, match=r"cut\.png: damaged picture"):
        read_ink(tmp_path / "cut.png")


def test_a_folder_is_named(tmp_path):
    with pytest.raises(UnreadableImageError, match=str(tmp_path)):
        read_ink(tmp_path)


@pytest.mark.parametrize("size", [(10_000, 10_000), (20_000, 20_000)])
def test_huge_pictures_are_refused(size):
    with pytest.raises(UnreadableImageError, match="far too large"):
        read_ink(png(Image.new("1", size)))


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_empty_paper_is_named(tmp_path, level, mode):
    Image.new("L", (40, 40), level).convert(mode).save(tmp_path / "blank.png")
    with pytest.raises(EmptyImageError, match=r"blank\.png: no ink .* expected one digit"):
        read_ink(tmp_path / "blank.png")


def test_fully_transparent_and_grainy_paper_are_empty():
    with pytest.raises(EmptyImageError):
        read_ink(png(Image.new("RGBA", (40, 40))))
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(180, 12, (80, 80)).clip(0, 255)
        with pytest.raises(EmptyImageError):
            read_ink(png(Image.fromarray(noise.astype(np.uint8))))


@pytest.mark.parametrize("bring", [to_8x8, to_28x28, to_bitmap])
def test_forms_refuse_no_ink_and_wrong_shapes(bring):
    with pytest.raises(EmptyImageError, match="all values are below"):
        bring(np.zeros((9, 9)))
    with pytest.raises(ValueError, match=r"shape \(1, 9, 9\): expected \(height, width\)"):
        bring(np.ones((1, 9, 9)))


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(UnreadableImageError("a.png", "no such file")))
    assert isinstance(error, HandwritingError)
    assert (str(error), error.source) == ("a.png: no such file", "a.png")


def test_no_picture_makes_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in DRAWINGS.glob("*.png"):
            to_8x8(read_ink(path))


def test_the_drawings_are_what_their_script_makes():
    command = [sys.executable, DRAWINGS / "make_drawings.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run data/handwriting/make_drawings.py"


def test_the_drawings_show_each_digit_in_many_modes():
    paths = sorted(DRAWINGS.glob("*.png"))
    assert [path.name[0] for path in paths] == list("0123456789")
    modes = set()
    for path in paths:
        with Image.open(path) as picture:
            modes.add(picture.mode)
    assert modes >= {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
    assert sum(path.stat().st_size for path in paths) < 50_000


@pytest.mark.slow
def test_digits_are_read_after_they_went_through_paper():
    command = [sys.executable, "-m", "benchmarks.figures.handwriting", "--images", "100"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 13
