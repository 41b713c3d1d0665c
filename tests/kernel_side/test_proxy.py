"""Real objects of the libraries that students use, checked from the other kernel."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

from autograder.assignment import Limits
from autograder.execution.runner import run
from autograder.outcome import Outcome
from tests.support.jobs import job, notebook, printed

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
