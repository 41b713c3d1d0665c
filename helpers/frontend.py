"""Say whether somebody is looking: only then are there widgets, and else static pictures."""

from __future__ import annotations

import importlib.util
import os
import sys

__all__ = ["has_page", "shows_widgets"]

SESSION = "JPY_SESSION_NAME"
"""Environment variable by which Jupyter's server tells a kernel its notebook's path."""

CHECKING = "COURSE_CHECKING"
"""Environment variable by which a kernel knows that it runs a check, so that none begins in it."""

WIDGETS = ("anywidget", "ipywidgets")
"""Packages that widgets need."""


def has_page() -> bool:
    """Say whether this kernel belongs to a page that somebody looks at.

    A kernel that papermill, nbval, nbgrader or a check started has none, and neither has a plain
    process.

    Returns
    -------
    bool
    """
    return not os.environ.get(CHECKING) and (SESSION in os.environ or _hosted())


def shows_widgets() -> bool:
    """Say whether this kernel's page shows widgets, and what they need is installed.

    Returns
    -------
    bool
    """
    return has_page() and all(importlib.util.find_spec(name) for name in WIDGETS)


def _hosted() -> bool:
    """Whether this is a page of Colab, of Kaggle, or of VS Code, which name no session."""
    from IPython import get_ipython

    names = getattr(get_ipython(), "user_ns", {})
    kaggle = os.environ.get("KAGGLE_KERNEL_RUN_TYPE") == "Interactive"
    return kaggle or "google.colab" in sys.modules or "__vsc_ipynb_file__" in names
