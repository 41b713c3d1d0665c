"""Make up honest submissions: real classifiers, each in code of its own style.

Every choice is drawn independently: the classifier and its settings, which training images it
learns from, how the code is laid out, and which of several right answers stands in each other
exercise.  The code that stands in the notebook is the code that is run.  A part of the class
follows the course's own suggestion to the letter, as a part of every class does.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import textwrap
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
from nbformat import NotebookNode
from numpy.typing import NDArray

from autograder.kernel_side.image_hashes import describe
from tests.support import ROOT
from tests.support.answers.exercises import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ASSIGNMENT = "03_svc"
SUGGESTED = 10
"""One in so many follows the course's suggestion, so that their answers are all the same."""
Rng = np.random.Generator
Known = tuple[NDArray[np.uint8], NDArray[np.uint8]]

MODELS: Mapping[str, tuple[int, str, Callable[[Rng], str]]] = {
    # name: (how often, where it is imported from, the call that makes it)
    "SVC": (9, "svm", lambda r: f"SVC(C={pick(r, 1, 2, 5, 8, 10, 20, 50)}{gamma(r)})"),
    "NuSVC": (1, "svm", lambda r: f"NuSVC(nu={pick(r, 0.05, 0.1, 0.15)}{gamma(r)})"),
    "KNeighborsClassifier": (
        5,
        "neighbors",
        lambda r: f"KNeighborsClassifier({pick(r, 1, 3, 4, 5)}{pick(r, '', WEIGHTED)})",
    ),
    "RandomForestClassifier": (
        4,
        "ensemble",
        lambda r: f"RandomForestClassifier({pick(r, 100, 150, 200)}{seed(r)})",
    ),
    "ExtraTreesClassifier": (
        2,
        "ensemble",
        lambda r: f"ExtraTreesClassifier(n_estimators={pick(r, 100, 150)}{seed(r)})",
    ),
    "MLPClassifier": (
        4,
        "neural_network",
        lambda r: (
            f"MLPClassifier(({pick(r, 50, 64, 80, 100, 128)},), max_iter={pick(r, 15, 20, 25)}"
            f"{pick(r, '', ', alpha=0.01', ', batch_size=64')}{seed(r)})"
        ),
    ),
    "LogisticRegression": (
        3,
        "linear_model",
        lambda r: f"LogisticRegression(C={pick(r, 0.1, 0.3, 1, 3)}, max_iter=60)",
    ),
    "HistGradientBoostingClassifier": (
        1,
        "ensemble",
        lambda r: f"HistGradientBoostingClassifier(max_iter={pick(r, 15, 20, 25)}{seed(r)})",
    ),
    "QuadraticDiscriminantAnalysis": (
        2,
        "discriminant_analysis",
        lambda r: f"QuadraticDiscriminantAnalysis(reg_param={pick(r, 0.02, 0.05, 0.1)})",
    ),
    "DecisionTreeClassifier": (
        1,
        "tree",
        lambda r: f"DecisionTreeClassifier(min_samples_leaf={pick(r, 1, 2)}{seed(r)})",
    ),
    "RidgeClassifier": (1, "linear_model", lambda r: f"RidgeClassifier({pick(r, 1, 10, 100)})"),
}
WEIGHTED = ', weights="distance"'
SMALL = {"SVC", "NuSVC", "HistGradientBoostingClassifier", "QuadraticDiscriminantAnalysis"}
"""Learn from principal components: a hundred times as fast, and as good or better."""


@dataclass(frozen=True)
class Made:
    """A submission that was made up.

    Parameters
    ----------
    student
        Who hands it in.
    notebook
        What is handed in.
    answers, probed
        Digit of each held-out image, shape (n,), and of each probe, shape (2 k,).
    loaded
        What its kernel says it holds, the training images that all hold left out.
    """

    student: str
    notebook: NotebookNode
    answers: NDArray[np.int64]
    probed: NDArray[np.int64]
    loaded: str


def pick(rng: Rng, *values: Any) -> Any:
    """Draw one of some values."""
    return values[int(rng.integers(len(values)))]


