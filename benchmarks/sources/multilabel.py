"""The post on several labels on one image: notebook 05."""

from __future__ import annotations

import math
import textwrap
from functools import cache
from typing import Any

import numpy as np

from benchmarks.sources.claims import (
    CHOICE,
    MULTILABEL,
    OUTDATED,
    RIGHT,
    WRONG,
    Finding,
    claim,
    quoted,
    run,
)
from helpers.apparel import COLOURS, GARMENTS, find_apparel, list_images

HEAD = quoted(MULTILABEL, 101, "model.add(Dense(24,activation='softmax'))")
RECALL = quoted(
    MULTILABEL,
    48,
    """
y_pred = K.cast(K.greater(K.clip(y_pred, 0, 1), 0.5),K.floatx())
true_positives = K.round(K.sum(K.clip(y_true * y_pred, 0, 1)))
possible_positives = K.sum(K.clip(y_true, 0, 1))
recall_ratio = true_positives / (possible_positives + K.epsilon())
return recall_ratio
""",
)
PRECISION = quoted(
    MULTILABEL,
    54,
    """
y_pred = K.cast(K.greater(K.clip(y_pred, 0, 1), 0.5), K.floatx())
true_positives = K.round(K.sum(K.clip(y_true * y_pred, 0, 1)))
predicted_positives = K.sum(y_pred)
precision_ratio = true_positives / (predicted_positives + K.epsilon())
return precision_ratio
""",
)
F1 = quoted(
    MULTILABEL,
    60,
    """
precision = precision_m(y_true, y_pred)
recall = recall_m(y_true, y_pred)
return 2*((precision*recall)/(precision+recall+K.epsilon()))
""",
)
XCEPTION = quoted(
    MULTILABEL,
    92,
    """
tf.keras.applications.Xception(
input_shape = input_shape,
include_top = True,
weights = None,
pooling = 'max'
)
""",
)
RESNET = quoted(
    MULTILABEL,
    145,
    """
tf.keras.applications.ResNet50V2(
input_shape = input_shape,
include_top = True,
weights = None,
pooling = 'max'
)
""",
)
BEST = quoted(MULTILABEL, 138, "max(history.history['val_f1_m'])")
FOUND = (
    quoted(MULTILABEL, 75, "Found 9686 images belonging to 24 classes."),
    quoted(MULTILABEL, 76, "Found 1699 images belonging to 24 classes."),
)
DATA_GENERATOR = quoted(
    MULTILABEL, 64, "from tensorflow.keras.preprocessing.image import ImageDataGenerator"
)
quoted(MULTILABEL, 120, "Total params: 23,457,384")
quoted(MULTILABEL, 122, "Non-trainable params: 54,528")
quoted(MULTILABEL, 173, "Total params: 26,160,704")
quoted(MULTILABEL, 175, "Non-trainable params: 45,440")
quoted(MULTILABEL, 192, "0.8500279188156128")


@cache
def metrics() -> dict[str, Any]:
    """Return the post's three functions of Keras's backend; they lost their indentation."""
    import tensorflow as tf

    names: dict[str, Any] = {"K": tf.keras.backend}
    for name, body in (("recall_m", RECALL), ("precision_m", PRECISION), ("f1_m", F1)):
        exec(f"def {name}(y_true, y_pred):\n{textwrap.indent(body.text, '    ')}", names)
    return names


def f1_of(truth: np.ndarray, chances: np.ndarray) -> float:
    """Return the post's F1 of one batch."""
    return float(metrics()["f1_m"](truth.astype("float32"), chances.astype("float32")))


def made_up() -> tuple[np.ndarray, np.ndarray]:
    """Return 1,699 answers over 24 classes in order of the classes, some of them unsure."""
    random = np.random.default_rng(0)
    truth = np.eye(24)[np.sort(random.integers(0, 24, 1699))]
    logits = random.normal(size=truth.shape) + truth * random.uniform(0, 8, (len(truth), 1))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return truth, chances


@claim("multilabel-precision", quoted(MULTILABEL, 37, "실제로 긍정인 샘플 중에서"), WRONG)
def definition() -> Finding:
    """That is recall: precision divides by what is called positive, as the next line has it."""
    quoted(MULTILABEL, 38, "모델이 예측한 긍정 결과 중에서 실제 긍정인 비율")
    hits, called, there = 30, 40, 60
    return Finding(hits / called != hits / there, f"{hits / called:.2f}, not {hits / there:.2f}")


@claim("multilabel-softmax", HEAD, WRONG)
def softmax() -> Finding:
    """It ends in one choice among 24 pairs, and six of thirty pairs have no folder."""
    units: list[dict[str, object]] = []

    class Model:
        def add(self, layer: dict[str, object]) -> None:
            units.append(layer)

    run(HEAD, model=Model(), Dense=lambda n, activation: {"n": n, "activation": activation})
    pairs = len({*list_images(find_apparel().folder)[1]})
    every = len(COLOURS) * len(GARMENTS)
    right = units == [{"n": 24, "activation": "softmax"}] and pairs == 24 < every
    return Finding(right, f"the head is {units[0]}, there are {pairs} folders of {every} pairs")


