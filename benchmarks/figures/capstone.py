"""Score the reference's capstone of 03_svc on MNIST's 10,000 official test images.

    python -m benchmarks.figures.capstone [default|full ...] [--validation]

runs the cells of ``solutions/03_svc/03_svc.py`` that define, train and ask the classifier, with
the notebook's parameter `full` as named, each in a process and thread of its own, and prints
accuracy and CPU seconds. Settings are chosen with ``--validation``, which learns from the first
50,000 training images and scores on the last 10,000; the test images decide nothing.
Exit status 1 if an accuracy or a time is beyond its limit.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from typing import Any

import numpy as np
from scipy.stats import binomtest

from autograder.authoring.execute import REPEATABLE, read_script
from tests.support import ROOT

SCRIPT = ROOT / "solutions" / "03_svc" / "03_svc.py"
CELLS = ("imports", "sizes", "load-mnist", "train", "predict")
#: Least accuracy, and most CPU seconds of training and prediction together.
LIMITS = {"default": (0.993, 60.0), "full": (0.994, 600.0)}
VALIDATION = slice(50_000, 60_000)


def load_reference(full: bool) -> dict[str, Any]:
    """Return the names that the reference's cells define, before anything is trained."""
    sources = {cell.id: cell.source for cell in read_script(SCRIPT).cells}
    names: dict[str, Any] = {"quick": False, "full": full}  # the notebook's switches
    for grade_id in CELLS:
        exec(compile(sources[grade_id], grade_id, "exec"), names)
    return names


def measure(setting: str, *, validation: bool) -> bool:
    """Train, predict and print a line; return whether the limits hold."""
    names = load_reference(full=setting == "full")
    known, known_labels = names["all_images"], names["all_labels"]
    images, labels = names["official_images"], names["official_labels"]
    if validation:
        images, labels = known[VALIDATION], known_labels[VALIDATION]
        known, known_labels = known[: VALIDATION.start], known_labels[: VALIDATION.start]
    start = time.process_time()
    names["model"] = names["train"](known, known_labels)
    trained = time.process_time()
    correct = int(np.sum(names["predict"](images) == labels))
    asked = time.process_time()
    low, high = binomtest(correct, len(labels)).proportion_ci(method="wilson")
    print(
        f"{setting:8} accuracy {correct / len(labels):.4f} (95 % interval {low:.4f}-{high:.4f}), "
        f"CPU seconds {asked - start:.1f}: training {trained - start:.1f}, "
        f"prediction {asked - trained:.1f}",
        flush=True,
    )
    least, most = LIMITS[setting]
    return correct / len(labels) >= least and asked - start <= most


def main() -> int:
    """Measure each setting in a fresh process; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("settings", nargs="*", metavar="default|full", help="default: both")
    parser.add_argument("--validation", action="store_true", help="leave the test images alone")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    settings = options.settings or list(LIMITS)
    if unknown := set(settings) - {*LIMITS}:
        parser.error(f"unknown setting {unknown.pop()!r}: expected default or full")
    if options.here:
        measured = [measure(s, validation=options.validation) for s in settings]
        return int(not all(measured))
    # One thread, which numpy's libraries decide on when they are loaded.
    command = [sys.executable, "-m", "benchmarks.figures.capstone", "--here"]
    command += ["--validation"] * options.validation
    ran = [subprocess.run([*command, s], env=os.environ | REPEATABLE, cwd=ROOT) for s in settings]
    return int(any(process.returncode for process in ran))


if __name__ == "__main__":
    sys.exit(main())
