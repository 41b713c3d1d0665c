"""Write the demo class's notebooks, and compare what they came to with what they were made for.

    python -m autograder.authoring.demo_class GRADES.csv

fails if a row of a graded demo class is not as it is meant to be; ``make demo`` runs it.
"""

from __future__ import annotations

import argparse
import copy
import csv
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.demo_submissions import CLASS, Variant, cell
from autograder.errors import AssignmentError

NAME = "03_svc"
"""The assignment that the class answers."""


def write_demo_class(course: Path, folder: Path) -> None:
    """Write the submissions into a folder, in place of the notebooks that are there.

    Parameters
    ----------
    course : Path
        Folder of the course, with ``solutions`` and ``notebooks``.
    folder : Path
        Where the class hands in; made if need be.

    Raises
    ------
    AssignmentError
        If the course lacks the assignment's solution or its released notebook.
    """
    stubs, solved = _read(course, "notebooks", NAME), answered(course, NAME)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.ipynb"):
        path.unlink()
    for student, variant in CLASS.items():
        path = folder / variant.file.format(student=student)
        nbformat.write(_submission(variant, solved, stubs), path)


def answered(course: Path, assignment: str) -> NotebookNode:
    """Return an assignment's released notebook with the reference's answers filled in."""
    released = _read(course, "notebooks", assignment)
    for written in _read(course, "solutions", assignment).cells:
        metadata = written.metadata.get("nbgrader", {})
        if metadata.get("solution"):
            cell(released, metadata["grade_id"]).source = _answer(written.source)
    return released


def differences(grades: Path) -> list[str]:
    """Return one line for each submission whose row is not as it is meant to be.

    Parameters
    ----------
    grades : Path
        The report's ``grades.csv``.

    Returns
    -------
    list of str
        Empty if all is as meant.
    """
    with grades.open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return [
        f"{student} ({variant.about}): {_found(rows[student])}, "
        f"meant {variant.outcome}, {variant.accuracy}"
        for student, variant in CLASS.items()
        if student in rows and not _as_meant(variant, rows[student])
    ] + [f"{student}: no row" for student in sorted(CLASS.keys() - rows)]


def _read(course: Path, folder: str, assignment: str) -> NotebookNode:
    path = course / folder / assignment / f"{assignment}.ipynb"
    if not path.is_file():
        raise AssignmentError(assignment, f"{path} is missing, expected the course's own notebook")
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def _answer(source: str) -> str:
    """Return an author's answer without its markers."""
    lines = source.splitlines()
    # after the last end comes the stub's own line
    end = max((n for n, line in enumerate(lines) if "### END" in line), default=len(lines))
    markers = ("### BEGIN", "### END")
    return "\n".join(line for line in lines[:end] if not line.strip().startswith(markers))


def _submission(variant: Variant, solved: NotebookNode, stubs: NotebookNode) -> NotebookNode:
    nb = copy.deepcopy(solved)
    for grade_id, text in variant.cells.items():
        cell(nb, grade_id).source = cell(stubs, grade_id).source if text is None else text
    variant.edit(nb)
    return nb


def _found(row: dict[str, str]) -> str:
    return f"{row['outcome']}, {row['accuracy'] or None}"


def _as_meant(variant: Variant, row: dict[str, str]) -> bool:
    if row["outcome"] != variant.outcome or bool(row["accuracy"]) != bool(variant.accuracy):
        return False
    return variant.accuracy is None or (
        variant.accuracy[0] <= float(row["accuracy"]) < variant.accuracy[1]
    )


def main() -> int:
    """Compare a table of grades; return 1 if a row is not as meant."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("grades", type=Path, help="grades.csv of the graded demo class")
    wrong = differences(parser.parse_args().grades)
    print("\n".join(wrong) or f"All {len(CLASS)} came out as meant.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
