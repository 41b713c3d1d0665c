"""Hosts on one machine: network namespaces on a bridge, each with a cable to pull."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Host:
    """A network namespace.

    Attributes
    ----------
    name : str
        The namespace's, and that of the cable's end on this machine.
    address : str
        On the bridge.
    """

    name: str
    address: str

    @property
    def within(self) -> list[str]:
        """What a command begins with to run there; ``ip netns exec`` would hide control groups."""
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def cut(self) -> None:
        """Pull the cable: nothing arrives any more, and nobody is told."""
        _ip("link", "set", self.name, "nomaster")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self.name, "master", self.name.rpartition("-")[0])


@dataclass(frozen=True)
class Network:
    """A bridge and the hosts on it.

    Attributes
    ----------
    gateway : str
        This machine's address on the bridge.
    hosts : tuple of Host
        The others.
    """

    gateway: str
    hosts: tuple[Host, ...]

    @property
    def addresses(self) -> list[str]:
        """All addresses, this machine's first."""
        return [self.gateway, *(host.address for host in self.hosts)]


def reason_for_no_hosts() -> str | None:
    """Say why there can be no hosts here; None if there can."""
    if os.geteuid() != 0:
        return "network namespaces of one's own need root"
    missing = [name for name in ("ip", "nsenter") if shutil.which(name) is None]
    return f"{missing[0]} is missing: install iproute2 and util-linux" if missing else None


@contextlib.contextmanager
def network_hosts(count: int) -> Iterator[Network]:
    """Make hosts on a network that nobody else here has, and take them away.

    Raises
    ------
    RuntimeError
        If there can be none here.
    """
    if (reason := reason_for_no_hosts()) is not None:
        raise RuntimeError(reason)
    bridge, network = f"b{secrets.token_hex(3)}", _free_network()
    with contextlib.ExitStack() as made:
        _ip("link", "add", bridge, "type", "bridge")
        made.callback(_ip, "link", "delete", bridge)
        _ip("address", "add", f"{network}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        hosts = (_make(made, bridge, number, f"{network}.{number + 2}") for number in range(count))
        yield Network(f"{network}.1", tuple(hosts))


def _free_network() -> str:
    """Return the first three parts of addresses that no other network here has."""
    told = subprocess.run(["ip", "-4", "-o", "address"], check=True, capture_output=True, text=True)
    numbers = (secrets.randbelow(256) for _ in range(1000))
    return next(f"10.213.{n}" for n in numbers if f" 10.213.{n}." not in told.stdout)


def _make(made: contextlib.ExitStack, bridge: str, number: int, address: str) -> Host:
    host = Host(f"{bridge}-{number}", address)
    _ip("netns", "add", host.name)
    made.callback(_ip, "netns", "delete", host.name)
    _ip("link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    made.callback(_ip, "link", "delete", host.name)
    inside = ("-n", host.name)
    _ip(*inside, "address", "add", f"{host.address}/24", "dev", "eth0")
    for name in ("eth0", "lo"):
        _ip(*inside, "link", "set", name, "up")
    _ip("link", "set", host.name, "master", bridge, "up")
    return host


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
