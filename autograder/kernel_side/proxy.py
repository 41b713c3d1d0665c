"""A proxy, in the checker's kernel, for an object that stays in the student's.

What a graded cell does with a stand-in goes over as a question, and a plain answer comes back:
calls, public attributes, ``len``, items by key, iteration.
``float``, ``int`` and ``np.asarray`` fetch it as plain data, and so make numbers of a tensor.

What would let the student's side decide what is true does not go over.
Two stand-ins are equal if they stand for one object, and ``in`` goes by that.
Comparing one with anything else, arithmetic, and asking whether it is true raise a `TypeError`:
``assert model`` would pass for every object, and ``assert model.score == 1`` for one whose class
says so.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from autograder.errors import CodecError, StudentCodeError
from autograder.kernel_side.codec import decode, encode

if TYPE_CHECKING:
    import types

LIBRARIES = frozenset({"keras", "matplotlib", "scipy", "sklearn", "spherecluster", "tensorflow"})
"""Whose classes `isinstance` knows a stand-in by; not pandas: its frames come by value."""

IMPORTED = LIBRARIES | {"helpers", "numpy", "pandas"}
"""Packages whose modules a graded cell may use by a name of the student's."""

READABLE = frozenset({"__name__"})
"""Attributes that begin with an underscore and can be read all the same."""

_NUMBERS = (int, float, complex, np.ndarray, np.generic)

_BY_VALUE = (str, bytes, bytearray, list, tuple, set, frozenset, dict, *_NUMBERS)

Ask = Callable[[dict[str, Any]], dict[str, Any]]


class RemoteNamespace:
    """The checker's way to the student's kernel; one object has one stand-in.

    Parameters
    ----------
    ask : callable
        Sends one question, returns its answer.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[int, RemoteObject] = {}

    def value(self, do: str, **parts: Any) -> Any:
        """Return the answer to one question as a plain value, a module or a `RemoteObject`.

        Raises
        ------
        StudentCodeError
            If the answer cannot be read, or is an error that extends no builtin exception.
        Exception
            The builtin exception that the student's error is or extends.
        """
        answer = self._ask({"do": do, **parts})
        if "error" in answer:
            raise _error(answer["error"])
        try:
            return decode(answer["value"], self._resolve)
        except CodecError as error:
            raise StudentCodeError(f"the answer could not be read: {error}") from error

    def _resolve(self, reference: dict[str, Any]) -> Any:
        if "module" in reference:
            return _module(str(reference["module"])[:200])
        number = int(reference["object"])
        names = (str(reference[key])[:200] for key in ("type", "extends"))
        return self._known.setdefault(number, RemoteObject(self, number, *names))


class RemoteObject:
    """Stands for an object in the student's kernel.

    Parameters
    ----------
    link : RemoteNamespace
        Asks there.
    number : int
        Which object over there.
    kind : str
        Its type's name, as the student's kernel reports it.
    extends : str
        Class that this type is or extends and that is not the student's own, as module:name.
    """

    __slots__ = ("_extends", "_kind", "_link", "_number")

    def __init__(self, link: RemoteNamespace, number: int, kind: str, extends: str) -> None:
        self._link, self._number = link, number
        self._kind, self._extends = kind, extends

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object over there with plain data, or with other stand-ins."""
        return self._link.value("call", object=self._number, arguments=_pack((args, kwargs)))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name not in READABLE:
            raise AttributeError(f"{name!r} of a student's object is out of a graded cell's reach")
        return self._link.value("attribute", object=self._number, name=name)

    def __len__(self) -> int:
        length: int = self._link.value("length", object=self._number)  # else len() itself refuses
        return length

    def __getitem__(self, key: Any) -> Any:
        return self._link.value("item", object=self._number, key=_pack(key))

    def __iter__(self) -> Iterator[Any]:
        items = self._link.value("items", object=self._number)
        if type(items) is not list:
            raise StudentCodeError(f"items came as a {type(items).__name__}, expected a list")
        return iter(items)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self._link.value("array", object=self._number)
        if type(array) is list and _all_numbers(array):  # of Python's own, in an array of objects
            array = np.array(array, dtype=object)
        if type(array) is not np.ndarray:
            raise TypeError(f"{self!r} is no array of plain data")
        return np.array(array, dtype, copy=copy)

    def __float__(self) -> float:
        return float(np.asarray(self).item())

    def __int__(self) -> int:
        return int(np.asarray(self).item())

    def __eq__(self, other: object) -> bool:
        return self._number == other._number if type(other) is RemoteObject else _refuse(self)

    def __hash__(self) -> int:
        return hash((RemoteObject, self._number))

    def __repr__(self) -> str:
        return f"<the student's {self._kind}>"

    @property  # type: ignore[misc]  # object's can be written, too, which this need not
    def __class__(self) -> type:
        """What `isinstance` asks for: the library's class, if the object over there is of one."""
        return _library_class(self._extends) or RemoteObject


def _all_numbers(items: list[Any]) -> bool:
    """Whether nested lists hold plain numbers alone: numpy would ask anything else what it is."""
    return all(
        _all_numbers(item) if type(item) is list else type(item) in (bool, int, float)
        for item in items
    )


def _module(name: str) -> types.ModuleType:
    """Import a module that the student's kernel names.

    Importing runs code, and which is the student's word: so only what this process has imported
    by itself, or the course's own libraries.
    """
    if name not in sys.modules and name.partition(".")[0] not in IMPORTED:
        raise CodecError(f"it is the module {name!r}; a check that needs it has to import it")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CodecError(f"there is no module {name!r}") from error


def _refuse(stand_in: RemoteObject, *_: object) -> NoReturn:
    raise TypeError(
        f"{stand_in!r} has no value here: take plain data from it first, by float(), "
        "np.asarray(), len(), a call or an attribute"
    )


_ARITHMETIC = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow"),
    *("and", "or", "xor", "lshift", "rshift"),
)

for _name in ("bool", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "round", "reduce_ex"):
    setattr(RemoteObject, f"__{_name}__", _refuse)

for _name in (*_ARITHMETIC, *(f"r{name}" for name in _ARITHMETIC)):
    setattr(RemoteObject, f"__{_name}__", _refuse)


def _library_class(full_name: str) -> type | None:
    """Return the class of a library that a full name means; None if it means none.

    The name is the student kernel's word, as everything about a stand-in is: the class tells
    what was made, and only calls tell what it does.
    """
    module, colon, _ = full_name.partition(":")
    if not colon or module.partition(".")[0] not in LIBRARIES:
        return None
    try:
        found = pkgutil.resolve_name(full_name)
    except (ImportError, ValueError, AttributeError):
        return None
    # what extends plain data comes by value, so a stand-in that claims to is lying
    return found if isinstance(found, type) and not issubclass(found, _BY_VALUE) else None


def _pack(value: Any) -> str:
    return encode(value, _refer)


def _refer(value: Any) -> dict[str, Any]:
    if type(value) is RemoteObject:
        return {"object": value._number}
    raise CodecError(f"a {type(value).__name__} cannot be passed to a student's function")


def _error(error: dict[str, Any]) -> Exception:
    """Rebuild the student's exception as the builtin one it extends."""
    kind = getattr(builtins, str(error.get("kind")), None)
    message = str(error.get("message"))
    made: Exception = StudentCodeError(f"{error.get('name')}: {message}")
    if isinstance(kind, type) and issubclass(kind, Exception):
        # UnicodeDecodeError and friends want more than a text
        with contextlib.suppress(TypeError):
            made = kind(message)
    made.student_line = str(error.get("line", ""))  # type: ignore[attr-defined]  # for `call`
    return made
