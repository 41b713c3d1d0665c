"""Hold out digits: draw them from all of MNIST and warp them slightly.

MNIST's labels are public, so the images are drawn from all 70,000 by a secret seed and warped
by it. Submissions get the images that were not drawn, under MNIST's own file names. The images
that the course ships as a sample are never drawn. With probes, `autograder.holdout.canaries` adds
images that count for no score.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import HoldoutError, HoldoutSizeError
from autograder.holdout.canaries import draw_probes, write_probes
from autograder.holdout.files import idx_name
from autograder.holdout.perturb import WarpRanges, warp
from autograder.holdout.sampling import draw_stratified, entropy
from helpers.data import SPLITS, load_mnist
from helpers.files import sha256
from helpers.idx import write_idx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Split = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images and labels

SAMPLE_SIZES = {"train": 750, "test": 250}
"""First images of each split, which the repository ships with their labels."""

_FULL_SIZES = {"train": 60_000, "test": 10_000}


def hold_out_digits(folder: Path, seed: str, size: int, *, probed: bool = False) -> dict[str, Any]:
    """Write held-out digits into `folder`/secret and what is left into `folder`/handed.

    Parameters
    ----------
    folder : Path
        Holds an empty `secret`, which the grader alone can read.
    seed : str
        What the draw and the warp depend on.
    size : int
        Number of images to hold out.
    probed : bool, default False
        Whether to add probes. The images that are held out are the same with and without.

    Returns
    -------
    dict
        How the images were warped, for the description, and what is right for probes.

    Raises
    ------
    HoldoutSizeError
        If `size` is below 1 or above the 69,000 images that are not in the sample.
    HoldoutError
        If $COURSE_DATA names a reduced MNIST.
    """
    splits = {split: load_mnist(split) for split in SPLITS}
    _check_splits(folder, splits, size)
    images = np.concatenate([images for images, _ in splits.values()])
    labels = np.concatenate([labels for _, labels in splits.values()])
    # A stream each, so that the images drawn do not depend on how the warp uses chance.
    draw, bend, slip = np.random.default_rng(entropy(seed)).spawn(3)
    drawn = draw_stratified(labels, ~_sampled(), size, draw)
    ranges = WarpRanges()
    _write_secret(folder / "secret", warp(images[drawn], bend, ranges), labels[drawn])
    kept = np.ones(len(labels), bool)
    kept[drawn] = False
    _write_handed(folder / "handed", splits, kept)
    facts: dict[str, Any] = {"warp": asdict(ranges)}
    if probed:
        training = np.flatnonzero(kept[: _FULL_SIZES["train"]])
        handed = images[training], labels[training]
        probes = draw_probes(images[drawn], labels[drawn], handed, slip)
        facts |= write_probes(folder / "secret", probes)
    return facts


def _check_splits(folder: Path, splits: Mapping[str, Split], size: int) -> None:
    sizes = {split: len(labels) for split, (_, labels) in splits.items()}
    if sizes != _FULL_SIZES:
        problem = f"found MNIST of {sizes}, expected {_FULL_SIZES}"
        raise HoldoutError(folder, problem + ": does COURSE_DATA name a reduced one?")
    most = sum(_FULL_SIZES.values()) - sum(SAMPLE_SIZES.values())
    if not 1 <= size <= most:
        raise HoldoutSizeError(folder, f"size is {size}, expected 1 to {most}")


def _sampled() -> NDArray[np.bool_]:
    """Tell which of the 70,000 images are in the shipped sample."""
    masks = [np.arange(n) < SAMPLE_SIZES[split] for split, n in _FULL_SIZES.items()]
    return np.concatenate(masks)


def _write_secret(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    write_idx(folder / idx_name("images", images), images)
    write_idx(folder / idx_name("labels", labels), labels)


def _write_handed(folder: Path, splits: Mapping[str, Split], kept: NDArray[np.bool_]) -> None:
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
            lines += [f'sha256 = "{sha256(path)}"']
    (folder / "registry.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
