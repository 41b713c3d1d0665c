"""The command ``course``: each of its commands parses, calls one plain function, and prints."""

from __future__ import annotations

import json
import signal
import sys
import webbrowser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from helpers._errors import TemplatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PROGRAM = "course"
"""Name of the command."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

NOTEBOOK = click.argument("notebook")
"""Argument that names one."""

MACHINE = click.option("--json", "as_json", is_flag=True, help="print JSON, an object a line")
"""Option for what reads this by machine."""


@click.group(PROGRAM, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="digits-course")
def course() -> None:
    """Work on the course: see where you are, check, hand in.

    NOTEBOOK is an assignment, such as 03_svc or 03, or a notebook's path.
    """


@course.command(context_settings={"ignore_unknown_options": True})
@click.option("--folder", type=click.Path(path_type=Path), help="of your notebooks")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(folder: Path | None, options: tuple[str, ...]) -> int:
    """Open the start page in JupyterLab.

    In a clone of the course it works on copies, in work/notebooks. OPTIONS go to JupyterLab.
    """
    from helpers.course.folder import find_folder
    from helpers.course.lab import notebooks_to_copy, open_lab, prepare_folder

    source = notebooks_to_copy(Path.cwd())
    copies = None if source is None else source.parent / "work" / "notebooks"
    start = prepare_folder((folder or copies or find_folder()).resolve(), source)
    return open_lab(start, options)


@course.command()
def status() -> None:
    """Say what is done, as far as the notebooks themselves tell; nothing is run."""
    from helpers.course.folder import find_folder
    from helpers.course.status import read_status, to_text

    print(to_text(read_status(find_folder())))


@course.command()
@NOTEBOOK
@click.option("--exercise", default="", help="check this one alone")
@MACHINE
def check(notebook: str, exercise: str, as_json: bool) -> int:
    """Run a notebook as it is saved, in a fresh kernel, and say what is missing.

    The exit status is 1 if something is.
    """
    from helpers.course.check import check_notebook
    from helpers.course.folder import find_notebook
    from helpers.course.report import missing, summary

    with _progress(as_json) as on_cell:
        report = check_notebook(find_notebook(notebook), exercise, on_cell=on_cell)
    _say(summary(report), as_json)
    return int(bool(missing(report)))


@course.command()
@NOTEBOOK
@click.option("--student", required=True, help="your name in the course, such as s05")
@click.option("--zip", "packed", is_flag=True, help="pack it, with your files beside it")
@click.option("--exchange", is_flag=True, help="send it by nbgrader, too")
@MACHINE
def submit(notebook: str, student: str, packed: bool, exchange: bool, as_json: bool) -> None:
    """Check a notebook as it is saved, and write the file to hand in, with a receipt."""
    from helpers.course.feedback import call_nbgrader
    from helpers.course.folder import find_notebook
    from helpers.course.report import summary
    from helpers.course.submit import submit_notebook

    path = find_notebook(notebook)
    with _progress(as_json) as on_cell:
        written = submit_notebook(path, student, packed=packed, on_cell=on_cell)
    sent = [call_nbgrader(["submit", path.stem], path.parent.parent)] if exchange else []
    receipt = ["", "Receipt:", *written.text.splitlines(), "", f"Hand in: {written.file}", *sent]
    _say([*summary(written.report), *receipt], as_json)


@course.command()
@NOTEBOOK
@click.option("--fetch", is_flag=True, help="fetch it by nbgrader first")
@click.option("--print", "only_print", is_flag=True, help="print where it is, and open nothing")
def feedback(notebook: str, fetch: bool, only_print: bool) -> None:
    """Open what came back: the newest page of feedback on a notebook."""
    from helpers.course.feedback import call_nbgrader, find_feedback
    from helpers.course.folder import find_notebook

    path = find_notebook(notebook)
    if fetch:
        call_nbgrader(["fetch_feedback", path.stem], path.parent.parent)
    page = find_feedback(path)
    print(page)
    if not only_print:
        webbrowser.open(page.as_uri())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the command line.

    Returns
    -------
    int
        The exit status.
    """
    signal.signal(signal.SIGTERM, _interrupt)  # so that whoever ends this ends its kernel
    try:
        return course.main(arguments, PROGRAM, standalone_mode=False) or 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (TemplatedError, OSError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 1
    except (click.Abort, KeyboardInterrupt):
        print(f"{PROGRAM}: stopped; nothing was written", file=sys.stderr)
        return INTERRUPTED


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(lines: Sequence[str], as_json: bool) -> None:
    print(json.dumps({"lines": list(lines)}) if as_json else "\n".join(lines), flush=True)


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[int, int], None]]:
    """Give what is called before each cell: it prints JSON, or moves a bar on stderr."""
    from tqdm import tqdm

    with tqdm(unit="cell", leave=False, disable=True if as_json else None) as bar:

        def move(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        yield _print_progress if as_json else move


def _print_progress(done: int, of: int) -> None:
    print(json.dumps({"done": done, "of": of}), flush=True)
