"""Find the held-out images that `autograder.holdout.store` made, and check that they are unaltered.

Apart from what makes them, which takes SciPy and Pillow: most commands and every grading process
only need to know where the images are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.errors import HoldoutDamagedError
from autograder.holdout.canaries import Canaries, read_probes
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOLDOUT_FILE = "holdout.json"
"""Description of held-out images, in their folder `secret`."""

MAKER_NAMES = ("apparel", "digits", "probed digits")
"""What `run.toml` may name; `autograder.holdout.store.MAKERS` has what each of them does."""

OWN_MAKER = "maker.py"
"""What it may name besides: a file in the assignment's folder (`autograder.holdout.own_maker`)."""


@dataclass(frozen=True)
class Holdout:
    """Held-out images on disk, as `holdout.json` describes them.

    Attributes
    ----------
    folder : Path
        The assignment's folder, which holds `secret` and `handed`.
    seed : str
        What the draw and the warp were made from.
    size : int
        Number of held-out images.
    public : bool
        Whether the seed is published, so that anyone can make the same images.
    sha256 : mapping of str to str
        Checksum of each file below `folder`, by its relative path.
    """

    folder: Path
    seed: str = field(repr=False)  # no message shall name it
    size: int
    public: bool
    sha256: Mapping[str, str]

    @property
    def secret(self) -> Path:
        """Folder of images and labels: what $COURSE_HOLDOUT names for the grader."""
        return self.folder / "secret"

    @property
    def handed(self) -> Path:
        """Folder of what submissions may learn from: what $COURSE_DATA names for them."""
        return self.folder / "handed"

    def probes(self) -> Canaries | None:
        """Read the probes; None if these images were made without."""
        return read_probes(self.secret, self.secret / HOLDOUT_FILE)


def read_holdout(folder: Path) -> Holdout:
    """Read held-out images' description and check every file against it.

    Raises
    ------
    HoldoutDamagedError
        If a file is missing or altered.
    """
    description = folder / "secret" / HOLDOUT_FILE
    try:
        table = json.loads(description.read_text(encoding="utf-8"))
        keys = ("seed", "size", "public", "sha256")
        holdout = Holdout(folder, *(table[key] for key in keys))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HoldoutDamagedError(folder, f"cannot read {description.name}: {error!r}") from error
    for name, expected in holdout.sha256.items():
        found = sha256(folder / name) if (folder / name).is_file() else "no such file"
        if found != expected:
            problem = f"{name}: found sha256 {found}, expected {expected}"
            raise HoldoutDamagedError(folder, problem)
    return holdout
