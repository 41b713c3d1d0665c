"""The post that tells 5s from the rest: notebook 02."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import (
    confusion_matrix,
    f1_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from benchmarks.sources.claims import BINARY, CHOICE, RIGHT, WRONG, Finding, claim, quoted, run
from helpers.data import load_mnist

LABELS = quoted(BINARY, 49, "y_train_5 = (y_train ==5)")
ROWS = quoted(BINARY, 57, "x_train_reshape = x_train.reshape([-1,28*28])")
MODEL = quoted(BINARY, 64, "sgd_clf = SGDClassifier(max_iter=5, random_state=42)")
FIT = quoted(BINARY, 65, "sgd_clf.fit(x_train_reshape,y_train_5)")
ASK = quoted(BINARY, 68, "sgd_clf.predict([x_train_reshape[35]])")
FOLDS = quoted(
    BINARY, 76, "y_train_pred = cross_val_predict(sgd_clf,x_train_reshape,y_train_5,cv=3)"
)
CURVE = quoted(
    BINARY,
    100,
    "precisions, recalls, thresholds = precision_recall_curve(y_train_5, y_scores)",
)
PICK = quoted(BINARY, 111, "threshold_90_precision = thresholds[np.argmax(precisions>=0.9)]")
CALL = quoted(BINARY, 112, "y_train_pred_90 = (y_scores>=threshold_90_precision)")
COUNTS = quoted(BINARY, 79, "TN: 52336, TP : 4361, FP : 2243, FN : 1060")


@cache
def trained() -> tuple[dict[str, Any], list[str]]:
    """Run the post's lines up to its answers in three folds; return names and warnings."""
    images, digits = load_mnist("train")
    names: dict[str, Any] = {"x_train": images, "y_train": digits}
    names |= {"SGDClassifier": SGDClassifier, "cross_val_predict": cross_val_predict}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for code in (LABELS, ROWS, MODEL, FIT, FOLDS):
            names = run(code, **names)
    return names, [one.category.__name__ for one in heard]


def scores_of(seed: int) -> np.ndarray:
    """Return scores of all images, each by a model of this seed that has not seen it."""
    names, _ = trained()
    model = names["sgd_clf"].__class__(max_iter=5, tol=None, random_state=seed)
    rows, truth = names["x_train_reshape"], names["y_train_5"]
    return cross_val_predict(model, rows, truth, cv=3, method="decision_function")


@cache
def scores() -> np.ndarray:
    """Return the scores that the post's curves need."""
    return scores_of(42)


def picked(truth: np.ndarray, found: np.ndarray) -> dict[str, Any]:
    """Run the post's lines that pick a threshold for 90 % precision."""
    names: dict[str, Any] = {"y_train_5": truth, "y_scores": found, "np": np}
    names["precision_recall_curve"] = precision_recall_curve
    for code in (CURVE, PICK, CALL):
        names = run(code, **names)
    return names


@claim("binary-total", quoted(BINARY, 32, "총 7000개의 데이터에서 6000개는 훈련용으로"), WRONG)
def images() -> Finding:
    """There are 70,000 images, 60,000 to learn from; its own counts add up to these."""
    counts = [int(part.split(":")[1]) for part in COUNTS.text.split(",")]
    there = [len(load_mnist(part)[1]) for part in ("train", "test")]
    found = f"{there[0]} + {there[1]}; TN, TP, FP and FN add up to {sum(counts)}"
    return Finding(there == [60_000, 10_000] and sum(counts) == there[0], found)


@claim("binary-counts", COUNTS, RIGHT, slow=True)
def counts() -> Finding:
    """TN, TP, FP, FN, 66 % and 80 %, and 90 % precision at a recall of about 52 %."""
    names, _ = trained()
    truth, answers = names["y_train_5"], names["y_train_pred"]
    (tn, fp), (fn, tp) = confusion_matrix(truth, answers).tolist()
    shares = precision_score(truth, answers), recall_score(truth, answers)
    at_90 = recall_score(truth, picked(truth, scores())["y_train_pred_90"])
    area = roc_auc_score(truth, scores())
    found = f"TN {tn} TP {tp} FP {fp} FN {fn}; {shares[0]:.3f}, {shares[1]:.3f}; {at_90:.3f}"
    right = (tn, tp, fp, fn) == (52336, 4361, 2243, 1060) and 0.52 <= at_90 < 0.53
    return Finding(right, f"{found} at 90 %; AUC {area:.3f}")


@claim(
    "binary-hundred",
    quoted(BINARY, 8, "이미 훈련을 한 문제로 검증을 하면 당연히 100점이 나오기 때문에"),
    WRONG,
    slow=True,
)
def hundred() -> Finding:
    """On the images that it learnt from the post's own classifier does not get everything right."""
    names, _ = trained()
    own = names["sgd_clf"].score(names["x_train_reshape"], names["y_train_5"])
    said = names["sgd_clf"].predict([names["x_train_reshape"][35]])
    return Finding(own < 0.99 and bool(said[0]), f"{own:.3f} on them; image 35 is a 5: {said[0]}")


