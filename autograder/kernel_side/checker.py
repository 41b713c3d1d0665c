"""Fetch from the student's kernel, into the checker's, what a graded cell needs.

Before each graded cell, every name that the cell uses and does not define is fetched: plain data
by value, a module by importing it here, and anything else as a stand-in
(`autograder.kernel_side.proxy`).
"""

from __future__ import annotations

import builtins
import json
import symtable
import sys
import warnings
from typing import TYPE_CHECKING, Any

from autograder.kernel_side.proxy import RemoteNamespace

if TYPE_CHECKING:
    from collections.abc import Iterator


def install(shell: Any) -> None:
    """Let every cell of this IPython shell fetch the names it lacks, just before it runs."""
    fetched: set[str] = set()

    def ask(question: dict[str, Any]) -> dict[str, Any]:
        text = shell.kernel.raw_input(json.dumps({"bridge": "ask", **question}))
        answer: dict[str, Any] = json.loads(text)
        return answer

    link = RemoteNamespace(ask)

    def fetch(info: Any) -> None:
        for name in _free_names(info.raw_cell):
            if name in shell.user_ns and name not in fetched:
                continue
            fetched.add(name)
            shell.user_ns.pop(name, None)  # what an earlier cell got is no answer to this one
            try:
                shell.user_ns[name] = link.value("get", name=name)
            except KeyError:
                pass  # the cell then says NameError by itself
            # else IPython would, and show the beginning of the cell with it
            except Exception:  # noqa: BLE001  # whatever the student's kernel answered
                shell.showtraceback()
                return

    _tell_errors_in_a_line(shell)
    shell.events.register("pre_run_cell", fetch)


def _tell_errors_in_a_line(shell: Any) -> None:
    """Show of an error or a warning its name and its message, and nothing of where it arose.

    A failed check tells its hint, and no line of a hidden test. IPython's own modes do so for
    most errors only: for a `SyntaxError` or a group of errors, which a student's function may
    raise, all of them show the cell's lines and files of this machine.
    """

    def show(exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        # the other two are called with a file's name, if with anything
        error = exc_tuple[1] if isinstance(exc_tuple, tuple) else sys.exc_info()[1]
        shell._showtraceback(type(error), error, [_in_a_line(error)])

    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, show)
    warnings.formatwarning = lambda message, category, *_, **__: f"{category.__name__}: {message}\n"


def _in_a_line(error: BaseException | None) -> str:
    told = error.msg if isinstance(error, SyntaxError) else str(error)  # str() adds a file's name
    name = type(error).__name__
    return f"{name}: {told}" if told else name


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
