"""Bring a notebook of any version and any program to the newest format, by what its cells hold.

nbformat's own `convert` and `normalize` expect what the schema demands and stop at the first key
that is missing or strange. Here a notebook is made anew of what counts: kind, text, id, nbgrader's
mark and pictures of each cell. Outputs, widgets and other programs' keys are left behind. What the
schema would have refused is told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import count, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import nbformat

from autograder.submissions.cell_text import Tell, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

PARAMETER_TAGS = frozenset({"parameters", "injected-parameters"})
"""Tags by which papermill finds the place of its parameters; the second is its own cell's."""

ERROR_TAG = "papermill-error-cell-tag"
"""Tag of cells that papermill wrote to say that another failed."""

MAX_MINOR = 5
"""Newest minor version of nbformat 4."""

_KINDS = {"code": "code", "raw": "raw", "plaintext": "raw"}
_KEYS = {
    "code": {"cell_type", "id", "metadata", "source", "outputs", "execution_count"},
    "markdown": {"cell_type", "id", "metadata", "source", "attachments"},
    "raw": {"cell_type", "id", "metadata", "source", "attachments"},
}
_NOTEBOOK_KEYS = {"cells", "metadata", "nbformat", "nbformat_minor"}
_OUTPUT_KEYS = {
    "stream": {"name", "text"},
    "error": {"ename", "evalue", "traceback"},
    "display_data": {"data", "metadata"},
    "execute_result": {"data", "metadata", "execution_count"},
}
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PICTURE = re.compile(r"attachment:([^\s\"'>]{1,200})")

MOST_TOLD = 30
"""Kinds of repairs that are told."""

MAX_PICTURES = 200
"""Most pictures of a cell."""


def cells_in(value: object) -> list[object] | None:
    """Find the cells in a JSON value, wherever versions and programs keep them.

    Examples
    --------
    >>> cells_in({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code"}]}]})
    [{'cell_type': 'code'}]
    >>> cells_in({"nbformat": 4}) is None
    True
    """
    if isinstance(value, list):
        typed = [one for one in value if isinstance(one, dict) and "cell_type" in one]
        return value if typed else cells_in(value[0]) if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    own, sheets = value.get("cells"), value.get("worksheets")
    if isinstance(sheets, list) and not own:
        parts = [s["cells"] for s in sheets if isinstance(s, dict) and _is_list(s.get("cells"))]
        own = [cell for part in parts for cell in part] if parts else own
    if isinstance(own, list):
        return own
    wrapped = (value.get(key) for key in ("content", "notebook") if key in value)
    return next((found for found in map(cells_in, wrapped) if found is not None), None)


def normalize(value: object, cells: list[object]) -> tuple[NotebookNode, tuple[str, ...]]:
    """Make a notebook of nbformat 4.5 of cells as they were found.

    Parameters
    ----------
    value : object
        What `cells` were found in.
    cells : list of object
        From `cells_in`.

    Returns
    -------
    notebook : NotebookNode
        Valid by nbformat, without outputs and metadata.
    notes : tuple of str
        One line for each kind of repair.
    """
    told: dict[str, list[int]] = defaultdict(list)
    current = _tell_version(value, told)
    made = [
        cell
        for number, cell in enumerate(cells, start=1)
        for cell in _cells(cell, _teller(told, number), current=current)
    ]
    _give_ids(made, told, needed=current)
    content = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": MAX_MINOR}
    return nbformat.from_dict(content), tuple(_sentences(told))


def _teller(told: dict[str, list[int]], number: int) -> Tell:
    """Return what remembers that something was repaired in a cell."""

    def tell(what: str) -> None:
        if told[what][-1:] != [number]:
            told[what].append(number)

    return tell


def _sentences(told: dict[str, list[int]]) -> Iterator[str]:
    """Yield a line for each kind of repair, of which anybody can make a million."""
    for what, numbers in islice(told.items(), MOST_TOLD):
        yield _sentence(what, numbers)
    if len(told) > MOST_TOLD:
        yield f"and {len(told) - MOST_TOLD} more kinds of repairs"


def _sentence(what: str, numbers: list[int]) -> str:
    if not numbers:
        return what
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"{what} (cell {', '.join(map(str, numbers[:5]))}{more})"


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _tell_version(value: object, told: dict[str, list[int]]) -> bool:
    """Tell a version other than today's; return whether cells should look as today's do."""
    if not isinstance(value, dict):
        told["a list of cells, without a notebook around it"] = []
        return False
    if not _is_list(value.get("cells")):
        told[f"the cells of nbformat {_short(value.get('nbformat'))} were brought to 4.5"] = []
        return False
    for key in sorted(map(str, value.keys() - _NOTEBOOK_KEYS)):
        told[f"the notebook has a key {_short(key)}, which was dropped"] = []
    major, minor = value.get("nbformat"), value.get("nbformat_minor")
    known = type(major) is int and major == 4 and type(minor) is int and 0 <= minor <= MAX_MINOR
    if not known:
        found = f"{_short(major)}, minor {_short(minor)}"
        told[f"nbformat is {found}, expected 4 and at most {MAX_MINOR}"] = []
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        told["the notebook has no metadata"] = []
    else:
        _tell_metadata(metadata, told)
    return known and minor == MAX_MINOR


def _tell_metadata(metadata: dict[str, Any], told: dict[str, list[int]]) -> None:
    for key in ("language_info", "kernelspec"):
        named = metadata.get(key, {"name": ""})
        if not isinstance(named, dict) or "name" not in named:
            told[f"the notebook's {key} has no name"] = []
    if metadata.get("widgets"):
        told["saved widgets were dropped"] = []


