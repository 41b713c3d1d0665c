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

from autograder.assignment import MOST, Assignment, Limits, image_notices, load_assignment
from autograder.errors import AssignmentError, TierError
from autograder.grading.finalize import run_notices
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
from tests.support import ROOT

RUN = """\
[parameters]
quick = true
[limits]
cell_seconds = 60
call_seconds = 20.5
memory_mb = 2048
[holdout]
size = 100
maker = "digits"
"""

TIERS = """\
metric = "accuracy"
chance = "0.10"
bands = [
    { label = "low", from = "0", grades = [0, 59] },
    { label = "high", from = "0.5", grades = [60, 90] },
]
[ranked]
above = "0.9"
grades = [90, 100]
"""


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


RUN_MISTAKES = {
    # unknown keys and tables
    (
        "[limits]",
        "[limit]",
    ): "'unknown key limit', expected a table with no other keys than ",
    ("[parameters]", "[Parameters]"): "unknown key Parameters",
    ("[limits]\n", "[limits]\nsize = 3\n"): "limits: found 'unknown key size'",
    ("cell_seconds", "cell_second"): "limits: found 'unknown key cell_second', .*cell_seconds",
    ("cell_seconds", '"cell seconds"'): "limits: found .unknown key 'cell seconds'",
    ("cell_seconds", '"a\\nb"'): r"limits: found .unknown key 'a\\\\nb'",
    ("size", "sizes"): "holdout: found 'unknown key sizes', .*the keys size and optionally maker",
    ("size", "Size"): "holdout: found 'unknown key Size'",
    ("size = 100\n", ""): "holdout: found 'missing key size'",
    ("maker", "makers"): "holdout: found 'unknown key makers'",
    ("[holdout]", "[holdout.digits]"): "holdout: found 'unknown key digits'",
    ("[holdout]", "[limits.holdout]"): "limits: found 'unknown key holdout'",
    # tables that are none
    (RUN, "limits = 60"): "limits: found 60, expected a table",
    (RUN, "limits = []"): r"limits: found \[\], expected a table",
    ("[limits]", "[[limits]]"): r"limits: found \[\{.*, expected a table",
    (RUN, 'holdout = "digits"'): "holdout: found 'digits', expected a table with the keys size",
    (RUN, "holdout = 100"): "holdout: found 100, expected a table",
    (RUN, "holdout = true"): "holdout: found True, expected a table",
    (RUN, "parameters = true"): "parameters: found True, expected a table",
    ("[parameters]", "[[parameters]]"): r"parameters: found \[\{'quick': True\}\]",
    # limits
    ("= 60", "= 0"): "limits.cell_seconds: found 0, expected a number above 0",
    ("= 60", "= -60"): "limits.cell_seconds: found -60",
    ("= 60", "= -0.0"): "limits.cell_seconds: found -0.0",
    ("= 60", "= nan"): "limits.cell_seconds: found nan",
    ("= 60", "= inf"): "limits.cell_seconds: found inf",
    ("= 60", "= -inf"): "limits.cell_seconds: found -inf",
    ("= 60", "= 1e400"): "limits.cell_seconds: found inf",
    ("= 60", f"= {MOST + 1}"): f"limits.cell_seconds: found {MOST + 1}, .*at most {MOST}",
    ("= 60", "= true"): "limits.cell_seconds: found True",
    ("= 60", '= "60"'): "limits.cell_seconds: found '60'",
    ("= 60", '= "1 min"'): "limits.cell_seconds: found '1 min'",
    ("= 60", "= [60]"): r"limits.cell_seconds: found \[60\]",
    ("= 60", "= { s = 60 }"): "limits.cell_seconds: found {'s': 60}",
    ("= 60", "= 00:01:00"): "limits.cell_seconds: found datetime.time",
    ("= 60", "= 2026-01-31"): "limits.cell_seconds: found datetime.date",
    ("= 60", f"= 0x{'f' * 5000}"): "limits.cell_seconds: found a number far too large",
    ("= 2048", "= 2048.0"): "limits.memory_mb: found 2048.0, expected a whole number from 1",
    ("= 2048", "= false"): "limits.memory_mb: found False",
    ("= 2048", "= 0"): "limits.memory_mb: found 0",
    ("= 2048", "= 9_223_372_036_854_775_807"): "limits.memory_mb: found 9223372036854775807",
    ("= 2048", '= "2 GB"'): "limits.memory_mb: found '2 GB'",
    # held-out images
    ("= 100", "= 0"): "holdout.size: found 0, expected a whole number from 1 up",
    ("= 100", "= -1"): "holdout.size: found -1",
    ("= 100", "= 100.0"): "holdout.size: found 100.0",
    ("= 100", "= true"): "holdout.size: found True",
    ("= 100", '= "100"'): "holdout.size: found '100'",
    ("= 100", "= nan"): "holdout.size: found nan",
    ("= 100", "= [100]"): r"holdout.size: found \[100\]",
    ("= 100", f"= {2**63}"): "holdout.size: found 9223372036854775808",
    (
        '"digits"',
        '"cats"',
    ): "holdout.maker: found 'cats', expected one of 'apparel', ",
    ('"digits"', '"Digits"'): "holdout.maker: found 'Digits'",
    ('"digits"', '["digits"]'): r"holdout.maker: found \['digits'\]",
    ('"digits"', "1"): "holdout.maker: found 1",
    ('"digits"', "{}"): "holdout.maker: found {}",
    # parameters
    ("= true", "= nan"): "parameters.quick: found nan, expected a text in quotes, true or false",
    ("= true", "= [1, inf]"): r"parameters.quick\[1\]: found inf",
    ("= true", "= { a = -inf }"): "parameters.quick.a: found -inf",
    ("= true", "= 2026-01-31"): "parameters.quick: found datetime.date",
    ("= true", "= 2026-01-31T10:00:00Z"): "parameters.quick: found datetime.datetime",
    ("= true", "= 10:00:00"): "parameters.quick: found datetime.time",
    ("= true", f"= {2**64}"): f"parameters.quick: found {2**64}",
    ("quick =", "quick-run ="): "parameters: found 'quick-run', .*name of a Python variable",
    ("quick =", '"" ='): "parameters: found ''",
    ("quick =", "class ="): "parameters: found 'class'",
    ("quick =", "1 ="): "parameters: found '1'",
    # no TOML
    ("= true", "= True"): "found 'Invalid value .*line 2.*, expected valid TOML",
    ("= true", "= yes"): "valid TOML",
    ("= true", "true"): "valid TOML",
    ("= true", ": true"): "valid TOML",
    ("= true", "="): "valid TOML",
    ("= 60", "= 060"): "valid TOML",
    ("= 60", "= 60s"): "valid TOML",
    ("= 60", "= 6 0"): "valid TOML",
    ("= 60", f"= {'9' * 5000}"): "valid TOML",
    ("= 60", "= 2026-02-31"): "valid TOML",
    ("[limits]", "[limits"): "valid TOML",
    ("[limits]", "[parameters]"): "valid TOML",
    ("call_seconds", "cell_seconds"): "Cannot overwrite a value.*valid TOML",
    ('"digits"', "digits"): "valid TOML",
    ('"digits"', '"digits'): "valid TOML",
    ('"digits"', "\N{LEFT DOUBLE QUOTATION MARK}digits\N{RIGHT DOUBLE QUOTATION MARK}"): "TOML",
    ("= true", f"= {'[' * 10_000}"): "nested too deep",
    (RUN, "{}"): "valid TOML",
    (RUN, "limits:\n  cell_seconds: 60\n"): "valid TOML",
    (RUN, '{"limits": {"cell_seconds": 60}}'): "valid TOML",
}

