"""Figures with text alternatives are compared as what they are: words, and pixels."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from autograder.authoring.compare import outputs_close
from helpers.figures import picture_html


def figure(level, alternative="ARI 0.90"):
    file = io.BytesIO()
    Image.fromarray(np.full((9, 9), level, np.uint8)).save(file, "PNG")
    return picture_html(base64.b64encode(file.getvalue()).decode(), alternative)


@pytest.mark.parametrize(
    ("other", "close"),
    [
        (figure(103), True),
        (figure(200), False),
        (figure(100, "ARI 0.91"), True),
        (figure(100, "ARI 0.50"), False),
        (figure(100, "NMI 0.90"), False),
    ],
    ids=["nearly", "pixels", "rounding", "number", "words"],
)
def test_a_figure_is_close_in_words_and_in_pixels(other, close):
    assert outputs_close({"text/html": figure(100)}, {"text/html": other}) is close
