"""What a person decided about a class: marks, extensions, corrected labels; and what holds now.

==============  =====================================================================
``override``    the final mark of one student, in place of the one that was reckoned
``extension``   when an assignment is due for one student
``labels``      which labels of the held-out images hold: a file's hash, never a label
==============  =====================================================================

Each is an entry of the evidence, of which the last one holds. Nothing is deleted: a decision is
taken back by a further entry, which says why, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from autograder.scoring.standing import Override

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from autograder.evidence.hashchain import Entry

OVERRIDE, EXTENSION, LABELS = "override", "extension", "labels"
"""Kinds of entries."""


@dataclass(frozen=True)
class Extension:
    """When an assignment is due for one student.

    Attributes
    ----------
    until : datetime
        In UTC.
    why : str
        What the instructor said.
    """

    until: datetime
    why: str


@dataclass(frozen=True)
class Correction:
    """Which labels hold.

    Attributes
    ----------
    labels : str
        SHA-256 of their IDX file.
    held : str
        SHA-256 of the held-out images that they are of.
    images : tuple of int
        Numbers of the images whose labels were changed by this, from 0.
    why : str
        What the instructor said.
    """

    labels: str
    held: str
    images: tuple[int, ...]
    why: str


@dataclass(frozen=True)
class Decisions:
    """What holds of all that was decided about a class.

    Attributes
    ----------
    overrides : mapping of str to Override
        By student.
    extensions : mapping of str to Extension or None
        By student; None where one was taken back.
    corrections : tuple of Correction
        All of them; the last one holds.
    """

    overrides: Mapping[str, Override] = field(default_factory=lambda: MappingProxyType({}))
    extensions: Mapping[str, Extension | None] = field(default_factory=lambda: MappingProxyType({}))
    corrections: tuple[Correction, ...] = ()

    def labels(self, images: str) -> str | None:
        """Return the hash of the labels that hold for some images; None if they are as held out."""
        found = [one.labels for one in self.corrections if one.held == images]
        return found[-1] if found else None


def read_decisions(entries: Iterable[Entry]) -> Decisions:
    """Return what holds by a log of evidence."""
    overrides: dict[str, Override] = {}
    extensions: dict[str, Extension | None] = {}
    corrections: list[Correction] = []
    for body in (entry.body for entry in entries):
        kind = body.get("kind")
        if kind == OVERRIDE and body["mark"] is None:
            overrides.pop(body["student"], None)
        elif kind == OVERRIDE:
            overrides[body["student"]] = Override(body["mark"], body["why"])
        elif kind == EXTENSION:
            extensions[body["student"]] = _extension(body)
        elif kind == LABELS:
            images = tuple(body["images"])
            corrections.append(Correction(body["labels"], body["held"], images, body["why"]))
    return Decisions(overrides, extensions, tuple(corrections))


def _extension(body: Mapping[str, Any]) -> Extension | None:
    if body["until"] is None:
        return None
    return Extension(datetime.fromisoformat(body["until"]), body["why"])


def describe_override(student: str, mark: int | None, why: str) -> dict[str, Any]:
    """Say that a person set a final mark, or, with None, took that back."""
    return {"kind": OVERRIDE, "at": _now(), "student": student, "mark": mark, "why": why}


def describe_extension(student: str, until: datetime | None, why: str) -> dict[str, Any]:
    """Say that an assignment is due later for a student, or, with None, when for all."""
    due = None if until is None else until.astimezone(UTC).isoformat(timespec="seconds")
    return {"kind": EXTENSION, "at": _now(), "student": student, "until": due, "why": why}


def describe_correction(labels: str, held: str, images: Sequence[int], why: str) -> dict[str, Any]:
    """Say which labels hold from now on, as `Correction` has them."""
    facts = {"labels": labels, "held": held, "images": list(images), "why": why}
    return {"kind": LABELS, "at": _now(), **facts}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