TIER_MISTAKES = {
    ('metric = "accuracy"\n', ""): "found 'missing key metric'",
    ("metric", "Metric"): "found 'unknown key Metric'",
    ('"accuracy"', '"accuracies"'): "metric: found 'accuracies', expected one of 'accuracy'",
    ('"accuracy"', '["accuracy"]'): r"metric: found \['accuracy'\]",
    ('"accuracy"', "nan"): "metric: found nan",
    ('"accuracy"', "2026-01-31"): "metric: found datetime.date",
    ('"0.10"', "0.10"): "chance: found 0.1, expected a decimal in quotes",
    ('"0.10"', "nan"): "chance: found nan",
    ('"0.10"', "true"): "chance: found True",
    ('"0.10"', '"inf"'): "chance: found 'inf'",
    ('"0.10"', '"0,10"'): "chance: found '0,10'",
    ('"0.10"', '"10 %"'): "chance: found '10 %'",
    ('"0.10"', '""'): "chance: found ''",
    ('"0"', "0"): r"bands\[0\].from: found 0, expected a decimal in quotes",
    ('"0.5"', '".5"'): r"bands\[1\].from: found '.5'",
    ('"0.5"', '"5"'): r"bands\[1\].from: found '5'",
    ('"0.5"', "inf"): r"bands\[1\].from: found inf",
    ('from = "0.5"', 'form = "0.5"'): r"bands\[1\]: found 'unknown key form'",
    ('label = "low", ', ""): r"bands\[0\]: found 'missing key label'",
    ('"low"', '" "'): r"bands\[0\].label: found ' ', expected a text that is not empty",
    ('"low"', "60"): r"bands\[0\].label: found 60",
    ("[0, 59]", "[0, 59, 60]"): r"bands\[0\].grades: found \[0, 59, 60\]",
    ("[0, 59]", "[0, 59.5]"): r"bands\[0\].grades: found \[0, 59.5\]",
    ("[0, 59]", "[nan, 59]"): r"bands\[0\].grades: found \[nan, 59\]",
    ("[0, 59]", "[false, 59]"): r"bands\[0\].grades: found \[False, 59\]",
    ("[0, 59]", '["0", "59"]'): r"bands\[0\].grades: found \['0', '59'\]",
    ("[0, 59]", '"0-59"'): r"bands\[0\].grades: found '0-59'",
    ("[0, 59]", "[-1, 59]"): r"bands\[0\].grades: found \[-1, 59\]",
    ("[0, 59]", "{ first = 0, last = 59 }"): r"bands\[0\].grades: found {'first'",
    ("[0, 59]", f"[0, 0x{'f' * 5000}]"): r"bands\[0\].grades: found a number far too large",
    ("bands = [", "band = ["): "found 'unknown key band'",
    ("[ranked]", "[rank]"): "found 'unknown key rank'",
    ("[ranked]", "[[ranked]]"): r"ranked: found \[\{",
    ('above = "0.9"', ""): "ranked: found 'missing key above'",
    ('above = "0.9"', "above = 0.9"): "ranked.above: found 0.9",
    ('above = "0.9"', 'above = "0.9"\nlabel = ""'): "ranked.label: found ''",
    ('above = "0.9"', 'above = "0.4"'): "ranked.above: found 0.4, expected at least 0.5",
    ("[90, 100]", "[90, 101]"): r"ranked.grades: found \[90, 101\]",
    ("[90, 100]", "[80, 100]"): "found .*from grade 80 after 90.*, expected grades that never",
    ('"high"', '"low"'): "found .*'low'.*, expected a label of its own",
    (TIERS, ""): "found 'missing key bands'",
    (TIERS, "bands = 3"): "found 'missing key chance'",
    (TIERS, "# nothing yet"): "found 'missing key bands'",
    ("bands = [", "bands = 60 ["): "valid TOML",
    (TIERS, TIERS + TIERS): "Cannot overwrite a value.*valid TOML|Cannot declare",
}


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
