"""Train the solution of 05 and say what it reaches, on the document's split and on unseen pairs.

    python -m benchmarks.figures.multilabel [--seeds 0 1 2] [--networks capstone sigmoid softmax]
    python -m benchmarks.figures.multilabel --networks capstone-full
    python -m benchmarks.figures.multilabel --networks stack
    python -m benchmarks.figures.multilabel --networks Xception ResNet50V2 large-stack   # hours

``capstone-full`` stacks machines and a network, ``stack`` small networks in 3 folds of all images.
The cells of 05's script are run themselves, so what is measured is
what the notebook teaches. Every network learns from all 9,686 training images; none is chosen by
the 1,699 validation images, by which it is scored. *both right* is the share of images with no
wrong label, on the 300 images of the six pairs that have no folder.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

import jupytext
import numpy as np
from numpy.typing import NDArray

from autograder.authoring.execute import REPEATABLE
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = ROOT / "solutions" / "05_multilabel" / "05_multilabel.py"
LARGE = ("Xception", "ResNet50V2")
IMAGES = 9_686
"""All training images; the notebook's capstone takes fewer by default."""
EPOCHS, LARGE_EPOCHS, LARGE_RATE = 8, 20, 1e-3
Scores = tuple[NDArray[np.floating], NDArray[np.floating]]


def notebook_names() -> dict[str, Any]:
    """Run the switches, and cells that have a name and are not graded; return what they define."""
    names: dict[str, Any] = {}
    for cell in jupytext.read(SCRIPT).cells:
        marks = cell.metadata.get("nbgrader", {})
        switches = "parameters" in cell.metadata.get("tags", [])
        if switches or (cell.cell_type == "code" and marks and not marks["grade"]):
            # with a file's name, so that TensorFlow finds the source of what it transforms
            exec(compile(cell.source, str(SCRIPT), "exec"), names)
            if switches:
                names["learn_size"] = IMAGES
            if marks.get("grade_id") == "load-images":
                names["truth"] = names["to_indicator"](names["image_pairs"])
                names["new_truth"] = names["to_indicator"](names["new_pairs"])
    return names


def answers_of(name: str, n: dict[str, Any]) -> Scores:
    """Train one network and return its scores of the validation and of the unseen images."""
    makers: dict[str, Callable[[], Scores]] = {
        "capstone": lambda: capstone(n, full=False),
        "capstone-full": lambda: capstone(n, full=True),
        "softmax": lambda: by_pair(n),
        "stack": lambda: stacked(("plain", "xception", "resnet"), n, n["multi_label_network"]),
        "large-stack": lambda: stacked(LARGE, n, n["ready_to_train"]),
    }
    return makers.get(name, lambda: scores(trained(name, n), n))()


def trained(name: str, n: dict[str, Any]) -> Any:
    """Train a network with the shared head; "sigmoid" is the plain trunk."""
    if name in LARGE:
        network, epochs, rate = n["ready_to_train"](name), LARGE_EPOCHS, LARGE_RATE
    else:
        network = n["multi_label_network"]("plain" if name == "sigmoid" else name)
        epochs, rate = EPOCHS, 3e-3
    return n["fit"](network, n["images"], n["truth"], epochs, rate)


def scores(network: Any, n: dict[str, Any]) -> Scores:
    """Return a network's scores of the validation and of the unseen images."""
    return said_by(lambda images: network.predict(images, verbose=0), n)


def capstone(n: dict[str, Any], full: bool) -> Scores:
    """Run `learn` as the notebook does by default, or with its parameter `full`."""
    n["full"] = full
    return said_by(n["learn"](n["images"], n["truth"]), n)


def said_by(
    model: Callable[[NDArray[np.uint8]], NDArray[np.floating]], n: dict[str, Any]
) -> Scores:
    """Return what the function that `learn` gave says of the validation and the unseen images."""
    return model(n["new_images"]), model(n["unseen_images"])


def by_pair(n: dict[str, Any]) -> Scores:
    """Train the softmax over 24 pairs; its chosen pair as zeros and ones."""
    classes = np.array([[pair == name for name in n["names"]] for pair in n["image_pairs"]])
    network = n["fit"](n["multi_class_network"]("plain"), n["images"], classes, EPOCHS)
    rows = n["indicator"](n["names"])
    new, unseen = (rows[x.argmax(axis=1)] for x in scores(network, n))
    return new, unseen


def stacked(members: tuple[str, ...], n: dict[str, Any], make: Callable[[str], Any]) -> Scores:
    """Train members on all images and on folds, and stack their scores."""
    epochs, rate = (LARGE_EPOCHS, LARGE_RATE) if members == LARGE else (EPOCHS, 3e-3)
    data = n["images"], n["truth"]
    kept = np.array(
        [n["out_of_fold"](lambda m=m: make(m), *data, epochs, rate, folds=3) for m in members]
    )
    new, unseen = (
        n["stack"](kept, n["truth"], np.array(side))
        for side in zip(*(scores(trained(m, n), n) for m in members), strict=True)
    )
    return new, unseen


def main() -> None:
    """Parse the command line and print a line for each network and seed."""
    parser = argparse.ArgumentParser(description="Train the solution of 05 and score it.")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--networks", nargs="*", default=["capstone", "sigmoid", "softmax"])
    options = parser.parse_args()
    os.environ.update(REPEATABLE)
    n = notebook_names()
    print(f"{len(n['images'])} training, {len(n['new_images'])} validation images, stand-in")
    print(f"{'network':12} seed  micro F1  macro F1  Hamming  both right  CPU s")
    for name in options.networks:
        for seed in options.seeds:
            n["keras"].utils.set_random_seed(seed)
            began = time.process_time()
            new, unseen = (n["decode"](s) for s in answers_of(name, n))
            seconds = time.process_time() - began
            found = n["f_scores"](n["new_truth"], new)
            loss = n["hamming_loss"](n["new_truth"], new)
            both = np.all(unseen == n["unseen_truth"], axis=1).mean()
            print(
                f"{name:12} {seed:4} {found['micro']:9.4f} {found['macro']:9.4f} {loss:8.4f} "
                f"{both:11.3f} {seconds:6.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