def _short(value: object) -> str:
    return repr(value)[:40]


def _cells(cell: object, tell: Tell, *, current: bool) -> Iterator[dict[str, Any]]:
    """Make a cell; nothing of what is none, and of what papermill wrote about a failure."""
    if not isinstance(cell, dict):
        tell("what was no cell was dropped")
        return
    metadata = _metadata(cell, tell)
    tags = _tags(metadata, tell)
    kind = _kind(cell, metadata, tell)
    if ERROR_TAG in tags and kind != "code":
        return
    _tell_keys(cell, kind, tell, current=current)
    kept: dict[str, Any] = _mark(metadata)
    if tags & PARAMETER_TAGS:
        kept["tags"] = sorted(tags & PARAMETER_TAGS)
    made: dict[str, Any] = {"cell_type": kind, "metadata": kept, "id": cell.get("id")}
    made["source"] = read_text(cell, kind, tell)
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    elif attached := _attachments(cell, made["source"], tell):
        made["attachments"] = attached
    yield made


def _metadata(cell: dict[str, Any], tell: Tell) -> dict[str, Any]:
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict):
        tell("no metadata")
        return {}
    return metadata


def _mark(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return nbgrader's mark, without what it never holds."""
    marks = metadata.get("nbgrader")
    if not isinstance(marks, dict):
        return {}
    plain = {key: v for key, v in marks.items() if v is None or isinstance(v, str | int | float)}
    return {"nbgrader": plain}


def _tags(metadata: dict[str, Any], tell: Tell) -> set[str]:
    """Return a cell's tags; only papermill's mean something here."""
    tags = metadata.get("tags", [])
    if isinstance(tags, str):
        tell("tags are a text, expected a list")
        return {tag.strip() for tag in tags.split(",")}
    if not _is_texts(tags):
        tell("tags are no list of texts")
        return {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
    if len({*tags}) < len(tags):
        tell("a tag twice")
    return {*tags}


def _kind(cell: dict[str, Any], metadata: dict[str, Any], tell: Tell) -> str:
    kind = cell.get("cell_type")
    if isinstance(kind, str):
        return _KINDS.get(kind.lower(), "markdown")
    tell("no cell_type")
    marks = metadata.get("nbgrader")
    kind = marks.get("cell_type") if isinstance(marks, dict) else None
    if kind in _KEYS:
        return str(kind)
    return "code" if cell.keys() & {"outputs", "execution_count", "input"} else "markdown"


def _tell_keys(cell: dict[str, Any], kind: str, tell: Tell, *, current: bool) -> None:
    """Tell keys that the schema demands or refuses; only in notebooks that say they follow it."""
    if not current:
        return
    for key in sorted(map(str, cell.keys() - _KEYS[kind])):
        tell(f"a key {_short(key)}, which was dropped")
    for key in sorted(_KEYS[kind] - cell.keys() - {"attachments", "id", "cell_type", "metadata"}):
        tell(f"no {key}")
    if kind == "code":
        number, outputs = cell.get("execution_count"), cell.get("outputs", [])
        if number is not None and type(number) is not int:
            tell("execution_count is no number")
        if not isinstance(outputs, list) or not all(map(_is_output, outputs)):
            tell("an output that nbformat does not know")


def _is_output(output: object) -> bool:
    if not isinstance(output, dict) or not isinstance(output.get("output_type"), str):
        return False
    return output.keys() - {"output_type"} == _OUTPUT_KEYS.get(output["output_type"])


def _attachments(cell: dict[str, Any], source: str, tell: Tell) -> dict[str, dict[str, str]]:
    """Return a text's pictures, an empty one for each that is not in the file.

    nbconvert makes no page at all of a notebook in which one is missing.
    """
    found = cell.get("attachments")
    kept = {
        name: mended
        for name, bundle in (found if isinstance(found, dict) else {}).items()
        if (mended := _bundle(bundle))
    }
    for name in _pictures(source):
        if name not in kept:
            same = kept.get(unquote(name))
            if same is None and ")" not in name:
                tell(f"the picture {_short(name)} is not in the file")
            kept[name] = same or {"image/png": ""}
    return kept


def _bundle(bundle: object) -> dict[str, str]:
    parts = bundle.items() if isinstance(bundle, dict) else ()
    joined = ((kind, "".join(data) if _is_texts(data) else data) for kind, data in parts)
    return {kind: data for kind, data in joined if isinstance(data, str)}


def _pictures(source: str) -> list[str]:
    """Return the names of pictures that a text shows; of one with brackets, each it may have."""
    names = _PICTURE.findall(source)[:MAX_PICTURES]
    ends = ((name, [n for n, letter in enumerate(name) if letter == ")"][:5]) for name in names)
    return [name[:end] for name, places in ends for end in places or [len(name)]]


def _give_ids(cells: list[dict[str, Any]], told: dict[str, list[int]], *, needed: bool) -> None:
    """Give an id to each cell that has none of its own; before nbformat 4.5 none had."""
    taken = {one for cell in cells if isinstance(one := cell["id"], str) and _ID.fullmatch(one)}
    left, free = set(taken), (name for n in count() if (name := f"added-{n}") not in taken)
    for number, cell in enumerate(cells, start=1):
        if isinstance(cell["id"], str) and cell["id"] in left:
            left.remove(cell["id"])
            continue
        if needed or cell["id"] is not None:
            told["no id of its own"].append(number)
        cell["id"] = next(free)
