"""A real PostgreSQL server on loopback, for as long as a test needs one."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST, USER = "127.0.0.1", "grader"


def find_postgresql() -> Path | None:
    """Return the folder of the newest server's programs; None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if found:
        return found[-1].parent
    on_path = shutil.which("pg_ctl")
    return None if on_path is None else Path(on_path).resolve().parent


@dataclass
class Server:
    """A server whose data are in a folder of its own.

    Attributes
    ----------
    folder, programs : Path
        Where its data and its programs are.
    password : str
        Of its only user.
    port : int
        Where it listens.
    """

    folder: Path
    programs: Path
    password: str
    port: int

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database, as SQLAlchemy reads it."""
        # without its name SQLAlchemy would look for another driver, psycopg 3
        return f"postgresql+psycopg2://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def make_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        import psycopg2

        known = {"host": HOST, "port": self.port, "user": USER, "password": self.password}
        with contextlib.closing(psycopg2.connect(dbname="postgres", **known)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = f"-p {self.port} -k {self.folder} -c listen_addresses={HOST} -c fsync=on"
        self._run("pg_ctl", "-w", "-o", settings, "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it as a crash does, or in another mode of ``pg_ctl``."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def kill(self) -> None:
        """End its first process by SIGKILL, as an accident would."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 9)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *words]
        subprocess.run([*_as_ordinary_user(), *command], check=True, stdout=subprocess.DEVNULL)


def _as_ordinary_user() -> list[str]:
    """Return what a command begins with: the server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("nobody")
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return ["setpriv", *ids, "--"]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def postgresql(programs: Path) -> Iterator[Server]:
    """Make a server with one user and its password, and start it."""
    # not below pytest's folder, which no other user may enter
    with tempfile.TemporaryDirectory(prefix="postgresql-", dir="/tmp") as name:
        folder = Path(name)
        server = Server(folder, programs, secrets.token_hex(8), _free_port())
        word = folder / "password"
        word.write_text(server.password)
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            for path in (folder, word):
                os.chown(path, user.pw_uid, user.pw_gid)
        server._run("initdb", "-U", USER, "--auth=scram-sha-256", f"--pwfile={word}", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                server.stop()
