"""The submissions of the demo class: each is the solution with a small, readable change.

What each should come to stands beside its change.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode


@dataclass(frozen=True)
class Variant:
    """One submission of the demo class.

    Attributes
    ----------
    about : str
        What this student did.
    cells : dict
        New text of some cells, by ``grade_id``; None puts the untouched stub back.
    edit : callable
        A change to the notebook that is more than the text of a cell.
    outcome : str
        How its run should end.
    accuracy : (float, float) or None
        Its accuracy should lie between these, the first included; None if it has none.
    file : str
        Name of the notebook; ``{student}`` is filled in.
    """

    about: str
    cells: dict[str, str | None] = field(default_factory=dict)
    edit: Callable[[NotebookNode], None] = lambda _nb: None
    outcome: str = "finished"
    accuracy: tuple[float, float] | None = (0.96, 1.0)
    file: str = "{student}.ipynb"


def train(*lines: str) -> str:
    """Return the text of a `train` cell."""
    return "\n    ".join(("def train(images, labels):", *lines))


def predict(*lines: str) -> str:
    """Return the text of a `predict` cell."""
    return "\n    ".join(("def predict(images):", *lines))


def cell(nb: NotebookNode, grade_id: str) -> NotebookNode:
    """Return the cell with an nbgrader identifier."""
    marked = (c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
    found: NotebookNode = next(marked)
    return found


def delete(grade_id: str) -> Callable[[NotebookNode], None]:
    """Return an edit that deletes a cell."""
    return lambda nb: nb.cells.remove(cell(nb, grade_id))


def duplicate(grade_id: str) -> Callable[[NotebookNode], None]:
    """Return an edit that copies a cell, as copy and paste does: metadata and all."""

    def edit(nb: NotebookNode) -> None:
        original = cell(nb, grade_id)
        again = copy.deepcopy(original)
        again.id = f"{original.id}-copy"
        nb.cells.insert(nb.cells.index(original) + 1, again)

    return edit


FEATURES = """


def features_of(images):
    return hog(deskew(images), bins=16, signed=True)"""
"""A function that goes below `train`, as the notebook shows its parts one by one."""


def pixels(count: int) -> str:
    """Return a `train` that learns from the pixels of the first images."""
    return train(
        f"images, labels = all_images[:{count}], all_labels[:{count}]",
        "steps = FunctionTransformer(scale_pixels), PCA(40, random_state=0), SVC(C=5)",
        "return make_pipeline(*steps).fit(images, labels)",
    )


def gradients(count: int) -> str:
    """Return what the reference's `train` does, on the first images."""
    return (
        train(
            f"images, labels = all_images[:{count}], all_labels[:{count}]",
            "machine = SVC(C=10, cache_size=1000)",
            "steps = FunctionTransformer(features_of), PCA(100, random_state=0), machine",
            "return make_pipeline(*steps).fit(images, labels)",
        )
        + FEATURES
    )


