"""A real cluster of Dask: a scheduler and workers, each a process, over TLS."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support import ROOT
from tests.support.processes import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.network_hosts import Host

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Certificates:
    """One certificate that signs itself, for all of a test's cluster."""

    cert: Path
    key: Path

    @property
    def options(self) -> list[str]:
        """As ``autograder grade`` takes them."""
        cert, key = str(self.cert), str(self.key)
        return ["--tls-ca", cert, "--tls-cert", cert, "--tls-key", key]

    @property
    def of_dask(self) -> list[str]:
        """As Dask's commands take them."""
        cert, key = str(self.cert), str(self.key)
        return ["--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key]


def make_certificates(folder: Path, addresses: Sequence[str] = (HOST,)) -> Certificates:
    """Write a certificate for some addresses and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(one)) for one in addresses]
    )
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    found = Certificates(folder / "cert.pem", folder / "key.pem")
    found.cert.write_bytes(signed.public_bytes(pem))
    found.key.write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    return found


@dataclass
class RealCluster:
    """A scheduler and its workers.

    Attributes
    ----------
    folder : Path
        For all that they write.
    certificates : Certificates or None
        None for a cluster that anybody can listen to.
    host : str
        The scheduler's address, and that of workers that are on no other host.
    processes : list of Popen
        The scheduler, and each worker in the order of its start.
    port : int
        The scheduler's.
    """

    folder: Path
    certificates: Certificates | None
    host: str = HOST
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        """Where the scheduler is."""
        return str(json.loads((self.folder / "scheduler.json").read_text())["address"])

    def start_scheduler(self, port: int = 0) -> subprocess.Popen[bytes]:
        """Start a scheduler, and wait until it can be reached."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        words = ["--host", self.host, "--port", str(port), "--no-dashboard"]
        process = self._start("dask_scheduler", [*words, "--scheduler-file", str(file)])
        wait_for(lambda: file.exists() and file.read_text().endswith("}"), pause=0.05)
        self.port = int(self.address.rpartition(":")[2])
        return process

    def start_worker(
        self,
        slots: int = 1,
        on: Host | None = None,
        before: Sequence[str] = (),
        **variables: str,
    ) -> subprocess.Popen[bytes]:
        """Start a worker; it is there when the scheduler has heard of it.

        Parameters
        ----------
        slots : int, default 1
            Jobs that it takes at a time.
        on : Host, optional
            Where it is; by default where the scheduler is.
        before : sequence of str, optional
            What goes before the command.
        **variables : str
            More of its environment.

        Returns
        -------
        Popen
        """
        at, within = (self.host, [*before]) if on is None else (on.address, [*before, *on.within])
        words = ["--no-nanny", "--nthreads", str(slots), "--no-dashboard", "--host", at]
        words += ["--death-timeout", "300", "--local-directory", str(self.folder)]
        return self._start("dask_worker", [self.address, *words], within, **variables)

    def _start(
        self, module: str, words: list[str], within: Sequence[str] = (), **variables: str
    ) -> subprocess.Popen[bytes]:
        tls = [] if self.certificates is None else [*self.certificates.of_dask]
        if module == "dask_scheduler" and tls:
            tls += ["--protocol", "tls"]
        command = [*within, sys.executable, "-m", f"distributed.cli.{module}", *words, *tls]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        with (self.folder / f"{module}.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End all that was started."""
        for process in self.processes:
            process.kill()
            process.wait()


@contextlib.contextmanager
def real_cluster(
    folder: Path, *, encrypted: bool = True, addresses: Sequence[str] = (HOST,)
) -> Iterator[RealCluster]:
    """Start a scheduler, at the first of some addresses; its workers are the caller's."""
    folder.mkdir(parents=True, exist_ok=True)
    files = make_certificates(folder, addresses) if encrypted else None
    cluster = RealCluster(folder, files, addresses[0])
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
        cluster.stop()
