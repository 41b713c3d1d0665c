"""Say whether somebody is looking: only then are there widgets, and else static pictures."""

from __future__ import annotations

import importlib.util
import os
import sys

__all__ = ["shows_widgets"]

SESSION = "JPY_SESSION_NAME"
"""Environment variable by which Jupyter's server tells a kernel its notebook's path."""

CHECKING = "COURSE_CHECKING"
"""Environment variable by which a kernel knows that it runs a check, so that none begins in it."""

WIDGETS = ("anywidget", "ipywidgets")
"""Packages that widgets need."""


def shows_widgets() -> bool:
    """Say whether this kernel belongs to a page that shows widgets.

    A kernel that papermill, nbval, nbgrader or a check started has no such page, and neither has a
    plain process; and where the packages are missing there are no widgets.

    Returns
    -------
    bool
    """
    if os.environ.get(CHECKING) or not (SESSION in os.environ or _hosted()):
        return False
    return all(importlib.util.find_spec(name) for name in WIDGETS)


def _hosted() -> bool:
    """Whether this is a page of Colab, of Kaggle, or of VS Code, which name no session."""
    from IPython import get_ipython

    names = getattr(get_ipython(), "user_ns", {})
    kaggle = os.environ.get("KAGGLE_KERNEL_RUN_TYPE") == "Interactive"
    return kaggle or "google.colab" in sys.modules or "__vsc_ipynb_file__" in names
