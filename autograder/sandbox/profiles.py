"""What each kind of warm kernel has imported before it starts.

Two sorts of names: what notebooks import, and what IPython would import at the first cell, the
first figure or the first traceback.
``matplotlib_inline`` must stay out: when it is imported, it plugs itself into the running shell,
and the fork server has none.
"""

from __future__ import annotations

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
    "helpers.plots",
    "helpers.preprocessing",
    "helpers.spherical",
)

PROFILES = {"base": BASE, "scientific": SCIENTIFIC}
"""Modules to import, by the name that ``start_kernel(profile=...)`` takes."""
