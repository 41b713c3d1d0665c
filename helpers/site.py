"""Publish MNIST on this machine as its first home did: a page with links to four files.

The original site no longer hands the files out. Here is one of the same structure, over HTTP on
127.0.0.1. Where there is no network at all, not even to this machine itself, the very same page
and files are published by ``file:`` addresses, which `urllib.request.urlopen` opens as well.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import http.server
import shutil
import socketserver
import tempfile
import threading
import urllib.request
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.data import SPLITS, fetch
from helpers.places import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Site", "open_site"]

PAGE = "index.html"
"""The page's name in its folder."""

TIMEOUT = 5
"""Seconds for the page's first answer; a machine takes milliseconds to answer itself."""

FAST = 1
"""Gzip's level: the page is read right after it was made."""

_HTML = """\
<HTML>
<HEAD><TITLE>MNIST handwritten digit database</TITLE></HEAD>
<BODY>
<H1>THE MNIST DATABASE</H1>
<H2>of handwritten digits</H2>
<P><A HREF="http://yann.lecun.com/">Yann LeCun</A>, Corinna Cortes, Christopher J. C. Burges</P>
<P>A local stand-in for the original page, which had this structure. See the
<A HREF="#files">files</A>, their <A HREF="#format">format</A> and some <A HREF="#errors">error
rates</A>.</P>
<A NAME="files"></A>
<P>Four files are on this site; sizes are those of the unpacked files:</P>
<P>
{files}
</P>
<A NAME="format"></A>
<P>All integers are stored high byte first. Pixels follow row by row, 0 for paper, 255 for ink.</P>
<A NAME="errors"></A>
<TABLE>
<TR><TH>CLASSIFIER</TH><TH>ERROR (%)</TH><TH>PAPER</TH></TR>
<TR><TD>linear, one layer</TD><TD>12.0</TD>
<TD><A HREF="http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf">pdf</A>
<A HREF="http://yann.lecun.com/exdb/publis/psgz/lecun-98.ps.gz">ps.gz</A></TD></TR>
</TABLE>
</BODY>
</HTML>
"""
"""The page, with a place for the links to its files."""

_LINE = '<TT><A HREF="{name}.gz">{name}.gz</A></TT>: {about} ({size} bytes)<BR>'
"""One link, in the tags that the original page had around it."""

_ABOUT = {
    SPLITS["train"].images: "training set images",
    SPLITS["train"].labels: "training set labels",
    SPLITS["test"].images: "test set images",
    SPLITS["test"].labels: "test set labels",
}
"""What the page says of each file."""


class Site:
    """A published folder; also a context manager that closes it.

    Parameters
    ----------
    folder : Path
        Holds `PAGE` and whatever that links to. It belongs to the site: `close` removes it.

    Attributes
    ----------
    address : str
        Of the page, ``http:`` or else ``file:``; `urllib.request.urlopen` opens either.
    obstacle : str
        Why it is not ``http:``; empty if it is.
    """

    def __init__(self, folder: Path) -> None:
        self.obstacle = ""
        self._finish = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._server: _Server | None = None
        try:
            port = self._serve(folder)
            _check(port, (folder / PAGE).read_bytes())
            self.address = f"http://127.0.0.1:{port}/{PAGE}"
        except (OSError, http.client.HTTPException) as error:
            self._stop()
            self.obstacle = str(error)
            self.address = (folder / PAGE).as_uri()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __str__(self) -> str:
        if not self.obstacle:
            return f"serving {self.address}"
        return f"no HTTP here ({self.obstacle}), so the same page is at {self.address}"

    def close(self) -> None:
        """Stop serving and remove the files; closing twice does no harm."""
        self._stop()
        self._finish()

    def _serve(self, folder: Path) -> int:
        """Begin to serve; return the port."""
        self._server = _Server(folder)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self._server.server_address[1]

    def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


def open_site(*, sample: bool = False) -> Site:
    """Publish MNIST's four files, gzip-compressed, with a page that links to them.

    Parameters
    ----------
    sample : bool, default False
        Publish the 750 and 250 images in data/sample under the files' usual names, and touch no
        other data. By default all 70,000, fetched first unless they are on disk.

    Returns
    -------
    site : Site
        To be closed.

    Raises
    ------
    DataError
        If the files are missing and cannot be fetched, or are altered.
    OSError
        If the temporary folder cannot be written.
    """
    paths = [DATA / "sample" / f"{name}.gz" for name in _ABOUT] if sample else fetch("mnist")
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    try:
        sizes = {path.name.removesuffix(".gz"): _publish(path, folder) for path in paths}
        (folder / PAGE).write_text(_page(sizes), encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Site(folder)


def _publish(path: Path, folder: Path) -> int:
    """Put a file into the folder, compressed; return its size when it is not."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    name = f"{path.name.removesuffix('.gz')}.gz"
    (folder / name).write_bytes(gzip.compress(data, FAST, mtime=0))
    return len(data)


def _page(sizes: Mapping[str, int]) -> str:
    lines = [_LINE.format(name=n, about=about, size=sizes[n]) for n, about in _ABOUT.items()]
    return _HTML.format(files="\n".join(lines))


def _check(port: int, page: bytes) -> None:
    """Read the page the way a student will; a proxy, say, may stand in between."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{PAGE}", timeout=TIMEOUT) as answer:
        found = answer.read(len(page) + 1)
    if found != page:
        raise OSError(f"another page came back, {len(found)} bytes of it, expected {len(page)}")


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Stay silent: a notebook shows stderr as an error."""


class _Server(socketserver.ThreadingTCPServer):
    """Serves one folder on a free port that this machine alone can reach.

    Not `http.server.HTTPServer`, which first asks for this machine's name, over the network.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer one request.

        Parameters
        ----------
        request : socket.socket
            The connection.
        client_address : tuple
            Of the reader.
        """
        with contextlib.suppress(ConnectionError):  # the reader has left
            _Handler(request, client_address, self, directory=self._folder)
