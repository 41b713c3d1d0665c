"""A student's object as the checker sees it: in one process, and from the other kernel."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from autograder.assignment import Limits
from autograder.execution.runner import run
from autograder.kernel_side import agent
from autograder.kernel_side.codec import CodecError, encode
from autograder.kernel_side.proxy import RemoteNamespace, RemoteObject, StudentCodeError
from autograder.outcome import Outcome
from tests.support.jobs import job, notebook, printed


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("sklearn.svm._classes:SVC", True),
        ("matplotlib.axes._base:_AxesBase.ArtistList", True),
        ("sklearn.svm._classes:NoSuchThing", False),
        ("sklearn.no_such_module:SVC", False),
        ("sklearn.utils._bunch:Bunch", False),  # a dict: it would have come by value
        ("sklearn.svm:__name__", False),
        ("sklearn.svm._classes.SVC", False),
        ("sklearn..svm:SVC", False),
        ("os:PathLike", False),
        ("pandas.core.frame:DataFrame", False),  # as a dict
        ("__main__:Mine", False),
        ("", False),
    ],
)
def test_only_a_librarys_class_is_the_class_of_a_stand_in(kind, known):
    stand_in = RemoteObject(None, 0, "__main__.Mine", kind)
    assert isinstance(stand_in, RemoteObject)
    assert (stand_in.__class__ is not RemoteObject) == known
    with pytest.raises(CodecError, match="RemoteObject"):
        encode(stand_in)


class EvilObject:
    """What a student's class could do to operators, as an object that has only a stand-in."""

    def _yes(self, *_):
        return True

    __eq__ = __ne__ = __lt__ = __gt__ = __bool__ = __contains__ = __add__ = __radd__ = _yes
    __hash__ = None
    lines = (1, 2)
    shape = (3,)

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return [5, 6, 7][key]

    def __array__(self, dtype=None, copy=None):
        return np.array([5.0, 6.0, 7.0])


class Scalar:
    def __array__(self, dtype=None, copy=None):
        return np.array(0.25, np.float32)


def linked(**names):
    """Return a link to names that live in this very process, by the agent's own words."""
    return RemoteNamespace(lambda question: json.loads(json.dumps(agent._reply(names, question))))


@pytest.fixture
def evil():
    return linked(evil=EvilObject()).value("get", name="evil")


@pytest.mark.parametrize(
    "use",
    [
        "evil == 3",
        "3 == evil",
        "evil != 3",
        "evil == None",
        "[evil] == [3]",
        "evil < 3",
        "3 > evil",
        "evil + 1",
        "1 + evil",
        "-evil",
        "bool(evil)",
        "not evil",
        "evil or 3",
        "np.float64(3) in [evil]",
        "copy.copy(evil)",
        "float(evil)",
        "evil.shape += (1,)",
    ],
)
def test_a_stand_in_has_no_truth_and_no_value_of_its_own(evil, use):
    with pytest.raises((TypeError, ValueError, AttributeError)):
        exec(use, {"evil": evil, "np": np, "copy": copy})


def test_a_stand_ins_items_are_plain_and_compared_here(evil):
    assert (len(evil), evil[1], evil[-2:], list(evil)) == (3, 6, [6, 7], [5, 6, 7])
    assert 6 in evil
    assert 8 not in evil
    with pytest.raises(IndexError):
        evil[3]


def test_a_stand_in_is_fetched_as_an_array_or_a_number(evil):
    assert np.asarray(evil).tolist() == [5, 6, 7]
    assert np.array(evil, dtype=int, copy=True).dtype == int
    assert np.isclose(evil, 6).tolist() == [False, True, False]
    assert (np.array([5, 5, 5]) == evil).tolist() == [True, False, False]
    scalar = linked(scalar=Scalar()).value("get", name="scalar")
    assert (float(scalar), int(scalar)) == (0.25, 0)
    thing = linked(thing=object()).value("get", name="thing")
    with pytest.raises(TypeError, match="no array of plain data"):
        np.asarray(thing)


def test_one_object_has_one_stand_in():
    one, two = object(), object()
    link = linked(a=one, b=one, c=two, all=(one, two))
    a, b, c, both = (link.value("get", name=name) for name in ("a", "b", "c", "all"))
    assert a is b
    assert a == both[0]
    assert a != c
    assert c in both
    assert len({a, b, c}) == 2


@pytest.mark.parametrize(("answer", "use"), [('{"dict": []}', list), ("-1", len), ('"3"', len)])
def test_answers_of_another_kind_are_refused(answer, use):
    stand_in = RemoteObject(RemoteNamespace(lambda question: {"value": answer}), 0, "Mine", "Mine")
    with pytest.raises((StudentCodeError, TypeError, ValueError)):
        use(stand_in)


