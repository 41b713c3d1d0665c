# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 Decoding IDX files, byte by byte
#
# Before anyone can learn from data, someone has to read it. MNIST, 70,000 images of handwritten
# digits, comes in a format of its own. You will find the files on a web page, download them, and
# take them apart until a digit looks at you.
#
# **After this notebook you will be able to**
#
# - find links on a web page and download what they lead to, with a progress bar;
# - read a binary file's header, and say what a wrong byte order makes of it;
# - compute where in a file a given pixel is;
# - write images in formats that other programs open: PGM and CSV;
# - decode 47 million pixels without a loop, and say what the loop would have cost;
# - notice a file that is cut off, or is not what its name says.
#
# **How it works.** Cells with `# YOUR CODE HERE` are yours. Read the docstring above that line:
# it says what goes in and what comes out. The cell after it checks your answer and gives a hint
# if it fails; further checks on other data run when your work is graded.
# A *warm-up* takes a minute, *core* is what the notebook is about, a *stretch* asks for more.
# Add cells of your own wherever you like.
#
# This notebook is graded by points: the mark is the share of all 100 that you get.
#
# **What you need.** Python's lists, loops and `with`, and numpy arrays as far as shapes and slices.
# **Time:** about four hours: half an hour for sections 1 and 2, an hour and a half for 3 and 4, an
# hour for 5 to 7, and an hour for the rest.
#
# **Where it comes from.** From a Korean notebook, “the original” below; the [last section](#Source)
# names it. Boxes quote its lines, translate them, and say of each whether the original *got it
# wrong*, whether it is *outdated* since, or what the original *chose*. `make sources` runs the
# lines that they quote, and `docs/sources.md` says where everything in it has gone.
#
# The original begins with the steps of any project with data. Here they are, with their places in
# this course; the original itself skips the fourth and the last.
#
# | | step | here |
# |---|---|---|
# | 1 | set a goal | read digits that nobody has seen: the end of notebook 03 |
# | 2 | get the data | sections 1 and 2: a page with links, a download, unpacking |
# | 3 | prepare them | sections 3 to 8: decode, check, make rows, normalise |
# | 4 | explore them | “Look first”, at the head of notebooks 02 to 05 |
# | 5 | model | choose a method, split, learn, predict, evaluate: notebooks 02 to 05 |
# | 6 | put it to work | a function `predict` that another program calls: 03 and 05 |

# %%
# Where the course is not installed, as on Colab or Kaggle, this installs it from its wheel.
# Elsewhere it only offers %check and %submit.
import importlib.util

if importlib.util.find_spec("helpers") is None:
    import subprocess
    import sys
    from pathlib import Path

    places = [Path.cwd(), Path.cwd().parent, *Path("/kaggle/input").glob("*")]
    wheels = sorted(str(file) for place in places for file in place.glob("digits_course-*.whl"))
    source = wheels[-1] if wheels else globals().get("course_address", "")
    assert source, "put the course's digits_course-....whl beside this notebook, and run this again"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", source]
    subprocess.run(pip, check=True)
    subprocess.run([sys.executable, "-m", "helpers.course.install"], check=True)
    importlib.invalidate_caches()

from helpers.course import magics

magics.load()

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import gzip
import math
import struct
import sys
import tempfile
import time
import tracemalloc
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

# %% nbgrader={"grade": false, "grade_id": "more-imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
from bs4 import BeautifulSoup
from PIL import Image
from tqdm import tqdm

from helpers.exercises import explain_open_exercises
from helpers.figures import describe, describe_figures
from helpers.idx import read_idx
from helpers.plots import digit_grid
from helpers.site import open_site

explain_open_exercises()

# %% [markdown]
# One switch makes everything smaller: with `quick = True` the files hold the first 750 and 250
# images instead of 60,000 and 10,000. Type what you like; grading sets it to `True`.

# %% tags=["parameters"]
quick = False

# %% nbgrader={"grade": false, "grade_id": "sizes", "locked": true, "schema_version": 3, "solution": false, "task": false}
table_size = 200 if quick else 3_000  # images that go into a CSV file
plt.rcParams["figure.dpi"] = 40 if quick else 100
describe_figures()

# %% [markdown]
# ## 1 A page with four links
#
# > **What is outdated in the original, and how to see it.** It downloads from MNIST's first home,
# > `yann.lecun.com/exdb/mnist`, which was right in its day. That site no longer hands the files
# > out. Code that depends on a page that someone else runs works until it doesn't.
# >
# > So the next cell starts a small web server on your own machine, with the real files and a page
# > whose links stand in the same tags. The cell after it says where the page is.
# >
# > [The original](#Source), line 33: “`rootUrl = 'http://yann.lecun.com/exdb/mnist/'`” (the page's
# > address).

# %% nbgrader={"grade": false, "grade_id": "site", "locked": true, "schema_version": 3, "solution": false, "task": false}
site = open_site(sample=quick)

# %% tags=["nbval-ignore-output"]
print(site)

# %% [markdown]
# A computer whose network is switched off altogether cannot even talk to itself. The same page is
# then reached by a `file:` address, which the message above says, with the reason. `urlopen` opens
# either kind, so everything below works in both cases. This is the part of the page with the links:

# %% tags=["nbval-check-output"]
with urlopen(site.address) as answer:
    page = answer.read().decode()
print(page[page.index("<P>Four files") : page.index('<A NAME="format">')])

# %% [markdown]
# `HTMLParser` from the standard library reads such text and calls a method of yours for each tag:

# %% tags=["nbval-check-output"]
class TagPrinter(HTMLParser):
    def handle_starttag(self, tag, attributes):
        print(tag, attributes)


TagPrinter().feed('<P>A <A HREF="paper.pdf">paper</A>, an <a name="end">anchor</a></P>')

# %% [markdown]
# It writes tags and the names of attributes in lower case for you. Some `a` tags have no `href`.
#
# Most links are *relative*: they say where to go from the page they stand on. `urljoin` makes
# them full addresses:

# %% tags=["nbval-check-output"]
for link in ("paper.pdf", "/paper.pdf", "http://example.org/paper.pdf"):
    print(urljoin("http://127.0.0.1:8000/mnist/index.html", link))
# %% [markdown]
# The original reads the page with the library *BeautifulSoup* and its companion *html5lib*. (We let
# it use Python's own parser, which does for this page.) It takes the first four `tt` tags, for
# that is what its page has around the links, and the text of each link for its address: the two
# are the same there, as it notes. Its line 56:

# %% tags=["nbval-check-output"]
soup = BeautifulSoup(page, "html.parser")
print([tt.a.string for tt in soup.find_all("tt")[:4]])

# %% [markdown]
# Short, and true of one page. A fifth `tt`, a link with other words, and it goes wrong without an
# error. So go by what a link *is*: where it leads.

# %% [markdown]
# **Exercise 1 (core, 10 points).** Write `find_links`, with `HTMLParser` or in any other way.

# %% nbgrader={"grade": false, "grade_id": "find-links", "locked": false, "schema_version": 3, "solution": true, "task": false}
def find_links(page, address):
    """List the data files that a page links to.

    page: str, HTML; tags and attributes in upper or lower case, values in double or single quotes
    address: str, where the page is, such as "http://127.0.0.1:8000/mnist/index.html"
    Returns a list or tuple of str, in the order of the page: the full address of each link
    (<a href="...">) that ends in "ubyte.gz". Other tags count for nothing.
    """
    ### BEGIN SOLUTION
    found = []

    class LinkReader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            link = dict(attributes).get("href") or ""
            if tag == "a" and link.endswith("ubyte.gz"):
                found.append(urljoin(address, link))

    LinkReader().feed(page)
    return found
    ### END SOLUTION
    raise NotImplementedError("find_links: return the full addresses of the data files, in order")

# %% nbgrader={"grade": true, "grade_id": "check-find-links", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that find_links finds the data files of a small page."""
from helpers.exercises import call, passed

