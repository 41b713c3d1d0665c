"""What each kind of warm kernel has imported before it starts.

Two sorts of names: what notebooks import, and what IPython would import at the first cell, the
first figure or the first traceback.
`choose` picks the smallest profile that holds what a notebook imports: more of it makes every fork
dearer.
``matplotlib_inline`` must stay out: when it is imported, it plugs itself into the running shell,
and the fork server has none.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KERNEL = (
    "autograder.sandbox.zygote_kernel",
    "ipykernel.ipkernel",
    "ipykernel_launcher",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "encodings.idna",
    "encodings.latin_1",
    "encodings.utf_16_be",
    "pdb",
    "pygments.formatters.terminal256",
    "pygments.styles.default",
    "stack_data",
    "tornado.platform.asyncio",
    "zmq.asyncio",
)

_BRIDGE = ("autograder.kernel_side.agent", "autograder.kernel_side.checker", "autograder.score")

_SKLEARN = (
    "calibration",
    "cluster",
    "compose",
    "covariance",
    "datasets",
    "decomposition",
    "discriminant_analysis",
    "ensemble",
    "feature_selection",
    "gaussian_process",
    "impute",
    "inspection",
    "kernel_approximation",
    "linear_model",
    "manifold",
    "metrics",
    "mixture",
    "model_selection",
    "naive_bayes",
    "neighbors",
    "neural_network",
    "pipeline",
    "preprocessing",
    "random_projection",
    "svm",
    "tree",
)

BASE = (*_KERNEL, "numpy", *_BRIDGE)
"""What every kernel needs, whatever its notebook imports."""

_LEARNING = (
    "scipy.cluster.hierarchy",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.sparse.linalg",
    "scipy.spatial",
    "scipy.stats",
    *(f"sklearn.{name}" for name in _SKLEARN),
    "sklearn.datasets.data",
    "sklearn.datasets.descr",
    "sklearn.utils._pprint",
)

_PICTURES = (
    "PIL.Image",
    "PIL.PngImagePlugin",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "tqdm.auto",
    "helpers.data",
    "helpers._download",
    "helpers.handwriting",
    "helpers.plots",
    "helpers.preprocessing",
    "helpers.spherical",
    "helpers.svm",
    "helpers.virtual",
)

_TENSORFLOW = (
    "tensorflow",
    "keras",
    "keras.src.backend.tensorflow.trainer",
    "tensorflow.python.data.ops.dataset_ops",
    "helpers.quiet_keras",
)

PROFILES = {
    "base": BASE,
    "learning": (*BASE, *_LEARNING),
    "scientific": (*BASE, *_LEARNING, *_PICTURES),
    "deep-learning": (*BASE, *_LEARNING, *_TENSORFLOW),
    "tensorflow": (*BASE, *_LEARNING, *_PICTURES, *_TENSORFLOW),
}
"""Modules to import, by the name that ``start_kernel(profile=...)`` takes."""

_OF_BASE = {"numpy", "autograder", *sys.stdlib_module_names}

_OF_LEARNING = {"scipy", "sklearn"}

_OF_TENSORFLOW = {"tensorflow", "keras", "helpers.quiet_keras"}


def choose(sources: Iterable[str]) -> str:
    """Return the name of the profile that suits a notebook.

    Parameters
    ----------
    sources : iterable of str
        Text of its code cells; one that is not Python is left out.

    Returns
    -------
    str
        Key of `PROFILES`.

    Examples
    --------
    >>> choose(["import numpy as np"])
    'base'
    >>> choose(["import numpy as np", "from sklearn.svm import SVC"])
    'learning'
    >>> choose(["from sklearn.svm import SVC", "import matplotlib.pyplot as plt"])
    'scientific'
    >>> choose(["from helpers import quiet_keras"])
    'deep-learning'
    """
    imported = {name for source in sources for name in _imports(source)}
    others = imported - _OF_BASE
    deep = bool(others & _OF_TENSORFLOW)
    if others - _OF_LEARNING - _OF_TENSORFLOW:
        return "tensorflow" if deep else "scientific"
    if deep:
        return "deep-learning"
    return "learning" if others else "base"


def _imports(source: str) -> Iterator[str]:
    """Yield the packages that a cell imports anywhere, and of the course's own the modules."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # running the cell reports it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (_known_as(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (_known_as(f"{node.module}.{alias.name}") for alias in node.names)


def _known_as(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "helpers" else parts[0]
