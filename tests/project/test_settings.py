"""Every mistake in run.toml and tiers.toml is told in one line: file, key, found and expected."""

from __future__ import annotations

import os
import tomllib
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignment import Assignment, Limits, image_notices, load_assignment
from autograder.errors import AssignmentError, TierError
from autograder.grading.finalize import run_notices
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
from tests.support import ROOT
from tests.support.settings_mistakes import RUN, RUN_MISTAKES, TIER_MISTAKES, TIERS


def load(folder: Path, run: str | bytes = RUN, tiers: str | bytes = TIERS) -> Assignment:
    """Load an assignment with these two files."""
    (folder / "a1").mkdir(exist_ok=True)
    (folder / "a1" / "a1.ipynb").touch()
    for name, content in (("run.toml", run), ("tiers.toml", tiers)):
        content = content if isinstance(content, bytes) else content.encode()
        (folder / "a1" / name).write_bytes(content)
    return load_assignment("a1", folder)


def told(error: BaseException, file: str) -> str:
    """Return an error's message, which is one line about a file."""
    message = str(error)
    assert file in message
    assert ": found " in message
    assert ", expected " in message
    assert "\n" not in message
    assert len(message) < 800
    return message


def test_what_is_right_is_taken(tmp_path):
    found = load(tmp_path)
    limits = Limits(cell_seconds=60, call_seconds=20.5, memory_mb=2048)
    assert (found.limits, found.parameters) == (limits, {"quick": True})
    assert (found.holdout_size, found.holdout_maker) == (100, "digits")
    assert found.tiers == load_tiers_text(TIERS)
    assert found.tiers.ranked.label == "above 90"


@pytest.mark.parametrize(("change", "complaint"), RUN_MISTAKES.items())
def test_a_mistake_in_run_toml_is_named(tmp_path, change, complaint):
    old, new = change
    assert old in RUN
    with pytest.raises(AssignmentError, match=complaint) as caught:
        load(tmp_path, run=RUN.replace(old, new, 1))
    assert told(caught.value, "run.toml: ").startswith("assignment 'a1': run.toml: ")


@pytest.mark.parametrize(("change", "complaint"), TIER_MISTAKES.items())
def test_a_mistake_in_tiers_toml_is_named(tmp_path, change, complaint):
    old, new = change
    assert old in TIERS
    with pytest.raises(TierError, match=complaint) as caught:
        load(tmp_path, tiers=TIERS.replace(old, new, 1))
    assert told(caught.value, "tiers.toml: ").startswith(str(tmp_path / "a1" / "tiers.toml"))


ENCODINGS = {
    "a byte order mark": (b"\xef\xbb\xbf%b", "a byte order mark', expected UTF-8 without one"),
    "UTF-16": ("\ufeff%b", r"line 1: found b'\\xff\\xfe.*, expected text in UTF-8"),
    "UTF-16 without a mark": ("%b", "valid TOML"),
    "Latin-1": (b"%b# \xe4\n", r"line \d+: found b'\\xe4\\n', expected text in UTF-8"),
    "cut in a letter": (b"%b# \xe2\x82", r"line \d+: found b'\\xe2\\x82', expected text in UTF-8"),
    "a NUL": (b"%b\0", "valid TOML"),
    "old Mac line ends": (b"# one\r%b", "valid TOML"),
}


@pytest.mark.parametrize("name", ["run.toml", "tiers.toml"])
@pytest.mark.parametrize("kind", ENCODINGS)
def test_another_encoding_is_named(tmp_path, kind, name):
    pattern, complaint = ENCODINGS[kind]
    good = RUN if name == "run.toml" else TIERS
    if isinstance(pattern, str):
        content = pattern.replace("%b", good).encode("utf-16-le")
    else:
        content = pattern.replace(b"%b", good.encode())
    error = AssignmentError if name == "run.toml" else TierError
    with pytest.raises(error, match=complaint) as caught:
        load(tmp_path, **{name.removesuffix(".toml"): content})
    told(caught.value, name)