small_page = """<HTML><BODY><P><A NAME="top">Files</A>, after a <A HREF="paper.ps.gz">paper</A>:
<A HREF="b-ubyte.gz">b</A> and <A HREF="a-ubyte.gz">a</A></P></BODY></HTML>"""
found_links = call(find_links, small_page, "http://127.0.0.1:8000/mnist/index.html")
hint = f"expected a list or tuple of links, not {type(found_links).__name__}"
assert isinstance(found_links, (list, tuple)), hint
hint = f"{len(found_links)} links, expected 2: those that end in ubyte.gz"
assert len(found_links) == 2, hint
expected = ["http://127.0.0.1:8000/mnist/b-ubyte.gz", "http://127.0.0.1:8000/mnist/a-ubyte.gz"]
assert list(found_links) == expected, f"expected {expected}, not {list(found_links)}"
passed("find_links", 4, hidden=6)

# %% nbgrader={"grade": true, "grade_id": "check-find-links-more", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
"""Check that find_links reads HTML in other styles, and links of every kind."""
from helpers.compare import check_distinct
from helpers.exercises import call

page_address = "http://127.0.0.1:9/data/digits/files.html"
# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
styled_page = """<html><head><link href="style-ubyte.gz"></head><body>
<a name='first-ubyte.gz'></a><ul>
<li><a class="data" href='one-ubyte.gz'>one</a> <li><A TARGET="_top" HREF="/a-ubyte.gz">two</A>
<li><a href="http://example.org/three-ubyte.gz">three</a> <li><a href="four-ubyte">four</a>
<li><a href="five.ps.gz">five</a>
<li><a href="six-ubyte.gz.md5">six</a>
</ul></body></html>"""
one, two = "http://127.0.0.1:9/data/digits/one-ubyte.gz", "http://127.0.0.1:9/a-ubyte.gz"
three = "http://example.org/three-ubyte.gz"
moved = ["https://example.org/a/one-ubyte.gz", "https://example.org/a-ubyte.gz", three]
mistakes = {
    "contains for ends in": [one, two, three, "http://127.0.0.1:9/data/digits/six-ubyte.gz.md5"],
    "every tag with href": ["http://127.0.0.1:9/data/digits/style-ubyte.gz", one, two, three],
    "links as they stand": ["one-ubyte.gz", "/a-ubyte.gz", three],
    "pasted to the folder": [one, one[:-12] + "/a-ubyte.gz", one[:-12] + three],
    "by the alphabet": sorted([one, two, three]),
    "the first page's address": moved,
}
check_distinct([one, two, three], mistakes)
ends = "<a href='x-ubyte.gz'>x</a> <A HREF='c/w-ubyte.gz'>"
for html, where, expected in (
    (styled_page, page_address, [one, two, three]),
    (styled_page, "https://example.org/a/b.html", moved),
    (ends, "file:///t/i.html", ["file:///t/x-ubyte.gz", "file:///t/c/w-ubyte.gz"]),
):
    found_links = call(find_links, html, where)
    told = "links can be in lower case, in single quotes, or come after other attributes; "
    hint = told + "only those of an a tag count, and only if they end in ubyte.gz"
    count = f"{len(found_links)} links, expected {len(expected)}"
    assert len(found_links) == len(expected), f"{count}: {hint}"
    hint = "join each link to the page's address with urljoin, and keep the order"
    assert list(found_links) == expected, f"{list(found_links)}: {hint}"
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
links = find_links(page, site.address)
for link in links:
    print(link.split("/")[-1])

# %% [markdown]
# ## 2 Download and unpack
#
# `urlopen(url)` gives an answer that is read like a file: `answer.read(n)` returns the next `n`
# bytes, fewer at the end, and then `b""`. `answer.headers["Content-Length"]` says how many bytes
# there are in all, as text, or is `None` if nobody knows.
#
# While bytes arrive, `tqdm` draws a bar. It is told how much there is and, at each step, how much
# has come; `file=sys.stdout` draws it below the cell and not among the errors:

# %% tags=["nbval-ignore-output"]
with tqdm(total=12, unit="B", file=sys.stdout) as bar:
    for part in (b"hand", b"writ", b"ten!"):
        time.sleep(0.1)
        bar.update(len(part))

# %% [markdown]
# **Exercise 2 (core, 8 points).** Write `download`. Your bar is for you to look at; the points are
# for the bytes.

# %% nbgrader={"grade": false, "grade_id": "download", "locked": false, "schema_version": 3, "solution": true, "task": false}
def download(url, chunk=65_536, show=False):
    """Read all bytes behind an address, piece by piece.

    url: str, anything that urlopen opens: http:, file: and data: addresses
    chunk: how many bytes to ask for at a time
    show: whether to draw a progress bar on sys.stdout (tqdm has disable=True for False)
    Returns bytes, exactly as they were sent: a compressed file stays compressed.
    """
    ### BEGIN SOLUTION
    content = bytearray()
    with urlopen(url) as answer:
        size = int(answer.headers["Content-Length"] or 0)
        with tqdm(total=size, unit="B", unit_scale=True, file=sys.stdout, disable=not show) as bar:
            while part := answer.read(chunk):
                content += part
                bar.update(len(part))
    return bytes(content)
    ### END SOLUTION
    raise NotImplementedError("download: return all bytes behind the address")

# %% nbgrader={"grade": true, "grade_id": "check-download", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
"""Check that download gives all bytes of a data: address, which holds its content itself."""
import base64
from helpers.exercises import call, passed

sent = bytes(range(256)) * 10
address = "data:application/octet-stream;base64," + base64.b64encode(sent).decode()
arrived = call(download, address, chunk=1000)
assert isinstance(arrived, (bytes, bytearray)), f"expected bytes, not {type(arrived).__name__}"
first = ": keep reading until read(chunk) returns no bytes" if arrived == sent[:1000] else ""
assert len(arrived) == 2560, f"{len(arrived)} bytes arrived, expected 2560{first}"
assert arrived == sent, "expected the very bytes that were sent, in their order"
passed("download", 3, hidden=5)

# %% nbgrader={"grade": true, "grade_id": "check-download-more", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
"""Check that download gives any number of bytes, unchanged."""
import base64
import gzip
from helpers.compare import check_distinct
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
head = "data:application/octet-stream;base64,"
for size in (0, 1, 999, 1000, 1001, 2000, 123_456):
    sent = bytes((k * k + 10) % 251 for k in range(size))  # begins with the end of a line
    if size == 123_456:
        pieces = [sent[k : k + 1000] for k in range(0, size, 1000)]
        mistakes = {"the first piece": pieces[0], "the last": pieces[-1], "stripped": sent.strip()}
        mistakes |= {"whole pieces": b"".join(pieces[:-1]), "turned": b"".join(pieces[::-1])}
        check_distinct(sent, mistakes)
    arrived = call(download, head + base64.b64encode(sent).decode(), chunk=1000)
    assert isinstance(arrived, (bytes, bytearray)), f"expected bytes, not {type(arrived).__name__}"
    assert arrived == sent, f"{size} bytes were sent, {len(arrived)} or other ones arrived"
sent = gzip.compress(b"a file stays as it is")
arrived = call(download, head + base64.b64encode(sent).decode())
assert arrived == sent, "a compressed file should stay compressed"
### END HIDDEN TESTS

# %% [markdown]
# Now for the real files. How long is a download from your own machine? (The original saves each
# file to a folder by `urlretrieve`, reads it back by `gzip.open`, and writes what comes out under
# the same name without `.gz`. Here all of it stays in memory, so nothing is left to clear away.)

# %% tags=["nbval-ignore-output"]
names = [link.split("/")[-1].removesuffix(".gz") for link in links]
zipped = {name: download(link, show=True) for name, link in zip(names, links, strict=True)}

# %% [markdown]
# The name says `.gz`, and so do the first two bytes: every gzip file begins with `1f 8b`.
# `gzip.decompress` unpacks it.

# %% tags=["nbval-check-output"]
files = {name: gzip.decompress(content) for name, content in zipped.items()}
for name, data in files.items():
    print(zipped[name][:2].hex(" "), f"{len(data):>12,} bytes", name)

