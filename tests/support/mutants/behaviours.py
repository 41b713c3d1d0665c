"""Make mutants that behave wrongly on the whole: stale, out of order, at the wrong place.

Where `operators.py` changes a line of the right answer, these stand around it and change what it
is given or what it gives, whatever its lines are.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.support.mutants.operators import Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_FIRST = "remembers answers by the first argument alone"

STATE = {
    "gives the first answer to every call": "memory.setdefault(0, answer(*args, **kwargs))",
    "remembers answers by shape alone": (
        "memory.setdefault(str([np.shape(a) for a in args]), answer(*args, **kwargs))"
    ),
    BY_FIRST: ("memory.setdefault(repr(args[:1]), answer(*args, **kwargs))"),
    "gives the answer to the call before": (
        "[memory.get(1, given), memory.update({1: given})][0]"
        " if (given := answer(*args, **kwargs)) is not None else None"
    ),
}
"""What any function may do wrongly; the names are those of the wrapper below."""

NUMBER = {
    "rounded to one digit": "round(float(given), 1)",
    "rounded to a whole number": "round(float(given))",
    "squared": "given ** 2",
    "its root": "abs(float(given)) ** 0.5",
    "doubled": "2 * given",
    "halved": "given / 2",
    "1 less it": "1 - given",
    "in per cent": "100 * given",
    "a tenth more": "given + 0.1",
    "a hundredth less": "given - 0.01",
    "negative": "-given",
    "one half at least": "max(given, 0.5)",
    "0.9 at most": "min(given, 0.9)",
    "in a list": "[given]",
    "as a text": "str(given)",
    "not a number": "float('nan')",
    "one more": "given + 1",
    "one less": "given - 1",
}
"""What is done to an answer that is one number."""

ARRAY = {
    "the other way round": "np.asarray(given)[::-1]",
    "sorted": "np.sort(np.asarray(given), axis=0)",
    "the first place alone": "np.asarray(given)[:1]",
    "the last place left out": "np.asarray(given)[:-1]",
    "the first place left out": "np.asarray(given)[1:]",
    "one place further": "np.roll(np.asarray(given), 1, axis=0)",
    "the first two places exchanged": "np.asarray(given)[[1, 0, *range(2, len(given))]]",
    "the last place 0": "np.concatenate([np.asarray(given)[:-1], 0 * np.asarray(given)[-1:]])",
    "the first place for all": "np.asarray(given)[[0] * len(given)]",
    "one more": "np.asarray(given) + 1",
    "a tenth more": "np.asarray(given) + 0.1",
    "doubled": "2 * np.asarray(given)",
    "negative": "-1.0 * np.asarray(given)",
    "0 and 1 exchanged": "1.0 - np.asarray(given)",
    "nothing but zeros": "0 * np.asarray(given)",
    "nothing but the largest": "np.full_like(np.asarray(given), np.max(given))",
    "the largest value missed": (
        "np.where(np.asarray(given) == np.max(given), np.min(given), np.asarray(given))"
    ),
    "yes or no": "np.asarray(given) > np.mean(given)",
    "half a number more": "np.asarray(given) + 0.5",
    "three less": "np.asarray(given) - 3.0",
    "the mean for all": "np.full(np.shape(given), np.mean(given))",
    "no number at the first place": (
        "np.concatenate([np.nan * np.asarray(given, float)[:1], np.asarray(given)[1:]])"
    ),
    "one a place": "np.asarray(given)[..., None]",
    "in one row more": "np.asarray(given)[None]",
    "as texts": "np.asarray(given).astype(str)",
    "twice": "np.concatenate([given, given])",
}
"""What is done to an answer that is an array, or a list of numbers."""

TABLE = {
    "turned": "np.asarray(given).T",
    "in one long row": "np.asarray(given).ravel()",
    "columns the other way round": "np.asarray(given)[:, ::-1]",
    "one column further": "np.roll(np.asarray(given), 1, axis=1)",
    "the last column left out": "np.asarray(given)[:, :-1]",
    "the last column 0": "np.asarray(given) * ([1] * (np.shape(given)[1] - 1) + [0])",
    "filled column by column": "np.asarray(given).T.reshape(np.shape(given))",
}
"""What is done, besides, to one of two dimensions."""

PARTS = {
    "parts the other way round": "given[::-1]",
    "the first part twice": "[given[0], *given[:-1]]",
    "the last part twice": "[*given[1:], given[-1]]",
    "the first part alone": "given[:1]",
    "one part more": "[*given, given[0]]",
    "as a text": "str(given)",
    "the last part the other way round": "[*given[:-1], flip(given[-1])]",
    "the first part the other way round": "[flip(given[0]), *given[1:]]",
    "the last part one more": "[*given[:-1], grown(given[-1])]",
    "the first part one more": "[grown(given[0]), *given[1:]]",
    "the last part empty": "[*given[:-1], []]",
    "the first part empty": "[[], *given[1:]]",
    "the last part negative": "[*given[:-1], grown(given[-1], -1)]",
}
"""What is done to an answer of several parts, in a tuple or list."""

TEXT = {
    "the other way round": "given[::-1]",
    "the last place left out": "given[:-1]",
    "the first place left out": "given[1:]",
    "twice": "given + given",
    "empty": "given[:0]",
    "its half": "given[: len(given) // 2]",
    "cut at a thousand": "given[:1000]",
    "of another type": "given.encode() if isinstance(given, str) else str(given)",
    "in a list": "[given]",
    "without blanks at its ends": "given.strip() + given[:0]",
    "sorted": "type(given)(b''.join([bytes([k]) for k in sorted(given)]))"
    " if isinstance(given, bytes) else ''.join(sorted(given))",
}
"""What is done to texts and bytes."""

KEYS = {
    "values the other way round": "dict(zip(given, list(given.values())[::-1]))",
    "the first value for all": "dict.fromkeys(given, list(given.values())[0])",
    "the last value for all": "dict.fromkeys(given, list(given.values())[-1])",
    "one key fewer": "dict(list(given.items())[1:])",
    "one key more": "{**given, 'more': 1}",
    "values alone": "list(given.values())",
    "keys alone": "list(given)",
    "keys in capital letters": "{key.swapcase(): value for key, value in given.items()}",
    "values as texts": "{key: str(value) for key, value in given.items()}",
    "values squared": "{key: value ** 2 for key, value in given.items()}",
    "values doubled": "{key: value * 2 for key, value in given.items()}",
    "values one more": "{key: value + 1 for key, value in given.items()}",
    "values in lists": "{key: [value] for key, value in given.items()}",
    "nothing": "{}",
}
"""What is done to a dict."""

MODEL = {
    "linear": "set(given, kernel='linear')",
    "of degree 3": "set(given, kernel='poly')",
    "a sigmoid for its kernel": "set(given, kernel='sigmoid')",
    "C = 1": "set(given, C=1)",
    "C a tenth": "set(given, C=given[-1].C / 10)",
    "C and gamma swapped": "set(given, C=given[-1].gamma, gamma=given[-1].C)",
    "gamma by scikit-learn's scale": "set(given, gamma='scale')",
    "gamma one over the columns": "set(given, gamma='auto')",
    "gamma 0.05": "set(given, gamma=0.05)",
    "gamma ten times as large": "set(given, gamma=10 * given[-1].gamma)",
    "a machine alone": "given[-1]",
    "its first step alone": "given[0]",
    "standardised besides": "between(given, sklearn.preprocessing.StandardScaler())",
    "rows of length 1": "between(given, sklearn.preprocessing.Normalizer())",
    "columns from 0 to 1": "between(given, sklearn.preprocessing.MinMaxScaler())",
    "ten components": "between(given, sklearn.decomposition.PCA(10))",
    "a linear machine in its place": "between(given[:-1], sklearn.svm.LinearSVC())",
    "a nearest neighbour in its place": "between(given[:-1], Neighbour())",
    "its name alone": "str(given)",
    "a pair": "(given, given)",
    "its class": "type(given)",
    "pixels in bytes": "between(given[1:], given[-1], first=lambda x: x.reshape(len(x), -1))",
    "pixels halved": "between(given[1:], given[-1], first=lambda x: x.reshape(len(x), -1) / 510)",
    "black for white": "between(given[1:], given[-1], first=lambda x: 1 - given[0].transform(x))",
    "by the batch's largest": (
        "between(given[1:], given[-1], first=lambda x: x.reshape(len(x), -1) / x.max())"
    ),
}
"""What is done to a pipeline that ends in a support vector machine."""

MODEL_TOOLS = """
import sklearn.decomposition
import sklearn.neighbors
import sklearn.preprocessing
import sklearn.svm
from sklearn.pipeline import Pipeline

