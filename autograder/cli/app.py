"""The ``autograder`` command: parses, calls plain functions, and turns errors into one line.

What a command needs is imported once it is chosen: only some need all that grading does.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError
from autograder.execution.prefork import start_early

RUNNING = ("grade", "spread", "demo")
"""Commands that run submissions, whose processes are started early."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.command in RUNNING:
            folder = options.course / "solutions" / options.assignment
            start_early(folder / f"{options.assignment}.ipynb", sandboxed=not options.unsafe)
        return getattr(_import(f"autograder.cli.{options.command}"), f"run_{options.command}")(
            options
        )
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("autograder: interrupted; what was recorded so far is kept", file=sys.stderr)
        return 130


def _import(module: str) -> types.ModuleType:
    """Import a module for good, and never look for garbage in what it made."""
    if module not in sys.modules:
        gc.disable()
        importlib.import_module(module)
        gc.freeze()
        gc.enable()
    return sys.modules[module]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description="Grade a class's notebooks.")
    parser.add_argument("--course", type=Path, default=_course(), help="folder of the course")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    _add_running(commands)
    _add_evidence(commands)

    command = _add(commands, "holdout", "draw an assignment's held-out images")
    command.add_argument("--seed", help="default: a new secret one")
    command = commands.add_parser("doctor", help="say what this machine lacks for grading")
    command = commands.add_parser("kernels", help="install the sandbox's kernels for Jupyter")
    command.add_argument("--prefix", type=Path, help="default: this environment")
    return parser


def _add_running(commands: Any) -> None:
    command = _add(commands, "grade", "grade every submission in a folder")
    command.add_argument("--submitted", type=Path, help="default: WORK/submitted")
    _add_ways_to_run(command)

    command = _add(commands, "spread", "run again with other seeds; no grade changes")
    command.add_argument("--student", help="only this one's submission")
    command.add_argument("--seeds", type=_positive, default=5, help="how many; default: 5")
    _add_ways_to_run(command)

    command = commands.add_parser("demo", help="grade the demo class on real data")
    command.set_defaults(assignment="03_svc")
    _add_work(command)
    _add_ways_to_run(command)


def _add_evidence(commands: Any) -> None:
    _add(commands, "verify", "check that no line of the evidence was altered")

    command = _add(commands, "rescore", "score recorded answers again, without a run")
    command.add_argument("--tiers", type=Path, help="other bands, such as a changed tiers.toml")
    command.add_argument("--labels", type=Path, help="corrected labels of the held-out images, IDX")

    _add(commands, "diff", "say which published grades the report would change, and why")
    _add(commands, "publish", "make the report what the class is told")
    _add(commands, "integrity", "show a person what may not be a student's own work")


def _add(commands: Any, name: str, about: str) -> argparse.ArgumentParser:
    """Add a command that works on one assignment."""
    command = commands.add_parser(name, help=about)
    command.add_argument("assignment", metavar="ASSIGNMENT", help="such as 03_svc")
    _add_work(command)
    return command


def _add_work(command: argparse.ArgumentParser) -> None:
    command.add_argument("--work", type=Path, help="default: COURSE/work")


def _add_ways_to_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--workers", type=_positive, help="submissions at a time")
    command.add_argument(
        "--unsafe", action="store_true", help="run without a sandbox; for submissions you trust"
    )


def _positive(text: str) -> int:
    """Read a whole number from 1 up."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number}, expected 1 or more")
    return number


def _course() -> Path:
    """Return the course that the current folder is in, else the one this package came with."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file():
            return folder
    return Path(__file__).resolve().parents[2]


if __name__ == "__main__":
    sys.exit(main())
