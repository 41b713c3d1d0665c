"""The notebook that decodes IDX files, its second part, a support vector machine: notebook 03."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn import metrics, svm
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tqdm import tqdm

from benchmarks.sources.claims import CHOICE, IDX, OUTDATED, WRONG, Finding, claim, quoted, run
from helpers.data import load_mnist, load_sample
from helpers.svm import fit_svc

MACHINE = quoted(IDX, 467, "clf = svm.SVC(random_state=SEED)")
LEARN = quoted(IDX, 475, "clf.fit(train['images'], train['labels'])")
ANSWER = quoted(IDX, 486, "pred = clf.predict(test['images'])")
REPORT = quoted(IDX, 497, "clf_report = metrics.classification_report(test['labels'], pred)")
GRID = quoted(
    IDX,
    533,
    """
pipe = Pipeline([
    ('preprocessing', StandardScaler()),
    ('classifier', SVC())
])
""",
)
PARAMETERS = quoted(
    IDX,
    539,
    """
param_grid = [
    {
        'classifier': [SVC()],
        'preprocessing' : [StandardScaler()],
        'classifier__C': [0.01, 0.1, 1, 10, 100],
        'classifier__gamma': [0.01, 0.1, 1, 10, 100],
        'classifier__random_state': [0]
    }
]
""",
)
SEARCH = quoted(IDX, 550, "grid = GridSearchCV(pipe, param_grid, cv=5)")
WATCH = quoted(IDX, 553, "tqdm(grid.fit(train['images'], train['labels']))")

DIVIDE = quoted(IDX, 448, "images.append(list(map(lambda x: int(x) / 256, tmp[1:])))")
quoted(IDX, 431, "0:0, 255:1 이다.")
quoted(IDX, 481, "kernel='rbf', max_iter=-1, probability=False, random_state=None,")
quoted(IDX, 493, "0.136")
quoted(IDX, 573, "decoding_mnist_rawData(maxCount=7500 * cnt)")


def tables(divisor: float = 1) -> dict[str, Any]:
    """Return the sample as the document has it, 750 and 250 rows of pixels with their labels."""
    images, labels, new_images, new_labels = load_sample()
    parts = {"train": (images, labels), "test": (new_images, new_labels)}
    return {
        part: {"images": pixels.reshape(-1, 784) / divisor, "labels": digits}
        for part, (pixels, digits) in parts.items()
    }


def of_its_day(**options: Any) -> SVC:
    """Make the machine that ``svm.SVC`` made then: gamma was 1 / features."""
    return SVC(gamma="auto", **options)


def score_of(make: Any, divisor: float = 1) -> tuple[float, Any]:
    """Run the document's lines; return the accuracy, and the report on each class."""
    names = tables(divisor) | {"svm": SimpleNamespace(SVC=make), "SEED": 2020, "metrics": metrics}
    with warnings.catch_warnings(action="ignore"):
        for code in (MACHINE, LEARN, ANSWER, REPORT):
            names = run(code, **names)
    return metrics.accuracy_score(names["test"]["labels"], names["pred"]), names["clf_report"]


@claim("svc-raw", MACHINE, OUTDATED)
def raw() -> Finding:
    """SVC() meant gamma="auto" then, 0.136 on raw pixels; today's default does better."""
    then, report = score_of(of_its_day)
    now = score_of(svm.SVC)[0]
    ones = report.splitlines()[3].split()
    found = f"gamma='auto' {then:.3f}, the 1s {' '.join(ones)}; today's default {now:.3f}"
    return Finding(round(then, 3) == 0.136 and ones[1:] == ["0.14", "1.00", "0.24", "34"], found)


@claim("svc-not-run", quoted(IDX, 438, "In [None]:"), WRONG)
def not_run() -> Finding:
    """0.136 is of pixels from 0 to 255: the cell that divides by 256 was not run before it."""
    images: list[list[float]] = []
    run(DIVIDE, images=images, tmp=["5", "0", "128"])
    divided = score_of(of_its_day, 256)[0]
    found = f"divided by 256, as {images[0]}, the same lines give {divided:.3f}"
    return Finding(images == [[0, 0.5]] and divided > 0.7, found)


@claim("svc-256", quoted(IDX, 432, "값/256 <- 값의 총 개수 = 256"), CHOICE)
def divisor() -> Finding:
    """Of two ways that it names the code takes 256, and 255 becomes 0.9961: harmless."""
    scores = [score_of(svm.SVC, by)[0] for by in (255, 256)]
    found = f"255 / 256 = {255 / 256:.4f}; accuracy {scores[0]}, {scores[1]}"
    return Finding(round(255 / 256, 4) == 0.9961 and scores[0] == scores[1], found)


