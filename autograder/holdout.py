"""Draw the held-out images that a class is graded on, and what is left to learn from.

MNIST's labels are public, so the images are drawn from all 70,000 by a secret seed and
slightly warped by it.  Below one folder per assignment::

    secret/   images-idx3-ubyte, labels-idx1-ubyte, holdout.json    for the grader alone
    handed/   registry.toml, mnist/ with the four official names    for submissions

The images that the course ships as a sample are never drawn.  The folder appears whole or
not at all, and once it is there it is kept, for grades were measured on it.

Errors::

    AutograderError
    └── HoldoutError                  no held-out images can be had
        ├── HoldoutSizeError          more images wanted than there are
        ├── HoldoutDiffersError       there are some already, of another seed or size
        └── HoldoutDamagedError       a file of them is missing or altered
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray

from autograder.draw import draw_stratified
from autograder.errors import AutograderError
from autograder.score import idx_name
from autograder.warp import WarpRanges, warp
from helpers.data import SPLITS, load_mnist
from helpers.idx import write_idx

HOLDOUT_FILE = "holdout.json"
SAMPLE_SIZES = {"train": 750, "test": 250}
"""First images of each split, which the repository ships with their labels."""

_FULL_SIZES = {"train": 60_000, "test": 10_000}


class HoldoutError(AutograderError):
    """No held-out images can be had; `folder` is where they belong."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(folder, problem)
        self.folder, self.problem = folder, problem

    def __str__(self) -> str:
        return f"held-out images in {self.folder}: {self.problem}"


class HoldoutSizeError(HoldoutError):
    """More images are wanted than there are, or fewer than one."""


class HoldoutDiffersError(HoldoutError):
    """There are held-out images already, of another seed or size."""


class HoldoutDamagedError(HoldoutError):
    """A file of the held-out images is missing or altered."""


@dataclass(frozen=True)
class Holdout:
    """Held-out images on disk, as `holdout.json` describes them.

    Parameters
    ----------
    folder
        The assignment's folder, which holds `secret` and `handed`.
    seed
        What the draw and the warp were made from.
    size
        Number of held-out images.
    public
        Whether the seed is published, so that anyone can make the same images.
    sha256
        Checksum of each file below `folder`, by its relative path.
    """

    folder: Path
    seed: str
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


def make_holdout(
    assignment: str,
    out: Path,
    *,
    seed: int | str | None = None,
    size: int = 10_000,
    public: bool = False,
) -> Holdout:
    """Make an assignment's held-out images, or take those that are there.

    Parameters
    ----------
    assignment
        Name of the assignment; of the folder below `out`, too.
    out
        Folder of the held-out images of all assignments; made if missing.
    seed
        What draw and warp depend on.  5 and "5" are the same seed.  None keeps the seed of
        images that are there, and otherwise takes a new secret one.
    size
        Number of images to hold out.
    public
        Whether `seed` is published; `holdout.json` records it.

    Returns
    -------
    Holdout

    Raises
    ------
    HoldoutSizeError
        If `size` is below 1 or above the 69,000 images that are not in the sample.
    HoldoutDiffersError
        If there are images of another seed or size; they stay as they are.
    HoldoutDamagedError
        If there are images, but a file of them is missing or altered.
    HoldoutError
        If $COURSE_DATA names a reduced MNIST.
    """
    folder = Path(out) / assignment
    if not folder.exists():
        wanted = secrets.token_hex(16) if seed is None else str(seed)
        with _appearing(folder) as part:
            _fill(part, wanted, size, public and seed is not None)
    found = read_holdout(folder)
    if found.size != size or (seed is not None and str(seed) != found.seed):
        # The seed that is there may be secret: never name it.
        problem = f"there are {found.size} of another seed or size, expected {size}; "
        raise HoldoutDiffersError(folder, problem + "move the folder away to draw anew")
    return found


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
        found = _sha256(folder / name) if (folder / name).is_file() else "no such file"
        if found != expected:
            problem = f"{name}: found sha256 {found}, expected {expected}"
            raise HoldoutDamagedError(folder, problem)
    return holdout


def _fill(folder: Path, seed: str, size: int, public: bool) -> None:
    """Write all files of new held-out images into `folder`."""
    splits = {split: load_mnist(split) for split in SPLITS}
    _check_splits(folder, splits, size)
    images = np.concatenate([images for images, _ in splits.values()])
    labels = np.concatenate([labels for _, labels in splits.values()])
    # Two streams, so that the images drawn do not depend on how the warp uses chance.
    draw, bend = np.random.default_rng(_entropy(seed)).spawn(2)
    drawn = draw_stratified(labels, ~_sampled(), size, draw)
    ranges = WarpRanges()
    _write_secret(folder / "secret", warp(images[drawn], bend, ranges), labels[drawn])
    kept = np.ones(len(labels), bool)
    kept[drawn] = False
    _write_handed(folder / "handed", splits, kept)
    _describe(folder, {"seed": seed, "size": size, "public": public, "warp": asdict(ranges)})


def _check_splits(folder: Path, splits: Mapping[str, tuple[NDArray, NDArray]], size: int) -> None:
    sizes = {split: len(labels) for split, (_, labels) in splits.items()}
    if sizes != _FULL_SIZES:
        problem = f"found MNIST of {sizes}, expected {_FULL_SIZES}"
        raise HoldoutError(folder, problem + ": does COURSE_DATA name a reduced one?")
    most = sum(_FULL_SIZES.values()) - sum(SAMPLE_SIZES.values())
    if not 1 <= size <= most:
        raise HoldoutSizeError(folder, f"size is {size}, expected 1 to {most}")


def _entropy(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")


def _sampled() -> NDArray[np.bool_]:
    """Tell which of the 70,000 images are in the shipped sample."""
    masks = [np.arange(n) < SAMPLE_SIZES[split] for split, n in _FULL_SIZES.items()]
    return np.concatenate(masks)


def _write_secret(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    folder.mkdir(mode=0o700)
    write_idx(folder / idx_name("images", images), images)
    write_idx(folder / idx_name("labels", labels), labels)


def _write_handed(
    folder: Path, splits: Mapping[str, tuple[NDArray, NDArray]], kept: NDArray[np.bool_]
) -> None:
    """Write the images not held out, and a registry by which `helpers.data` reads them."""
    (folder / "mnist").mkdir(parents=True)
    lines = ["[mnist]", 'title = "MNIST without the held-out images"', 'licence = "CC BY-SA 3.0"']
    start = 0
    for split, arrays in splits.items():
        mask = kept[start : start + len(arrays[1])]
        start += len(mask)
        for name, array in zip(vars(SPLITS[split]).values(), arrays, strict=True):
            path = folder / "mnist" / name
            write_idx(path, array[mask])
            lines += ["", "[[mnist.files]]", f'name = "{name}"', f"bytes = {path.stat().st_size}"]
            lines += [f'sha256 = "{_sha256(path)}"']
    (folder / "registry.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _describe(folder: Path, facts: Mapping[str, object]) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    table = {
        **facts,
        "versions": {"python": platform.python_version(), **versions},
        "sha256": {path.relative_to(folder).as_posix(): _sha256(path) for path in files},
    }
    text = json.dumps(table, indent=2) + "\n"
    (folder / "secret" / HOLDOUT_FILE).write_text(text, encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, which becomes `folder` only when the block ends well.

    Where another process was faster, its folder stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(6)}.part")
    part.mkdir()
    try:
        yield part
        try:
            os.rename(part, folder)
        except OSError:  # fails on a folder that is not empty
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
