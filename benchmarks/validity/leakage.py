"""Measure what it gains to know the public images that held-out ones were made of.

    python -m benchmarks.validity.leakage [--size N]

Held-out images are drawn from all of MNIST, and no submission is handed one of them. But MNIST is
public, and a notebook may carry all of it.  Prints the accuracy on the held-out images, and on the
same before they were warped, of a look-up table of all public images, which says 1 to those that
it does not hold; of the nearest among the images that were handed out; and of the nearest among
all public ones.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from autograder.holdout.store import make_holdout
from helpers.data import load_mnist
from helpers.idx import read_idx

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images, shape (n, 28, 28), and their labels, shape (n,)."""


def draw(size: int, seed: str) -> tuple[Labelled, Labelled, NDArray[np.bool_]]:
    """Return held-out images, all public ones, and which of these were handed out."""
    train, test = load_mnist("train"), load_mnist("test")
    public = np.concatenate([train[0], test[0]]), np.concatenate([train[1], test[1]])
    with tempfile.TemporaryDirectory() as folder:
        holdout = make_holdout("03_svc", Path(folder), seed=seed, public=True, size=size)
        secret = [read_idx(path) for path in sorted(holdout.secret.glob("*-ubyte"))]
        paths = (holdout.handed / "mnist").glob("*images-idx3-ubyte")
        handed = {image.tobytes() for path in paths for image in read_idx(path)}
    is_handed = np.array([image.tobytes() in handed for image in public[0]])
    return (secret[0], secret[1]), public, is_handed


def look_up(known: Labelled, images: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the label of the very same image, and 1 where there is none."""
    table = {image.tobytes(): label for image, label in zip(*known, strict=True)}
    return np.array([table.get(image.tobytes(), 1) for image in images])


def nearest(known: Labelled, images: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the label of the nearest image."""
    model = KNeighborsClassifier(1, algorithm="brute")
    model.fit(known[0].reshape(len(known[0]), -1).astype(np.float32), known[1])
    return model.predict(images.reshape(len(images), -1).astype(np.float32))


def main() -> int:
    """Print a line for each way to answer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=2_000, help="images to hold out")
    parser.add_argument("--seed", default="contamination")
    options = parser.parse_args()
    warped, public, is_handed = draw(options.size, options.seed)
    plain, handed = ((public[0][mask], public[1][mask]) for mask in (~is_handed, is_handed))
    ways = {
        "a table of all public images": (look_up, public),
        "the nearest image handed out": (nearest, handed),
        "the nearest public image": (nearest, public),
    }
    print(f"{len(warped[1])} held-out images       warped   unwarped")
    for name, (way, known) in ways.items():
        found = (np.mean(way(known, images) == truth) for images, truth in (warped, plain))
        print(f"{name:30}{'   '.join(f'{accuracy:8.4f}' for accuracy in found)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