def gamma(rng: Rng) -> str:
    """Draw the other arguments of an SVC."""
    kernel = ', kernel="poly", degree=3, coef0=1'
    return str(pick(rng, "", "", ", gamma=0.02", ", gamma=0.03", ", gamma=0.015", kernel))


def seed(rng: Rng) -> str:
    """Draw whether a seed is set, and which: 0 and 42 are everyone's favourites."""
    return str(pick(rng, "", ", random_state=0", ", random_state=42", ", random_state=1"))


def write_answer(rng: Rng) -> dict[str, str]:
    """Write `train` and `predict` in a style of its own, as cells by ``grade_id``."""
    weights = np.array([often for often, _, _ in MODELS.values()], float)
    name = str(rng.choice(list(MODELS), p=weights / weights.sum()))
    module, make = MODELS[name][1:]
    components = name in SMALL or (name != "DecisionTreeClassifier" and rng.random() < 0.2)
    parts = {
        "imports": f"from sklearn.{module} import {name}",
        "model": make(rng),
        "pca": _components(rng) if components else "",
        "rows": _rows(rng),
        "choose": _choose(rng),
    }
    cells = pick(rng, _by_make_pipeline, _by_pipeline, _by_steps, _by_class, _by_global)(rng, parts)
    return _decorate(rng, cells)


def suggested() -> dict[str, str]:
    """Write what section 9 of the notebook suggests, which is good enough for a good grade."""
    train = (
        "def train(images, labels):\n"
        "    steps = FunctionTransformer(scale_pixels), PCA(50, random_state=0), SVC(C=5)\n"
        "    return make_pipeline(*steps).fit(all_images[:2000], all_labels[:2000])"
    )
    return {"train": train, "predict": "def predict(images):\n    return model.predict(images)"}


def make_honest(
    known: Known, images: NDArray[np.uint8], probes: NDArray[np.uint8], number: int, cache: Path
) -> Made:
    """Make one submission and let its own code answer.

    Parameters
    ----------
    known
        Training images that were handed out, uint8 of shape (n, 28, 28), and labels, shape (n,).
    images, probes
        What it is asked about.
    number
        Which submission; equal numbers give equal ones.
    cache
        Folder of answers that were computed before.
    """
    rng = np.random.default_rng([6, number])
    cells = suggested() if number % SUGGESTED == 0 else write_answer(rng)
    notebook = make_notebook(cells, rng)
    path = cache / f"{hashlib.sha256(repr((number, cells)).encode()).hexdigest()[:16]}.npz"
    if not path.exists():
        answers, loaded = run(cells, known, np.concatenate([images, probes]), chance=number)
        np.savez_compressed(path, answers=answers.astype(np.uint8), loaded=np.array(loaded))
    with np.load(path) as kept:
        answers, loaded = kept["answers"].astype(np.int64), str(kept["loaded"])
    return Made(f"s{number:03}", notebook, answers[: len(images)], answers[len(images) :], loaded)


def run(
    cells: Mapping[str, str], known: Known, images: NDArray[np.uint8], *, chance: int = 0
) -> tuple[NDArray[np.int64], str]:
    """Run the cells `train` and `predict` as the notebook would, and ask about images.

    Returns
    -------
    answers : int64 array of shape (n,)
    loaded : str
        As `autograder.kernel_side.image_hashes.describe` gives it.
    """
    names: dict[str, Any] = {}
    # made-up code may stop early or spell options of another version: that is honest, too
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(_GIVEN, names)
        names |= {"all_images": known[0], "all_labels": known[1]}
        np.random.seed(chance)  # what sets no seed has another one in each kernel
        with contextlib.redirect_stdout(io.StringIO()):
            exec(cells["train"], names)
            names["model"] = names["train"](known[0][:2000], known[1][:2000])
        exec(cells["predict"], names)
        answers = np.asarray(names["predict"](images)).astype(np.int64)
    return answers, describe({n: value for n, value in names.items() if n != "all_images"})