@claim("svc-standard", quoted(IDX, 534, "('preprocessing', StandardScaler()),"), CHOICE)
def standard() -> Finding:
    """Standardised pixels are worse than pixels divided by 255."""
    names = tables()
    machine = Pipeline([("preprocessing", StandardScaler()), ("classifier", SVC())])
    machine.fit(names["train"]["images"], names["train"]["labels"])
    worse = machine.score(names["test"]["images"], names["test"]["labels"])
    plain = score_of(svm.SVC, 255)[0]
    return Finding(worse < plain, f"standardised {worse:.3f}, divided by 255 {plain:.3f}")


@claim("svc-seed", quoted(IDX, 465, "SVC가 내부적으로 사용하는 난수 값의 패턴을 고정"), WRONG)
def seed() -> Finding:
    """The solver draws no random numbers, so no seed changes anything."""
    names = tables(255)
    known, new = names["train"], names["test"]["images"]
    machines = [run(MACHINE, svm=svm, SEED=one)["clf"] for one in (0, 1, 2020)]
    first, *others = [
        machine.fit(known["images"], known["labels"]).decision_function(new) for machine in machines
    ]
    same = all(np.array_equal(first, other) for other in others)
    return Finding(same, f"decision functions of seeds 0, 1 and 2020 are the same: {same}")


@claim(
    "svc-grid",
    quoted(IDX, 544, "'classifier__gamma': [0.01, 0.1, 1, 10, 100],"),
    CHOICE,
    slow=True,
)
def grid() -> Finding:
    """Most of the grid lies where the machine is blind; the best gamma is the smallest one."""
    names = tables() | {
        "Pipeline": Pipeline,
        "StandardScaler": StandardScaler,
        "SVC": SVC,
        "GridSearchCV": GridSearchCV,
        "tqdm": lambda search: search,
    }
    for code in (GRID, PARAMETERS, SEARCH, WATCH):
        names = run(code, **names)
    search = names["grid"]
    scores = search.cv_results_["mean_test_score"]
    best = search.best_params_
    score = search.score(names["test"]["images"], names["test"]["labels"])
    found = (
        f"{np.sum(scores < 0.25)} of {scores.size} below 0.25, best {search.best_score_:.3f} with "
        f"C={best['classifier__C']}, gamma={best['classifier__gamma']}, {score:.3f} on test images"
    )
    blind = np.sum(scores < 0.25) >= 0.8 * scores.size
    return Finding(bool(blind and best["classifier__gamma"] == 0.01), found)


@claim("svc-tqdm", WATCH, WRONG)
def progress() -> Finding:
    """The search is over before there is a bar, and nothing ever moves it."""
    events: list[str] = []

    class Search:
        def fit(self, *_: object) -> Search:
            events.append("searched")
            return self

    def bar(search: Search) -> tqdm[Any]:
        events.append("bar")
        return tqdm(search, disable=None)

    known = {"images": [], "labels": []}
    run(WATCH, grid=Search(), train=known, tqdm=bar)
    still = tqdm(GridSearchCV(SVC(), {}), disable=None).n
    right = events == ["searched", "bar"] and still == 0
    return Finding(right, f"first {events[0]}, then {events[1]}, which stands at {still}")


@claim("svc-growing", quoted(IDX, 574, "maxCount=2500 * cnt"), CHOICE, slow=True)
def growing() -> Finding:
    """The test set grows with the training set, and its first images are the harder ones."""
    rows, new = (load_mnist(part)[0].reshape(-1, 784) / 255 for part in ("train", "test"))
    labels, new_labels = load_mnist("train")[1], load_mnist("test")[1]
    counts = (1, 2, 3, 4)
    hits = [
        fit_svc(rows[: 7500 * cnt], labels[: 7500 * cnt]).predict(new) == new_labels
        for cnt in counts
    ]
    both = [hit[: 2500 * cnt].mean() for cnt, hit in zip(counts, hits, strict=True)]
    fixed = [hit.mean() for hit in hits]
    found = f"growing {np.round(both, 3)}, always 10,000 {np.round(fixed, 3)}"
    steeper = both[-1] - both[0] > fixed[-1] - fixed[0]
    return Finding(bool(steeper and hits[3][:5000].mean() < hits[3][5000:].mean()), found)
