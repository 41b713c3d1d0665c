"""Serve formgrader under a policy that runs no script but its own.

`autograder.sanitize` is the first line; this is the second, for what it might miss. Each answer
below ``/formgrader`` has a nonce, which only ``<script`` in nbgrader's own templates gets: it is
put into their source, before anything of a submission is filled in. No page asks another host for
anything: `autograder.gradebook.formulas` makes pictures of formulas. Jupyter's server loads this
module as an extension, which ``make`` enables in ``.venv``.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment
from nbgrader.server_extensions.formgrader import handlers
from tornado.web import OutputTransform

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_server.serverapp import ServerApp
    from tornado.httputil import HTTPHeaders, HTTPServerRequest

TRUSTED = re.compile(r".*\.tpl|formgrade_macros\.html\.j2|mathjax\.html\.j2")
"""Templates of which every script is the page's own. Those that show outputs are not among them."""

MATHJAX = "mathjax.html.j2"
"""The template by which nbconvert's pages load a program from elsewhere that sets formulas."""

NO_MATHJAX = """\
{%- macro mathjax(url="") -%}
<script>
  // Formulas are pictures. nbgrader's own script waits for word that they are set.
  var tell = {Interest: function (waiting) { setTimeout(waiting, 0, "End"); }};
  var MathJax = {Hub: {Startup: {signal: tell}}};
</script>
{%- endmacro %}"""
"""What stands in its place: `autograder.gradebook.formulas` has set them."""

_NONCE: ContextVar[str] = ContextVar("nonce", default="")
_SCRIPT = re.compile(r"<script(?=[\s>])")
_HANDLER = re.compile(r'\bon[a-z]+="([^"{]*)"', re.IGNORECASE)


def policy(nonce: str, handlers_of_page: frozenset[str] = frozenset()) -> str:
    """Return the header that says what a page of formgrader's may run and fetch.

    Parameters
    ----------
    nonce : str
        What the page's own scripts are marked with.
    handlers_of_page : frozenset of str
        Hashes of its own handlers of clicks.

    Returns
    -------
    str
        The value of ``Content-Security-Policy``.
    """
    hashes = " ".join(f"'{one}'" for one in sorted(handlers_of_page))
    rules = {
        "default-src": "'none'",
        "script-src": f"'nonce-{nonce}' 'unsafe-hashes' {hashes}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}".strip() for name, value in rules.items())


class NonceLoader(BaseLoader):
    """Load templates as another loader does, with a nonce for each of their scripts.

    Parameters
    ----------
    loader : BaseLoader
        Finds the templates.
    """

    def __init__(self, loader: BaseLoader) -> None:
        self.loader = loader

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """Return a template's source, as Jinja asks for it."""
        source, path, current = self.loader.get_source(environment, template)
        if template == MATHJAX:
            source = NO_MATHJAX
        if TRUSTED.fullmatch(template):
            source = _SCRIPT.sub('<script nonce="{{ nonce() }}"', source)
        return source, path, current

    def list_templates(self) -> list[str]:
        """Return the names of all templates."""
        return self.loader.list_templates()


def own_handlers(folder: Path) -> frozenset[str]:
    """Return the hashes of handlers in templates, by which a policy allows them.

    Parameters
    ----------
    folder : Path
        Where nbgrader's templates are.

    Returns
    -------
    frozenset of str
    """
    paths = [path for path in sorted(folder.rglob("*")) if TRUSTED.fullmatch(path.name)]
    found = {code for path in paths for code in _HANDLER.findall(path.read_text())}
    digests = (hashlib.sha256(code.encode()).digest() for code in found)
    return frozenset(f"sha256-{base64.b64encode(digest).decode()}" for digest in digests)


def guard(environment: Environment) -> None:
    """Let an environment's templates mark their own scripts.

    Parameters
    ----------
    environment : Environment
        Of Jinja; it is changed.
    """
    if environment.loader is not None and not isinstance(environment.loader, NonceLoader):
        environment.loader = NonceLoader(environment.loader)
        environment.globals["nonce"] = _NONCE.get
        if environment.cache is not None:
            environment.cache.clear()


def policy_for(settings: dict[str, Any], prefix: str) -> type[OutputTransform]:
    """Return what gives each answer below `prefix` a policy.

    Parameters
    ----------
    settings : dict
        Of the server's application; formgrader keeps its templates there.
    prefix : str
        Where formgrader is.

    Returns
    -------
    type of OutputTransform
        Made by tornado for each request, before its handler.
    """
    allowed = own_handlers(Path(handlers.template_path))

    class Policy(OutputTransform):
        def __init__(self, request: HTTPServerRequest) -> None:
            self.inside = request.path.startswith(prefix)
            self.nonce = secrets.token_urlsafe(16)
            if self.inside and "nbgrader_exporter" in settings:
                _NONCE.set(self.nonce)
                guard(settings["nbgrader_jinja2_env"])
                guard(settings["nbgrader_exporter"].environment)

        def transform_first_chunk(
            self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
        ) -> tuple[int, HTTPHeaders, bytes]:
            if self.inside:
                headers["Content-Security-Policy"] = policy(self.nonce, allowed)
            return super().transform_first_chunk(status_code, headers, chunk, finishing)

    return Policy


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Take the step; Jupyter's server calls this by its name."""
    application = server.web_app
    prefix = f"{application.settings['base_url'].rstrip('/')}/formgrader"
    application.add_transform(policy_for(application.settings, prefix))
