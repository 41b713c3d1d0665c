"""Measure how much a submission carries along: in its literals, in all of its code, in files.

A model can be handed in as a text, a list of numbers, or letters of some other alphabet, in one
piece or in many cells. What it cannot do is take less room than its information: so all literals
of all cells are compressed together, whatever they look like, and so is all code with its names
and comments. Then answers may come from constants, and not from what the notebook learns.
"""

from __future__ import annotations

import ast
import zlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from autograder.integrity.data_flow import statements_of
from autograder.integrity.flags import Flag
from autograder.integrity.model_recipe import names_reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from autograder.integrity.inputs import CheckInputs
    from autograder.integrity.student_code import Cell

NAME = "constants"
"""The check's name in reports."""

MOST_IN_LITERALS = 2_000
"""Bytes, compressed; the course's own solutions have under 900 in all their answers."""

MOST_IN_CODE = 8_000
"""Bytes, compressed; the course's own solutions have under 2,500 in all their answers."""

MOST_IN_FILES = 2_000
"""Bytes of all files beside a notebook, compressed, from which a person is told."""

READERS = frozenset(
    [
        "frombuffer", "fromfile", "fromstring", "genfromtxt", "load", "load_model", "load_weights",
        "loads", "loadtxt", "memmap", "open", "open_memmap", "read_bytes", "read_csv",
        "read_pickle", "read_text",
    ]
)  # fmt: skip
"""Functions by which code reads files."""

NAMED = 3
"""Files that are named."""

_WINDOW = 32_768
"""Bytes that zlib looks back."""


@dataclass(frozen=True)
class Carried:
    """Bytes that a submission carries, after compression.

    Attributes
    ----------
    literals : int
        In numbers and texts, docstrings among them: code can read these, too.
    code : int
        In all of the student's own code, as it was written, with names and comments.
    """

    literals: int
    code: int


def find_flags(asked: CheckInputs) -> Iterator[Flag]:
    """Flag who carries more than answers need; remark on files beside a notebook."""
    given = [cell.source for cell in asked.released.cells]
    for student, cells in asked.cells.items():
        yield from flag_constants(student, measure(cells, given))
    for student, sizes in asked.files.items():
        cells = asked.cells.get(student, [])
        yield from flag_files(student, sizes, names_reached(cells, asked.given, asked.scored_names))


def measure(cells: Iterable[Cell], given: Iterable[str] = ()) -> Carried:
    """Compress what cells carry.

    Parameters
    ----------
    cells : iterable of Cell
        The student's own.
    given : iterable of str, optional
        Texts that were handed out, which cost nothing where they stand again.

    Returns
    -------
    Carried

    Examples
    --------
    >>> from autograder.integrity.student_code import Cell
    >>> measure([Cell("a", "x = [" + "1, " * 10_000 + "]")]).literals < 100
    True
    """
    cells = list(cells)
    texts = (_encode(cell.source) for cell in cells)
    literals = (part for cell in cells for part in _literals(cell.source))
    lines = [line for text in given for line in text.splitlines()]
    own = {line for cell in cells for line in cell.source.splitlines()}
    # last what stands again to the letter: of a long notebook the window holds no more than the end
    lines.sort(key=own.__contains__)
    known = _encode("\n".join(lines))[-_WINDOW:]
    return Carried(*(compressed_size(b"\n".join(one), known) for one in (literals, texts)))


def flag_constants(student: str, found: Carried) -> list[Flag]:
    """Flag a submission that carries more than answers need.

    Examples
    --------
    >>> [flag.seen for flag in flag_constants("s01", Carried(20_000, 21_000))]
    ['literals hold 20000 bytes of information, expected under 2000: answers may come from them']
    """
    expected = f"expected under {MOST_IN_LITERALS}: answers may come from them"
    if found.literals > MOST_IN_LITERALS:
        seen = f"literals hold {found.literals} bytes of information, {expected}"
        return [Flag(student, NAME, seen)]
    if found.code > MOST_IN_CODE:
        seen = f"names, comments and code hold {found.code} bytes of information"
        return [Flag(student, NAME, f"{seen}, expected under {MOST_IN_CODE}")]
    return []


def flag_files(student: str, sizes: Mapping[str, int], reached: frozenset[str]) -> list[Flag]:
    """Flag files beside a notebook by which it answers; remark on others.

    Parameters
    ----------
    student : str
        Whose they are.
    sizes : mapping of str to int
        Bytes of each file, compressed, by name.
    reached : frozenset of str
        All names that the scored function depends on.

    Returns
    -------
    list of Flag
        At most one.

    Examples
    --------
    >>> flags = flag_files("s01", {"weights.npy": 9000}, frozenset({"np", "load", "model"}))
    >>> print(flags[0].seen)
    9000 bytes in files beside the notebook (weights.npy), read for its answers
    """
    total = sum(sizes.values())
    if total <= MOST_IN_FILES:
        return []
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    seen = f"{total} bytes in files beside the notebook ({', '.join(names[:NAMED])}{more})"
    used = reached & (READERS | {PurePath(name).stem for name in names})
    return [Flag(student, NAME, f"{seen}, read for its answers" if used else seen, remark=not used)]


def compressed_size(data: bytes, known: bytes = b"") -> int:
    """Return how many bytes are left of some; what is known already costs next to nothing."""
    packer = zlib.compressobj(9, zdict=known) if known else zlib.compressobj(9)
    return len(packer.compress(data)) + len(packer.flush())


def _literals(source: str) -> Iterator[bytes]:
    for statement in statements_of(source):
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and not isinstance(node.value, (bool, type(None))):
                yield _bytes(node.value)


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return _encode(value)
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):  # as text, a long one takes the square of its length
        return value.to_bytes(value.bit_length() // 8 + 1, "big")
    return repr(value).encode()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