def test_iteration_has_an_end():
    with pytest.raises(ValueError, match="more than 10000 items"):
        list(linked(forever=itertools.count()).value("get", name="forever"))
    assert "__name__" not in dir(linked(f=len).value("get", name="f"))
    assert linked(f=len).value("get", name="f").__name__ == "len"


def test_a_module_is_the_checks_own():
    link = linked(np=np, metrics=importlib.import_module("sklearn.metrics"))
    assert link.value("get", name="np") is np
    assert link.value("get", name="metrics").__name__ == "sklearn.metrics"


@pytest.mark.parametrize("name", ["this", "lib2to3.pgen2.driver", "keras.no_such_module", "s01"])
def test_no_other_module_is_imported_on_the_students_word(name):
    link = RemoteNamespace(
        lambda question: {"value": encode(object(), lambda value: {"module": name})}
    )
    with pytest.raises(StudentCodeError, match=re.escape(repr(name))):
        link.value("get", name="it")
    assert name not in sys.modules


# Real objects of the libraries that students use, in two kernels


LIMITS = Limits(cell_seconds=60, call_seconds=60, notebook_seconds=120)

PLOT = """
import matplotlib.pyplot as plt
fig, axes = plt.subplots(1, 2, figsize=(4, 2))
axes[0].plot([1, 2, 3], [0.5, 0.7, 0.8], label="train")
axes[0].plot([1, 2, 3], [0.4, 0.6, 0.6], label="test")
axes[0].set(title="Learning", xlabel="epoch", ylabel="accuracy")
axes[0].legend()
image = axes[1].imshow([[0, 1], [2, 3]], cmap="gray")
def draw(values):
    figure, ax = plt.subplots()
    ax.bar(range(len(values)), values)
    return ax
"""
PLOT_CHECKS = (
    """
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
assert isinstance(fig, Figure) and isinstance(fig.axes[0], Axes)
ax = fig.axes[0]
assert ax == axes[0] and ax is fig.axes[0] and ax in fig.axes and ax != fig.axes[1]
assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Learning", "epoch", "accuracy")
assert len(ax.lines) == 2 and len(list(ax.lines)) == 2
assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]
assert max(line.get_ydata().max() for line in ax.lines) == 0.8
assert [line.get_label() for line in ax.lines] == ["train", "test"]
assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train", "test"]
assert len(ax.lines[:1]) == 1 and ax.lines[-1] in ax.lines
assert np.asarray(fig.axes[1].images[0].get_array()).sum() == 6
assert [bar.get_height() for bar in draw([3, 1, 2]).patches] == [3, 1, 2]
assert fig.get_size_inches().tolist() == [4, 2]
""",
    "assert fig.axes[0].get_title() == 'Other', 'name the plot'",
    "assert fig.axes[0].lines",
    "fig",
)


def test_a_figure_is_checked_by_what_it_shows(tmp_path):
    result = run(job(notebook(PLOT, tests=PLOT_CHECKS), tmp_path, limits=LIMITS))
    assert printed(result, "t0") == ""
    assert printed(result, "t1") == "name the plot"
    assert "ArtistList> has no value here: take plain data from it first" in printed(result, "t2")
    assert "Figure" in printed(result, "t3")
    assert result.outcome is Outcome.STUDENT_ERROR  # t2's


