"""Compare what one class gets on this machine, on a cluster, in a file and in PostgreSQL.

    python -m benchmarks.scaling.same_grades                   # 1,000 small submissions
    python -m benchmarks.scaling.same_grades --students 200
    python -m benchmarks.scaling.same_grades --demo            # the demo class, on real MNIST

The cluster is a scheduler of Dask on this machine and two workers, each in a network namespace of
its own, over TLS; so this needs root on Linux, with iproute2 and PostgreSQL's server. All four runs
must give the same table, outcomes, points of each cell, scores and answers, in the evidence and in
the gradebook, and `autograder verify` must hold; what differs is printed, and makes the status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scaling.ways import demo_class, options_of, small_class
from tests.support.dask_cluster import real_cluster
from tests.support.network_hosts import network_hosts
from tests.support.postgresql import find_postgresql, postgresql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.scaling.ways import SubmittedClass

WORKERS = 2


def grade(
    given: SubmittedClass, work: Path, options: Sequence[str], database: str | None
) -> tuple[float, dict[str, object]]:
    """Grade the class; return the seconds, and everything that has to be the same."""
    began = time.perf_counter()
    status = given.start(work, options, database).wait()
    took = time.perf_counter() - began
    return took, {
        "exit status": status,
        "results in the evidence": given.facts(work),
        "grades.csv": given.table(work),
        "points in the gradebook": given.cell_scores(work, database),
        "verify": given.verify(work),
    }


def main() -> int:
    """Grade in four ways, and print what each took and what differs from the first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=1_000)
    parser.add_argument("--demo", action="store_true", help="the demo class")
    asked = parser.parse_args()
    if (programs := find_postgresql()) is None:
        sys.exit("no PostgreSQL here: install its server")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="same-")))
        net = stack.enter_context(network_hosts(WORKERS))
        cluster = stack.enter_context(real_cluster(folder / "cluster", addresses=net.addresses))
        for host in net.hosts:
            cluster.start_worker(on=host)
        server = stack.enter_context(postgresql(programs))
        given = demo_class(folder) if asked.demo else small_class(folder, asked.students)
        executors = {"local": ["--workers", str(WORKERS)], "Dask": options_of(cluster)}
        first: dict[str, object] = {}
        differing = 0
        for executor, options in executors.items():
            for kept in ("SQLite", "PostgreSQL"):
                name = f"{executor}-{kept}".lower()
                database = None if kept == "SQLite" else server.make_database(name)
                took, found = grade(given, folder / name, options, database)
                first = first or found
                differ = [what for what, value in found.items() if value != first[what]]
                differing += bool(differ) or found["verify"] is not True
                size, told = len(given.facts(folder / name)), ", ".join(differ) or "the same"
                print(
                    f"{executor}, {kept}: {size} submissions in {took:.0f} s, exit status "
                    f"{found['exit status']}, verify {found['verify']}: {told}",
                    flush=True,
                )
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
