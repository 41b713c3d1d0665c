"""Canaries: public images, among those that a submission is asked about, that expose a table.

A *canary* is a public image, pixel for pixel. Its *twin* is the same image with each inked pixel
up to `NOISE` grey levels off: no eye and hardly any classifier tells the two apart, a table of
images does. Most canaries are originals of images that are held out warped; the others were
handed out to learn from. Neither they nor their twins count for any score.

They travel in the one call that asks about the held-out images, in an order that says nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.arrays import pack, unpack
from autograder.holdout.sampling import entropy
from helpers.idx import read_idx, write_idx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

PROBES_FILE = "probes-idx3-ubyte"
"""IDX file of canaries and twins, beside the held-out images."""

NOISE = 8
"""Grey levels of 255: enough that rounding to sixteen levels does not hide the difference."""

HELD_OUT_SHARE, HANDED_SHARE = 20, 50
"""One canary for so many held-out images, of either sort."""

HANDED_FIRST = 1000
"""Handed canaries are among the first training images: whoever learns from few takes these."""

_KNOWN = 5000
"""Images that the easy and the hard ones are told apart by."""


@dataclass(frozen=True, eq=False)
class Canaries:
    """Canaries and their twins.

    Attributes
    ----------
    images : ndarray of shape (2 k, rows, columns), dtype uint8
        All k canaries, then their twins in the same order.
    rows : ndarray of shape (h,), dtype int64
        Row, among the held-out images, of each canary's warped copy, h <= k. The first h
        canaries are held out, the others were handed out.
    labels : ndarray of shape (k,), dtype int64
        What is right for each canary.
    """

    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]


def draw_probes(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    handed: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    rng: np.random.Generator,
) -> Canaries:
    """Draw canaries, and make their twins.

    Of the held-out images those come first that the nearest of the handed ones misreads: where
    honest classifiers err, a table of answers shows.

    Parameters
    ----------
    images : ndarray of shape (n, rows, columns), dtype uint8
        Originals of the held-out images, before they are warped, with even numbers of rows and
        columns.
    labels : ndarray of shape (n,), dtype uint8
        What is right for each.
    handed : tuple of (ndarray, ndarray)
        Training images that submissions get, and their labels, as `images` and `labels`.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Canaries
        n // 20 held-out ones and n // 50 handed ones, as far as there are so many.
    """
    known, known_labels = handed
    easy = _nearest(known[:_KNOWN], known_labels[:_KNOWN], images) == labels
    order = rng.permutation(len(images))
    rows = order[np.argsort(easy[order], kind="stable")][: len(images) // HELD_OUT_SHARE]
    first = min(HANDED_FIRST, len(known))
    front = rng.permutation(first)[: len(images) // HANDED_SHARE]
    canaries = np.concatenate([images[rows], known[front]])
    answers = np.concatenate([labels[rows], known_labels[front]])
    twins = _make_twins(canaries, rng)
    return Canaries(np.concatenate([canaries, twins]), rows, answers.astype(np.int64))


def write_probes(folder: Path, probes: Canaries) -> dict[str, Any]:
    """Write probes into a folder of held-out images; return facts for its description."""
    write_idx(folder / PROBES_FILE, probes.images)
    return {"probes": {"rows": pack(probes.rows), "labels": pack(probes.labels)}}


def read_probes(folder: Path, description: Path) -> Canaries | None:
    """Read what `write_probes` wrote; None where held-out images were made without probes.

    Parameters
    ----------
    folder : Path
        The folder of held-out images.
    description : Path
        The file that holds the facts, JSON.

    Returns
    -------
    Canaries or None

    Raises
    ------
    PackingError, IDXError, OSError, ValueError
        If it cannot be read.
    """
    facts: Mapping[str, Any] = json.loads(description.read_text(encoding="utf-8"))
    if "probes" not in facts:
        return None
    table = facts["probes"]
    return Canaries(read_idx(folder / PROBES_FILE), unpack(table["rows"]), unpack(table["labels"]))


def shuffle_in(
    images: NDArray[np.uint8], folder: Path
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Mix a folder's probes, if it has any, into the images that submissions are asked about.

    Parameters
    ----------
    images : ndarray of shape (n, ...), dtype uint8
        Held-out images.
    folder : Path
        Where they are from.

    Returns
    -------
    mixed : ndarray of shape (n + 2 k, ...), dtype uint8
        A new array; the images themselves in their order if there are no probes.
    places : ndarray of shape (n + 2 k,), dtype intp
        Place in `mixed` of each image, then of each probe.
    """
    path = folder / PROBES_FILE
    if not path.exists():
        return images.copy(), np.arange(len(images))
    probes = read_idx(path)
    # The order is secret as long as the images are, and needs no file of its own.
    places = np.random.default_rng(entropy(probes.tobytes().hex())).permutation(
        len(images) + len(probes)
    )
    mixed = np.empty((len(places), *images.shape[1:]), images.dtype)
    mixed[places] = np.concatenate([images, probes])
    return mixed, places


def _make_twins(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Change every inked pixel a little; paper stays paper."""
    steps = rng.integers(1, NOISE + 1, images.shape) * rng.choice([-1, 1], images.shape)
    inside = np.where((images + steps > 0) & (images + steps < 256), images + steps, images - steps)
    return np.where(images > 0, np.clip(inside, 1, 255), 0).astype(np.uint8)


def _nearest(
    known: NDArray[np.uint8], known_labels: NDArray[np.uint8], images: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Label of the nearest known image, at half the size.

    In whole numbers that float64 holds exactly: every machine finds the same.
    """
    rows, others = _halve(images), _halve(known)
    squares = (others**2).sum(axis=1)
    # In parts, because all distances together can be gigabytes.
    parts = np.array_split(rows, max(1, len(rows) // 1000))
    nearest = [(squares - 2 * part @ others.T).argmin(axis=1) for part in parts]
    labels: NDArray[np.uint8] = known_labels[np.concatenate(nearest)]
    return labels


def _halve(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    n, rows, columns = images.shape
    blocks = images.reshape(n, rows // 2, 2, columns // 2, 2).astype(np.float64)
    halves: NDArray[np.float64] = blocks.sum(axis=(2, 4)).reshape(n, -1)
    return halves
