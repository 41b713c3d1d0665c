"""Say what a process would run submissions with, and how that differs from another one."""

from __future__ import annotations

import hashlib
import multiprocessing
import platform
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

import helpers
from autograder.errors import SandboxUnavailableError
from autograder.execution.versions import versions
from autograder.sandbox.availability import require_sandbox
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHOWN = 4
"""Differences that are named, of more only the number."""


@dataclass(frozen=True)
class Environment:
    """What a run comes to may depend on each of these.

    Attributes
    ----------
    facts : mapping of str to str
        Versions of Python and of all packages, and hashes of our own code, by name.
    obstacle : str or None
        Why this process can run no submission.
    """

    facts: Mapping[str, str]
    obstacle: str | None = None


def environment(*, runs: bool = True) -> Environment:
    """Describe this process.

    Parameters
    ----------
    runs : bool, default True
        Whether it is to run submissions: then what keeps it from that is found out.

    Returns
    -------
    Environment
    """
    facts = {f"package {name}": version for name, version in _packages()}
    facts |= versions()
    facts |= {"helpers": _library(), "processor": platform.machine()}
    return Environment(facts, _obstacle() if runs else None)


def differences(found: Environment, expected: Environment) -> list[str]:
    """Name what keeps a process from giving what another one would.

    Parameters
    ----------
    found, expected : Environment
        Of the one, and of the other.

    Returns
    -------
    list of str
        One of them each; empty if nothing does.
    """
    told = [] if found.obstacle is None else [found.obstacle]
    names = sorted({*found.facts, *expected.facts})
    for name in names:
        one, other = found.facts.get(name), expected.facts.get(name)
        if one != other:
            shown = (_short(one), _short(other))
            told.append(f"{name.removeprefix('package ')} {shown[0]}, expected {shown[1]}")
    told = list(dict.fromkeys(told))  # some are named as packages, too
    more = len(told) - SHOWN
    return [*told[:SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _short(value: str | None) -> str:
    """Return a value that people can compare: the beginning of each hash."""
    if value is None:
        return "none"
    return " ".join(word[:12] if len(word) == 64 else word for word in value.split())


def _packages() -> Iterator[tuple[str, str]]:
    """Yield all that is installed; of several of one name the first, as an import does."""
    seen = set[str]()
    for one in distributions():
        name = one.name.lower().replace("_", "-").replace(".", "-")
        # setuptools puts what it carries on the path of whoever imports it
        if name not in seen and "_vendor" not in Path(str(one.locate_file(""))).parts:
            seen.add(name)
            yield name, one.version


def _library() -> str:
    folder, digest = Path(helpers.__file__).parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()


def _obstacle() -> str | None:
    if multiprocessing.current_process().daemon:
        advice = "start it with --no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=False"
        return f"it may have no processes of its own: {advice}"
    try:
        require_sandbox()
    except SandboxUnavailableError as error:
        return f"no sandbox: {error.reason}"
    return None
