import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

import helpers.preprocessing
from helpers.data import load_sample
from helpers.preprocessing import deskew, hog, shift


@pytest.fixture(scope="module")
def digits():
    return load_sample()[0]


def centre(image):
    y, x = np.indices(image.shape)
    return (image * y).sum() / image.sum(), (image * x).sum() / image.sum()


def slant(image):
    """Slope of the regression line of x on y, weighted by the ink."""
    y, x = np.indices(image.shape)
    mean_y, mean_x = centre(image)
    return (image * (y - mean_y) * (x - mean_x)).sum() / (image * (y - mean_y) ** 2).sum()


def deskew_by_scipy(image):
    """The same straightening, written for one image with scipy's affine transform."""
    mean_y, mean_x = centre(image)
    slope = slant(image)
    middle_y, middle_x = (np.array(image.shape) - 1) / 2
    centred = ndimage.shift(image, (middle_y - mean_y, 0), order=1, mode="grid-constant")
    matrix = [[1, 0], [slope, 1]]
    offset = (0, mean_x - middle_x - slope * middle_y)
    return ndimage.affine_transform(centred, matrix, offset, order=1, mode="grid-constant")


def hog_by_loops(image, cell, bins, signed):
    """The definition, one pixel at a time."""
    height, width = image.shape
    cells = np.zeros((height // cell, width // cell, bins))
    for y in range(height):
        for x in range(width):
            across = image[y, x + 1] - image[y, x - 1] if 0 < x < width - 1 else 0
            down = image[y + 1, x] - image[y - 1, x] if 0 < y < height - 1 else 0
            direction = np.arctan2(down, across) / (2 * np.pi if signed else np.pi) % 1 * bins
            low = int(direction)
            size = np.hypot(across, down)
            cells[y // cell, x // cell, low % bins] += size * (1 - direction + low)
            cells[y // cell, x // cell, (low + 1) % bins] += size * (direction - low)
    features = []
    for row in range(height // cell - 1):
        for column in range(width // cell - 1):
            block = cells[row : row + 2, column : column + 2].ravel()
            block = np.minimum(block / (np.linalg.norm(block) or 1), 0.2)
            features.append(block / (np.linalg.norm(block) or 1))
    return np.concatenate(features)


def test_deskew_centres_the_ink_and_removes_the_slant(digits):
    before, after = digits[:200].astype(float), deskew(digits[:200]).astype(float)
    assert np.mean([abs(slant(image)) for image in before]) > 0.2
    assert np.mean([abs(slant(image)) for image in after]) < 0.02
    assert np.allclose([centre(image) for image in after], 13.5, atol=0.1)


def test_deskew_equals_scipys_affine_transform(digits):
    expected = [deskew_by_scipy(image.astype(float)) for image in digits[:200]]
    assert np.allclose(deskew(digits[:200]), expected, atol=0.01)


def test_deskew_leaves_blank_images_alone():
    assert not deskew(np.zeros((2, 28, 28), np.uint8)).any()


def test_deskew_takes_a_single_row_or_pixel_of_ink():
    images = np.zeros((2, 9, 9))
    images[0, 2, 3:7] = 1
    images[1, 8, 8] = 1
    straight = deskew(images)
    assert np.allclose([centre(image) for image in straight], 4, atol=1e-4)


@pytest.mark.parametrize(("cell", "bins", "signed"), [(4, 16, True), (4, 9, False), (7, 5, True)])
def test_hog_equals_its_definition(digits, cell, bins, signed):
    expected = [hog_by_loops(image.astype(float), cell, bins, signed) for image in digits[:10]]
    found = hog(digits[:10], cell=cell, bins=bins, signed=signed)
    assert found.dtype == np.float32
    assert np.allclose(found, expected, atol=1e-4)


def test_hog_does_not_depend_on_the_unit_of_grey_values(digits):
    assert np.allclose(hog(digits[:50]), hog(digits[:50] / 255), atol=1e-4)


def test_signed_hog_tells_an_image_from_its_negative(digits):
    image = digits[:1].astype(float)
    assert np.allclose(hog(image), hog(255 - image), atol=1e-4)
    assert not np.allclose(hog(image, signed=True), hog(255 - image, signed=True), atol=1e-1)


def test_blank_images_have_features_zero():
    assert not hog(np.zeros((2, 28, 28))).any()


@pytest.mark.parametrize("function", [deskew, hog])
def test_an_image_does_not_depend_on_its_batch(digits, function):
    together = function(digits[:300])
    alone = np.concatenate([function(digits[k : k + 1]) for k in range(300)])
    assert np.allclose(together, alone, atol=1e-3)
    assert len(function(digits[:0])) == 0
    assert function(digits[:0]).shape[1:] == together.shape[1:]


@pytest.mark.parametrize("function", [deskew, hog, lambda images: shift(images, 1, 2)])
def test_input_stays_unchanged(digits, function):
    images = digits[:5].copy()
    function(images)
    assert np.array_equal(images, digits[:5])


@settings(max_examples=50, deadline=None)
@given(down=st.integers(-9, 9), right=st.integers(-9, 9))
def test_shift_equals_scipys(down, right):
    images = np.arange(2 * 5 * 7, dtype=np.uint8).reshape(2, 5, 7)
    expected = ndimage.shift(images, (0, down, right), order=0)
    moved = shift(images, down, right)
    assert moved.dtype == images.dtype
    assert np.array_equal(moved, expected)


@pytest.mark.parametrize("function", [deskew, hog, lambda images: shift(images, 1, 1)])
def test_wrong_shape_is_named(function):
    with pytest.raises(ValueError, match=r"\(3, 784\): expected \(n, height, width\)"):
        function(np.zeros((3, 784)))


@pytest.mark.parametrize("cell", [0, -4, 5, 28])
def test_wrong_cell_is_named(cell):
    with pytest.raises(ValueError, match=f"28 x 28 pixels cannot be cut into cells of {cell} x"):
        hog(np.zeros((1, 28, 28)), cell=cell)


def test_wrong_bins_are_named():
    with pytest.raises(ValueError, match="bins = 0: expected at least 1"):
        hog(np.zeros((1, 28, 28)), bins=0)


def test_examples_in_docstrings():
    names = {"np": np, **vars(helpers.preprocessing)}
    result = doctest.testmod(helpers.preprocessing, extraglobs=names)
    assert result.attempted > 3
    assert result.failed == 0
