"""The notebook that decodes IDX files, its first part: notebook 01."""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import tempfile
import textwrap
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup

from benchmarks.sources.claims import (
    CHOICE,
    IDX,
    OUTDATED,
    RIGHT,
    WRONG,
    Finding,
    claim,
    quoted,
    run,
)
from helpers.data import fetch, load_sample
from helpers.registry import DATA
from helpers.site import open_site

if TYPE_CHECKING:
    from collections.abc import Callable

SITE = quoted(IDX, 33, "rootUrl = 'http://yann.lecun.com/exdb/mnist/'")
SCRAPER = quoted(IDX, 56, "files = [tt.a.string for tt in soup.find_all('tt')[:4]]")
HEADER = quoted(
    IDX, 196, "magic_number2, image_count, row, col = struct.unpack('>IIII', image_f.read(16))"
)
CALLS = (
    quoted(IDX, 350, "decoding_mnist_rawData(maxCount=30000)"),
    quoted(IDX, 353, "decoding_mnist_rawData(dataStyle='t10k', maxCount=10000)"),
)
OPENING = quoted(
    IDX,
    312,
    """
def decoding_mnist_rawData(dataStyle='train', maxCount=0):
    label_f = open('./data/mnist/{}-labels-idx1-ubyte'.format(dataStyle), 'rb')
    image_f = open('./data/mnist/{}-images-idx3-ubyte'.format(dataStyle), 'rb')
    csv_f = open('./data/mnist/{}.csv'.format(dataStyle), 'w', encoding='utf-8', newline='')

    magic_number, label_count = struct.unpack('>II', label_f.read(4 + 4))
    magic_number2, image_count, row, col = struct.unpack('>IIII', image_f.read(4 + 4 + 4 + 4))

    if maxCount > image_count:
        print('개수의 범위를 넘었습니다. 최소 %s개 이내' % image_count)
        return
""",
)
ELSE = quoted(
    IDX,
    324,
    """
    elif maxCount == -1:
        maxCount = image_count

    elif maxCount < -1:
        print('개수의 범위를 넘었습니다. 최소 %s개 이내' % image_count)
        return

    pixels = row * col
""",
)
LOOP = quoted(
    IDX,
    334,
    """
        if idx >= maxCount: break
        label_tmp = struct.unpack('B', label_f.read(1))
        label = label_tmp[0]
        binaryData = image_f.read(pixels)
        strData = list(map(lambda x: str(x), binaryData))
        csv_f.write(str(label) + ',')
        csv_f.write(','.join(strData) + '\\n')
""",
)


@dataclass(frozen=True)
class Call:
    """What a call of the document's function did.

    Attributes
    ----------
    said : str
        What it printed.
    csv : str
        Its CSV file; before the call that holds a line of an earlier run.
    left_open : int
        Files that were not closed.
    unpacked : int
        How often it called ``struct.unpack``.
    """

    said: str
    csv: str
    left_open: int
    unpacked: int


class Counter:
    """Stands in for a function, and counts what it is called for."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.results: list[Any] = []

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call the function."""
        self.results.append(self.function(*arguments, **options))
        return self.results[-1]


SOURCE = (
    f"{OPENING.text}\n\n{textwrap.indent(ELSE.text, '    ')}\n"
    f"    for idx in range(maxCount):\n{textwrap.indent(LOOP.text, '        ')}\n"
    "    label_f.close()\n    image_f.close()\n    csv_f.close()\n"
)
"""The document's function, but for its progress bar."""


