"""What a worker was sent is there once, whole, however often and by whom it is sent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from autograder.errors import InfrastructureError
from autograder.execution import dask_admission
from autograder.execution.blob_store import BlobStore, Part
from autograder.execution.packed_job import FileTree

DATA = bytes(range(256)) * 40
CONTENT = hashlib.sha256(DATA).hexdigest()
TREE = FileTree((("data/images", CONTENT),))


@pytest.fixture
def store(tmp_path):
    return BlobStore(tmp_path)


def parts(size=3000):
    return [(offset, DATA[offset : offset + size]) for offset in range(0, len(DATA), size)]


def test_two_who_send_the_same_at_once_do_no_harm(store):
    """As after a connection that was lost: the first may still be at it."""
    for (offset, part), (behind, other) in zip(parts(), [parts()[0], *parts()], strict=False):
        store.add(Part(CONTENT, offset, part, len(DATA)))
        store.add(Part(CONTENT, behind, other, len(DATA)))
    assert store.lacking([TREE]) == []
    assert (store.folder_of(TREE.sha256) / "data" / "images").read_bytes() == DATA


def test_what_arrives_changed_is_told_and_can_be_sent_again(store):
    with pytest.raises(InfrastructureError, match="arrived changed"):
        store.add(Part(CONTENT, 0, DATA[::-1], len(DATA)))
    assert store.lacking([TREE]) == [CONTENT]
    store.add(Part(CONTENT, 0, DATA, len(DATA)))
    assert store.lacking([TREE]) == []


def test_an_empty_file_arrives(store):
    nothing = hashlib.sha256(b"").hexdigest()
    store.add(Part(nothing, 0, b"", 0))
    tree = FileTree((("empty", nothing),))
    assert store.lacking([tree]) == []
    assert store.folder_of(tree.sha256).joinpath("empty").read_bytes() == b""


def test_a_folder_without_files_is_there(store):
    assert store.lacking([FileTree(())]) == []
    assert store.folder_of(FileTree(()).sha256).is_dir()


def test_a_tree_that_nobody_has_told_of_is_asked_for(store):
    """As of a grader that takes this process for the one before it at the same address."""
    send(store)
    assert store.folder_of(TREE.sha256) is None
    assert store.lacking([TREE]) == []
    assert store.folder_of(TREE.sha256).is_dir()


def send(store):
    for offset, part in parts():
        store.add(Part(CONTENT, offset, part, len(DATA)))


def test_what_is_altered_is_sent_again_and_read_again(store):
    """Whoever notices first: a tree must not go on with the altered file."""
    send(store)
    store.lacking([TREE])
    tree = [TREE.sha256]
    file = store.folder_of(TREE.sha256) / "data" / "images"
    before = store.expected(tree)
    assert store.found(tree) == before
    with file.open("r+b") as altered:
        altered.write(b"altered")
    assert store.found(tree) != before
    assert store.lacking([TREE]) == [CONTENT]  # as a grader asks, who then sends it
    send(store)
    assert store.found(tree) != before  # also for a job that has been running since before
    assert (store.folder_of(TREE.sha256) / "data" / "images").read_bytes() == DATA


@pytest.mark.parametrize("spoil", [lambda file: file.write_bytes(b"other"), Path.unlink])
def test_one_without_its_content_is_no_folder(store, spoil):
    send(store)
    store.lacking([TREE])
    file = store.folder_of(TREE.sha256) / "data" / "images"
    spoil(file)
    assert store.found([TREE.sha256]) != store.expected([TREE.sha256])
    assert (store.folder_of(TREE.sha256) is None) == (spoil is not Path.unlink)
    send(store)
    assert (store.folder_of(TREE.sha256) / "data" / "images").read_bytes() == DATA


def test_small_files_are_sent_together_and_large_ones_in_parts(store, tmp_path, monkeypatch):
    """The pictures of 05 are 20,000 files: a question for each would take minutes."""
    monkeypatch.setattr(dask_admission, "PART_BYTES", 1000)
    places, files = {}, []
    for number, size in enumerate((0, 10, 20, 2500, 30, 990, 1)):
        path = tmp_path / str(number)
        path.write_bytes(bytes([number]) * size)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        places[content] = path
        files.append((path.name, content))
    sent = list(dask_admission.messages([content for _, content in files], places))
    sizes = [[len(part.data) for part in parts] for parts in sent]
    assert sizes == [[0, 10, 20], [1000], [1000], [500, 30], [990, 1]]
    for part in (part for parts in sent for part in parts):
        store.add(part)
    assert store.lacking([FileTree(tuple(files))]) == []
