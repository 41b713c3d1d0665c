"""What an error or a warning in a graded cell shows: a name and a message, no line and no file."""

from __future__ import annotations

import json
import linecache
import warnings

import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.kernel_side import agent, checker
from autograder.kernel_side.proxy import RemoteNamespace
from helpers.exercises import FunctionError, call

CRAFTED = '("x", ("/etc/passwd", 1, 1, "root"))'
RAISED = {
    "SyntaxError('x')": "SyntaxError: x",
    f"SyntaxError(*{CRAFTED})": "SyntaxError: x",
    "IndentationError('x')": "IndentationError: x",
    f"IndentationError(*{CRAFTED})": "IndentationError: x",
    "TabError('x')": "TabError: x",
    "ExceptionGroup('x', [ValueError(1), TypeError(2)])": "ExceptionGroup: x (2 sub-exceptions)",
    "BaseExceptionGroup('x', [KeyboardInterrupt()])": "BaseExceptionGroup: x (1 sub-exception)",
    "ValueError('x')": "ValueError: x",
    "ValueError": "ValueError",
    "RecursionError('x')": "RecursionError: x",
    "MemoryError": "MemoryError",
    "DeprecationWarning('x')": "DeprecationWarning: x",
    "StopIteration(3)": "StopIteration: 3",
    "UnicodeDecodeError('utf8', b'a', 0, 1, 'x')": "UnicodeDecodeError: 'utf8' codec can't decode "
    "byte 0x61 in position 0: x",
    "KeyboardInterrupt": "KeyboardInterrupt",
    "ValueError('x') from SyntaxError('y')": "ValueError: x",
}
DRESSED = {
    "a note": "error.add_note('hidden note /etc/passwd')",
    "a cause": "error.__cause__ = SyntaxError('x', ('/etc/passwd', 1, 1, 'root'))",
    "a context": "error.__context__ = ExceptionGroup('x', [ValueError(1)])",
    "a group as its cause": "error.__cause__ = ExceptionGroup('x', [SyntaxError('y')])",
}


@pytest.fixture
def shown(monkeypatch, capsys):
    """Run a cell in a shell like the checker's, and return what is shown below it."""
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    shell = InteractiveShell()
    checker._tell_errors_in_a_line(shell)
    # as ipykernel does: what a notebook stores is the text of the traceback
    shell._showtraceback = lambda kind, error, lines: print("\n".join(lines))

    def run(source):
        shell.run_cell(source)
        both = capsys.readouterr()
        return both.out + both.err

    return run


def cell(raises: str) -> str:
    return f"def told():\n    hidden = 42\n    raise {raises}\nassert told() == hidden"


@pytest.mark.parametrize(("raised", "text"), RAISED.items())
def test_an_error_is_its_name_and_message(shown, raised, text):
    assert shown(cell(raised)) == text + "\n"


@pytest.mark.parametrize("dressed", DRESSED.values(), ids=DRESSED)
@pytest.mark.parametrize("kind", ["ValueError", "SyntaxError"])
def test_what_hangs_on_an_error_is_not_shown(shown, kind, dressed):
    assert shown(f"error = {kind}('x')\n{dressed}\nraise error") == f"{kind}: x\n"


@pytest.mark.parametrize("source", ["hidden = (1,\nhidden y", "  hidden = 1\nhidden = 2"])
def test_a_cell_that_is_no_python_is_not_shown(shown, source):
    text = shown(source)
    assert "Error: " in text
    assert "hidden" not in text


@pytest.mark.parametrize("kind", ["UserWarning", "DeprecationWarning", "RuntimeWarning"])
def test_a_warning_is_its_name_and_message(shown, kind):
    hidden = f"import warnings; hidden = warnings.warn('x', {kind})"
    assert shown(hidden) == f"{kind}: x\n"


def test_a_warning_of_numpy_shows_no_line_of_the_cell(shown):
    text = shown("import numpy as np\nhidden = np.mean(np.empty(0))")
    assert "RuntimeWarning: Mean of empty slice" in text
    assert "hidden" not in text
    assert "/" not in text.replace("true_divide", "").replace("scalar divide", "")


@pytest.mark.parametrize(
    "error",
    [
        {"kind": "SyntaxError", "name": "SyntaxError", "message": "x"},
        {"kind": "ExceptionGroup", "name": "ExceptionGroup", "message": "x"},
        {"kind": "SystemExit", "name": "SystemExit", "message": "x"},
        {"kind": "KeyboardInterrupt", "name": "KeyboardInterrupt", "message": "x"},
        {"kind": "UnicodeDecodeError", "name": "UnicodeDecodeError", "message": "x"},
        {"kind": "Warning", "name": "Mine", "message": "x"},
        {"kind": "/etc/passwd", "name": "Mine", "message": "x"},
    ],
    ids=lambda error: error["kind"],
)
def test_whatever_the_students_kernel_says_was_raised(shown, error, monkeypatch):
    link = RemoteNamespace(lambda question: {"error": error})
    monkeypatch.setattr(checker, "asked", link, raising=False)
    source = "from autograder.kernel_side.checker import asked as hidden\nhidden.value('call')"
    text = shown(source)
    assert text.endswith(": x\n")
    assert text.count("\n") == 1


STOPS = "def share(counts):\n    first = counts[0]\n    return 1 / first"


def test_a_function_of_the_students_is_told_with_its_own_line_and_no_value(monkeypatch):
    lines = [line + "\n" for line in STOPS.splitlines()]
    monkeypatch.setitem(linecache.cache, "<cell>", (len(STOPS), None, lines, "<cell>"))
    names = {"__name__": "__main__"}
    exec(compile(STOPS, "<cell>", "exec"), names)
    far = RemoteNamespace(lambda question: json.loads(json.dumps(agent._reply(names, question))))
    share = far.value("get", name="share")
    with pytest.raises(FunctionError) as caught:
        call(share, [0, 98765])
    assert str(caught.value) == (
        "share stopped with ZeroDivisionError: division by zero, in the line `return 1 / first`; "
        "called with (list of length 2)"
    )
