"""Clean HTML that a submission made, by an allow-list of tags, attributes, addresses and styles.

nh3 parses as browsers do and writes anew what is allowed, so nothing depends on finding what is
bad. nbconvert's own step does the same with bleach, in Python: its time grows with the square of
the depth of nested tags, and with defaults it takes tables and pictures away.
"""

from __future__ import annotations

import re
from collections import Counter

import nh3

TAGS = (nh3.ALLOWED_TAGS - {"map", "area", "wbr"}) | {"font", "tfoot", "big"}
"""Tags that may stay: text, lists, tables and pictures."""

DROPPED_WHOLE = frozenset(
    {
        *("script", "style", "template", "title", "textarea", "select", "object", "svg", "math"),
        *("iframe", "noscript", "noembed", "noframes", "xmp", "head"),
    }
)
"""Tags of which the content goes, too: it is no text for a reader."""

ATTRIBUTES = {
    "*": {"align", "dir", "lang", "style", "title"},
    "a": {"href"},
    "img": {"alt", "height", "src", "width"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "font": {"color"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border"},
    "td": {"colspan", "rowspan", "valign"},
    "th": {"colspan", "rowspan", "scope", "valign"},
}
"""Attributes that may stay; no ``id``, by which a page's own scripts find its fields."""

CLASSES = {"table": {"dataframe"}}
"""Classes that may stay, by tag: a page's own styles and scripts act on all others."""

STYLES = frozenset(
    {
        *("background-color", "color", "font-style", "font-weight", "text-align"),
        *("text-decoration", "vertical-align", "white-space", "border", "border-collapse"),
        *(
            "font-family",
            "line-height",
            "overflow-x",
        ),  # as rich prints, for Keras
    }
)
"""Properties that change how a text looks, and never where it stands or what it covers."""

PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
"""Addresses of pictures that are within the page; in an ``img``, no browser runs an SVG."""

ATTACHED = re.compile(r"attachment:[^:]*\Z")
"""Addresses of pictures that are within the notebook."""

LINK = re.compile(r"(?:https?://|mailto:|#)|(?![/\\.])[^:\\]*\Z", re.IGNORECASE)
"""Addresses of links, which only a person follows: none into the server that shows the page."""

_SIZE = re.compile(r"\d{1,4}\Z")

MACROS = (
    *("href", "url", "require", "cssId", "class", "style", "data", "unicode", "csname"),
    *("html", "htmlId", "htmlClass", "htmlStyle", "htmlData", "includegraphics", "mmlToken"),
    *("bbox", "action", "toggle", "texttip", "mathtip", "special"),
)
"""Commands of TeX by which MathJax makes links, loads parts or sets attributes."""

_ACTIVE_MATH = re.compile(rf"\\(?=(?:{'|'.join(MACROS)})(?![A-Za-z]))")

_FUNCTION = re.compile(r"[\\\\@<]|(?<!rgb)(?<!rgba)(?<!hsl)(?<!hsla)\(")
"""What no value of an allowed style needs but colours: a function may fetch something."""

MAX_CHARACTERS = 200_000
"""HTML that is longer, pictures in it not counted, is not shown."""

MAX_DEPTH = 100
"""HTML with more tags open at a time is not shown: a parser's time grows with the square."""

_DATA = re.compile(r"data:image/[a-z+]{1,9};base64,[A-Za-z0-9+/=]*")

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)

_ENDS_BY_ITSELF = frozenset(
    {
        *("p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "tfoot", "option"),
        *("br", "hr", "img", "col", "wbr", "input", "meta", "link", "source", "area"),
    }
)


def clean_html(text: str, *, math: bool = False, comments: bool = False) -> str:
    """Return HTML with nothing in it that runs, fetches, or acts on the page around it.

    Parameters
    ----------
    text : str
        HTML of any origin.
    math : bool, default False
        Whether to leave formulas as they are.
    comments : bool, default False
        Whether to leave comments, too.

    Returns
    -------
    str
        Its text, tables and pictures.

    Examples
    --------
    >>> clean_html('<p onclick="go()">one <script>two()</script><b>three</b></p>')
    '<p>one <b>three</b></p>'
    >>> clean_html('<img src="http://example.org/me.png" alt="me">')
    '<img alt="me">'
    """
    if weight(text) > MAX_CHARACTERS or not _is_shallow(text):
        return f"<p>[{len(text)} characters of HTML are not shown]</p>"
    cleaned = (_WITH_COMMENTS if comments else _CLEANER).clean(text)
    return cleaned if math else disarm_math(cleaned)


def weight(text: str) -> int:
    """Return the number of characters that a parser has to look at, one by one.

    Parameters
    ----------
    text : str
        HTML of any origin.

    Returns
    -------
    int
        Its length without the pictures in it.
    """
    return len(_DATA.sub("", text))


def disarm_math(text: str) -> str:
    r"""Take the backslash from commands of TeX that do more than set a formula.

    Parameters
    ----------
    text : str
        A text that may hold formulas.

    Returns
    -------
    str
        The same, with the names of such commands as plain letters.

    Examples
    --------
    >>> disarm_math(r"$\href{javascript:go()}{x} + \frac12$")
    '$href{javascript:go()}{x} + \\frac12$'
    """
    return _ACTIVE_MATH.sub("", text)


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if PICTURE.match(value) or ATTACHED.match(value) else None
    if name == "href":
        return value if LINK.match(value) else None
    if tag == "img" and name in ("width", "height"):
        return value if _SIZE.match(value) else None
    if name == "style" and _FUNCTION.search(value):
        return None
    return value


def _is_shallow(text: str) -> bool:
    """Say whether at most `MAX_DEPTH` tags are open at a time, whatever closes them."""
    opened = Counter[str]()
    for closing, name in _TAG.findall(text):
        tag = name.lower()
        if tag in _ENDS_BY_ITSELF:
            continue
        opened[tag] = opened[tag] - 1 if closing and opened[tag] else opened[tag] + (not closing)
        if not closing and opened.total() > MAX_DEPTH:
            return False
    return True


def _cleaner(*, strip_comments: bool) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags=set(DROPPED_WHOLE),
        attributes=ATTRIBUTES,
        attribute_filter=_filter_attribute,
        strip_comments=strip_comments,
        allowed_classes=CLASSES,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "mailto", "data", "attachment"},
    )


_CLEANER, _WITH_COMMENTS = _cleaner(strip_comments=True), _cleaner(strip_comments=False)
