"""Give a command a small disk in one place, in a mount namespace of its own.

An ordinary user makes a user namespace for it, in which they stay who they are.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

DISK_KB = 300
"""Room on a small disk."""

TEMPORARY = Path("/tmp")  # noqa: S108  # a small disk is laid over it, for one command alone


@contextmanager
def small_disk(target: Path, *, seen: Path, keep: Path | None = None) -> Iterator[tuple[str, ...]]:
    """Yield what goes before a command, for which a folder is a small disk.

    Parameters
    ----------
    target : Path
        The folder.
    seen : Path
        A folder that stays as it is, wherever it lies.
    keep : Path, optional
        Copy what is in `target` onto the disk first, and all of the disk to this place in the end;
        else it begins empty, and is lost.

    Yields
    ------
    tuple of str
    """
    mount = f"mount -t tmpfs -o size={DISK_KB}k,mode=1777 none {target}"
    after = ""
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/var/tmp") as aside:
        if keep is not None:
            mount = f"cp -r {target} {aside}/before && {mount} && cp -r {aside}/before/. {target}"
            after = (
                f"; status=$?; mkdir -p {keep}; cp -r {target}/. {keep} 2>/dev/null; exit $status"
            )
        elif target == TEMPORARY:
            kept = [path for path in (seen, ROOT) if path.is_relative_to(target)]
            places = {path: f"{aside}/{number}" for number, path in enumerate(kept)}
            bind = [f"mkdir {to} && mount --bind {path} {to}" for path, to in places.items()]
            back = [f"mkdir -p {at} && mount --bind {to} {at}" for at, to in places.items()]
            mount = " && ".join([*bind, mount, *back])
        command = f'{mount} && {_without_rights()} "$@"{after}'
        yield ("unshare", *_own_namespace(), "sh", "-c", command, "sh")


def _own_namespace() -> tuple[str, ...]:
    return ("-m",) if os.geteuid() == 0 else ("-U", "-c", "--keep-caps", "-m")


def _without_rights() -> str:
    """Return what takes the right to mount away again, which an ordinary user has not."""
    return "" if os.geteuid() == 0 else "setpriv --ambient-caps=-all --inh-caps=-all"
