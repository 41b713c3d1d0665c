import numpy as np
import pytest
from scipy import ndimage
from sklearn.svm import SVC

from helpers.data import load_sample
from helpers.preprocessing import shift
from helpers.virtual import CHANGES, MEMBERS, fit_committee, virtual_copies


@pytest.fixture(scope="module")
def digits():
    return load_sample()[0][:20]


def copy(digits, change):
    return list(virtual_copies(digits))[CHANGES.index(change)]


def test_the_first_copy_is_the_image_itself(digits):
    first = next(virtual_copies(digits))
    assert first.dtype == np.float32
    assert np.array_equal(first, digits)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_moves_are_shifts_by_whole_pixels(digits, down, right):
    moved = copy(digits, (down, right, 0, 1, 1))
    assert np.allclose(moved, shift(digits, down, right), atol=1e-3)


@pytest.mark.parametrize("degrees", [7, -7])
def test_turns_go_about_the_middle(digits, degrees):
    turned = copy(digits, (0, 0, degrees, 1, 1))
    expected = ndimage.rotate(digits.astype(np.float32), degrees, (1, 2), reshape=False, order=1)
    assert np.allclose(turned, expected, atol=0.5)


def test_factors_stretch_one_direction():
    square = np.zeros((1, 28, 28))
    square[0, 4:24, 4:24] = 1
    for change in CHANGES[7:]:
        image = copy(square, change)[0]
        height, width = image[:, 14].sum(), image[14].sum()
        assert abs(height - 20 * change[3]) < 0.3
        assert abs(width - 20 * change[4]) < 0.3


def test_an_image_does_not_depend_on_its_batch(digits):
    for together, alone in zip(virtual_copies(digits), virtual_copies(digits[3:4]), strict=True):
        assert np.allclose(together[3], alone[0], atol=1e-4)


def test_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"\(3, 784\): expected \(n, height, width\)"):
        next(virtual_copies(np.zeros((3, 784))))


def test_a_committee_reads_better_than_an_svc_on_the_same_images():
    images, labels, others, answers = load_sample()
    committee = fit_committee(images[:250], labels[:250], images)
    assert len(committee.members) == len(MEMBERS)
    found = committee.predict(others)
    assert found.shape == (250,)
    alone = SVC(C=10).fit(images[:250].reshape(250, -1) / 255, labels[:250])
    assert np.mean(found == answers) > alone.score(others.reshape(250, -1) / 255, answers) + 0.05


def test_a_committee_keeps_the_labels_it_was_given():
    images, labels, others, _ = load_sample()
    few = labels < 3
    committee = fit_committee(images[few], 10 * labels[few].astype(int), images)
    assert set(committee.predict(others)) == {0, 10, 20}
