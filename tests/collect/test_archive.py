"""A zip file that strangers filled writes nothing but plain files, below its folder, in limits."""

from __future__ import annotations

import stat
import zipfile

import pytest

from autograder.collect import archive
from autograder.collect.archive import unpack
from autograder.errors import ArchiveError


def packed(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


OUTSIDE = {
    "up": "../evil.txt",
    "far up": "a/../../evil.txt",
    "absolute": "/evil.txt",
    "a drive": "C:\\evil.txt",
    "backslashes": "..\\evil.txt",
    "control": "a\x1b[2Jb.txt",
}


@pytest.mark.parametrize("how", OUTSIDE)
def test_nothing_leaves_the_folder(tmp_path, how):
    path = packed(tmp_path / "a.zip", (OUTSIDE[how], "x"), ("s01.ipynb", "{}"))
    done = unpack(path, tmp_path / "in" / "out")
    assert [p.name for p in tmp_path.rglob("*.*")] == ["a.zip", "s01.ipynb"]
    assert [*done.skipped.values()] == ["its name leads out of the archive, or is no name"]


def test_links_are_left_out(tmp_path):
    done = unpack(packed(tmp_path / "a.zip", (link("s01.ipynb"), "/etc/passwd")), tmp_path / "out")
    assert done.skipped == {"s01.ipynb": "a link, or no plain file"}
    assert not [*(tmp_path / "out").iterdir()]


def test_a_bomb_is_left_out_before_it_is_unpacked(tmp_path):
    path = packed(tmp_path / "a.zip", ("s01.ipynb", bytes(11 * 2**20)), ("s02.ipynb", "{}"))
    done = unpack(path, tmp_path / "out")
    assert "a bomb?" in done.skipped["s01.ipynb"]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["s02.ipynb"]


def test_a_member_longer_than_it_says_is_left_out(tmp_path):
    path = packed(tmp_path / "a.zip", ("s01.ipynb", b"0123456789" * 300))
    data = path.read_bytes()
    path.write_bytes(data.replace((3000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    done = unpack(path, tmp_path / "out")
    assert "cannot be unpacked" in done.skipped["s01.ipynb"]
    assert not [*(tmp_path / "out").iterdir()]


def test_the_sum_is_bounded(tmp_path):
    path = packed(tmp_path / "a.zip", *((f"{k}.txt", bytes(range(256)) * 4) for k in range(4)))
    done = unpack(path, tmp_path / "out", budget=2500)
    assert sorted(done.skipped) == ["2.txt", "3.txt"]


def test_the_number_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    path = packed(tmp_path / "a.zip", *((f"{k}.txt", "x") for k in range(3)))
    with pytest.raises(ArchiveError, match="3 files, expected at most 2"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(40)])
def test_what_is_no_archive_says_so(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"a\.zip: no zip file that can be read"):
        unpack(path, tmp_path / "out")


def test_names_that_say_not_that_they_are_utf_8_are_read(tmp_path):
    path = packed(tmp_path / "a.zip", ("X1_\N{HANGUL SYLLABLE GA}.ipynb", "{}"))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        data[data.index(mark) + offset] &= ~0x08  # the flag of UTF-8, as macOS leaves it out
    path.write_bytes(data)
    unpack(path, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["X1_\N{HANGUL SYLLABLE GA}.ipynb"]


def test_what_systems_add_is_left_out_without_a_word(tmp_path):
    path = packed(tmp_path / "a.zip", ("__MACOSX/._s01.ipynb", "x"), ("s01.ipynb", "{}"))
    done = unpack(path, tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").rglob("*")] == ["s01.ipynb"]
    assert done.skipped == {}