Neighbour = sklearn.neighbors.KNeighborsClassifier


def set(given, **values):
    given[-1].set_params(**values)
    return given


def between(given, step, first=None):
    steps = [part for _, part in given.steps]
    if first is not None:
        first = sklearn.preprocessing.FunctionTransformer(first)
        steps = [first, step]
    elif isinstance(given[-1], sklearn.svm.SVC):
        steps.insert(len(steps) - 1, step)
    else:
        steps.append(step)
    return Pipeline([(str(k), part) for k, part in enumerate(steps)])
"""
"""What the changes of `MODEL` call."""

ARGUMENTS = {
    "the first argument the other way round": "args[0][::-1]",
    "the first argument without its last place": "args[0][:-1]",
    "the first argument without its first place": "args[0][1:]",
    "the first half of the first argument": "args[0][: -(-len(args[0]) // 2)]",
    "the first argument as bytes of numbers": "np.asarray(args[0]).astype(np.int8)",
    "the first argument turned": "np.asarray(args[0]).T",
    "the first argument sorted": "np.sort(args[0])",
    "the first argument less its mean": "args[0] - np.mean(args[0])",
    "the first argument over its largest": "args[0] / np.max(args[0])",
    "the first argument's sizes": "np.abs(np.asarray(args[0], float))",
}
"""What is done to what the function is called with."""

WRAPPER = """{answer_text}