@claim("binary-warning", quoted(BINARY, 66, "훈련이 다 되었습니다."), CHOICE, slow=True)
def warning() -> Finding:
    """It stops after five rounds, the weights still moving: each fit ends in a warning."""
    heard = trained()[1]
    right = heard == [ConvergenceWarning.__name__] * 4  # one fit of all images, three in folds
    return Finding(right, f"{len(heard)} warnings, {sorted({*heard})}")


@claim(
    "binary-f1",
    quoted(BINARY, 92, "정밀도와 재현율이 비슷할수록 $F_1$ 점수가 높게 나타납니다."),
    WRONG,
)
def f1() -> Finding:
    """Equal precision and recall do not make F1 high: both have to be."""

    def f1_of(precision: float, recall: float) -> float:
        return 2 / (1 / precision + 1 / recall)

    equal, apart = f1_of(0.3, 0.3), f1_of(0.9, 0.5)
    return Finding(equal < apart, f"0.3 and 0.3 give {equal:.2f}, 0.9 and 0.5 give {apart:.2f}")


@claim("binary-scores", CURVE, WRONG)
def undefined() -> Finding:
    """`y_scores` is used, and no line of the post makes it."""
    try:
        run(CURVE, precision_recall_curve=precision_recall_curve, y_train_5=np.array([True]))
    except NameError as error:
        return Finding("y_scores" in str(error), str(error))
    return Finding(False, "it runs")


@claim("binary-seed", quoted(BINARY, 85, "정밀도가 약 66%, 재현율은 80%"), CHOICE, slow=True)
def seeds() -> Finding:
    """These are the figures of one seed; eight others spread over twenty points."""
    truth = trained()[0]["y_train_5"]
    shares = [precision_score(truth, scores_of(seed) > 0) for seed in range(8)]
    found = f"precision of seeds 0 to 7: {min(shares):.2f} to {max(shares):.2f}"
    return Finding(max(shares) - min(shares) > 0.15, found)


@claim(
    "binary-pooled", quoted(BINARY, 115, "재현율이 약 52% 수준에서 90%의 정밀도"), CHOICE, slow=True
)
def pooled() -> Finding:
    """52 % is of pooled scores of three models; each alone finds more at 90 %."""
    names, _ = trained()
    truth = names["y_train_5"]
    recalls = []
    for _, fold in StratifiedKFold(3).split(truth, truth):
        part = picked(truth[fold], scores()[fold])
        recalls.append(recall_score(truth[fold], part["y_train_pred_90"]))
    whole = recall_score(truth, picked(truth, scores())["y_train_pred_90"])
    found = f"each fold {np.round(recalls, 2)}, pooled {whole:.3f}"
    return Finding(min(recalls) > whole, found)


@claim("binary-same", PICK, WRONG, slow=True)
def same() -> Finding:
    """Picked on some images, on others a threshold gives less than 90 % about every second time."""
    truth = trained()[0]["y_train_5"]
    random = np.random.default_rng(0)
    own, others = [], []
    for _ in range(200):
        order = random.permutation(len(truth))
        first, rest = order[:1000], order[1000:]
        names = picked(truth[first], scores()[first])
        own.append(precision_score(truth[first], names["y_train_pred_90"]))
        called = scores()[rest] >= names["threshold_90_precision"]
        others.append(precision_score(truth[rest], called))
    below = np.mean(np.array(others) < 0.9)
    found = f"on the same images {min(own):.3f} or more, on others below 0.9 in {below:.0%}"
    return Finding(bool(min(own) >= 0.9 and 0.4 < below < 0.65), found)


@claim(
    "binary-both",
    quoted(BINARY, 86, "정밀도와 재현율는 동시에 끌어올릴 수 있는 구조가 아닙니다."),
    WRONG,
    slow=True,
)
def both() -> Finding:
    """True of one model's thresholds only: another model has more of both."""
    names, _ = trained()
    truth, answers = names["y_train_5"], names["y_train_pred"]
    rows = names["x_train_reshape"] / np.float32(255)
    clouds = make_pipeline(PCA(50, random_state=0), QuadraticDiscriminantAnalysis())
    better = cross_val_predict(clouds, rows, truth, cv=3)
    shares = [(precision_score(truth, a), recall_score(truth, a)) for a in (answers, better)]
    found = "precision and recall {:.2f}, {:.2f} and {:.2f}, {:.2f}".format(*shares[0], *shares[1])
    gained = all(new > old for old, new in zip(*shares, strict=True))
    return Finding(gained and f1_score(truth, better) > 0.9, found)
