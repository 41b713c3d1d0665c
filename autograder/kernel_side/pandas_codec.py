"""Encode pandas frames, series and indexes as plain data, and decode them again.

pandas is nowhere imported before there is a frame: most kernels never have one.
What a frame holds has to be plain as well; one that is not is refused as a whole.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import NotPlainError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_COLUMNS = 10_000
"""Columns of one frame; each costs far more than the bytes in it."""


def is_frame(value: Any) -> bool:
    """Whether a value is a frame, series or index; where pandas is not imported, nothing is."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series, pandas.Index))


def take_apart(value: Any) -> dict[str, Any]:
    """Return the parts of a frame, series or index: lists, texts, numbers, plain arrays.

    A subclass is taken for the pandas class that it extends.

    Raises
    ------
    NotPlainError
        If a column's dtype is none of numpy's plain ones, object, a string's or a categorical.
    """
    pandas = sys.modules["pandas"]
    if isinstance(value, pandas.Index):
        return {"index": _index_parts(pandas, value)}
    if isinstance(value, pandas.Series):
        plain = pandas.Series(value)
        parts = {"values": _column_parts(pandas, plain), "name": plain.name}
        return {"series": parts | {"rows": _index_parts(pandas, plain.index)}}
    plain = pandas.DataFrame(value)
    columns = [_column_parts(pandas, plain.iloc[:, n]) for n in range(plain.shape[1])]
    rows, labels = (_index_parts(pandas, axis) for axis in (plain.index, plain.columns))
    return {"frame": {"values": columns, "rows": rows, "labels": labels}}


def put_together(parts: Any, take: Callable[[int], None]) -> Any:
    """Return what `take_apart` took apart.

    Parameters
    ----------
    parts : object
        Plain data of any shape: whoever sent it is not trusted.
    take : callable
        Called with a number of bytes before they are used that are in no array of the parts.

    Returns
    -------
    pandas.DataFrame, pandas.Series or pandas.Index

    Raises
    ------
    Exception
        Any, of pandas or Python, if the parts do not fit together.
    """
    pandas = importlib.import_module("pandas")
    ((kind, body),) = parts.items()
    if kind == "index":
        return _index(pandas, body, take)
    rows = _index(pandas, body["rows"], take)
    if kind == "series":
        return pandas.Series(_column(pandas, body["values"]), rows, name=body["name"])
    if kind != "frame" or len(body["values"]) > MOST_COLUMNS:
        raise ValueError(f"expected a frame of at most {MOST_COLUMNS} columns")
    columns = [_column(pandas, column) for column in body["values"]]
    frame = pandas.DataFrame(dict(enumerate(columns)), rows)
    frame.columns = _index(pandas, body["labels"], take)  # here, for two may have one name
    return frame


def _index_parts(pandas: Any, index: Any) -> dict[str, Any]:
    names = list(index.names)
    if isinstance(index, pandas.RangeIndex):
        return {"names": names, "range": [index.start, index.stop, index.step]}
    if isinstance(index, pandas.MultiIndex):
        levels = [index.get_level_values(n) for n in range(index.nlevels)]
        return {"names": names, "levels": [_column_parts(pandas, level) for level in levels]}
    return {"names": names, "values": _column_parts(pandas, index)}


def _index(pandas: Any, parts: Any, take: Callable[[int], None]) -> Any:
    names = parts["names"]
    if "range" in parts:
        numbers = range(*parts["range"])
        take(8 * len(numbers))  # few bytes of text may mean any number of rows
        return pandas.RangeIndex(numbers, name=names[0])
    if "levels" in parts:
        levels = [_column(pandas, level) for level in parts["levels"]]
        return pandas.MultiIndex.from_arrays(levels, names=names)
    return _labels(pandas, parts["values"], names[0])


def _labels(pandas: Any, parts: Any, name: Any = None) -> Any:
    # it would take objects for texts, if they are
    return pandas.Index(_column(pandas, parts), object if "objects" in parts else None, name=name)


def _column_parts(pandas: Any, column: Any) -> dict[str, Any]:
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return {"objects": list(column)} if dtype.kind == "O" else {"plain": np.asarray(column)}
    if isinstance(dtype, pandas.StringDtype):
        present = zip(column, column.isna(), strict=True)
        texts = [None if missing else text for text, missing in present]
        return {"texts": texts, "dtype": str(dtype)}
    if isinstance(dtype, pandas.CategoricalDtype):
        categories = _column_parts(pandas, dtype.categories)
        return {"codes": column.array.codes, "categories": categories, "ordered": dtype.ordered}
    raise NotPlainError(str(dtype))


def _column(pandas: Any, parts: Any) -> Any:
    if "plain" in parts:
        return _plain(parts["plain"])
    if "objects" in parts:
        count = len(parts["objects"])
        column = np.fromiter(parts["objects"], dtype=object, count=count)
        return pandas.Series(column, dtype=object).array  # which nobody takes for texts
    if "texts" in parts and parts["dtype"] in ("str", "string"):
        return pandas.array(parts["texts"], dtype=parts["dtype"])
    categories = _labels(pandas, parts["categories"])
    dtype = pandas.CategoricalDtype(categories, ordered=parts["ordered"])
    return pandas.Categorical.from_codes(_plain(parts["codes"]), dtype=dtype)


def _plain(array: Any) -> np.ndarray:
    if type(array) is not np.ndarray or array.ndim != 1:
        raise ValueError(f"expected a column, got a {type(array).__name__}")
    return array
