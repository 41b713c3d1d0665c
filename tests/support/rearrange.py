"""Rearrange a solved notebook as students and their tools do, and lose nothing of it.

Each change takes the cells, as a list that it changes, and a source of random numbers. Answers
stay right; what a student might see is that cells are elsewhere, look different, or lost marks.
"""

from __future__ import annotations

import ast
import copy
import functools
import json
from collections.abc import Callable, Sequence
from random import Random

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.support import ROOT

Cells = list[NotebookNode]
Change = Callable[[Cells, str, Random], None]


@functools.cache
def stubs(assignment: str) -> dict[str, str]:
    """Return the text of each marked cell as students get it."""
    nb = nbformat.read(ROOT / "notebooks" / assignment / f"{assignment}.ipynb", as_version=4)
    return {name: cell.source for cell in nb.cells if (name := mark(cell))}


def mark(cell: NotebookNode) -> str | None:
    marks = cell.metadata.get("nbgrader", {})
    return marks.get("grade_id") if isinstance(marks, dict) else None


def is_answer(cell: NotebookNode) -> bool:
    marks = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and marks.get("solution"))


def is_written(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("solution")) and not is_answer(cell)


def fresh(cell: NotebookNode, rng: Random) -> NotebookNode:
    """Return a copy with an id of its own."""
    new: NotebookNode = copy.deepcopy(cell)
    new.id = f"{rng.getrandbits(32):08x}"
    return new


def own(cell: NotebookNode, rng: Random) -> NotebookNode:
    """Return a copy without marks, as in a cell that somebody typed anew."""
    new = fresh(cell, rng)
    new.metadata = nbformat.from_dict({})
    return new


def some(cells: Cells, rng: Random, of: Callable[[NotebookNode], bool] = is_answer) -> Cells:
    chosen = [cell for cell in cells if of(cell)]
    return rng.sample(chosen, rng.randint(1, min(4, len(chosen)))) if chosen else []


def place(cells: Cells, cell: NotebookNode) -> int:
    return next(n for n, other in enumerate(cells) if other is cell)


def strip_marks(cells: Cells, assignment: str, rng: Random) -> None:
    for cell in cells:
        cell.metadata = nbformat.from_dict({})


def strip_some_marks(cells: Cells, assignment: str, rng: Random) -> None:
    for cell in some(cells, rng, lambda cell: mark(cell) is not None):
        cell.metadata = nbformat.from_dict({})


def change_ids(cells: Cells, assignment: str, rng: Random) -> None:
    for cell in cells:
        cell.id = f"{rng.getrandbits(32):08x}"


def rewrite_answers(cells: Cells, assignment: str, rng: Random) -> None:
    """Delete the cells of some answers, and write them in new ones."""
    for cell in some(cells, rng):
        cells[place(cells, cell)] = own(cell, rng)


def answer_elsewhere(cells: Cells, assignment: str, rng: Random) -> None:
    """Leave the released cell as it was, and write the answer above or below."""
    for cell in some(cells, rng):
        cells.insert(place(cells, cell) + rng.randint(0, 1), own(cell, rng))
        cell.source = stubs(assignment).get(mark(cell) or "", cell.source)


def move_answers(cells: Cells, assignment: str, rng: Random) -> None:
    """Move some answers to the top, to the bottom, or anywhere."""
    chosen = some(cells, rng)
    for cell in chosen:
        del cells[place(cells, cell)]
    at = rng.choice((0, len(cells), rng.randint(0, len(cells))))
    cells[at:at] = chosen


def move_checks(cells: Cells, assignment: str, rng: Random) -> None:
    for cell in some(cells, rng, lambda cell: (mark(cell) or "").startswith("check-")):
        del cells[place(cells, cell)]
        cells.insert(rng.choice((0, len(cells))), cell)


def move_written(cells: Cells, assignment: str, rng: Random) -> None:
    for cell in some(cells, rng, is_written):
        del cells[place(cells, cell)]
        cells.insert(rng.randint(0, len(cells)), cell)