# %% [markdown]
# > **What the original got wrong, and how to see it.** It adds up the size of the file with 60,000
# > labels. It counts the header rightly, two numbers of four bytes, and then the sum is wrong. The
# > list above says 60,008. Nobody computes such sums for fun: they are there to be compared with a
# > file. The next cell does so. Whoever believes the sum and skips four bytes reads four labels
# > that are none, and every other label four places late.
# >
# > [The original](#Source), line 163: “8 + 60000 = 60004byte” (the size of the file of labels).

# %% tags=["nbval-check-output"]
images_file = files["train-images-idx3-ubyte"]
labels_file = files["train-labels-idx1-ubyte"]
print("header of the labels:", labels_file[:8].hex(" ", 4))
print("after four bytes:", list(labels_file[4:12]))
print("after eight bytes:", list(labels_file[8:16]))
print(f"{len(labels_file):,} - 8 = {len(labels_file) - 8:,} labels")

# %% [markdown]
# ## 3 The header, and which end comes first
#
# A byte holds 0 to 255: 2^8 values, the last of which is `0xFF` in hexadecimal. Larger numbers take
# several bytes, and somebody has to say in which order. IDX is *big-endian*: the high byte comes
# first, as we write 2051 with the thousands first, and as the internet's protocols send their
# numbers (*network byte order*). Most of today's processors do it the other way, *little-endian*.
# The original's example is the number `0x12345678`:

# %% tags=["nbval-check-output"]
for order in ("big", "little"):
    print(f"{order:>6}-endian:", (0x12345678).to_bytes(4, order).hex(" "))

# %% [markdown]
# `struct.unpack` takes `">"` for the one and `"<"` for the other; `"4i"` stands for four integers
# of four bytes. (The original writes `"IIII"`, integers without a sign: the same below 2^31.)

# %% tags=["nbval-check-output"]
print(images_file[:16].hex(" ", 4))
print("big-endian:   ", struct.unpack(">4i", images_file[:16]))
print("little-endian:", struct.unpack("<4i", images_file[:16]))

# %% [markdown]
# Nothing fails in the last line. The numbers are just wrong, and at a size of 1.6 billion images
# of 470 million rows at least they look it. The first number, the *magic number*, is there to tell:
#
# | first number | file of | next numbers | header |
# |---|---|---|---|
# | 2049 | labels | how many | 8 bytes |
# | 2051 | images | how many, rows, columns | 16 bytes |
#
# **Exercise 3 (core, 12 points).** Write `read_header`.

# %% nbgrader={"grade": false, "grade_id": "read-header", "locked": false, "schema_version": 3, "solution": true, "task": false}
def read_header(data):
    """Read the numbers that a file begins with.

    data: bytes, a whole file of labels or images, or only its beginning
    Returns a tuple or list of two: the magic number, an integer, and a tuple or list of the
    sizes that follow it, integers in the file's order: one for labels, three for images.
    Raises ValueError if the magic number is neither 2049 nor 2051, or if data ends before the
    header does. No data at all is a header that ends too early.
    """
    ### BEGIN SOLUTION
    magic = int.from_bytes(data[:4], "big")
    if magic not in (2049, 2051):
        raise ValueError(f"the first number is {magic}, expected 2049 or 2051")
    count = 1 if magic == 2049 else 3
    if len(data) < 4 + 4 * count:
        raise ValueError(f"{len(data)} bytes, expected a header of {4 + 4 * count}")
    return magic, struct.unpack(f">{count}i", data[4 : 4 + 4 * count])
    ### END SOLUTION
    raise NotImplementedError("read_header: return the magic number and the sizes after it")

# %% nbgrader={"grade": true, "grade_id": "check-read-header", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that read_header reads the header of 60,000 labels."""
import struct
import numpy as np
from helpers.compare import check_equal, check_parts
from helpers.exercises import call, passed

header = call(read_header, struct.pack(">2i", 2049, 60_000) + bytes([5, 0, 4]))
header = check_parts(header, "the magic number", "a tuple or list of the sizes")
hint = "the magic number (17301504 is 2049 read from the wrong end)"
check_equal(header[0], 2049, hint)
hint = f"the sizes are {header[1]}, expected a tuple or list that holds just 60000"
assert np.shape(header[1]) == (1,), hint
check_equal(header[1], [60_000], "the sizes")
passed("read_header", 4, hidden=8)

# %% nbgrader={"grade": true, "grade_id": "check-read-header-more", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
"""Check that read_header reads headers of images too, and refuses what is none."""
import struct
from helpers.compare import check_distinct, check_equal, check_parts
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
def header_error(data):
    try:
        read_header(data)
    except ValueError:
        return "ValueError"
    except struct.error as error:
        return f"struct.error: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


images_header = struct.pack(">4i", 2051, 70_000, 5, 3)
mistakes = {"little-endian": struct.unpack("<3i", images_header[4:])}
mistakes |= {"columns before rows": (70_000, 3, 5), "the last first": (3, 5, 70_000)}
mistakes |= {"magic among the sizes": (2051, 70_000, 5), "two bytes each": (1, 4464, 0)}
check_distinct([70_000, 5, 3], mistakes)
for data, wanted_magic, wanted_sizes in (
    (images_header + bytes(105), 2051, [70_000, 5, 3]),
    (images_header, 2051, [70_000, 5, 3]),  # a header alone is the beginning of a file
    (struct.pack(">2i", 2049, 300) + bytes(1), 2049, [300]),
    (struct.pack(">2i", 2049, 0), 2049, [0]),
):
    magic, sizes = check_parts(call(read_header, data), "the magic number", "the sizes")
    check_equal(magic, wanted_magic, "the magic number")
    check_equal(sizes, wanted_sizes, "the sizes: images, rows, columns, in the file's order")
for magic in (0, 2048, 2050, 2052, 0x01080000, 0x03080000):
    raised = header_error(struct.pack(">4i", magic, 1, 1, 1) + bytes(1))
    assert raised == "ValueError", f"magic number {magic}: {raised}, expected a ValueError"
whole = struct.pack(">4i", 2051, 7, 5, 3)
for short in (b"", whole[:3], whole[:8], whole[:15], struct.pack(">i", 2049)):
    raised = header_error(short)
    hint = "expected a ValueError"
    assert raised == "ValueError", f"a header that ends after {len(short)} bytes: {raised}, {hint}"
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
for name, data in files.items():
    print(read_header(data), name)

# %% [markdown]
# ## 4 The first image, by hand
#
# After the header the pixels follow, one byte each: image after image, in each image row after
# row. So before pixel (r, c) of image k there are k whole images, r whole rows and c pixels:
#
# $$\text{position} = 16 + (k \cdot \text{rows} + r) \cdot \text{columns} + c$$
#
# **Exercise 4 (core, 12 points).** Write `decode_image`. Loops are fine: we want to understand it.
# Your `read_header` knows the sizes; if it is still open, `struct.unpack` does, too.

# %% nbgrader={"grade": false, "grade_id": "decode-image", "locked": false, "schema_version": 3, "solution": true, "task": false}
def decode_image(data, k):
    """Decode one image.

    data: bytes, a whole file of images
    k: which image, counted from 0
    Returns the grey levels, integers from 0 to 255: a list of rows, or an array of shape
    (rows, columns).
    Raises IndexError if there is no image k in the file. Negative k do not count from the end.
    """
    ### BEGIN SOLUTION
    count, rows, columns = read_header(data)[1]
    if not 0 <= k < count:
        raise IndexError(f"image {k}, expected 0 to {count - 1}")
    image = []
    for r in range(rows):
        start = 16 + (k * rows + r) * columns
        image.append([data[start + c] for c in range(columns)])
    return image
    ### END SOLUTION
    raise NotImplementedError("decode_image: return the rows of image k")

# %% nbgrader={"grade": true, "grade_id": "check-decode-image", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that decode_image decodes the first of two images with 2 rows and 3 columns."""
import struct
import numpy as np
from helpers.compare import check_equal
from helpers.exercises import call, passed