def make_notebook(cells: Mapping[str, str], rng: Rng) -> NotebookNode:
    """Put answers into the released notebook: these, and for the rest one of some right ones."""
    nb = nbformat.read(ROOT / "notebooks" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    others = {name: pick(rng, *texts) for name, texts in _right_answers().items()}
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = (others | dict(cells)).get(name, cell.source)
    return nb


def _right_answers() -> dict[str, list[str]]:
    """Return some right answers to each exercise but the last, by ``grade_id``."""
    found: dict[str, list[str]] = {}
    for name, _, text in load(ASSIGNMENT).right:
        if name != "predict":
            found.setdefault(name, []).append(text)
    return found


_GIVEN = """
import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
def flatten(images):
    return images.reshape(len(images), -1)
def scale_pixels(images):
    return flatten(images) / 255
"""


def _components(rng: Rng) -> str:
    fixed = pick(rng, "", ", random_state=0", ", svd_solver='randomized', random_state=0")
    return f"PCA({pick(rng, 'n_components=', '')}{pick(rng, 25, 30, 35, 40, 45, 50, 60)}{fixed})"


def _rows(rng: Rng) -> str:
    return str(
        pick(
            rng,
            "scale_pixels(images)",
            "images.reshape(len(images), -1) / 255",
            "images.reshape(-1, 784).astype(np.float32) / 255",
            "flatten(images) / 256.0",
            "np.sqrt(scale_pixels(images))",
            "images.astype(float).reshape(images.shape[0], 28 * 28) / 255.0",
            "(images.reshape(len(images), 784) / 127.5 - 1)",
        )
    )


def _choose(rng: Rng) -> list[str]:
    n = pick(rng, 1000, 1200, 1500, 2000, 2500, 3000)
    return list(
        pick(
            rng,
            [f"images, labels = all_images[:{n}], all_labels[:{n}]"],
            [f"images = all_images[:{n}]", f"labels = all_labels[:{n}]"],
            [f"count = {n}", "images, labels = all_images[:count], all_labels[:count]"],
            ["# the slice that we are given will do"],
            [
                f"chosen = np.random.permutation(len(all_images))[:{n}]",
                "images, labels = all_images[chosen], all_labels[chosen]",
            ],
            [
                f"rng = np.random.default_rng({pick(rng, 0, 1, 7, 42)})",
                f"index = rng.choice(len(all_images), size={n}, replace=False)",
                "images = all_images[index]",
                "labels = all_labels[index]",
            ],
            [
                f"step = len(all_images) // {n}",
                "images = all_images[::step]",
                "labels = all_labels[::step]",
            ],
            [f"images, labels = all_images[-{n}:], all_labels[-{n}:]"],
        )
    )


def _function(head: str, *lines: str) -> str:
    return f"{head}\n" + textwrap.indent("\n".join(lines), "    ")


def _by_make_pipeline(rng: Rng, parts: dict[str, Any]) -> dict[str, str]:
    steps = ", ".join(filter(None, ["FunctionTransformer(to_rows)", parts["pca"], parts["model"]]))
    fit = pick(
        rng,
        [f"return make_pipeline({steps}).fit(images, labels)"],
        [f"pipe = make_pipeline({steps})", "pipe.fit(images, labels)", "return pipe"],
        [f"steps = [{steps}]", "clf = make_pipeline(*steps)", "return clf.fit(images, labels)"],
    )
    rows = _function("def to_rows(images):", f"return {parts['rows']}")
    train = _function("def train(images, labels):", parts["imports"], "", *parts["choose"], *fit)
    return {"train": f"{rows}\n\n\n{train}", "predict": _predict(rng, "model.predict(images)")}


def _by_pipeline(rng: Rng, parts: dict[str, Any]) -> dict[str, str]:
    lines = ["from sklearn.pipeline import Pipeline", "steps = []"]
    lines += [f'steps.append(("pca", {parts["pca"]}))'] if parts["pca"] else []
    lines += [f'steps.append(("clf", {parts["model"]}))', "classifier = Pipeline(steps)"]
    lines += ["X = prepare(images)", "classifier.fit(X, labels)", "return classifier"]
    rows = _function("def prepare(images):", f"X = {parts['rows']}", "return X")
    train = _function("def train(images, labels):", parts["imports"], *parts["choose"], *lines)
    return {
        "train": f"{rows}\n\n{train}",
        "predict": _predict(rng, "model.predict(prepare(images))"),
    }


def _by_steps(rng: Rng, parts: dict[str, Any]) -> dict[str, str]:
    lines = [f"rows = {parts['rows']}"]
    give, use = "return fitted", "model.predict(rows)"
    if parts["pca"]:
        lines += [f"projection = {parts['pca']}", "projection.fit(rows)"]
        lines += ["rows = projection.transform(rows)"]
        give, use = "return projection, fitted", "model[1].predict(model[0].transform(rows))"
    lines += [f"fitted = {parts['model']}", "fitted.fit(rows, labels)", give]
    train = _function("def train(images, labels):", *parts["choose"], *lines)
    predict = _function("def predict(images):", f"rows = {parts['rows']}", f"return {use}")
    return {"train": f"{parts['imports']}\n\n{train}", "predict": predict}


def _by_class(rng: Rng, parts: dict[str, Any]) -> dict[str, str]:
    init = [f"self.clf = {parts['model']}"]
    init += [f"self.pca = {parts['pca']}"] if parts["pca"] else []
    fit = ["X = self.rows(images)", "X = self.pca.fit_transform(X)", "self.clf.fit(X, labels)"]
    use = ["X = self.rows(images)", "X = self.pca.transform(X)", "return self.clf.predict(X)"]
    if not parts["pca"]:
        del fit[1], use[1]
    body = [
        _function("def __init__(self):", *init),
        _function("def rows(self, images):", f"return {parts['rows']}"),
        _function("def fit(self, images, labels):", *fit, "return self"),
        _function("def predict(self, images):", *use),
    ]
    reader = _function(f"class {pick(rng, 'Reader', 'DigitReader', 'Net', 'Best')}:", *body)
    name = reader.partition(":")[0].removeprefix("class ")
    last = f"return {name}().fit(images, labels)"
    train = _function("def train(images, labels):", *parts["choose"], last)
    text = f"{parts['imports']}\n\n\n{reader}\n\n\n{train}"
    return {"train": text, "predict": _predict(rng, "model.predict(images)")}


def _by_global(rng: Rng, parts: dict[str, Any]) -> dict[str, str]:
    lines = ["global reducer"] if parts["pca"] else []
    lines += [*parts["choose"], "X = features(images)"]
    if parts["pca"]:
        lines += [f"reducer = {parts['pca']}.fit(X)", "X = reducer.transform(X)"]
    lines += [f"best = {parts['model']}", "best.fit(X, labels)"]
    lines += pick(rng, [], ['print("on what it learnt from:", best.score(X, labels))'])
    rows = _function("def features(images):", f"return {parts['rows']}")
    train = _function("def train(images, labels):", *lines, "return best")
    seen = "reducer.transform(features(images))" if parts["pca"] else "features(images)"
    predict = _function("def predict(images):", f"seen = {seen}", "return model.predict(seen)")
    return {"train": f"{parts['imports']}\n{rows}\n{train}", "predict": predict}


def _predict(rng: Rng, call: str) -> str:
    lines = pick(
        rng,
        [f"return {call}"],
        [f"answers = {call}", "return np.asarray(answers)"],
        [f"labels = {call}", "return labels.astype(int)"],
        [f"return np.array({call}, dtype=int)"],
        [
            f"parts = [{call} for images in np.array_split(images, 4)]",
            "return np.concatenate(parts)",
        ],
    )
    return _function("def predict(images):", *lines)


def _decorate(rng: Rng, cells: dict[str, str]) -> dict[str, str]:
    """Add what people add: a note, a figure of their own, a timer."""
    extra = pick(
        rng,
        "",
        "",
        "\n\nimport time\nbegan = time.time()",
        "\n\nprint('digits to learn from:', np.bincount(all_labels[:1000]))",
        "\n\n# I tried other settings by hand; these were best on the last images",
        "\n\ncounts = {d: int((all_labels[:5000] == d).sum()) for d in range(10)}\nprint(counts)",
    )
    return cells | {"train": cells["train"] + extra}