def merge_neighbours(cells: Cells, assignment: str, rng: Random) -> None:
    """Merge cells with those below them, as JupyterLab does: the first one's kind and mark."""
    for _ in range(rng.randint(1, 3)):
        number = rng.randint(0, len(cells) - 2)
        first, second = cells[number : number + 2]
        if first.cell_type != second.cell_type or is_written(second) or is_written(first):
            continue
        first.source = f"{first.source}\n\n{second.source}"
        del cells[number + 1]


def merge_answers(cells: Cells, assignment: str, rng: Random) -> None:
    """Put some answers together into the cell of the first of them."""
    chosen = [cell for cell in cells if is_answer(cell)]
    if len(chosen) < 2:
        return
    begin = rng.randint(0, len(chosen) - 2)
    first, *others = chosen[begin : begin + rng.randint(2, 3)]
    for other in others:
        first.source = f"{first.source}\n\n{other.source}"
        del cells[place(cells, other)]


def merge_all(cells: Cells, assignment: str, rng: Random) -> None:
    """Put all code into a single cell."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    source = "\n\n".join(cell.source for cell in code)
    texts = [cell for cell in cells if cell.cell_type != "code"]
    cells[:] = [new_code_cell(source), *texts]


def split_between(cells: Cells, assignment: str, rng: Random) -> None:
    """Split cells between two statements; both parts keep the mark."""
    for cell in some(cells, rng, lambda cell: cell.cell_type == "code"):
        _split(cells, cell, rng, _ends(cell.source))


def split_inside(cells: Cells, assignment: str, rng: Random) -> None:
    """Split answers at any line; both parts keep the mark."""
    for cell in some(cells, rng):
        _split(cells, cell, rng, list(range(1, cell.source.count("\n") + 1)))


def _ends(source: str) -> list[int]:
    try:
        return [node.end_lineno or 0 for node in ast.parse(source).body[:-1]]
    except SyntaxError:
        return []


def _split(cells: Cells, cell: NotebookNode, rng: Random, ends: list[int]) -> None:
    if not ends:
        return
    lines, at = cell.source.split("\n"), rng.choice(ends)
    second = fresh(cell, rng)
    cell.source, second.source = "\n".join(lines[:at]), "\n".join(lines[at:])
    number = place(cells, cell)
    if rng.random() < 0.5:  # which part keeps the id, programs do not agree about
        cell.id, second.id = second.id, cell.id
    cells.insert(number + 1, second)


def retype(cells: Cells, assignment: str, rng: Random) -> None:
    """Make some cells of another kind, by a slip on the keyboard."""
    for cell in some(cells, rng, lambda cell: is_answer(cell) or is_written(cell)):
        kind = rng.choice(("markdown", "raw") if is_answer(cell) else ("code", "raw"))
        cell.cell_type = kind
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}


def copy_cells(cells: Cells, assignment: str, rng: Random) -> None:
    for cell in some(cells, rng, lambda cell: mark(cell) is not None):
        cells.insert(place(cells, cell) + rng.randint(0, 1), fresh(cell, rng))


def delete_released(cells: Cells, assignment: str, rng: Random) -> None:
    """Delete cells in which nothing of the student's stands."""
    given = stubs(assignment)
    for cell in some(cells, rng, lambda cell: not is_answer(cell) and mark(cell) is not None):
        if not is_written(cell) and cell.source == given.get(mark(cell) or ""):
            del cells[place(cells, cell)]


def answer_in_check(cells: Cells, assignment: str, rng: Random) -> None:
    """Write an answer into the cell of its check, above what stands there."""
    for cell in some(cells, rng):
        following = ([*cells, cell])[place(cells, cell) + 1]
        if (mark(following) or "").startswith("check-"):
            following.source = f"{cell.source}\n\n{following.source}"
            cell.source = rng.choice(("# see below", "", cell.source))