two_images = struct.pack(">4i", 2051, 2, 2, 3) + bytes([0, 1, 2, 253, 254, 255] + 6 * [9])
decoded = call(decode_image, two_images, 0)
hint = "2 rows of 3 pixels: [[0, 1, 2], [253, 254, 255]]"
check_equal(decoded, [[0, 1, 2], [253, 254, 255]], hint)
passed("decode_image", 4, hidden=8)

# %% nbgrader={"grade": true, "grade_id": "check-decode-image-more", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
"""Check that decode_image finds every image of a file, and no other."""
import struct
import numpy as np
from helpers.compare import check_distinct, check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
def image_error(data, k):
    try:
        decode_image(data, k)
    except IndexError:
        return "IndexError"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


made = np.random.default_rng(1).integers(0, 256, (4, 5, 3), dtype=np.uint8)
mistakes = {"column by column": made[2].T.reshape(5, 3), "signed bytes": made[2].astype(np.int8)}
mistakes |= {"the first image": made[0], "the next image": made[3], "inverted": 255 - made[2]}
check_distinct(made[2], mistakes)
for count in (4, 2):  # also of files that differ in nothing but how many images there are
    file_of_images = struct.pack(">4i", 2051, count, 5, 3) + made[:count].tobytes()
    for k in range(count):
        hint = f"image {k} of {count} with 5 rows and 3 columns is not the one in the file"
        check_equal(call(decode_image, file_of_images, k), made[k], hint)
    for k in (count, count + 1, -1, -count):
        raised = image_error(file_of_images, k)
        assert raised == "IndexError", f"image {k} of {count}: {raised}, expected an IndexError"
### END HIDDEN TESTS

# %% [markdown]
# There it is. Each grey level becomes a character, the larger the darker:

