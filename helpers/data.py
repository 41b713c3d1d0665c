"""Load the course's datasets, fetching them first where they are not on disk yet.

``python -m helpers.data mnist fashion-mnist`` fetches without loading.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from helpers.idx import read_idx
from helpers.places import DATA, data_folder
from helpers.registry import (
    DataError,
    Dataset,
    File,
    find_dataset,
    read_registry,
    registry_path,
    verify,
)


@dataclass(frozen=True)
class Split:
    """The names of the two files of a split.

    Attributes
    ----------
    images : str
        Name of the file of images.
    labels : str
        Name of the file of their labels.
    """

    images: str
    labels: str


SPLITS = {
    "train": Split("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": Split("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
"""The files of MNIST, and of Fashion-MNIST."""

_verified: dict[Path, tuple[File, int, int]] = {}
"""What this process has verified: the declared file, time of change in ns, and size in bytes."""


class UnknownSplitError(DataError, ValueError):
    """A dataset has the splits "train" and "test" only."""

    template = f"unknown split {{split!r}}: expected {' or '.join(map(repr, SPLITS))}"
    split: object


def load_mnist(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Load MNIST's handwritten digits.

    Parameters
    ----------
    split : {"train", "test"}
        60,000 images to learn from, or 10,000 to test on.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
        Grey levels, from 0 for paper to 255 for ink.
    labels : ndarray of uint8, shape (n,)
        The digits, 0 to 9.

    Raises
    ------
    UnknownSplitError
        If `split` is neither of the two.
    DataError
        If a file is altered, or is missing and cannot be fetched.
    """
    return _load("mnist", split)


def load_fashion_mnist(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Load Fashion-MNIST's garments, in the very layout of MNIST.

    Parameters
    ----------
    split : {"train", "test"}
        60,000 images to learn from, or 10,000 to test on.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
        Grey levels, from 0 for the background to 255.
    labels : ndarray of uint8, shape (n,)
        0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag,
        9 ankle boot.

    Raises
    ------
    UnknownSplitError
        If `split` is neither of the two.
    DataError
        If a file is altered, or is missing and cannot be fetched.
    """
    return _load("fashion-mnist", split)


def load_embedding() -> tuple[np.ndarray, np.ndarray]:
    """Load MNIST's training images as points of a plane, which t-SNE made of them beforehand.

    ``python data/make_embedding.py`` made the file, in the order of the official images.

    Returns
    -------
    points : ndarray of float32, shape (60000, 2)
        Their coordinates have no unit.
    labels : ndarray of uint8, shape (60000,)
        The digits, 0 to 9.
    """
    with np.load(DATA / "embedding" / "tsne-60000.npz") as arrays:
        return arrays["points"], arrays["labels"]


def load_sample() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load the first images of MNIST, which the course ships; nothing is fetched.

    Returns
    -------
    train_images : ndarray of uint8, shape (750, 28, 28)
        Grey levels, from 0 for paper to 255 for ink.
    train_labels : ndarray of uint8, shape (750,)
        The digits, 0 to 9.
    test_images : ndarray of uint8, shape (250, 28, 28)
        As `train_images`.
    test_labels : ndarray of uint8, shape (250,)
        As `train_labels`.
    """
    names = [name for split in SPLITS.values() for name in (split.images, split.labels)]
    train_images, train_labels, test_images, test_labels = (
        read_idx(DATA / "sample" / f"{name}.gz") for name in names
    )
    return train_images, train_labels, test_images, test_labels


def fetch(name: str, folder: str | Path | None = None) -> list[Path]:
    """Make sure that a dataset's files are on disk and are the declared ones.

    The network is touched only if a file is missing.

    Parameters
    ----------
    name : str
        The dataset: ``"mnist"`` or ``"fashion-mnist"``.
    folder : path-like, optional
        The folder of the data files, by default `helpers.places.data_folder`.

    Returns
    -------
    paths : list of Path
        In the registry's order.

    Raises
    ------
    DataError
        If the dataset is unknown, a file on disk is altered, or one cannot be fetched.
    """
    dataset = find_dataset(name, None if folder is None else Path(folder))
    return _ensure(dataset, dataset.files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch the datasets named on the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the command line.

    Returns
    -------
    status : int
        For the shell: 0, 1 if something is wrong, which stderr tells, or 130 if interrupted.
    """
    parser = argparse.ArgumentParser(
        prog="python -m helpers.data", description="Fetch datasets, verify them, say where."
    )
    parser.add_argument("datasets", nargs="*", help="their names (default: all)")
    folder = data_folder()
    try:
        names = parser.parse_args(arguments).datasets
        for name in names or read_registry(registry_path(folder), folder):
            paths = fetch(name)
            print(f"{name}: {len(paths)} files in {paths[0].parent}")
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing half-written is left, run it again", file=sys.stderr)
        return 130
    return 0


def _load(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(split, str) or split not in SPLITS:
        raise UnknownSplitError(split)
    dataset = find_dataset(name)
    names = (SPLITS[split].images, SPLITS[split].labels)
    images, labels = _ensure(dataset, [dataset.file(file) for file in names])
    return read_idx(images), read_idx(labels)


def _ensure(dataset: Dataset, files: Sequence[File]) -> list[Path]:
    """Fetch those of the files that are missing; verify all."""
    missing = [file for file in files if not dataset.path(file).exists()]
    if missing:
        from helpers._download import fetch_files  # only here: it costs 0.2 s, in every kernel

        fetch_files(dataset, missing)
    for file in files:
        _verify_once(dataset.path(file), file)
    return [dataset.path(file) for file in files]


def _verify_once(path: Path, file: File) -> None:
    """Verify a file unless this process has already, and it has not changed since."""
    status = path.stat()
    seen = (file, status.st_mtime_ns, status.st_size)
    if _verified.get(path) != seen:
        verify(path, file)
        _verified[path] = seen


if __name__ == "__main__":
    sys.exit(main())
