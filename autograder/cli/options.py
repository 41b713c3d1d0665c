"""What several commands share: the course at hand, and the options that name its parts."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from autograder.execution.logs import log_to_file
from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)

Callback = TypeVar("Callback", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
"""Type of options that name a file or a folder."""

_OTHER = re.compile(r"^[^#\n]*\bdb_url\s*=(?!.*sqlite)", re.MULTILINE)
"""Settings whose gradebook may be no file."""

FOLDER = click.Path(path_type=Path, file_okay=False)
"""Type of options that name a folder, which need not be there yet."""


@dataclass(frozen=True)
class Course:
    """The course that a command works on; click's context holds it as ``obj``.

    Attributes
    ----------
    folder : Path
        What ``--course`` names.
    database : str or None
        What ``--db`` names: the gradebook's address.
    """

    folder: Path
    database: str | None = None

    @property
    def solutions(self) -> Path:
        """Folder with a folder for each assignment."""
        return self.folder / "solutions"

    def solution(self, assignment: str) -> Path:
        """Return where the author's own notebook of an assignment is."""
        return self.solutions / assignment / f"{assignment}.ipynb"

    def work(self, named: Path | None) -> WorkDir:
        """Return the folder that the grader writes to: the one that was named, or the usual."""
        own = self.folder / "work"
        if self.database is None and (named is None or named.resolve() == own.resolve()):
            return WorkDir(named or own, self._named_database())
        return WorkDir(named or own, self.database)

    def _named_database(self) -> str | None:
        """Return the database of the course's settings; None for a file, which each folder has."""
        settings = self.folder / "nbgrader_config.py"
        # loading them takes time, and every command asks
        if not settings.is_file() or not _OTHER.search(settings.read_text(encoding="utf-8")):
            return None
        from autograder.gradebook.config import load_config

        url = load_config(self.folder).CourseDirectory.get("db_url", "")
        return url if isinstance(url, str) and url and not url.startswith("sqlite") else None


def find_course() -> Path:
    """Return the course that the current folder is in, else the one this package came with."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file():
            return folder
    return Path(__file__).resolve().parents[2]


def complete_assignment(
    context: click.Context,
    parameter: click.Parameter,  # noqa: ARG001  # click passes it
    incomplete: str,
) -> list[CompletionItem]:
    """Return the assignments whose names begin so, for the shell."""
    course = Course(context.find_root().params.get("course") or find_course())
    names = sorted(path.name for path in course.solutions.glob("*/") if path.is_dir())
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def assignment_argument(command: Callback) -> Callback:
    """Give a command the argument ``ASSIGNMENT``."""
    return click.argument("assignment", shell_complete=complete_assignment)(command)


def work_option(*, existing: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the option ``--work``, and the `WorkDir` that it names as ``work``.

    What the command does is logged there.

    Parameters
    ----------
    existing : bool, default False
        Whether the command works on what is there: a folder that is missing, since its name was
        mistyped say, is not made for the log then.

    Returns
    -------
    callable
        Decorator of a command's function.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--work", type=FOLDER, metavar="PATH", help="default: COURSE/work")
        @click.pass_context
        @wraps(command)
        def with_work(context: click.Context, /, work: Path | None, **options: Any) -> Any:
            folder = context.obj.work(work)
            if existing and work is not None and not work.is_dir():
                raise click.BadParameter(
                    f"there is no folder {work.absolute()}, expected one that was graded in",
                    param_hint="--work",
                )
            with log_to_file(folder.log, makes_folder=not existing):
                logger.info("%s %s", context.command_path, options.get("assignment", ""))
                return command(context.obj, work=folder, **options)

        return with_work

    return decorate


def consent_option(about: str) -> Callable[[Callback], Callback]:
    """Give a command the option ``--yes``; `about` says what it consents to."""
    return click.option("--yes", "consent", is_flag=True, help=about)


def run_options(command: Callback) -> Callback:
    """Give a command the options of how submissions are run."""
    positive = click.IntRange(min=1)
    workers = click.option("--workers", type=positive, help="submissions at a time")
    about = "run without a sandbox; for submissions you trust"
    return workers(click.option("--unsafe", is_flag=True, help=about)(command))


def cluster_options(command: Callback) -> Callback:
    """Give a command the options that name a cluster of Dask."""
    for option, (shown, kind, about) in _CLUSTER.items():
        command = click.option(option, type=kind, metavar=shown, help=about)(command)
    return command


_CLUSTER: dict[str, tuple[str | None, Any, str]] = {
    "--adaptive": ("N", click.IntRange(1), "ask a cluster that adapts for N workers"),
    "--tls-key": (None, PATH, "the certificate's key"),
    "--tls-cert": (None, PATH, "the grader's certificate"),
    "--tls-ca": (None, PATH, "who signs the cluster's certificates, for tls://"),
    "--scheduler": ("ADDRESS", None, "run on a Dask cluster: tls://HOST:8786"),
}
"""Metavariable, type and help of each, the last one first."""