import numpy as np


def wrapped(answer, memory):
    def flip(part):
        return np.asarray(part)[::-1] if np.ndim(part) else -part

    def grown(part, factor=1):
        return factor * (np.asarray(part) + 1) if np.ndim(part) else factor * (part + 1)

    def {name}(*args, **kwargs):
        {body}

    return {name}


{name} = wrapped({name}, {{}})
"""


def behaviours(text: str, name: str, answer: Any, takes: Any) -> Iterator[Mutant]:
    """Yield mutants that change what a function gives, or what it is given.

    Parameters
    ----------
    text : str
        The right answer's cell.
    name : str
        Name of the function.
    answer : Any
        What it gives to some call, by which suitable changes are chosen.
    takes : Any
        The first argument of that call.

    Yields
    ------
    Mutant
        None that is right by what is known of its kind of answer.
    """
    for change, expression in STATE.items():
        if change == BY_FIRST and _parameters(text, name) < 2:
            continue  # the first is all that there is
        yield _mutant(text, name, "state", change, f"return {expression}")
    if hasattr(answer, "steps"):
        text = MODEL_TOOLS + text
    for change, expression in suitable(answer).items():
        body = f"given = answer(*args, **kwargs)\n        return {expression}"
        yield _mutant(text, name, "answer", change, body)
    for change, expression in _arguments(takes).items():
        body = f"return answer({expression}, *args[1:], **kwargs)"
        yield _mutant(text, name, "argument", change, body)


def _parameters(text: str, name: str) -> int:
    functions = (n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))
    return next(len(f.args.args) for f in functions if f.name == name)


def suitable(answer: Any) -> dict[str, str]:
    """Return the changes that make sense for an answer."""
    if hasattr(answer, "steps"):
        return MODEL
    if isinstance(answer, dict):
        return KEYS
    if isinstance(answer, str | bytes | bytearray):
        return TEXT
    if isinstance(answer, tuple) or (isinstance(answer, list) and not _is_table(answer)):
        return PARTS
    array = np.asarray(answer)
    if array.dtype.kind not in "biuf":
        return {}
    if array.ndim == 0:
        whole = array.dtype.kind in "biu"
        return {c: e for c, e in NUMBER.items() if not (whole and c.startswith("rounded"))}
    return ARRAY | TABLE if array.ndim == 2 else ARRAY


def _is_table(answer: list[Any]) -> bool:
    try:
        return np.asarray(answer).dtype.kind in "biuf"
    except ValueError:
        return False


def _arguments(takes: Any) -> dict[str, str]:
    if isinstance(takes, np.ndarray):
        return {change: ARGUMENTS[change] for change in ARGUMENTS if _changes(change, takes)}
    if isinstance(takes, str | bytes | list):
        return dict(list(ARGUMENTS.items())[:4])
    return {}


def _changes(change: str, takes: np.ndarray) -> bool:
    """Whether it makes a difference to an array of this kind."""
    if change in ("the first argument's sizes", "the first argument as bytes of numbers"):
        return takes.dtype.kind in "if"
    if change in ("the first argument less its mean", "the first argument over its largest"):
        return takes.dtype.kind != "b"
    return change != "the first argument turned" or takes.ndim > 1


def _mutant(text: str, name: str, kind: str, change: str, body: str) -> Mutant:
    return Mutant(kind, change, WRAPPER.format(answer_text=text, name=name, body=body))
