"""Run capstones at home and as graded, and keep what they answered.

At home a capstone learns from the first images that everybody has, and answers practice images.
Graded, it learns from the images handed out with a held-out set, with another seed, and answers
that set. Answers are kept below ``work/benchmarks/forecast``: a run that is there is not run
again.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.holdout.files import read_labels
from autograder.holdout.store import make_holdout
from autograder.scoring.practice import load_practice_digits
from benchmarks.validity.capstones import CAPSTONES
from helpers.apparel import (
    find_apparel,
    list_images,
    load_images,
    load_practice,
    to_indicator,
    validation_mask,
)
from helpers.capstone import Capstone, load_capstone
from helpers.data import load_mnist
from helpers.idx import read_idx

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "work" / "benchmarks" / "forecast"

HOME = "home"

Data = tuple[NDArray[np.uint8], NDArray[Any]]


@dataclass(frozen=True)
class Run:
    """One learning, and what it answered.

    Attributes
    ----------
    practice, held_out : ndarray or None
        Answers to the practice images and to the held-out ones of its set; None if not asked.
    seconds : float
        CPU time of learning and of all these answers.
    """

    practice: NDArray[Any] | None
    held_out: NDArray[Any] | None
    seconds: float


def conditions(assignment: str) -> Capstone:
    """Return what the assignment's ``tiers.toml`` says of its capstone."""
    found = load_capstone(ROOT / "solutions" / assignment)
    assert found is not None, f"{assignment} has no [capstone]"
    return found


@cache
def practice(assignment: str) -> Data:
    """Return practice images and truth, as the last cell scores on."""
    if assignment == "05_multilabel":
        return load_practice()
    splits = ("train", "test") if assignment == "04_clustering" else ("test",)
    return load_practice_digits(conditions(assignment).held_out, splits=splits)


@cache
def held_out(assignment: str, seed: str) -> Data:
    """Return held-out images and truth."""
    folder = _holdout(assignment, seed) / "secret"
    (images,) = folder.glob("images-*")
    return read_idx(images), read_labels(folder)


def _holdout(assignment: str, seed: str) -> Path:
    maker = "apparel" if assignment == "05_multilabel" else "digits"
    size = conditions(assignment).held_out
    out = WORK / "holdout" / seed
    return make_holdout(assignment, out, seed=seed, size=size, public=True, maker=maker).folder


def known(assignment: str, source: str, part: int) -> Data:
    """Return what a capstone learns from.

    Parameters
    ----------
    assignment
        Its name.
    source
        `HOME`, or the seed of the held-out set that the images were handed out with.
    part
        0 for the images that the notebook takes, 1 for as many others, and so on.
    """
    size = conditions(assignment).images
    chosen = slice(part * size, (part + 1) * size)
    handed = None if source == HOME else _holdout(assignment, source) / "handed"
    if assignment == "05_multilabel":
        folder = find_apparel().folder if handed is None else next(handed.glob("apparel/pairs-*"))
        paths, pairs = list_images(folder)
        order = np.random.default_rng(0).permutation(np.flatnonzero(~validation_mask(pairs)))
        return (
            load_images([paths[k] for k in order[chosen]]),
            to_indicator([pairs[k] for k in order[chosen]]),
        )
    if handed is None:
        images, labels = load_mnist("train")
    else:
        names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
        images, labels = (read_idx(handed / "mnist" / name) for name in names)
    return images[chosen], labels[chosen]


def run(assignment: str, source: str, method: str, *, part: int, both: bool) -> Run:
    """Learn and answer, or read what was answered before.

    Parameters
    ----------
    assignment, method
        Names in `CAPSTONES`.
    source, part
        What it learns from, as `known` has it.
    both
        Whether to answer practice images besides the held-out ones.
    """
    path = WORK / assignment / source / f"{method}, part {part}.npz"
    if path.exists():
        with np.load(path) as kept:
            return Run(kept.get("practice"), kept.get("held_out"), float(kept["seconds"]))
    began = time.process_time()
    seed = zlib.crc32(f"{source} {part} {method}".encode()) % 2**31
    answer = CAPSTONES[assignment][method](*known(assignment, source, part), seed)
    learnt = time.process_time()
    asked = {} if source == HOME else {"held_out": held_out(assignment, source)}
    asked |= {"practice": practice(assignment)} if both or source == HOME else {}
    answers = {name: np.asarray(answer(images.copy())) for name, (images, _) in asked.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    part_path = path.with_suffix(".part.npz")
    asked_by = time.process_time()
    np.savez_compressed(part_path, seconds=np.array(asked_by - began), **answers)
    part_path.replace(path)
    took = f"{learnt - began:.1f} + {asked_by - learnt:.1f} CPU s"
    print(f"  {assignment} {source} {method}: {took}", flush=True)
    return Run(answers.get("practice"), answers.get("held_out"), asked_by - began)
