"""What submissions put into their outputs and texts to act on whoever opens them."""

from __future__ import annotations

import base64

import nbformat
from nbformat import NotebookNode

PNG = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
).decode()

CALL = "document.title='ran';fetch('http://127.0.0.1:9/x')"
"""What a script does that a page ran: something that a browser's driver notices."""

HTML = {
    "script": f"<p>plot</p><script>{CALL}</script>",
    "handler": f'<img src=x onerror="{CALL}">',
    "handler_of_svg": f'<svg onload="{CALL}"><circle r=9></svg>',
    "script_in_svg": f"<svg><script>{CALL}</script></svg>",
    "foreign": f'<svg><foreignObject><iframe srcdoc="<script>{CALL}</script>"></foreignObject></svg>',
    "link": f'<a href="javascript:{CALL}" id=go>go</a>',
    "link_with_tab": f'<a href="java&#9;script:{CALL}">go</a>',
    "frame": f'<iframe srcdoc="<script>parent.{CALL}</script>"></iframe>',
    "object": "<object data='http://127.0.0.1:9/x'></object><embed src='http://127.0.0.1:9/y'>",
    "refresh": '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
    "base": '<base href="http://127.0.0.1:9/">',
    "form": '<form action="/formgrader/x" method="post"><input name=a autofocus onfocus="go()"></form>',
    "stylesheet": '<link rel=stylesheet href="http://127.0.0.1:9/"><style>@import "http://127.0.0.1:9/";</style>',
    "style_hides": "<style>.score, .panel-heading { display: none }</style>",
    "style_covers": '<div style="position:fixed;top:0;left:0;width:100%;height:100%">You have 100</div>',
    "style_fetches": '<p style="background:url(http://127.0.0.1:9/x)">a</p>',
    "border_fetches": '<p style="border:1px url(http://127.0.0.1:9/x)">a</p>',
    "tracker": '<img src="http://127.0.0.1:9/x.png">',
    "set_of_pictures": '<img srcset="http://127.0.0.1:9/x.png 2x"><video poster="http://127.0.0.1:9/x">',
    "logout": '<img src="../../../logout">',
    "template": f"<template><script>{CALL}</script></template>",
    "reparsed": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "comment": f"<!--><script>{CALL}</script>-->",
    "noscript": f'<noscript><p title="</noscript><script>{CALL}</script>"></noscript>',
    "config": f'<script type="text/x-mathjax-config">{CALL}</script>',
    "formula": r"$\href{javascript:alert(1)}{x}$ \(\require{x} \cssId{test-double}{y}\)",
    "fields": '<input id="test-double" class="score"><button class="full-credit">Full credit</button>',
}
"""HTML by what it tries; each is tried as an output and in a text."""

TEXT = {
    "link": f"[go](javascript:{CALL.replace(' ', '')})",
    "link_by_name": "[go][1]\n\n[1]: javascript:alert(1)",
    "coded_link": "[go](&#106;avascript:alert(1))",
    "picture": "![x](http://127.0.0.1:9/x.png)",
    "picture_by_name": "![x][1]\n\n[1]: http://127.0.0.1:9/x.png",
    "picture_from_server": "![x](/logout)",
    "no_such_picture": "![x](attachment:none.png)",
    "formula": r"$\href{javascript:alert(1)}{x}$",
    "split_formula": r"$\hr<!-- -->ef{javascript:alert(1)}{x}$",
    "half_code": "`a` <script>alert(1)</script> `",
    "many": "<a " * 4000,
}
"""Markdown by what it tries."""

BUNDLES = {
    "javascript": {"application/javascript": CALL},
    "svg": {
        "image/svg+xml": f'<svg xmlns="http://www.w3.org/2000/svg"><script>{CALL}</script></svg>'
    },
    "widget": {"application/vnd.jupyter.widget-view+json": {"model_id": "x</script><script>"}},
    "vega": {"application/vnd.vegalite.v5+json": {"data": {"url": "http://127.0.0.1:9/x"}}},
    "pdf": {"application/pdf": "JVBERi0="},
    "picture": {"image/png": f'x"><script>{CALL}</script>'},
    "jpeg": {"image/jpeg": f'/9j/" onerror="{CALL}'},
    "latex": {"text/latex": r"$\href{javascript:alert(1)}{x}$"},
    "html_as_list": {"text/html": ["<script>", CALL, "</script>"]},
    "odd_type": {
        "text/html; charset=x": f"<script>{CALL}</script>",
        "TEXT/HTML": "<script>1</script>",
    },
    "mermaid": {"text/vnd.mermaid": 'graph TD; A["<img src=x onerror=alert(1)>"]'},
}
"""Outputs by their kind."""


def hostile_notebook() -> NotebookNode:
    """Return a notebook that tries all of it, and every place of metadata, too."""
    new = nbformat.v4
    outputs = [new.new_output("display_data", data) for data in BUNDLES.values()]
    outputs += [new.new_output("display_data", {"text/html": text}) for text in HTML.values()]
    sized = {"image/png": {"width": f"1 onerror={CALL}", "height": 4, "alt": '"><script>'}}
    outputs.append(new.new_output("display_data", {"image/png": PNG}, metadata=sized))
    isolated = {"text/html": {"isolated": True}}
    outputs.append(new.new_output("display_data", {"text/html": HTML["script"]}, metadata=isolated))
    outputs.append(new.new_output("stream", text=f"\x1b[31m{HTML['script']}\x1b[0m"))
    outputs.append(
        new.new_output("error", ename="<b>", evalue=HTML["script"], traceback=[HTML["handler"]])
    )
    tricked = {"tags": ['x" onclick="go()', "a b full-credit"], "magics_language": '"><script>'}
    marks = {"grade_id": f'"><script>{CALL}</script>', "grade": True, "solution": True}
    marked = {"nbgrader": marks | {"comment": HTML["script"], "points": "<b>", "locked": False}}
    cells = [
        new.new_code_cell("1", outputs=outputs, metadata=tricked | {"alt": '"><script>'}),
        new.new_code_cell(HTML["script"], metadata=marked),
        new.new_raw_cell(HTML["script"], metadata={"raw_mimetype": "text/html"}),
        *(new.new_markdown_cell(text) for text in (*HTML.values(), *TEXT.values())),
        new.new_markdown_cell(
            "![a](attachment:a.png) ![b](attachment:b.svg)",
            attachments={
                "a.png": {"image/png": PNG},
                "b.svg": {"image/svg+xml": base64.b64encode(b"<svg onload='x()'/>").decode()},
                "c": {'x"><script>': f"<script>{CALL}</script>"},
            },
        ),
    ]
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"x": "</script><script>"}}}
    return new.new_notebook(cells=cells, metadata={"title": "</title><script>", "widgets": state})


def displays() -> str:
    """Return code that displays all of it when it runs."""
    shown = [*BUNDLES.values(), *({"text/html": text} for text in HTML.values())]
    return (
        f"from IPython.display import display\nfor data in {shown!r}:\n    display(data, raw=True)"
    )
