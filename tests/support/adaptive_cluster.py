"""Dask's own cluster on this machine, which starts workers when there is work, and ends them after.

``python -m tests.support.adaptive_cluster CERT KEY MOST`` prints the scheduler's address, and runs
until it is ended.
"""

from __future__ import annotations

import signal
import sys

import dask
from distributed import LocalCluster, Security


def main() -> None:
    """Start it, with no worker."""
    cert, key, most = sys.argv[1:]
    # workers that may have processes of their own, as docs/scaling.md says
    dask.config.set({"distributed.worker.daemon": False})
    files = {"tls_ca_file": cert}
    for role in ("client", "scheduler", "worker"):
        files |= {f"tls_{role}_cert": cert, f"tls_{role}_key": key}
    with LocalCluster(
        n_workers=0,
        threads_per_worker=1,
        memory_limit=None,
        protocol="tls://",
        security=Security(require_encryption=True, **files),
        dashboard_address=None,
    ) as cluster:
        cluster.adapt(minimum=0, maximum=int(most), interval="500ms", wait_count=2)
        print(cluster.scheduler_address, flush=True)
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main()
