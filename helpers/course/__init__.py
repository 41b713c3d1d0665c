"""A student's side of the course: where they are, a check, and handing in.

The command ``course`` and the magics ``%check`` and ``%submit`` do the same. ``%load_ext
helpers.course`` offers the magics; the first cell of each notebook does, too.
"""

from __future__ import annotations


def load_ipython_extension(shell: object) -> None:  # noqa: ARG001  # IPython passes it
    """Offer the magics, as ``%load_ext helpers.course`` asks for."""
    from helpers.course.magics import load

    load()
