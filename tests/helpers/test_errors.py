"""The errors of what notebooks import: one base, and whole wherever they go."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from helpers import _apparel_errors, _errors, _idx_errors, _ink, data, registry
from helpers._errors import TemplatedError

MODULES = (_apparel_errors, _errors, _idx_errors, _ink, data, registry)
CLASSES = {
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type)
    and issubclass(kind, TemplatedError)
    and kind.__module__ == module.__name__
}
BASES = {TemplatedError, _apparel_errors.ApparelError, registry.DataError}

IMAGES = registry.File("images", 3, "0" * 64)
REFUSED = registry.SourceError(registry.Source("npm", "digits"), "npm is not installed")

MESSAGES = {
    _idx_errors.IDXError("a", "x", "y"): "a: found x, expected y",
    _idx_errors.IDXMagicError("a", b"P5", b"\0\0"): (
        r"a: not an IDX file: it starts with b'P5', expected b'\x00\x00'"
    ),
    _idx_errors.IDXElementTypeError("a", "0x0A", "0x08"): (
        "a: unknown element type 0x0A, expected one of 0x08"
    ),
    _idx_errors.IDXRankError("a", 65, 64): "a: 65 dimensions, expected at most 64",
    _idx_errors.IDXSizeError("a", (2, 3), 5): (
        "a: the sizes (2, 3) overflow, expected at most 5 bytes in all"
    ),
    _idx_errors.IDXTruncatedError("a", 3, 4): "a: truncated after 3 bytes, expected 4",
    _idx_errors.IDXTrailingError("a", 5, 4): (
        "a: bytes follow the data: at least 5, expected exactly 4"
    ),
    _idx_errors.IDXGzipError("a", "x", "y"): "a: corrupt gzip data: x, expected y",
    _idx_errors.IDXEncodeError("a", "x", "y"): "a: cannot be written as IDX: x, expected y",
    _apparel_errors.MissingFolderError(Path("a")): (
        "a: expected a folder that holds folders such as black_dress"
    ),
    _apparel_errors.UnknownLabelError("a_b", "a", ("c", "d")): "class 'a_b': 'a' is none of c, d",
    _apparel_errors.EmptyClassError(Path("a")): (
        "a holds no image: expected files that end in .jpg, .jpeg, .png, .bmp, .gif"
    ),
    _apparel_errors.UnreadableImageError(Path("a"), "b"): (
        "a cannot be read as an image: b. Replace or delete it."
    ),
    _apparel_errors.AlteredStandInError(Path("a"), 1, 2): (
        "a has 1 images, expected 2. Delete that folder; it is made anew."
    ),
    _ink.HandwritingError("a", "b"): "a: b",
    _ink.UnreadableImageError("a", "b"): "a: b",
    _ink.EmptyImageError("a", "b"): "a: b",
    data.UnknownSplitError("x"): "unknown split 'x': expected 'train' or 'test'",
    registry.RegistryError(Path("r"), "m"): "r: m",
    registry.UnknownDatasetError("x", ("a", "b"), Path("r")): (
        "unknown dataset 'x': r declares a, b"
    ),
    registry.UnknownDatasetError("x", (), Path("r")): "unknown dataset 'x': r declares nothing",
    registry.UnknownFileError("a", "x", ("i", "j")): "a declares no file 'x': only i, j",
    registry.FolderError(Path("f"), "full"): (
        "cannot write to the data folder f: full. "
        "Set COURSE_DATA to another folder, or make room in this one."
    ),
    REFUSED: "npm package digits: npm is not installed",
    registry.AlteredFileError(Path("mnist", "images"), IMAGES, IMAGES): (
        f"mnist/images is not the file it should be: expected {IMAGES}, found {IMAGES}. "
        "Move or delete it, then fetch it again: python -m helpers.data mnist"
    ),
    registry.FetchError("a", ((Path("x"), IMAGES), (Path("y"), IMAGES)), (REFUSED, REFUSED)): (
        f"a: 2 files could not be fetched. Tried:\n- {REFUSED}\n- {REFUSED}\n"
        "Fetch them by hand (raw, or with .gz at the end of the name) and put them at:\n"
        f"- x ({IMAGES} when raw)\n- y ({IMAGES} when raw)"
    ),
    _errors.SettingError(7, "a text", "run.toml: a"): "run.toml: a: found 7, expected a text",
}


def test_every_class_is_tried():
    assert {type(error) for error in MESSAGES} == CLASSES - BASES
    assert not any(kind.template for kind in BASES)


@pytest.mark.parametrize(("error", "message"), MESSAGES.items())
def test_messages(error, message):
    assert str(error) == message


@pytest.mark.parametrize("error", MESSAGES)
@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_error_is_whole_after_a_journey(error, again):
    back = again(error)
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert [*vars(back)] == [*vars(error)] == [*error.fields]
    assert repr(back.args) == repr(error.args)  # errors among them are equal by identity alone
    assert len(back.args) == len(error.fields)


def test_a_long_value_is_cut_and_a_number_that_cannot_be_written_is_told():
    for found in ("x" * 10**6, [0] * 10**6, 1 << 20_000):
        assert len(str(_errors.SettingError(found, "a text", "run.toml: a"))) < 300


def test_fields_follow_those_of_the_classes_above():
    class UpperError(TemplatedError):
        template = "{one} {two}"
        one: int
        two: int = 2

    class LowerError(UpperError, ValueError):
        template = "{one} {two} {three}"
        three: int = 3

    assert LowerError.fields == ("one", "two", "three")
    assert str(LowerError(1)) == "1 2 3"
    assert str(LowerError(1, three=5)) == "1 2 5"
    with pytest.raises(TypeError, match="missing a required argument: 'one'"):
        LowerError()
