import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from helpers.data import load_sample
from helpers.svm import fit_svc


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.mark.parametrize(("C", "gamma"), [(1, None), (0.1, 0.001), (100, 0.0005), (10, 0.02)])
def test_decisions_are_those_of_an_svc(digits, C, gamma):
    rows, labels = digits
    slow = SVC(C=C, gamma=gamma or "scale", decision_function_shape="ovo")
    slow.fit(rows[:900], labels[:900])
    fast = fit_svc(rows[:900], labels[:900], C=C, gamma=gamma)
    assert np.allclose(fast.decisions(rows), slow.decision_function(rows), atol=0.02)
    assert np.mean(fast.predict(rows) == slow.predict(rows)) > 0.999


def test_rows_without_a_say_are_left_out_and_none_is_missing():
    images, labels, others, _ = load_sample()
    rows, others = images.reshape(-1, 784) / 255, others.reshape(-1, 784) / 255
    slow, fast = SVC().fit(rows, labels), fit_svc(rows, labels)
    assert abs(len(fast.vectors) - len(slow.support_)) <= 3
    assert np.array_equal(fast.predict(others), slow.predict(others))


def test_float32_rows_and_text_labels(digits):
    rows, labels = digits
    names = np.array(list("abcdefghij"))[labels]
    fast = fit_svc(rows[:300].astype(np.float32), names[:300])
    assert np.array_equal(fast.predict(rows), SVC().fit(rows[:300], names[:300]).predict(rows))


def test_two_classes(digits):
    rows, labels = digits[0][digits[1] < 2], digits[1][digits[1] < 2]
    slow, fast = SVC().fit(rows[:50], labels[:50]), fit_svc(rows[:50], labels[:50])
    # scikit-learn's two-class decisions are above 0 for the second class.
    assert np.allclose(-fast.decisions(rows)[:, 0], slow.decision_function(rows), atol=0.01)
    assert np.array_equal(fast.predict(rows), slow.predict(rows))


def test_a_rough_machine_that_misleads_is_corrected(digits, monkeypatch):
    rows, labels = digits
    monkeypatch.setattr("helpers.svm._ROUGH", 1)  # it sees one component only
    monkeypatch.setattr("helpers.svm._NEAR", -1)
    slow, fast = SVC().fit(rows[:900], labels[:900]), fit_svc(rows[:900], labels[:900])
    assert abs(len(fast.vectors) - len(slow.support_)) <= 3
    assert np.array_equal(fast.predict(rows), slow.predict(rows))


def test_no_rows_give_no_answers(digits):
    fast = fit_svc(digits[0][:100], digits[1][:100])
    assert fast.predict(digits[0][:0]).shape == (0,)
