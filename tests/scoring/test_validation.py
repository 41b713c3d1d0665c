"""Legal answers count in any type that holds them exactly; others are named by their value."""

import json

import numpy as np
import pandas as pd
import pytest

from autograder.kernel_side import agent
from autograder.kernel_side.proxy import RemoteNamespace, RemoteObject
from autograder.scoring.metrics import METRICS
from autograder.scoring.validation import PredictionTypeError, PredictionValueError

TRUTH = {name: np.array([0, 1, 9]) for name in METRICS} | {
    "ari": np.array([0, 1, 1]),
    "macro_f1": np.array([[0, 1], [1, 1], [0, 0]]),
}
LEGAL = {name: [0, 1, 9] for name in METRICS} | {
    "ari": [0, -1, 5],
    "macro_f1": [[0, 1], [1, 1], [0, 0]],
}
HOLDERS = {
    **{
        name: lambda values, dtype=name: np.array(values, dtype)
        for name in ("float16", "float32", "float64", "longdouble", "int8", "int64", ">i4")
    },
    "objects": lambda values: np.array(values, object),
    "lists": lambda values: values,
    "tuples": lambda values: tuple(map(tuple, values)) if isinstance(values[0], list) else values,
    "lists of floats": lambda values: np.array(values, float).tolist(),
    "pandas": lambda values: (pd.DataFrame if isinstance(values[0], list) else pd.Series)(values),
    "pandas floats": lambda values: pd.DataFrame(values).astype(float).squeeze(),
}


def check(metric, answer):
    return METRICS[metric].check(answer, TRUTH[metric])


def is_plain(metric, checked):
    return type(checked) is np.ndarray and checked.dtype == (bool if metric == "macro_f1" else int)


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("metric", METRICS)
def test_a_legal_answer_counts_whatever_holds_it(metric, holder):
    checked = check(metric, HOLDERS[holder](LEGAL[metric]))
    assert checked.tolist() == LEGAL[metric]
    assert is_plain(metric, checked)


@pytest.mark.parametrize("dtype", ["uint8", "uint64", "bool"])
@pytest.mark.parametrize("metric", METRICS)
def test_types_without_a_sign_and_truth_values(metric, dtype):
    answer = np.abs(LEGAL[metric]) > 0 if dtype == "bool" else np.abs(LEGAL[metric]).astype(dtype)
    checked = check(metric, answer)
    assert checked.tolist() == answer.astype(int).tolist()
    assert is_plain(metric, checked)


@pytest.mark.parametrize(
    "large",
    [
        np.array([2**64 - 1, 2**63, 2**64 - 1], np.uint64),
        np.array([1e300, 2.0**63, 1e300]),
        np.array([3e38, 2.0**63, 3e38], np.float32),
        [10**400, 2**63, 10**400],
        np.array([2**70, 2**70 - 1, 2**70], object),
    ],
    ids=["uint64", "float64", "float32", "lists", "objects"],
)
def test_numbers_of_clusters_may_be_as_large_as_they_like(large):
    assert check("ari", large).tolist() == [1, 0, 1]


def test_noise_stays_noise_beside_large_numbers():
    assert check("ari", [2**80, -1, 3]).tolist() == [1, -1, 0]


def test_large_neighbours_are_two_clusters():
    answer = np.array([2**64 - 1, 2**64 - 2, 2**64 - 2], np.uint64)
    assert METRICS["ari"].score_of(TRUTH["ari"], check("ari", answer)) == 1


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "object"])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [(0.5, "0.5"), (np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf"), (-2, "-2")],
)
@pytest.mark.parametrize("metric", METRICS)
def test_a_wrong_neighbour_is_named_by_its_value(metric, wrong, said, dtype):
    answer = np.array(LEGAL[metric], dtype)
    answer.flat[1] = wrong
    with pytest.raises(PredictionValueError, match=rf"(labels|values) {said}(\.0)?, expected"):
        check(metric, answer)


@pytest.mark.parametrize("dtype", ["int8", "float16", "uint64", "object"])
@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_ten_is_no_digit_and_no_indicator(metric, dtype):
    answer = np.abs(LEGAL[metric]).astype(dtype)
    answer.flat[1] = 10
    with pytest.raises(PredictionValueError, match=r"(labels|values) 10(\.0)?, expected"):
        check(metric, answer)


def test_minus_one_is_noise_among_clusters_alone():
    for metric in ("accuracy", "macro_f1"):
        answer = np.array(LEGAL[metric])
        answer.flat[1] = -1
        with pytest.raises(PredictionValueError, match="-1, expected"):
            check(metric, answer)


@pytest.mark.parametrize("odd", [None, "1", 1j, b"1", object()])
@pytest.mark.parametrize("metric", METRICS)
def test_what_is_no_number_is_named_by_its_type(metric, odd):
    answer = np.array(LEGAL[metric], object)
    answer.flat[1] = odd
    with pytest.raises(PredictionTypeError, match="an array of type object"):
        check(metric, answer)


def test_advice_goes_to_fractions_alone():
    with pytest.raises(PredictionValueError, match="argmax"):
        check("accuracy", [0.1, 1, 9])
    with pytest.raises(PredictionValueError, match="threshold"):
        check("macro_f1", np.full((3, 2), 0.7))
    with pytest.raises(PredictionValueError, match=r"to 9$"):
        check("accuracy", [np.nan, 1, 9])


# On their way from the student's kernel to the checker's


def sent(answer):
    """Return what a graded cell gets of an answer, by the two ends' own words."""
    link = RemoteNamespace(lambda question: json.loads(json.dumps(agent._reply(names, question))))
    names = {"answer": answer}
    return link.value("get", name="answer")


@pytest.mark.parametrize("holder", [h for h in HOLDERS if h != "longdouble"])
@pytest.mark.parametrize("metric", METRICS)
def test_a_legal_answer_counts_when_graded_too(metric, holder):
    assert check(metric, sent(HOLDERS[holder](LEGAL[metric]))).tolist() == LEGAL[metric]


def test_large_numbers_arrive_exactly():
    assert check("ari", sent(np.array([2**70, 2**70 - 1, 2**70], object))).tolist() == [1, 0, 1]


def test_objects_that_are_no_numbers_stay_where_they_are():
    array = sent(np.array([object(), 1, 2], object))
    assert type(array) is RemoteObject
    with pytest.raises(PredictionTypeError, match="no array of plain data"):
        check("accuracy", array)
