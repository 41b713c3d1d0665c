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


def fitted(*steps: str, features: str = "scale_pixels", imports: str = "") -> str:
    """Return a `train` that fits a pipeline of these steps to all that the notebook hands it."""
    return train(
        *([imports, ""] if imports else []),
        f"steps = {', '.join((f'FunctionTransformer({features})', *steps))}",
        "return make_pipeline(*steps).fit(images, labels)",
    )


STRAIGHT = """


def straight(images):
    return scale_pixels(deskew(images))"""
"""The same, for pixels of straightened images."""


CLASS: dict[str, Variant] = {
    "s01": Variant("hands in the reference solution"),
    "s02": Variant(
        "compares with each digit's mean image",
        {
            "train": fitted(
                "NearestCentroid()", imports="from sklearn.neighbors import NearestCentroid"
            )
        },
        accuracy=(0.6, 0.92),
    ),
    "s03": Variant(
        "lets the 3 nearest images vote",
        {"train": fitted("KNeighborsClassifier(3)")},
        accuracy=(0.92, 0.93),
    ),
    "s04": Variant(
        "the same with 5, on 40 principal components",
        {"train": fitted("PCA(40, random_state=0)", "KNeighborsClassifier(5)")},
        accuracy=(0.93, 0.94),
    ),
    "s05": Variant(
        "an SVC on 20 principal components; the file's name claims 96 %",
        {"train": fitted("PCA(20, random_state=0)", "SVC(C=5)")},
        accuracy=(0.94, 0.95),
        file="96%_{student}.ipynb",
    ),
    "s06": Variant(
        "compares with three prototypes of each digit, from spherical k-means",
        {
            "train": train(
                "from helpers.spherical import SphericalKMeans",
                "",
                "prototypes = []",
                "for digit in range(10):",
                "    rows = features_of(images[labels == digit])",
                "    clusters = SphericalKMeans(3, n_init=1, random_state=digit).fit(rows)",
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
    "s08": Variant(
        "straightens the images, then an SVC",
        {"train": fitted("PCA(40, random_state=0)", "SVC(C=5)", features="straight") + STRAIGHT},
        accuracy=(0.965, 0.98),
    ),
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
