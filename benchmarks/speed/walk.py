"""Walk a way step by step, in an empty folder, and note what each step takes and what blocks it."""

from __future__ import annotations

import os
import resource
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.places import VARIABLE, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

SERVER_SECONDS = 300
"""How long JupyterLab may take to answer."""

JUPYTER = "jupyter lab"
"""The command that opens JupyterLab where no document names another."""

_LEFT_OUT = {VARIABLE, "PYTHONPATH", "VIRTUAL_ENV", "JUPYTER_DEFAULT_PROVISIONER_NAME"}


class StumblingBlockError(Exception):
    """A step that the documents prescribe, and that fails."""


@dataclass(frozen=True)
class Step:
    """A command that somebody types, or a click.

    Attributes
    ----------
    what : str
        What it is for.
    typed : str
        The command, or what is clicked.
    do : callable, optional
        Does it, and returns the seconds that it took if they are not those until it returns; None
        for what no program here can do, such as an upload, or a click in a browser.
    remedies : tuple of Step
        What is needed if it fails, in order, up to its being done.
    counts : bool
        Whether it is a step at all; work on the notebook is none.
    """

    what: str
    typed: str
    do: Callable[[Place], float | None] | None = None
    remedies: tuple[Step, ...] = ()
    counts: bool = True


@dataclass(frozen=True)
class Walked:
    """A step that was walked.

    Attributes
    ----------
    step : Step
        Which.
    seconds, cpu : float or None
        What it took, wall and CPU seconds of all its processes; None for a click.
    block : str
        What it failed with, or empty.
    """

    step: Step
    seconds: float | None = None
    cpu: float | None = None
    block: str = ""

    @property
    def counted(self) -> bool:
        """Whether it is one of the steps: what failed is a block, and its remedies are steps."""
        return self.step.counts and not self.block


@dataclass
class Place:
    """A folder that somebody works in, with a home of its own.

    Attributes
    ----------
    folder : Path
        The folder, which exists and is empty.
    tools : Path
        Folder of the environment's commands.
    wheels : Path or None
        Where pip finds packages; None for pip's own source.
    """

    folder: Path
    tools: Path
    wheels: Path | None

    def prepare(self) -> None:
        """Make a home, and put the images there that a notebook would download."""
        cache = self.folder / "home" / ".cache" / "digits-course"
        cache.mkdir(parents=True)
        (cache / "mnist").symlink_to(data_folder() / "mnist")

    def environment(self) -> dict[str, str]:
        """Return environment variables by which nothing of the repository is found."""
        home = self.folder / "home"
        kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        own = {
            "HOME": str(home),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "PATH": f"{self.tools}{os.pathsep}{kept['PATH']}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "XDG_CACHE_HOME": str(home / ".cache"),
        }
        if self.wheels is not None:
            own |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        return kept | own

    def run(self, typed: str, within: str = "") -> str:
        """Run a command and return what it prints.

        Raises
        ------
        StumblingBlockError
            With the last line of its output, if it fails.
        """
        try:
            done = subprocess.run(
                _words(typed),
                cwd=self.folder / within,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise StumblingBlockError(f"there is no command {error.filename}") from None
        if done.returncode:
            raise StumblingBlockError(last_line(done.stdout))
        return done.stdout

    def serve(self, typed: str, page: str) -> float:
        """Start JupyterLab, wait until one of its pages answers, and end it.

        Returns
        -------
        float
            Seconds until the page answered.

        Raises
        ------
        StumblingBlockError
            With the last line of its output, if it ends by itself.
        """
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = f"--no-browser --ServerApp.port={port} --IdentityProvider.token=walk"
        if typed != JUPYTER:
            options = f"lab {options}"  # what it does without a word after it
        elif os.geteuid() == 0:
            options += " --allow-root"
        log = self.folder / "home" / "server.log"
        began = time.perf_counter()
        with log.open("w") as output:
            server = subprocess.Popen(
                _words(f"{typed} {options}"),
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_it_answers(f"http://127.0.0.1:{port}/{page}?token=walk", server, log)
            return time.perf_counter() - began
        finally:
            server.terminate()
            server.wait()


def _words(typed: str) -> list[str]:
    """Split a command; `python` is the interpreter of this process, whatever its name here."""
    program, *others = shlex.split(typed)
    return [sys.executable if program == "python" else program, *others]


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    # pip may have to install a course first, which takes what it takes
    while server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=SERVER_SECONDS).close()  # noqa: S310  # ours
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise StumblingBlockError(last_line(log.read_text()))


def last_line(text: str) -> str:
    """Return the first sentence of the last line that says something, 160 characters at most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].partition(". ")[0][:160] if lines else "it fails without a word"


def walk(steps: Iterable[Step], place: Place) -> list[Walked]:
    """Walk a way to its end.

    Parameters
    ----------
    steps : iterable of Step
        In order.
    place : Place
        Where.

    Returns
    -------
    list of Walked
        Those steps that were walked, with the remedies of what failed.

    Raises
    ------
    StumblingBlockError
        If a step fails and no remedy for it is known.
    """
    walked: list[Walked] = []
    for step in steps:
        done = _take(step, place)
        walked.append(done)
        if done.block and not step.remedies:
            raise StumblingBlockError(f"{step.typed}: {done.block}")
        if done.block:
            walked += walk(step.remedies, place)
    return walked


def _take(step: Step, place: Place) -> Walked:
    if step.do is None:
        return Walked(step)
    began, used, told, block = time.perf_counter(), _cpu(), None, ""
    try:
        told = step.do(place)
    except StumblingBlockError as error:
        block = str(error)
    seconds = time.perf_counter() - began if told is None else told
    print(f"  {step.typed}: {block or 'done'}, {seconds:.1f} s", file=sys.stderr, flush=True)
    return Walked(step, seconds, _cpu() - used, block)


def _cpu() -> float:
    """Return the CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
