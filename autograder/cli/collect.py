"""``autograder collect``."""

from __future__ import annotations

import shlex
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from autograder.assignment import load_assignment
from autograder.cli.options import PATH, Course, complete_assignment, work_option
from autograder.collect.archive import names_in
from autograder.collect.profiles import PROFILES
from autograder.collect.run import Collected, collect
from autograder.errors import CollectError
from autograder.gradebook.due_dates import due_date, time_late
from autograder.gradebook.store import register
from autograder.gradebook.students import enter_class
from autograder.reporting.tables import counted, format_columns, strip_controls
from autograder.submissions.collect import find_submissions
from autograder.submissions.kept_roster import keep_roster
from autograder.submissions.roster import plain, read_roster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from autograder.submissions.entries import Submission
    from autograder.workdir import WorkDir

_UNKNOWN = "is not known"

_HEADER = ("student", "file", "handed in", "late by", "what became of it")


@click.command("collect")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.argument("assignment", required=False, shell_complete=complete_assignment)
@work_option()
@click.option("--roster", type=PATH, help="CSV of who is in the course, with a column id")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="default: by what is in it")
@click.option("--into", type=PATH, help="default: WORK/collected/ASSIGNMENT")
@click.option("--dry-run", is_flag=True, help="print the table alone")
def command(
    course: Course,
    work: WorkDir,
    source: Path,
    assignment: str | None,
    roster: Path | None,
    profile: str | None,
    into: Path | None,
    dry_run: bool,
) -> None:
    """Sort a platform's export by student.

    SOURCE is a folder or a zip file, and stays as it is.
    Without ASSIGNMENT it is the one that names in SOURCE have in them.
    What becomes of each file in it is printed as a table, and `autograder grade` reads the folder
    that is made.
    """
    chosen = load_assignment(assignment or guess_assignment(source, course), course.solutions)
    known = read_roster(roster) if roster else None
    target = into or work.collected(chosen.name)
    release, due = register(chosen, work), due_date(chosen.name, work)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".collect-", dir=target.parent) as folder:
        place = Path(folder, "class")
        done = collect(source, place, chosen.name, roster=known, profile=profile)
        place.mkdir(exist_ok=True)
        found = find_submissions(place, chosen.name, release, chosen.folder)
        others = _assignments(course) - {chosen.name}
        for line in _table(done, found.submissions, due, others):
            print(line)
        whose = "in it" if known is None else "of anybody on the roster"
        _require_any(source, found.submissions, chosen.name, others, whose)
        if dry_run:
            return
        before = _replace(target, place, ours=into is None)
    if known is not None and roster is not None:
        enter_class(work, known.contacts)
        keep_roster(work, roster)
    if before:
        print(f"In place of what was collected before: {counted(before, 'student')}")
    of = counted(len(done.students), "student")
    print(f"Collected: {len(found.submissions)} of {of}, in {target}")
    print(f"Next: {_next(chosen.name, target, roster, work)}")


def guess_assignment(source: Path, course: Course) -> str:
    """Return the assignment that most names in an export have in them.

    Raises
    ------
    CollectError
        If there is none, or several have as many.
    """
    known = sorted(_assignments(course))
    names = [source.name, *names_in(source)]
    counts = Counter({name: sum(plain(name) in plain(one) for one in names) for name in known})
    (first, most), *others = [*counts.most_common(2), ("", 0)][:2]
    if not most or others[0][1] == most:
        raise CollectError(source, f"names no assignment; expected one of: {', '.join(known)}")
    return first


def _assignments(course: Course) -> set[str]:
    return {path.parent.name for path in course.solutions.glob("*/*.ipynb")}


def _require_any(
    source: Path,
    submissions: Sequence[Submission],
    assignment: str,
    others: AbstractSet[str],
    whose: str,
) -> None:
    """Refuse an export without a notebook of the assignment, before it replaces a class.

    Raises
    ------
    CollectError
        Naming what is in it instead.
    """
    expected = f"expected notebooks of {assignment}; nothing was collected"
    paths = [one.path for one in submissions if one.path is not None]
    if not paths:
        raise CollectError(source, f"has no notebook {whose}, {expected}")
    if {path.stem for path in paths} <= others:
        found = ", ".join(sorted({path.name for path in paths}))
        raise CollectError(source, f"has {found} in it, {expected}")


def _next(assignment: str, target: Path, roster: Path | None, work: WorkDir) -> str:
    """Return the command that grades what was collected, to be typed as it stands."""
    context = click.get_current_context()
    root = context.find_root()
    course = ["--course", str(root.params["course"])] if _is_typed(root, "course") else []
    words = ["autograder", *course, "grade", assignment, "--submitted", str(target)]
    words += [] if roster is None else ["--roster", str(roster)]
    return shlex.join([*words, *(["--work", str(work.root)] if _is_typed(context, "work") else [])])


def _is_typed(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is ParameterSource.COMMANDLINE


def _replace(target: Path, place: Path, *, ours: bool) -> int:
    """Put a class in the place of the one that was collected before; of other folders, none.

    Return how many students that one had.
    """
    before = 0
    if target.exists() and any(target.iterdir()):
        if not ours:
            raise CollectError(target, "expected an empty folder, or none")
        before = sum(path.is_dir() for path in target.iterdir())
        target.rename(place.with_name("before"))  # removed with the temporary folder
    place.replace(target)
    return before


def _table(
    done: Collected,
    submissions: tuple[Submission, ...],
    due: datetime | None,
    others: AbstractSet[str],
) -> Iterator[str]:
    yield f"Read as {done.profile}: {PROFILES[done.profile].about}"
    found = {one.student: one for one in submissions}
    students = sorted({*done.students})
    lines = [_line(student, done, found.get(student), due, others) for student in students]
    lines += [("", entry.path, "", "", f"{entry.status}: {entry.why}") for entry in done.entries]
    yield format_columns([_HEADER, *(tuple(map(strip_controls, line)) for line in lines)])
    if submissions and not any(one.timestamp for one in submissions):
        known = "is known where the export says so, by how much is not" if done.late else _UNKNOWN
        yield f"This export has no times: who was late {known}, and lateness costs nothing."


def _line(
    student: str,
    done: Collected,
    found: Submission | None,
    due: datetime | None,
    others: AbstractSet[str],
) -> tuple[str, str, str, str, str]:
    entries = done.students[student]
    files = ", ".join(entry.path for entry in entries)
    told = [f"{entry.path}: {entry.why}" for entry in entries if entry.why]
    if found is None:
        return student, files, "", "", "; ".join(told) or "not handed in"
    by = time_late(found.timestamp, due)
    late = str(by) if by else "the export says so" if student in done.late else ""
    state = found.problem or f"taken: {found.path.name if found.path else ''}"
    if found.path is not None and found.path.stem in others:
        state += ", which is called as another assignment's"
    return student, files, found.timestamp or "", late, "; ".join([state, *told, *found.notes])
