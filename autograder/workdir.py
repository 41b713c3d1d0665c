"""Every path below the folder that the grader writes to, usually ``work/`` in the course.

::

    roster.csv                          who is in the course, as it was given last
    collected/<assignment>/             a class as `autograder collect` lays it out
    submitted/<student>/<assignment>/   what was handed in, as nbgrader lays it out
    autograded/<student>/<assignment>/  the same notebooks, executed
    earlier/<student>/<assignment>/     what was made of versions that count no more
    gradebook.db                        nbgrader's database
    holdout/<assignment>/               held-out images, readable to the grader alone
    evidence/<assignment>.jsonl         what happened, one entry a line
    report/                             the last run's pages and tables
    report/<assignment>/                the same, of each assignment
    published/<assignment>/grades.csv   what the class was told
    published/course.csv                everybody's total over what was published
    returned/<assignment>/              a page for each student, and all of them in a zip file
    handout/                            what students receive, as `autograder handout` makes it
    grader.log                          what the grader did, with every traceback
    demo/                               all of this once more, for the demo class
    demo/downloaded/                    its submissions as they arrive
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class WorkDir:
    """The folder that the grader writes to.

    Attributes
    ----------
    root : Path
        The folder itself; it may be missing still.
    database : str or None
        Address of the gradebook, as SQLAlchemy reads it; None for a file of the folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> WorkDir(Path("work")).evidence("03_svc").as_posix()
    'work/evidence/03_svc.jsonl'
    """

    root: Path
    database: str | None = field(default=None, repr=False)  # it may hold a password

    @property
    def demo(self) -> WorkDir:
        """Folder of the demo class, which shares nothing with real ones."""
        return WorkDir(self.root / "demo")

    @property
    def downloaded(self) -> Path:
        """Folder of the demo's submissions as they arrive; grading copies them to `submitted`."""
        return self.root / "downloaded"

    @property
    def handout(self) -> Path:
        """Folder of what students receive."""
        return self.root / "handout"

    def collected(self, assignment: str) -> Path:
        """Return where a class is laid out that was exported from a platform."""
        return self.root / "collected" / assignment

    @property
    def roster(self) -> Path:
        """Copy of the roster that was given last; it may be missing."""
        return self.root / "roster.csv"

    @property
    def submitted(self) -> Path:
        """Folder of submissions in nbgrader's layout."""
        return self.root / "submitted"

    def submitted_notebook(self, student: str, assignment: str) -> Path:
        """Return where the notebook that a student handed in is kept."""
        return self.submitted / student / assignment / f"{assignment}.ipynb"

    def autograded_notebook(self, student: str, assignment: str) -> Path:
        """Return where a student's executed notebook is."""
        return self.root / "autograded" / student / assignment / f"{assignment}.ipynb"

    def made_of(self, student: str, assignment: str) -> tuple[Path, ...]:
        """Return the folders of what is made of a submission: executed notebooks, and feedback."""
        kinds = ("autograded", "executed", "feedback")
        return tuple(self.root / kind / student / assignment for kind in kinds)

    def earlier(self, student: str, assignment: str) -> Path:
        """Return the folder of what was made of versions that count no more."""
        return self.root / "earlier" / student / assignment

    def executed_notebook(self, student: str, assignment: str) -> Path:
        """Return where a student's executed notebook is, packed, if it had to be made inert."""
        return self.root / "executed" / student / assignment / f"{assignment}.ipynb.gz"

    @property
    def gradebook(self) -> Path:
        """Nbgrader's database, if it is a file of this folder; it may be missing still."""
        return self.root / "gradebook.db"

    @property
    def gradebook_url(self) -> str:
        """Address of nbgrader's database, as SQLAlchemy reads it."""
        return self.database or f"sqlite:///{self.gradebook.resolve()}"

    @property
    def gradebook_name(self) -> str:
        """What messages call nbgrader's database: its file, or its address without a password."""
        if self.database is None:
            return str(self.gradebook)
        return re.sub(r"(//[^:@/]*):[^@]*@", r"\1:***@", self.database)

    @property
    def has_gradebook(self) -> bool:
        """Whether there may be something in it: a server's is always there."""
        return self.database is not None or self.gradebook.exists()

    @property
    def holdouts(self) -> Path:
        """Folder with a folder of held-out images for each assignment that needs them."""
        return self.root / "holdout"

    def holdout(self, assignment: str) -> Path:
        """Return the folder of an assignment's held-out images."""
        return self.holdouts / assignment

    def evidence(self, assignment: str) -> Path:
        """Return where an assignment's log of evidence is."""
        return self.root / "evidence" / f"{assignment}.jsonl"

    @property
    def report(self) -> Path:
        """Folder of the last run's report: a draft, until it is published."""
        return self.root / "report"

    def report_of(self, assignment: str) -> Path:
        """Return the folder of an assignment's own report."""
        return self.report / assignment

    @property
    def timings(self) -> Path:
        """Table of where a class's time went."""
        return self.report / "timings.csv"

    def published(self, assignment: str) -> Path:
        """Return the folder of what a class was told."""
        return self.root / "published" / assignment

    @property
    def course_totals(self) -> Path:
        """Table of everybody's total over all assignments that were published."""
        return self.root / "published" / "course.csv"

    def returned(self, assignment: str) -> Path:
        """Return the folder of pages that go back to students."""
        return self.root / "returned" / assignment

    @property
    def log(self) -> Path:
        """Where `logging` writes while a command of the grader runs."""
        return self.root / "grader.log"
