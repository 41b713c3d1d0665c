"""Answers to the exercises of 01_idx: right ones in different styles, wrong ones that people give.

`exercises.py` says what the lists hold.
"""

SKIP = ("site",)  # no exercise needs it, and a server has no place in a test of answers

RIGHT = [
    (
        "find-links",
        "a regular expression",
        """def find_links(page, address):
    import re

    links = re.findall(r"<a\\s[^>]*?href\\s*=\\s*[\\"'](.*?ubyte\\.gz)[\\"']", page, re.IGNORECASE)
    return tuple(urljoin(address, link) for link in links)""",
    ),
    (
        "find-links",
        "Beautiful Soup",
        """def find_links(page, address):
    from bs4 import BeautifulSoup

    tags = BeautifulSoup(page, "html.parser").find_all("a", href=True)
    return [urljoin(address, t["href"]) for t in tags if t["href"].endswith("ubyte.gz")]""",
    ),
    (
        "download",
        "a list of parts",
        """def download(url, chunk=65_536, show=False):
    parts = []
    with urlopen(url) as answer:
        length = answer.headers["Content-Length"]
        bar = tqdm(total=length and int(length), file=sys.stdout, disable=not show)
        for part in iter(lambda: answer.read(chunk), b""):
            parts.append(part)
            bar.update(len(part))
        bar.close()
    return b"".join(parts)""",
    ),
    (
        "download",
        "a bytearray, updated with what each step wrote",
        """def download(url, chunk=65_536, show=False):
    import io

    content = io.BytesIO()
    answer = urlopen(url)
    with tqdm(file=sys.stdout, disable=not show) as bar:
        while True:
            written = content.write(answer.read(chunk))
            if written == 0:
                return bytearray(content.getvalue())
            bar.update(written)""",
    ),
    (
        "read-header",
        "numpy",
        """def read_header(data):
    numbers = np.frombuffer(data[:16], ">u4", count=min(len(data), 16) // 4)
    counts = {2049: 1, 2051: 3}
    if len(numbers) == 0 or int(numbers[0]) not in counts:
        raise ValueError("no magic number")
    count = counts[int(numbers[0])]
    if len(numbers) <= count:
        raise ValueError("header too short")
    return [numbers[0], numbers[1 : count + 1].tolist()]""",
    ),
    (
        "read-header",
        "struct, whose own error is translated",
        """def read_header(data):
    try:
        (magic,) = struct.unpack_from(">I", data)
        if magic == 2051:
            return magic, struct.unpack_from(">III", data, 4)
        if magic == 2049:
            return magic, struct.unpack_from(">I", data, 4)
    except struct.error as error:
        raise ValueError("too short") from error
    raise ValueError(f"unknown magic number {magic}")""",
    ),
    (
        "decode-image",
        "struct, pixel by pixel",
        """def decode_image(data, k):
    magic, n, rows, columns = struct.unpack(">iiii", data[:16])
    if k < 0 or k >= n:
        raise IndexError(k)
    image = np.zeros((rows, columns), dtype=np.int16)
    position = 16 + k * rows * columns
    for r in range(rows):
        for c in range(columns):
            (image[r, c],) = struct.unpack(">B", data[position : position + 1])
            position += 1
    return image""",
    ),
    (
        "decode-image",
        "slices of bytes in a tuple",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    starts = range(16, 16 + n * rows * columns, rows * columns)
    if k < 0:
        raise IndexError("negative")
    start = starts[k]
    return tuple(list(data[p : p + columns])
                 for p in range(start, start + rows * columns, columns))""",
    ),
    (
        "count-of",
        "membership in a range",
        """def count_of(max_count, available):
    if max_count not in range(-1, available + 1):
        raise ValueError(f"{max_count} of {available}: expected at least -1, and no more")
    return available if max_count < 0 else max_count""",
    ),
    (
        "count-of",
        "an error class of its own, a numpy integer",
        """class CountError(ValueError):
    pass


def count_of(max_count, available):
    if max_count < -1 or max_count > available:
        raise CountError("there are %d, not %d" % (available, max_count))
    return np.int64(max_count if max_count >= 0 else available)""",
    ),
    (
        "pgm",
        "plain text",
        """def pgm(image):
    image = np.asarray(image)
    lines = [" ".join(str(int(level)) for level in row) for row in image]
    return "\\n".join(["P2", f"{image.shape[1]} {image.shape[0]}", "255", *lines, ""]).encode()""",
    ),
    (
        "pgm",
        "numpy, header in one line",
        """def pgm(image):
    image = np.array(image, dtype=np.uint8)
    return b"P5 %d %d 255\\n" % image.shape[::-1] + image.tobytes()""",
    ),
    (
        "to-csv",
        "the csv module, with its own line ends",
        """def to_csv(images, labels, max_count=-1):
    import csv
    import io

    out = io.StringIO()
    n = count_of(max_count, len(images))
    for image, label in zip(images[:n], labels[:n]):
        csv.writer(out).writerow([label, *image.ravel()])
    return out.getvalue()""",
    ),
    (
        "to-csv",
        "one table, blanks after commas, no end of the last line",
        """def to_csv(images, labels, max_count=-1):
    n = count_of(max_count, len(images))
    if n == 0:
        return ""
    table = np.column_stack([np.asarray(labels[:n]), images[:n].reshape(n, -1)])
    return "\\n".join(str(line)[1:-1] for line in table.tolist())""",
    ),
    (
        "from-csv",
        "the csv module",
        """def from_csv(text, max_count=-1):
    import csv

    lines = list(csv.reader(text.splitlines()))
    n = count_of(max_count, len(lines))
    pixels = np.array([[int(cell) for cell in line[1:]] for line in lines[:n]], np.uint8)
    return [pixels, np.array([int(line[0]) for line in lines[:n]], np.uint8)]""",
    ),
    (
        "from-csv",
        "numpy.loadtxt, floats",
        """def from_csv(text, max_count=-1):
    lines = text.split()
    n = count_of(max_count, len(lines))
    if n == 0:
        return np.zeros((0, 784)), np.zeros(0)
    table = np.loadtxt(lines, delimiter=",", max_rows=n, ndmin=2)
    return table[:, 1:], table[:, 0]""",
    ),
    (
        "normalise",
        "float32",
        'def normalise(images):\n    return np.asarray(images).astype("float32") / 255',
    ),
    (
        "normalise",
        "a table of 256 floats",
        "def normalise(images):\n    return np.linspace(0, 1, 256, dtype=np.float16)[images]",
    ),
    (
        "decode",
        "a loop over images",
        """def decode(data):
    magic, sizes = read_header(data)
    start = 8 if magic == 2049 else 16
    if len(data) - start != np.prod(sizes, dtype=np.int64):
        raise ValueError("wrong length")
    if magic == 2049:
        return list(data[start:])
    return [decode_image(data, k) for k in range(sizes[0])]""",
    ),
    (
        "decode",
        "reshape finds the wrong length",
        """def decode(data):
    magic, sizes = read_header(data)
    return np.frombuffer(data[4 + 4 * len(sizes):], dtype=">u1").copy().reshape(*sizes)""",
    ),
    (
        "decode",
        "the course's own reader, whose errors are ValueErrors",
        """def decode(data):
    read_header(data)
    return read_idx(data).astype(np.int32)""",
    ),
]

WRONG = [
    (
        "find-links",
        "every compressed file",
        """def find_links(page, address):
    import re

    return [urljoin(address, link) for link in re.findall('(?i)href=["\\'](.*?[.]gz)', page)]""",
    ),
    (
        "find-links",
        "relative links as they stand",
        """def find_links(page, address):
    import re

    return re.findall('HREF="(.*?ubyte[.]gz)"', page)""",
    ),
    (
        "find-links",
        "pastes links to the page's folder",
        """def find_links(page, address):
    from bs4 import BeautifulSoup

    links = [a["href"] for a in BeautifulSoup(page, "html.parser").find_all("a", href=True)]
    folder = address.rsplit("/", 1)[0]
    return [f"{folder}/{link}" for link in links if link.endswith("ubyte.gz")]""",
    ),
    (
        "find-links",
        "capital letters and double quotes only",
        """def find_links(page, address):
    import re

    return [urljoin(address, link) for link in re.findall('HREF="(.*?ubyte[.]gz)"', page)]""",
    ),
    (
        "find-links",
        "one text",
        """def find_links(page, address):
    import re

    return "\\n".join(urljoin(address, x) for x in re.findall('HREF="(.*?ubyte[.]gz)"', page))""",
    ),
    (
        "find-links",
        "in the order of the alphabet",
        """def find_links(page, address):
    from bs4 import BeautifulSoup

    links = [a["href"] for a in BeautifulSoup(page, "html.parser").find_all("a", href=True)]
    return sorted(urljoin(address, link) for link in links if link.endswith("ubyte.gz"))""",
    ),
    (
        "find-links",
        "contains for ends in",
        """def find_links(page, address):
    from bs4 import BeautifulSoup

    links = [a["href"] for a in BeautifulSoup(page, "html.parser").find_all("a", href=True)]
    return [urljoin(address, link) for link in links if "ubyte.gz" in link]""",
    ),
    (
        "find-links",
        "every tag that has a link",
        """def find_links(page, address):
    from bs4 import BeautifulSoup

    links = [tag["href"] for tag in BeautifulSoup(page, "html.parser").find_all(href=True)]
    return [urljoin(address, link) for link in links if link.endswith("ubyte.gz")]""",
    ),
    (
        "download",
        "the first piece only",
        """def download(url, chunk=65_536, show=False):
    with urlopen(url) as answer:
        return answer.read(chunk)""",
    ),
    (
        "download",
        "the last piece only",
        """def download(url, chunk=65_536, show=False):
    content = b""
    with urlopen(url) as answer:
        while part := answer.read(chunk):
            content = part
    return content""",
    ),
    (
        "download",
        "whole pieces only",
        """def download(url, chunk=65_536, show=False):
    content = b""
    with urlopen(url) as answer:
        while len(part := answer.read(chunk)) == chunk:
            content += part
    return content""",
    ),
    (
        "download",
        "text",
        """def download(url, chunk=65_536, show=False):
    return urlopen(url).read().decode("latin-1")""",
    ),
    (
        "download",
        "each piece before the one that came earlier",
        """def download(url, chunk=65_536, show=False):
    content = b""
    with urlopen(url) as answer:
        while part := answer.read(chunk):
            content = part + content
    return content""",
    ),
    (
        "download",
        "how many bytes there are",
        """def download(url, chunk=65_536, show=False):
    return int(urlopen(url).headers["Content-Length"])""",
    ),
    (
        "download",
        "a byte lost between large pieces",
        """def download(url, chunk=65_536, show=False):
    content = urlopen(url).read()
    return content[: 10 * chunk] + content[10 * chunk + 1 :]""",
    ),
    (
        "download",
        "unpacks on the way",
        """def download(url, chunk=65_536, show=False):
    content = urlopen(url).read()
    return gzip.decompress(content) if content[:2] == b"\\x1f\\x8b" else content""",
    ),
    (
        "read-header",
        "little-endian",
        """def read_header(data):
    count = {2049: 1, 2051: 3}.get(int.from_bytes(data[:4], "big"), 0)
    if len(data) < 4 + 4 * count or count == 0:
        raise ValueError("no header")
    magic, *sizes = struct.unpack_from(f"<{count + 1}i", data)
    return magic, sizes""",
    ),
    (
        "read-header",
        "sizes little-endian",
        """def read_header(data):
    count = {2049: 1, 2051: 3}.get(int.from_bytes(data[:4], "big"), 0)
    if len(data) < 4 + 4 * count or count == 0:
        raise ValueError("no header")
    sizes = struct.unpack(f"<{count}i", data[4 : 4 + 4 * count])
    return int.from_bytes(data[:4], "big"), sizes""",
    ),
    (
        "read-header",
        "one flat tuple",
        """def read_header(data):
    magic = struct.unpack(">i", data[:4])[0]
    if magic == 2051:
        return struct.unpack(">4i", data[:16])
    return (*struct.unpack(">2i", data[:8]), 1)""",
    ),
    (
        "read-header",
        "the magic number alone",
        """def read_header(data):
    return struct.unpack(">i", data[:4])[0]""",
    ),
    (
        "read-header",
        "a bare number for a single size",
        """def read_header(data):
    count = 3 if data[3] == 3 else 1
    magic, *sizes = struct.unpack_from(f">{count + 1}i", data)
    return magic, sizes if count > 1 else sizes[0]""",
    ),
    (
        "read-header",
        "columns before rows",
        """def read_header(data):
    if data[:4] == b"\\0\\0\\x08\\x01" and len(data) >= 8:
        return 2049, [int.from_bytes(data[4:8], "big")]
    if data[:4] == b"\\0\\0\\x08\\x03" and len(data) >= 16:
        n, rows, columns = struct.unpack(">3i", data[4:16])
        return 2051, [n, columns, rows]
    raise ValueError("no header")""",
    ),
    (
        "read-header",
        "says 2049 to everything",
        """def read_header(data):
    count = {2049: 1, 2051: 3}.get(int.from_bytes(data[:4], "big"), 0)
    if len(data) < 4 + 4 * count or count == 0:
        raise ValueError("no header")
    return 2049, struct.unpack(f">{count}i", data[4 : 4 + 4 * count])""",
    ),
    (
        "read-header",
        "takes any magic number",
        """def read_header(data):
    if len(data) < 8:
        raise ValueError("short")
    magic = struct.unpack(">i", data[:4])[0]
    count = 1 if magic == 2049 else 3
    if len(data) < 4 + 4 * count:
        raise ValueError("short")
    return magic, struct.unpack(f">{count}i", data[4 : 4 + 4 * count])""",
    ),
    (
        "read-header",
        "lets struct complain of short data",
        """def read_header(data):
    magic = struct.unpack(">i", data[:4])[0]
    if magic not in (2049, 2051):
        raise ValueError(magic)
    count = 1 if magic == 2049 else 3
    return magic, struct.unpack(f">{count}i", data[4 : 4 + 4 * count])""",
    ),
    (
        "decode-image",
        "header of eight bytes",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    if not 0 <= k < n:
        raise IndexError(k)
    pixels = np.frombuffer(data, np.uint8, rows * columns, offset=8 + k * rows * columns)
    return pixels.reshape(rows, columns)""",
    ),
    (
        "decode-image",
        "transposed",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    return np.frombuffer(data, np.uint8, offset=16).reshape(n, columns, rows)[k].T""",
    ),
    (
        "decode-image",
        "columns before rows",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    return np.frombuffer(data, np.uint8, offset=16).reshape(n, columns, rows)[k]""",
    ),
    (
        "decode-image",
        "signed bytes",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    if not 0 <= k < n:
        raise IndexError(k)
    return np.frombuffer(data, np.int8, offset=16).reshape(n, rows, columns)[k]""",
    ),
    (
        "decode-image",
        "one flat row",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    return list(data[16 + k * rows * columns : 16 + (k + 1) * rows * columns])""",
    ),
    (
        "decode-image",
        "always the first image",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    if not 0 <= k < n:
        raise IndexError(k)
    return np.frombuffer(data, np.uint8, offset=16).reshape(n, rows, columns)[0]""",
    ),
    (
        "decode-image",
        "negative k count from the end",
        """def decode_image(data, k):
    n, rows, columns = read_header(data)[1]
    return np.frombuffer(data, np.uint8, offset=16).reshape(n, rows, columns)[k]""",
    ),
    (
        "count-of",
        "0 stands for all",
        """def count_of(max_count, available):
    if max_count < -1 or max_count > available:
        raise ValueError(f"{max_count} of {available}")
    return max_count if max_count > 0 else available""",
    ),
    (
        "count-of",
        "as many as there are, without an error",
        """def count_of(max_count, available):
    return available if max_count == -1 else min(max_count, available)""",
    ),
    (
        "count-of",
        "refuses all of them",
        """def count_of(max_count, available):
    if max_count == -1:
        return available
    if 0 <= max_count < available:
        return max_count
    raise ValueError(f"{max_count} of {available}")""",
    ),
    (
        "count-of",
        "any negative number stands for all",
        """def count_of(max_count, available):
    if max_count > available:
        raise ValueError(f"{max_count} of {available}")
    return available if max_count < 0 else max_count""",
    ),
    (
        "count-of",
        "an error that names nothing",
        """def count_of(max_count, available):
    if not -1 <= max_count <= available:
        raise ValueError("maxCount should be at least the number of items")
    return available if max_count == -1 else max_count""",
    ),
    (
        "count-of",
        "-1 as in a slice, all but the last",
        """def count_of(max_count, available):
    return len(range(available)[:max_count])""",
    ),
    (
        "count-of",
        "one more, counting from 0",
        """def count_of(max_count, available):
    if max_count == -1:
        return available
    if not 0 <= max_count <= available:
        raise ValueError(f"{max_count} of {available}")
    return max_count + 1""",
    ),
    (
        "pgm",
        "height before width",
        """def pgm(image):
    image = np.array(image, np.uint8)
    return b"P5\\n%d %d\\n255\\n" % image.shape + image.tobytes()""",
    ),
    (
        "pgm",
        "no largest grey level",
        """def pgm(image):
    image = np.array(image, np.uint8)
    return b"P5\\n%d %d\\n" % image.shape[::-1] + image.tobytes()""",
    ),
    (
        "pgm",
        "inverted",
        """def pgm(image):
    image = 255 - np.array(image, np.uint8)
    return b"P5\\n%d %d\\n255\\n" % image.shape[::-1] + image.tobytes()""",
    ),
    (
        "pgm",
        "text and not bytes",
        """def pgm(image):
    image = np.array(image, np.uint8)
    levels = " ".join(map(str, image.ravel().tolist()))
    return f"P2\\n{image.shape[1]} {image.shape[0]}\\n255\\n{levels}\\n\"""",
    ),
    (
        "pgm",
        "strips white space from the pixels",
        """def pgm(image):
    image = np.array(image, np.uint8)
    return b"P5\\n%d %d\\n255\\n" % image.shape[::-1] + image.tobytes().lstrip()""",
    ),
    (
        "pgm",
        "a blank line after the header",
        """def pgm(image):
    image = np.array(image, np.uint8)
    return b"P5\\n%d %d\\n255\\n\\n" % image.shape[::-1] + image.tobytes()""",
    ),
    (
        "to-csv",
        "a list of lines",
        """def to_csv(images, labels, max_count=-1):
    n = count_of(max_count, len(images))
    pairs = zip(images[:n], labels[:n])
    return [",".join(map(str, [label, *i.ravel()])) for i, label in pairs]""",
    ),
    (
        "to-csv",
        "the default limit is 0",
        """def to_csv(images, labels, max_count=0):
    n = count_of(max_count, len(images))
    pairs = zip(images[:n], labels[:n])
    return "".join(",".join(map(str, [label, *i.ravel()])) + "\\n" for i, label in pairs)""",
    ),
    (
        "to-csv",
        "a line of titles",
        """def to_csv(images, labels, max_count=-1):
    n = count_of(max_count, len(images))
    head = ",".join(["label", *(f"pixel{k}" for k in range(images[0].size))]) + "\\n"
    pairs = zip(images[:n], labels[:n])
    return head + "".join(",".join(map(str, [d, *i.ravel()])) + "\\n" for i, d in pairs)""",
    ),
    (
        "to-csv",
        "label last",
        """def to_csv(images, labels, max_count=-1):
    n = count_of(max_count, len(images))
    pairs = zip(images[:n], labels[:n])
    return "".join(",".join(map(str, [*i.ravel(), label])) + "\\n" for i, label in pairs)""",
    ),
    (
        "to-csv",
        "column by column",
        """def to_csv(images, labels, max_count=-1):
    n = count_of(max_count, len(images))
    pairs = zip(images[:n], labels[:n])
    return "".join(",".join(map(str, [label, *i.T.ravel()])) + "\\n" for i, label in pairs)""",
    ),
    (
        "to-csv",
        "the first image again and again",
        """def to_csv(images, labels, max_count=-1):
    line = ",".join(map(str, [labels[0], *images[0].ravel()])) + "\\n"
    return line * count_of(max_count, len(images))""",
    ),
    (
        "to-csv",
        "pays no heed to the limit",
        """def to_csv(images, labels, max_count=-1):
    pairs = zip(images, labels)
    return "".join(",".join(map(str, [label, *i.ravel()])) + "\\n" for i, label in pairs)""",
    ),
    (
        "to-csv",
        "the last images instead of the first",
        """def to_csv(images, labels, max_count=-1):
    start = len(images) - count_of(max_count, len(images))
    pairs = zip(images[start:], labels[start:])
    return "".join(",".join(map(str, [label, *i.ravel()])) + "\\n" for i, label in pairs)""",
    ),
    (
        "to-csv",
        "fewer than asked for, without an error",
        """def to_csv(images, labels, max_count=-1):
    n = len(images) if max_count < 0 else max_count
    pairs = zip(images[:n], labels[:n])
    return "".join(",".join(map(str, [label, *i.ravel()])) + "\\n" for i, label in pairs)""",
    ),
    (
        "from-csv",
        "one table",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    return np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])""",
    ),
    (
        "from-csv",
        "pixels, labels and how many",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table[:, 1:], table[:, 0], n""",
    ),
    (
        "from-csv",
        "labels first",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table[:, 0], table[:, 1:]""",
    ),
    (
        "from-csv",
        "labels among the pixels",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table, table[:, 0]""",
    ),
    (
        "from-csv",
        "the last number as label",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table[:, 1:], table[:, -1]""",
    ),
    (
        "from-csv",
        "pixels from the label on",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table[:, :-1], table[:, 0]""",
    ),
    (
        "from-csv",
        "texts and not numbers",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    table = np.array([line.split(",") for line in lines[:n]])
    return table[:, 1:], table[:, 0].astype(int)""",
    ),
    (
        "from-csv",
        "skips the first line as titles",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()[1:]
    n = count_of(max_count, len(lines))
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table[:, 1:], table[:, 0]""",
    ),
    (
        "from-csv",
        "a flat table for one line",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines))
    if n == 0:
        return np.zeros((0, 1)), np.zeros(0)
    if len(lines) == 1:
        table = np.loadtxt(lines, delimiter=",")
        return table[1:], table[:1]
    table = np.loadtxt(lines, delimiter=",", max_rows=n, ndmin=2)
    return table[:, 1:], table[:, 0]""",
    ),
    (
        "from-csv",
        "pays no heed to the limit",
        """def from_csv(text, max_count=-1):
    table = np.array([[int(cell) for cell in line.split(",")] for line in text.splitlines()])
    return table[:, 1:], table[:, 0]""",
    ),
    (
        "from-csv",
        "all pixels with the first labels",
        """def from_csv(text, max_count=-1):
    table = np.array([[int(cell) for cell in line.split(",")] for line in text.splitlines()])
    return table[:, 1:], table[: count_of(max_count, len(table)), 0]""",
    ),
    (
        "from-csv",
        "0 stands for all",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    n = count_of(max_count, len(lines)) or len(lines)
    table = np.array([[int(cell) for cell in line.split(",")] for line in lines[:n]])
    return table[:, 1:], table[:, 0]""",
    ),
    (
        "from-csv",
        "fewer than asked for, without an error",
        """def from_csv(text, max_count=-1):
    lines = text.splitlines()
    lines = lines if max_count < 0 else lines[:max_count]
    numbers = [[int(cell) for cell in line.split(",")] for line in lines]
    return np.array([line[1:] for line in numbers]), np.array([line[0] for line in numbers])""",
    ),
    ("normalise", "divides by 256", "def normalise(images):\n    return images / 256"),
    (
        "normalise",
        "the batch's own maximum",
        "def normalise(images):\n    return images / images.max()",
    ),
    ("normalise", "integer division", "def normalise(images):\n    return images // 255"),
    (
        "normalise",
        "the batch's own mean and deviation",
        "def normalise(images):\n    return (images - images.mean()) / images.std()",
    ),
    (
        "normalise",
        "flattens",
        "def normalise(images):\n    return images.reshape(len(images), -1) / 255",
    ),
    (
        "normalise",
        "the batch's own range",
        """def normalise(images):
    low, high = images.min(), images.max()
    return (images - low) / (high - low) * (high / 255)""",
    ),
    (
        "decode",
        "refuses everything",
        'def decode(data):\n    raise ValueError("no file")',
    ),
    (
        "decode",
        "a header of 16 bytes for all",
        """def decode(data):
    sizes = read_header(data)[1]
    found = np.frombuffer(data, np.uint8)[16:]
    return found.reshape(sizes) if len(sizes) == 3 else found""",
    ),
    (
        "decode",
        "labels from a byte too early",
        """def decode(data):
    sizes = read_header(data)[1]
    start = 16 if len(sizes) == 3 else 7
    return np.frombuffer(data, np.uint8)[start : start + math.prod(sizes)].reshape(sizes)""",
    ),
    (
        "decode",
        "columns before rows",
        """def decode(data):
    sizes = read_header(data)[1]
    pixels = np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes))
    return pixels.reshape(sizes[0], *sizes[:0:-1])""",
    ),
    (
        "decode",
        "signed bytes",
        """def decode(data):
    sizes = read_header(data)[1]
    return np.frombuffer(data, np.int8, offset=4 + 4 * len(sizes)).reshape(sizes)""",
    ),
    (
        "decode",
        "as many images as there are",
        """def decode(data):
    sizes = read_header(data)[1]
    pixels = np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes))
    return pixels.reshape(-1, *sizes[1:])""",
    ),
    (
        "decode",
        "nothing but the first images counts",
        """def decode(data):
    sizes = read_header(data)[1]
    pixels = np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes))
    return pixels[: math.prod(sizes)].reshape(sizes)""",
    ),
    (
        "decode",
        "takes any magic number",
        """def decode(data):
    if data[:4] == b"\\0\\0\\x08\\x01":
        return np.frombuffer(data[8:], np.uint8).reshape(int.from_bytes(data[4:8], "big"))
    return np.frombuffer(data[16:], np.uint8).reshape(struct.unpack(">3i", data[4:16]))""",
    ),
]