@claim("multilabel-images", FOUND[0], RIGHT)
def images() -> Finding:
    """The first 15 % of each class are 1,699 images; 76 steps are batches of 128."""
    from helpers.apparel import validation_mask

    mask = validation_mask(list_images(find_apparel().folder)[1])
    known, new = int(np.sum(~mask)), int(np.sum(mask))
    right = (known, new) == (9686, 1699) and math.ceil(known / 128) == 76
    return Finding(right, f"{known} and {new}, {math.ceil(known / 128)} steps")


@claim(
    "multilabel-batches",
    quoted(MULTILABEL, 62, "return 2*((precision*recall)/(precision+recall+K.epsilon()))"),
    WRONG,
    slow=True,
)
def batches() -> Finding:
    """Averaged over batches the same answers have another F1 for each size and order."""
    truth, chances = made_up()
    shuffled = np.random.default_rng(0).permutation(len(truth))
    values = [
        np.mean(
            [
                f1_of(truth[order[k : k + size]], chances[order[k : k + size]])
                for k in range(0, len(truth), size)
            ]
        )
        for order in (np.arange(len(truth)), shuffled)
        for size in (8, 32, 256)
    ]
    whole = f1_of(truth, chances)
    found = f"{np.round(values, 3)}, of all at once {whole:.3f}"
    return Finding(bool(np.ptp(values) > 0.005), found)


@claim(
    "multilabel-half",
    quoted(MULTILABEL, 54, "K.greater(K.clip(y_pred, 0, 1), 0.5)"),
    CHOICE,
    slow=True,
)
def half() -> Finding:
    """Only chances above one half count, so F1 can be 0 where every answer is right."""
    truth = np.eye(24)[:5]
    chances = 0.02 + 0.4 * truth
    right = np.mean(chances.argmax(axis=1) == truth.argmax(axis=1))
    score = f1_of(truth, chances)
    return Finding(right == 1 and score == 0, f"accuracy {right:.2f}, F1 {score:.2f}")


@claim("multilabel-best", BEST, WRONG)
def best() -> Finding:
    """The best of 25 epochs is quoted: where all have the same true score, that is luck."""
    random = np.random.default_rng(0)
    gains = []
    for _ in range(200):
        scores = random.binomial(1699, 0.85, 25) / 1699
        gains.append(eval(BEST.text, {"history": _History(scores), "max": max}) - 0.85)  # noqa: S307  # quoted
    return Finding(np.mean(gains) > 0.01, f"{np.mean(gains):.3f} too high on average")


class _History:
    def __init__(self, scores: np.ndarray) -> None:
        self.history = {"val_f1_m": scores.tolist()}


def built(code: Any) -> tuple[Any, Any]:
    """Build the post's network; return it, and its first part."""
    import tensorflow as tf

    from helpers.quiet_keras import keras

    first = eval(code.text, {"tf": tf, "input_shape": (72, 72, 3)})  # noqa: S307  # quoted
    dense = keras.layers.Dense
    model = keras.Sequential([first, dense(512, "relu"), dense(64, "relu"), dense(24, "softmax")])
    model.build((None, 72, 72, 3))
    return model, first


@claim("multilabel-top", quoted(MULTILABEL, 94, "include_top = True,"), WRONG, slow=True)
def top() -> Finding:
    """With a top, pooling is ignored, and the features go through a softmax over 1,000 classes."""
    _, first = built(XCEPTION)
    kinds = {type(layer).__name__ for layer in first.layers}
    ending = first.layers[-1].activation.__name__
    right = first.output_shape == (None, 1000) and ending == "softmax"
    right = right and "GlobalMaxPooling2D" not in kinds
    return Finding(right, f"{first.output_shape}, {ending}; no maximum in it")


@claim(
    "multilabel-parameters",
    quoted(MULTILABEL, 112, "xception (Functional) (None, 1000) 22910480"),
    RIGHT,
    slow=True,
)
def parameters() -> Finding:
    """Its printed counts of parameters are those of Keras today."""
    counts = []
    for code in (XCEPTION, RESNET):
        model, first = built(code)
        fixed = sum(math.prod(weight.shape) for weight in model.non_trainable_weights)
        counts.append((first.count_params(), model.count_params(), fixed))
    wanted = [(22_910_480, 23_457_384, 54_528), (25_613_800, 26_160_704, 45_440)]
    return Finding(counts == wanted, str(counts))


@claim("multilabel-generator", DATA_GENERATOR, OUTDATED, slow=True)
def generator() -> Finding:
    """Keras has deprecated `ImageDataGenerator`."""
    made = run(DATA_GENERATOR)["ImageDataGenerator"]
    about = " ".join((made.__doc__ or "").split())
    return Finding("deprecated" in about.lower(), about[:70])
