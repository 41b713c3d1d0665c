"""Runs of the grader in a log of evidence, and the class that they make.

One notion of the class holds everywhere: its members are those of the last complete run, which
is a ``run`` entry that the ``standing`` of a grader followed. Who is in earlier runs alone has
left; a run that was cut short is no class, and what it recorded counts for nobody until a later
one is complete.

A run need not run everybody anew: a ``kept`` entry says that an earlier ``submission`` entry holds
in it, too. Marks that a person gives and extensions come later than the run that they are of: the
``submission`` entry that has them names that run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from autograder.errors import EvidenceMissingError, RunCutShortError
from autograder.evidence.entries import KEPT, RESCORED, RUN, STANDING, SUBMISSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from autograder.evidence.hashchain import Entry


@dataclass(frozen=True)
class LatestSubmission:
    """The last that a log says about a student's submission.

    Attributes
    ----------
    entry : Entry
        The ``submission`` entry.
    run : Entry
        The ``run`` entry of the run that it belongs to.
    """

    entry: Entry
    run: Entry


def last_submissions(entries: Iterable[Entry]) -> dict[str, LatestSubmission]:
    """Return the last entry about each student's submission, by student, whoever has left too."""
    found: dict[str, LatestSubmission] = {}
    seen: dict[str, LatestSubmission] = {}
    run: Entry | None = None
    for entry in entries:
        kind = entry.body.get("kind")
        if kind == RUN:
            run = entry
        elif kind == SUBMISSION and run is not None:
            amended = seen.get(entry.body.get("amends", ""))
            one = LatestSubmission(entry, run if amended is None else amended.run)
            found[entry.body["student"]] = seen[entry.hash] = one
        elif kind == KEPT:
            found[entry.body["student"]] = seen[entry.body["entry"]]
    return found


@dataclass(frozen=True)
class Run:
    """What a log says about one run of the grader.

    Attributes
    ----------
    entry : Entry
        The ``run`` entry.
    submissions : mapping of str to Entry
        The last ``submission`` entry of each student in it, of an earlier run too.
    standing : Entry or None
        How the class stood in the end; None if the run was cut short.
    met : mapping of str to Entry
        By hash of a ``submission`` entry, the ``run`` entry that says what it met.
    """

    entry: Entry
    submissions: Mapping[str, Entry]
    standing: Entry | None
    met: Mapping[str, Entry] = field(repr=False)

    @property
    def students(self) -> frozenset[str]:
        """Who is in it."""
        return frozenset(self.submissions)

    @property
    def extent(self) -> str:
        """When it began, and how far it came."""
        began, total = (self.entry.body.get(key, "unknown") for key in ("at", "submissions"))
        return f"the run of {began} recorded {len(self.submissions)} of {total} submissions"


def runs(entries: Iterable[Entry]) -> list[Run]:
    """Return all runs in a log, the first one first."""
    found: dict[str, Run] = {}
    seen: dict[str, dict[str, Entry]] = {}
    submissions: dict[str, Entry] = {}
    met: dict[str, Entry] = {}
    last = ""
    for entry in entries:
        kind, body = entry.body.get("kind"), entry.body
        if kind == RUN:
            last, seen[entry.hash] = entry.hash, {}
            found[last] = Run(entry, seen[last], None, met)
        elif kind == SUBMISSION and last:
            of = body.get("run", last)
            seen[of][body["student"]] = submissions[entry.hash] = entry
            met[entry.hash] = met.get(body.get("amends", ""), found[of].entry)
        elif kind == KEPT and last:
            seen[last][body["student"]] = submissions[body["entry"]]
        elif kind == STANDING and last and body.get("by") != RESCORED:
            found[last] = replace(found[last], standing=entry)
    return list(found.values())


def complete_run(entries: Iterable[Entry]) -> Run | None:
    """Return the last complete run, whose members are the class; None if there is none."""
    return next((run for run in reversed(runs(entries)) if run.standing is not None), None)


def cut_short(entries: Iterable[Entry]) -> Run | None:
    """Return the last run if it was cut short, so that it is no class; else None."""
    found = runs(entries)
    return found[-1] if found and found[-1].standing is None else None


def partial_notice(entries: Sequence[Entry]) -> list[str]:
    """Say that the last run was cut short, if it was: one sentence, or none."""
    partial = cut_short(entries)
    if partial is None:
        return []
    extent = partial.extent[0].upper() + partial.extent[1:]
    whole = complete_run(entries) is not None
    seen = "this is the class as it stood before" if whole else "no run before it was complete"
    return [f"{extent} and was cut short: {seen}."]


def class_run(path: Path, entries: Sequence[Entry], *, consent: bool = False) -> Run:
    """Return the run that the class was last graded by.

    Parameters
    ----------
    path : Path
        Where the log is, for messages.
    entries : sequence of Entry
        All of the log.
    consent : bool, default False
        Whether the last complete run will do where a later one was cut short.

    Returns
    -------
    Run
        It has a standing.

    Raises
    ------
    EvidenceMissingError
        If there is no run at all.
    RunCutShortError
        If the last run was cut short, unless there was a complete one before and `consent`.
    """
    whole, partial = complete_run(entries), cut_short(entries)
    if partial is not None and (whole is None or not consent):
        if whole is None:
            advice = "no earlier run was complete: grade the class again"
        else:
            advice = "grade the class again, or go by the complete run before with --yes"
        raise RunCutShortError(path, partial.extent, advice)
    if whole is None:
        raise EvidenceMissingError(path, "there is no submission yet; grade the class first")
    return whole


def class_submissions(run: Run) -> dict[str, LatestSubmission]:
    """Return each student's entry in a run, by student, with the run that it was made in."""
    return {
        student: LatestSubmission(entry, run.met[entry.hash])
        for student, entry in run.submissions.items()
    }
