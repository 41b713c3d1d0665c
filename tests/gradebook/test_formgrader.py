"""A policy lets formgrader's own scripts run, and marks no other's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

from jinja2 import DictLoader, Environment
from nbgrader.server_extensions.formgrader import handlers
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from autograder.gradebook.formgrader import (
    NonceLoader,
    _load_jupyter_server_extension,
    guard,
    own_handlers,
    policy,
    policy_for,
)
from autograder.gradebook.preprocessors import ContentPolicy
from tests.support import ROOT

PREFIX = "/hub/formgrader"


def environment() -> Environment:
    return Environment(  # as nbgrader makes its own
        loader=DictLoader(
            {
                "page.tpl": "<script>own()</script><script src='own.js'></script>{{ shown }}",
                "base.html.j2": "<script>{{ shown }}</script>",
            }
        )
    )


def answered(settings: dict, path: str) -> tuple[str, HTTPHeaders]:
    """Return what a template renders during a request, and the answer's headers."""
    request = HTTPServerRequest(
        headers=HTTPHeaders({"Host": "localhost"}),
        start_line=RequestStartLine("GET", path, "HTTP/1.1"),
    )
    transform = policy_for(settings, PREFIX)(request)
    page = (
        settings["nbgrader_jinja2_env"]
        .get_template("page.tpl")
        .render(shown="<script>go()</script>")
    )
    return page, transform.transform_first_chunk(200, HTTPHeaders(), b"", True)[1]


def settings() -> dict:
    exporter = SimpleNamespace(environment=environment())
    return {"nbgrader_jinja2_env": environment(), "nbgrader_exporter": exporter}


def test_only_the_templates_own_scripts_have_the_answers_nonce():
    page, headers = answered(settings(), f"{PREFIX}/submissions/1/")
    (nonce,) = re.findall(r"'nonce-([\w-]+)'", headers["Content-Security-Policy"])
    assert page == (
        f'<script nonce="{nonce}">own()</script><script nonce="{nonce}" src=\'own.js\'></script>'
        "<script>go()</script>"
    )


def test_no_two_answers_share_a_nonce():
    shared = settings()
    pages = {answered(shared, f"{PREFIX}/x")[0] for _ in range(3)}
    assert len(pages) == 3


def test_other_pages_of_the_server_are_left_alone():
    page, headers = answered(settings(), "/hub/lab")
    assert "Content-Security-Policy" not in headers
    assert "nonce" not in page


def test_a_template_that_shows_outputs_marks_no_script():
    guarded = environment()
    guard(guarded)
    guard(guarded)  # each request asks for it
    assert isinstance(guarded.loader, NonceLoader)
    assert isinstance(guarded.loader.loader, DictLoader)
    assert guarded.get_template("base.html.j2").render(shown="go()") == "<script>go()</script>"


def test_no_script_runs_by_its_place_alone():
    rules = dict(rule.split(" ", 1) for rule in policy("x").split("; "))
    assert rules["default-src"] == "'none'"
    assert "'self'" not in rules["script-src"]
    assert "'unsafe-inline'" not in rules["script-src"]


def test_all_handlers_of_nbgraders_pages_are_known():
    templates = Path(handlers.template_path)
    found = {
        code
        for path in templates.rglob("*")
        if path.is_file()
        for code in re.findall(r'(?i)\sonclick="([^"]*)"', path.read_text())
    }
    assert len(own_handlers(templates)) == len(found) > 2


def test_make_tells_jupyters_server_to_load_it():
    path = ROOT / "autograder" / "gradebook" / "formgrader.json"
    (name,) = json.loads(path.read_text())["ServerApp"]["jpserver_extensions"]
    assert name == _load_jupyter_server_extension.__module__
    assert f"cp {path.relative_to(ROOT)} $(VENV)/etc/jupyter/" in (ROOT / "Makefile").read_text()


def test_a_feedback_page_has_its_policy_before_anything_else():
    resources = {"inlining": {"css": ["a {}"]}}
    ContentPolicy().preprocess(None, resources)
    first, second = resources["inlining"]["css"]
    assert re.fullmatch(
        r'</style>\n<meta http-equiv="Content-Security-Policy" content="[^"<>]*">\n<style>', first
    )
    assert second == "a {}"