CLASS: dict[str, Variant] = {
    "s01": Variant("hands in the reference solution"),
    "s02": Variant(
        "compares with each digit's mean image",
        {
            "train": train(
                "from sklearn.neighbors import NearestCentroid",
                "steps = FunctionTransformer(scale_pixels), NearestCentroid()",
                "return make_pipeline(*steps).fit(images, labels)",
            )
        },
        accuracy=(0.6, 0.92),
    ),
    "s03": Variant("learns from few pixels", {"train": pixels(1300)}, accuracy=(0.92, 0.93)),
    "s04": Variant(
        "grows sixty random trees",
        {
            "train": train(
                "from sklearn.ensemble import ExtraTreesClassifier",
                "",
                "trees = ExtraTreesClassifier(60, random_state=0)",
                "return trees.fit(flatten(all_images[:6_000]), all_labels[:6_000])",
            ),
            "predict": predict("return model.predict(flatten(images))"),
        },
        accuracy=(0.93, 0.94),
    ),
    "s05": Variant(
        "from more pixels; the file's name claims 96 %",
        {"train": pixels(2400)},
        accuracy=(0.94, 0.95),
        file="96%_{student}.ipynb",
    ),
    "s06": Variant(
        "compares with prototypes from spherical k-means",
        {
            "train": train(
                "from helpers.spherical import SphericalKMeans",
                "",
                "prototypes = []",
                "for digit in range(10):",
                "    rows = features_of(images[labels == digit])",
                "    clusters = SphericalKMeans(8, n_init=1, random_state=digit).fit(rows)",
                "    prototypes.append(clusters.cluster_centers_)",
                "return np.array(prototypes)",
            )
            + FEATURES,
            "predict": predict(
                'likeness = np.einsum("ni,dki->ndk", features_of(images), model)',
                "return likeness.max(axis=2).argmax(axis=1)",
            ),
        },
        accuracy=(0.95, 0.96),
    ),
    "s07": Variant(
        "copies the nearest of 14,500 small images: exactly 96 %, distances being exact",
        {
            "train": train(
                "from sklearn.neighbors import KNeighborsClassifier",
                "",
                'nearest = KNeighborsClassifier(1, algorithm="brute")',
                "return nearest.fit(halve(all_images[:14_500]), all_labels[:14_500])",
            )
            + "\n\n\ndef halve(images):\n"
            "    return images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)",
            "predict": predict("return model.predict(halve(images))"),
        },
        accuracy=(0.96, 0.9601),
    ),
    "s08": Variant("gradients of 5,000 images", {"train": gradients(5000)}, accuracy=(0.98, 0.99)),
    "s09": Variant(
        "gradients of 18,000 images, by matrix products",
        {
            "train": train(
                "images, labels = all_images[:18_000], all_labels[:18_000]",
                "steps = FunctionTransformer(features_of), PCA(100, random_state=0)",
                "features = make_pipeline(*steps)",
                "return features, fit_svc(features.fit_transform(images), labels, C=10)",
            )
            + FEATURES,
            "predict": predict(
                "features, machine = model",
                "return machine.predict(features.transform(images))",
            ),
        },
        accuracy=(0.99, 1.0),
    ),
    "s10": Variant(
        "stops half way: no classifier yet",
        {"best-parameters": None, "project": None, "train": None, "predict": None},
        outcome="student error",
        accuracy=None,
    ),
    "s11": Variant(
        "forgets a bracket",
        {"scale-pixels": "def scale_pixels(images):\n    return flatten(images / 255"},
        outcome="student error",
    ),
    "s12": Variant(
        "never returns from predict once there are more images than in the check",
        {"predict": predict("while len(images) > 50:", "    pass", "return model.predict(images)")},
        outcome="time-out",
        accuracy=None,
    ),
    "s13": Variant(
        "asks for more memory than there is",
        {
            "train": train(
                "distances = np.zeros((len(all_images), len(all_images), 784))",
                "return distances",
            )
        },
        outcome="out of memory",
        accuracy=None,
    ),
    "s14": Variant(
        "calls the function by another name",
        {"predict": "def predict_digits(images):\n    return model.predict(images)"},
        outcome="student error",
        accuracy=None,
    ),
    "s15": Variant(
        "gives one column for each digit",
        {"predict": predict("return np.eye(10, dtype=int)[model.predict(images)]")},
        outcome="student error",
        accuracy=None,
    ),
    "s16": Variant(
        "gives texts instead of numbers",
        {"predict": predict("return [str(digit) for digit in model.predict(images)]")},
        outcome="student error",
        accuracy=None,
    ),
    "s17": Variant("deletes a check that fails", edit=delete("check-rbf-kernel-more")),
    "s18": Variant("copies a graded cell", edit=duplicate("check-flatten")),
    "s19": Variant(
        "stops training early: right answers, and a warning each time",
        {
            "predict": predict(
                "import warnings",
                "",
                'warnings.warn("the solver stopped before it converged")',
                "return model.predict(images)",
            )
        },
    ),
    "s20": Variant(
        "looks known images up in a table and guesses the rest",
        {
            "train": train(
                "import hashlib",
                "",
                "pairs = zip(all_images, all_labels)",
                "return {hashlib.md5(i.tobytes()).digest(): int(label) for i, label in pairs}",
            ),
            "predict": predict(
                "import hashlib",
                "",
                "keys = [hashlib.md5(image.tobytes()).digest() for image in images]",
                "return [model.get(key, 1) for key in keys]",
            ),
        },
        accuracy=(0.0, 0.2),
    ),
    "s21": Variant(
        "prints without end once there are more images than in the check",
        {
            "predict": predict(
                "while len(images) > 50:",
                "    print(images[0].tolist())",
                "return model.predict(images)",
            )
        },
        outcome="output flood",
        accuracy=None,
    ),
}
"""Each submission of the demo class, by student."""