# %% tags=["nbval-check-output"]
first = decode_image(images_file, 0)
for row in first[5:25]:
    print("".join(" .:+#"[level // 52] for level in row))

# %% [markdown]
# The label file agrees: its first label, above, is a 5. The original takes the test files, and its
# first label is a 7:

# %% tags=["nbval-check-output"]
print("first test label:", files["t10k-labels-idx1-ubyte"][8])

# %%
twenty = [decode_image(images_file, k) for k in range(20)]
digit_grid(twenty, list(labels_file[8:28]));

# %% [markdown]
# > **What the original got wrong, and how to see it.** Its list of the header has the width third
# > and the height fourth. Its code reads `row, col`, in the format's order; text and code differ.
# > With 28 of each nobody can notice. So cut the image to 28 rows of 20 columns, write that as a
# > file, and read its two numbers both ways. Left: rows first, as the code has it. Right: columns
# > first, as the list has it.
# >
# > [The original](#Source), line 168: “가로 크기(픽셀 수)” (width, the number of pixels).

# %%
narrow = np.array(first, np.uint8)[:, 4:24]
narrow_file = struct.pack(">4i", 2051, 1, *narrow.shape) + narrow.tobytes()
third, fourth = struct.unpack(">2i", narrow_file[8:16])
pixels = np.frombuffer(narrow_file, np.uint8, offset=16)
_, axes = plt.subplots(1, 2, figsize=(5, 2.6), layout="constrained")
for ax, height, width in ((axes[0], third, fourth), (axes[1], fourth, third)):
    digit_grid(pixels.reshape(1, height, width), ax=ax)
    ax.set_title(f"{height} rows, {width} columns", fontsize=10)

# %% [markdown]
# ## 5 How many?
#
# 60,000 images are many while one tries things out. The original's function takes a limit,
# `maxCount`: -1 stands for all there are, any other number for that many from the beginning.
# What if there are fewer? Better an error now than a table that is shorter than anyone thinks.
#
# **Exercise 5 (core, 8 points).** Write `count_of`. You can use it twice in section 7.

# %% nbgrader={"grade": false, "grade_id": "count-of", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_of(max_count, available):
    """Say how many items to take.

    max_count: -1 for all that are available, or a number from 0 to available
    available: how many items there are, 0 or more
    Returns that number, an integer.
    Raises ValueError for any other max_count; its message holds both numbers, such as 4321 and
    1234, or 4,321 and 1,234.
    """
    ### BEGIN SOLUTION
    if max_count == -1:
        return available
    if 0 <= max_count <= available:
        return max_count
    raise ValueError(f"max_count is {max_count}, expected -1 (all) or at most {available}")
    ### END SOLUTION
    raise NotImplementedError("count_of: return how many items to take")

# %% nbgrader={"grade": true, "grade_id": "check-count-of", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
"""Check that count_of takes -1 for all, and other numbers as they are."""
from helpers.compare import check_equal
from helpers.exercises import call, passed

check_equal(call(count_of, -1, 60), 60, "-1 of 60 should take all")
check_equal(call(count_of, 5, 60), 5, "5 of 60 should take as many")
passed("count_of", 3, hidden=5)

# %% nbgrader={"grade": true, "grade_id": "check-count-of-more", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
"""Check that count_of is right at the limits, and refuses what is beyond."""
from helpers.compare import check_distinct, check_equal
from helpers.exercises import call

items = 60
# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
def count_error(max_count, available):
    try:
        return f"no error but {count_of(max_count, available)}"
    except ValueError as error:
        return f"ValueError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


limits = ((0, items, 0), (59, items, 59), (60, items, 60), (-1, 0, 0), (-1, 1, 1), (7, 8, 7))
mistakes = {"0 for all": [there if limit == 0 else n for limit, there, n in limits]}
mistakes |= {"a slice's -1": [range(there)[:limit].stop for limit, there, _ in limits]}
mistakes |= {"all, always": [there for _, there, _ in limits]}
check_distinct([n for _, _, n in limits], mistakes)
for limit, there, wanted in limits:
    check_equal(call(count_of, limit, there), wanted, f"how many {limit} of {there} should take")
for limit, there in ((61, items), (-2, items), (-60, items), (1, 0)):
    raised = count_error(limit, there)
    hint = f"{limit} of {there}: {raised}, expected a ValueError"
    assert raised.startswith("ValueError"), hint
raised = count_error(4321, 1234)
digits = raised.replace(",", "").replace("_", "")
assert "4321" in digits and "1234" in digits, f"{raised!r} should name both numbers"
### END HIDDEN TESTS

# %% [markdown]
# > **What the original got wrong, and how to see it.** Asked for too many, it stops, rightly, and
# > prints two words that contradict each other, “at least” and “within”. Whoever goes by the first
# > asks for more. -2 gets the same message, which says nothing of what is wrong with -2. Name the
# > offending value and what was expected, and such a slip shows at once. Here is yours: does it
# > say "at most"?
# >
# > [The original](#Source), line 321: “최소 %s개 이내” (at least %s, within).

# %% tags=["nbval-check-output"]
available = len(labels_file) - 8
try:
    count_of(available + 1, available)
except ValueError as error:
    print(error)

# %% [markdown]
# ## 6 An image that other programs open
#
# PGM, *portable grey map*, is about the simplest image format there is, and image viewers know it.
# A short header in plain text:
#
# - `P5` says: a grey map, the pixels as bytes;
# - the width, a space, the height;
# - the largest grey level, 255;
#
# each line ends in `\n`, and right after the third the pixels follow, row by row, one byte each.
# (`P2` says that they follow as numbers in plain text, with white space between them.)
#
# Mind the order: IDX has rows first, hence height and then width. PGM has it the other way round.
#
# **Exercise 6 (core, 10 points).** Write `pgm`.

# %% nbgrader={"grade": false, "grade_id": "pgm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pgm(image):
    """Write an image as a PGM file.

    image: list of rows, or array of shape (rows, columns), integers from 0 to 255, any dtype
    Returns bytes, the content of a PGM file of type P5 or P2, with the grey levels as they are.
    """
    ### BEGIN SOLUTION
    height, width = len(image), len(image[0])
    return f"P5\n{width} {height}\n255\n".encode() + b"".join(bytes(list(row)) for row in image)
    ### END SOLUTION
    raise NotImplementedError("pgm: return the bytes of a PGM file")

# %% nbgrader={"grade": true, "grade_id": "check-pgm", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that an image library opens what pgm writes."""
import io
import numpy as np
from PIL import Image
from helpers.compare import check_equal
from helpers.exercises import call, passed


def opened(content):
    try:
        return np.asarray(Image.open(io.BytesIO(content), formats=["PPM"]))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


content = call(pgm, [[0, 1, 2], [253, 254, 255]])
assert isinstance(content, (bytes, bytearray)), f"expected bytes, not {type(content).__name__}"
read_back = opened(content)
assert not isinstance(read_back, str), f"the image cannot be opened: {read_back}"
turned = ": width comes first" if read_back.shape == (3, 2) else ""
hint = f"2 rows of 3 pixels became an image of shape {read_back.shape}{turned}"
assert read_back.shape == (2, 3), hint
hint = "expected [[0, 1, 2], [253, 254, 255]], in this order"
check_equal(read_back, [[0, 1, 2], [253, 254, 255]], hint)
passed("pgm", 4, hidden=6)

# %% nbgrader={"grade": true, "grade_id": "check-pgm-more", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
"""Check that pgm writes images of other sizes and types."""
import io
import numpy as np
from PIL import Image
from helpers.compare import check_distinct
from helpers.data import load_sample
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
# Grey levels that are also white space or digits, and must not be taken for part of the header.
awkward = np.array([[10], [32], [49], [13], [0], [9], [32]])
large = np.random.default_rng(6).integers(0, 256, (41, 50))
digit = load_sample()[0][5]
mistakes = {"column by column": digit.T, "inverted": 255 - digit, "halved": digit // 2}
mistakes |= {"upside down": digit[::-1], "stretched to 255": digit // 3 * 255.0 / 85}
check_distinct(digit, mistakes)
for written in (digit, digit // 3, large, large.T, awkward, awkward.T.tolist()):
    content = call(pgm, written)
    try:
        read_back = np.asarray(Image.open(io.BytesIO(content), formats=["PPM"])).tolist()
    except Exception as error:
        read_back = f"{type(error).__name__}: {error}"
    hint = f"an image of shape {np.shape(written)} came back as {str(read_back)[:60]}"
    assert read_back == np.asarray(written).tolist(), hint
### END HIDDEN TESTS

# %% [markdown]
# Write it to disk. The folder vanishes when the notebook's kernel stops; the next cell says where
# it is, so that you can open the file in an image viewer of your own.

# %%
folder = tempfile.TemporaryDirectory(prefix="digits-")

# %%
first_pgm = pgm(first)
path = Path(folder.name, "first.pgm")
path.write_bytes(first_pgm);

# %% tags=["nbval-ignore-output"]
print(path)

# %% tags=["nbval-check-output"]
picture = Image.open(path)
print(picture.format, picture.size, picture.mode)
print("same pixels:", np.array_equal(picture, first))

# %% [markdown]
# This is what a viewer shows. MNIST counts ink and says 255 for a black stroke; for a viewer 255
# is white. So the digit is light on dark. Neither is wrong: a number means what its format says.

# %%
plt.figure(figsize=(1.4, 1.4))
plt.imshow(picture, cmap="gray")
plt.axis("off")
describe("The first digit as a viewer shows it: a light stroke on a dark ground.")

# %% [markdown]
# ## 7 A table, written and read
#
# CSV, *comma-separated values*, is what spreadsheets and other languages read: a line an image,
# first its label, then its pixels, row by row. No line with titles.
#
# **Exercise 7 (core, 12 points).** Write `to_csv`, with your `count_of`, or without if it is still
# open.

# %% nbgrader={"grade": false, "grade_id": "to-csv", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_csv(images, labels, max_count=-1):
    """Write images and their labels as lines of comma-separated numbers.

    images: array of integers from 0 to 255, shape (n, rows, columns)
    labels: array or list of n integers
    max_count: how many images to write, from the first one on; -1 for all
    Returns str: a line for each image, the label and then its pixels, row by row, as integers.
    Raises ValueError if max_count is neither -1 nor from 0 to n.
    """
    ### BEGIN SOLUTION
    lines = []
    for k in range(count_of(max_count, len(images))):
        numbers = [labels[k], *(level for row in images[k] for level in row)]
        lines.append(",".join(map(str, numbers)) + "\n")
    return "".join(lines)
    ### END SOLUTION
    raise NotImplementedError("to_csv: return a line for each image, label first")

# %% nbgrader={"grade": true, "grade_id": "check-to-csv", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that to_csv writes a line for each image, label first."""
import numpy as np
from helpers.exercises import call, passed

pair = np.array([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 255]]], np.uint8)
written = call(to_csv, pair, [7, 3])
assert isinstance(written, str), f"expected one str, not {type(written).__name__}"
lines = [line.replace(" ", "") for line in written.splitlines() if line.strip()]
assert len(lines) == 2, f"2 images should make 2 lines, not {len(lines)}"
assert lines[0] == "7,0,1,2,3,4,5", f"expected the line 7,0,1,2,3,4,5 and not {lines[0]}"
assert lines[1] == "3,6,7,8,9,10,255", f"expected the line 3,6,7,8,9,10,255 and not {lines[1]}"
passed("to_csv", 4, hidden=8)

# %% nbgrader={"grade": true, "grade_id": "check-to-csv-more", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
"""Check that to_csv heeds max_count."""
import numpy as np
from helpers.compare import check_distinct
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
def writing_error(*arguments):
    try:
        to_csv(*arguments)
    except ValueError:
        return "ValueError"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


random = np.random.default_rng(2)
made, digits = random.integers(0, 256, (5, 4, 3), dtype=np.uint8), np.uint8([4, 0, 9, 1, 1])
wide, wide_digits = random.integers(0, 256, (40, 6, 7)), random.integers(0, 10, 40).tolist()
rows = made.reshape(5, 12)
mistakes = {"label last": np.column_stack([rows, digits])}
mistakes |= {"column by column": np.column_stack([digits, made.swapaxes(1, 2).reshape(5, 12)])}
mistakes |= {"counted instead of labelled": np.column_stack([range(5), rows])}
mistakes |= {"the last first": np.column_stack([digits, rows])[::-1]}
check_distinct(np.column_stack([digits, rows]), mistakes)
for pictures, marks, limit, wanted in (
    *((made, digits, limit, wanted) for limit, wanted in ((-1, 5), (5, 5), (2, 2), (1, 1), (0, 0))),
    (made, digits[::-1], -1, 5),  # the same images under other labels
    (wide, wide_digits, -1, 40),
    (wide, wide_digits, 39, 39),
):
    lines = [line for line in call(to_csv, pictures, marks, limit).splitlines() if line.strip()]
    of = f"max_count={limit} of {len(pictures)} images"
    hint = f"{of} should make {wanted} lines, not {len(lines)}"
    assert len(lines) == wanted, hint
    table = [[int(cell) for cell in line.split(",")] for line in lines]
    hint = f"{of}: expected the first {wanted} images, label first, row by row"
    expected = [[marks[k], *pictures[k].ravel()] for k in range(wanted)]
    assert table == expected, hint
for limit in (6, -2):
    raised = writing_error(made, digits, limit)
    assert raised == "ValueError", f"max_count={limit} of 5: {raised}, expected a ValueError"
### END HIDDEN TESTS

# %% [markdown]
# > **What the original chose, and how to see it.** The default of its `maxCount` is 0. So who calls
# > the writer without a limit gets a file of no lines at all, and no error. A default should be
# > what most callers want, here -1.
# >
# > [The original](#Source), line 312: “`maxCount=0`” (the limit's default).

# %% tags=["nbval-check-output"]
images = np.array([decode_image(images_file, k) for k in range(table_size)], np.uint8)
labels = np.frombuffer(labels_file, np.uint8, offset=8, count=table_size)
for max_count in (0, 1, -1):
    text = to_csv(images, labels, max_count)
    print(f"max_count {max_count}: lines {text.count(chr(10)):,}, characters {len(text):,}")

# %% [markdown]
# > **What the original got wrong, and how to see it.** The worst of its mistakes is one of order:
# > it opens the CSV file for writing, which *empties* it, and only then looks at the limit. So a
# > call with one image too many prints a message and returns, and the table of yesterday is gone;
# > three files stay open as well. Check first, then touch what exists:
# >
# > [The original](#Source), line 315: “`csv_f = open('./data/mnist/{}.csv'.format(dataStyle), 'w',
# > encoding='utf-8', newline='')`” (it opens the file; the check comes five lines below).

# %% tags=["nbval-check-output"]
table = Path(folder.name, "yesterday.csv")
for asked in (100, 101):  # and 100 images are all there are
    with table.open("w") as csv_file:
        if asked <= 100:
            csv_file.write(to_csv(images, labels, asked))
    print(f"asked for {asked} of 100: {len(table.read_text().splitlines())} lines in the file")

# %% [markdown]
# Now the way back. A CSV file knows its numbers and has forgotten that 784 of them were 28 rows of
# 28: that knowledge stood in the header that we threw away.
#
# **Exercise 8 (stretch, 10 points).** Write `from_csv`, with or without `count_of`.

# %% nbgrader={"grade": false, "grade_id": "from-csv", "locked": false, "schema_version": 3, "solution": true, "task": false}
def from_csv(text, max_count=-1):
    """Read what to_csv writes.

    text: str, lines of comma-separated integers, a label and then d pixels. Lines end in LF
    or, as on Windows, in CR LF; the last one may lack its end. There are no blanks or blank lines.
    max_count: how many lines to read, from the first one on; -1 for all
    Returns a tuple or list of two arrays of numbers: the pixels, shape (n, d), and the labels,
    shape (n,), where n is the number of lines read, 1 too. If it is 0, d may be any number.
    Raises ValueError if max_count is neither -1 nor from 0 to the number of lines.
    """
    ### BEGIN SOLUTION
    lines = text.splitlines()
    lines = lines[: count_of(max_count, len(lines))]
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines])
    table = table.reshape(len(lines), -1 if lines else 1)  # no lines are a table, too
    return table[:, 1:], table[:, 0]
    ### END SOLUTION
    raise NotImplementedError("from_csv: return the pixels and the labels")

# %% nbgrader={"grade": true, "grade_id": "check-from-csv", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
"""Check that from_csv gives pixels and labels."""
import numpy as np
from helpers.compare import check_equal, check_parts, check_shape
from helpers.exercises import call, passed

read = call(from_csv, "7,0,1,2,3\n3,6,7,8,9\n5,252,253,254,255\n")
given_pixels, given_labels = check_parts(read, "the pixels", "the labels")
check_shape(given_labels, (3,), "the labels of 3 lines")
check_shape(given_pixels, (3, 4), "the pixels of 3 lines")
check_equal(given_labels, [7, 3, 5], "the labels are the first number of each line")
pixels = [[0, 1, 2, 3], [6, 7, 8, 9], [252, 253, 254, 255]]
check_equal(given_pixels, pixels, "the pixels are all numbers of a line but the first")
passed("from_csv", 4, hidden=6)

# %% nbgrader={"grade": true, "grade_id": "check-from-csv-more", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
"""Check that from_csv heeds max_count, and reads lines as Windows ends them."""
import numpy as np
from helpers.compare import check_distinct, check_equal, check_parts, check_shape
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
def reading_error(*arguments):
    try:
        from_csv(*arguments)
    except ValueError:
        return "ValueError"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


random = np.random.default_rng(3)
table, many = random.integers(0, 256, (6, 13)), random.integers(0, 256, (70, 9))
table[:, 0] %= 10
many[:, 0] %= 10
mistakes = {"label last": table[:, :-1], "label and all": table, "bytes": np.int8(table[:, 1:])}
mistakes |= {"the last lines": table[::-1, 1:], "turned": table[:, 1:].T.reshape(6, 12)}
mistakes |= {"flat": table[:, 1:].ravel()}
check_distinct(table[:, 1:], mistakes)
cases = [(table, end, limit) for end in ("\n", "\r\n") for limit in (-1, 6, 4, 1)]
cases += [(table[:1], "\n", -1), (table[:, :2], "\n", -1), (many, "\n", 69)]
for written, end, limit in cases:
    lines = [",".join(map(str, line)) for line in written.tolist()]
    read = call(from_csv, end.join(lines), limit)
    read_pixels, read_labels = check_parts(read, "the pixels", "the labels")
    right = written if limit == -1 else written[:limit]
    hint = f"max_count={limit} of {len(lines)} lines of a label and {len(written[0]) - 1} pixels"
    check_shape(read_labels, right[:, 0].shape, f"{hint}, their labels")
    check_shape(read_pixels, right[:, 1:].shape, f"{hint}, their pixels")
    check_equal(read_labels, right[:, 0], f"{hint}, their labels")
    check_equal(read_pixels, right[:, 1:], f"{hint}, their pixels")
lines = [",".join(map(str, line)) for line in table.tolist()]
nothing = check_parts(call(from_csv, "\n".join(lines), 0), "the pixels", "the labels")
found = [len(np.atleast_1d(part)) for part in nothing]
assert found == [0, 0], f"max_count=0 should give no pixels and no labels, not {found} of them"
for limit in (7, -2):
    raised = reading_error("\n".join(lines), limit)
    assert raised == "ValueError", f"max_count={limit} of 6 lines: {raised}, expected a ValueError"
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
path = Path(folder.name, "train.csv")
path.write_text(text, newline="")
rows, row_labels = from_csv(path.read_text())
print(rows.shape, row_labels.shape)
print("same images:", np.array_equal(rows.reshape(-1, 28, 28), images))
print("same labels:", np.array_equal(row_labels, labels))

# %% [markdown]
# The original wrote 30,000 training and 10,000 test images this way. How large is that, at so many
# bytes an image?
#
# > **What the original got wrong, and how to see it.** Its code asks for 30,000 and 10,000. The
# > comment above the code speaks of 750 and 250, and a report further down is of 250 test images,
# > so an earlier version took these: whoever changes a number has to look for its other places.
# >
# > [The original](#Source), line 347: “훈련용은 750개만 준비, 테스트용은 250개만 준비한다.” (for
# > training only 750 are prepared, for testing only 250).

# %% tags=["nbval-check-output"]
print(f"40,000 images as CSV: about {40_000 * len(text) / len(images) / 1e6:.0f} MB")
print(f"40,000 images as IDX: about {40_000 * 784 / 1e6:.0f} MB")

# %% [markdown]
# ## 8 From 0..255 to 0..1
#
# Most learning methods like numbers around 1. The original has a cell that brings them there as it
# reads its CSV file back. Each grey level must become the same number, whatever else is in the
# batch.
#
# **Exercise 9 (warm-up, 1 point).** Write `normalise`.

# %% nbgrader={"grade": false, "grade_id": "normalise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def normalise(images):
    """Bring grey levels to the range from 0 to 1.

    images: array of integers from 0 to 255, of any shape and dtype
    Returns floats of any precision, of the same shape: 0 becomes 0, and 255 becomes 1.
    """
    ### BEGIN SOLUTION
    return images / 255
    ### END SOLUTION
    raise NotImplementedError("normalise: return floats from 0 to 1")

# %% nbgrader={"grade": true, "grade_id": "check-normalise", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
"""Check that normalise gives floats from 0 to 1."""
import numpy as np
from helpers.compare import check_equal, check_shape
from helpers.data import load_sample
from helpers.exercises import call, passed

sample = load_sample()[0][:50]
scaled = check_shape(call(normalise, sample), (50, 28, 28), "50 images")
cut = ": use / and not //" if np.array_equal(scaled, sample // 255) else ""
assert scaled.dtype.kind == "f", f"expected floats, not {scaled.dtype}{cut}"
assert scaled.min() == 0, f"the lightest pixel is {scaled.min()}, expected 0"
hint = "255 becomes 1, and every other grey level a share of 255"
check_equal(scaled, sample / 255, hint, atol=1e-3)
passed("normalise", 0.5, hidden=0.5)

# %% nbgrader={"grade": true, "grade_id": "check-normalise-more", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
"""Check that normalise treats every pixel by the same rule, in any batch."""
import numpy as np
from helpers.compare import check_distinct, check_equal, check_shape
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
random = np.random.default_rng(4)
batches = [((2, 28, 28), 100, np.uint8), ((3, 784), 255, int), ((7,), 9, int)]
for shape, brightest, dtype in (*batches, ((7,), 254, np.uint8), ((7,), 1, np.int16)):
    batch = random.integers(0 if brightest == 1 else 3, brightest + 1, shape).astype(dtype)
    batch.flat[0] = brightest
    mistakes = {"whole numbers": batch // 255, "around 0": batch / 127.5 - 1}
    if brightest == 100:
        mistakes |= {"the batch's largest": batch / 100, "its share": batch / batch.sum()}
    check_distinct(batch / 255, mistakes, atol=1e-3)
    scaled = check_shape(call(normalise, batch), shape, "as many as there were")
    check_equal(scaled.flat[0], brightest / 255, f"grey level {brightest}", atol=1e-3)
    check_equal(scaled, batch / 255, "divide every grey level by 255", atol=1e-3)
### END HIDDEN TESTS

# %% tags=["nbval-check-output"]
scaled = normalise(rows)
print(scaled.dtype, scaled.min(), scaled.max(), scaled.shape)
print("mean grey level:", round(float(scaled.mean()), 3))

# %% [markdown]
# ## 9 When a file is not what it seems
#
# A download breaks off. A file gets another's name. What happens then?
#
# **Cut off while it was still compressed.** A gzip file marks its own end, so a missing end is
# noticed:

# %% tags=["nbval-check-output"]
try:
    gzip.decompress(zipped["train-labels-idx1-ubyte"][:-100])
except EOFError as error:
    print("EOFError:", error)

# %% [markdown]
# **Cut off after it was unpacked**, here by exactly ten images. The popular one-liner below asks no
# questions. It drops the header without a look and takes as many images as there are.

# %% tags=["nbval-check-output"]
short = images_file[: -10 * 784]
print("the header says:", read_header(short)[1])
print("we get:", np.frombuffer(short, np.uint8, offset=16).reshape(-1, 28, 28).shape)

# %% [markdown]
# **Mislabelled.** First line: a file of labels, whose header is read as that of images. Second
# line: a file of images, taken for labels, of which these are the first.

# %% tags=["nbval-check-output"]
print("images, rows, columns:", struct.unpack(">3i", labels_file[4:16]))
print("labels:", list(images_file[8:20]))

# %% [markdown]
# Labels 0 and 28, without any error: those are the bytes of the rest of the header. Only the magic
# number could have told, and only if someone had looked at it.
#
# ## 10 The whole file at once
#
# `np.frombuffer(data, np.uint8, offset=16)` takes the bytes as they lie in memory for an array. It
# copies nothing and loops over nothing. `reshape` then says how they are arranged.
#
# **Exercise 10 (stretch, 12 points).** Write `decode`, which trusts no file, with your
# `read_header` or by looking at the header itself. Full points at any speed; how fast it is comes
# next.

# %% nbgrader={"grade": false, "grade_id": "decode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def decode(data):
    """Decode a whole file of labels or images.

    data: bytes, the whole file; its magic number says which of the two it is
    Returns the numbers from 0 to 255: shape (n,) for labels, (n, rows, columns) for images.
    Raises ValueError if the header is none, if bytes are missing, or if there are too many.
    """
    ### BEGIN SOLUTION
    _, sizes = read_header(data)
    offset = 4 + 4 * len(sizes)
    expected = offset + math.prod(sizes)
    if len(data) != expected:
        raise ValueError(f"{len(data)} bytes, expected {expected} for the sizes {sizes}")
    return np.frombuffer(data, np.uint8, offset=offset).reshape(sizes)
    ### END SOLUTION
    raise NotImplementedError("decode: return an array of all labels or all images")

# %% nbgrader={"grade": true, "grade_id": "check-decode", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
"""Check that decode decodes images and labels."""
import struct
import numpy as np
from helpers.compare import check_equal, check_shape
from helpers.exercises import call, passed

made = np.random.default_rng(5).integers(0, 256, (4, 5, 3), dtype=np.uint8)
decoded = call(decode, struct.pack(">4i", 2051, 4, 5, 3) + made.tobytes())
check_shape(decoded, (4, 5, 3), "4 images of 5 rows and 3 columns")
check_equal(decoded, made, f"4 images of 5 rows and 3 columns; the first row is {made[0, 0]}")
decoded = call(decode, struct.pack(">2i", 2049, 3) + bytes([5, 0, 4]))
check_shape(decoded, (3,), "3 labels, after a header of 8 bytes")
check_equal(decoded, [5, 0, 4], "the labels 5, 0, 4, after a header of 8 bytes")
passed("decode", 5, hidden=7)

# %% nbgrader={"grade": true, "grade_id": "check-decode-more", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
"""Check that decode refuses what is not exactly one file."""
import struct
import numpy as np
from helpers.compare import check_distinct, check_equal
from helpers.exercises import call

# Hidden tests run here when your work is graded.
### BEGIN HIDDEN TESTS
def decoding_error(data):
    try:
        decode(data)
    except ValueError:
        return "ValueError"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


made = np.arange(232, 256).reshape(6, 2, 2)
narrow = np.random.default_rng(5).integers(0, 256, (3, 7, 2))
six = struct.pack(">4i", 2051, 6, 2, 2) + bytes(made.ravel().tolist())
three = struct.pack(">4i", 2051, 3, 7, 2) + bytes(narrow.ravel().tolist())
five = struct.pack(">2i", 2049, 5) + bytes([9, 0, 1, 200, 8])
mistakes = {"columns before rows": narrow.reshape(3, 2, 7), "signed bytes": narrow.astype(np.int8)}
mistakes |= {"column by column": narrow.swapaxes(1, 2).reshape(3, 7, 2), "flat": narrow.ravel()}
check_distinct(narrow, mistakes)
for data, wanted in ((six, made), (three, narrow), (five, [9, 0, 1, 200, 8])):
    check_equal(call(decode, data), wanted, f"a whole file of {len(data)} bytes")
for data, cut in ((six, 1), (six, 4), (six, 24), (five, 1), (five, 5)):
    raised = decoding_error(data[:-cut])
    assert raised == "ValueError", f"{cut} bytes cut off: {raised}, expected a ValueError"
for data, extra in ((six, 1), (six, 4), (five, 1)):
    raised = decoding_error(data + bytes(extra))
    assert raised == "ValueError", f"{extra} bytes too many: {raised}, expected a ValueError"
for data in (struct.pack(">4i", 2050, 6, 2, 2) + bytes(24), struct.pack("<2i", 2049, 5) + bytes(5)):
    raised = decoding_error(data)
    assert raised == "ValueError", f"starts with {data[:4].hex()}: {raised}, expected a ValueError"
### END HIDDEN TESTS

# %% [markdown]
# All four files at once. The course's own reader, `helpers.idx.read_idx`, should agree:

# %% tags=["nbval-check-output"]
for name, data in files.items():
    array = decode(data)
    print(array.shape, "as read_idx has it:", np.array_equal(array, read_idx(data)))

# %% [markdown]
# And what do the two readers say to files like those of section 9? Would your own messages help
# someone who has never seen your code?

# %% tags=["nbval-check-output"]
for broken in (short, images_file + b"\n", labels_file[:6], b"GIF89a"):
    for reader in (decode, read_idx):
        try:
            reader(broken)
        except ValueError as error:
            print(f"{reader.__name__:>8}: {error}")

# %% [markdown]
# ## 11 What does it cost?
#
# Four ways to handle the same images: a loop that calls `struct` once a pixel, writing and reading
# CSV, and your `decode`. (The original calls `struct` once a *label*, and reads the 784 pixels of
# an image at once.) First the loop, and a function that measures.
# Time is the processor's, so that other programs do not count. Memory is the most that Python held
# at any moment; because watching it slows everything down, that is a second run.

# %% nbgrader={"grade": false, "grade_id": "loop-decode", "locked": true, "schema_version": 3, "solution": false, "task": false}
def loop_decode(data):
    """Decode all pixels of a file of images, one at a time."""
    pixels = []
    for position in range(16, len(data)):
        pixels.append(struct.unpack_from(">B", data, position)[0])
    return pixels

# %% nbgrader={"grade": false, "grade_id": "measure", "locked": true, "schema_version": 3, "solution": false, "task": false}
def measure(work):
    """Return the CPU seconds and the peak of memory, in bytes, that a call of work takes."""
    start = time.process_time()
    work()
    seconds = time.process_time() - start
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak

# %%
part = struct.pack(">4i", 2051, *images.shape) + images.tobytes()
ways = {
    "loop over pixels": lambda: loop_decode(part),
    "CSV, written": lambda: to_csv(images, labels),
    "CSV, read": lambda: from_csv(text),
    "vectorised": lambda: decode(part),
}
cost = {name: measure(way) for name, way in ways.items()}

# %% tags=["nbval-ignore-output", "stored-output"]
_, axes = plt.subplots(1, 2, figsize=(8, 2.4), sharey=True, layout="constrained")
nanoseconds = [seconds * 1e9 / images.size for seconds, _ in cost.values()]
peaks = [peak / images.size for _, peak in cost.values()]
for ax, values in zip(axes, (nanoseconds, peaks)):
    bars = ax.barh(list(cost), values, color="#0b4f8a")
    ax.bar_label(bars, fmt="%.3g", padding=3)
    ax.set(xscale="log", xlim=(min(values) / 3, 9 * max(values)))
axes[0].invert_yaxis()
axes[0].set_xlabel("CPU nanoseconds a pixel")
axes[1].set_xlabel("bytes of memory a pixel, at the peak");

# %% [markdown]
# Both axes are logarithmic: a step is a factor of ten. The bars differ from machine to machine and
# from run to run. What does not differ:

# %% tags=["nbval-check-output"]
fast, small = cost["vectorised"]
for name in ("loop over pixels", "CSV, written", "CSV, read"):
    print(f"{name}: over 100 times the CPU time of the vectorised way: {cost[name][0] > 100 * fast}")
for name in ("loop over pixels", "CSV, read"):
    print(f"{name}: 8 bytes a pixel or more: {cost[name][1] >= 8 * images.size}")
print("vectorised: under a tenth of a byte a pixel:", small < 0.1 * images.size)

# %% [markdown]
# A list of numbers needs 8 bytes for each, just to say where the number is. The array of bytes
# needs one, and not even that here: it *is* the file's content, seen in another way. Python's
# speed is fine as long as Python does not touch every pixel.
#
# Try it with the original's 30,000 training images if you like: put `table_size = 30_000` into a
# cell of your own at the start of section 7 and run everything from there. The bars on the right,
# times 24 million pixels, say how much memory that takes.
#
# **Question (5 points, read by a person).** A colleague's program decodes the images with the
# one-liner of section 9, the labels likewise, and trains on both without another look. One night
# the download of the images breaks off. What will the program do, who would notice, and what would
# you change? And another colleague asks for the digits, to look at in a spreadsheet: in which of
# the three formats would you hand them over, and why? Six sentences are plenty.

# %% [markdown] nbgrader={"grade": true, "grade_id": "judgement", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# It depends on where the file breaks off. At the end of an image nothing fails at all: there are
# fewer images than labels, and if later code pairs them off one by one it simply learns from
# fewer. Anywhere else `reshape` fails, with a message about sizes that names neither the file nor
# the download. Nobody would notice the first case unless they print the shapes. I would compare
# the length with what the header says, check the magic number, compare a checksum of the download,
# and stop with an error that names the file, what was found and what was expected. For a
# spreadsheet I would hand over CSV, because it opens there, and a small excerpt, because it is
# more than twice as large as IDX and slow to read; I would write down separately that the 784
# columns are 28 rows of 28, since CSV does not say so. PGM holds no labels and one image a file.

# %% [markdown]
# We are done with the server:

# %%
site.close()

# %% [markdown]
# ## Summary
#
# - A binary file is bytes and an agreement. Byte order, order of sizes, length of the header: none
#   of it fails loudly when it is wrong, so check the magic number and the length.
# - Test with images that are not square, and with numbers above 127.
# - A limit needs a meaning for "all", for 0 and for too much, and a default that people want.
#   Check it before you open a file for writing.
# - An error should name the offending value and what was expected.
# - CSV opens anywhere, and costs space, time, and the shape. PGM is a picture with three lines of
#   text before it.
# - Let numpy take bytes as they are: no loop, no copy.

# %% [markdown]
# ## Self-test
#
# Ten questions, which nobody grades. Answer each in a sentence before you open it.
#
# <details><summary>1. How many bytes has a file of 60,000 labels, header and all?</summary>
#
# 60,008: two numbers of four bytes each, then one byte for each label. The original's sum says
# 60,004; the file says who is right.
#
# </details>
#
# <details><summary>2. A file begins with the bytes <code>00 00 08 03</code>. Which number is that,
# and of what is the file?</summary>
#
# 2051, read with the high byte first: a file of images. Read from the other end it would be
# 50,855,936, and nothing would fail.
#
# </details>
#
# <details><summary>3. Where in a file of images of 28 × 28 is pixel (2, 3) of image 1?</summary>
#
# At 16 + (1 · 28 + 2) · 28 + 3 = 859. Images and rows count from 0, so before it there are one
# whole image, two rows and three pixels.
#
# </details>
#
# <details><summary>4. Why test a decoder with images that are not square?</summary>
#
# Where height and width are equal, a decoder that mixes them up is right all the same. With 5 × 3
# it is not.
#
# </details>
#
# <details><summary>5. The byte <code>C8</code> is read as a signed number. What comes out, and what
# should?</summary>
#
# −56 instead of 200. Grey levels go from 0 to 255, so they are bytes without a sign.
#
# </details>
#
# <details><summary>6. <code>answer.read(1000)</code> gave 700 bytes. Is the download
# complete?</summary>
#
# Nobody knows yet. Only `b""` says that there is no more; compare the sum with `Content-Length`
# besides.
#
# </details>
#
# <details><summary>7. What should a limit of 0 mean, and what -1?</summary>
#
# 0 means none, as any other number means that many. -1 is this course's word for all. A default of
# 0 writes an empty table without an error.
#
# </details>
#
# <details><summary>8. Why check the arguments before a file is opened for writing?</summary>
#
# Opening for writing empties the file. Who finds out afterwards that the request was wrong has lost
# yesterday's table.
#
# </details>
#
# <details><summary>9. A PGM file's second line is <code>20 28</code>. How many rows has the
# image?</summary>
#
# 28: PGM says width first, then height. IDX says rows first, which is the height.
#
# </details>
#
# <details><summary>10. Why does <code>np.frombuffer</code> need hardly any memory?</summary>
#
# It copies nothing: the array is another view of the bytes that are there. And bytes cannot be
# changed, so it cannot be written to, either.
#
# </details>

# %% [markdown]
# ## Source
#
# *손글씨 이미지 데이터 MNIST* (“MNIST, data of handwritten images”), a notebook in Korean, without an
# author's name or a date; its seeds say 2020. Its first half, lines 1 to 353, is this notebook: the
# steps of a project, the scraping, the download, the header, the PGM and CSV files, and the limit;
# so are lines 389 to 453, which read the CSV files back and bring them to 0..1.
# The rest is in notebook 03. It links to <http://yann.lecun.com/exdb/mnist/>.
#
# ## Further reading
#
# - [struct](https://docs.python.org/3/library/struct.html),
#   [html.parser](https://docs.python.org/3/library/html.parser.html) and
#   [urllib.request](https://docs.python.org/3/library/urllib.request.html) in Python's library
# - [numpy.frombuffer](https://numpy.org/doc/stable/reference/generated/numpy.frombuffer.html)
# - [The PGM format](https://netpbm.sourceforge.net/doc/pgm.html)
# - P. Deutsch, *GZIP file format specification*, RFC 1952, 1996
# - Y. Shafranovich, *Common format and MIME type for CSV files*, RFC 4180, 2005
# - D. Cohen, *On holy wars and a plea for peace*, 1981: where the word *endian* comes from
