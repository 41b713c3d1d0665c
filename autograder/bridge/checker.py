"""Ask the student's kernel from the checker's, as far as a graded cell needs.

Before each graded cell, every name that the cell uses and does not define is fetched: plain data
by value, a module by importing it here, and anything else as a `StandIn`.
"""

from __future__ import annotations

import builtins
import importlib
import json
import symtable
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.bridge.codec import CodecError, decode, encode

LIBRARIES = frozenset(
    {"keras", "matplotlib", "pandas", "scipy", "sklearn", "spherecluster", "tensorflow"}
)
"""Whose classes `isinstance` knows a stand-in by."""
_NUMBERS = (int, float, complex, np.ndarray, np.generic)
_BY_VALUE = (str, bytes, bytearray, list, tuple, set, frozenset, dict, *_NUMBERS)
Ask = Callable[[dict[str, Any]], dict[str, Any]]


class StudentCodeError(Exception):
    """The student's own code failed while a graded cell called it."""


class StandIn:
    """Stands for an object in the student's kernel: calls and attribute reads go there.

    Parameters
    ----------
    ask : callable
        Sends one question, returns its answer.
    number : int
        Which object over there.
    kind : str
        Its type's name, as the student's kernel reports it.
    extends : str
        Name of the class that this type is or extends and that is not the student's own.
    """

    __slots__ = ("_ask", "_extends", "_kind", "_number")

    def __init__(self, ask: Ask, number: int, kind: str, extends: str) -> None:
        self._ask, self._number = ask, number
        self._kind, self._extends = kind, extends

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object over there with plain data, or with other stand-ins."""
        arguments = encode((args, kwargs), _refer)
        question = {"do": "call", "object": self._number, "arguments": arguments}
        return _value(self._ask, question)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{name!r} of a student's object is out of a graded cell's reach")
        question = {"do": "attribute", "object": self._number, "name": name}
        return _value(self._ask, question)

    def __repr__(self) -> str:
        return f"<the student's {self._kind}>"

    @property  # type: ignore[misc]  # object's can be written, too, which this need not
    def __class__(self) -> type:
        """What `isinstance` asks for: the library's class, if the object over there is of one."""
        return _library_class(self._extends) or StandIn


def _library_class(full_name: str) -> type | None:
    """Return the class of a library that a full name means; None if it means none.

    The name is the student kernel's word, as everything about a stand-in is: the class tells
    what was made, and only calls tell what it does.
    """
    module, _, name = full_name.rpartition(".")
    if module.partition(".")[0] not in LIBRARIES:
        return None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except (ImportError, ValueError):
        return None
    # what extends plain data comes by value, so a stand-in that claims to is lying
    return found if isinstance(found, type) and not issubclass(found, _BY_VALUE) else None


def install(shell: Any) -> None:
    """Let every cell of this IPython shell fetch the names it lacks, just before it runs."""
    fetched: set[str] = set()

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        return json.loads(shell.kernel.raw_input(json.dumps({"bridge": "ask", **question})))

    def fetch(info: Any) -> None:
        for name in _free_names(info.raw_cell):
            if name in shell.user_ns and name not in fetched:
                continue
            fetched.add(name)
            try:
                shell.user_ns[name] = _value(ask, {"do": "get", "name": name})
            except KeyError:
                shell.user_ns.pop(name, None)  # the cell then says NameError by itself

    # a failed check tells its hint, and shows no line of a hidden test
    shell.InteractiveTB.set_mode("Minimal")
    shell.events.register("pre_run_cell", fetch)


def _free_names(source: str) -> list[str]:
    """List the names that a cell reads and nowhere binds, in order of the alphabet."""
    try:
        top = symtable.symtable(source, "<graded cell>", "exec")
    except SyntaxError:
        return []  # running the cell reports it
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    used = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    used |= {s.get_name() for t in _nested(top) for s in t.get_symbols() if s.is_global()}
    return sorted(name for name in used - bound if not hasattr(builtins, name))


def _nested(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _nested(child)


def _value(ask: Ask, question: dict[str, Any]) -> Any:
    answer = ask(question)
    if "error" in answer:
        raise _error(answer["error"])
    try:
        return decode(answer["value"], lambda ref: _resolve(ask, ref))
    except CodecError as error:
        raise StudentCodeError(f"the answer could not be read: {error}") from error


def _resolve(ask: Ask, reference: dict[str, Any]) -> Any:
    if "module" in reference:
        return importlib.import_module(str(reference["module"]))
    names = (str(reference[key])[:200] for key in ("type", "extends"))
    return StandIn(ask, int(reference["object"]), *names)


def _refer(value: Any) -> dict[str, Any]:
    if isinstance(value, StandIn):
        return {"object": value._number}
    raise CodecError(f"a {type(value).__name__} cannot be passed to a student's function")


def _error(error: dict[str, Any]) -> Exception:
    """Rebuild the student's exception as the builtin one it extends."""
    kind = getattr(builtins, str(error.get("kind")), None)
    message = str(error.get("message"))
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(message)
        except TypeError:  # UnicodeDecodeError and friends want more than a text
            pass
    return StudentCodeError(f"{error.get('name')}: {message}")
