"""Enter students' names into nbgrader's gradebook, by which formgrader and exports call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbgrader.api import Student

from autograder.gradebook.locking import Patience
from autograder.gradebook.store import open_gradebook, submission_transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbgrader.api import Gradebook

    from autograder.submissions.roster import Contact
    from autograder.workdir import WorkDir


def enter_class(work: WorkDir, people: Mapping[str, Contact]) -> int:
    """Open the gradebook of a work folder and enter a class; wait while it is locked.

    Parameters
    ----------
    work : WorkDir
        Whose gradebook.
    people : mapping of str to Contact
        Names and addresses, by student.

    Returns
    -------
    int
        Number of students who are new, or of whom something is.

    Raises
    ------
    GradebookLockedError
        If somebody else keeps the gradebook locked.
    """

    def enter() -> int:
        with open_gradebook(work) as gradebook:
            return enter_students(gradebook, people)

    return Patience(work.gradebook_name).wait(enter)


def enter_students(gradebook: Gradebook, people: Mapping[str, Contact]) -> int:
    """Enter a class by one transaction, and commit it.

    What nobody knows replaces nothing: a name that a person entered in formgrader stays where the
    roster has none.

    Parameters
    ----------
    gradebook : Gradebook
        From `autograder.gradebook.store.open_gradebook`.
    people : mapping of str to Contact
        Names and addresses, by student.

    Returns
    -------
    int
        Number of students who are new, or of whom something is.
    """
    with submission_transaction(gradebook) as commit:
        # anew: a person may have written names since the gradebook was opened
        found = gradebook.db.query(Student).populate_existing()
        known = {student.id: student for student in found}
        changed = 0
        for name, contact in people.items():
            student = known.get(name) or Student(id=name)
            before = (student.first_name, student.last_name, student.email)
            _fill(student, contact)
            new = name not in known
            if new:
                gradebook.db.add(student)
            changed += new or before != (student.first_name, student.last_name, student.email)
        if changed:
            commit()
    return changed


def _fill(student: Student, contact: Contact) -> None:
    if contact.first_name or contact.last_name:
        student.first_name = contact.first_name or student.first_name
        student.last_name = contact.last_name or student.last_name
    elif contact.name and not student.first_name:
        # in one piece: where a name is parted differs from language to language. Pages that want
        # two parts get an empty one, and print no "None" for it
        student.first_name, student.last_name = "", contact.name
    student.email = contact.email or student.email
