import base64

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from helpers.data import load_sample
from helpers.figures import describe_figures
from helpers.plots import cluster_grid, digit_grid, draw_fast, score_grid


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_each_digit_stands_in_its_place():
    images = load_sample()[0][:7]
    drawn = digit_grid(images, columns=4).get_images()[0].get_array()
    assert drawn.shape == (2 * 28 + 3, 4 * 28 + 3 * 3)
    for k, image in enumerate(images):
        y, x = (k // 4) * 31, (k % 4) * 31
        assert np.allclose(drawn[y : y + 28, x : x + 28], image / image.max())


def test_captions_stand_above_their_digits():
    images, labels = load_sample()[:2]
    ax = digit_grid(images[:12], labels[:12])
    assert [text.get_text() for text in ax.texts] == [str(label) for label in labels[:12]]
    places = np.array([text.get_position() for text in ax.texts])
    assert np.allclose(places[:10, 0], 13.5 + 31 * np.arange(10))
    assert np.allclose(places[[0, 10], 1], [9, 9 + 42])


def test_texts_stay_inside_the_figure():
    ax = digit_grid(load_sample()[0][:20], ["5 read as 3"[:6]] * 20)
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    for text in ax.texts:
        box = text.get_window_extent()
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1
        assert box.y1 <= page.y1


@pytest.mark.parametrize("side", [4, 6, 8, 28, 100])
def test_captions_never_cross(side):
    ax = digit_grid(np.ones((4, side, side)), ["bottom"] * 4, columns=2)
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert boxes[0].x1 < boxes[1].x0
    assert boxes[2].y1 < boxes[0].y0
    mosaic = ax.get_window_extent()
    assert all(mosaic.y0 < box.y0 and box.y1 <= mosaic.y1 + 2 for box in boxes)


def test_blank_image_is_white():
    assert not digit_grid(np.zeros((1, 28, 28))).get_images()[0].get_array().any()


def test_same_input_same_picture(tmp_path):
    pictures = []
    for name in ("a.png", "b.png"):
        digit_grid(load_sample()[0][:3]).figure.savefig(tmp_path / name)
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]


def test_draws_on_given_axes():
    ax = plt.subplots()[1]
    assert digit_grid(np.ones((1, 8, 8)), ax=ax) is ax
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("shape", [(0, 28, 28), (28, 28)])
def test_wrong_images_are_named(shape):
    with pytest.raises(ValueError, match=r"expected \(n, height, width\), n > 0"):
        digit_grid(np.zeros(shape))


def test_wrong_number_of_captions_is_named():
    with pytest.raises(ValueError, match="2 captions for 3 images"):
        digit_grid(np.zeros((3, 8, 8)), [1, 2])


def test_each_score_stands_in_its_cell():
    rows, labels = make_blobs(60, centers=3, cluster_std=4, random_state=0)
    grid = {"gamma": [0.001, 0.1, 10], "C": [0.5, 2]}
    search = GridSearchCV(SVC(), grid, cv=3).fit(rows, labels)
    ax = score_grid(search)
    drawn = ax.get_images()[0].get_array()
    for candidate, score in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        cell = grid["C"].index(candidate["C"]), grid["gamma"].index(candidate["gamma"])
        assert drawn[cell] == score
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.001", "0.1", "10"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0.5", "2"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("C", "gamma")


def test_grid_of_one_parameter_is_refused():
    with pytest.raises(ValueError, match="expected a dict of two parameters"):
        score_grid(GridSearchCV(SVC(), {"C": [1]}))


def test_clusters_stand_in_rows_by_size_without_noise():
    images = load_sample()[0][:9]
    ax = cluster_grid(images, [7, 7, -1, 3, 3, 3, 7, 7, -1], columns=3)
    drawn = ax.get_images()[0].get_array()
    assert drawn.shape == (2 * 28 + 3, 3 * 28 + 2 * 3)
    for row, members in enumerate([[0, 1, 6], [3, 4, 5]]):
        for column, k in enumerate(members):
            y, x = row * 31, column * 31
            assert np.allclose(drawn[y : y + 28, x : x + 28], images[k] / images[k].max())
    assert [text.get_text() for text in ax.texts] == ["4", "3"]


def test_a_cluster_with_few_members_leaves_white():
    ax = cluster_grid(load_sample()[0][:3], [0, 0, 1], rows=5, columns=2)
    drawn = ax.get_images()[0].get_array()
    assert drawn.shape == (2 * 28 + 3, 2 * 28 + 3)
    assert not drawn[31:, 31:].any()


def test_only_the_largest_clusters_are_drawn():
    ax = cluster_grid(load_sample()[0][:6], [0, 1, 1, 2, 2, 2], rows=2)
    assert [text.get_text() for text in ax.texts] == ["3", "2"]


@pytest.mark.parametrize(
    ("clusters", "message"),
    [([0, 1], r"shape \(2,\): expected \(3,\)"), ([-1] * 3, "in a cluster")],
)
def test_clusters_that_cannot_be_drawn(clusters, message):
    with pytest.raises(ValueError, match=message):
        cluster_grid(load_sample()[0][:3], clusters)


def test_drawing_fast_takes_ticks_and_cropping_away():
    shell = InteractiveShell.instance()
    try:
        describe_figures()
        with plt.rc_context({"figure.dpi": 40}):
            assert _width(shell) < 160
            draw_fast()
            assert _width(shell) == 160
            tick = plt.figure().add_subplot().xaxis.get_major_ticks()[0]
            assert not tick.tick1line.get_visible()
            assert not tick.label1.get_visible()
    finally:
        InteractiveShell.clear_instance()


def _width(shell):
    """Pixels in a row of what a notebook would show of a figure 4 inches wide."""
    fig = plt.figure(figsize=(4, 2))
    fig.add_axes((0.3, 0.3, 0.4, 0.4))
    shown = shell.display_formatter.formatters["text/html"](fig)
    png = shown.partition("base64,")[2].rstrip('">')
    return int.from_bytes(base64.b64decode(png)[16:20], "big")