def decoded(**limits: int) -> Call:
    """Call the document's function on the sample's 750 training images."""
    unpack, opened = Counter(struct.unpack), Counter(open)
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path("data/mnist")
        folder.mkdir(parents=True)
        for path in (DATA / "sample").glob("train*.gz"):
            (folder / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        table = folder / "train.csv"
        table.write_text("5,0,0,0\n")
        names: dict[str, Any] = {"struct": SimpleNamespace(unpack=unpack), "open": opened}
        exec(SOURCE, names)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            names["decoding_mnist_rawData"](**limits)
        left_open = sum(not file.closed for file in opened.results)
        for file in opened.results:
            file.close()
        return Call(said.getvalue().strip(), table.read_text(), left_open, len(unpack.results))


@claim("idx-site", SITE, OUTDATED)
def site() -> Finding:
    """The site does not hand out the files; on a page with its tags the scraper works."""
    with open_site(sample=True) as ours:
        page = urllib.request.urlopen(ours.address).read()  # noqa: S310  # on this machine
    soup = BeautifulSoup(page, "html.parser")
    files = run(SCRAPER, soup=soup)["files"]
    address = f"http://yann.lecun.com/exdb/mnist/{files[0]}"
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # http, as quoted
            served = answer.read(2) == b"\x1f\x8b"
        seen = "hands out a gzip file" if served else "hands out something else"
    except urllib.error.HTTPError as error:
        served, seen = False, f"answers {error.code}"
    except OSError as error:
        served, seen = False, f"cannot be asked from here: {error}"
    right = len(files) == 4 and all(file.endswith("-ubyte.gz") for file in files)
    return Finding(right and not served, f"on our page the scraper finds {files}; the site {seen}")


@claim(
    "idx-sum",
    quoted(IDX, 163, "8 + 60000 = 60004byte"),
    WRONG,
)
def total() -> Finding:
    """The header is counted rightly, as 8 bytes, and the sum is 60,008."""
    path = next(path for path in fetch("mnist") if path.name.startswith("train-labels"))
    there = len(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    return Finding(8 + 60000 == there == 60_008, f"8 + 60000 = {8 + 60000}, the file has {there}")


@claim(
    "idx-axes",
    quoted(IDX, 168, "가로 크기(픽셀 수)"),
    WRONG,
)
def axes() -> Finding:
    """The third number is the rows, as the code's own `row, col` has it."""
    narrow = io.BytesIO(struct.pack(">4i", 2051, 1, 28, 20) + bytes(28 * 20))
    found = run(HEADER, struct=struct, image_f=narrow)
    right = (found["row"], found["col"]) == (28, 20)
    return Finding(right, f"of 28 rows of 20 the code reads row {found['row']}, col {found['col']}")


@claim(
    "idx-limit",
    quoted(IDX, 321, "최소 %s개 이내"),
    WRONG,
)
def limit() -> Finding:
    """At least N, and within it: a contradiction, and -2 gets the same words."""
    many, below = decoded(maxCount=751).said, decoded(maxCount=-2).said
    return Finding("최소 750개 이내" in many and many == below, f"for 751 and for -2: {many}")


@claim(
    "idx-emptied",
    quoted(
        IDX,
        315,
        "csv_f = open('./data/mnist/{}.csv'.format(dataStyle), 'w', encoding='utf-8', newline='')",
    ),
    WRONG,
)
def emptied() -> Finding:
    """The CSV file is emptied before the limit is checked, and three files stay open."""
    call = decoded(maxCount=751)
    found = f"{len(call.csv)} characters are left of the CSV; {call.left_open} files are open"
    return Finding(call.csv == "" and call.left_open == 3, found)


@claim(
    "idx-default",
    quoted(IDX, 312, "maxCount=0"),
    CHOICE,
)
def default() -> Finding:
    """Without a limit the function writes no line, and says nothing."""
    call, whole = decoded(), decoded(maxCount=-1).csv.count("\n")
    found = f"{call.csv.count(chr(10))} lines, message {call.said!r}; with -1 {whole} lines"
    return Finding(call.csv == call.said == "" and whole == 750, found)


@claim(
    "idx-comment",
    quoted(IDX, 347, "훈련용은 750개만 준비, 테스트용은 250개만 준비한다."),
    WRONG,
)
def comment() -> Finding:
    """The comment says 750 and 250, the code below it 30,000 and 10,000."""
    asked: list[int] = []
    for line in CALLS:
        run(line, decoding_mnist_rawData=lambda **options: asked.append(options["maxCount"]))
    return Finding(asked == [30_000, 10_000], f"the code asks for {asked}")


@claim(
    "idx-struct",
    quoted(IDX, 251, "binaryData = image_f.read(pixels)"),
    RIGHT,
)
def struct_calls() -> Finding:
    """It calls struct once a label; the pixels of an image are read at once."""
    calls = decoded(maxCount=100).unpacked
    return Finding(calls == 2 + 100, f"{calls} calls for two headers and 100 images")


@claim(
    "idx-size",
    quoted(IDX, 228, "7840016"),
    RIGHT,
)
def size() -> Finding:
    """16 bytes and 10,000 images; the first test label is a 7."""
    label = int(load_sample()[3][0])
    there = 4 + 4 + 4 + 4 + 10000 * 28 * 28
    return Finding(there == 7_840_016 and label == 7, f"{there} bytes, first label {label}")
