"""The local site over real HTTP, and by file addresses where there is no network at all."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import urllib.error
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest
from bs4 import BeautifulSoup

from helpers.data import load_sample
from helpers.idx import read_idx
from helpers.site import open_site
from tests.support import ROOT

NAMES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]


@pytest.fixture
def site():
    with open_site(sample=True) as site:
        yield site


def read(address):
    with urlopen(address, timeout=5) as answer:
        return answer.read()


def data_links(page):
    links = [a["href"] for a in BeautifulSoup(page, "html.parser").find_all("a", href=True)]
    return [link for link in links if link.endswith("ubyte.gz")]


def test_the_page_links_to_the_four_files(site):
    page = read(site.address)
    assert data_links(page) == NAMES
    assert b"ps.gz" in page  # another compressed file, so that .gz alone does not tell


def test_the_links_stand_in_the_tags_that_the_original_page_had(site):
    soup = BeautifulSoup(read(site.address), "html.parser")
    assert [tt.a.string for tt in soup.find_all("tt")[:4]] == NAMES


def test_the_links_lead_to_the_sample(site):
    arrays = [read_idx(read(urljoin(site.address, name))) for name in NAMES]
    for found, wanted in zip(arrays, load_sample(), strict=True):
        assert (found == wanted).all()


def test_the_page_tells_the_sizes_of_the_unpacked_files(site):
    page = read(site.address).decode()
    for name in NAMES:
        size = len(gzip.decompress(read(urljoin(site.address, name))))
        assert re.search(rf">{name}</A></TT>: [a-z ]+ \({size} bytes\)", page)


def test_it_is_served_over_http_to_this_machine_alone(loopback, site):
    assert urlsplit(site.address)[:1] == ("http",)
    assert urlsplit(site.address).hostname == "127.0.0.1"
    assert str(site) == f"serving {site.address}"
    with urlopen(urljoin(site.address, NAMES[0]), timeout=5) as answer:
        assert int(answer.headers["Content-Length"]) == len(answer.read())


def test_nothing_else_is_served(loopback, site):
    for path in ("nothing.gz", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            read(urljoin(site.address, path))


def test_a_reader_who_leaves_early_is_no_error(loopback, site, capfd):
    for _ in range(3):
        with urlopen(urljoin(site.address, NAMES[0]), timeout=5) as answer:
            answer.read(10)
    assert data_links(read(site.address)) == NAMES
    assert capfd.readouterr() == ("", "")


def test_closing_ends_the_server_and_removes_the_files(loopback):
    site = open_site(sample=True)
    site.close()
    site.close()
    with pytest.raises(urllib.error.URLError):
        read(site.address)


IN_A_PROCESS_OF_ITS_OWN = """
import os, urllib.parse, urllib.request
from helpers.idx import read_idx
from helpers.site import open_site

with open_site(sample=True) as site:
    folder = urllib.request.url2pathname(urllib.parse.urlsplit(site.address).path)
    link = urllib.parse.urljoin(site.address, "train-labels-idx1-ubyte.gz")
    with urllib.request.urlopen(link) as answer:
        content = answer.read()
        print(int(answer.headers["Content-Length"]) == len(content))
    print(read_idx(content).shape, site)
print(os.path.exists(folder))
"""


def check_files_take_over(before=(), **environment):
    command = [*before, sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN]
    variables = os.environ | environment
    ran = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    whole, told, still_there = ran.stdout.splitlines()
    assert (whole, still_there) == ("True", "False")
    assert told.startswith("(750,) no HTTP here (")
    assert re.search(r"the same page is at file:///\S+/index\.html$", told)


def test_without_any_network_the_same_page_is_there_by_file_addresses():
    bare = ["unshare", "--user", "--map-root-user", "--net"]
    try:
        subprocess.run([*bare, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"cannot make a namespace without a network here: {error}")
    check_files_take_over(bare)


def test_a_proxy_in_between_that_does_not_pass_is_stepped_around():
    check_files_take_over(http_proxy="http://127.0.0.1:1", no_proxy="")
