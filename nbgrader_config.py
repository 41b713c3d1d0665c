"""Settings for every ``nbgrader`` command, formgrader and ``make build``."""

import os
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
WORK = ROOT / "work"
# nbgrader creates neither the gradebook's folder nor the exchange.
(WORK / "exchange").mkdir(parents=True, exist_ok=True)

c = get_config()  # noqa: F821  # nbgrader provides it
c.CourseDirectory.course_id = "digits"
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.submitted_directory = "work/submitted"
c.CourseDirectory.autograded_directory = "work/autograded"
c.CourseDirectory.feedback_directory = "work/feedback"
c.CourseDirectory.db_url = f"sqlite:///{WORK / 'gradebook.db'}"
# nbgrader copies every other file of solutions/ to students: sources and limits stay here. Of
# sources it copies metric.py alone, by which the score is measured at home, too.
METRIC = "metric"
c.CourseDirectory.ignore = [
    *(".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"),  # its own list
    *(f"{METRIC[:n]}[!{METRIC[n]}]*.py" for n in range(len(METRIC))),  # begins otherwise,
    *(f"{METRIC[:n]}.py" for n in range(len(METRIC))),  # is shorter,
    *(f"{METRIC}?*.py", "run.toml", "hints.toml"),  # or longer
]
c.Exchange.root = str(WORK / "exchange")

# Each stub says itself what to do; nbgrader's own stub would come before that.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
# A TCP port can be a neighbour's by the time it is bound; a socket of this process cannot.
c.KernelManager.transport = "ipc"
c.KernelManager.ip = f"{tempfile.gettempdir()}/nbgrader-{os.getpid()}"
# A graded cell that a student deleted is put back and run; else it has no score at all.
c.OverwriteCells.add_missing_cells = True
# Seconds for a cell, a generous bound: `nbgrader validate` trains on as many images as the student.
c.Execute.timeout = 600
# Submissions hold code of people whom nobody has to trust: formgrader's button and `nbgrader
# autograde` run them in the sandbox, too.
c.Execute.kernel_name = "sandbox-warm"
c.Execute.interrupt_on_timeout = True
# nbgrader's own list, with one addition: a warning on stderr must not cost points.
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute",
    "autograder.gradebook.preprocessors.WarningsToStdout",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "autograder.sanitize.notebook.Inert",  # last: the others are to see what was there
]
# No page, formgrader's and feedback's, runs or fetches what a submission put there.
c.HTMLExporter.preprocessors = ["autograder.sanitize.notebook.Inert"]
c.HTMLExporter.filters = {"markdown2html": "autograder.gradebook.formulas.markdown_to_html"}
c.HTMLExporter.exclude_anchor_links = True  # no heading gets the identifier of a field
# nbgrader adds up points; these say the final mark that `autograder` gave, by tiers and ranking.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.ClearHiddenTests",  # what goes back tells no hidden test
    *("nbgrader.preprocessors.GetGrades", "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor"),
    *("autograder.grading.feedback.FinalMark", "autograder.gradebook.preprocessors.ContentPolicy"),
]
c.ExportApp.plugin_class = "autograder.grading.export.FinalExportPlugin"