@pytest.mark.parametrize("name", ["run.toml", "tiers.toml"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a pipe"])
def test_what_is_no_file_is_named_and_not_waited_for(tmp_path, make, name):
    load(tmp_path)
    path = tmp_path / "a1" / name
    path.unlink()
    make(path)
    with pytest.raises((AssignmentError, TierError)) as caught:
        load_assignment("a1", tmp_path)
    assert "expected a file" in told(caught.value, name)


@pytest.mark.parametrize("name", ["run.toml", "tiers.toml"])
def test_a_link_to_nowhere_is_no_missing_file(tmp_path, name):
    load(tmp_path)
    path = tmp_path / "a1" / name
    path.unlink()
    path.symlink_to("elsewhere.toml")
    with pytest.raises((AssignmentError, TierError)) as caught:
        load_assignment("a1", tmp_path)
    assert "No such file" in told(caught.value, name)


def test_without_either_file_an_assignment_is_graded_by_points(tmp_path):
    load(tmp_path)
    for name in ("run.toml", "tiers.toml"):
        (tmp_path / "a1" / name).unlink()
    found = load_assignment("a1", tmp_path)
    assert (found.tiers, found.limits, found.holdout_size) == (None, Limits(), None)


def test_a_score_without_held_out_images_is_refused_unless_the_file_says_so(tmp_path):
    """Labels of public images can be looked up, so grades by them are not given by mistake."""
    run = RUN[: RUN.index("[holdout]")]
    with pytest.raises(AssignmentError) as caught:
        load(tmp_path, run)
    assert "public_test_images = true" in told(caught.value, "run.toml")
    (tmp_path / "a1" / "run.toml").unlink()
    with pytest.raises(AssignmentError, match=r"found no \[holdout\]"):
        load_assignment("a1", tmp_path)
    found = load(tmp_path, f"public_test_images = true\n{run}")
    assert (found.holdout_size, found.public_images) == (None, True)
    (notice,) = image_notices(found)
    assert notice in run_notices(found, None, sandboxed=True)


@pytest.mark.parametrize(
    ("run", "tiers", "complaint"),
    [
        (f"public_test_images = true\n{RUN}", TIERS, "true and .holdout., expected it only"),
        (f"public_test_images = false\n{RUN.partition('[holdout]')[0]}", TIERS, "no .holdout."),
        (f"public_test_images = 1\n{RUN}", TIERS, "public_test_images: found 1, expected true or"),
        (f'public_test_images = "yes"\n{RUN}', TIERS, "found 'yes', expected true or false"),
        (f"public_images = true\n{RUN}", TIERS, "unknown key public_images"),
    ],
)
def test_public_images_and_held_out_ones_are_not_confused(tmp_path, run, tiers, complaint):
    with pytest.raises(AssignmentError, match=complaint):
        load(tmp_path, run, tiers)


def test_public_images_without_tiers_are_named(tmp_path):
    load(tmp_path)
    (tmp_path / "a1" / "tiers.toml").unlink()
    (tmp_path / "a1" / "run.toml").write_text("public_test_images = true")
    with pytest.raises(AssignmentError, match=r"true alone, expected it only beside tiers\.toml"):
        load_assignment("a1", tmp_path)


def test_held_out_images_without_tiers_take_the_default(tmp_path):
    load(tmp_path)
    (tmp_path / "a1" / "tiers.toml").unlink()
    assert load_assignment("a1", tmp_path).tiers == load_tiers_text(DEFAULT_TIERS)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_good_files_mean_the_same_with_either_line_end(tmp_path, ending):
    run, tiers = (text.replace("\n", ending).encode() for text in (RUN, TIERS))
    assert load(tmp_path, run, tiers) == load(tmp_path)


@pytest.mark.parametrize("value", ["0.5", "1e-9", "10_000_000", "0x10", "+60", "1_0.5"])
def test_every_way_to_write_a_number_is_taken(tmp_path, value):
    found = load(tmp_path, RUN.replace("= 60", f"= {value}"))
    assert found.limits.cell_seconds == tomllib.loads(f"x = {value}")["x"]


def test_every_kind_of_parameter_is_taken(tmp_path):
    written = 'a = "x"\nb = [1, -2.5, [true]]\nc = { d = "" }\n"\u00e9" = 0\n_ = 1\n'
    found = load(tmp_path, RUN.replace("quick = true\n", written))
    expected = {"a": "x", "b": [1, -2.5, [True]], "c": {"d": ""}, "\u00e9": 0, "_": 1}
    assert found.parameters == expected


@pytest.mark.parametrize("path", sorted(ROOT.glob("solutions/*/run.toml")), ids=str)
def test_the_courses_own_settings_mean_what_they_say(path):
    found = load_assignment(path.parent.name, path.parents[1])
    tables = tomllib.loads(path.read_text())
    assert asdict(found.limits) == asdict(Limits()) | tables["limits"]
    assert found.parameters == tables["parameters"]
    holdout = tables.get("holdout", {})
    assert found.holdout_size == holdout.get("size")
    assert found.holdout_maker == holdout.get("maker", "digits")
    assert (found.tiers is None) == (not holdout)
    if found.tiers:
        tables = tomllib.loads(path.with_name("tiers.toml").read_text())
        starts = [Fraction(band["from"]) for band in tables["bands"]]
        assert [band.start for band in found.tiers.bands] == starts


values = st.recursive(
    st.sampled_from(["1", "-1", "0.5", "nan", "inf", "true", '""', '"0.5"', "2026-01-31", "x"]),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda parts: f"[{', '.join(parts)}]")
        | st.dictionaries(st.sampled_from(["a", "label", "from", "size"]), inner, max_size=2).map(
            lambda table: "{" + ", ".join(f"{k} = {v}" for k, v in table.items()) + "}"
        )
    ),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_taken_or_named(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("course", numbered=True)
    files = {}
    for name, good in (("run", RUN), ("tiers", TIERS)):
        lines = good.splitlines()
        number = data.draw(st.integers(0, len(lines) - 1))
        left = lines[number].partition("=")[0]
        lines[number] = f"{left} = {data.draw(values)}"
        files[name] = "\n".join(lines)
    try:
        load(folder, **files)
    except (AssignmentError, TierError) as error:
        told(error, ".toml")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_taken_or_named(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("course", numbered=True)
    for name, error in (("run", AssignmentError), ("tiers", TierError)):
        try:
            load(folder, **{name: content})
        except error as caught:
            told(caught, f"{name}.toml")