def write_elsewhere(cells: Cells, assignment: str, rng: Random) -> None:
    """Answer a question in a cell of one's own; the released one is left or deleted."""
    for cell in some(cells, rng, is_written):
        number = place(cells, cell)
        new = new_markdown_cell(cell.source)
        new.id = f"{rng.getrandbits(32):08x}"
        cells.insert(number + rng.randint(0, 1), new)
        if rng.random() < 0.5:
            del cells[place(cells, cell)]
        else:
            cell.source = rng.choice(("YOUR ANSWER HERE", ""))


def switches(cells: Cells, assignment: str, rng: Random) -> None:
    """Copy or set the switches anywhere, with or without the tag."""
    metadata = rng.choice(({}, {"tags": ["parameters"]}, {"tags": ["injected-parameters"]}))
    text = rng.choice(("quick = False", "quick, mine = False, 3", "quick: bool = False"))
    new = new_code_cell(text, metadata=copy.deepcopy(metadata))
    new.id = f"{rng.getrandbits(32):08x}"
    cells.insert(rng.randint(0, len(cells)), new)


CHANGES: tuple[Change, ...] = (
    *(strip_marks, strip_some_marks, change_ids, rewrite_answers, answer_elsewhere),
    *(move_answers, move_checks, move_written, merge_neighbours, merge_answers, merge_all),
    *(split_between, split_inside, retype, copy_cells, delete_released, answer_in_check),
    *(write_elsewhere, switches),
)


def no_ids(nb: NotebookNode, rng: Random) -> None:
    nb.nbformat_minor = 4
    for cell in nb.cells:
        cell.pop("id", None)


def extra_keys(nb: NotebookNode, rng: Random) -> None:
    nb["worksheets"] = []
    for cell in nb.cells:
        cell["prompt_number"] = 3


def no_keys(nb: NotebookNode, rng: Random) -> None:
    key = rng.choice(("outputs", "execution_count"))
    for cell in nb.cells:
        cell.pop(key, None)


def strange_version(nb: NotebookNode, rng: Random) -> None:
    nb["nbformat"], nb["nbformat_minor"] = rng.choice(((5, 5), ("4", "5"), (4, 10), (4, None)))


def old_outputs(nb: NotebookNode, rng: Random) -> None:
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell["outputs"] = [{"output_type": "error", "ename": "E"}, {"data": {}}]


def other_tags(nb: NotebookNode, rng: Random) -> None:
    for cell in nb.cells:
        cell.metadata["tags"] = rng.choice((["skip-execution"], "hide-input", ["a", "a"]))


FORMS = (no_ids, extra_keys, no_keys, strange_version, old_outputs, other_tags)
"""What other tools make of the file."""


def written(nb: NotebookNode, rng: Random) -> bytes:
    """Return the file, as one program or another writes it."""
    text = json.dumps(nb, indent=rng.choice((None, 1)), ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.15:
        text = rng.choice((f"{text}{text}", text + "\x00" * 9, f"{text[:-1]},\n}}"))
    return text.encode(rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16")))


def rearranged(
    nb: NotebookNode,
    assignment: str,
    changes: Sequence[Change],
    forms: Sequence[Callable[[NotebookNode, Random], None]],
    rng: Random,
) -> bytes:
    """Return a file that holds a solved notebook in another form."""
    nb = copy.deepcopy(nb)
    for change in changes:
        change(nb.cells, assignment, rng)
    for form in forms:
        form(nb, rng)
    return written(nb, rng)


def at_random(nb: NotebookNode, assignment: str, rng: Random) -> tuple[bytes, list[str]]:
    """Return a file that holds a solved notebook in another form, and what was done to it."""
    changes = rng.sample(CHANGES, rng.randint(1, 3))
    forms = rng.sample(FORMS, rng.randint(0, 2))
    told = [step.__name__ for step in (*changes, *forms)]
    return rearranged(nb, assignment, changes, forms, rng), told