MODEL = """
import numpy as np
import keras
import tensorflow as tf
keras.utils.set_random_seed(1)
images = np.linspace(0, 1, 40 * 16, dtype=np.float32).reshape(40, 4, 4, 1)
labels = (images.mean(axis=(1, 2, 3)) > 0.5).astype(int)
model = keras.Sequential([
    keras.Input((4, 4, 1)),
    keras.layers.Flatten(),
    keras.layers.Dense(3, activation="relu", name="hidden"),
    keras.layers.Dense(1, activation="sigmoid"),
])
adam = keras.optimizers.Adam(0.01)
model.compile(optimizer=adam, loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(images, labels, epochs=2, validation_split=0.25, verbose=0)
class Mine(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)
    def call(self, x):
        return self.dense(x)
    def __eq__(self, other):
        return True
    __hash__ = keras.Model.__hash__
mine = Mine()
def loss(value):
    return tf.reduce_mean(tf.constant(value))
"""
MODEL_CHECKS = (
    """
import keras
import numpy as np
assert isinstance(model, keras.Model) and isinstance(model, keras.Sequential)
assert isinstance(mine, keras.Model) and not isinstance(mine, keras.Sequential)
assert (model.input_shape, model.output_shape) == ((None, 4, 4, 1), (None, 1))
assert model.count_params() == 16 * 3 + 3 + 3 + 1
assert [type(w) for w in model.get_weights()] == [np.ndarray] * 4
assert [layer.name for layer in model.layers][1] == "hidden" and len(model.layers) == 3
assert isinstance(model.layers[-1], keras.layers.Dense) and model.layers[-1].units == 1
assert model.layers[-1].activation.__name__ == "sigmoid"
answers = model.predict(np.zeros((5, 4, 4, 1)), verbose=0)
assert answers.shape == (5, 1) and answers.dtype == np.float32
assert np.allclose(model(np.zeros((5, 4, 4, 1))), answers, atol=1e-5)
measured = model.evaluate(np.ones((6, 4, 4, 1)), np.ones(6), verbose=0)
assert len(measured) == 2 and all(type(number) is float for number in measured)
assert sorted(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
assert len(history.history["loss"]) == 2 and history.epoch == [0, 1]
assert abs(float(model.optimizer.learning_rate) - 0.01) < 1e-6
assert np.isclose(float(loss([1.0, 2.0])), 1.5) and np.asarray(loss([3.0])).shape == ()
""",
    "assert mine == 3",
    "assert loss([1.0]) > 0.5",
)


def test_a_keras_model_is_checked_by_calls_and_attributes(tmp_path):
    result = run(job(notebook(MODEL, tests=MODEL_CHECKS), tmp_path, limits=LIMITS))
    assert printed(result, "t0") == ""
    assert "__main__.Mine> has no value here" in printed(result, "t1")
    assert "EagerTensor> has no value here" in printed(result, "t2")


PIPELINE = """
import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
X, y = np.arange(40.0).reshape(20, 2), np.repeat([0, 1], 10)
pipeline = make_pipeline(StandardScaler(), SVC(C=3)).fit(X, y)
search = GridSearchCV(pipeline, {"svc__C": [1, 3]}, cv=2).fit(X, y)
"""
PIPELINE_CHECKS = (
    """
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
assert len(pipeline) == 2 and isinstance(pipeline[-1], SVC) and isinstance(pipeline[:1], Pipeline)
assert isinstance(pipeline["svc"], SVC) and pipeline["svc"] == pipeline.steps[-1][1]
assert isinstance(pipeline.named_steps["svc"], SVC)
assert pipeline.predict([[0, 1], [38, 39]]).tolist() == [0, 1]
assert pipeline.score(X, y) == 1 and search.best_params_["svc__C"] in (1, 3)
assert sorted(pipeline.get_params()["svc"].get_params())[0] == "C"
fresh = clone(pipeline[-1])
assert type(fresh) is SVC and fresh.fit(X, y).C == 3
assert pipeline.fit(X, y) is pipeline
""",
    "assert pipeline == pipeline.steps and 'never reached'",
)


def test_a_pipeline_is_checked_step_by_step(tmp_path):
    result = run(job(notebook(PIPELINE, tests=PIPELINE_CHECKS), tmp_path, limits=LIMITS))
    assert printed(result, "t0") == ""
    assert "Pipeline> has no value here" in printed(result, "t1")


@pytest.mark.parametrize("text", [PLOT + PLOT_CHECKS[0], PIPELINE + PIPELINE_CHECKS[0]])
def test_the_same_text_passes_where_there_is_one_kernel_only(text):
    quiet = os.environ | {"MPLBACKEND": "agg", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", text], env=quiet, check=True, timeout=120)


TABLE = """
import pandas as pd
class Evil(pd.DataFrame):
    def __eq__(self, other):
        return True
    def equals(self, other):
        return True
table = pd.DataFrame({"digit": [5, 0], "name": ["five", "zero"]}, index=["a", "b"])
evil = Evil({"digit": [1]})
mixed = Evil({"anything": [object(), 3]})
def top(frame):
    return frame.sort_values("digit").head(1)
"""
TABLE_CHECKS = (
    """
import pandas as pd
assert table.loc["a", "digit"] == 5 and list(table["name"]) == ["five", "zero"]
assert type(evil) is pd.DataFrame and not evil.equals(pd.DataFrame({"digit": [2]}))
assert top(pd.DataFrame({"digit": [3, 1]})).index.tolist() == [1]
""",
    "assert mixed.equals(3)",
)


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_a_table_is_checked_as_plain_data(tmp_path):
    result = run(job(notebook(TABLE, tests=TABLE_CHECKS), tmp_path, limits=LIMITS))
    assert printed(result, "t0") == ""
    assert "a object is not plain data" in printed(result, "t1")
