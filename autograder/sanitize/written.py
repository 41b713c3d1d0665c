"""Clean Markdown that a submission wrote, and leave an ordinary text as it is.

A cleaner of HTML would spoil Markdown: ``a < b``, quotations and code that shows a tag. So a text
is rendered as nbconvert does it, and stays to the letter if cleaning changes nothing on the page.
If it does, its tags and pictures from elsewhere become text; if that is not enough, all of it is
shown as code.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import mistune
from mistune import HTMLRenderer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.sanitize.markup import clean_html, disarm_math

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MAX_CHARACTERS = 10_000
"""A longer text with markup is shown as code: some of Markdown's patterns take quadratic time."""

_HARMLESS = re.compile(r"[^<&\\\]:@]*\Z")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_PICTURE = re.compile(r"!\[([^\[\]]*)\](?:\((attachment:)?([^()\s]*))?")
_TICKS = re.compile(r"`+")

_AS_TEXT = "*Shown as it was written, since it holds what no page may run or fetch:*"

_PLUGINS = ("strikethrough", "table", "url", "def_list")


def clean_markdown(text: str, attached: Collection[str] = ()) -> str:
    r"""Return Markdown that renders to a page on which nothing runs and nothing is fetched.

    Parameters
    ----------
    text : str
        Markdown of any origin.
    attached : collection of str
        Names of the pictures that its cell holds.

    Returns
    -------
    str
        The same text if it does no harm; else with tags shown as text; else in a block of code.

    Examples
    --------
    >>> clean_markdown("If $a<b$, then `<script>` is **code**.")
    'If $a<b$, then `<script>` is **code**.'
    >>> clean_markdown("See <script>go()</script>")
    'See &lt;script>go()&lt;/script>'
    """
    if is_plain(text):
        return text
    if len(text) <= MAX_CHARACTERS:
        for kept in _attempts(text, attached):
            if _is_inert(kept, attached):
                return kept
    return as_code(text)


def is_plain(text: str) -> bool:
    """Say whether a text has no sign by which a link, a tag or a command of TeX begins.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    bool
    """
    return _HARMLESS.match(text) is not None


def fence(text: str) -> str:
    r"""Return a block of code that shows a text, whatever is in it.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> fence("a ``` b")
    '````\na ``` b\n````'
    """
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}\n{text}\n{ticks}"


def as_code(text: str) -> str:
    """Return Markdown that shows a text as it was written, and says why.

    Parameters
    ----------
    text : str
        Any text; one that this function made stays as it is.

    Returns
    -------
    str
        A sentence and a block of code.
    """
    inner = text.removeprefix(_AS_TEXT).strip("\n").split("\n")[1:-1]
    made = f"{_AS_TEXT}\n\n{fence(chr(10).join(inner))}"
    return text if text == made else f"{_AS_TEXT}\n\n{fence(text)}"


def _attempts(text: str, attached: Collection[str]) -> Iterator[str]:
    yield text
    text = disarm_math(_TAG.sub("&lt;", text))
    yield text
    yield _PICTURE.sub(lambda found: _as_link(found, attached), text)


def _as_link(found: re.Match[str], attached: Collection[str]) -> str:
    """Make a link of a picture from elsewhere; one that the cell holds stays."""
    alternative, here, name = found.groups()
    if here:
        return found[0] if name in attached else f"[{alternative}](#{name}"
    return found[0].removeprefix("!")


def _is_inert(text: str, attached: Collection[str]) -> bool:
    """Say whether a page that shows a text is the same after cleaning."""
    try:
        page = _rendered(text, attached)
    except RecursionError:
        return False
    if clean_html(page) != clean_html(page, math=True):
        return False
    return _tokens(page) == _tokens(clean_html(page, math=True, comments=True))


def _rendered(text: str, attached: Collection[str]) -> str:
    plugins = [mistune.plugins.import_plugin(name) for name in _PLUGINS]
    renderer = _Plain(
        escape=False, exclude_anchor_links=True, attachments={name: {} for name in attached}
    )
    return str(MarkdownWithMath(renderer=renderer, plugins=plugins).render(text))


class _Plain(IPythonRenderer):
    """Render as nbconvert does, without classes that colour code and without pictures' data."""

    def block_code(self, code: str, info: str | None = None) -> str:  # noqa: ARG002  # as mistune's
        return f"<pre><code>{self.escape_html(code)}</code></pre>\n"

    def block_mermaidjs(self, code: str) -> str:
        return self.block_code(code)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        name = url.removeprefix("attachment:")
        if name != url and name not in self.attachments:
            url = "missing"  # nbconvert would end with an error
        return str(HTMLRenderer.image(self, text, url, title))


class _Tokenizer(HTMLParser):
    """What a page holds, without its writing: case, quotes, spaces and optional tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[object, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "tbody":
            kept = [(name, _plain(value)) for name, value in attrs if name != "rel"]
            self.found.append((tag, *sorted(kept)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("tbody", "p", "li", "br", "hr", "img", "input"):
            self.found.append(("/", tag))

    def handle_data(self, data: str) -> None:
        for word in data.split():
            self.found.append(("text", word))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))

    def handle_decl(self, decl: str) -> None:
        self.found.append(("declaration", decl))

    def handle_pi(self, data: str) -> None:
        self.found.append(("instruction", data))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("unknown", data))


def _plain(value: str | None) -> str:
    return re.sub(r"\s+|;\s*\Z", "", value or "")


def _tokens(page: str) -> list[tuple[object, ...]]:
    parser = _Tokenizer()
    parser.feed(page)
    parser.close()
    return parser.found
