"""Simulate classes, and count what luck alone does to ranks and grades.

    python -m benchmarks.validity.chance [--classes 400]
    python -m benchmarks.validity.chance --calibrate

Four tables: classes of equally good submissions; two submissions that differ, in classes of two
kinds; two that are equally good in a class that is not; and how often a grade is marked
borderline. Ranks and grades are those of `autograder.scoring.ranking.grade_by_tiers`, once by the
scores alone and once with what each got right.

The model is `tests.support.simulation`'s. Its `CORRELATIONS` are about the ends of what
``--calibrate`` finds between real classifiers: it trains six on MNIST (three methods, each on two
lots of 8,000 images) and prints how their errors on the 10,000 official test images correlate.
How much coincides matters, because only images that exactly one of two gets right tell them apart.
"""

from __future__ import annotations

import argparse
import time
from itertools import combinations

import numpy as np
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from helpers.data import load_mnist
from tests.support.simulation import (
    CORRELATIONS,
    IMAGES,
    SEED,
    WORSE,
    borderline,
    company,
    luck,
    told,
)

SIZES = (2, 10, 40)
EQUAL = (0.97, 0.985)
EQUAL_AMONG_OTHERS = (0.97, 0.98, 0.985)
BETTER = (0.975, 0.98)
BORDERLINE = (0.955, 0.961, 0.963, 0.965, 0.967, 0.97)


def print_simulations(classes: int) -> None:
    """Print the four tables."""
    print(f"{classes} classes a line, {IMAGES} images: by score | by rule | by a test of the two")
    print("\nequally good: share of classes with any difference, of pairs; grades' spread (most)")
    for correlation in CORRELATIONS:
        for accuracy in EQUAL:
            for size in SIZES:
                sides = (
                    f"{one.classes:6.1%} {one.pairs:6.1%} {one.spread:5.2f} ({one.most:2})"
                    for one in luck(accuracy, size, correlation, classes)
                )
                line = f"correlation {correlation}, accuracy {accuracy:<5}, class of {size:2}"
                print(f"{line}: {' | '.join(sides)}", flush=True)
    print("\ntruly different: share of pairs in the right order, in the wrong one; grades' gap")
    for correlation in CORRELATIONS:
        for better in BETTER:
            for halves in (True, False):
                for size in SIZES if halves else SIZES[1:]:
                    _print_told(correlation, size, WORSE, better, classes, halves=halves)
    # The test's level covers classes of equals only: elsewhere the border of two groups, which
    # others make, may lie between two equals.
    print("\nequally good, others not: share of pairs in the one order, in the other; grades' gap")
    for correlation in CORRELATIONS:
        for accuracy in EQUAL_AMONG_OTHERS:
            for size in SIZES[1:]:
                _print_told(correlation, size, accuracy, accuracy, classes, halves=False)
    print("\nmarked borderline")
    for accuracy in BORDERLINE:
        print(f"true accuracy {accuracy:<5}: {borderline(accuracy):6.1%}")


def _print_told(
    correlation: float, size: int, worse: float, better: float, classes: int, *, halves: bool
) -> None:
    accuracies = company(size, worse, better, halves=halves)
    *ways, tested = told(accuracies, correlation, classes, ends=size // 2 if halves else 1)
    sides = (f"{one.right:6.1%} {one.wrong:6.1%} {one.gap:5.2f}" for one in ways)
    others = "half and half" if halves else "evenly spread"
    line = f"correlation {correlation}, {worse:<5} and {better:<5}, {others}, class of {size:2}"
    print(f"{line}: {' | '.join(sides)} | {tested:6.1%}", flush=True)


def print_calibration() -> None:
    """Train real classifiers and print how their errors correlate."""
    known, digits = load_mnist("train")
    images, labels = load_mnist("test")
    wrong = {}
    for lot, part in (("first", slice(8_000)), ("second", slice(8_000, 16_000))):
        for name, method in {
            "RBF": SVC(C=10, gamma=0.02),
            "polynomial": SVC(kernel="poly", degree=3, gamma=0.02, coef0=1),
            "neighbours": KNeighborsClassifier(3),
        }.items():
            # Principal components: ten times as fast, about as accurate.
            model = make_pipeline(PCA(40, random_state=SEED), method)
            model.fit(known[part].reshape(-1, 784) / np.float32(255), digits[part])
            missed = model.predict(images.reshape(-1, 784) / np.float32(255)) != labels
            wrong[f"{name}, {lot} 8000"] = missed
            print(f"{name}, {lot} 8000: accuracy {1 - missed.mean():.4f}", flush=True)
    for one, other in combinations(wrong, 2):
        print(f"{one} and {other}: {np.corrcoef(wrong[one], wrong[other])[0, 1]:.2f}")


def main() -> None:
    """Parse the command line, simulate or train, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--classes", type=int, default=400)
    parser.add_argument("--calibrate", action="store_true", help="train real classifiers instead")
    options = parser.parse_args()
    if options.classes < 1:
        parser.error(f"--classes is {options.classes}, expected 1 or more")
    with threadpool_limits(1):
        if options.calibrate:
            print_calibration()
        else:
            print_simulations(options.classes)
    print(f"CPU seconds: {time.process_time():.0f}")


if __name__ == "__main__":
    main()
