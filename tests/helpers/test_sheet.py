"""What is drawn is read step by step, and nothing that a classifier does breaks the sheet."""

from __future__ import annotations

import io
import os

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from helpers._readings import picture_url, read_picture, sheet_png
from helpers._sheet_widget import SheetWidget
from helpers.data import DATA
from helpers.frontend import CHECKING, SESSION, shows_widgets
from helpers.handwriting import read_ink, to_28x28
from helpers.sheet import show_sheet


def seven():
    """Return the dots of a 7, as the page sends them."""
    dots = np.zeros((32, 32), np.uint8)
    dots[4:9, 6:26] = 1
    for row in range(9, 28):
        column = 22 - (row - 9) // 2
        dots[row, column - 2 : column + 3] = 1
    return dots.tobytes()


def photo(kind, tmp_path):
    """Return a photograph of a digit that comes with the course, in a format."""
    file = io.BytesIO()
    Image.open(DATA / "handwriting" / "7_photo.png").convert("RGB").save(file, kind)
    return file.getvalue()


def always(digit):
    def predict(images):
        return np.full(len(images), digit)

    return predict


def broken(images):
    raise ValueError("no\nidea")


def unwritten(images):
    raise NotImplementedError("predict: return one whole number for each image")


def leaving(images):
    raise SystemExit(3)


@pytest.fixture
def widget():
    sheet = SheetWidget(always(7))
    yield sheet
    sheet.close()


def test_each_step_is_that_of_files():
    asked = []
    reading = read_picture(sheet_png(seven()), lambda images: asked.append(images) or [7])
    assert [step.ink.shape for step in reading.steps] == [(32, 32), (32, 32), (8, 8), (28, 28)]
    assert reading.said == "Read as 7."
    (images,) = asked
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, to_28x28(read_ink(sheet_png(seven())))[None])
    assert reading.steps[2].alternative.startswith("8 x 8: 8 by 8 dots, ")


@pytest.mark.parametrize(
    ("predict", "said"),
    [
        (broken, "broken stopped with ValueError: no idea"),
        (unwritten, "is still open"),
        (leaving, "SystemExit: 3"),
        (lambda images: None, "gave None"),
        (lambda images: [1, 2], "(1,)"),
        (lambda images: ["seven"], "number"),
        (7, "stopped with TypeError"),
    ],
    ids=["error", "stub", "exit", "none", "shape", "text", "no function"],
)
def test_what_a_classifier_does_wrong_is_one_sentence(predict, said):
    reading = read_picture(sheet_png(seven()), predict)
    assert len(reading.steps) == 4
    assert said in reading.said
    assert "\n" not in reading.said


@pytest.mark.parametrize("content", [b"", b"no picture", sheet_png(bytes(1024))])
def test_a_picture_without_a_digit_is_told_and_not_read(content):
    reading = read_picture(content, broken)
    assert reading.steps == ()
    assert reading.said.startswith("There is no digit in it: ")


def test_a_predict_that_was_defined_anew_is_the_one_that_reads():
    names = {}
    exec("def predict(images):\n    return [1]", names)
    first = names["predict"]
    exec("def predict(images):\n    return [2]", names)
    assert read_picture(sheet_png(seven()), first).said == "Read as 2."


def test_the_widget_reads_what_the_page_sends(widget):
    assert widget.reading["steps"] == []
    widget.set_state({"dots": memoryview(seven())})
    assert widget.reading["said"] == "Read as 7."
    assert widget.reading["steps"][0]["url"].startswith("data:image/png;base64,")
    widget.set_state({"dots": memoryview(bytes(1024))})
    assert "no digit" in widget.reading["said"]


def test_any_number_of_photographs_is_read_each_by_its_name(widget, tmp_path):
    files = [photo("PNG", tmp_path), photo("JPEG", tmp_path), b"none", sheet_png(seven())]
    names = ["a.png", "b.jpg", "<c>.png", "d.png"]
    widget._handle_custom_msg({"names": names}, [memoryview(file) for file in files])
    assert [one["name"] for one in widget.photos] == names
    assert [bool(one["steps"]) for one in widget.photos] == [True, True, False, True]


def test_where_nobody_looks_files_are_read(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SESSION, raising=False)
    (tmp_path / "mine.JPG").write_bytes(photo("JPEG", tmp_path))
    show_sheet(always(4))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert lines[-1].split(maxsplit=1) == ["mine.JPG", "Read as 4."]
    assert len(plt.gcf().axes) == 44
    plt.close("all")
    show_sheet(always(4), fallback=False)
    assert plt.get_fignums() == []


def test_widgets_are_for_a_page_and_not_for_a_check(monkeypatch):
    monkeypatch.delenv(SESSION, raising=False)
    assert not shows_widgets()
    monkeypatch.setenv(SESSION, os.devnull)
    assert shows_widgets()
    monkeypatch.setenv(CHECKING, "1")
    assert not shows_widgets()


def test_a_picture_that_is_all_paper_can_be_shown():
    assert picture_url(np.zeros((8, 8))).startswith("data:image/png;base64,")