HINTS = [
    ("check-find-links", "one text", "expected a list or tuple of links, not str"),
    ("check-find-links", "every compressed file", "3 links, expected 2: those that end in"),
    ("check-find-links", "relative links as they stand", "not ['b-ubyte.gz', 'a-ubyte.gz']"),
    ("check-find-links-more", "capital letters and double quotes only", "in lower case, in single"),
    ("check-find-links-more", "pastes links to the page's folder", "with urljoin, and keep the"),
    ("check-download", "the first piece only", "1000 bytes arrived, expected 2560"),
    ("check-download", "text", "expected bytes, not str"),
    ("check-download", "how many bytes there are", "expected bytes, not int"),
    ("check-download", "each piece before the one that came earlier", "sent, in their order"),
    ("check-download-more", "text", "expected bytes, not str"),
    ("check-download-more", "a byte lost between large pieces", "123456 bytes were sent, 123455"),
    ("check-download-more", "unpacks on the way", "a compressed file should stay compressed"),
    ("check-read-header", "one flat tuple", "list of the sizes, not 3"),
    ("check-read-header", "the magic number alone", "list of the sizes, not one int"),
    ("check-read-header", "little-endian", "wrong end): found 17301504, expected 2049"),
    ("check-read-header", "sizes little-endian", "the sizes: found 1625948160 at [0]"),
    ("check-read-header", "a bare number for a single size", "the sizes are 60000, expected a tu"),
    (
        "check-read-header-more",
        "says 2049 to everything",
        "the magic number: found 2049, expected 2051",
    ),
    ("check-read-header-more", "columns before rows", "in the file's order: found 3 at [1]"),
    ("check-read-header-more", "takes any magic number", "magic number 0: no error, expected a"),
    (
        "check-read-header-more",
        "lets struct complain of short data",
        "ends after 0 bytes: struct.error:",
    ),
    ("check-decode-image", "one flat row", "expected shape (2, 3), not (6,)"),
    ("check-decode-image", "signed bytes", "[253, 254, 255]]: found -3 at [1, 0]"),
    ("check-decode-image-more", "always the first image", "image 1 of 4 with 5 rows"),
    ("check-decode-image-more", "negative k count from the end", "image -1 of 4: no error"),
    (
        "check-count-of",
        "-1 as in a slice, all but the last",
        "should take all: found 59, expected 60",
    ),
    ("check-count-of", "one more, counting from 0", "5 of 60 should take as many: found 6"),
    ("check-count-of-more", "0 stands for all", "0 of 60 should take: found 60, expected 0"),
    ("check-count-of-more", "as many as there are, without an error", "61 of 60: no error but 60"),
    ("check-count-of-more", "an error that names nothing", "should name both numbers"),
    ("check-pgm", "text and not bytes", "expected bytes, not str"),
    ("check-pgm", "no largest grey level", "the image cannot be opened"),
    ("check-pgm", "height before width", "became an image of shape (3, 2): width comes first"),
    ("check-pgm", "inverted", "in this order: found 255 at [0, 0]"),
    ("check-pgm-more", "strips white space from the pixels", "an image of shape (7, 1) came back"),
    ("check-to-csv", "a list of lines", "expected one str, not list"),
    ("check-to-csv", "the default limit is 0", "2 images should make 2 lines, not 0"),
    ("check-to-csv", "label last", "expected the line 7,0,1,2,3,4,5 and not 0,1,2,3,4,5,7"),
    ("check-to-csv", "the first image again and again", "3,6,7,8,9,10,255 and not 7,0,1,2,3,4,5"),
    ("check-to-csv-more", "pays no heed to the limit", "max_count=2 of 5 images should make 2"),
    ("check-to-csv-more", "the last images instead of the first", "expected the first 2 images"),
    ("check-to-csv-more", "fewer than asked for, without an error", "max_count=6 of 5: no error"),
    ("check-from-csv", "one table", "2 parts, the pixels and the labels, not 3"),
    ("check-from-csv", "pixels, labels and how many", "2 parts, the pixels and the labels, not 3"),
    ("check-from-csv", "labels first", "expected shape (3,), not (3, 4)"),
    ("check-from-csv", "labels among the pixels", "expected shape (3, 4), not (3, 5)"),
    (
        "check-from-csv",
        "texts and not numbers",
        "expected numbers, not text",
    ),
    ("check-from-csv", "the last number as label", "the labels are the first number of each line"),
    ("check-from-csv", "pixels from the label on", "all numbers of a line but the first: found 7"),
    ("check-from-csv-more", "the last number as label", "pixels, their labels: found "),
    ("check-from-csv-more", "pixels from the label on", "pixels, their pixels: found "),
    ("check-from-csv-more", "pays no heed to the limit", "expected shape (4,), not (6,)"),
    (
        "check-from-csv-more",
        "all pixels with the first labels",
        "expected shape (4, 12), not (6, 12)",
    ),
    ("check-from-csv-more", "0 stands for all", "no pixels and no labels, not [6, 6] of them"),
    ("check-from-csv-more", "fewer than asked for, without an error", "=7 of 6 lines: no error"),
    ("check-normalise", "flattens", "50 images: expected shape (50, 28, 28)"),
    ("check-normalise", "integer division", "expected floats, not uint8"),
    ("check-normalise", "the batch's own mean and deviation", "the lightest pixel is -0."),
    ("check-normalise", "divides by 256", "255 becomes 1, and every other"),
    ("check-normalise-more", "flattens", "expected shape (2, 28, 28), not (2, 784)"),
    ("check-normalise-more", "the batch's own maximum", "grey level 100: found 1, expected"),
    ("check-normalise-more", "the batch's own range", "divide every grey level by 255"),
    ("check-decode", "labels from a byte too early", "the labels 5, 0, 4, after a header of 8"),
    ("check-decode", "columns before rows", "expected shape (4, 5, 3), not (4, 3, 5)"),
    ("check-decode", "signed bytes", "the first row is ["),
    ("check-decode", "a header of 16 bytes for all", "expected shape (3,), not (0,)"),
    ("check-decode-more", "signed bytes", "a whole file of 40 bytes: found -24 at [0, 0, 0]"),
    ("check-decode-more", "as many images as there are", "4 bytes cut off: no error, expected a"),
    ("check-decode-more", "nothing but the first images counts", "1 bytes too many: no error"),
    ("check-decode-more", "takes any magic number", "starts with 00000802: no error, expected"),
]
