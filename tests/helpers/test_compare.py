"""Graded cells compare by these: no answer without values equals one that has some."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from helpers.compare import check_distinct, check_equal, check_parts, check_shape

RIGHT = np.array([[0.5, 2.0], [1.0, 4.0], [3.0, 3.0]])


class EqualsAnything:
    """An object that says yes to whatever it is compared with."""

    def __eq__(self, other):
        return True

    __hash__ = None

    def __repr__(self):
        return "EqualsAnything()"


@pytest.mark.parametrize(
    "found",
    [
        np.empty((0,)),
        np.empty((0, 2)),
        np.empty((0, 3, 2)),
        np.empty((3, 0)),
        [],
        (),
        1.0,
        RIGHT[:2],
        RIGHT[None],
        RIGHT.T,
        np.vstack([RIGHT, RIGHT]),
        [[0.5, 2.0], [1.0], [3.0, 3.0]],
    ],
    ids=repr,
)
def test_another_shape_is_refused_as_that(found):
    with pytest.raises(AssertionError, match=r"expected shape \(3, 2\), not"):
        check_equal(found, RIGHT, "a hint about values")


@pytest.mark.parametrize("found", [[], [1.0], [[1.0]], np.empty((0, 1)), np.ones((1, 1)), (1, 2)])
def test_one_number_is_no_array(found):
    with pytest.raises(AssertionError, match="expected one number"):
        check_equal(found, 1.0)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "NoneType"),
        (EqualsAnything(), "EqualsAnything"),
        ("1", "text"),
        (b"1", "text"),
        (1j, "complex128"),
        (np.datetime64("2020-01-01"), "datetime64"),
    ],
    ids=repr,
)
def test_what_is_no_number_is_named_and_never_asked(found, said):
    with pytest.raises(AssertionError, match=f"expected numbers, not {said}"):
        check_equal(found, 1)
    with pytest.raises(AssertionError, match=f"expected numbers, not {said}"):
        check_equal([found, found], [1, 1])


@pytest.mark.parametrize("found", [Fraction(1, 2), Decimal("0.5")], ids=repr)
def test_a_number_of_another_kind_is_told_what_kinds_will_do(found):
    told = f"expected floats or integers, not {type(found).__name__}"
    with pytest.raises(AssertionError, match=told):
        check_equal(found, 0.5)
    with pytest.raises(AssertionError, match=told):
        check_equal([found, 1.0], [0.5, 1])


def test_an_object_among_numbers_is_never_asked():
    found = np.array([1, EqualsAnything()], dtype=object)
    with pytest.raises(AssertionError, match="expected numbers, not EqualsAnything"):
        check_equal(found, [1, 2])


@pytest.mark.parametrize("found", [RIGHT.tolist(), RIGHT.astype(object), RIGHT.astype(np.float32)])
def test_the_same_numbers_are_equal_in_any_form(found):
    check_equal(found, RIGHT)


def test_numbers_of_any_kind_may_stand_for_counts_and_only_booleans_for_booleans():
    check_equal([True, False, True], [1, 0, 1])
    check_equal([1.0, 0.0], [1, 0])
    with pytest.raises(AssertionError, match="expected booleans, not float64"):
        check_equal([1.0, 0.0], [True, False])


def test_the_caller_can_ask_for_a_kind():
    with pytest.raises(AssertionError, match="expected floats, not int64"):
        check_equal([1, 0], [1, 0], kinds="f")
    with pytest.raises(AssertionError, match="expected integers, not float64"):
        check_shape([1.0], (1,), kinds="iu")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 0.51, -0.5])
@pytest.mark.parametrize("atol", [0.0, 1e-3])
def test_the_first_place_that_differs_is_told(wrong, atol):
    found = RIGHT.copy()
    found[2, 1] = found[1, 0] = wrong
    with pytest.raises(AssertionError, match=rf"^as it should be: found {wrong:.4g} at \[1, 0\], "):
        check_equal(found, RIGHT, "as it should be", atol=atol)


def test_values_may_differ_by_the_tolerance_and_no_more():
    check_equal(RIGHT + 0.009, RIGHT, atol=0.01)
    with pytest.raises(AssertionError, match=r"found 0.511 at \[0, 0\], expected 0.5"):
        check_equal(RIGHT + 0.011, RIGHT, atol=0.01)


def test_what_differs_in_the_last_digits_is_told_in_full():
    with pytest.raises(AssertionError, match=r"found 0\.10001, expected 0\.1$"):
        check_equal(0.10001, 0.1)


def test_integers_beyond_floats_are_told_apart():
    with pytest.raises(AssertionError, match="found 9007199254740993, expected 9007199254740992"):
        check_equal(2**53 + 1, 2**53)


def test_infinity_is_equal_to_itself():
    check_equal([np.inf, 1.0], [np.inf, 1.0], atol=1e-3)


def test_the_numbers_come_back_as_a_plain_array():
    found = check_shape([np.float32(1), 2], (2,))
    assert type(found) is np.ndarray
    assert found.tolist() == [1, 2]
    masked = np.ma.masked_array([1, 2], [True, True])
    assert type(check_shape(masked, (2,))) is np.ndarray


TEXTS = ["a", "b"]


@pytest.mark.parametrize(
    ("right", "mistake"),
    [
        (RIGHT, RIGHT + 1),
        (RIGHT, RIGHT[:1]),
        (TEXTS, TEXTS[::-1]),
        (TEXTS, TEXTS[:1]),
        (0.25, 0.26),
        (RIGHT, [[1], [2, 3]]),
        (RIGHT, np.full(RIGHT.shape, EqualsAnything(), dtype=object)),
    ],
)
def test_data_that_tell_a_mistake_apart_pass(right, mistake):
    check_distinct(right, {"a mistake": mistake}, atol=1e-3)


@pytest.mark.parametrize(
    ("right", "mistake"),
    [(RIGHT, RIGHT.tolist()), (TEXTS, tuple(TEXTS)), (0.25, 0.2515), (True, 1), (b"ab", b"ab")],
)
def test_data_that_do_not_are_named(right, mistake):
    with pytest.raises(ValueError, match="do not tell the right answer from 'a mistake'"):
        check_distinct(right, {"another": None, "a mistake": mistake}, atol=1e-3)


def test_a_mistake_is_named_only_to_who_made_it():
    mistakes = {"this is the sum": 6.0, "this is the largest": 3.0}
    with pytest.raises(AssertionError, match=r"^of 1, 2, 3: this is the largest: found 3"):
        check_equal(3.0004, 2, "of 1, 2, 3", atol=1e-3, mistakes=mistakes)
    with pytest.raises(AssertionError, match=r"^of 1, 2, 3: found 5, expected 2$"):
        check_equal(5, 2, "of 1, 2, 3", atol=1e-3, mistakes=mistakes)
    check_equal(2, 2, "of 1, 2, 3", atol=1e-3, mistakes=mistakes)


def test_a_mistake_of_another_shape_is_named_too():
    with pytest.raises(AssertionError, match=r"^turned: expected shape \(1, 2\), not \(2, 1\)$"):
        check_equal([[1], [2]], [[1, 2]], mistakes={"turned": [[1], [2]]})


def test_an_answer_that_equals_anything_is_no_mistake_and_no_answer():
    with pytest.raises(AssertionError, match="expected numbers, not EqualsAnything"):
        check_equal(EqualsAnything(), 2, mistakes={"this is the sum": 6.0})


@pytest.mark.parametrize("found", [(1, 2), [1, 2], np.array([[1], [2]]), ("a", None)])
def test_parts_come_back_in_a_list(found):
    assert len(check_parts(found, "the first", "the second")) == 2


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((1,), "not 1"),
        (np.zeros(3), "not 3"),
        (np.array(7), "not one ndarray"),
        ({"a": 1, "b": 2}, "not one dict"),
        ("ab", "not one str"),
        (zip([1], [2], strict=True), "not one zip"),
    ],
)
def test_other_parts_are_told_by_what_was_found(found, told):
    with pytest.raises(
        AssertionError, match=f"^expected 2 parts, the first and the second, {told}"
    ):
        check_parts(found, "the first", "the second")
