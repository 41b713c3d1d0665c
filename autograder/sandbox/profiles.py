"""What each kind of warm kernel has imported before it starts.

Two sorts of names: what notebooks import, and what IPython would import at the first cell, the
first figure or the first traceback.
`choose` picks the smallest profile that holds what a notebook imports.
``matplotlib_inline`` must stay out: when it is imported, it plugs itself into the running shell,
and the fork server has none.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

_KERNEL = (
    "autograder.sandbox.handed_sockets",
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
_BRIDGE = ("autograder.bridge.agent", "autograder.bridge.checker", "autograder.score")
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
SCIENTIFIC = (
    *BASE,
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
    "PIL.Image",
    "PIL.PngImagePlugin",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "tqdm.auto",
    "helpers.data",
    "helpers.download",
    "helpers.handwriting",
    "helpers.plots",
    "helpers.preprocessing",
    "helpers.spherical",
    "helpers.svm",
    "helpers.virtual",
)

TENSORFLOW = (
    *SCIENTIFIC,
    "tensorflow",
    "keras",
    "keras.src.backend.tensorflow.trainer",
    "tensorflow.python.data.ops.dataset_ops",
    "helpers.quiet_keras",
)

PROFILES = {"base": BASE, "scientific": SCIENTIFIC, "tensorflow": TENSORFLOW}
"""Modules to import, by the name that ``start_kernel(profile=...)`` takes, smallest first."""


def choose(sources: Iterable[str]) -> str:
    """Return the name of the profile that suits a notebook.

    Parameters
    ----------
    sources : iterable of str
        Text of its code cells; one that is not Python is left out.

    Examples
    --------
    >>> choose(["from keras import layers"])
    'tensorflow'
    >>> choose(["import numpy as np", "from sklearn.svm import SVC"])
    'scientific'
    >>> choose(["import numpy as np"])
    'base'
    """
    imported = {name for source in sources for name in _imports(source)}
    if imported & {"tensorflow", "keras"}:
        return "tensorflow"
    return "base" if imported <= {"numpy", *sys.stdlib_module_names} else "scientific"


def _imports(source: str) -> Iterator[str]:
    """Yield the packages that a cell imports anywhere."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # running the cell reports it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
            yield from (alias.name for alias in node.names)  # of helpers.quiet_keras: keras
