"""Make the held-out images that a class is graded on, once.

A *maker* draws or builds the images of one kind of data by a secret seed; `MAKERS` lists them.
Below one folder per assignment::

    secret/   images-idx3-ubyte, labels-idx1-ubyte, holdout.json    for the grader alone;
              probes-idx3-ubyte, where the maker draws probes (`autograder.holdout.canaries`)
    handed/   what submissions may learn from, such as registry.toml and mnist/

The folder appears whole or not at all, and once it is there it is kept, for grades were
measured on it. `autograder.holdout.dataset` finds them again; `autograder.errors` lists what can
go wrong.
"""

from __future__ import annotations

import json
import logging
import platform
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import scipy

from autograder.errors import HoldoutDiffersError
from autograder.holdout.apparel import hold_out_apparel
from autograder.holdout.dataset import HOLDOUT_FILE, OWN_MAKER, Holdout, read_holdout
from autograder.holdout.digits import hold_out_digits
from autograder.holdout.own_maker import make_by_own
from helpers.files import replacing_folder, sha256

logger = logging.getLogger(__name__)

Maker = Callable[[Path, str, int], Mapping[str, Any]]
"""Fills a folder from a seed with so many images; returns facts for `holdout.json`.

The folder holds an empty `secret`, for one file of images and one of labels, named by
`autograder.holdout.files.idx_name`. The maker adds `handed`, and raises `HoldoutError` where it
cannot.
"""

MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "digits": hold_out_digits,
        # Only where each image is answered by itself: a clustering would change by them.
        "probed digits": partial(hold_out_digits, probed=True),
        "apparel": hold_out_apparel,
    }
)
"""Every maker, by its name in `run.toml`: one of `autograder.holdout.dataset.MAKER_NAMES`."""


def make_holdout(
    assignment: str,
    out: Path,
    *,
    seed: int | str | None = None,
    size: int = 10_000,
    public: bool = False,
    maker: str = "digits",
    source: Path | None = None,
) -> Holdout:
    """Make an assignment's held-out images, or take those that are there.

    Parameters
    ----------
    assignment : str
        Name of the assignment; of the folder below `out`, too.
    out : Path
        Folder of the held-out images of all assignments; made if missing.
    seed : int or str, optional
        What draw and warp depend on. 5 and "5" are the same seed. None keeps the seed of
        images that are there, and otherwise takes a new secret one.
    size : int, default 10000
        Number of images to hold out.
    public : bool, default False
        Whether `seed` is published; `holdout.json` records it.
    maker : str, default "digits"
        What makes them, a name in `MAKERS`, or ``"maker.py"``.
    source : Path, optional
        The assignment's own folder, in which ``maker.py`` is.

    Returns
    -------
    Holdout

    Raises
    ------
    HoldoutSizeError
        If the maker cannot hold out `size` images.
    HoldoutDiffersError
        If there are images of another seed or size; they stay as they are.
    HoldoutDamagedError
        If there are images, but a file of them is missing or altered.
    HoldoutError
        If the maker lacks what it makes them from.
    """
    folder = Path(out) / assignment
    if not folder.exists():
        wanted = secrets.token_hex(16) if seed is None else str(seed)
        with replacing_folder(folder) as part:
            (part / "secret").mkdir(mode=0o700)
            facts = _maker(maker, source)(part, wanted, size)
            published = public and seed is not None
            _describe(part, {"seed": wanted, "size": size, "public": published, **facts})
            logger.info("held out %d images for %s", size, assignment)
    found = read_holdout(folder)
    if found.size != size or (seed is not None and str(seed) != found.seed):
        # The seed that is there may be secret: never name it.
        problem = f"there are {found.size} of another seed or size, expected {size}; "
        raise HoldoutDiffersError(folder, problem + "move the folder away to draw anew")
    return found


def _maker(name: str, source: Path | None) -> Maker:
    if name == OWN_MAKER and source is not None:
        return partial(make_by_own, source)
    return MAKERS[name]


def _describe(folder: Path, facts: Mapping[str, object]) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    table = {
        **facts,
        "versions": {"python": platform.python_version(), **versions},
        "sha256": {path.relative_to(folder).as_posix(): sha256(path) for path in files},
    }
    text = json.dumps(table, indent=2) + "\n"
    (folder / "secret" / HOLDOUT_FILE).write_text(text, encoding="utf-8")
