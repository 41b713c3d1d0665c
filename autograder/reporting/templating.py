"""Fill the templates of the report's pages."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_template(name: str) -> str:
    """Return the text of a file in ``autograder/reporting/templates``, as it is."""
    return (files("autograder.reporting") / "templates" / name).read_text("utf-8")


def render_template(template: str, filters: Mapping[str, Any], /, **facts: Any) -> str:
    """Return the text of a page; every fact is escaped, a missing one is an error.

    Parameters
    ----------
    template : str
        Name of a file in ``autograder/reporting/templates``.
    filters : mapping
        How the template writes values, by name.
    **facts : object
        What it says.

    Returns
    -------
    str

    Raises
    ------
    jinja2.TemplateError
        If there is no such template, or it asks for what is not there.
    """
    environment = Environment(
        loader=PackageLoader("autograder.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    return environment.get_template(template).render(facts)
